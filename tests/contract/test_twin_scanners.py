"""Every scanner's driver against its twin: the codes scanned are the codes read, once each."""

import pytest

from drivers.models import MODELS
from drivers.readings import Reading, Scan
from drivers.seam import Triggered
from sim_hardware.keyboard import ENTER, KEYPAD_ENTER, SYN, SYN_DROPPED, event, events, keypad_strokes, strokes
from sim_hardware.scanner import scan_bytes
from sim_hardware.scanners import PROTOCOLS
from sim_hardware.scanners.scan_ssi import Ssi
from sim_hardware.scanners.voice import ScannerVoice
from sim_hardware.voice import Voice
from tests.contract.twins import NOISE, Bench, settings_of, twinned

NAMES = twinned(role="scanner")
per_scanner = pytest.mark.parametrize("name", NAMES)
CODES = tuple(f"SF{1_234_567_890_123 + 7 * number}" for number in range(12))
APART_S = 3.0
HOURS_S = 2 * 3600.0


def typed(name: str, code: str) -> bytes:
    """A code as the kernel's records."""
    if name == "keypad_evdev":
        return events([*keypad_strokes(code), (KEYPAD_ENTER, 1), (KEYPAD_ENTER, 0)])
    return events([*strokes(code), (ENTER, 1), (ENTER, 0)])


def code_for(name: str, code: str) -> str:
    """What the device can send of a code: a number pad has no letters."""
    return code[2:] if name == "keypad_evdev" else code


def bench_for(name: str, *, cut: bool = False) -> Bench:
    """A driver at its defaults, and the twin at its own where it listens."""
    model = MODELS[name]
    voice: Voice = PROTOCOLS[name]() if name in PROTOCOLS else Voice()
    bench = Bench(model.decoder(settings_of(model)), voice, cut=cut)
    bench.run(1.0)
    return bench


def scan(bench: Bench, name: str, code: str) -> list[Reading]:
    """Let the twin scan one code and both live on for a moment; return all readings."""
    bench.readings = []
    if MODELS[name].transport == "evdev":
        said = typed(name, code)
    elif isinstance(bench.voice, ScannerVoice):
        said = bench.voice.scan(code, bench.now_s)
    else:
        said = scan_bytes(code)
    return [*bench.hear(said), *bench.run(APART_S)]


def codes(readings: list[Reading]) -> list[str]:
    """The codes among readings, without those told to be read twice."""
    return [reading.code for reading in readings if isinstance(reading, Scan) and not reading.repeated]


@per_scanner
@pytest.mark.parametrize("cut", [False, True], ids=["whole", "byte by byte"])
def test_codes_scanned_are_the_codes_read(name: str, cut: bool) -> None:
    """One after the other, each once and in order, however the bytes come."""
    bench = bench_for(name, cut=cut)
    wanted = [code_for(name, code) for code in CODES]
    assert [code for wish in wanted for code in codes(scan(bench, name, wish))] == wanted


@per_scanner
def test_a_code_after_noise_is_read(name: str) -> None:
    """A burst of noise between scans: the next code is read right, and noise is no code."""
    if MODELS[name].transport == "evdev":
        return
    bench = bench_for(name)
    for code in CODES[:5]:
        bench.readings = []
        assert codes([*bench.hear(NOISE), *bench.run(2.0)]) == []
        assert codes(scan(bench, name, code)) == [code]


@per_scanner
def test_a_replugged_scanner_is_read_from_mid_code(name: str) -> None:
    """The tail of a code that a fresh decoder hears is not delivered as the code, and the next one is whole."""
    code = code_for(name, CODES[0])
    bench = bench_for(name)
    assert codes(scan(bench, name, code)) == [code]
    again = bench_for(name)
    again.now_s = bench.now_s + 10
    assert codes(scan(again, name, code_for(name, CODES[1]))) == [code_for(name, CODES[1])]


