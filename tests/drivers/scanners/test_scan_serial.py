"""What the recorded cases of `scan_serial` do not show: timing, settings, text, noise."""

from typing import Any

import msgspec
import pytest

from drivers.readings import BadReading, Reading, Reason, Scan
from drivers.scanners.codes import AIM, decode_text, split_aim
from drivers.scanners.scan_serial import ScanSerialDecoder, Settings, decoder, feedback

CODE = b"SF1234567890123"


def fresh(**keys: Any) -> ScanSerialDecoder:
    """A decoder under the given settings."""
    return ScanSerialDecoder(Settings(path="/dev/null", **keys))


def said(readings: list[Reading]) -> list[str]:
    """The codes and reasons, in order."""
    return [r.code if isinstance(r, Scan) else str(r.reason) for r in readings if isinstance(r, Scan | BadReading)]


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b"\t", b"\x03"])
@pytest.mark.parametrize("start", [b"", b"\x02"])
def test_every_framing_gives_the_bare_code(start: bytes, end: bytes) -> None:
    """CR, LF, CR LF, TAB and ETX end a record, STX may begin it; raw is the record without them."""
    (scan,) = fresh().feed(start + CODE + end, 5.0)
    assert scan == Scan(CODE.decode(), CODE, 5.0)


@pytest.mark.parametrize(("aim", "family"), AIM.items())
def test_every_aim_prefix_names_its_family(aim: str, family: str) -> None:
    """A known prefix is stripped, kept apart and named."""
    (scan,) = fresh().feed(b"]" + aim.encode() + CODE + b"\r", 0.0)
    assert isinstance(scan, Scan)
    assert (scan.code, scan.aim, scan.symbology) == (CODE.decode(), "]" + aim, family)
    assert scan.raw == b"]" + aim.encode() + CODE


@pytest.mark.parametrize("text", ["]", "]C", "]C9X", "]K0123", "a]C0123", "C0123"])
def test_what_only_looks_like_a_prefix_stays_in_the_code(text: str) -> None:
    """`]` is stripped only in first place and only with two characters of the table."""
    assert split_aim(text) == (None, text)
    assert said(fresh().feed(text.encode() + b"\r", 0.0)) == [text]


def test_a_prefix_without_a_code_is_malformed() -> None:
    """An empty code is no code."""
    assert said(fresh().feed(b"]C0\r", 0.0)) == ["malformed"]


@pytest.mark.parametrize("control", [0x00, 0x01, 0x04, 0x07, 0x0B, 0x1B, 0x1C, 0x1E, 0x7F])
def test_a_control_character_spoils_the_record(control: int) -> None:
    """Only GS is data; anything else that does not print is damage."""
    assert said(fresh().feed(CODE + bytes([control]) + b"1\r", 0.0)) == ["malformed"]


@pytest.mark.parametrize(
    ("payload", "symbology", "text"),
    [
        ("中国邮政".encode(), None, "中国邮政"),
        ("中国邮政".encode("gb18030"), None, "中国邮政"),
        ("张三 13800000000".encode("gbk"), "QR", "张三 13800000000"),
        ("朱镕1".encode("gbk"), "QR", "朱镕1"),
        ("a\x1d中".encode(), "QR", "a\x1d中"),
        ("中国".encode("gbk"), "CODE128", None),
        ("中国".encode(), "EAN13", None),
        (b"SF12345\xb678", None, None),
        (b"SF12345\xb6ABC", None, None),  # valid GB18030, but one damaged bit makes it too
        (b"\xff\xfe\xfd", "QR", None),
        ("中\x01".encode(), "QR", None),
        ("\x85中".encode(), "QR", None),
        ("\ue000\ue001".encode(), "QR", None),
        (b"", "QR", ""),
    ],
)
def test_text_is_utf8_or_gb18030_where_it_may_be(payload: bytes, symbology: str | None, text: str | None) -> None:
    """Chinese is read in either encoding, from codes that can carry it; damage is refused."""
    assert decode_text(payload, symbology) == text


def test_chinese_without_prefix_is_taken_for_qr() -> None:
    """No other family on parcels carries Chinese; a prefix, where there is one, has the say."""
    scans = fresh().feed("中国\r]d1中国\r]Q1中国\r".encode(), 0.0)
    assert [scan.symbology for scan in scans if isinstance(scan, Scan)] == ["QR", "DATAMATRIX", "QR"]


def test_a_record_that_stops_is_dropped_never_delivered() -> None:
    """After the inter-character time-out the head is TRUNCATED, and what comes later is a record of its own."""
    decoder_ = fresh()
    assert decoder_.feed(CODE, 1.0) == []
    assert decoder_.deadline_s == pytest.approx(1.1)
    assert decoder_.tick(1.09) == []
    assert said(decoder_.tick(1.1)) == ["truncated"]
    assert decoder_.deadline_s is None
    assert said(decoder_.feed(CODE + b"\r", 1.2)) == [CODE.decode()]


def test_a_gap_separates_two_codes_that_lost_their_terminator() -> None:
    """What timing can tell is told: bytes after the time-out never join the code before it, tick or no tick."""
    decoder_ = fresh()
    decoder_.feed(CODE, 1.0)
    assert said(decoder_.feed(b"YT99\r", 1.5)) == ["truncated", "YT99"]


def test_a_slow_code_is_one_code() -> None:
    """Pauses shorter than the time-out are pauses of the line."""
    decoder_ = fresh()
    readings = [r for i, b in enumerate(CODE + b"\r") for r in decoder_.feed(bytes([b]), i * 0.09)]
    assert said(readings) == [CODE.decode()]


