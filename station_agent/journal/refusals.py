"""What SQLite refuses, in this package's errors: told by the words of SQLite itself, which sqlite3 and apsw both carry.

Called by the writer, the reader and whoever opens the file.
"""

import contextlib
from collections.abc import Iterator

from station_agent.errors import JournalDamaged, JournalFull, JournalUnwritable, StationError

_FULL = ("is full",)
_UNWRITABLE = ("readonly", "read-only", "disk i/o", "unable to open", "locked", "busy", "locking", "permission denied")
_DAMAGED = ("malformed", "not a database", "no such table", "no such column")


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Raise JournalFull, JournalUnwritable or JournalDamaged for what SQLite says; anything else as it is."""
    try:
        yield
    except StationError:
        raise
    except Exception as error:
        text = str(error).lower()
        if any(word in text for word in _FULL):
            hint = "删除文件或换卡 / free space or change the card"
            raise JournalFull("存储卡已满 / the card is full", hint=hint) from error
        if any(word in text for word in _UNWRITABLE):
            hint = "检查存储卡是否写保护或损坏 / check whether the card is write-protected or broken"
            raise JournalUnwritable(f"存储卡写不进 / the card cannot be written: {error}", hint=hint) from error
        if any(word in text for word in _DAMAGED):
            hint = "运行 station journal verify,联系县中心 / run `station journal verify`, tell the county"
            raise JournalDamaged(f"账本文件损坏 / the journal is damaged: {error}", hint=hint) from error
        raise
