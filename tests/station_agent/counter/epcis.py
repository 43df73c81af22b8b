"""What the county makes of entries when it exports EPCIS 2.0: a mapping as small as the proof needs.

Not the county's export. It sees what the county sees and nothing else: of each entry its station, lane, place, times,
kind and body, all stations in the order of time. `station_agent/counter/README.md` is the whole table.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from statistics import fmean, pstdev
from typing import Any, NamedTuple

from station_agent.journal.writer import Record
from sync.entry import Lane

Event = dict[str, Any]
DOMAIN = "https://id.yyt.example"
SITES = {"500237-0001": "station/500237-0001", "dachang": "hub/dachang"}
"""The county's register: which station is what in the world."""
CARRIERS = {"china_post": "cnpost", "ems": "cnpost"}
"""EMS is China Post's own."""
SHAPES = {"cn_bag_30": "cn30", "yyt_bag": "own", "upu_s9": "s9", "upu_s8": "s8"}
ZONE = timezone(timedelta(hours=8))


class Entry(NamedTuple):
    """An entry as the county has it."""

    station: str
    lane: Lane
    sequence: int
    since_boot_ms: int
    recorded_ms: int
    kind: str
    body: dict[str, Any]

    @property
    def at_ms(self) -> int:
        """When it happened: of what a paper sheet told, the time on the sheet."""
        at_ms: int = self.body.get("at_ms", self.recorded_ms)
        return at_ms

    def wall_ms(self, monotonic_ms: int) -> int:
        """Wall time of a monotonic time of this entry's boot."""
        return self.recorded_ms - self.since_boot_ms + monotonic_ms


def entries(station: str, written: Iterable[tuple[Record, int]], boot_ms: int) -> Iterator[Entry]:
    """What a station wrote, numbered in its lanes; boot_ms: wall time it was started."""
    places = dict.fromkeys(Lane, 0)
    for record, since_boot_ms in written:
        recorded_ms = boot_ms + since_boot_ms
        yield Entry(station, record.lane, places[record.lane], since_boot_ms, recorded_ms, record.kind, record.body)
        places[record.lane] += 1


class Log:
    """The entries of all stations; what one lacks may stand in one before it."""

    def __init__(self, every: Iterable[Entry]) -> None:
        """In whatever order."""
        self.entries = sorted(every, key=lambda entry: entry.recorded_ms)

    def of(self, entry: Entry) -> Sequence[Event]:
        """What one entry is exported as; raises LookupError where it, or one before it, lacks what is needed."""
        make = MADE.get(entry.kind)
        return [] if make is None else make(self, entry)

    def until(self, entry: Entry, *kinds: str, **same: object) -> Iterator[Entry]:
        """Entries of these kinds (of any, for none) that say the same, up to this one, the latest first."""
        known = self.entries[: self.entries.index(entry) + 1]
        for one in reversed(known):
            if (not kinds or one.kind in kinds) and same.items() <= {k: one.body.get(k) for k in same}.items():
                yield one

    def one(self, entry: Entry, *kinds: str, **same: object) -> Entry:
        """The latest of them; raises LookupError if there is none."""
        for found in self.until(entry, *kinds, **same):
            return found
        raise LookupError(f"{entry.kind}: no {kinds} says {same}")

    def at(self, station: str, sequence: int) -> Entry:
        """A custody entry by its place."""
        wanted = (station, Lane.CUSTODY, sequence)
        (found,) = (entry for entry in self.entries if entry[:3] == wanted)
        return found

    def parcel(self, entry: Entry, waybill: str) -> str:
        """A parcel's URI: its carrier as it was guessed when it first came."""
        told = (one.body["carrier"] for one in self.until(entry, waybill=waybill) if "carrier" in one.body)
        carrier = next(told, "unknown")
        return f"{DOMAIN}/wb/{CARRIERS.get(carrier, carrier)}/{waybill}"

    def bag(self, entry: Entry) -> str:
        """The URI of the bag an entry is about."""
        bag = entry.body["bag"]
        shape = self.one(entry, "bag.opened", "bag.received", bag=bag).body["shape"]
        return f"{DOMAIN}/bag/{SHAPES[shape]}/{bag}"


