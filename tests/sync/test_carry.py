"""Carried files: what they hold, what is refused, and that any number of trips in any order ends as the wire would."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from sync.board import Board
from sync.carry import Answers, Back, Load, Taken, answer_trip, pack_trip, take_down
from sync.carry_file import (
    MAX_FILE_BYTES,
    Down,
    Up,
    UpHead,
    encode_down,
    encode_mark,
    encode_up,
    open_up,
    read_down,
    read_mark,
)
from sync.contents import RevokedBadges, pack_content
from sync.entry import FORMAT, ChainId, Lane, key_id
from sync.errors import CarryRefused, Why
from sync.link import LinkFile
from sync.lists import SignedList, encode_list, list_message
from sync.trips import MAX_TRIPS, Trip
from sync.trouble import Trouble
from sync.wire import Verdict, decode_hello, decode_run, open_envelope
from tests.sync.memory import (
    COUNTY_KEY,
    NOW_MS,
    STATION,
    STATION_KEY,
    CheapKey,
    MemoryJournal,
    MemoryLog,
    cheap_verifier,
    make_journal,
    make_log,
    make_receiver,
    make_sender,
)

COUNTY_CHECK = cheap_verifier(COUNTY_KEY.public)
SEALING = X25519PrivateKey.from_private_bytes(bytes(range(32)))
SEALING_PUBLIC = SEALING.public_key().public_bytes_raw()
CUSTODY = ChainId(b"epoch001", Lane.CUSTODY)


class Road:
    """A station with a real link.db, a county, and whatever is carried between them."""

    def __init__(self, folder: Path, journal: MemoryJournal | None = None) -> None:
        self.journal, self.log = journal or make_journal(), make_log()
        self.receiver = make_receiver(self.log)
        self.now_ms = NOW_MS
        self.link = LinkFile(folder / "link.db", lambda: self.now_ms, writable=True)
        self.lists: list[bytes] = []
        self.trips = 0

    def pack(self, max_bytes: int = 1 << 20) -> tuple[int, Load]:
        """The station packs and remembers a trip."""
        self.trips += 1
        number = self.trips * 1_000_000
        load = pack_trip(
            number,
            station=STATION,
            key=STATION_KEY.id,
            sign=STATION_KEY.sign,
            journal=self.journal,
            ledger=self.link,
            max_bytes=max_bytes,
        )
        self.link.set_out(Trip(number, load.requests, self.link.incarnation(), answered=False))
        return number, load

    def answer(self, number: int, messages: list[bytes]) -> tuple[Down, Answers]:
        """The county takes a file and writes its own."""
        up = Up(UpHead(FORMAT, STATION, bytes(8), number, NOW_MS), messages)
        answers = answer_trip(
            up, receive=self.receiver.receive, lists=lambda _station, _payload: list(self.lists), now_ms=NOW_MS
        )
        down = Down(FORMAT, STATION, key_id(COUNTY_KEY.public), number, NOW_MS, answers.messages)
        return down, answers

    def take(self, down: Down) -> Taken:
        """The station takes the county's file."""
        return take_down(
            down,
            station=STATION,
            verify=COUNTY_CHECK,
            journal=self.journal,
            ledger=self.link,
            board=Board(
                station=STATION, key=STATION_KEY.id, sign=STATION_KEY.sign, verify=COUNTY_CHECK, store=self.link
            ),
        )

    def there_and_back(self) -> Taken:
        """A whole trip."""
        return self.take(self.answer(*self.pack_messages())[0])

    def pack_messages(self) -> tuple[int, list[bytes]]:
        """A trip's number and messages."""
        number, load = self.pack()
        return number, load.messages

    def ship(self, rounds: int = 1000) -> None:
        """The live link, for so many messages of the station at most."""
        sender = make_sender(self.journal, self.link, seed=self.trips)  # type: ignore[arg-type]  # any Ledger will do
        waiting = sender.connected(0.0)
        for _ in range(rounds):
            if not waiting:
                return
            waiting = [
                again
                for payload in waiting
                for again in sender.received(self.receiver.receive(STATION, payload, NOW_MS), 0.0)
            ]
            if sender.incarnation is not None:
                self.link.met(sender.incarnation)

    def is_even(self) -> bool:
        """Whether the county has the journal, hash by hash, and the station knows it."""
        return all(
            [set(at) for _, at in sorted(self.log.chains.get((STATION, chain), {}).items())]
            == [{entry.hash} for entry in entries]
            for chain, entries in self.journal.chains.items()
        ) and all(self.link.confirmed(head.chain) == head for head in self.journal.heads())


