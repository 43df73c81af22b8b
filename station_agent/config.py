"""station.toml: what a technician writes, read with every mistake reported at once.

The shapes below are the whole description; device stanzas are held against the settings of the model they name. A
simulated device is a path like any other, and is never chosen unless it is named here. Called by the commands.
"""

import os
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from drivers.gpio.pins import same_pin
from drivers.gpio.signal_gpio import Settings as LampsTable
from drivers.models import MODELS, Model
from drivers.settings import DeviceSettings
from station_agent.counter.house import CHECK_DAYS, DUTY_KEEP_DAYS
from sync.broker import BrokerSettings
from sync.settings import BadSettings, Fault, check, read_settings

DEFAULT_PATH = Path("/etc/youyuntong/station.toml")

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=32, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*\Z")]
TimeOfDay = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z")]
Hex32 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file; a key nobody reads is a mistake."""


class StationTable(Table, frozen=True, kw_only=True):
    """id: the station's name on the wire, given by the county. name: for people. data: folder of journal and key.

    adopt_guns: a keyboard gun nobody configured becomes a scanner by scanning the adoption card.
    """

    id: Name
    name: Annotated[str, msgspec.Meta(max_length=64)] = ""
    data: Annotated[str, msgspec.Meta(min_length=1)] = "/var/lib/youyuntong"
    adopt_guns: bool = True


class ShelvesTable(Table, frozen=True, kw_only=True):
    """How many shelves there are and how many layers each has: the first two numbers of a pick-up code."""

    shelves: Annotated[int, msgspec.Meta(ge=1, le=99)] = 3
    layers: Annotated[int, msgspec.Meta(ge=1, le=20)] = 4


class WeighingTable(Table, frozen=True, kw_only=True):
    """division_g: one step of the scale's display. near_zero_g: below it the pan counts as empty."""

    division_g: Annotated[float, msgspec.Meta(gt=0, le=1000)] = 5.0
    near_zero_g: Annotated[float, msgspec.Meta(gt=0, le=1000)] = 20.0


class BoxesTable(Table, frozen=True, kw_only=True):
    """block_s: temperatures are recorded in blocks of so many seconds.

    profiles: a file of temperature profiles in the place of the shipped one.
    """

    block_s: Annotated[float, msgspec.Meta(ge=1, le=1800)] = 600.0
    profiles: Annotated[str, msgspec.Meta(min_length=1)] | None = None


class BoxTable(Table, frozen=True, kw_only=True):
    """One cold box. name: as on its card, "1" to "99" or a short word. profile: id of the file of profiles.

    thermometer, door: names of devices; channel: of a thermometer with several sensors. interval_s: how often its
    temperature comes; as often as its thermometer is looked at when left out, and always there once `load` is done.
    """

    name: Annotated[str, msgspec.Meta(pattern=r"^([1-9][0-9]?|[a-z][a-z0-9]{0,7})\Z")]
    profile: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
    thermometer: Name
    channel: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] | None = None
    door: Name | None = None
    interval_s: Annotated[float, msgspec.Meta(ge=1, le=1800)] | None = None


class PowerTable(Table, frozen=True, kw_only=True):
    """ready_after_s: mains that are gone for so long have everything saved; shorter dips are only recorded."""

    ready_after_s: Annotated[float, msgspec.Meta(ge=0, le=600)] = 10.0