def _time(wall_ms: int) -> str:
    return datetime.fromtimestamp(wall_ms / 1000, UTC).astimezone(ZONE).isoformat(timespec="milliseconds")


def _site(entry: Entry) -> str:
    return f"{DOMAIN}/{SITES[entry.station]}"


def _device(entry: Entry, sort: str, device: str) -> str:
    return f"{DOMAIN}/dev/{sort}/{entry.station}-{device}"


def _handover(kind: str, entry: Entry) -> list[Event]:
    return [{"type": kind, "bizTransaction": f"{DOMAIN}/handover/{entry.station}-{entry.body['handover']}"}]


def _event(
    entry: Entry,
    step: str,
    point: str,
    *,
    action: str = "OBSERVE",
    disposition: str = "",
    here: str | None = None,
    at_ms: int | None = None,
    **more: Any,
) -> Event:
    """One event; point: of the site. here: where it is then, within the site; more: as named."""
    made: Event = {
        "type": "AggregationEvent" if "parentID" in more else "ObjectEvent",
        "eventTime": _time(entry.at_ms if at_ms is None else at_ms),
        "eventTimeZoneOffset": "+08:00",
        "action": action,
        "bizStep": step,
        "readPoint": {"id": f"{_site(entry)}/{point}"},
        **more,
    }
    if disposition:
        made["disposition"] = disposition
    if here is not None:
        made["bizLocation"] = {"id": _site(entry) + here}
    return made


def _mass(weight_g: int) -> Event:
    return {"type": "Mass", "value": weight_g / 1000, "uom": "KGM"}


def _received(log: Log, entry: Entry) -> list[Event]:
    body = entry.body
    epcs = [log.parcel(entry, body["waybill"])]
    bag = log.one(entry, "bag.received", bag=body["bag"]) if "bag" in body else None
    of: Event = {"bizTransactionList": _handover("bol", bag)} if bag is not None and "handover" in bag.body else {}
    came = _event(entry, "receiving", "gate", disposition="in_progress", here="", epcList=epcs, **of)
    return [came, *_shelved(log, entry)]


def _shelved(log: Log, entry: Entry) -> list[Event]:
    slot = "shelf/" + entry.body["code"].rsplit("-", 1)[0]
    epcs = [log.parcel(entry, entry.body["waybill"])]
    return [_event(entry, "storing", slot, disposition="available", here=f"/{slot}", epcList=epcs)]


def _collected(log: Log, entry: Entry) -> list[Event]:
    """Where no household card said who fetched it, the county names its own pseudonym for the parcel's recipient."""
    gone: Event = {"sourceList": [{"type": "possessing_party", "source": _site(entry)}]}
    if "household" in entry.body:
        party = f"{DOMAIN}/party/household/{entry.body['household']}"
        gone["destinationList"] = [{"type": "possessing_party", "destination": party}]
    epcs = [log.parcel(entry, entry.body["waybill"])]
    return [_event(entry, "accepting", "counter", disposition="dispensed", epcList=epcs, **gone)]


def _weighed(log: Log, entry: Entry) -> list[Event]:
    """The acceptance, with the weight that belongs to it; one that nobody weighed yet is no part of the proof."""
    body = entry.body
    accepted = log.one(entry, "parcel.accepted", waybill=body["waybill"])
    metadata: Event = {"time": _time(entry.at_ms), "deviceID": _device(entry, "scale", body["device"])}
    sensed: list[Event] = [{"sensorMetadata": metadata, "sensorReport": [_mass(body["weight_g"])]}]
    fields: Event = {"epcList": [log.parcel(entry, body["waybill"])], "sensorElementList": sensed}
    return [_event(accepted, "commissioning", "counter", action="ADD", disposition="active", here="", **fields)]


