"""What the county's lists say, by name: the shape and the bounds of each. Pure; no wire, no keys, no file.

A content is one MessagePack map (JSON where people write it) of at most 256 KiB. A reader takes what it knows and
leaves fields it does not: a newer county may say more. Called by `county list put` (JSON in), the station's board (is
it readable?) and the agent (`read_content` on what `LinkFile.lists` gives).

    badges.revoked      badges that are refused everywhere
    parcels.expected    parcels on their way to this station
    manifest            bags on the trips that call here, 路单
    lines               lines with their vehicles and timetables
    flights             when a parcel must be accepted to make a flight, 极速鲜
    notices             parcels whose recipient was told by text message
    bags.seen           bags this station sent: where they came in, or that they did not in time
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar, TypeVar

import msgspec

from sync.entry import Count, Name, read_packed

MAX_CONTENT_BYTES = 256 << 10
"""Of one list, before compression."""
MAX_REVOKED = 16_384
MAX_PARCELS = 5_000
MAX_TRIPS = 64
MAX_BAGS = 500
MAX_NAMED = 200
MAX_LINES = 200
MAX_STOPS = 100
MAX_FLIGHTS = 200
MAX_SEALED_BYTES = 512

BadgeId = Annotated[int, msgspec.Meta(ge=1, le=(1 << 32) - 1)]
Code = Annotated[str, msgspec.Meta(pattern=r"^[!-~]{1,64}\Z")]
"""What a gun reads: a waybill, a bag, a seal, a flight; printable ASCII."""
Words = Annotated[str, msgspec.Meta(max_length=64)]
"""What people read."""
Grams = Annotated[int, msgspec.Meta(ge=0, le=100_000_000)]
Minute = Annotated[int, msgspec.Meta(ge=0, le=1439)]
"""Of the day, in China's time."""


class Way(StrEnum):
    """Up to the county, or down to the villages."""

    UP = "up"
    DOWN = "down"


class LineKind(StrEnum):
    """What runs on a line."""

    BUS = "bus"
    FREIGHT = "freight"
    MIXED = "mixed"
    DRONE = "drone"


class RevokedBadges(msgspec.Struct, frozen=True, omit_defaults=True):
    """Numbers of badges that are refused, also where the clock is not believed."""

    LIST: ClassVar[str] = "badges.revoked"
    ids: Annotated[list[BadgeId], msgspec.Meta(max_length=MAX_REVOKED)]


class ExpectedParcel(msgspec.Struct, frozen=True, omit_defaults=True):
    """A parcel on its way. contact: the recipient, sealed with the list's key. hint: where to put it."""

    waybill: Code
    contact: Annotated[bytes, msgspec.Meta(max_length=MAX_SEALED_BYTES)] | None = None
    hint: Words = ""


class ExpectedParcels(msgspec.Struct, frozen=True, omit_defaults=True):
    """Parcels on their way to this station. key: of the list, sealed to the station; see `list_sealing.py`."""

    LIST: ClassVar[str] = "parcels.expected"
    parcels: Annotated[list[ExpectedParcel], msgspec.Meta(max_length=MAX_PARCELS)]
    key: Annotated[bytes, msgspec.Meta(max_length=MAX_SEALED_BYTES)] | None = None


class ManifestBag(msgspec.Struct, frozen=True, omit_defaults=True):
    """A bag with what its label says; None where it does not. pieces: parcels in it; waybills: which they are.

    to: the station it is bound for, where the trip alone does not say, as it does not of a line with several villages.
    """

    bag: Code
    seal: Code | None = None
    pieces: Annotated[int, msgspec.Meta(ge=0, le=10_000)] | None = None
    printed_g: Grams | None = None
    waybills: Annotated[list[Code], msgspec.Meta(max_length=MAX_NAMED)] | None = None
    to: Name | None = None


class ManifestTrip(msgspec.Struct, frozen=True, omit_defaults=True):
    """Bags of one trip on a day; `line` and `trip` as in the lines.

    At a village a trip up takes them away and one down brings them; where the trip begins they leave, where it ends
    they come, whatever its way.
    """

    line: Name
    trip: Name
    day: date
    way: Way
    bags: Annotated[list[ManifestBag], msgspec.Meta(max_length=MAX_BAGS)]


