"""identify(): what one read is, who carries it, how sure that is and why. Pure: the same read, the same answer.

It opens no device and keeps nothing. A wrong guess must never stop the counter: whoever asks stores the attendant's
choice beside the guess and its rule. Called by the counter, the drivers' probe page and `station identify`.
"""

import msgspec

from station_agent.waybill.kinds import Check, Confidence, Kind, Refusal
from station_agent.waybill.normalise import normalise
from station_agent.waybill.parts import PackageParts, Parts, parts_of
from station_agent.waybill.refusals import MAX_RAW, screen
from station_agent.waybill.rules import OnFailure, Rule, by_length
from station_agent.waybill.table_lettered import LETTERED
from station_agent.waybill.table_numeric import NUMERIC

RULES: dict[str, Rule] = {rule.name: rule for rule in LETTERED + NUMERIC}
_LETTERED = by_length(LETTERED)
_NUMERIC = by_length(NUMERIC)
_AMBIGUOUS = frozenset({Kind.AMBIGUOUS_12, Kind.AMBIGUOUS_13, Kind.AMBIGUOUS_15, Kind.STO_OR_ZTO_14})


class Candidate(msgspec.Struct, frozen=True):
    """One thing a code may be. rule names the row in `RULES` that says so, with its sentence and source."""

    kind: Kind
    carrier: str | None
    rule: str
    confidence: Confidence


class Identification(msgspec.Struct, frozen=True):
    """What one read is.

    kind: the word for it; valid: its shape is known and no check speaks against it; carrier: who carries it, None
    when nobody or several could; code: the read normalised, the text to record; number: what two labels of one thing
    share (a JD package's waybill, an SSCC without its 00), else the code; raw: the read as it came. rule: the row
    that decided, "" for none; confidence: None for unknown; candidates: ranked, first the best, empty for unknown;
    check: what the check digit said; parts: what the code says inside, or None. refused: why the read is not taken at
    all, else None; then kind is unknown and code, number and raw are empty. length: characters of the raw read, the
    only thing besides the reason that may be kept of a refused one.
    """

    kind: Kind
    valid: bool
    carrier: str | None
    code: str
    number: str
    raw: str
    rule: str
    confidence: Confidence | None
    candidates: tuple[Candidate, ...]
    check: Check
    parts: Parts | None
    refused: Refusal | None
    length: int

    @property
    def needs_choice(self) -> bool:
        """Whether a person should confirm before the guess is recorded; never a ground to turn a parcel away."""
        return not self.valid or self.confidence is Confidence.POSSIBLE


def identify(raw: str) -> Identification:
    """Say what one read is. Never raises: text that is no code gives kind unknown or a refusal."""
    if len(raw) > MAX_RAW:
        return _refused(Refusal.TOO_LONG, len(raw))
    code = normalise(raw)
    refused = screen(raw, code)
    if refused is not None:
        return _refused(refused.reason, refused.length)
    table = _NUMERIC if code.isdigit() else _LETTERED
    decided: Rule | None = None
    check = Check.NONE
    candidates: list[Candidate] = []
    for rule in table.get(len(code), ()):
        if rule.shape.fullmatch(code) is None:
            continue
        said = Check.NONE if rule.check is None else Check.OK if rule.check(code) else Check.FAILED
        if said is Check.FAILED and (decided is not None or rule.on_failure is OnFailure.NOT_THIS):
            continue
        if decided is None and rule.decides:
            decided, check = rule, said
        _add(candidates, rule, said, behind=decided is not rule)
    if decided is None:
        return Identification(
            Kind.UNKNOWN, False, None, code, code, raw, "", None, tuple(candidates), Check.NONE, None, None, len(raw)
        )
    return _answer(raw, code, decided, check, candidates)


def _add(candidates: list[Candidate], rule: Rule, said: Check, *, behind: bool) -> None:
    """Append what a fitting rule offers, unless its carrier and role are offered already.

    Behind a rule that decided, and after a failed check, an offer is never more than possible.
    """
    if rule.kind in _AMBIGUOUS:
        return
    for other in candidates:
        if other.carrier == rule.carrier and other.kind.role is rule.kind.role:
            return
    confidence = Confidence.POSSIBLE if behind or said is Check.FAILED else rule.confidence
    candidates.append(Candidate(rule.kind, rule.carrier, rule.name, confidence))


def _answer(raw: str, code: str, rule: Rule, check: Check, candidates: list[Candidate]) -> Identification:
    """Put the answer together from the rule that decided."""
    kind = rule.answer or rule.kind
    parts = parts_of(kind, code)
    valid = rule.valid and check is not Check.FAILED
    number = code
    if isinstance(parts, PackageParts):
        number = parts.waybill
        valid = valid and 1 <= parts.sequence <= parts.total
    elif kind is Kind.SSCC:
        number = code[-18:]
    carrier = None if kind in _AMBIGUOUS else rule.carrier
    confidence = rule.confidence if valid else Confidence.POSSIBLE
    return Identification(
        kind, valid, carrier, code, number, raw, rule.name, confidence, tuple(candidates), check, parts, None, len(raw)
    )


def _refused(reason: Refusal, length: int) -> Identification:
    return Identification(Kind.UNKNOWN, False, None, "", "", "", "", None, (), Check.NONE, None, reason, length)