def _inspected(log: Log, entry: Entry) -> list[Event]:
    well: Event = {"persistentDisposition": {"set": ["conformant"]}}
    return [_event(entry, "inspecting", "counter", epcList=[log.parcel(entry, entry.body["waybill"])], **well)]


def _packed(log: Log, entry: Entry) -> list[Event]:
    inside: Event = {"parentID": log.bag(entry), "childEPCs": [log.parcel(entry, entry.body["waybill"])]}
    return [_event(entry, "packing", "counter", action="ADD", disposition="in_progress", here="", **inside)]


def _sealed(log: Log, entry: Entry) -> list[Event]:
    fields: Event = {"epcList": [log.bag(entry)]}
    if "weight_g" in entry.body:
        weighed = log.one(entry, "bag.weighed", bag=entry.body["bag"], weight_g=entry.body["weight_g"])
        mass = _mass(entry.body["weight_g"]) | {"deviceID": _device(entry, "scale", weighed.body["device"])}
        fields["sensorElementList"] = [{"sensorReport": [mass]}]
    return [_event(entry, "staging_outbound", "counter", disposition="container_closed", here="", **fields)]


def _departed(log: Log, entry: Entry) -> list[Event]:
    body, bag = entry.body, log.bag(entry)
    vehicle = f"{DOMAIN}/vehicle/{body['vehicle']}" if "vehicle" in body else None
    to = [{"type": "possessing_party", "destination": vehicle}] if vehicle else []
    place = SITES[body["bound"]] if "bound" in body else f"place/{body['to']}" if "to" in body else None
    to += [{"type": "location", "destination": f"{DOMAIN}/{place}"}] if place else []
    fields: Event = {
        "epcList": [bag],
        "bizTransactionList": _handover("bol", entry),
        "sourceList": [{"type": "possessing_party", "source": _site(entry)}],
        "destinationList": to,
    }
    gone = _event(entry, "departing", "gate", disposition="in_transit", **fields)
    if vehicle is None:
        return [gone]
    loaded: Event = {"parentID": vehicle, "childEPCs": [bag]}
    return [gone, _event(entry, "loading", "gate", action="ADD", disposition="in_transit", **loaded)]


def _bag_received(log: Log, entry: Entry) -> list[Event]:
    if "left_ms" in entry.body:
        return _not_so(log, entry, [log.one(entry, "bag.departed", bag=entry.body["bag"])])
    fields: Event = {"epcList": [log.bag(entry)]}
    if "handover" in entry.body:
        fields["bizTransactionList"] = _handover("recadv", entry)
    return [_event(entry, "receiving", "gate", disposition="in_progress", here="", **fields)]


def _unpacked(log: Log, entry: Entry) -> list[Event]:
    body, bag, made = entry.body, log.bag(entry), []
    begun = log.one(entry, "bag.unpacking", bag=body["bag"])
    out = [one for one in log.until(entry, "parcel.received", bag=body["bag"]) if one.recorded_ms >= begun.recorded_ms]
    if len(out) != body["found"]:
        raise LookupError("entries of parcels are missing")
    names = {name: [log.parcel(entry, one) for one in body.get(name, ())] for name in ("short", "excess")}
    differs = any(names.values()) or body.get("expected", body["found"]) != body["found"]
    if out:
        inside: Event = {"parentID": bag, "childEPCs": [log.parcel(one, one.body["waybill"]) for one in reversed(out)]}
        verified = "" if differs or "expected" not in body else "completeness_verified"
        made.append(_event(entry, "unpacking", "gate", action="DELETE", disposition=verified, here="", **inside))
    if differs:
        wrong: Event = {"epcList": [bag], "persistentDisposition": {"set": ["mismatch_instance", "mismatch_quantity"]}}
        wrong |= {"yyt:missing": names["short"], "yyt:unexpected": names["excess"]}
        made.append(_event(entry, "inspecting", "gate", **wrong))
    return made


def _held(log: Log, entry: Entry) -> list[Event]:
    fields: Event = {"epcList": [log.parcel(entry, entry.body["waybill"])], "yyt:reason": entry.body["reason"]}
    return [_event(entry, "holding", "gate", disposition="non_conformant", **fields)]


