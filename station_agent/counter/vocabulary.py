"""The kinds of entries this station writes and their fields: words of the wire, so they never change meaning.

custody lane
  epoch.opened      reason, and of the epoch before: epoch, sequence, hash
  journal.broken    file (the broken one, set aside), why, entries (kept), holes, lost [[epoch, lane, first, last,
                    hash of the last or nil]], again (entries entered again), left_out (readable, not entered again)
  journal.told      reason (lost, rolled_back), at the head of an epoch that was opened for it
  entry.salvaged    header, body, hash (as they were in an old epoch, behind a hole), proved (a chain holds it);
                    personal as it was; in the lane it was in
  telemetry.dropped epoch, lane, first, last (places let go of on a full card), first_hash, hash (of the last)
  journal.gone      epoch, lane, first, last (places let go of since the county had them), hash (of the last); said to a
                    county that was restored and lacks them, at the head of an epoch opened for it (reason restored)
  snapshot.rows     of (the custody place they are as of), part (from 0), data (zlib of a piece of all rows that are
                    here then, one MessagePack array of [table, columns...]; contacts are not among them)
  snapshot.closed   of, telemetry (the last place of that lane then), parts, rows (how many), digest (SHA-256 of the
                    array)
  parcel.received   waybill, code (pick-up code), carrier? (a guess), typed? (at the number pad), batch (its number),
                    bag? (it was taken out of), excess? (on no list of that bag), damaged? (marked so while it lay in
                    the bag), adopted? (it lay on a shelf and nobody knew; belongs to no batch)
  parcel.shelved    waybill, code (of the sticker), was (the code before)
  parcel.addressed  waybill, household (number of a household card)
  parcel.accepted   waybill, carrier?, typed?, real_name (token of the sender's registration | pending), product?,
                    destination?, price? (class), lot?, source? (of the order), flight? (it makes), consignment? (its
                    number), inspected_by? (agreement), weight_how? (pending: the hub weighs), at_ms?
  parcel.registered waybill, real_name (token)
  parcel.inspected  waybill, by (badge of who looked inside, or attendant)
  parcel.screened   waybill, by, elsewhere? (another site accepted it)
  parcel.weighed    waybill, weight_g? (none while pending), device? (measured there), how? (typed | pending; left out
                    for a stable weight that was measured), elsewhere?
  parcel.relabelled waybill, to (number it goes by as well from now on), carrier?, elsewhere?
  consignment.opened   consignment (its number), sender (token), product, destination?, price?, lot?, source?,
                    agreement? (number of the sender's safety agreement), weighing? (pending)
  consignment.agreed   consignment, agreement
  consignment.closed   consignment, count (boxes), weight_g (of those weighed), typed? (how many of these no scale
                    measured), unweighed (the others)
  parcel.collected  waybill, code?, how (scan | code | last_four | household | same_person), proxy?, household?,
                    unreceived? (this station never received it), carrier?, typed?
  parcel.refused, parcel.damaged, parcel.wrong_station, parcel.returned, parcel.released
                    waybill, code?, unreceived? (turned away at the door), and of such a one carrier?, typed?; of a
                    damaged one bag? (it still lies in, while that is unpacked)
  parcel.held       the same, reason, report? (it was accepted before: the authorities must hear of it): nothing
                    packs it, hands it out or accepts it until it is released
  parcel.overdue    waybill, code, days (the threshold passed since the person knows of it)
  parcel.missing    waybill, code, stocktake (that did not find it)
  parcel.found      waybill, code (it turned up again)
  stocktake.counted stocktake (its number), waybill, code, found (here | adopted)
  stocktake.seen    stocktake, waybill, typed? (it lies here, nobody knew, and has no shelf yet)
  stocktake.ended   stocktake, found (how many), missing [waybills, 200 at most], missing_count (all of them),
                    unexpected [waybills taken over, 200 at most], unexpected_count, seen? [waybills that still have no
                    shelf, 200 at most], seen_count?
  stocktake.dropped stocktake, found (never ended, and too old to go on)
  batch.confirmed   batch, count (parcels of it that are here)
  notice.due        waybill, code; personal: the recipient, sealed to the county, which tells him
  notice.called     waybill
  notice.delivered  waybill, at_ms (wall time the county told the recipient)
  household.registered   household, consent (yes | no, to the shelf)
  case.opened       case (its number), about, subject? (waybill, bag, handover), holder? (who had it last), due_ms?
  case.closed       case, about, subject?
  case.dropped      case, about, subject?, holder?, due_ms?: still open, but too many are to be kept here
  personal.erased   count (contacts erased), entries (sealed parts erased), before_ms (what was older), days (the rule)
  service.counted   service (government | payment | travel | farm_supplies | finance | e_commerce), day; one more of it
  service.total     service, day, count (the day's number, in the place of what was counted), typed
  stock.counted     stock (packaging_received | packaging_used | basket_issued | basket_returned), day; one more of it
  stock.total       stock, day, count (the day's number, in the place of what was counted), typed
  duty.began        badge (its number, "" for none), purpose (attendant | welfare), keep_days (so long it is kept whose)
  duty.ended        badge, purpose, began_ms, forgotten? (nobody ended it)
  station.opened, station.closed, station.market_day   day
  check.done        what (fire | power | clean | sign | scale | cold), ok, day, due (the day it is due again)
  form.opened       form (number of a paper sheet), at_ms (wall time written on it)
  form.closed       form, lines
  act.undone        places (in this lane and epoch, of the entries that are taken back), act (the phrase of the act)
  parcel.packed     bag, waybill, unreceived? (never accepted here), carrier?, typed?
  parcel.unpacked   bag, waybill, code? (pick-up code, of one that lies on a shelf again): taken out before it left
  parcel.direct     waybill, code?, proof (attendant | stub | household), proof_number?, handover?, driver?,
                    unreceived?, carrier?: handed over at the roadside
  bag.opened        bag, shape (kind of its code), to? (destination its code says): parcels are packed into it
  bag.reopened      bag, seal (cut now)
  bag.sealed        bag, seal, count (parcels), weight_g?, way (up), to?
  bag.weighed       bag, weight_g, device, was_g? (weight before), handover?
  bag.received      bag, shape; in a handover: handover, driver?, seal?, weight_g?; of one that never left: left_ms
                    (the time of the bag.departed that was not so), seal?, weight_g?, count? (parcels that are in it)
  bag.departed      bag, handover, count (parcels, gone with it), seal?, weight_g?, driver?, line?, vehicle?, to?,
                    bound? (name of the station it goes to, by list or timetable), due_ms? (should be there by then)
  bag.unpacking     bag
  bag.unpacked      bag, expected? (pieces on the list), found, short? excess? damaged? [waybills], seal?, handover?
  bag.seal_noted    bag, seal, checked? (it is the one that should be there)
  bag.seal_broken   bag, reason (broken | other), seal?, expected?
  bag.marked        bag, mark (short | excess | damaged, said by card)
  bag.missed        bag, holder?, due_ms: announced, and not here in time
  bag.overdue       bag, handover, holder?: we sent it, and the county has not seen it in time
  bag.arrived       bag, handover: the county saw it
  handover.begun    handover (its number), sort (badge | temporary | dropped), driver? (number of the badge, or a digest
                    of one that cannot be read), line?, vehicle?, flaw? (clock | expired | not_yet | revoked | false |
                    unknown | other_line | no_badge), trusted? (false: the clock is not)
  handover.bag      handover, bag, way (up | down), shape, driver?, seal?, weight_g?, empty?, unlisted?,
                    other_line? (the list puts it on that one), typed?
  handover.unbagged handover, bag, reason
  handover.noted    handover, and of these what was said: transport (bus | freight | mixed | drone), stub (number of the
                    driver's receipt), counted (his own count of bags, both ways)
  handover.confirmed, handover.one_sided, handover.dropped
                    handover, reason? (other_driver: he left and did not confirm), driver?, flaw?, line?, vehicle?,
                    transport?, bags_in, bags_out [bags], counted?, stub?, off_min? (after the timetable), on_time?,
                    weight_g? (of those out that were weighed), unweighed?, over_g? (more than the vehicle may take),
                    started_ms, ended_ms, trusted?
  handover.voided   handover, reason (empty | other_driver), driver?: no bag was scanned; (written before: bags_in?,
                    bags_out?, which then were what they had been)
  handover.agreed   handover, driver, by (the handover in which he said so): the other side's word on a one-sided one
  handover.overdue  handover: that word did not come
  clock.corrected   epoch, boot, began_ms (wall time this boot began, by the clock now synchronised: its entries were
                    made at began_ms + their since_boot_ms), offset_ms (to add to the wall times recorded just before),
                    uncertainty_ms, from_since_boot_ms (when it was found)
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
  any of these made by a person   by? (number of the badge on duty); from a paper sheet also: form, at_ms (wall time on
                    the sheet, when it happened), afterwards (it was written by hand and entered later)
telemetry lane
  epoch.opened, entry.salvaged   as above
  station.started   version
  clock.floored     behind_ms (the machine's clock was so far behind the journal's last time, which went on instead)
  scan.unreadable   device, reason, length, head (first 4 bytes at most), unreported? (left out before this one)
  scan.refused      device, reason, length, unreported? (what looks like a payment or identity code is never kept)
  box.temperatures  device, start_ms (first sample, since boot), at_s [seconds after it],
                    temperature_mc [millidegrees, null where no value could be trusted]
  box.door          device, open, since_ms (since boot), lasted_s? (the state before), unreported? (changes left out)
  box.set_up        box, profile, version, low_mc, high_mc, thermometer (as box.temperatures names it), door?,
                    interval_s: what is watched by what from this start on
  box.loading       box, profile, version, watch, pull_down_min (how long warm goods are excused)
  box.normal, box.resting, box.watch   box, profile, version, watch
  box.gap           box, since_ms (last value, monotonic)
  box.gap_over      box, gap_ms? (left out where nobody knows)
  box.fault         box, reason
  box.fault_over    box, reason, count, fault_ms
  box.unwritten     count (entries of cold boxes that a full card kept out)
  device.adopted    device, path (a keyboard gun that took the place of a dead one)
  device.fault      device, reason, detail?; reason power_lost of a power input: the mains are gone; device supply,
                    reason undervoltage: the Pi's own
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