@pytest.fixture
def road(tmp_path: Path) -> Road:
    return Road(tmp_path, make_journal(3))


def test_a_trip_brings_everything_and_its_receipts(road: Road) -> None:
    """Custody before telemetry, both lanes confirmed by one file down."""
    road.journal.fill(1500)
    road.journal.fill(30, Lane.TELEMETRY)
    number, load = road.pack()
    kinds = [open_envelope(message)[0] for message in load.messages]
    assert kinds == ["hello", "lists", "batch", "batch", "batch"]
    assert (load.requests, load.batches, load.whole) == (4, 3, True)
    lanes = [decode_run(open_envelope(message)[1])[0].chain.lane for message in load.messages[2:]]
    assert lanes == [Lane.CUSTODY, Lane.CUSTODY, Lane.TELEMETRY]
    assert road.link.confirmed(CUSTODY) is None
    assert road.take(road.answer(number, load.messages)[0]) == Taken(Back.ARRIVED, 0)
    assert road.is_even()
    assert road.pack()[1].batches == 0


def test_the_next_trip_starts_behind_what_was_confirmed(road: Road) -> None:
    """And what was packed before and is still under way comes along again, so that a lost stick costs nothing."""
    road.there_and_back()
    road.journal.fill(2)
    firsts = []
    for _ in range(2):
        message = road.pack()[1].messages[-1]
        firsts.append(decode_run(open_envelope(message)[1])[0].first)
    assert firsts == [3, 3]


def test_a_full_file_leaves_the_rest_for_the_next(road: Road) -> None:
    """Custody goes first; what arrived is confirmed, and the next trip goes on behind it."""
    road.journal.fill(5000)
    number, load = road.pack(max_bytes=3_000)
    assert not load.whole
    assert 0 < load.batches < 6
    assert sum(map(len, load.messages)) <= 3_000
    assert road.take(road.answer(number, load.messages)[0]).back is Back.ARRIVED
    assert not road.is_even()
    for _ in range(10):
        road.take(road.answer((packed := road.pack(max_bytes=3_000))[0], packed[1].messages)[0])
    assert road.is_even()


def test_a_file_taken_twice_changes_nothing(road: Road) -> None:
    """At the county its entries are known; at the station the trip is answered."""
    number, load = road.pack()
    first, _ = road.answer(number, load.messages)
    commits = road.log.commits
    again, answers = road.answer(number, load.messages)
    assert road.log.commits == commits
    assert answers.verdicts == [Verdict.POSITION, Verdict.ACCEPTED]
    assert road.take(first).back is Back.ARRIVED
    assert road.take(again).back is Back.BEFORE


def test_an_answer_to_a_trip_nobody_remembers_confirms_nothing(road: Road) -> None:
    """Its lists are taken all the same: they carry the county's own signature."""
    content = pack_content(RevokedBadges([7]))
    signed = COUNTY_KEY.sign(list_message("*", RevokedBadges.LIST, 5, content))
    road.lists = [encode_list(SignedList("*", RevokedBadges.LIST, 5, content, signed))]
    number, load = road.pack()
    down, _ = road.answer(number, load.messages)
    stranger = Down(FORMAT, STATION, down.county, number + 1, NOW_MS, down.messages)
    assert road.take(stranger) == Taken(Back.UNKNOWN, 1)
    assert road.link.confirmed(CUSTODY) is None
    assert road.take(down) == Taken(Back.ARRIVED, 0)


