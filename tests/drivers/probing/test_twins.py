"""Every simulated device is found as what it is, or not at all; never as another one."""

import random

import pytest

from drivers.models import MODELS
from drivers.probing.plan import LineAt, plan_for, sent_by
from drivers.probing.session import Outcome
from drivers.probing.verdict import Doubt, Sure
from drivers.readings import BadReading, Reason, Scan, Weight
from sim_hardware.scales import FORMATS, mt_cont, stgs_ascii, yaohua_cont12
from sim_hardware.scales.cas_enq import CasEnq
from sim_hardware.scales.toledo8217 import Toledo8217
from sim_hardware.scales.voice import ScaleVoice, Streaming
from sim_hardware.scanner import scan_bytes
from sim_hardware.scanners import PROTOCOLS
from sim_hardware.voice import Voice
from tests.drivers.probing.desk import PATH, Desk

SERIAL = sorted(name for name in FORMATS if MODELS[name].transport == "serial")
HOME = {"toledo8217": LineAt(9600, 7, "E"), "adam_az": LineAt(4800)}
"""Line settings a maker ships, where they are not 9600 8N1."""
CERTAIN = {"yaohua_cont12", "yaohua_a12e15", "mt_cont", "yaohua_cmd", "cas_enq"}
"""Their frames have check digits."""
WAYBILL = "SF1234567890123"


def loaded(voice: ScaleVoice, weight_g: float) -> ScaleVoice:
    """A scale with something at rest on it."""
    voice.pan = voice.pan.with_load(weight_g, 0.0, settle_s=0)
    return voice


def names(outcome: Outcome) -> list[str]:
    """The models that were found."""
    return [finding.model.name for finding in outcome.found]


@pytest.mark.parametrize("name", SERIAL)
def test_a_scale_as_it_is_shipped_is_found(name: str) -> None:
    """The model, its line settings and what lies on it; certain only where check digits say so."""
    outcome = Desk(loaded(FORMATS[name](), 1234), HOME.get(name, LineAt())).probe()
    assert names(outcome) == [name]
    (found,) = outcome.found
    expected = Sure.CERTAIN if name in CERTAIN else Sure.POSSIBLE if name == "adam_az" else Sure.LIKELY
    assert found.sure is expected
    assert [round(reading.weight_g) for reading in found.readings if isinstance(reading, Weight)] == [1234]
    at = LineAt(found.settings.baudrate, found.settings.bytesize, found.settings.parity)
    assert at == HOME.get(name, LineAt())
    assert (Doubt.NO_CHECK in found.doubts) is (name not in CERTAIN)


@pytest.mark.parametrize("name", SERIAL)
@pytest.mark.parametrize("at", [LineAt(1200), LineAt(57_600)], ids=str)
def test_at_other_line_settings_a_scale_is_never_taken_for_another(name: str, at: LineAt) -> None:
    """Right settings in the plan find it; at wrong ones it is noise, and noise is no device."""
    outcome = Desk(loaded(FORMATS[name](), 1234), at).probe()
    assert set(names(outcome)) <= {name}
    if at == LineAt(1200) and name not in plan_polled():
        assert names(outcome) == [name]


def plan_polled() -> set[str]:
    """The models that only answer."""
    return {model for _, model, _ in sent_by(plan_for(PATH))}


@pytest.mark.parametrize("name", ["yaohua_eq_rev9", "yaohua_eq_fwd9"])
def test_an_equals_format_that_reads_both_ways_is_told_both_ways(name: str) -> None:
    """500 g is 0.500 one way and another number the other way: both are told, both as possible, and why."""
    outcome = Desk(loaded(FORMATS[name](), 500)).probe()
    assert sorted(names(outcome)) == ["yaohua_eq_fwd9", "yaohua_eq_rev9"]
    assert {finding.sure for finding in outcome.found} == {Sure.POSSIBLE}
    assert all(Doubt.DIRECTION in finding.doubts for finding in outcome.found)
    shown = {finding.readings[0].weight_g for finding in outcome.found if isinstance(finding.readings[0], Weight)}
    assert 500 in shown
    assert len(shown) == 2


def test_a_moving_pan_is_not_certain_of_anything_but_the_language() -> None:
    """A scale that answers "moving" is recognised, though it has shown no weight."""
    voice = Toledo8217()
    voice.pan = voice.pan.with_load(500, 0.0, settle_s=1e6)
    (found,) = Desk(voice, LineAt(9600, 7, "E")).probe().found
    assert (found.model.name, found.sure) == ("toledo8217", Sure.LIKELY)
    assert Doubt.NO_VALUE in found.doubts
    assert isinstance(found.readings[0], BadReading)
    assert found.readings[0].reason is Reason.UNSTABLE


def test_a_7e1_scale_is_found_through_an_adapter_that_cannot_do_7e1() -> None:
    """The parity then stands in bit 7 of what an 8N1 port reads; the simulated wire shows it."""
    voice = loaded(FORMATS["stgs_ascii"](), 1234)
    desk = Desk(voice, LineAt(9600, 7, "E"), cannot=[LineAt(9600, 7, "E"), LineAt(9600, 8, "E")])
    (found,) = desk.probe().found
    assert (found.model.name, found.settings.bytesize, found.settings.parity) == ("stgs_ascii", 7, "E")


