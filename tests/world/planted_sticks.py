"""Bugs planted in what a stick carries; `planted.py` says of which kind they are and names them."""

from pathlib import Path

from sync.carry import Taken
from sync.stick import Courier
from sync.trips import Trip
from sync.wire import Verify
from tests.world.card import CardLink


def _anybody(_public: bytes) -> Verify:
    return lambda _signature, _message: True


class BelievesAnybody(Courier):
    """Takes an answer without looking at the signature."""

    def take(self, path: Path) -> Taken | None:
        object.__setattr__(self, "make_check", _anybody)
        return super().take(path)


class ForgetsTrips(CardLink):
    """Gives a stick away and remembers nothing of it: its answer is no answer to anything."""

    def set_out(self, trip: Trip) -> None:
        pass


class AnswersOnce(CardLink):
    """Takes a trip for answered when it leaves."""

    def set_out(self, trip: Trip) -> None:
        super().set_out(trip._replace(answered=True))


class OldWord(CardLink):
    """Goes by an answer of a county that was restored since, if a stick brings it."""

    def trips(self) -> list[Trip]:
        return [trip._replace(since=self.incarnation()) for trip in super().trips()]
