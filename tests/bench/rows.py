"""What a measurement gives: a row of the table with its budget."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """value and unit as measured; must and aim are the design's budget in the same unit, None where it names none.

    lower_is_better decides how value and budget are compared.
    """

    what: str
    value: float
    unit: str
    must: float | None = None
    aim: float | None = None
    note: str = ""
    lower_is_better: bool = True

    @property
    def verdict(self) -> str:
        """aim, must, missed, or nothing where there is no budget."""
        for limit, word in ((self.aim, "aim"), (self.must, "must")):
            if limit is not None and (self.value <= limit if self.lower_is_better else self.value >= limit):
                return word
        return "MISSED" if self.must is not None else ""


def median(values: list[float]) -> float:
    """Middle value."""
    return sorted(values)[len(values) // 2]


def percentile(values: list[float], share: float) -> float:
    """Nearest-rank percentile; share between 0 and 1."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * len(ordered)))]


def spread(values: list[float], form: str) -> str:
    """Smallest to largest, and of how many."""
    return f"{min(values):{form}} to {max(values):{form}} ({len(values)} rounds)"
