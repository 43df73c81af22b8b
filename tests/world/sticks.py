"""Sticks that ride the bus beside the link: round the stations, to the county, and round again with its answers.

The station's end is real down to the files: `StickWatch`, `Courier`, `carry`, `folder`, on a real folder; so are the
county's `open_up`, `answer_trip` and `encode_down`, while the desk that joins them (`county carry-in`, `carry-out`)
stands here again over the county in memory. What goes wrong on the way stands in `weather.STICKS`.

In some worlds one station has no link at all until the end: all it wrote must be confirmed, and all lists be down, when
a stick has come round a few times (`come_round`).
"""

import hashlib
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from sync.carry import Answers, answer_trip
from sync.carry_file import (
    MARK_NAME,
    Down,
    Up,
    down_name,
    encode_down,
    encode_mark,
    open_up,
    read_down,
    read_mark,
    up_name,
)
from sync.entry import FORMAT, key_id
from sync.errors import CarryRefused
from sync.lists import encode_list
from sync.receiver import LogUnavailable
from sync.stick import StickWatch
from sync.wire import Receipt, Verdict, encode_envelope, encode_receipt, open_envelope, receipt_message
from tests.world.card import PowerCut
from tests.world.weather import DAY_S, START_MS
from tests.world.witness import must

if TYPE_CHECKING:
    from tests.world.box import Box
    from tests.world.world import World

MOUNT = "YYT-CARRY"
MAX_COPIES = 6
"""Old copies of a stick that may turn up again."""
ROUNDS = 6
"""So often a stick comes round until all must be done: once to learn where the county is, the others for new epochs."""
HOUR_S = 3600.0