def _returned(log: Log, entry: Entry) -> list[Event]:
    return [
        _event(entry, "shipping", "gate", disposition="returned", epcList=[log.parcel(entry, entry.body["waybill"])])
    ]


def _thermometer(entry: Entry, setup: Entry) -> Event:
    return {"deviceID": _device(entry, "temp", setup.body["thermometer"])}


def _rules(setup: Entry) -> Event:
    return {"bizRules": f"{DOMAIN}/rule/{setup.body['profile']}/{setup.body['version']}"}


def _box(entry: Entry, setup: Entry) -> Event:
    return {"epcList": [f"{DOMAIN}/coldbox/{entry.station}-{setup.body['box']}"]}


def _sensed(entry: Entry, metadata: Event, report: Event, at_ms: int | None = None, **fields: Any) -> list[Event]:
    heard = [{"sensorMetadata": metadata, "sensorReport": [{"type": "Temperature", **report}]}]
    return [_event(entry, "sensor_reporting", "coldbox", at_ms=at_ms, sensorElementList=heard, **fields)]


def _interval(log: Log, entry: Entry) -> list[Event]:
    body = entry.body
    setup = log.one(entry, "box.set_up", thermometer=body["device"])
    known = [value / 1000 for value in body["temperature_mc"] if value is not None]
    start_ms = entry.wall_ms(body["start_ms"])
    end_ms = start_ms + body["at_s"][-1] * 1000
    report = {"minValue": min(known), "maxValue": max(known)}
    report |= {"meanValue": round(fmean(known), 3), "sDev": round(pstdev(known), 2), "uom": "CEL"}
    span = {"startTime": _time(start_ms), "endTime": _time(end_ms)}
    metadata: Event = {**span, **_thermometer(entry, setup), **_rules(setup)}
    return _sensed(entry, metadata, report, end_ms, **_box(entry, setup))


def _alarm(log: Log, entry: Entry) -> list[Event]:
    setup = log.one(entry, "box.set_up", box=entry.body["box"])
    metadata: Event = {"time": _time(entry.at_ms), **_thermometer(entry, setup), **_rules(entry)}
    report = {"exception": "ALARM_CONDITION", "value": entry.body["temperature_mc"] / 1000, "uom": "CEL"}
    return _sensed(entry, metadata, report, **_box(entry, setup))


def _fault(log: Log, entry: Entry) -> list[Event]:
    setup = log.one(entry, "box.set_up", box=entry.body["box"])
    report = {"exception": "ERROR_CONDITION", "uriValue": f"{DOMAIN}/fault/{entry.body['reason']}"}
    return _sensed(entry, _thermometer(entry, setup), report)


def _undone(log: Log, entry: Entry) -> list[Event]:
    """What was taken back, said again, with the declaration that it did not occur."""
    return _not_so(log, entry, [log.at(entry.station, place) for place in entry.body["places"]])


def _not_so(log: Log, entry: Entry, told: Sequence[Entry]) -> list[Event]:
    """The events of these entries once more, with what this one declares of them."""
    declared: Event = {"declarationTime": _time(entry.at_ms), "reason": "did_not_occur"}
    return [event | {"errorDeclaration": declared} for one in told for event in log.of(one)]


MADE: dict[str, Callable[[Log, Entry], list[Event]]] = {
    "parcel.received": _received,
    "parcel.shelved": _shelved,
    "parcel.collected": _collected,
    "parcel.weighed": _weighed,
    "parcel.inspected": _inspected,
    "parcel.packed": _packed,
    "bag.sealed": _sealed,
    "bag.departed": _departed,
    "bag.received": _bag_received,
    "bag.unpacked": _unpacked,
    "parcel.held": _held,
    "parcel.returned": _returned,
    "box.temperatures": _interval,
    "excursion.alarm": _alarm,
    "box.fault": _fault,
    "act.undone": _undone,
}
"""What makes the events of each kind; kinds without a line are not needed for the proof."""
