"""A search sends what its plan says and nothing else, and comes to an end whatever the line does."""

import pytest

from drivers.errors import BadSettings, PortLost, PortUnavailable
from drivers.probing.advice import advice
from drivers.probing.plan import LISTENED, LineAt, plan_for, sent_by
from drivers.probing.session import Line, probe
from sim_hardware.scales import FORMATS
from sim_hardware.scales.cas_enq import CasEnq
from sim_hardware.thermometers.modbus import XyMd02
from sim_hardware.voice import Voice
from tests.drivers.probing.desk import PATH, Desk


class Chatter(Voice):
    """Something that answers whatever it hears, and speaks besides, for ever."""

    def hear(self, data: bytes, now_s: float) -> bytes:
        del data, now_s
        return b"\x06\x06hello\r\n\x15"

    def speak(self, now_s: float) -> bytes:
        return b"" if int(now_s) % 3 else b"\x55\xaa\x06"


@pytest.mark.parametrize("voice", [Voice(), Chatter(), CasEnq(), XyMd02()], ids=lambda voice: type(voice).__name__)
def test_nothing_is_sent_but_what_the_plan_says(voice: Voice) -> None:
    """Whatever comes back, byte for byte."""
    desk, plan = Desk(voice), plan_for(PATH)
    desk.probe(plan)
    assert set(desk.sent) <= {(at, data) for at, _, data in sent_by(plan)}


@pytest.mark.parametrize("voice", [Voice(), Chatter(), FORMATS["yaohua_cont12"]()], ids=["silent", "chatter", "scale"])
def test_listening_only_sends_nothing(voice: Voice) -> None:
    """Not one byte, whoever is there."""
    desk = Desk(voice)
    desk.probe(plan_for(PATH, listen_only=True))
    assert desk.sent == []


@pytest.mark.parametrize("voice", [Voice(), Chatter()], ids=["silent", "chatter"])
def test_it_ends_in_the_time_it_said(voice: Voice) -> None:
    """A second over at most, for what was begun."""
    desk, plan = Desk(voice), plan_for(PATH)
    begun_s = desk.now_s
    outcome = desk.probe(plan)
    assert desk.now_s - begun_s <= plan.longest_s + 1
    assert outcome.found == ()


def test_where_nobody_speaks_the_other_rates_are_not_listened_to() -> None:
    """Two silent listenings are enough for a scale; for a gun, whose person may be slow, all are done."""
    heard = Desk(Voice()).probe(plan_for(PATH, listen_only=True)).heard
    assert [one.at for one in heard] == list(LISTENED[:2])
    heard = Desk(Voice()).probe(plan_for(PATH, ["scanner"], listen_only=True)).heard
    assert [one.at for one in heard] == list(LISTENED)


def test_line_settings_an_adapter_cannot_do_are_left_out_and_told() -> None:
    """The others are still tried."""
    plan = plan_for(PATH)
    desk = Desk(XyMd02(), cannot=[LineAt(9600, 7, "E"), LineAt(2400, 7, "E")])
    outcome = desk.probe(plan)
    assert [finding.model.name for finding in outcome.found] == ["modbus_xymd02"]
    assert outcome.refused == (LineAt(9600, 7, "E"),)
    silent = Desk(Voice(), cannot=[LineAt(9600, 7, "E")])
    assert any("FTDI" in line for line in advice(plan, silent.probe(plan)))


def test_a_port_that_is_none_taken_or_lost_ends_the_search_with_its_error() -> None:
    """The person gets the port's own hint; no other setting is tried on it."""

    def taken(_: LineAt) -> Line:
        raise PortUnavailable("taken", hint="stop the other program")

    with pytest.raises(PortUnavailable):
        probe(plan_for(PATH), taken, lambda: 0.0)
    with pytest.raises(BadSettings):
        Desk(Voice(), cannot=LISTENED).probe()

    class Pulled(Voice):
        def hear(self, data: bytes, now_s: float) -> bytes:
            raise PortLost(f"unplugged at {now_s} before {data!r}", hint="plug it in")

    with pytest.raises(PortLost):
        Desk(Pulled()).probe()
