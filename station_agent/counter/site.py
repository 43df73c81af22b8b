"""Site: what differs from one site to another and no book holds: goods, flights, an X-ray, who is on duty.

Pure data; filled in by the agent at start and whenever the county's lists change, read by the desks. A village has no
X-ray and a township hub has one: nothing at the counter assumes which of them this is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from station_agent.counter.goods import CutOff, Goods

ATTENDANT = "attendant"
"""Who acts when nobody is on duty by a badge."""


def _nobody() -> str:
    return ""


@dataclass(slots=True)
class Site:
    """goods: what is sent from here. flights: with their cut-offs here. screens: whether parcels are screened here.

    on_duty: asks for the badge of who is on duty, "" for nobody.
    """

    goods: Goods = field(default_factory=Goods)
    flights: Sequence[CutOff] = ()
    screens: bool = False
    on_duty: Callable[[], str] = _nobody

    @property
    def who(self) -> str:
        """Who acts now."""
        return self.on_duty() or ATTENDANT