class CounterTable(Table, frozen=True, kw_only=True):
    """chase_days, return_days: since the recipient knows, to be chased and to go back. utc_offset_min: of local time.

    duty_keep_days: so long the county keeps whose duty it was. The other days stand between two checks of a sort.
    """

    chase_days: Annotated[int, msgspec.Meta(ge=1, le=30)] = 2
    return_days: Annotated[int, msgspec.Meta(ge=1, le=90)] = 7
    utc_offset_min: Annotated[int, msgspec.Meta(ge=-720, le=840)] = 480
    duty_keep_days: Annotated[int, msgspec.Meta(ge=30, le=3650)] = DUTY_KEEP_DAYS
    fire_days: Annotated[int, msgspec.Meta(ge=1, le=366)] = CHECK_DAYS["fire"]
    power_days: Annotated[int, msgspec.Meta(ge=1, le=366)] = CHECK_DAYS["power"]
    clean_days: Annotated[int, msgspec.Meta(ge=1, le=366)] = CHECK_DAYS["clean"]
    sign_days: Annotated[int, msgspec.Meta(ge=1, le=366)] = CHECK_DAYS["sign"]
    scale_days: Annotated[int, msgspec.Meta(ge=1, le=366)] = CHECK_DAYS["scale"]
    cold_days: Annotated[int, msgspec.Meta(ge=1, le=366)] = CHECK_DAYS["cold"]

    @property
    def check_days(self) -> dict[str, int]:
        """Days between two checks, by sort."""
        return {what: getattr(self, f"{what}_days") for what in CHECK_DAYS}


class FeedbackTable(Table, frozen=True, kw_only=True):
    """panel: serial path of the light and buzzer panel, none by default. console: answers on standard output too.

    lamps: lamps, buzzer and relay at the Pi's own pins, none by default. voice: say the answers in Chinese through
    sound_device, a name of `aplay -L`; off by default: like any other device, a loudspeaker is there when it is named.
    """

    panel: str | None = None
    console: bool = True
    lamps: LampsTable | None = None
    voice: bool = False
    sound_device: Annotated[str, msgspec.Meta(min_length=1, max_length=128, pattern=r"^[^-\s]\S*\Z")] = "default"


class CountyTable(Table, frozen=True, kw_only=True):
    """public_key: the county's, 64 hex digits, from `county init`. broker: where to reach it.

    sealing_key: what contacts are sealed to, from `county sealing-key`; without it nothing personal leaves the station.
    daily_bytes: of a metered SIM card, both ways: once so many went today telemetry waits for tomorrow, custody never.
    """

    public_key: Hex32
    sealing_key: Hex32 | None = None
    daily_bytes: Annotated[int, msgspec.Meta(ge=10_000, le=10**12)] | None = None
    broker: BrokerSettings = BrokerSettings()


class CarryTable(Table, frozen=True, kw_only=True):
    """mounts: where the county's sticks are mounted, with wildcards; no text: sticks are left alone."""

    mounts: Annotated[str, msgspec.Meta(max_length=255, pattern=r"^(|/.*)\Z")] = "/media/*/YYT-CARRY"


class PersonalTable(Table, frozen=True, kw_only=True):
    """days: a recipient's contact is erased so many days after the parcel has gone."""

    days: Annotated[int, msgspec.Meta(ge=1, le=180)] = 30


class JournalTable(Table, frozen=True, kw_only=True):
    """keep_days: what the county has had for so many days may go here; no fewer than its own backups reach back."""

    keep_days: Annotated[int, msgspec.Meta(ge=1, le=366)] = 30


class BagsTable(Table, frozen=True, kw_only=True):
    """tolerance_g: so far apart two weights of one bag, or its weight and the printed one, count as the same."""

    tolerance_g: Annotated[int, msgspec.Meta(ge=0, le=100_000)] = 200


class LineTable(Table, frozen=True, kw_only=True):
    """A line that stops here. The county's list of lines, where one came, stands before these.

    stops: when it should be here, "HH:MM" in China's time. vehicle: its number plate. max_load_kg: what it may take.
    margin_min: so far off the timetable is still on time.
    """

    id: Name
    name: Annotated[str, msgspec.Meta(max_length=64)] = ""
    kind: Literal["bus", "freight", "mixed", "drone"] = "bus"
    vehicle: Annotated[str, msgspec.Meta(max_length=64)] = ""
    stops: Annotated[list[TimeOfDay], msgspec.Meta(max_length=100)] = []
    max_load_kg: Annotated[int, msgspec.Meta(ge=0, le=100_000)] | None = None
    margin_min: Annotated[int, msgspec.Meta(ge=0, le=720)] = 15

    @property
    def stops_min(self) -> tuple[int, ...]:
        """The stops as minutes of the day."""
        return tuple(int(stop[:2]) * 60 + int(stop[3:]) for stop in self.stops)