class Manifest(msgspec.Struct, frozen=True, omit_defaults=True):
    """The manifests, 路单, of the trips that call at this station."""

    LIST: ClassVar[str] = "manifest"
    trips: Annotated[list[ManifestTrip], msgspec.Meta(max_length=MAX_TRIPS)]


class Stop(msgspec.Struct, frozen=True, omit_defaults=True):
    """A station and when the trip should be there."""

    station: Name
    minute: Minute


class LineTrip(msgspec.Struct, frozen=True, omit_defaults=True):
    """One run of a line's vehicle every day, its stops in order."""

    trip: Name
    way: Way
    stops: Annotated[list[Stop], msgspec.Meta(max_length=MAX_STOPS)]


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line and its timetable. vehicle: its number plate. margin_min: so far off the plan is still on time."""

    line: Name
    zh: Words
    kind: LineKind
    trips: Annotated[list[LineTrip], msgspec.Meta(max_length=MAX_TRIPS)]
    vehicle: Words = ""
    max_load_kg: Annotated[int, msgspec.Meta(ge=0, le=100_000)] | None = None
    margin_min: Annotated[int, msgspec.Meta(ge=0, le=720)] = 15


class Lines(msgspec.Struct, frozen=True, omit_defaults=True):
    """All lines that matter here."""

    LIST: ClassVar[str] = "lines"
    lines: Annotated[list[Line], msgspec.Meta(max_length=MAX_LINES)]


class Flight(msgspec.Struct, frozen=True, omit_defaults=True):
    """A flight and until when a parcel accepted at this station makes it; milliseconds since 1970 UTC."""

    flight: Code
    zh: Words
    departs_ms: Count
    cutoff_ms: Count
    capacity_kg: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] | None = None


class Flights(msgspec.Struct, frozen=True, omit_defaults=True):
    """Flights fresh fruit may still make."""

    LIST: ClassVar[str] = "flights"
    flights: Annotated[list[Flight], msgspec.Meta(max_length=MAX_FLIGHTS)]


class Notice(msgspec.Struct, frozen=True, omit_defaults=True):
    """A parcel whose recipient got the text message, and when; milliseconds since 1970 UTC."""

    waybill: Code
    delivered_ms: Count


class Notices(msgspec.Struct, frozen=True, omit_defaults=True):
    """Word from the county that recipients were told."""

    LIST: ClassVar[str] = "notices"
    notices: Annotated[list[Notice], msgspec.Meta(max_length=MAX_PARCELS)]


class BagSeen(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a bag came in that this station sent; milliseconds since 1970 UTC.

    left_ms: the time its entry `bag.departed` carries, which tells the trips of one bag apart. seen_ms: when it came in
    at the place `at`; None where its time is over and nobody saw it.
    """

    bag: Code
    left_ms: Count
    seen_ms: Count | None = None
    at: Words = ""


class BagsSeen(msgspec.Struct, frozen=True, omit_defaults=True):
    """The county's word on bags this station sent; of one that is not named it knows nothing to say."""

    LIST: ClassVar[str] = "bags.seen"
    bags: Annotated[list[BagSeen], msgspec.Meta(max_length=MAX_BAGS)]


Content = RevokedBadges | ExpectedParcels | Manifest | Lines | Flights | Notices | BagsSeen
SHAPES: dict[str, type[Content]] = {
    shape.LIST: shape for shape in (RevokedBadges, ExpectedParcels, Manifest, Lines, Flights, Notices, BagsSeen)
}
"""The shape of each list we know, by its name."""

C = TypeVar("C", bound=msgspec.Struct)
_pack = msgspec.msgpack.Encoder().encode


def pack_content(content: Content) -> bytes:
    """The bytes of a content."""
    return _pack(content)


def read_content(packed: bytes, shape: type[C]) -> C:
    """Read the content of the list called `shape.LIST`; raises MalformedMessage where it does not fit."""
    return read_packed(msgspec.msgpack.Decoder(shape), packed, shape.__name__)