def test_an_older_list_on_a_late_stick_is_passed_over_quietly(road: Road) -> None:
    """Sticks overtake one another; that is no trouble to tell people of."""
    content = pack_content(RevokedBadges([7]))
    messages = [
        encode_list(
            SignedList(
                "*", RevokedBadges.LIST, version, content,
                COUNTY_KEY.sign(list_message("*", RevokedBadges.LIST, version, content)),
            )
        )
        for version in (9, 5)
    ]  # fmt: skip
    for message, new in zip(messages, (1, 0), strict=True):
        assert road.take(Down(FORMAT, STATION, bytes(8), 0, NOW_MS, [message])) == Taken(Back.LISTS_ONLY, new)
    road.link.save()
    assert road.link.troubles() == []


def test_receipts_nobody_signed_confirm_nothing(road: Road) -> None:
    """A whole file with a forged receipt inside: it arrived only in part."""
    number, load = road.pack()
    down, _ = road.answer(number, load.messages)
    forged = [message[:-1] + bytes([message[-1] ^ 1]) for message in down.messages]
    assert road.take(Down(FORMAT, STATION, down.county, number, NOW_MS, forged)).back is Back.PARTLY
    assert road.link.confirmed(CUSTODY) is None


def test_a_receipt_for_another_request_does_not_count(road: Road) -> None:
    """Receipts of one trip in the answer to another: whoever mixes them confirms nothing."""
    first, load = road.pack()
    second, _ = road.pack()
    down, _ = road.answer(first, load.messages)
    assert road.take(Down(FORMAT, STATION, down.county, second, NOW_MS, down.messages)).back is Back.PARTLY
    assert road.link.confirmed(CUSTODY) is None


def test_what_a_county_refuses_is_told(road: Road) -> None:
    """A station nobody registered: partly, and people are told why."""
    road.log.keys.clear()
    assert road.there_and_back().back is Back.PARTLY
    road.link.save()
    assert [noted.trouble for noted in road.link.troubles()] == [Trouble.UNKNOWN_STATION]


def test_an_old_receipt_does_not_confirm_what_a_restored_county_lost(road: Road) -> None:
    """Answered before the county went back to its backup, carried home after the link met the new one."""
    empty = road.log.backup()
    number, load = road.pack()
    old, _ = road.answer(number, load.messages)
    road.log.restore(empty, b"county02")
    road.ship(rounds=1)
    assert road.link.incarnation() == b"county02"
    road.take(old)
    assert road.link.confirmed(CUSTODY) is None
    assert road.there_and_back().back is Back.ARRIVED
    assert road.is_even()


def test_a_restored_county_is_met_on_the_road_too(road: Road) -> None:
    """The first trip after it tells that it lacks what it confirmed; the second carries all of that again."""
    road.there_and_back()
    road.log.restore({}, b"county02")
    road.journal.fill(1)
    assert road.there_and_back().back is Back.PARTLY
    assert road.there_and_back().back is Back.ARRIVED
    assert road.is_even()


def test_a_confirmed_place_that_was_pruned_since_is_no_fork(road: Road) -> None:
    """A receipt that comes home after the link was faster and the card was tidied."""
    number, load = road.pack()
    down, _ = road.answer(number, load.messages)
    road.journal.fill(5)
    road.ship()
    road.journal.pruned = 6
    assert road.take(down).back is Back.ARRIVED
    road.link.save()
    assert road.link.troubles() == []


def test_a_card_that_was_put_back_shows_on_the_road(road: Road) -> None:
    """The county has more than the journal: noted, as on the wire."""
    image = road.journal.image()
    road.journal.fill(2)
    number, load = road.pack()
    down, _ = road.answer(number, load.messages)
    road.journal = image
    road.take(down)
    road.link.save()
    assert [noted.trouble for noted in road.link.troubles()] == [Trouble.ROLLED_BACK]


def test_a_broken_entry_stops_its_own_chain_alone(road: Road) -> None:
    """What is good before it and the other lane are carried; people are told."""
    road.journal.fill(2, Lane.TELEMETRY)
    road.journal.damage(CUSTODY, 1)
    _, load = road.pack()
    assert load.batches == 2
    road.link.save()
    assert [noted.trouble for noted in road.link.troubles()] == [Trouble.BROKEN]