class Settings(Table, frozen=True, kw_only=True):
    """The whole file; `device` holds one table a device, checked against its model, `box` one a cold box."""

    station: StationTable
    county: CountyTable
    shelves: ShelvesTable = ShelvesTable()
    weighing: WeighingTable = WeighingTable()
    boxes: BoxesTable = BoxesTable()
    power: PowerTable = PowerTable()
    counter: CounterTable = CounterTable()
    feedback: FeedbackTable = FeedbackTable()
    personal: PersonalTable = PersonalTable()
    journal: JournalTable = JournalTable()
    bags: BagsTable = BagsTable()
    line: Annotated[list[LineTable], msgspec.Meta(max_length=50)] = []
    carry: CarryTable = CarryTable()
    device: list[dict[str, Any]] = []
    box: Annotated[list[BoxTable], msgspec.Meta(max_length=99)] = []

    @property
    def data(self) -> Path:
        """The folder of journal and key, absolute."""
        return Path(self.station.data).absolute()

    @property
    def journal_path(self) -> Path:
        """Where the journal lies."""
        return self.data / "journal.db"

    @property
    def sealing_key(self) -> bytes | None:
        """What contacts are sealed to, 32 raw bytes; None where nothing personal may leave."""
        key = self.county.sealing_key
        return None if key is None else bytes.fromhex(key)

    @property
    def link_path(self) -> Path:
        """Where the county's confirmations lie."""
        return self.data / "link.db"

    @property
    def orders_path(self) -> Path:
        """Where commands leave orders for the agent."""
        return Path(self.station.data) / "orders"

    @property
    def key_path(self) -> Path:
        """Where the station's private key lies."""
        return self.data / "station.key"

    @property
    def seal_path(self) -> Path:
        """Where the private key lies that recipients of expected parcels are sealed to."""
        return self.data / "station.seal"


class Device(msgspec.Struct, frozen=True):
    """One configured device."""

    name: str
    model: Model
    settings: DeviceSettings


class _Head(msgspec.Struct, frozen=True, kw_only=True):
    """What every device stanza starts with."""

    name: Name
    model: str


def load_shape(path: Path) -> Settings:
    """The settings for who touches no device: stanzas of devices and boxes are not looked into beyond their shape.

    Raises BadSettings where the tables themselves have mistakes, with all of the file's: a person has to go there.
    """
    try:
        return read_settings(path, Settings)
    except BadSettings:
        load(path)
        raise


def load(path: Path) -> tuple[Settings, list[Device]]:
    """Read and check the file; raises BadSettings with all mistakes of all tables."""
    faults: list[Fault] = []
    try:
        settings = read_settings(path, Settings)
        tables = settings.device
    except BadSettings as bad:
        faults, settings, tables = list(bad.faults), None, _tables(path, "device")
    devices: list[Device] = []
    places = _Places(str(path))
    for number, table in enumerate(tables, start=1):
        key = f"device.{number}"
        found = _device(table, str(path), key)
        if isinstance(found, list):
            faults += found
        elif any(other.name == found.name for other in devices):
            expected = "不重复的名字 / a name of its own"
            faults.append(Fault(str(path), f"{key}.name", found.name, expected, "改名 / rename it"))
        else:
            devices.append(found)
            places.take(f"{key}.path", found.settings.path, pin=found.model.transport == "gpio")
    if settings is not None:
        places.take_feedback(settings.feedback)
    faults += [*places.faults, *_twin_lines(settings, str(path))]
    boxes, box_faults = _boxes(path, settings, tables, devices)
    faults += box_faults
    if faults or settings is None:
        raise BadSettings(faults)
    return msgspec.structs.replace(settings, box=boxes), devices


