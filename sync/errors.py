"""What can go wrong on the way between a station and the county.

SyncError              root; every one carries `hint`, what a person should do
├── MalformedMessage   stop: these bytes are not ours, or are damaged; the same bytes will never be good
├── BrokenChain        stop: entries do not follow one another; `sequence` names the first bad one
├── BadSignature       stop: not signed by the key we know
├── SealBroken         stop: a sealed contact does not open: altered, of another parcel, or sealed to another key
├── CarryRefused       stop: a stick or a carried file is not ours, or damaged; `why` says which, nothing was changed
├── CarryUnwritable    try again: a stick or file cannot be written (full, write-protected, pulled out)
├── BadSettings        stop: a configuration file holds mistakes, all listed (settings.py)
├── LinkFileUnwritable try again: link.db cannot be written now (full card); what it should hold is kept in memory
└── LogUnavailable     try again: the county's database cannot commit now (receiver.py)
"""

from enum import Enum


class SyncError(Exception):
    """Root of this package's errors; `hint` is one plain sentence for a person, never empty."""

    def __init__(self, message: str, *, hint: str) -> None:
        """`message` says what happened, `hint` what to do about it."""
        super().__init__(message)
        self.hint = hint


class MalformedMessage(SyncError):
    """The bytes are not a message of this protocol."""


class BrokenChain(SyncError):
    """An entry does not follow from the one before it."""

    def __init__(self, message: str, *, sequence: int, hint: str) -> None:
        """`sequence` is the place of the first entry that does not fit."""
        super().__init__(message, hint=hint)
        self.sequence = sequence


class BadSignature(SyncError):
    """A signature does not belong to the key we know for this name."""


class SealBroken(SyncError):
    """A sealed contact does not open with this key for this station and waybill."""


class LinkFileUnwritable(SyncError):
    """link.db cannot be written now; what it should hold is kept and written later."""


class Why(Enum):
    """Why a stick or a carried file is refused; the value is what a person should do."""

    FOREIGN = "这不是本县的,换本县的优盘或文件 / it is not this county's: use a stick or file of this county"
    DAMAGED = "文件坏了或没写完,重新带一次 / it is damaged or half written: carry it again"
    OTHER_STATION = "这是别的驿站的,给它送去 / it is another station's: take it there"
    NEWER = "升级本程序 / upgrade this program"
    UNREADABLE = "检查优盘,或换一个 / look at the stick, or take another"


class CarryRefused(SyncError):
    """A stick or a carried file that is not taken; nothing was changed."""

    def __init__(self, message: str, *, why: Why) -> None:
        """`why` tells the cases apart, and what to do."""
        super().__init__(message, hint=why.value)
        self.why = why


class CarryUnwritable(SyncError):
    """A stick or file cannot be written; what is to be carried stays where it is."""
