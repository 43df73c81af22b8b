"""The clips that come with the package: one for every word of every sentence, and none without use."""

import math
import struct
from pathlib import Path

import pytest

from station_agent.voice.clips import BYTES_A_SECOND, FOLDER, LEAD_S, LONGEST_S, PAUSE_S, Clips, decoded, read_readings
from station_agent.voice.numbers import PAUSE
from station_agent.voice.readings import reading
from station_agent.voice.recording import COMMAND, MOST_BYTES
from station_agent.voice.sentences import vocabulary

RUN = f"run: {COMMAND} (needs espeak-ng and sox), read the new lines of readings.tsv, commit the clips"


def test_every_word_has_a_clip_and_every_clip_a_word() -> None:
    """After a sentence was added or changed this names the one command to run."""
    assert set(read_readings(FOLDER)) == vocabulary(), RUN
    assert Clips().missing(vocabulary()) == [], RUN
    assert {path.stem for path in FOLDER.glob("*.wav")} == set(read_readings(FOLDER).values()), RUN


def test_words_are_read_as_the_table_of_readings_says() -> None:
    """Whoever puts a reading right in OVERRIDES must make the clip anew."""
    assert {text: reading(text) for text in vocabulary()} == read_readings(FOLDER), RUN


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("重量", "zhong4-liang4"),
        ("再扫一次重新入库", "zai4-sao3-yi2-ci4-chong2-xin1-ru4-ku4"),
        ("号箱还没恢复", "hao4-xiang1-hai2-mei2-hui1-fu4"),
        ("请勿放行", "qing3-wu4-fang4-xing2"),
        ("请数一数", "qing3-shu3-yi4-shu3"),
        ("件数不对", "jian4-shu4-bu2-dui4"),
        ("称重", "cheng1-zhong4"),
        ("秤", "cheng4"),
        ("还箱", "huan2-xiang1"),
        ("长按", "chang2-an4"),
        ("不收", "bu4-shou1"),
        ("第一", "di4-yi1"),
        ("A", "letter-a"),
    ],
)
def test_a_character_with_two_readings_has_that_of_its_word(text: str, read: str) -> None:
    """And 一 and 不 the tone they have there."""
    assert reading(text) == read


def test_all_clips_together_are_small() -> None:
    """They ride along in the package and on the card."""
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= MOST_BYTES


def test_clips_are_of_one_loudness_and_begin_at_once() -> None:
    """No word is shouted or mumbled, none has a second of silence in it, none is longer than a breath."""
    for path in FOLDER.glob("*.wav"):
        sound = decoded(path.read_bytes())
        levels = struct.unpack(f"<{len(sound) // 2}h", sound)
        loudness_db = 20 * math.log10(math.sqrt(sum(level * level for level in levels) / len(levels)) / 32768)
        assert -23 <= loudness_db <= -13, path.name
        assert 0.15 <= len(sound) / BYTES_A_SECOND <= 6.0, path.name
        assert max(abs(level) for level in levels[:1200]) > 1000, path.name


def test_a_sentence_is_its_clips_between_silence() -> None:
    """Silence first, for a loudspeaker that sleeps; a pause is silence; what has no clip is left out."""
    clips = Clips()
    one, two = (len(clips.sound([text])) / BYTES_A_SECOND - LEAD_S for text in ("一", "入库"))
    whole = clips.sound(["一", PAUSE, "没有这个词", "入库"])
    assert len(whole) / BYTES_A_SECOND == pytest.approx(LEAD_S + one + PAUSE_S + two)
    assert not any(whole[: int(LEAD_S * BYTES_A_SECOND)])
    assert clips.sound([]) == clips.sound(["没有这个词"]) == b""


def test_nobody_listens_for_ever() -> None:
    """A sentence is cut at a bounded length."""
    assert len(Clips().sound(["入库"] * 100)) == LONGEST_S * BYTES_A_SECOND


def test_mu_law_as_the_standard_has_it() -> None:
    """Points of ITU-T G.711: the greatest levels, the least, and silence."""
    fmt = struct.pack("<HHIIHH", 7, 1, 8000, 8000, 1, 8)
    data = bytes([0x00, 0x80, 0xFF, 0x7F, 0xFE, 0x7E, 0x8F, 0xF0])
    body = b"WAVEfmt " + struct.pack("<I", len(fmt)) + fmt + b"data" + struct.pack("<I", len(data)) + data
    wav = b"RIFF" + struct.pack("<I", len(body)) + body
    assert struct.unpack("<8h", decoded(wav)) == (-32124, 32124, 0, 0, 8, -8, 16764, 120)


def test_a_damaged_clip_is_missing_and_not_noise(tmp_path: Path) -> None:
    """Cut short, of another rate, no WAV at all, not there: not said, and named."""
    good = (FOLDER / "ru4-ku4.wav").read_bytes()
    wavs = {
        "head": good[:20],
        "rate": good[:24] + b"\x11\x2b\x00\x00" + good[28:],
        "text": b"not a sound",
        "good": good,
    }
    for name, wav in wavs.items():
        (tmp_path / f"{name}.wav").write_bytes(wav)
    words = "".join(f"{name}\t{name}\n" for name in (*wavs, "gone"))
    (tmp_path / "readings.tsv").write_text(words + "no tab here\n")
    clips = Clips(tmp_path)
    assert clips.missing([*wavs, "gone", "unheard of", PAUSE]) == ["gone", "head", "rate", "text", "unheard of"]
    assert clips.sound(wavs) == clips.sound(["good"]) == Clips().sound(["入库"])
    assert Clips(tmp_path / "nowhere").missing(["入库"]) == ["入库"]
