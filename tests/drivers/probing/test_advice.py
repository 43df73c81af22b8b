"""Where nothing was found the person is told what to look at, by what came."""

import pytest

from drivers.probing.advice import DOUBTS, advice
from drivers.probing.plan import LISTENED, LineAt, plan_for
from drivers.probing.session import Heard, Outcome
from drivers.probing.verdict import Doubt
from sim_hardware.scales import FORMATS
from sim_hardware.thermometers.modbus import XyMd02
from sim_hardware.voice import Voice
from tests.drivers.probing.desk import PATH, Desk


def told(desk: Desk, *, listen_only: bool = False) -> str:
    """All the advice after a whole search."""
    plan = plan_for(PATH, listen_only=listen_only)
    return "\n".join(advice(plan, desk.probe(plan)))


def says(text: bytes, every_s: float = 0.1, at: LineAt | None = None) -> Desk:
    """A device that says the same for ever."""
    return Desk(Voice(), at or LineAt(), act=lambda _: text, act_every_s=every_s)


def test_nothing_is_advised_where_something_was_found() -> None:
    """The finding has its own doubts."""
    assert told(Desk(FORMATS["yaohua_cont12"]())) == ""


class Polite(Voice):
    """Answers, in a language of its own."""

    def hear(self, data: bytes, now_s: float) -> bytes:
        del data, now_s
        return b"?!\r\n"


@pytest.mark.parametrize(
    ("desk", "word"),
    [
        (Desk(Voice()), "TX"),
        (says(b"=01234\r\n"), "tf=0"),
        (says(b"NET 0.54 lbs.\r\n"), "换一种发送格式"),
        (says(bytes(range(128, 250, 7)) + b"\x01\x02"), "波特率"),
        (says(b"\x91\x2a\xc3", at=LineAt(600)), "记分牌"),
        (Desk(Polite()), "别的语言"),
    ],
    ids=["silent", "other =", "text", "binary", "scoreboard", "answers oddly"],
)
def test_what_came_decides_what_is_advised(desk: Desk, word: str) -> None:
    """Wiring for silence, the format for text, the line settings for noise."""
    assert word in told(desk)


def test_a_wire_of_the_wrong_polarity_is_told_by_its_zeros() -> None:
    """A line held low reads as 00 at every rate; a slow device read fast does so at one only."""
    held = tuple(Heard(at, 20, bytes(20), asked=False, lasted_s=1.5) for at in LISTENED)
    assert "TTL" in "\n".join(advice(plan_for(PATH), Outcome((), held)))
    assert "TTL" not in told(says(b"\x91\x2a\xc3", at=LineAt(600)))


def test_a_thermometer_in_its_text_mode_is_sent_back_to_modbus() -> None:
    """And is no scanner, though it sends lines of text."""
    voice = XyMd02()
    voice.reports_text = True
    assert "Modbus" in told(Desk(voice))


def test_whoever_only_listened_is_told_that_asking_is_left() -> None:
    """A polled scale never speaks by itself."""
    assert "--listen-only" in told(Desk(FORMATS["mtsics"]()), listen_only=True)


def test_every_doubt_has_its_words_in_both_languages() -> None:
    """None is shown as a bare name."""
    assert set(DOUBTS) == set(Doubt)
    assert all(" / " in words for words in DOUBTS.values())
