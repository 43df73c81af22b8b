"""Which models the evidence speaks for, and how sure that is. A wrong model is worse than "not sure".

Sure      when
--------  ------------------------------------------------------------------------------------------
certain   check digits stand behind the readings, three agree, nearly all bytes are understood, and no other model with
          check digits understands them too
likely    the same without check digits; or with them, and two agree (of a scanner, one packet)
possible  anything else that was understood; so whenever two models understand the same bytes, as two `=` formats do

1. Whatever is less sure than the surest is not told: at a wrong baud rate nothing makes sense, and what seems to is
   chance.
2. Any line of text is a code to a scanner. So a scanner counts only where nothing else was understood, where the text
   is ASCII and at no line setting a measured value ("0.54(kg)", "4.0C,54%"), and where it does not come faster than a
   person scans. A scanner that sends plain text is never certain.
3. A unit or direction that the frame does not show is a doubt told beside the finding, never settled here.

Pure; called by `session.py`.
"""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from drivers.models import Model
from drivers.probing.evidence import Evidence
from drivers.readings import BadReading, Reading, Scan, Weight
from drivers.settings import SerialSettings

SHARE_NEARLY_ALL = 0.85
SHARE_MOST = 0.6
SHARE_SOME = 0.3
"""Less than this of the bytes understood is chance, unless there are check digits."""
SHARE_CHECKED = 0.1
AGREE = 3
"""Readings that must say the same (devices.md 0.3: never accept one frame)."""
AGREE_CHECKED = 2
SCANS_A_SECOND = 3.0
"""Nobody scans faster; what does is a stream of text."""
SHORTEST_CODE = 4
READINGS_SHOWN = 3

_MEASURED = re.compile(r"\d[.,]\d|\d ?(?:kg|KG|lb|g)(?![0-9A-Za-z])|\d ?[℃°%]")
"""A number with a point, or with a unit behind it: no parcel's code."""
_CODE = re.compile(r"[0-9A-Za-z:/._?=&%#-]{8,}")
"""What the codes on parcels are made of; what is shorter or has blanks, commas or signs may be a number of a scale."""
_UNITLESS = frozenset({"yaohua_cont12", "yaohua_cmd", "yaohua_eq_rev9", "yaohua_eq_fwd9", "ff_bcd5", "toledo8217"})
_EQUALS = frozenset({"yaohua_eq_rev9", "yaohua_eq_fwd9"})
_SHOWS_UNIT = re.compile(rb"\d[ ,]*[A-Za-z]+ *$")


class Sure(StrEnum):
    """How sure the probe is, the surest first."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"


class Doubt(StrEnum):
    """What stays open although the model was recognised; `advice.py` says it in words."""

    UNIT = "the frame shows no unit"
    DECIMALS = "the line shows neither unit nor point"
    DIRECTION = "the format does not show its direction"
    ONE_FRAME = "too few frames agree"
    NO_VALUE = "no value was shown"
    NO_CHECK = "there are no check digits"
    SAYS_ONCE = "each weight is told once"
    PER_DEGREE = "tenths or hundredths"
    REGISTER_MAP = "another map may fit too"
    WHICH_SCANNER = "scanners that send text are alike"
    NO_SUFFIX = "nothing ends a code"


class Finding(NamedTuple):
    """One model it may be. readings: some of what it said, different ones; share: part of the bytes understood."""

    model: Model
    settings: SerialSettings
    sure: Sure
    readings: tuple[Reading, ...]
    share: float
    doubts: tuple[Doubt, ...] = ()


def judge(heard: Iterable[Evidence]) -> tuple[Finding, ...]:
    """Return the models that the evidence speaks for, all equally sure; empty where nothing was understood."""
    everything = list(heard)
    values = any(map(_are_values, everything))
    best: dict[str, Evidence] = {}
    for one in everything:
        known = best.get(one.model.name)
        if _counts(one, values=values) and (known is None or _worth(one) > _worth(known)):
            best[one.model.name] = one
    devices = [one for one in best.values() if one.model.role != "scanner"]
    packets = [one for one in best.values() if one.is_checked]
    judged = devices or packets or list(best.values())
    findings = [_finding(one, [other for other in judged if other is not one]) for one in judged]
    findings.sort(key=lambda finding: finding.share, reverse=True)
    return surest(findings)


def surest(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the findings that none is surer than."""
    for sure in Sure:
        level = tuple(finding for finding in findings if finding.sure is sure)
        if level:
            return level
    return ()


def settled(findings: Sequence[Finding]) -> bool:
    """Whether looking further would tell no more: something likely, or nearly all understood though not by one only."""
    return any(
        finding.sure is not Sure.POSSIBLE
        or (finding.share >= SHARE_NEARLY_ALL and Doubt.ONE_FRAME not in finding.doubts)
        for finding in findings
    )


