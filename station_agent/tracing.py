"""Reads one code's life from the journal, beside an agent at work: a thin shell over `counter.life` and
`coldchain.history`.

The custody lane is read whole, once for the life and once more for a pick-up code; the telemetry only where the parcel
lay in a cold box. Called by `station trace`.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from station_agent.coldchain.history import (
    At,
    Block,
    Clocks,
    Correction,
    Lying,
    Record,
    Warmth,
    Watched,
    lyings,
    warmth,
)
from station_agent.coldchain.profiles import Profiles
from station_agent.counter.calibration import KIND as CALIBRATED
from station_agent.counter.calibration import note_of
from station_agent.counter.life import Life, Seen, holder
from station_agent.counter.notes import TABLE
from station_agent.counter.shelves import is_pickup_code
from station_agent.journal.dropping import PRUNED
from station_agent.journal.reader import JournalFile
from station_agent.waybill import identify
from sync.entry import Header, Lane, Trust, decode_body

DAY_MS = 86_400_000
CHINA_MS = 8 * 3_600_000
BEGINNING = At(0, 0)
"""Before everything: boots are counted from 1."""


def subject_of(journal: JournalFile, code: str) -> str:
    """The waybill or bag a code means: a pick-up code's last holder, else what identification makes of the text."""
    text = code.strip()
    if is_pickup_code(text):
        return holder(_custody(journal), text) or text
    return identify(text).number or text


def read_life(journal: JournalFile, subject: str) -> Life:
    """Every entry about a waybill or bag."""
    life = Life(subject)
    for entry in _custody(journal):
        life.take(entry)
    return life


def read_warmth(journal: JournalFile, life: Life, profiles: Profiles) -> list[Warmth]:
    """What was measured in each of the stays in cold boxes; none for what never lay in one."""
    stays = lyings(((one.kind, one.body, At(one.boot, one.since_boot_ms)) for one in life.standing), life.subject)
    if not stays:
        return []
    record = _record(journal, stays)
    return [warmth(record, stay, life.subject, profiles) for stay in stays]


def _custody(journal: JournalFile) -> Iterator[Seen]:
    """The custody entries of all epochs, older ones first."""
    heads = [head for head in journal.heads() if head.lane is Lane.CUSTODY]
    for epoch, head in enumerate(heads):
        for entry in journal.every(head.chain):
            header = entry.read_header()
            yield Seen(
                (epoch, header.sequence),
                header.kind,
                entry.read_body(),
                header.recorded_ms,
                header.trust,
                header.boot,
                header.since_boot_ms,
            )


def _record(journal: JournalFile, stays: list[Lying]) -> Record:
    """What both lanes say of the boxes the parcel lay in."""
    clocks, boxes = Clocks(), {stay.box for stay in stays}
    clocks.take(BEGINNING, 0, Trust.UNKNOWN)
    corrections: list[Correction] = []
    excursions = []
    end = stays[-1].since
    for one in _custody(journal):
        at = At(one.boot, one.since_boot_ms)
        clocks.take(at, one.recorded_ms, one.trust)
        end = max(end, at)
        if one.kind == CALIBRATED:
            corrections.append(_correction(one.body, at))
        elif one.kind.startswith("excursion.") and one.body.get("box") in boxes:
            excursions.append((at, one.kind, one.body))
    corrections = [*_older_corrections(journal, corrections), *corrections]
    watched = _watches(journal, boxes)
    thermometers = {one.thermometer for one in watched}
    blocks: dict[str, list[Block]] = {}
    doors: dict[str, list[tuple[At, bool]]] = {}
    for header, at, body in _telemetry(journal):
        clocks.take(at, header.recorded_ms, header.trust)
        end = max(end, at)
        if header.kind == "box.temperatures" and body["device"] in thermometers:
            block = Block(header.boot, body["start_ms"], body["at_s"], body["temperature_mc"])
            blocks.setdefault(body["device"], []).append(block)
        elif header.kind == "box.door":
            doors.setdefault(body["device"], []).append((At(header.boot, body["since_ms"]), body["open"]))
    return Record(clocks, watched, blocks, doors, corrections, excursions, end)


def _correction(body: dict[str, Any], at: At) -> Correction:
    """A calibration as it counts for readings."""
    note = note_of(body)
    until_ms = _day_ms(note.valid_until + timedelta(days=1))
    return Correction(note.device, note.offset_mc, at, _day_ms(note.on), until_ms)


def _older_corrections(journal: JournalFile, known: list[Correction]) -> list[Correction]:
    """Of calibrations whose entries were let go of: the snapshot they lie behind has the newest of each device."""
    start = journal.start()
    notes = [] if start is None else start.snapshot.rows[TABLE]
    kept = [decode_body(body) for name, body in notes if name.startswith(CALIBRATED)]
    older = [_correction(body, BEGINNING) for body in kept]
    return [each for each in older if each not in [one._replace(entered=BEGINNING) for one in known]]


def _watches(journal: JournalFile, boxes: set[str]) -> list[Watched]:
    """What watched these boxes from when on.

    Where older telemetry was let go of, the first word left on each box counts for what lies before it too: a station
    that goes on without a start says it again with each snapshot.
    """
    telemetry = _telemetry(journal)
    said = [_watched(at, body) for header, at, body in telemetry if header.kind == "box.set_up"]
    watched = [one for one in said if one.box in boxes]
    if not _is_pruned(journal, Lane.TELEMETRY):
        return watched
    first = [next(one for one in watched if one.box == box) for box in dict.fromkeys(one.box for one in watched)]
    return [*(one._replace(since=BEGINNING) for one in first), *watched]


def _is_pruned(journal: JournalFile, lane: Lane) -> bool:
    chains = [head.chain for head in journal.heads() if head.lane is lane]
    return any(gap.reason == PRUNED for chain in chains for gap in journal.gaps(chain))


def older_is_gone(journal: JournalFile) -> bool:
    """Whether custody entries were let go of here, so that a life may begin before what is told."""
    return _is_pruned(journal, Lane.CUSTODY)


def _telemetry(journal: JournalFile) -> Iterator[tuple[Header, At, dict[str, Any]]]:
    """The telemetry of all epochs; only of the boxes the body is read."""
    for head in journal.heads():
        if head.lane is not Lane.TELEMETRY:
            continue
        for entry in journal.every(head.chain):
            header = entry.read_header()
            body = entry.read_body() if header.kind.startswith("box.") else {}
            yield header, At(header.boot, header.since_boot_ms), body


def _watched(at: At, body: dict[str, Any]) -> Watched:
    return Watched(
        at,
        body["box"],
        body["thermometer"],
        body.get("door", ""),
        body["low_mc"],
        body["high_mc"],
        body["interval_s"],
        body["profile"],
        body["version"],
    )


def _day_ms(day: date) -> int:
    """When a day begins in China."""
    return (day.toordinal() - date(1970, 1, 1).toordinal()) * DAY_MS - CHINA_MS
