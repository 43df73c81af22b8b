"""What goes wrong in the world of one seed, how often, and how everything is set.

Which faults there are, and how bad, is drawn for each seed (swarm testing): where all of them happen, one hides what
another does alone. Every fault draws from a stream of its own, so that a story keeps its other faults when one is
taken out of it.
"""

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from sync.sender import Timers

DAY_S = 86_400.0
START_MS = 1_780_000_000_000
"""True wall time at the beginning, milliseconds since 1970."""

SHARES: dict[str, tuple[float, float, str]] = {
    "lost": (0.005, 0.4, "a message never arrives"),
    "doubled": (0.005, 0.5, "a message arrives twice"),
    "reordered": (0.01, 0.5, "a message is overtaken by later ones"),
    "delayed": (0.005, 0.2, "a message arrives minutes or hours late"),
    "halved": (0.005, 0.1, "half of a message arrives"),
    "flipped": (0.005, 0.2, "a bit of a message is flipped"),
    "forged": (0.01, 0.4, "a broker that lies answers a batch itself, with a key of its own"),
    "misdelivered": (0.01, 0.2, "a receipt reaches another station too"),
    "unpushed": (0.05, 0.6, "a county worker dies before it has pushed a new list to a station"),
    "old_list": (0.02, 0.5, "a list from long ago, or of another station, arrives where a station asks for lists"),
    "forged_list": (0.02, 0.5, "a broker that lies answers such a question, with a key of its own or altered words"),
    "worker_dies": (0.01, 0.4, "a county worker dies between its commit and the receipt"),
    "two_workers": (0.02, 0.6, "two workers take the same message, one within the other's reading of the log"),
}
"""Faults of single messages: share of them, from and to, and what happens."""

EVENTS: dict[str, tuple[float, float, str]] = {
    "station_cut": (1.0, 30.0, "a station has no network, for minutes or hours"),
    "station_mute": (1.0, 12.0, "what a station sends is lost, what is sent to it arrives"),
    "station_deaf": (1.0, 12.0, "what is sent to a station is lost, what it sends arrives"),
    "weeks_away": (0.5, 2.0, "a station has no network for weeks"),
    "certificate": (0.5, 4.0, "the broker refuses a station's certificate for hours or days"),
    "key_revoked": (0.5, 4.0, "the county does not accept a station's key for hours or days"),
    "power_cut": (1.0, 40.0, "the power goes, at any statement of a transaction or between two"),
    "agent_killed": (1.0, 20.0, "`station run` dies and starts again"),
    "sync_killed": (1.0, 20.0, "`station sync` dies and starts again"),
    "link_gone": (0.5, 4.0, "link.db is lost"),
    "card_full": (0.5, 6.0, "the card is full for a while"),
    "old_image": (0.5, 3.0, "an older image of the card is put back into the same computer"),
    "new_card": (0.5, 3.0, "an older image of the card goes on in another computer"),
    "twin": (0.5, 3.0, "a copy of the card runs beside the original, which it takes itself for"),
    "clock_jump": (0.5, 8.0, "the wall clock jumps by up to years, either way"),
    "clock_1970": (0.5, 2.0, "the clock chip is dead: the next boots begin in 1970"),
    "clock_drift": (0.5, 2.0, "the clock runs fast or slow"),
}
"""Faults of a station: times in a world, from and to, and what happens."""

COUNTY: dict[str, tuple[float, float, str]] = {
    "county_cut": (0.5, 8.0, "nobody at the county listens for a while"),
    "county_mute": (0.5, 6.0, "what the county says is lost, what it is sent arrives"),
    "broker_restart": (0.5, 15.0, "the broker restarts and forgets everything"),
    "database_gone": (0.5, 10.0, "the county's database refuses everything for a while"),
    "database_full": (0.5, 8.0, "the county's database can be read only"),
    "restored": (0.5, 6.0, "the county's database comes back from its backup"),
    "projector_dies": (0.5, 6.0, "the projection is emptied and starts again"),
}
"""Faults of the county: times in a world, from and to, and what happens."""

STICKS: dict[str, tuple[float, float, str]] = {
    "stick_lost": (0.02, 0.2, "a stick never arrives, and an empty one goes on"),
    "stick_old": (0.02, 0.3, "a stick from long ago goes round once more"),
    "stick_other": (0.02, 0.3, "a file on a stick bears another station's name"),
    "stick_twice": (0.05, 0.5, "a stick is carried into the county twice"),
    "stick_forged": (0.05, 0.5, "somebody puts an answer on a stick, with a key of his own"),
    "stick_halved": (0.02, 0.3, "a stick was pulled out too soon: a file is half there"),
    "stick_flipped": (0.02, 0.3, "a bit of a file on a stick is flipped"),
    "stick_cut": (0.05, 0.4, "the power goes while a stick is served"),
    "stick_full": (0.02, 0.2, "a stick cannot be written"),
}
"""Faults of a stick: share of the times it is at hand, from and to, and what happens."""

