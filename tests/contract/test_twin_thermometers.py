"""Every thermometer's driver against its twin: the temperature measured is the temperature read."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drivers.models import MODELS
from drivers.readings import Reading, Temperature
from drivers.seam import Sampler
from sim_hardware.models import TWINS, Place
from sim_hardware.thermometers.modbus import GenericSlave, ModbusThermometer, Trs02a, XyMd02
from sim_hardware.thermometers.sysfs_tree import SysfsThermometer
from sim_hardware.w1_bus import W1Sensor
from tests.contract.twins import NOISE, Bench, complaints, settings_of, twinned

VOICES = {"modbus_xymd02": XyMd02, "modbus_pt100_trs02a": Trs02a, "modbus_generic": GenericSlave}
per_slave = pytest.mark.parametrize("name", [name for name in twinned(role="thermometer") if name in VOICES])
per_file = pytest.mark.parametrize("name", twinned(role="thermometer", streams=False))
CELSIUS = (4.5, -18.0, 0.0, 25.3, 8.1, -0.5)
EVERY_S = 10.0


def bench_for(name: str, *, cut: bool = False) -> Bench:
    """A driver that asks every ten seconds, and the twin."""
    model = MODELS[name]
    return Bench(model.decoder(settings_of(model, every_s=EVERY_S)), VOICES[name](), cut=cut)


def slave(bench: Bench) -> ModbusThermometer:
    """The bench's twin."""
    assert isinstance(bench.voice, ModbusThermometer)
    return bench.voice


def celsius(readings: list[Reading]) -> list[float]:
    """The temperatures among readings, in degrees."""
    return [reading.temperature_mc / 1000 for reading in readings if isinstance(reading, Temperature)]


@per_slave
@pytest.mark.parametrize("cut", [False, True], ids=["whole", "byte by byte"])
def test_temperatures_measured_are_the_temperatures_read(name: str, cut: bool) -> None:
    """One question, one answer, to the tenth of a degree, however the bytes come."""
    bench = bench_for(name, cut=cut)
    bench.run(EVERY_S)
    for wanted in CELSIUS:
        slave(bench).set_temperature_mc(round(wanted * 1000))
        readings = bench.run(2 * EVERY_S)
        assert set(celsius(readings)) == {wanted}
        assert complaints(readings) == []


@per_slave
def test_an_adapter_that_echoes_changes_nothing(name: str) -> None:
    """The host gets its own request back before the answer (devices.md F)."""
    bench = bench_for(name)
    slave(bench).echoes = True
    assert set(celsius(bench.run(3 * EVERY_S))) == {4.0}


@per_slave
def test_stray_zeros_of_an_undriven_bus_change_nothing(name: str) -> None:
    """One byte 00 before and after each answer (devices.md F)."""
    bench = bench_for(name)
    slave(bench).leading_zeros, slave(bench).trailing_zeros = 1, 1
    assert set(celsius(bench.run(3 * EVERY_S))) == {4.0}


@per_slave
def test_noise_between_answers_is_no_temperature(name: str) -> None:
    """Noise while nobody asks, and right before an answer: the temperature, or a complaint."""
    bench = bench_for(name)
    for _ in range(5):
        bench.readings = []
        bench.hear(NOISE)
        assert set(celsius(bench.run(2 * EVERY_S))) <= {4.0}
    bench.noise_before = NOISE
    assert set(celsius(bench.run(3 * EVERY_S))) <= {4.0}
    bench.noise_before = b""
    assert 4.0 in celsius(bench.run(3 * EVERY_S))


@per_slave
def test_a_silent_slave_is_no_temperature_and_comes_back(name: str) -> None:
    """Unplugged: complaints instead of the last value; plugged in again it is read by the same or a fresh decoder."""
    bench = bench_for(name)
    bench.run(2 * EVERY_S)
    voice, address = slave(bench), slave(bench).address
    voice.address = 200
    if isinstance(voice, XyMd02):
        voice.reports_text = True
    assert celsius(bench.run(3 * EVERY_S)) == []
    voice.address = address
    if isinstance(voice, XyMd02):
        voice.reports_text = False
    assert 4.0 in celsius(bench.run(3 * EVERY_S))
    again = Bench(MODELS[name].decoder(settings_of(MODELS[name], every_s=EVERY_S)), voice, now_s=bench.now_s)
    assert 4.0 in celsius(again.run(2 * EVERY_S))


