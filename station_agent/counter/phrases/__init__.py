"""Every sentence the station can say, by the desk that says it; the name goes to panels and logs, the words to people.

A new desk adds a file here and a line below.
"""

from station_agent.counter.phrases import (
    bags,
    boxes,
    card,
    carry,
    general,
    parcels,
    power,
    sending,
    services,
    stocktake,
)
from station_agent.counter.phrases.phrase import Phrase

PHRASES: dict[str, Phrase] = {
    **general.PHRASES,
    **parcels.PHRASES,
    **power.PHRASES,
    **boxes.PHRASES,
    **card.PHRASES,
    **carry.PHRASES,
    **sending.PHRASES,
    **bags.PHRASES,
    **stocktake.PHRASES,
    **services.PHRASES,
}