def test_what_a_technician_must_write_besides_is_found_too() -> None:
    """A Toledo without its check character, a CAS that streams by itself: the settings say so, and it is less sure."""
    pan = loaded(FORMATS["mt_cont"](), 1234).pan
    bare = Desk(Streaming(lambda display: mt_cont.frame(display)[:17], pan)).probe().found
    assert [(one.model.name, one.sure, getattr(one.settings, "checksum", None)) for one in bare] == [
        ("mt_cont", Sure.LIKELY, False)
    ]
    cas = CasEnq(pan)
    streaming = Desk(Streaming(cas.frame, pan)).probe().found
    assert [(one.model.name, one.sure, getattr(one.settings, "ask", None)) for one in streaming] == [
        ("cas_enq", Sure.CERTAIN, False)
    ]


def test_a_line_without_a_unit_raises_the_doubt() -> None:
    """Autoda prints neither unit nor point: what it counts in must be asked of the display."""
    voice = Streaming(lambda display: b"ST,GS,+%07d\r\n" % int(display.weight_g))
    (found,) = Desk(loaded(voice, 1234)).probe().found
    assert found.model.name == "stgs_ascii"
    assert Doubt.DECIMALS in found.doubts
    with_unit = Desk(loaded(Streaming(stgs_ascii.frame), 1234)).probe().found
    assert Doubt.DECIMALS not in with_unit[0].doubts


@pytest.mark.parametrize("name", ["yaohua_cont12", "stgs_ascii", "yaohua_cmd", "cas_enq"])
def test_stray_bytes_around_frames_make_it_less_sure_and_nothing_else(name: str) -> None:
    """As many stray bytes as a bad line gives: the same model or none, and never certain."""
    desk = Desk(loaded(FORMATS[name](), 1234), before=b"\xff\x00\x82\x7f", after=b"\xfe\x00")
    outcome = desk.probe()
    assert set(names(outcome)) <= {name}
    assert all(finding.sure is not Sure.CERTAIN for finding in outcome.found)


class Noise(Voice):
    """A line that gives random bytes all the time."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def speak(self, now_s: float) -> bytes:
        del now_s
        return self._chance.randbytes(self._chance.randint(1, 12))


@pytest.mark.parametrize("seed", range(2))
def test_noise_is_no_device(seed: int) -> None:
    """Whatever random bytes look like, nothing is found in them."""
    assert names(Desk(Noise(seed)).probe()) == []


# scanners


@pytest.mark.parametrize("name", sorted(PROTOCOLS))
def test_a_gun_is_found_when_its_trigger_is_pulled(name: str) -> None:
    """The packets of an SSI gun tell it; the others send text, and their makers cannot be told apart."""
    voice = PROTOCOLS[name]()
    (found,) = Desk(voice, act=lambda now_s: voice.scan(WAYBILL, now_s)).probe(plan_for(PATH, listen_only=True)).found
    assert found.model.name == ("scan_ssi" if name == "scan_ssi" else "scan_serial")
    assert found.sure is Sure.LIKELY
    assert isinstance(found.readings[0], Scan)
    assert found.readings[0].code == WAYBILL
    assert (Doubt.WHICH_SCANNER in found.doubts) is (name != "scan_ssi")


@pytest.mark.parametrize("at", [LineAt(115_200), LineAt(19_200)], ids=str)
def test_a_gun_at_another_baud_rate_is_found(at: LineAt) -> None:
    """The person goes on scanning while the probe goes through the line settings."""
    (found,) = Desk(Voice(), at, act=lambda _: scan_bytes(WAYBILL)).probe().found
    assert (found.model.name, found.settings.baudrate) == ("scan_serial", at.baudrate)


def test_a_gun_without_a_suffix_is_only_possible() -> None:
    """What ends at a pause alone may be cut anywhere; the person is told to set a suffix."""
    (found,) = Desk(Voice(), act=lambda _: WAYBILL.encode()).probe(plan_for(PATH, ["scanner"])).found
    assert (found.sure, getattr(found.settings, "suffix", None)) == (Sure.POSSIBLE, "none")
    assert Doubt.NO_SUFFIX in found.doubts


@pytest.mark.parametrize(
    ("text", "every_s"),
    [(b"0000.54(kg)\r\n", 0.2), (b"=0.0100\r\n", 0.3), (b"4.0,54%\r\n", 1.0), (b"00001234\r\n", 0.1), (b"12\r\n", 1.0)],
)
def test_text_of_an_unknown_scale_is_no_gun(text: bytes, every_s: float) -> None:
    """Measured values, lines faster than a person scans and scraps are nobody's parcel codes."""
    assert names(Desk(Voice(), act=lambda _: text, act_every_s=every_s).probe()) == []


def test_numbers_that_come_slowly_are_at_most_possible() -> None:
    """Seven digits may be a code or a weight."""
    outcome = Desk(Voice(), act=lambda _: b"0001234\r\n").probe()
    assert all(finding.sure is Sure.POSSIBLE for finding in outcome.found)


def test_one_frame_is_never_more_than_possible() -> None:
    """A scale that spoke once had a right frame by chance or not; nobody can tell."""
    frame = yaohua_cont12.frame(loaded(FORMATS["yaohua_cont12"](), 1234).pan.display_at(1.0))
    outcome = Desk(Voice(), act=lambda _: frame, act_every_s=1e9, spoke_s=0.0, acted_s=-1e9 + 100).probe()
    assert [(one.model.name, one.sure) for one in outcome.found] in ([], [("yaohua_cont12", Sure.POSSIBLE)])