def test_without_suffix_a_pause_ends_the_code() -> None:
    """A scanner configured to send no suffix is read at the pause, and a suffix it sends all the same is fine."""
    decoder_ = fresh(suffix="none")
    decoder_.feed(CODE, 1.0)
    assert said(decoder_.tick(1.1)) == [CODE.decode()]
    assert said(decoder_.feed(b"YT99\r", 2.0)) == ["YT99"]
    assert decoder_.tick(3.0) == []


def test_a_new_start_byte_cuts_the_record_before_it() -> None:
    """STX in the middle means the record before it was cut off."""
    assert said(fresh().feed(b"SF12\x02" + CODE + b"\x03", 0.0)) == ["truncated", CODE.decode()]


def test_no_read_words_can_be_set() -> None:
    """The scanner's word for "nothing seen" is a NO_READ in any case of letters, each time; other words are codes."""
    assert said(fresh().feed(b"noread\rNOREAD\r", 0.0)) == ["no_read", "no_read"]
    assert said(fresh(no_read=("?",)).feed(b"?\rNR\r", 0.0)) == ["no_read", "NR"]


def repeats(decoder_: ScanSerialDecoder, *steps: tuple[str, float]) -> list[bool]:
    """Scan each code at its time; whether it was marked as repeated."""
    readings = [r for code, at_s in steps for r in decoder_.feed(code.encode() + b"\r", at_s)]
    return [reading.repeated for reading in readings if isinstance(reading, Scan)]


def test_a_double_read_is_marked_and_the_window_grows_with_it() -> None:
    """The same code within 2 s is repeated, and each repetition holds the window open; none is dropped."""
    steps = (("AAAA", 0.0), ("AAAA", 1.9), ("AAAA", 3.8), ("AAAA", 5.9))
    assert repeats(fresh(), *steps) == [False, True, True, False]


def test_a_different_code_closes_the_window() -> None:
    """A, B, A is three parcels."""
    assert repeats(fresh(), ("AAAA", 0.0), ("BBBB", 0.1), ("AAAA", 0.2)) == [False, False, False]


def test_marking_can_be_turned_off() -> None:
    """With a window of 0 nothing is repeated."""
    assert repeats(fresh(double_read_s=0.0), ("AAAA", 0.0), ("AAAA", 0.0)) == [False, False]


def test_a_record_without_end_is_told_once_and_left_at_its_terminator() -> None:
    """4096 bytes are a code, 4097 are too long; the next record is read."""
    assert said(fresh().feed(b"x" * 4096 + b"\r", 0.0)) == ["x" * 4096]
    assert said(fresh().feed(b"x" * 10_000 + b"\r" + CODE + b"\r", 0.0)) == ["too_long", CODE.decode()]


def test_what_follows_a_record_too_long_is_left_at_a_pause() -> None:
    """The skipping ends with the time-out too, silently: it was told."""
    decoder_ = fresh()
    decoder_.feed(b"x" * 5000, 0.0)
    assert decoder_.tick(1.0) == []
    assert said(decoder_.feed(CODE + b"\r", 1.0)) == [CODE.decode()]


def test_among_noise_only_what_is_surely_a_code_is_believed() -> None:
    """Near noise, short or Chinese-looking records are noise too; a plain code is not, and clears the air."""
    decoder_ = fresh()
    chinese = "中国".encode("gbk") + b"\r"
    assert said(decoder_.feed(b"\x01\x02\x01\r", 0.0)) == ["truncated", "malformed"]
    assert said(decoder_.feed(chinese + b"ab\r", 0.5)) == []
    assert said(decoder_.feed(CODE + b"\r" + chinese, 0.6)) == [CODE.decode(), "中国"]


def test_a_seven_bit_scanner_is_read_through_its_parity() -> None:
    """With 7E1 set, bit 7 is parity."""
    raw = bytes(b | 0x80 if b.bit_count() % 2 else b for b in CODE + b"\r")
    assert said(fresh(bytesize=7, parity="E").feed(raw, 0.0)) == [CODE.decode()]


def test_silence_can_be_watched() -> None:
    """A scanner with a heartbeat may be declared silent; by default none is."""
    decoder_ = fresh(silent_after_s=5.0)
    decoder_.tick(0.0)
    assert decoder_.deadline_s == 5.0
    assert said(decoder_.tick(5.0)) == ["no_data"]
    assert fresh().deadline_s is None


def test_settings_out_of_bounds_are_refused() -> None:
    """A window of a minute or a time-out of nothing is a mistake in the configuration."""
    for keys in ({"double_read_s": 60}, {"inter_character_s": 0}, {"suffix": "cr"}, {"no_read": [""]}, {"colour": 1}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"path": "/dev/null", **keys}, Settings)


def test_the_maker_takes_only_its_own_settings() -> None:
    """Another model's settings are a fault of the program."""
    assert isinstance(decoder(Settings(path="/dev/null")), ScanSerialDecoder)
    assert ScanSerialDecoder(Settings(path="/dev/null")).poll() == b""


def test_reasons_are_words_of_the_record() -> None:
    """A refusal carries a piece of what was refused and why."""
    (reading,) = fresh().feed(b"SF12\x00\r", 3.0)
    assert reading == BadReading(Reason.MALFORMED, b"SF12\x00", 3.0, "not the text of a code")


def test_the_gun_beeps_once_for_good_and_thrice_for_bad() -> None:
    """The two answers are told apart by ear; no byte but BEL is sent."""
    assert (feedback(good=True), feedback(good=False)) == (b"\x07", b"\x07\x07\x07")
