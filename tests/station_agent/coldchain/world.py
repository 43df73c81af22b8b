"""A small profile and a box that is fed minute by minute, for the tests of this folder."""

from collections.abc import Callable, Iterable

from station_agent.coldchain.machine import Machine, Setup, fresh
from station_agent.coldchain.profiles import Limit, Profile, ProfileFile, Profiles
from station_agent.coldchain.state import BoxState
from station_agent.coldchain.values import Value
from station_agent.coldchain.watch import Watch
from station_agent.coldchain.words import Outcome

MINUTE_MS = 60_000
IN, WARM, HOT, COLD, FROST = 3000, 6000, 30_000, -100, -500


def limit(name: str, at_mc: int, minutes: int, *, level: str = "alarm", mode: str = "continuous") -> Limit:
    """A limit; the side follows from the value, the range of `profile` being 0 to 5 °C."""
    side = "warm" if at_mc > 2500 else "cold"
    return Limit(name=name, level=level, side=side, at_mc=at_mc, minutes=minutes, mode=mode)  # type: ignore[arg-type]


def profile(*limits: Limit, pull_down_min: int = 0, recover_min: int = 5, name: str = "plum") -> Profile:
    """A profile of 0 to 5 °C."""
    return Profile(
        id=name,
        zh="李",
        en="plum",
        low_mc=0,
        high_mc=5000,
        limits=list(limits),
        pull_down_min=pull_down_min,
        recover_min=recover_min,
        products=["plum"],
        not_with=[],
        source="test",
        confidence="own",
    )


USUAL = (
    limit("warm_warning", 5001, 10, level="warn"),
    limit("warm", 10_000, 60),
    limit("sum", 10_000, 180, mode="cumulative"),
    limit("freezing", -500, 30),
)


def catalogue(*all_profiles: Profile) -> Profiles:
    """Profiles without a file."""
    return Profiles(ProfileFile(version="t", profile=list(all_profiles)))


class Fed:
    """A watch fed by a story; keeps all it gave."""

    def __init__(self, rules: Profile, *, interval_s: int = 60, kept: BoxState | None = None, boot: int = 1) -> None:
        """The clock starts at 0; `kept` is what a restart goes on from."""
        self.now_ms = 0
        self.setup = Setup("1", rules, "t", interval_s * 1000)
        self.watch = Watch(self.setup, boot=boot, now_ms=0 if kept is None else kept.at_ms, kept=kept)
        if kept is not None:
            self.now_ms = kept.at_ms
        self.kinds: list[str] = []
        self.said: list[str] = []
        self.outcomes: list[Outcome] = []

    def note(self, outcome: Outcome) -> Outcome:
        """Remember what a step gave."""
        self.outcomes.append(outcome)
        self.kinds += [record.kind for record in outcome.records]
        self.said += [said.phrase for said in outcome.said]
        return outcome

    def minutes(self, count: int, temperature_mc: int) -> "Fed":
        """A value every minute, the last after `count` minutes."""
        for _ in range(count):
            self.now_ms += MINUTE_MS
            self.note(self.watch.value(Value(temperature_mc), self.now_ms))
        return self

    def values(self, values: Iterable[tuple[int, int]]) -> "Fed":
        """(milliseconds later, millidegrees) in order."""
        for later_ms, temperature_mc in values:
            self.now_ms += later_ms
            self.note(self.watch.value(Value(temperature_mc), self.now_ms))
        return self

    def silence(self, count: int) -> "Fed":
        """So many minutes pass without a look."""
        for _ in range(count):
            self.now_ms += MINUTE_MS
            self.note(self.watch.tick(self.now_ms))
        return self

    def bad(self, count: int) -> "Fed":
        """Looks without a value, a minute apart."""
        for _ in range(count):
            self.now_ms += MINUTE_MS
            self.note(self.watch.no_value("disconnected", self.now_ms))
            self.note(self.watch.tick(self.now_ms))
        return self

    def act(self, act: Callable[[Machine], Outcome]) -> Outcome:
        """A person does something, and it is on disk."""
        step = self.watch.step(act)
        self.watch.take(step, self.now_ms)
        return self.note(step.outcome)

    @property
    def state(self) -> str:
        """Where the box stands."""
        return self.watch.state.state.value

    def forget(self) -> "Fed":
        """Start listening anew."""
        self.kinds.clear()
        self.said.clear()
        self.outcomes.clear()
        return self


def new_machine(rules: Profile) -> Machine:
    """A machine alone, at the start."""
    setup = Setup("1", rules, "t")
    return Machine(setup, fresh(setup, 1, 0))
