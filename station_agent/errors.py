"""What can go wrong at the station, each with what a person should do.

    StationError              root; carries `hint`
    ├── JournalFull           try again: no room on the card; scanning goes on as soon as there is some
    ├── JournalUnwritable     try again: the card refused for another reason (write-protected, input/output error)
    │   └── FolderTaken       stop: another agent works on this folder
    ├── JournalDamaged        stop: what is on the card is not what was written; a start sets it aside and goes on
    │   └── JournalForeign    stop: another station's journal, or a newer program's; nothing is set aside
    ├── JournalMissing        stop: nothing was set up here, or the agent has not started yet
    └── Unprintable           stop: a page, number, font or printer is not as it must be

A configuration that cannot work is `sync.settings.BadSettings`, exit code 78.
"""


class StationError(Exception):
    """Root of this package's errors; `hint` is one plain sentence for a person, never empty."""

    def __init__(self, message: str, *, hint: str) -> None:
        """`message` says what happened, `hint` what to do about it."""
        super().__init__(message)
        self.hint = hint


class JournalFull(StationError):
    """The card has no room; nothing was written."""


class JournalUnwritable(StationError):
    """The card refused the write; nothing was written."""


class FolderTaken(JournalUnwritable):
    """Another agent works on this folder."""


class JournalDamaged(StationError):
    """The journal does not hold together."""


class JournalForeign(JournalDamaged):
    """The journal is whole, and not for this program or this station."""


class JournalMissing(StationError):
    """There is no journal to read."""


class Unprintable(StationError):
    """What was asked for cannot be printed so."""