@per_scanner
def test_two_hours_of_scans(name: str) -> None:
    """A scan every ten seconds for two hours: every code, in order, each once."""
    bench = bench_for(name)
    bench.step_s = 0.25
    read: list[str] = []
    wanted: list[str] = []
    while bench.now_s < HOURS_S:
        wanted.append(code_for(name, f"YT{len(wanted):013d}"))
        read += codes(scan(bench, name, wanted[-1]))
        bench.run(10.0 - APART_S)
    assert read == wanted
    assert len(wanted) > 700


@pytest.mark.parametrize("name", [name for name in NAMES if name in PROTOCOLS])
def test_a_host_that_pulls_the_trigger_gets_the_code_in_view(name: str) -> None:
    """A code held before the scanner is read when the driver triggers, acknowledged or not, asleep or not."""
    bench = bench_for(name)
    assert isinstance(bench.voice, ScannerVoice)
    if not isinstance(bench.decoder, Triggered):
        return
    for code in CODES[:3]:
        bench.readings = []
        bench.voice.hold(code, bench.now_s)
        bench.decoder.trigger()
        read = [*bench.hear(b""), *bench.run(APART_S)]
        assert codes(read) == [code], name
        bench.run(5.0)


@pytest.mark.parametrize("name", [name for name in NAMES if name in PROTOCOLS])
def test_a_scanner_that_rebooted_scans_on(name: str) -> None:
    """Power sagged between two scans."""
    bench = bench_for(name)
    assert codes(scan(bench, name, CODES[0])) == [CODES[0]]
    bench.hear(bench.voice.wake(bench.now_s))
    bench.run(1.0)
    assert codes(scan(bench, name, CODES[1])) == [CODES[1]]


def test_ssi_delivers_a_code_once_though_it_comes_three_times() -> None:
    """The host's acknowledgements are lost: the code comes with status 0, 1 and 1, and is one scan."""
    if "scan_ssi" not in MODELS:
        return
    model = MODELS["scan_ssi"]
    decoder = model.decoder(settings_of(model))
    voice = Ssi()
    read: list[Reading] = []
    now_s = 1.0
    said = voice.scan(CODES[0], now_s)
    for _ in range(200):
        if said:
            read += decoder.feed(said, now_s)
            assert decoder.poll(), "a code wants an acknowledgement, every time it comes"
        now_s += 0.05
        read += decoder.tick(now_s)
        said = voice.speak(now_s)
    assert voice.given_up == 1
    assert codes(read) == [CODES[0]]


@pytest.mark.parametrize("name", [name for name in NAMES if MODELS[name].transport == "evdev"])
def test_keys_the_kernel_lost_make_no_code(name: str) -> None:
    """SYN_DROPPED in mid-code: nothing up to the next Enter is delivered, the code after it is."""
    bench = bench_for(name)
    code = code_for(name, CODES[0])
    whole = typed(name, code)
    half = len(whole) // 48 // 2 * 48
    bench.readings = []
    broken = whole[:half] + event(SYN, SYN_DROPPED, 0) + event(SYN, 0, 0) + whole[half:]
    assert codes([*bench.hear(broken), *bench.run(1.0)]) == []
    assert codes(scan(bench, name, code)) == [code]


def test_auto_repeat_adds_no_character() -> None:
    """A host slow to release keys: value 2 events between down and up."""
    if "scan_evdev" not in MODELS:
        return
    bench = bench_for("scan_evdev")
    keys = events([*strokes("SF12", repeats=3), (ENTER, 1), (ENTER, 0)])
    assert codes([*bench.hear(keys), *bench.run(1.0)]) == ["SF12"]


def test_caps_lock_inverts_letters_as_a_host_would() -> None:
    """Pressed once, `SF12` is typed with Shift and arrives as sf12, as in any text field; pressed again it is right."""
    if "scan_evdev" not in MODELS:
        return
    bench = bench_for("scan_evdev")
    locked = events([*strokes("SF12", caps_lock=True), (ENTER, 1), (ENTER, 0)])
    assert codes([*bench.hear(locked), *bench.run(1.0)]) == ["sf12"]
    assert codes([*bench.hear(locked), *bench.run(1.0)])[-1:] == ["SF12"]