def is_measured(text: str) -> bool:
    """Whether a line of text looks like a measured value and not like a parcel's code."""
    return _MEASURED.search(text) is not None


def _counts(one: Evidence, *, values: bool) -> bool:
    """Whether this is evidence at all. values: whether measured values were seen in the text at some line setting."""
    if not one.clear or one.share < (SHARE_CHECKED if one.is_checked else SHARE_SOME):
        return False
    if one.model.role != "scanner" or one.is_checked:
        return True
    scans = _scans(one)
    whole = not _has_no_end(one) or all(_CODE.fullmatch(scan.code) for scan in scans)
    return whole and not values and _was_scanned(scans)


def _are_values(one: Evidence) -> bool:
    """Whether this is text, nearly all of it understood, and some lines of it are measured values."""
    measured = [scan for scan in _scans(one) if is_measured(scan.code)]
    return one.share >= SHARE_NEARLY_ALL and len(measured) >= AGREE_CHECKED


def _scans(one: Evidence) -> list[Scan]:
    return [reading for reading in one.clear if isinstance(reading, Scan)]


def _was_scanned(scans: Sequence[Scan]) -> bool:
    """Whether a person scanned this text; rule 2."""
    codes = [scan.code for scan in scans]
    if not codes or any(len(code) < SHORTEST_CODE or not code.isascii() or is_measured(code) for code in codes):
        return False
    took_s = scans[-1].at_s - scans[0].at_s
    return len(scans) - 1 <= max(1.0, SCANS_A_SECOND * took_s)


def _worth(one: Evidence) -> tuple[int, float, int]:
    """What makes one line or variant of a model better than another."""
    return (-list(Sure).index(_alone(one)), round(one.share, 2), one.agreeing)


def _alone(one: Evidence) -> Sure:
    """How sure it would be if no other model understood anything."""
    agreeing, share = one.agreeing, one.share
    if one.is_checked and agreeing >= AGREE and one.good and share >= SHARE_NEARLY_ALL:
        return Sure.CERTAIN
    scans = one.model.role == "scanner"
    if one.is_checked and agreeing >= (1 if scans else AGREE_CHECKED) and share >= SHARE_MOST:
        return Sure.LIKELY
    wanted = AGREE_CHECKED if scans else AGREE
    if scans and not all(_CODE.fullmatch(scan.code) for scan in _scans(one)):
        return Sure.POSSIBLE
    if agreeing >= wanted and share >= SHARE_NEARLY_ALL and not _has_no_end(one):
        return Sure.LIKELY
    return Sure.POSSIBLE


def _finding(one: Evidence, others: Sequence[Evidence]) -> Finding:
    rivalled = any(_rivals(one, other) for other in others)
    return Finding(
        one.model,
        one.settings,
        Sure.POSSIBLE if rivalled else _alone(one),
        _shown(one.clear),
        one.share,
        _doubts(one, rivalled=rivalled),
    )


def _rivals(one: Evidence, other: Evidence) -> bool:
    """Whether `other` read the same bytes well enough to put `one` in doubt."""
    if one.asked != other.asked or one.settings.baudrate != other.settings.baudrate:
        return False
    return other.is_checked >= one.is_checked and other.share >= one.share / 2


def _shown(clear: Sequence[Reading]) -> tuple[Reading, ...]:
    """The newest readings, values first, each value once."""
    values = [reading for reading in clear if not isinstance(reading, BadReading)]
    shown: dict[object, Reading] = {}
    for reading in reversed(values or clear):
        shown.setdefault(reading.raw, reading)
    return tuple(shown.values())[:READINGS_SHOWN]


def _doubts(one: Evidence, *, rivalled: bool) -> tuple[Doubt, ...]:
    name = one.model.name
    enough = AGREE_CHECKED if one.is_checked or one.model.role == "scanner" else AGREE
    lines = [reading.raw for reading in one.good if isinstance(reading, Weight)]
    bare = name == "stgs_ascii" and any(not _SHOWS_UNIT.search(line) for line in lines)
    told = {
        Doubt.UNIT: name in _UNITLESS or (bare and all(b"." in line for line in lines)),
        Doubt.DECIMALS: bare and any(b"." not in line for line in lines),
        Doubt.DIRECTION: name in _EQUALS and rivalled,
        Doubt.ONE_FRAME: one.agreeing < enough and not one.model.says_once,
        Doubt.NO_VALUE: not one.good,
        Doubt.NO_CHECK: one.model.role == "scale" and not one.is_checked,
        Doubt.SAYS_ONCE: one.model.says_once,
        Doubt.WHICH_SCANNER: name == "scan_serial",
        Doubt.NO_SUFFIX: _has_no_end(one),
    }
    return tuple(doubt for doubt, holds in told.items() if holds)


def _has_no_end(one: Evidence) -> bool:
    return getattr(one.settings, "suffix", "any") == "none"
