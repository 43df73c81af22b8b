"""The kinds of entries this station writes and their fields: words of the wire, so they never change meaning.

custody lane
  epoch.opened      reason, and of the epoch before: epoch, sequence, hash
  parcel.received   waybill, code (pick-up code), carrier? (a guess)
  parcel.weighed    waybill, weight_g (stable, measured), device
  parcel.collected  waybill, code
  bag.received      bag, shape (kind of its code)
  device.calibrated device, offset_mc (to add where a temperature is shown or judged), certificate, by, on, valid_until
                    (days, YYYY-MM-DD), order; custody, for it is evidence and must outlive the readings
telemetry lane
  epoch.opened      as above
  station.started   version
  scan.unreadable   device, reason, length, head (first 4 bytes at most), unreported? (left out before this one)
  scan.refused      device, reason, length (what looks like a payment or identity code is never kept)
  box.temperatures  device, start_ms (first sample, since boot), at_s [seconds after it],
                    temperature_mc [millidegrees, null where no value could be trusted]
  box.door          device, open, since_ms (since boot), lasted_s? (the state before), unreported? (changes left out)
  device.fault      device, reason, detail?
  device.recovered  device, reason, count, seconds

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
