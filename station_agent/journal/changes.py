"""What an entry changes in the tables of what is here now: rows before and after, so that a change can be undone.

Pure. Made by the counter's rules, applied to its memory at once and written by the journal in the same transaction.
"""

from typing import Any, NamedTuple

Row = tuple[Any, ...]
"""Column values in the order of `schema.TABLES`, the key first."""


class Change(NamedTuple):
    """One row of one table: `before` None makes it, `after` None removes it."""

    table: str
    before: Row | None
    after: Row | None

    @property
    def undone(self) -> "Change":
        """The change that takes this one back."""
        return Change(self.table, self.after, self.before)