def test_more_chains_than_one_hello_names_are_carried(road: Road) -> None:
    """A station that changed its epoch forty times asks twice."""
    for number in range(40):
        road.journal.open_epoch(number.to_bytes(8, "big"))
    number, load = road.pack()
    hellos = [open_envelope(message)[1] for message in load.messages if open_envelope(message)[0] == "hello"]
    assert [len(decode_hello(content).heads) for content in hellos] == [64, 17]
    assert road.take(road.answer(number, load.messages)[0]).back is Back.ARRIVED
    assert road.is_even()


def test_a_damaged_message_costs_only_itself(road: Road) -> None:
    """The county answers the others and counts it."""
    number, load = road.pack()
    down, answers = road.answer(number, [b"\xc1", *load.messages])
    assert answers.damaged == 1
    assert road.take(down).back is Back.ARRIVED


def test_trips_remembered_are_bounded(road: Road) -> None:
    """The oldest is forgotten; an answer to it confirms nothing."""
    for _ in range(MAX_TRIPS + 3):
        road.now_ms += 1000
        road.pack()
    trips = road.link.trips()
    assert len(trips) == MAX_TRIPS
    assert trips[0].number == 4 * 1_000_000


# files


HEAD = UpHead(FORMAT, STATION, key_id(SEALING_PUBLIC), 7, NOW_MS)


def test_a_sealed_trip_opens_at_the_county_alone() -> None:
    """What went in comes out; nothing of it stands in the file."""
    data = encode_up(HEAD, [b"first message", b"second"], SEALING_PUBLIC)
    assert open_up(data, SEALING) == Up(HEAD, [b"first message", b"second"])
    assert b"first message" not in data


def refused(read: Callable[[], object]) -> Why:
    """Why something is refused."""
    with pytest.raises(CarryRefused) as caught:
        read()
    assert caught.value.hint
    return caught.value.why


def test_a_trip_of_another_county_is_told_from_a_damaged_one() -> None:
    """By the name of the key it is sealed to; a flipped bit anywhere is never taken."""
    data = encode_up(HEAD, [b"message"], SEALING_PUBLIC)
    other = X25519PrivateKey.from_private_bytes(bytes(32))
    assert refused(lambda: open_up(data, other)) is Why.FOREIGN
    for place in range(len(data)):
        flipped = data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :]
        assert refused(lambda flipped=flipped: open_up(flipped, SEALING)) in Why  # type: ignore[misc]
    for length in range(0, len(data), 7):
        assert refused(lambda length=length: open_up(data[:length], SEALING)) is Why.DAMAGED  # type: ignore[misc]


def down_file(key: CheapKey = COUNTY_KEY, station: str = STATION) -> bytes:
    """A file of the county."""
    return encode_down(Down(FORMAT, station, key_id(key.public), 7, NOW_MS, [b"m"]), key.sign)


def read(data: bytes) -> Down:
    """As the station reads it."""
    return read_down(data, station=STATION, county=COUNTY_KEY.public, verify=COUNTY_CHECK)


def test_the_countys_file_is_whole_ours_and_for_us_or_refused() -> None:
    """Another county's, another station's, cut, altered, too large, of another kind: each is told apart."""
    data = down_file()
    assert read(data).messages == [b"m"]
    assert refused(lambda: read(down_file(CheapKey("other")))) is Why.FOREIGN
    assert refused(lambda: read(down_file(station="v002"))) is Why.OTHER_STATION
    assert refused(lambda: read(data[:-1])) is Why.DAMAGED
    assert refused(lambda: read(data.replace(b"\xc4\x01m", b"\xc4\x01n"))) is Why.DAMAGED
    assert refused(lambda: read(bytes(MAX_FILE_BYTES + 1))) is Why.FOREIGN
    assert refused(lambda: read(encode_up(HEAD, [], SEALING_PUBLIC))) is Why.FOREIGN
    newer = encode_down(Down(2, STATION, key_id(COUNTY_KEY.public), 7, NOW_MS, []), COUNTY_KEY.sign)
    assert refused(lambda: read(newer)) is Why.NEWER