class Stick:
    """One stick: a folder, and copies of what was on it once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.copies: list[dict[str, bytes]] = []
        self.on_its_way = False

    def files(self) -> dict[str, bytes]:
        """All that is on it."""
        return {path.name: path.read_bytes() for path in sorted(self.folder.iterdir()) if path.is_file()}

    def put(self, name: str, data: bytes) -> None:
        """Write a file as anybody might."""
        (self.folder / name).write_bytes(data)

    def replace(self, files: dict[str, bytes]) -> None:
        """Other files in the place of all."""
        for path in self.folder.iterdir():
            if path.is_dir():
                path.rmdir()
            else:
                path.unlink()
        for name, data in files.items():
            self.put(name, data)


class Sticks:
    """Every stick of a county, and who carries them."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.draws = world.weather.stream("sticks")
        self.sealing = X25519PrivateKey.from_private_bytes(hashlib.sha256(b"sealing").digest())
        self.sealing_key = self.sealing.public_key().public_bytes_raw()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._sticks: list[Stick] = []

    @property
    def folder(self) -> Path:
        """Where sticks lie and are plugged in."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="yyt-world-")
        return Path(self._folder.name)

    def plan(self) -> None:
        """The rounds of this world."""
        weather = self.world.weather
        self._sticks = [self._made(number) for number in range(min(2, weather.rounds))]
        for _ in range(weather.rounds):
            at_s = self.draws.uniform(0.0, weather.drawn_days * DAY_S)
            self.world.clockwork.when(at_s, partial(self.go_round, self.draws.choice(self._sticks)))

    def _made(self, number: int) -> Stick:
        folder = self.folder / f"stick{number}"
        folder.mkdir()
        stick = Stick(folder)
        self._mark(stick)
        return stick

    def _mark(self, stick: Stick) -> None:
        """Make it the county's."""
        world = self.world
        mark = encode_mark(self.draws.randbytes(8), START_MS, county=world.county_public, sign=world.county_sign)
        stick.put(MARK_NAME, mark)

    # the way

    def go_round(self, stick: Stick) -> None:
        """The bus goes round some stations, and ends at the county."""
        world, draws = self.world, self.draws
        if not world.faulty or stick.on_its_way:
            return
        stick.on_its_way = True
        stations = [station for station in world.attendants if draws.random() < 0.8]
        draws.shuffle(stations)
        at_s = world.clockwork.now_s
        for station in stations:
            at_s += draws.uniform(0.01, 0.5) * HOUR_S
            world.clockwork.when(at_s, partial(self._call_at, stick, station))
        at_s += draws.choice([0.5, 5.0, 60.0]) * HOUR_S
        world.clockwork.when(at_s, partial(self._at_county, stick))

    def _call_at(self, stick: Stick, station: str) -> None:
        """The stick is plugged in at a station."""
        boxes = self.world.boxes_of(station)
        if boxes:
            self._spoil(stick, station)
            serve(self.draws.choice(boxes), stick)

    def _at_county(self, stick: Stick) -> None:
        """The stick is at the county; then it may go round again."""
        world = self.world
        self._spoil(stick, self.draws.choice(list(world.attendants)))
        for _ in range(2 if world.happens("stick_twice") else 1):
            self.carry_in(stick)
        if self.draws.random() < 0.5:
            self.carry_out(stick)
        stick.on_its_way = False

    def _spoil(self, stick: Stick, station: str) -> None:
        """What happens to a stick on its way to a station, or to the county."""
        world = self.world
        stick.copies = [*stick.copies, stick.files()][-MAX_COPIES:]
        if world.happens("stick_lost"):
            stick.replace({})
            self._mark(stick)
        if world.happens("stick_old"):
            stick.replace(world.chance("stick_old").choice(stick.copies))
        if world.happens("stick_other"):
            self._swap(stick)
        if world.happens("stick_forged") and world.boxes_of(station):
            stick.put(down_name(station), self._forged(station))
        for name in ("stick_halved", "stick_flipped"):
            if world.happens(name):
                self._damage(stick, name)

    def _swap(self, stick: Stick) -> None:
        """A file bears the name of another station's."""
        draws, files = self.world.chance("stick_other"), stick.files()
        names = [name for name in files if name != MARK_NAME]
        if names:
            name = draws.choice(names)
            ending = name.split(".", 1)[1]
            stick.put(f"{draws.choice(list(self.world.attendants))}.{ending}", files[name])

    def _damage(self, stick: Stick, how: str) -> None:
        """A file is half there, or a bit of it is flipped."""
        draws, files = self.world.chance(how), stick.files()
        name = draws.choice(sorted(files)) if files else ""
        data = files.get(name, b"")
        if data and how == "stick_halved":
            stick.put(name, data[: draws.randrange(len(data))])
        elif data:
            place = draws.randrange(len(data))
            stick.put(name, data[:place] + bytes([data[place] ^ 1 << draws.randrange(8)]) + data[place + 1 :])

    def _forged(self, station: str) -> bytes:
        """Somebody answers in the county's place: all that a station of this name has is confirmed."""
        world = self.world
        boxes = world.boxes_of(station)
        trips = [(box, trip) for box in boxes if box.sender is not None for trip in box.ledger.trips()]
        box, trip = trips[-1] if trips else (boxes[0], None)
        number = trip.number if trip is not None else 1
        receipt = Receipt(
            FORMAT, number + 1, station, world.store.incarnation, Verdict.POSITION, 0, list(box.reader.heads())
        )
        content = encode_receipt(receipt)
        message = encode_envelope("receipt", content, world.liar.sign(receipt_message(content)))
        down = Down(FORMAT, station, key_id(world.county_public), number, START_MS, [message])
        return encode_down(down, world.liar.sign)

    # the county's desk

    def carry_in(self, stick: Stick) -> None:
        """As `county carry-in`: put an answer beside every file that can be read; mark the stick anew if need be."""
        for name, data in stick.files().items():
            if name.endswith(".up.yyt") and not name.startswith("."):
                self._answer(stick, data)
        try:
            read_mark(stick.files()[MARK_NAME], county=self.world.county_public, verify=self.world.county_check)
        except (CarryRefused, KeyError):
            self._mark(stick)

    def _answer(self, stick: Stick, data: bytes) -> None:
        world = self.world
        try:
            up = open_up(data, self.sealing)
            answers = self._answers(up)
        except (CarryRefused, LogUnavailable):
            return
        if Verdict.LATER in answers.verdicts or up.head.station not in world.attendants:
            return
        world.tally.carried_in += 1
        self._write(stick, up.head.station, up.head.trip, answers.messages)

    def _answers(self, up: Up) -> Answers:
        world = self.world
        now_ms = START_MS + round(world.clockwork.now_s * 1000)
        return answer_trip(up, receive=world.workers[0].receive, lists=world.lists.answer, now_ms=now_ms)

    def carry_out(self, stick: Stick) -> None:
        """As `county carry-out`: the lists each station lacks, behind the receipts that are there."""
        world = self.world
        for station in world.attendants:
            lacked = world.lists.lacked(station, sorted(world.lists.held.get(station, ())))
            if lacked:
                receipts, trip = self._receipts(stick, station)
                lists = [encode_list(world.lists.newest[each[:2]]) for each in lacked]
                self._write(stick, station, trip, [*receipts, *lists])

    def _receipts(self, stick: Stick, station: str) -> tuple[list[bytes], int]:
        """The receipts in the file that is there, and the trip they answer."""
        world, found = self.world, stick.files().get(down_name(station))
        if found is None:
            return [], 0
        try:
            down = read_down(found, station=station, county=world.county_public, verify=world.county_check)
        except CarryRefused:
            return [], 0
        return [each for each in down.messages if open_envelope(each)[0] == "receipt"], down.trip

    def _write(self, stick: Stick, station: str, trip: int, messages: list[bytes]) -> None:
        world = self.world
        now_ms = START_MS + round(world.clockwork.now_s * 1000)
        down = Down(FORMAT, station, key_id(world.county_public), trip, now_ms, messages)
        stick.put(down_name(station), encode_down(down, world.county_sign))

    # the end

    def come_round(self) -> None:
        """A station without a link gets everything confirmed by sticks alone; raises Violation."""
        world = self.world
        boxes = [box for box in world.live if box.station in world.unlinked]
        if not boxes:
            return
        stick = self._made(len(self._sticks))
        for _ in range(ROUNDS):
            # Time passes between two rounds, not behind the last: what is written then has not been on a stick.
            world.advance(HOUR_S)
            for box in boxes:
                serve(box, stick)
                world.clerk.look_over()
                self.carry_in(stick)
                serve(box, stick)
        for box in boxes:
            for head in box.reader.heads():
                must(box.ledger.known(head.chain) == (head, world.store.incarnation), f"{box.name}: not by stick alone")
            must(not world.lists.lacked(box.station, box.ledger.held()), f"{box.name}: a list is not down by stick")

    def close(self) -> None:
        """Throw the sticks away."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


def serve(box: "Box", stick: Stick) -> None:
    """A stick is plugged in, looked at more than once, and taken out; the power may go in the midst of it."""
    world = box.world
    if box.sender is None:
        return
    place = world.sticks.folder / box.name
    place.mkdir(exist_ok=True)
    draws = world.chance("stick_cut")
    cut = draws.choice(["drawn", "packed", "written"]) if world.happens("stick_cut") else ""
    if world.happens("stick_full"):
        (stick.folder / f".{up_name(box.station)}.new").mkdir(exist_ok=True)

    def drawn() -> int:
        _jolt(cut == "drawn")
        return box.draws.getrandbits(61) + 1

    def wall_ms() -> int:
        _jolt(cut == "packed")
        return box.wall_ms()

    courier = world.parts.courier(
        station=box.station,
        key=box.key,
        county_key=world.county_public,
        sealing_key=world.sticks.sealing_key,
        journal=box.reader,
        link=box.ledger,
        wall_ms=wall_ms,
        draw=drawn,
        make_check=world.verifiers,
    )
    watch = StickWatch(f"{place}/*", courier, lambda line: box.say(line.replace(str(world.sticks.folder), "")))
    plugged = stick.folder.rename(place / MOUNT)
    try:
        watch.look()
        trips = box.ledger.trips()
        watch.look()
        must(box.ledger.trips() == trips, "a stick was served twice")
        _jolt(cut == "written")
    except PowerCut:
        box.say("power cut while a stick is served")
        box.power_off(draws.choice([1.0, 600.0]))
    finally:
        plugged.rename(stick.folder)
    box.lists_came()


def _jolt(now: bool) -> None:
    if now:
        raise PowerCut
