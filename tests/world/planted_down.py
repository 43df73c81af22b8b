"""Bugs planted in what comes down from the county; `planted.py` says of which kind they are and names them."""

from station_agent.sent_down import SentDown
from sync.board import Board
from sync.link import LinkFile
from sync.lists import SignedList
from sync.trouble import Trouble

# Lists


class AnyonesList(Board):
    """Believes a list without looking at the signature."""

    def _judge(self, found: SignedList) -> Trouble | None:
        self._verify = lambda _signature, _message: True
        return super()._judge(found)


class LatestList(Board):
    """Takes the list that came last for the newest."""

    def _judge(self, found: SignedList) -> Trouble | None:
        trouble = super()._judge(found)
        return None if trouble is Trouble.LIST_OLDER else trouble


class OthersList(Board):
    """Keeps lists of whatever station."""

    def _judge(self, found: SignedList) -> Trouble | None:
        station, self._station = self._station, found.scope
        trouble = super()._judge(found)
        self._station = station
        return trouble


class AsksOnce(Board):
    """Asks for lists once, and trusts in what is pushed from then on."""

    def forget(self) -> None:
        pass

    def ask(self, now_s: float) -> list[bytes]:
        return super().ask(now_s) if self._asked_s is None else []


class LooksOnce(SentDown):
    """Reads the lists when the agent starts, and never again."""

    def look(self, link: LinkFile) -> None:
        if not self._seen:
            super().look(link)


class KeepsTakenDown(SentDown):
    """Goes on with a list that was taken down."""

    def _take(self, name: str, content: bytes | None) -> None:
        if content is not None:
            super()._take(name, content)