def test_a_mark_names_its_county() -> None:
    """Ours is read, another county's and an altered one are not."""
    mark = encode_mark(b"stick001", NOW_MS, county=COUNTY_KEY.public, sign=COUNTY_KEY.sign)

    def look(data: bytes, key: CheapKey = COUNTY_KEY) -> bytes:
        return read_mark(data, county=key.public, verify=cheap_verifier(key.public))

    assert look(mark) == b"stick001"
    assert refused(lambda: look(mark, CheapKey("other"))) is Why.FOREIGN
    assert refused(lambda: look(mark.replace(b"stick001", b"stick002"))) is Why.DAMAGED


# any order


class Roads(RuleBasedStateMachine):
    """Any number of sticks under way, lost, late, taken twice; the link now and then; the county back to its backup."""

    ups = Bundle("ups")
    downs = Bundle("downs")

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.road = Road(Path(self._folder.name))
        self.backup = self.road.log.backup()
        self.restored = 0
        self.highest: dict[tuple[ChainId, bytes], int] = {}

    @rule(custody=st.integers(0, 3), telemetry=st.integers(0, 2))
    def write(self, custody: int, telemetry: int) -> None:
        self.road.journal.fill(custody)
        self.road.journal.fill(telemetry, Lane.TELEMETRY)

    @rule(target=ups, room=st.sampled_from([600, 2000, 1 << 20]))
    def pack(self, room: int) -> tuple[int, list[bytes]]:
        number, load = self.road.pack(max_bytes=room)
        return number, load.messages

    @rule(target=downs, up=ups)
    def county_takes(self, up: tuple[int, list[bytes]]) -> Down:
        return self.road.answer(*up)[0]

    @rule(down=downs)
    def station_takes(self, down: Down) -> None:
        self.road.take(down)

    @rule(up=consumes(ups))
    def lose_on_the_way_there(self, up: tuple[int, list[bytes]]) -> None:
        """A stick that nobody brings."""

    @rule(down=consumes(downs))
    def lose_on_the_way_back(self, down: Down) -> None:
        """An answer that nobody brings."""

    @rule(rounds=st.integers(1, 4))
    def link_is_up(self, rounds: int) -> None:
        self.road.ship(rounds)

    @rule()
    def epoch(self) -> None:
        self.road.journal.open_epoch(len(self.road.journal.chains).to_bytes(8, "big"))

    @rule()
    def back_up(self) -> None:
        self.backup = self.road.log.backup()

    @rule()
    def restore(self) -> None:
        self.restored += 1
        self.road.log.restore(self.backup, b"again%03d" % self.restored)

    @rule()
    def station_starts_again(self) -> None:
        self.road.link.close()
        self.road.link = LinkFile(Path(self._folder.name) / "link.db", lambda: self.road.now_ms, writable=True)

    @invariant()
    def what_is_confirmed_is_committed(self) -> None:
        """By the county as it is now, where the station has heard of it; and never less than before."""
        for head in self.road.journal.heads():
            standing = self.road.link.standing(head.chain)
            if standing is None:
                continue
            incarnation = self.road.link.incarnation()
            assert standing.sequence >= self.highest.get((head.chain, incarnation), -1)
            self.highest[head.chain, incarnation] = standing.sequence
            if incarnation == self.road.log.incarnation:
                assert self.road.log.holds(STATION, standing)

    def teardown(self) -> None:
        """Two more trips, and the county equals the journal: the first may tell that the county was restored."""
        backs = [self.road.there_and_back().back for _ in range(2)]
        assert backs[-1] is Back.ARRIVED
        assert self.road.is_even()
        self.road.link.save()
        assert self.road.link.troubles() == []
        self.road.link.close()
        self._folder.cleanup()


Roads.TestCase.settings = settings(max_examples=20, stateful_step_count=12, deadline=None)
TestRoads = Roads.TestCase


def test_the_log_of_a_test_refuses() -> None:
    """A database that refuses shows in the verdicts, so that the shell writes no answer."""
    log = MemoryLog()
    log.register(STATION, STATION_KEY.public)
    log.refusing = True
    journal = make_journal(1)
    with tempfile.TemporaryDirectory() as folder:
        road = Road(Path(folder), journal)
        road.receiver = make_receiver(log)
        _, answers = road.answer(*road.pack_messages())
        road.link.close()
    assert answers.verdicts == [Verdict.LATER, Verdict.LATER]
