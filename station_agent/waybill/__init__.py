"""Codes on parcels and bags: what a read is, offline and without guessing in silence.

Pure: text in, values out. `identify` answers; `looks_glued` finds two scans that became one; `own_bag_code` and
`own_parcel_code` make the codes of reusable bags and of our own labels; `ranked` orders candidates by earlier choices.
It does not record, ask or print: the counter and the commands do.
"""

from station_agent.waybill.glued import looks_glued
from station_agent.waybill.identification import RULES, Candidate, Identification, identify
from station_agent.waybill.kinds import Check, Confidence, Kind, Refusal, Role
from station_agent.waybill.normalise import normalise
from station_agent.waybill.parts import (
    BagParts,
    ItemParts,
    OwnParcelParts,
    PackageParts,
    Parts,
    own_bag_code,
    own_parcel_code,
)
from station_agent.waybill.ranking import habit_key, ranked
from station_agent.waybill.refusals import Refused, screen

__all__ = [
    "RULES",
    "BagParts",
    "Candidate",
    "Check",
    "Confidence",
    "Identification",
    "ItemParts",
    "Kind",
    "OwnParcelParts",
    "PackageParts",
    "Parts",
    "Refusal",
    "Refused",
    "Role",
    "habit_key",
    "identify",
    "looks_glued",
    "normalise",
    "own_bag_code",
    "own_parcel_code",
    "ranked",
    "screen",
]