@per_slave
def test_two_hours_of_questions(name: str) -> None:
    """A slow warming over two hours, asked every ten seconds: every value is one that was measured."""
    bench = bench_for(name)
    bench.step_s = 0.5
    seen = []
    for tenth in range(240):
        slave(bench).set_temperature_mc(2_000 + 100 * tenth)
        values = set(celsius(bench.run(30.0)))
        assert values <= {2 + tenth / 10, 2 + (tenth - 1) / 10}
        seen += sorted(values)
    assert len(set(seen)) > 200


def test_a_broken_probe_is_no_temperature() -> None:
    """TRS-02a: the value beside a fault is the last good one and is not delivered, for every fault."""
    if "modbus_pt100_trs02a" not in MODELS:
        return
    bench = bench_for("modbus_pt100_trs02a")
    voice = bench.voice
    assert isinstance(voice, Trs02a)
    bench.run(2 * EVERY_S)
    for fault in ("open", "short", "damaged", "low", "high"):
        voice.fault = fault
        readings = bench.run(2 * EVERY_S)
        assert celsius(readings) == []
        assert complaints(readings)
    voice.fault = None
    assert 4.0 in celsius(bench.run(2 * EVERY_S))


def test_a_clone_in_hundredths_is_read_when_the_setting_says_so() -> None:
    """per_degree = 100, and 30.50 is 30.5."""
    if "modbus_xymd02" not in MODELS:
        return
    model = MODELS["modbus_xymd02"]
    voice = XyMd02(per_degree=100)
    voice.set_temperature_mc(30_500)
    bench = Bench(model.decoder(settings_of(model, every_s=EVERY_S, per_degree=100)), voice)
    assert set(celsius(bench.run(2 * EVERY_S))) == {30.5}


@contextmanager
def set_out(name: str, at: Path) -> Iterator[tuple[Place, Sampler]]:
    """A twin's files and a sampler on them that waits for real."""
    place = TWINS[name](at / "device", False)
    place.open()
    try:
        model = MODELS[name]
        keys = {key: value for key, value in place.settings.items() if key != "every_s"}
        yield place, model.sampler(settings_of(model, place.path, **keys), _pause)
    finally:
        place.close()


def _pause(seconds: float) -> bool:
    threading.Event().wait(min(seconds, 1.0))
    return True


def set_temperature(place: Place, wanted_c: float) -> None:
    """Let the twin measure a temperature."""
    twin = place.twin
    assert isinstance(twin, W1Sensor | SysfsThermometer)
    twin.set_temperature_mc(round(wanted_c * 1000))


@per_file
def test_a_file_shows_what_is_measured(name: str, tmp_path: Path) -> None:
    """Each look gives the temperature of that time, to the chip's own step."""
    with set_out(name, tmp_path) as (place, sampler):
        for now_s, wanted in enumerate(CELSIUS[:3] if name == "w1_bulk" else CELSIUS):
            set_temperature(place, wanted)
            assert celsius(sampler.sample(60.0 * now_s)) == [pytest.approx(wanted, abs=0.032)]


@per_file
def test_a_chip_pulled_out_is_no_temperature(name: str, tmp_path: Path) -> None:
    """Gone: a complaint; back: its temperature."""
    with set_out(name, tmp_path) as (place, sampler):
        twin = place.twin
        assert isinstance(twin, W1Sensor | SysfsThermometer)
        twin.unplug()
        readings = sampler.sample(0.0)
        assert celsius(readings) == []
        assert complaints(readings)
        twin.plug()
        assert celsius(sampler.sample(60.0)) == [4.0]


@per_file
def test_a_failed_read_is_no_temperature(name: str, tmp_path: Path) -> None:
    """An empty file, as newer kernels and EIO look here: a complaint, and the next good read is read."""
    with set_out(name, tmp_path) as (place, sampler):
        twin = place.twin
        assert isinstance(twin, W1Sensor | SysfsThermometer)
        twin.empty()
        readings = sampler.sample(0.0)
        assert celsius(readings) == []
        assert complaints(readings)
        set_temperature(place, 5.0)
        assert celsius(sampler.sample(60.0)) == [5.0]


@pytest.mark.parametrize("name", [name for name in ("w1_slave", "w1_temperature") if name in MODELS])
def test_a_conversion_that_takes_its_time_is_waited_for(name: str, tmp_path: Path) -> None:
    """The kernel blocks the reader for the conversion: the driver gets the value, later."""
    with set_out(name, tmp_path) as (place, sampler):
        twin = place.twin
        assert isinstance(twin, W1Sensor)
        twin.convert_slowly(0.05)
        started_s = time.monotonic()
        assert celsius(sampler.sample(0.0)) == [4.0]
        assert time.monotonic() - started_s >= 0.05
