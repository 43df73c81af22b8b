"""Which faults of devices are open, as the agent recorded them. Reads the journal; for doctor and devices list."""

from collections.abc import Collection
from pathlib import Path

from station_agent.errors import JournalMissing
from station_agent.journal.reader import JournalFile
from sync.entry import Lane


def open_faults(path: Path) -> dict[str, list[str]]:
    """Reasons of the faults open now, by device or `device.channel`, from what was recorded since the last start."""
    try:
        journal = JournalFile(path)
    except JournalMissing:
        return {}
    try:
        chains = [head.chain for head in journal.heads() if head.lane is Lane.TELEMETRY]
        faults: dict[str, list[str]] = {}
        for entry in journal.every(chains[-1]) if chains else ():
            kind, body = entry.read_header().kind, entry.read_body()
            if kind == "station.started":
                faults.clear()
            elif kind == "device.fault":
                faults.setdefault(body["device"], []).append(body["reason"])
            elif kind == "device.recovered" and body["reason"] in faults.get(body["device"], []):
                faults[body["device"]].remove(body["reason"])
    finally:
        journal.close()
    return {name: reasons for name, reasons in faults.items() if reasons}


def of_device(faults: dict[str, list[str]], device: str, devices: Collection[str]) -> dict[str, list[str]]:
    """The open faults of one device, by channel; "" is the device as a whole. `devices` are the names of all."""
    own = {"": faults[device]} if device in faults else {}
    for name, reasons in faults.items():
        if name.startswith(f"{device}.") and name not in devices:
            own[name.removeprefix(f"{device}.")] = reasons
    return own
