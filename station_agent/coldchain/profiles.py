"""What must stay how cold: ranges, limits and times of each kind of goods, read from a versioned file.

Not the judging of a temperature (`machine`), and not which parcel lies where (`contents`). `load_profiles` is the one
function of this package that opens a file; all mistakes of the file are reported at once. Called at start by whoever
builds the cold boxes; the shipped file is `profiles.toml` beside this module, where each number has its source.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from sync.settings import BadSettings, Fault, read_settings

SHIPPED = Path(__file__).with_name("profiles.toml")
DIGEST_DIGITS = 8

Id = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,31}\Z")]
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Millidegrees = Annotated[int, msgspec.Meta(ge=-100_000, le=100_000)]
Minutes = Annotated[int, msgspec.Meta(ge=0, le=20_160)]
Positive = Annotated[int, msgspec.Meta(ge=1, le=20_160)]


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A table of the file; a key nobody reads is a mistake."""


class Limit(Table, frozen=True, kw_only=True):
    """A temperature that may be reached only for so long.

    at_mc: millidegrees; the value itself counts. side: warm limits are reached from at_mc upwards, cold ones downwards.
    minutes: how long until it is a warning or an alarm. mode: continuous, one unbroken stay; cumulative, all stays
    summed since the box was loaded.
    """

    name: Id
    level: Literal["warn", "alarm"]
    side: Literal["warm", "cold"]
    at_mc: Millidegrees
    minutes: Minutes
    mode: Literal["continuous", "cumulative"]
    source: str = ""

    def reached_by(self, temperature_mc: int) -> bool:
        """Whether this temperature counts; the limit's own value does."""
        return temperature_mc >= self.at_mc if self.side == "warm" else temperature_mc <= self.at_mc

    @property
    def duration_ms(self) -> int:
        """`minutes` in milliseconds."""
        return self.minutes * 60_000


class Profile(Table, frozen=True, kw_only=True):
    """How one kind of goods is kept.

    low_mc, high_mc: millidegrees, both in range. pull_down_min: how long warm goods may take to get cold; 0 for goods
    that come cold. recover_min: in range for so long counts as recovered. products: ids of what is kept so. not_with:
    profiles whose goods must not share a box with these; it holds both ways. declared: nothing goes in without its
    product named. refused: the station does not take these goods at all. mkt: the mean kinetic temperature says
    something of these goods (medicine; not fruit, not frozen food: USP <1160>). source, confidence: of the range.
    """

    id: Id
    zh: Words
    en: Words
    low_mc: Millidegrees
    high_mc: Millidegrees
    limits: Annotated[list[Limit], msgspec.Meta(max_length=16)]
    pull_down_min: Minutes
    recover_min: Positive
    products: list[Id]
    not_with: list[Id]
    source: str
    confidence: Literal["good", "fair", "own", "unseen"]
    declared: bool = False
    refused: bool = False
    mkt: bool = False

    def holds(self, temperature_mc: int) -> bool:
        """Whether this temperature is in range."""
        return self.low_mc <= temperature_mc <= self.high_mc


class ProfileFile(Table, frozen=True, kw_only=True):
    """The whole file."""

    version: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9.]{1,16}\Z")]
    profile: Annotated[list[Profile], msgspec.Meta(min_length=1, max_length=64)]


class Profiles:
    """All profiles of one version of the file."""

    def __init__(self, file: ProfileFile) -> None:
        """`file` is consistent (see `load_profiles`)."""
        self._by_id = {profile.id: profile for profile in file.profile}
        digest = hashlib.sha256(msgspec.json.encode(file)).hexdigest()[:DIGEST_DIGITS]
        self.version = f"{file.version}-{digest}"

    def __iter__(self) -> Iterator[Profile]:
        """In the order of the file."""
        return iter(self._by_id.values())

    def __contains__(self, profile: str) -> bool:
        """Whether there is a profile of this id."""
        return profile in self._by_id

    def __getitem__(self, profile: str) -> Profile:
        """The profile of this id; raises KeyError."""
        return self._by_id[profile]

    def get(self, profile: str) -> Profile | None:
        """The profile of this id, None for one that is no longer in the file."""
        return self._by_id.get(profile)

    def of(self, product: str) -> list[Profile]:
        """The profiles a product may be kept under, in the order of the file; none for an unknown product."""
        return [profile for profile in self if product in profile.products]

    def clash(self, one: str, other: str) -> bool:
        """Whether goods of these two profiles must not share a box."""
        pairs = ((one, other), (other, one))
        return any(a in self._by_id and b in self._by_id[a].not_with for a, b in pairs)


def load_profiles(path: Path = SHIPPED) -> Profiles:
    """Read the file; raises BadSettings with all its mistakes."""
    file = read_settings(path, ProfileFile)
    if faults := list(_contradictions(file, str(path))):
        raise BadSettings(faults)
    return Profiles(file)


def _contradictions(file: ProfileFile, name: str) -> Iterator[Fault]:
    """What is well-formed and still cannot be meant."""
    known = [profile.id for profile in file.profile]
    for number, profile in enumerate(file.profile, start=1):
        key = f"profile.{number}"
        if profile.id in known[: number - 1]:
            yield _fault(name, f"{key}.id", profile.id, "不重复 / used once", "改名 / rename it")
        if profile.low_mc >= profile.high_mc:
            expected = "low_mc < high_mc"
            yield _fault(name, f"{key}.low_mc", str(profile.low_mc), expected, "改正 / correct one of them")
        for other in profile.not_with:
            if other not in known or other == profile.id:
                expected = "别的品类 / another profile: " + " | ".join(known)
                yield _fault(name, f"{key}.not_with", other, expected, "改正或删除 / correct or remove it")
        yield from _limit_contradictions(profile, name, key)


def _limit_contradictions(profile: Profile, name: str, key: str) -> Iterator[Fault]:
    """Limits inside the range would alarm on goods that are well kept."""
    seen: set[str] = set()
    for number, limit in enumerate(profile.limits, start=1):
        place = f"{key}.limits.{number}"
        if limit.name in seen:
            yield _fault(name, f"{place}.name", limit.name, "不重复 / used once", "改名 / rename it")
        seen.add(limit.name)
        if profile.holds(limit.at_mc) or limit.reached_by(profile.low_mc) or limit.reached_by(profile.high_mc):
            expected = f"> {profile.high_mc} (warm) | < {profile.low_mc} (cold)"
            yield _fault(name, f"{place}.at_mc", str(limit.at_mc), expected, "移到范围之外 / outside the range")


def _fault(file: str, key: str, found: str, expected: str, hint: str) -> Fault:
    return Fault(file, key, found, expected, hint)
