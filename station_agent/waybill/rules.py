"""What a rule is, and where it may be found: the decision table of domain.md A2 as data.

A rule says which codes it fits (lengths and shape), what they then are, which check digit must agree, and in one
sentence in two languages why. The rows themselves stand in `table_lettered` and `table_numeric`, in the order in
which they decide. Called by identification; nothing here looks at a raw read.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

from station_agent.waybill.kinds import Confidence, Kind


class OnFailure(Enum):
    """What a failed check digit means for a rule."""

    INVALID = "invalid"  # it is this kind all the same, misread or mistyped
    NOT_THIS = "not_this"  # it is something else: the next rule looks


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table.

    name: unique, travels as `guess_rule` in entries; shape: matched against the whole normalised code; kind, carrier:
    what a fitting code would be (carrier None: nobody's, or many); answer: the kind of the whole answer where this
    rule decides it and is not `kind` itself, as with ambiguous digits; decides: False for a rule that only adds a
    candidate; valid: False for a shape that is known and known to be wrong; says: why, in Chinese and in English;
    source: who says so.
    """

    name: str
    lengths: tuple[int, ...]
    shape: re.Pattern[str]
    kind: Kind
    carrier: str | None
    confidence: Confidence
    says: tuple[str, str]
    source: str
    check: Callable[[str], bool] | None = None
    on_failure: OnFailure = OnFailure.INVALID
    answer: Kind | None = None
    decides: bool = True
    valid: bool = True


def by_length(rules: Iterable[Rule]) -> dict[int, tuple[Rule, ...]]:
    """Index rules by the lengths they fit, keeping their order."""
    index: dict[int, list[Rule]] = {}
    for rule in rules:
        for length in rule.lengths:
            index.setdefault(length, []).append(rule)
    return {length: tuple(rows) for length, rows in index.items()}
