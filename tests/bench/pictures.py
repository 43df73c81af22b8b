"""The labelled pictures of `tests/cases/pictures`: each decoder alone, and the chain. `python -m tests.bench.pictures`.

Right: the picture's own code counts and nothing else does (for a picture without a code: nothing counts). Wrong:
something counts that is not in the picture. A decoder alone believes all it reads, which is what the chain is measured
against. Decoders run in this process, so the times are theirs and not those of starting a process.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from drivers.camera.chain import Chain, Read, Step
from drivers.camera.decoders import Grey, available, load, run
from station_agent.waybill.sure import surely_waybill
from tests.bench.rows import Row, median, percentile

FOLDER = Path(__file__).parent.parent / "cases" / "pictures"


Ran = dict[Step, tuple[list[Read], float]]
"""What each step read in one picture, and how many milliseconds it took."""
Way = Callable[[Ran], tuple[set[str], float]]
"""A way of decoding: the codes it takes for true, and the milliseconds of the steps it needed."""


@dataclass(frozen=True)
class Picture:
    """One labelled picture. codes: all that are in it; must: the one that must be read, None where there is none."""

    name: str
    grey: Grey
    codes: frozenset[str]
    must: str | None


@dataclass
class Tally:
    """What one way of decoding made of all pictures; pictures without a code count in `empty_right` or `wrong`."""

    right: int = 0
    wrong: list[str] = field(default_factory=list)
    none: int = 0
    empty_right: int = 0
    times_ms: list[float] = field(default_factory=list)

    def take(self, picture: Picture, got: set[str], time_ms: float) -> None:
        """Count one picture."""
        self.times_ms.append(time_ms)
        if got - picture.codes:
            self.wrong.append(f"{picture.name}: {sorted(got - picture.codes)}")
        elif picture.must is None:
            self.empty_right += 1
        elif picture.must in got:
            self.right += 1
        else:
            self.none += 1


def labelled() -> list[Picture]:
    """Every picture; the first code of its label is the one that must be read."""
    labels = json.loads((FOLDER / "labels.json").read_text(encoding="utf-8"))
    pictures = []
    for name, entry in sorted(labels.items()):
        codes = [code["code"] for code in entry["codes"]]
        pictures.append(Picture(name, load(FOLDER / name), frozenset(codes), codes[0] if codes else None))
    return pictures


def ran(grey: Grey) -> Ran:
    """Run every step on a picture, once for all ways."""
    results: Ran = {}
    for step in available():
        begun_s = time.perf_counter()
        reads = run(step, grey)
        results[step] = reads, (time.perf_counter() - begun_s) * 1000
    return results


def alone(step: Step) -> Way:
    """One step, believed whatever it says."""
    return lambda results: ({read.code for read in results[step][0]}, results[step][1])


def everything(results: Ran) -> tuple[set[str], float]:
    """Every step, believed whatever it says: what the rules of the chain are there to prevent."""
    return {r.code for reads, _ in results.values() for r in reads}, sum(ms for _, ms in results.values())


def chain(results: Ran) -> tuple[set[str], float]:
    """The chain on one picture, with nothing remembered of another."""
    way, time_ms = Chain(list(results), surely_waybill), 0.0
    way.begin(0.0)
    while (step := way.next_step) is not None:
        reads, step_ms = results[step]
        way.take(reads)
        time_ms += step_ms
    return {found.read.code for found in way.end() if found.counts}, time_ms


def tallies() -> dict[str, Tally]:
    """Every way's tally, by its name."""
    ways: dict[str, Way] = {f"{step} alone": alone(step) for step in available()}
    ways |= {"all, unconfirmed": everything, "chain": chain}
    results = {name: Tally() for name in ways}
    for picture in labelled():
        steps = ran(picture.grey)
        for name, way in ways.items():
            results[name].take(picture, *way(steps))
    return results


def measure(_place: Path | None = None) -> list[Row]:
    """One row a way of decoding: pictures with a code read right, in percent, with the rest in the note."""
    return [row(name, result) for name, result in tallies().items()]


def row(name: str, result: Tally) -> Row:
    """One way's tally as a row."""
    pictures = result.right + result.none + sum(not line.startswith("none-") for line in result.wrong)
    note = f"right {result.right}, wrong {len(result.wrong)}, none {result.none} of {pictures}; "
    note += f"{median(result.times_ms):.0f} ms median, {percentile(result.times_ms, 0.95):.0f} p95"
    return Row(f"pictures, {name}", 100 * result.right / pictures, "% right", note=note, lower_is_better=False)


def main() -> None:
    """Print the table, and every wrong read."""
    for name, result in tallies().items():
        one = row(name, result)
        print(f"{one.what:28} {one.value:5.1f} {one.unit}   {one.note}")
        for line in result.wrong:
            print(f"    WRONG {line}")


if __name__ == "__main__":
    main()