class _Places:
    """Who hangs where: one path or pin belongs to one stanza, for two readers of one port get half each."""

    def __init__(self, file: str) -> None:
        """Nothing is taken yet."""
        self._file = file
        self._owners: dict[str, str] = {}
        self.faults: list[Fault] = []

    def take(self, key: str, place: str, *, pin: bool) -> None:
        """Take a place for the value at `key`; links to one device are one place, and so are both names of a pin."""
        real = same_pin(place) if pin else os.path.realpath(place)
        owner = self._owners.setdefault(real, key)
        if owner != key:
            found = place if real == place else f"{place} = {real}"
            expected = f"未被 {owner} 用过 / not the same as {owner}"
            hint = "每个设备写自己的插口或引脚 / give each device a socket or pin of its own"
            self.faults.append(Fault(self._file, key, found, expected, hint))

    def take_feedback(self, feedback: FeedbackTable) -> None:
        """The panel's port and the lamps' pins."""
        if feedback.panel is not None:
            self.take("feedback.panel", feedback.panel, pin=False)
        if feedback.lamps is not None:
            for load, pin in feedback.lamps.pins().items():
                self.take(f"feedback.lamps.{load}", pin, pin=True)


def _twin_lines(settings: Settings | None, file: str) -> list[Fault]:
    """Lines that go by the same id."""
    ids = [line.id for line in settings.line] if settings is not None else []
    expected, hint = "不重复的线路 / an id of its own", "改名 / rename it"
    return [
        Fault(file, f"line.{number}.id", name, expected, hint)
        for number, name in enumerate(ids, start=1)
        if name in ids[: number - 1]
    ]


def _device(table: dict[str, Any], file: str, key: str) -> Device | list[Fault]:
    """One stanza as a device, or its mistakes."""
    head = {name: value for name, value in table.items() if name in ("name", "model")}
    rest = {name: value for name, value in table.items() if name not in head}
    faults = check(head, _Head, file=file, key=key)
    model = MODELS.get(str(table.get("model")))
    if model is None:
        if not any(fault.key.endswith(".model") for fault in faults):
            faults.append(_unknown_model(str(table.get("model")), file, key))
        return faults
    shape = model.settings()
    faults += check(rest, shape, file=file, key=key)
    return faults or Device(head["name"], model, msgspec.convert(rest, shape))


def _unknown_model(found: str, file: str, key: str) -> Fault:
    """Name the models there are, and the one that was probably meant."""
    import difflib  # noqa: PLC0415 - only for a mistake

    close = difflib.get_close_matches(found, MODELS, n=1)
    hint = f"是否想写 {close[0]}? / did you mean {close[0]}?" if close else "见 station devices / see `station devices`"
    return Fault(file, f"{key}.model", found, " | ".join(MODELS), hint)


def _boxes(
    path: Path, settings: Settings | None, tables: list[dict[str, Any]], devices: list[Device]
) -> tuple[list[BoxTable], list[Fault]]:
    """The cold boxes, each complete, and what is wrong with them beside their shape."""
    if settings is not None:
        boxes, named = dict(enumerate(settings.box, start=1)), settings.boxes.profiles
    else:
        stanzas = enumerate(_tables(path, "box"), start=1)
        good = {n: box for n, box in stanzas if not check(box, BoxTable, file="")}
        boxes = {n: msgspec.convert(box, BoxTable) for n, box in good.items()}
        named = None
    if not boxes:
        return [], []
    from station_agent.box_settings import profiles_path, settled_boxes  # noqa: PLC0415 - only where there are boxes

    known = [str(table.get("name")) for table in tables]
    return settled_boxes(boxes, devices, known, profiles_path(named), str(path))


def _tables(path: Path, name: str) -> list[dict[str, Any]]:
    """The stanzas of a file that has mistakes elsewhere, so that theirs are reported too."""
    import tomllib  # noqa: PLC0415 - only for a mistake

    try:
        tables = tomllib.loads(path.read_text("utf-8")).get(name, [])
    except (OSError, ValueError):
        return []
    return [table for table in tables if isinstance(table, dict)] if isinstance(tables, list) else []
