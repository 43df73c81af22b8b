"""The steps a picture goes through, and which reads count. Pure: it sees no picture, only what decoders read.

    fast      zxing-cpp, parcel formats, no rotating, downscaling, inverting        always there
    cut       OpenCV finds bars, zxing-cpp reads the straightened crop              OpenCV
    full      zxing-cpp as it comes, every format                                   always there
    clahe     local contrast evened out, then zxing-cpp                             OpenCV
    doubled   twice the size, then zxing-cpp                                        OpenCV
    pyzbar    another decoder on the plain picture                                  pyzbar, libzbar0

A picture's chain ends at the first step after which something counts that is enough (see `Chain`). A read is SURE if it
is of a family that proves itself (Code 128 has a check of its own over the whole, QR, Data Matrix, PDF417 and Aztec
correct errors) and came from an early step: devices.md B5 saw no false one. Anything else counts only when CONFIRMED:

    second decoder    zxing-cpp and pyzbar read the same in this picture
    second frame      the same was read in another picture within SECOND_FRAME_S
    check digit       ITF of 14 digits that carries GS1's check; that of an EAN is part of reading it and proves nothing
    carrier rule      whoever knows the trade says that this is a waybill and its own check, if any, fits

What stays UNSURE is told, and never counts. A carrier rule alone is weak, as wrong reads can be well-formed (B5 saw
two), so it confirms families that prove themselves from late steps, and none that pyzbar alone read.
Called by `process.py`, which runs the steps.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum


class Step(StrEnum):
    """The steps, in the order they are tried."""

    FAST = "fast"
    CUT = "cut"
    FULL = "full"
    CLAHE = "clahe"
    DOUBLED = "doubled"
    PYZBAR = "pyzbar"


EARLY = frozenset({Step.FAST, Step.CUT, Step.FULL})
PROVES_ITSELF = frozenset(
    {"CODE128", "GS1-128", "QR", "GS1-QR", "DATAMATRIX", "GS1-DATAMATRIX", "PDF417", "AZTEC"}
)  # fmt: skip
_FAMILY_OF = {"GS1-128": "CODE128", "GS1-QR": "QR", "GS1-DATAMATRIX": "DATAMATRIX"}
SECOND_FRAME_S = 10.0
"""A person who takes another picture of the same label does it within this; engineering judgement."""
MAX_READS = 256
"""Reads of one picture over all steps; a wall of labels has some dozens."""
MAX_REMEMBERED = 64
"""Unconfirmed reads of earlier pictures; a picture has a handful."""


class Sureness(StrEnum):
    """Whether a read counts: SURE and CONFIRMED do, UNSURE does not."""

    SURE = "sure"
    CONFIRMED = "confirmed"
    UNSURE = "unsure"


class Confirmation(StrEnum):
    """What confirmed a read that does not count by itself."""

    SECOND_DECODER = "second decoder"
    SECOND_FRAME = "second frame"
    CHECK_DIGIT = "check digit"
    CARRIER_RULE = "carrier rule"


@dataclass(frozen=True, slots=True)
class Read:
    """What one decoder read at one step. symbology: a family's name as in `scanners/codes.py`; aim: its prefix."""

    code: str
    symbology: str
    step: Step
    aim: str | None = None

    @property
    def decoder(self) -> str:
        """Which program read it: the second decoder is pyzbar, every other step is zxing-cpp's."""
        return "pyzbar" if self.step is Step.PYZBAR else "zxing-cpp"


@dataclass(frozen=True, slots=True)
class Found:
    """One code of a picture, by the first step that read it, and why it counts or does not."""

    read: Read
    sureness: Sureness
    confirmed_by: Confirmation | None = None

    @property
    def counts(self) -> bool:
        """Whether it may be taken for the code."""
        return self.sureness is not Sureness.UNSURE


CarrierRule = Callable[[str], bool]


class Chain:
    """One camera's pictures, one after the other.

    `available` are the steps there are decoders for. `rule` says whether a code is surely a waybill of some carrier;
    with it, only a counting read the rule knows is enough to stop early, since a label's QR code may be an address of
    a web page while its waybill is still unread. Without it, any counting read is enough.
    """

    def __init__(self, available: Collection[Step], rule: CarrierRule | None = None) -> None:
        """Begin with no picture and nothing remembered."""
        self._steps = [step for step in Step if step in available]
        self._rule = rule
        self._left: list[Step] = []
        self._reads: list[Read] = []
        self._earlier: dict[tuple[str, str], float] = {}
        self._now_s = 0.0

    def begin(self, now_s: float) -> None:
        """Start a new picture; `now_s` is any monotonic time."""
        self._left = list(self._steps)
        self._reads = []
        self._now_s = now_s
        self._earlier = {key: at_s for key, at_s in self._earlier.items() if now_s - at_s <= SECOND_FRAME_S}

    @property
    def next_step(self) -> Step | None:
        """The step to run next, None where the picture is done."""
        return self._left[0] if self._left else None

    def take(self, reads: Sequence[Read]) -> None:
        """Take what the next step read, nothing included; a step that failed read nothing."""
        del self._left[:1]
        self._reads += reads[: MAX_READS - len(self._reads)]
        if any(found.counts and (self._rule is None or self._rule(found.read.code)) for found in self.found()):
            self._left.clear()

    def end(self) -> list[Found]:
        """Return what was found in the picture, what counts first, and remember the rest for the next picture."""
        found = sorted(self.found(), key=lambda one: not one.counts)
        for one in found:
            if len(self._earlier) < MAX_REMEMBERED or _key(one.read) in self._earlier:
                self._earlier[_key(one.read)] = self._now_s
        self._left = []
        return found

    def found(self) -> list[Found]:
        """Return every code read so far in this picture, each once, in the order of reading."""
        first: dict[tuple[str, str], Read] = {}
        for read in self._reads:
            first.setdefault(_key(read), read)
        return [self._judge(read) for read in first.values()]

    def _judge(self, read: Read) -> Found:
        proves_itself = read.symbology in PROVES_ITSELF
        if proves_itself and read.step in EARLY:
            return Found(read, Sureness.SURE)
        unsure = Found(read, Sureness.UNSURE)
        decoders = {other.decoder for other in self._reads if _key(other) == _key(read)}
        if len(decoders) > 1:
            return _confirmed(unsure, Confirmation.SECOND_DECODER)
        if _key(read) in self._earlier:
            return _confirmed(unsure, Confirmation.SECOND_FRAME)
        if read.symbology == "ITF" and len(read.code) == 14 and gs1_fits(read.code):
            return _confirmed(unsure, Confirmation.CHECK_DIGIT)
        by_rule = proves_itself and read.step is not Step.PYZBAR and self._rule is not None
        if by_rule and self._rule is not None and self._rule(read.code):
            return _confirmed(unsure, Confirmation.CARRIER_RULE)
        return unsure


def gs1_fits(code: str) -> bool:
    """Whether the last digit is the GS1 check of the others; False for anything but ASCII digits."""
    if not (code.isascii() and code.isdigit()):
        return False
    return (3 * sum(map(int, code[-2::-2])) + sum(map(int, code[-1::-2]))) % 10 == 0


def _confirmed(found: Found, by: Confirmation) -> Found:
    return replace(found, sureness=Sureness.CONFIRMED, confirmed_by=by)


def _key(read: Read) -> tuple[str, str]:
    """What makes two reads the same; not every decoder tells GS1's variant of a family from the family."""
    return read.code, _FAMILY_OF.get(read.symbology, read.symbology)
