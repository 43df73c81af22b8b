"""The kinds of entries this station writes and their fields: words of the wire, so they never change meaning.

custody lane
  epoch.opened      reason, and of the epoch before: epoch, sequence, hash
  journal.broken    file (the broken one, set aside), why, entries (kept), holes, lost [[epoch, lane, first, last,
                    hash of the last or nil]], again (entries entered again), left_out (readable, not entered again)
  journal.told      reason (lost, rolled_back), at the head of an epoch that was opened for it
  entry.salvaged    header, body, hash (as they were in an old epoch, behind a hole), proved (a chain holds it);
                    personal as it was; in the lane it was in
  telemetry.dropped epoch, lane, first, last (places let go of on a full card), first_hash, hash (of the last)
  parcel.received   waybill, code (pick-up code), carrier? (a guess), typed? (at the number pad), batch (its number),
                    bag? (it was taken out of), at_ms? (wall time, when entered afterwards from a paper sheet)
  parcel.shelved    waybill, code (of the sticker), was (the code before)
  parcel.addressed  waybill, household (number of a household card)
  parcel.weighed    waybill, weight_g (stable, measured), device
  parcel.collected  waybill, code?, how (scan | code | last_four | household | same_person), proxy?, household?,
                    unreceived? (this station never received it), carrier?, typed?
  parcel.refused, parcel.damaged, parcel.wrong_station, parcel.returned, parcel.released
                    waybill, code?, unreceived? (turned away at the door)
  parcel.held       the same, reason: nothing packs it or hands it out until it is released
  parcel.overdue    waybill, code, days (since the person knows of it)
  batch.confirmed   batch, count (parcels of it that are here)
  notice.due        waybill, code; personal: the recipient, sealed to the county, which tells him
  notice.called, notice.delivered   waybill
  household.registered   household, consent (yes | no, to the shelf)
  case.opened       case (its number), about, subject? (waybill, bag, handover), holder? (who had it last), due_ms?
  case.closed       case, about, subject?
  personal.erased   count (contacts erased), entries (sealed parts erased), before_ms (what was older), days (the rule)
  act.undone        places (in this lane and epoch, of the entries that are taken back), act (the phrase of the act)
  bag.received      bag, shape (kind of its code)
  device.calibrated device, offset_mc (to add where a temperature is shown or judged), certificate, by, on, valid_until
                    (days, YYYY-MM-DD), order; custody, for it is evidence and must outlive the readings
  scale.verified    device, mass_g (a known mass), shown_g [what the scale showed each time it lay there], error_g (the
                    worst), returned_g (the worst that stood there with the pan empty again), tolerance_g, zero_g (most
                    that counts as back at zero), within (all of it), certificate, by, on, valid_until (days), order
  box.put           waybill, box, profile (of the goods), version, product?, excursion? (open in the box)
  box.taken         waybill, box, put_ms (wall time it was put in), profile, excursion?
  excursion.opened  *, since_ms (first sample out of range, monotonic)
  excursion.warned, excursion.alarm   *, limit, at_mc, mode, minutes, temperature_mc, reached_ms (the limit's clock)
  excursion.ended (was no alarm), excursion.recovered, excursion.reopened   *
  excursion.closed  *, cause, by
                    * = box, profile, version (of the profiles), low_mc, high_mc, excursion (its number in the box),
                    side (warm | cold), peak_mc, highest_mc, lowest_mc, out_ms, known_ms, unknown_ms, unmeasured (gaps
                    of unknown length), door_ms (door open), offset_mc, certificate? (of the last reading), waybills
                    (in the box now), watch (the machine's state, to go on from)
telemetry lane
  epoch.opened, entry.salvaged   as above
  station.started   version
  scan.unreadable   device, reason, length, head (first 4 bytes at most), unreported? (left out before this one)
  scan.refused      device, reason, length, unreported? (what looks like a payment or identity code is never kept)
  box.temperatures  device, start_ms (first sample, since boot), at_s [seconds after it],
                    temperature_mc [millidegrees, null where no value could be trusted]
  box.door          device, open, since_ms (since boot), lasted_s? (the state before), unreported? (changes left out)
  box.loading       box, profile, version, watch, pull_down_min (how long warm goods are excused)
  box.normal, box.resting, box.watch   box, profile, version, watch
  box.gap           box, since_ms (last value, monotonic)
  box.gap_over      box, gap_ms? (left out where nobody knows)
  box.fault         box, reason
  box.fault_over    box, reason, count, fault_ms
  box.unwritten     count (entries of cold boxes that a full card kept out)
  device.adopted    device, path (a keyboard gun that took the place of a dead one)
  device.fault      device, reason, detail?
  device.recovered  device, reason, count, seconds (from the first trouble until it was well again)

Pure: functions that make records. Called by the counter's rules; read by the county's projection.
"""

from typing import Any

from station_agent.journal.writer import Record
from sync.entry import Lane

HEAD_BYTES = 4
"""Of an unreadable scan no more than this is kept: it may have been somebody's payment code."""


def custody(kind: str, **fields: Any) -> Record:  # noqa: ANN401 - whatever MessagePack holds
    """Make a custody record; fields that are None are left out."""
    return Record(Lane.CUSTODY, kind, {name: value for name, value in fields.items() if value is not None})


def telemetry(kind: str, **fields: Any) -> Record:  # noqa: ANN401
    """Make a telemetry record; fields that are None are left out."""
    return Record(Lane.TELEMETRY, kind, {name: value for name, value in fields.items() if value is not None})