FAULTS = SHARES | EVENTS | COUNTY | STICKS
NEED_IMAGES = frozenset({"old_image", "new_card", "twin"})
"""Faults that need copies of cards to be taken."""


@dataclass(frozen=True)
class Weather:
    """The settings of one world. rates: of the faults that happen at all, by name."""

    seed: int
    stations: int
    days: float
    drawn_days: float
    """As the seed drew them: how often things happen goes by these, also in a story cut short."""
    parcels: float
    """A day and station; as many in a short world as in a long one, since days without work cost time alone."""
    rates: Mapping[str, float]
    timers: Timers
    batch_entries: int
    workers: int
    latency_s: float
    look_s: float
    """How long a written entry may wait until the sender looks."""
    save_s: float
    """How long a confirmation may wait until link.db is written."""
    project_s: float
    image_s: float
    reconnect_cap_s: float
    prepares: float
    """Share of sent batches after which the next is packed at once."""
    real_keys: bool
    lists: int
    """How often the county's clerk puts up a list."""
    rounds: int
    """How often a stick goes round the stations and to the county."""
    unlinked: bool
    """One station has no link at all until the end."""

    @property
    def years(self) -> float:
        """Simulated station-years."""
        return self.stations * self.days / 365.0

    @property
    def load(self) -> float:
        """About how much there is to do in it, to begin with the small ones."""
        return self.stations * (self.days + 10.0) * (self.parcels + 1.0)

    @classmethod
    def draw(cls, seed: int) -> "Weather":
        """The weather of a seed."""
        draws = random.Random(f"{seed}/weather")
        calm = draws.random() < 0.05
        rates = {}
        for name, (low, high, _) in FAULTS.items():
            share = 0.12 if name in ("weeks_away", *NEED_IMAGES) else 0.3
            rate = math.exp(draws.uniform(math.log(low), math.log(high)))
            if draws.random() < share and not calm:
                rates[name] = rate
        days = draws.choice([1.0, 3.0, 10.0, 60.0, 180.0, 365.0, 365.0])
        again_s = draws.choice(
            [900.0, 3600.0] if days <= 3 else [7200.0, 21_600.0] if days <= 10 else [43_200.0, DAY_S]
        )
        return cls(
            seed=seed,
            stations=draws.choice([1, 2, 3, 4, 6]),
            days=days,
            drawn_days=days,
            parcels=draws.choice([20.0, 60.0, 200.0]) / days,
            rates=MappingProxyType(rates),
            timers=Timers(
                answer_s=draws.choice([2.0, 10.0, 60.0]),
                again_s=min(again_s, 7200.0) if "twin" in rates else again_s,
                rest_base_s=draws.choice([0.5, 1.0, 5.0]),
                rest_cap_s=draws.choice([30.0, 60.0, 600.0]),
            ),
            batch_entries=draws.choice([1, 3, 10, 100, 1000]),
            workers=draws.choice([1, 2, 3]),
            latency_s=draws.choice([0.02, 0.2, 1.0]),
            look_s=draws.choice([0.5, 0.5, 10.0, 120.0, 1800.0]),
            save_s=draws.choice([1.0, 1.0, 60.0]),
            project_s=draws.choice([0.001, 0.01, 0.1]) * days * DAY_S,
            image_s=draws.choice([0.02, 0.1, 0.3]) * days * DAY_S,
            reconnect_cap_s=draws.choice([60.0, 600.0]),
            prepares=draws.choice([0.0, 0.5, 1.0]),
            real_keys=draws.random() < 0.05,
            lists=draws.choice([0, 3, 8, 20]),
            rounds=(rounds := draws.choice([0, 0, 4, 12])),
            unlinked=rounds > 0 and draws.random() < 0.4,
        )

    @property
    def night_s(self) -> float:
        """How often a station audits its journal, and lets go of what it may."""
        return max(1.0, self.drawn_days / 20.0) * DAY_S

    @property
    def keep_nights(self) -> int:
        """The recovery window, in nights: longer than any backup of the county is old."""
        return 1 + math.ceil(2.0 * self.image_s / self.night_s) if "restored" in self.rates else 2

    def without(self, *names: str) -> "Weather":
        """The same with fewer faults."""
        return replace(self, rates={name: rate for name, rate in self.rates.items() if name not in names})

    def stream(self, name: str) -> random.Random:
        """Chance for one purpose; other purposes do not move it."""
        return random.Random(f"{self.seed}/{name}")
