"""Makes the clips the sentences need and removes those none needs: `python -m station_agent.voice.recording`.

A developer's tool, run after a sentence was added or changed; no station has or needs what it uses (pypinyin,
espeak-ng, sox). It makes missing clips only, so a clip that a person recorded under the same name stays as it is.

    text -> pinyin (`readings`) -> espeak-ng -> silence cut off, one loudness, 8 kHz mu-law (sox) -> clips/ru4-ku4.wav

espeak-ng 1.51 gets pinyin, since its voice for Chinese characters (`cmn`) reads the tones as English digits.
"""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import click

from station_agent.voice.clips import FOLDER, RATE_HZ, READINGS
from station_agent.voice.readings import Unreadable, reading
from station_agent.voice.sentences import LONGEST_SEGMENT, vocabulary

COMMAND = "python -m station_agent.voice.recording"
MOST_BYTES = 6_500_000
"""Of all clips together; a Pi's card and the package bear it."""
LOUDNESS_DB = -17.0
"""Root mean square of every clip against full scale; a limiter keeps the peaks of the loudest."""
WORDS_A_MINUTE = 190
"""About three syllables a second: an announcement, quick enough for a counter."""
SLOWLY = 150
"""One syllable by itself: a digit of a code is what people listen for."""
TOOL_S = 30.0


class CannotRecord(Exception):
    """The clips cannot be made; says everything that is in the way, and what to do."""


def readings_of(texts: Iterable[str]) -> dict[str, str]:
    """Text -> reading for all of them; raises CannotRecord with every text that has none or is too long."""
    read: dict[str, str] = {}
    wrong: list[str] = []
    for text in sorted(texts):
        if len(text) > LONGEST_SEGMENT:
            wrong.append(f"“{text}” 太长,用逗号分开 / longer than {LONGEST_SEGMENT}, part it with a comma")
            continue
        try:
            read[text] = reading(text)
        except Unreadable as error:
            wrong.append(str(error))
    if wrong:
        raise CannotRecord("\n".join(wrong))
    return read


def record(
    folder: Path, texts: Iterable[str], make: Callable[[str, Path], None], *, again: bool = False
) -> tuple[list[str], list[str]]:
    """Bring `folder` up to what `texts` need; return the readings made and removed.

    `make` puts the clip of a reading at a path. `again`: every clip anew. Raises CannotRecord, before anything is
    changed, when a text cannot be read; where `make` raises it, the next run goes on from there.
    """
    read = readings_of(texts)
    wanted = set(read.values())
    present = {path.stem for path in folder.glob("*.wav")}
    made, dead = sorted(wanted if again else wanted - present), sorted(present - wanted)
    folder.mkdir(exist_ok=True)
    for name in made:
        make(name, folder / f"{name}.wav")
    for name in dead:
        (folder / f"{name}.wav").unlink()
    lines = "".join(f"{text}\t{name}\n" for text, name in sorted(read.items()))
    (folder / READINGS).write_text(lines, "utf-8")
    return made, dead


def spoken_by_espeak(name: str, path: Path) -> None:
    """One clip, put in place when it is whole."""
    voice = "en-us" if name.startswith("letter-") else "cmn-latn-pinyin"
    said = name.removeprefix("letter-").upper() if voice == "en-us" else name.replace("-", " ")
    speed = WORDS_A_MINUTE if " " in said else SLOWLY
    with tempfile.TemporaryDirectory() as place:
        raw, cut, done = (str(Path(place, part)) for part in ("raw.wav", "cut.wav", "done.wav"))
        _run("espeak-ng", "-v", voice, "-s", str(speed), "-w", raw, said)
        edge = ("silence", "1", "0.005", "0.3%", "reverse")
        _run("sox", "-D", "-R", raw, "-r", str(RATE_HZ), cut, *edge, *edge)
        gain_db = LOUDNESS_DB - _loudness_db(cut)
        form = ("-c", "1", "-b", "8", "-e", "mu-law")
        _run("sox", "-D", "-R", cut, *form, done, "gain", "-l", f"{gain_db:.1f}", "pad", "0.01", "0.04")
        shutil.move(done, path)


def _loudness_db(wav: str) -> float:
    """The root mean square of a file, in dB below full scale."""
    found = re.search(r"^RMS lev dB\s+(-?[0-9.]+)", _run("sox", wav, "-n", "stats"), re.MULTILINE)
    if found is None:
        raise CannotRecord(f"{wav}: 没有声音 / silent")
    return float(found[1])


def _run(*words: str) -> str:
    """Run a tool and return what it says of it; raises CannotRecord when it is missing or fails."""
    try:
        ended = subprocess.run(words, capture_output=True, text=True, check=True, timeout=TOOL_S)
    except FileNotFoundError as error:
        raise CannotRecord("缺少工具 / tools are missing: sudo apt install espeak-ng sox") from error
    except subprocess.CalledProcessError as error:
        raise CannotRecord(f"{' '.join(words)}: {error.stderr}") from error
    except subprocess.TimeoutExpired as error:
        raise CannotRecord(str(error)) from error
    return ended.stderr


@click.command()
@click.option("--again", is_flag=True, help="全部重做 / make every clip anew, those recorded by people too.")
def main(again: bool) -> None:
    """生成缺少的语音,删除没用的 / make the clips that are missing and remove those no sentence needs."""
    try:
        made, dead = record(FOLDER, vocabulary(), spoken_by_espeak, again=again)
    except CannotRecord as error:
        raise click.ClickException(str(error)) from error
    size = sum(path.stat().st_size for path in FOLDER.glob("*.wav"))
    click.echo(f"新 / made {len(made)}, 删 / removed {len(dead)}, 共 / in all {size / 1e6:.2f} MB: {FOLDER}")


if __name__ == "__main__":
    main()
