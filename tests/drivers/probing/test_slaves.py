"""Modbus slaves: who answers is certain, what its registers mean hardly ever."""

import pytest

from drivers.probing.plan import LineAt
from drivers.probing.verdict import Doubt, Finding, Sure
from drivers.readings import BadReading, Reason, Temperature
from drivers.registers import ModbusSettings
from sim_hardware.thermometers.modbus import GenericSlave, ModbusThermometer, Trs02a, XyMd02
from sim_hardware.voice import Voice
from tests.drivers.probing.desk import Desk


def only(desk: Desk) -> tuple[Finding, ModbusSettings]:
    """The one finding and its settings."""
    (found,) = desk.probe().found
    assert isinstance(found.settings, ModbusSettings)
    return found, found.settings


@pytest.mark.parametrize("address", [1, 3, 10])
def test_a_sensor_that_knows_its_own_address_is_certain(address: int) -> None:
    """Holding register 0101h of an XY-MD02 is its address; tenths or hundredths stays to be compared."""
    found, settings = only(Desk(XyMd02(address=address)))
    assert (found.model.name, found.sure, settings.address) == ("modbus_xymd02", Sure.CERTAIN, address)
    assert found.doubts == (Doubt.PER_DEGREE,)
    assert [reading.temperature_mc for reading in found.readings if isinstance(reading, Temperature)] == [4000]


def test_a_clone_in_hundredths_is_told_by_its_humidity() -> None:
    """54.6 %RH is 5460 counts there, which no humidity in tenths can be."""
    found, settings = only(Desk(XyMd02(per_degree=100)))
    assert getattr(settings, "per_degree", None) == 100
    assert [reading.temperature_mc for reading in found.readings if isinstance(reading, Temperature)] == [4000]


@pytest.mark.parametrize("fault", [None, "open"])
def test_a_pt100_transmitter_is_likely(fault: str | None) -> None:
    """Value and status of the TRS-02a, everything else refused; with a broken wire it says so instead of a value."""
    voice = Trs02a(address=2)
    voice.fault = "open" if fault else None
    found, settings = only(Desk(voice))
    assert (found.model.name, found.sure, settings.address) == ("modbus_pt100_trs02a", Sure.LIKELY, 2)
    assert isinstance(found.readings[0], BadReading if fault else Temperature)
    assert (Doubt.NO_VALUE in found.doubts) is (fault is not None)


def test_an_unknown_slave_is_told_with_what_its_first_register_would_be() -> None:
    """Only its manual can say what it means, so it is never more than possible."""
    found, _ = only(Desk(GenericSlave()))
    assert (found.model.name, found.sure) == ("modbus_generic", Sure.POSSIBLE)
    assert Doubt.REGISTER_MAP in found.doubts
    assert [reading.temperature_mc for reading in found.readings if isinstance(reading, Temperature)] == [4000]


def test_a_slave_that_refuses_every_known_register_is_still_told() -> None:
    """It answered with a right CRC: wiring, baud rate and address are right, the map is not known."""
    found, settings = only(Desk(GenericSlave(address=5, temperature_register=0x300)))
    assert (found.model.name, found.sure, settings.address) == ("modbus_generic", Sure.POSSIBLE, 5)
    assert Doubt.NO_VALUE in found.doubts
    assert isinstance(found.readings[0], BadReading)
    assert found.readings[0].reason is Reason.EXCEPTION


def test_registers_that_fit_every_map_are_only_possible() -> None:
    """A slave with values in registers 0, 1 and 2 could be any of them: all are told, none is called likely."""
    outcome = Desk(GenericSlave(registers={1: 200, 2: 0})).probe()
    assert {finding.model.name for finding in outcome.found} == {
        "modbus_xymd02",
        "modbus_pt100_trs02a",
        "modbus_generic",
    }
    assert {finding.sure for finding in outcome.found} == {Sure.POSSIBLE}


class Bus(Voice):
    """Several slaves on one line."""

    def __init__(self, *slaves: ModbusThermometer) -> None:
        self._slaves = slaves

    def hear(self, data: bytes, now_s: float) -> bytes:
        return b"".join(slave.hear(data, now_s) for slave in self._slaves)


def test_every_slave_of_a_line_is_told_for_itself() -> None:
    """One finding an address, each as sure as it is; the likely one is not hidden by the certain one."""
    outcome = Desk(Bus(XyMd02(address=1), Trs02a(address=4))).probe()
    told = [
        (one.model.name, one.sure, one.settings.address)
        for one in outcome.found
        if isinstance(one.settings, ModbusSettings)
    ]
    assert told == [("modbus_xymd02", Sure.CERTAIN, 1), ("modbus_pt100_trs02a", Sure.LIKELY, 4)]


@pytest.mark.parametrize("at", [LineAt(4800), LineAt(19_200), LineAt(9600, 8, "E")], ids=str)
def test_other_line_settings_are_tried(at: LineAt) -> None:
    """The usual ones, parity included."""
    found, settings = only(Desk(XyMd02(), at))
    assert found.model.name == "modbus_xymd02"
    assert (settings.baudrate, settings.parity) == (at.baudrate, at.parity)


def test_an_echo_and_stray_zeros_do_not_matter_and_are_nobody() -> None:
    """An adapter that hands our request back and an undriven bus: the slave is found, and without it nobody is."""
    desk = Desk(XyMd02(), before=b"\x00\x00", after=b"\x00", echoes=True)
    found, _ = only(desk)
    assert found.sure is Sure.CERTAIN
    outcome = Desk(Voice(), echoes=True).probe()
    assert outcome.found == ()
    assert not any(heard.received for heard in outcome.heard)
