"""Both ends joined in memory: the rows of both tables, cell by cell. `test_chaos.py` is the other half."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from sync.entry import FORMAT, MAX_BATCH_BODY_BYTES, ROOT, ChainId, Lane, Personal, Position
from sync.errors import MalformedMessage
from sync.receiver import Receiver, judge
from sync.sender import GAPS, MISSES, Sender, State, Timers
from sync.trouble import Trouble
from sync.wire import (
    MAX_CHAINS,
    MAX_ENTRIES,
    MAX_MESSAGE_BYTES,
    Hello,
    Receipt,
    Run,
    Verdict,
    decode_hello,
    decode_receipt,
    decode_run,
    encode_envelope,
    encode_hello,
    encode_receipt,
    encode_run,
    head_message,
    hello_message,
    open_envelope,
    receipt_message,
)
from tests.sync.memory import (
    COUNTY_KEY,
    STATION,
    STATION_KEY,
    CheapKey,
    MemoryJournal,
    MemoryLedger,
    MemoryLog,
    make_journal,
    make_log,
    make_receiver,
    make_sender,
)

CUSTODY = ChainId(b"epoch001", Lane.CUSTODY)
TELEMETRY = ChainId(b"epoch001", Lane.TELEMETRY)


@dataclass
class Pair:
    """A station and a county that hear each other at once; every message is kept."""

    journal: MemoryJournal = field(default_factory=make_journal)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    log: MemoryLog = field(default_factory=make_log)
    batch_entries: int = MAX_ENTRIES
    sent: list[bytes] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.receiver: Receiver = make_receiver(self.log)
        self.restart()

    def restart(self) -> None:
        """A new `station sync`."""
        self.sender: Sender = make_sender(self.journal, self.ledger, batch_entries=self.batch_entries)

    def county(self, payload: bytes) -> bytes:
        """What the county answers."""
        receipt = self.receiver.receive(STATION, payload, 0)
        self.verdicts.append(decode_receipt(open_envelope(receipt)[1]).verdict)
        return receipt

    def talk(self, payloads: list[bytes], now_s: float = 0.0, limit: int = 1000) -> None:
        """Carry messages to and fro until both are silent, at most `limit` times."""
        while payloads and limit:
            assert len(payloads) == 1
            self.sent.extend(payloads)
            payloads = self.sender.received(self.county(payloads[0]), now_s)
            limit -= 1

    def connect(self, now_s: float = 0.0) -> None:
        """Connect and talk until silent."""
        self.talk(self.sender.connected(now_s), now_s)

    def runs(self) -> list[Run]:
        """The batches sent so far."""
        opened = [open_envelope(payload) for payload in self.sent]
        return [decode_run(content)[0] for kind, content, _ in opened if kind == "batch"]

    def hellos(self) -> list[Hello]:
        """The hellos sent so far."""
        opened = [open_envelope(payload) for payload in self.sent]
        return [decode_hello(content) for kind, content, _ in opened if kind == "hello"]

    def arrived(self, chain: ChainId = CUSTODY) -> int:
        """How many entries of the journal's own branch the county holds from the first on."""
        places = self.log.chains.get((STATION, chain), {})
        mine = self.journal.chains.get(chain, [])
        return sum(1 for place, entry in enumerate(mine) if entry.hash in places.get(place, {}))


def reply(
    payload: bytes,
    verdict: Verdict,
    positions: list[Position],
    *,
    key: CheapKey = COUNTY_KEY,
    station: str = STATION,
    incarnation: bytes = b"county01",
    request: int | None = None,
) -> bytes:
    """A receipt for a message, as the test wants it."""
    kind, content, _ = open_envelope(payload)
    asked = decode_hello(content).request if kind == "hello" else decode_run(content)[1]
    receipt = Receipt(FORMAT, asked if request is None else request, station, incarnation, verdict, 0, positions)
    packed = encode_receipt(receipt)
    return encode_envelope("receipt", packed, key.sign(receipt_message(packed)))


def unknown(chain: ChainId) -> Position:
    """A chain nobody knows."""
    return Position(*chain, -1, ROOT)


def waiting(entries: int = 3, *, batch_entries: int = MAX_ENTRIES) -> tuple[Pair, bytes]:
    """A pair whose sender waits for the answer to its first batch, and that batch."""
    pair = Pair(make_journal(entries), batch_entries=batch_entries)
    hello = pair.sender.connected(0.0)[0]
    batch = pair.sender.received(pair.county(hello), 0.0)[0]
    return pair, batch


# The sender's table


def test_offline_nothing_is_sent() -> None:
    """Before a connection neither time nor entries nor messages make the sender speak."""
    pair = Pair(make_journal(3))
    assert pair.sender.state is State.OFFLINE
    assert pair.sender.deadline_s is None
    assert pair.sender.tick(1e9) == []
    assert pair.sender.received(b"\x93\xa1x\xc4\x00\xc4\x00", 0.0) == []


def test_connected_asks() -> None:
    """A connection is answered with one hello that names every head."""
    pair = Pair(make_journal(3))
    hello = decode_hello(open_envelope(pair.sender.connected(5.0)[0])[1])
    assert pair.sender.state is State.ASKING
    assert pair.sender.deadline_s == 15.0
    assert hello.heads == pair.journal.heads()


def test_an_empty_journal_asks_too() -> None:
    """With nothing to send the hello shows whether a county listens; then the sender is ready."""
    pair = Pair()
    pair.connect(1.0)
    assert pair.sender.state is State.READY
    assert pair.sender.heard_s == 1.0


def test_asking_then_position_sends_what_waits() -> None:
    """The county's position starts the first batch, at the first entry it lacks."""
    pair, batch = waiting(5)
    run, _ = decode_run(open_envelope(batch)[1])
    assert pair.sender.state is State.WAITING
    assert (run.first, len(run.entries)) == (0, 5)


def test_accepted_confirms_and_goes_on() -> None:
    """Batch after batch until the head is confirmed; then the sender is ready and silent."""
    pair = Pair(make_journal(25), batch_entries=10)
    pair.connect()
    assert [(run.first, len(run.entries)) for run in pair.runs()] == [(0, 10), (10, 10), (20, 5)]
    assert pair.ledger.confirmed(CUSTODY) == pair.journal.heads()[0]
    assert pair.sender.state is State.READY
    assert pair.sender.waiting() == []


def test_ready_and_new_entries_send() -> None:
    """What is written later goes out at the next tick."""
    pair = Pair(make_journal(1))
    pair.connect()
    pair.journal.fill(2)
    pair.talk(pair.sender.tick(1.0))
    assert pair.arrived() == 3


def test_waiting_sends_nothing_more() -> None:
    """While a batch is outstanding neither ticks nor entries bring another."""
    pair, _ = waiting()
    pair.journal.fill(5)
    assert pair.sender.tick(1.0) == []


@pytest.mark.parametrize("state", [State.ASKING, State.WAITING])
def test_an_overdue_answer_makes_it_rest_and_ask_again(state: State) -> None:
    """No answer: rest, then ask where the county stands; nothing else is tried before."""
    pair = Pair(make_journal(3))
    hello = pair.sender.connected(0.0)[0]
    if state is State.WAITING:
        pair.sender.received(pair.county(hello), 0.0)
    assert pair.sender.state is state
    assert pair.sender.tick(10.0) == []
    assert pair.sender.state is State.RESTING
    assert pair.sender.deadline_s is not None
    assert pair.sender.deadline_s <= 11.0
    pair.talk(pair.sender.tick(pair.sender.deadline_s))
    assert pair.arrived() == 3


@pytest.mark.parametrize("state", [State.ASKING, State.WAITING])
def test_an_answer_after_we_gave_up_is_still_good(state: State) -> None:
    """A county slower than our patience makes progress: its word counts until we ask again."""
    pair = Pair(make_journal(3))
    message = pair.sender.connected(0.0)[0]
    if state is State.WAITING:
        message = pair.sender.received(pair.county(message), 0.0)[0]
    receipt = pair.county(message)
    pair.sender.tick(10.0)
    pair.talk(pair.sender.received(receipt, 10.0))
    assert pair.arrived() == 3
    assert pair.sender.state is State.READY


def test_an_answer_counts_once() -> None:
    """The same receipt again, delivered twice by the broker, changes nothing."""
    pair, batch = waiting()
    receipt = pair.county(batch)
    pair.sender.received(receipt, 0.0)
    assert pair.sender.received(receipt, 0.0) == []
    assert pair.sender.state is State.READY


def test_later_twice_is_one_rest() -> None:
    """A doubled refusal does not draw a second rest."""
    pair, batch = waiting()
    receipt = reply(batch, Verdict.LATER, [])
    pair.sender.received(receipt, 0.0)
    deadline_s = pair.sender.deadline_s
    pair.sender.received(receipt, 0.5)
    assert pair.sender.deadline_s == deadline_s


@pytest.mark.parametrize(
    ("verdict", "noted"),
    [
        (Verdict.LATER, set()),
        (Verdict.BAD_SIGNATURE, {(Trouble.REFUSED, None)}),
        (Verdict.UNKNOWN_STATION, {(Trouble.UNKNOWN_STATION, None)}),
    ],
)
def test_a_refused_hello_rests(verdict: Verdict, noted: set[tuple[Trouble, ChainId | None]]) -> None:
    """Each refusal of a hello is rested on, and what people must mend is noted."""
    pair = Pair(make_journal(3))
    hello = pair.sender.connected(0.0)[0]
    assert pair.sender.received(reply(hello, verdict, []), 0.0) == []
    assert pair.sender.state is State.RESTING
    assert pair.ledger.troubles == noted


@pytest.mark.parametrize(
    ("verdict", "noted"),
    [
        (Verdict.LATER, set()),
        (Verdict.BAD_SIGNATURE, {(Trouble.REFUSED, CUSTODY)}),
        (Verdict.UNKNOWN_STATION, {(Trouble.UNKNOWN_STATION, None)}),
    ],
)
def test_a_refused_batch_rests(verdict: Verdict, noted: set[tuple[Trouble, ChainId | None]]) -> None:
    """Each refusal of a batch is rested on, with the chain it is about; nothing is confirmed."""
    pair, batch = waiting()
    head = pair.journal.heads()
    assert pair.sender.received(reply(batch, verdict, head), 0.0) == []
    assert pair.sender.state is State.RESTING
    assert pair.ledger.troubles == noted
    assert pair.ledger.confirmed(CUSTODY) is None


def test_another_incarnation_is_asked_anew() -> None:
    """A county restored while we talk: its receipt confirms nothing before it was asked where it stands."""
    pair, batch = waiting()
    receipt = reply(batch, Verdict.ACCEPTED, pair.journal.heads(), incarnation=b"county02")
    assert pair.sender.received(receipt, 0.0) == []
    assert pair.sender.state is State.RESTING
    assert pair.ledger.confirmed(CUSTODY) is None


def test_gap_goes_on_where_the_county_says() -> None:
    """A county that lost entries without saying so gets them again from its own place."""
    pair = Pair(make_journal(6), batch_entries=2)
    hello = pair.sender.connected(0.0)[0]
    batch = pair.sender.received(pair.county(hello), 0.0)[0]
    second = pair.sender.received(pair.county(batch), 0.0)[0]
    pair.log.chains.clear()
    pair.talk([second])
    assert Verdict.GAP in pair.verdicts
    assert pair.arrived() == 6


def test_disconnected_forgets() -> None:
    """After a cut the county is asked again, and an answer to the old question is nothing."""
    pair, batch = waiting()
    receipt = pair.county(batch)
    pair.sender.disconnected()
    assert pair.sender.deadline_s is None
    assert pair.sender.received(receipt, 0.0) == []
    pair.connect()
    assert len(pair.hellos()) == 1
    assert pair.runs() == []
    assert pair.ledger.confirmed(CUSTODY) == pair.journal.heads()[0]


def test_a_silent_station_asks_again() -> None:
    """With nothing to send, a county restored from its backup is noticed within a quarter of an hour."""
    pair = Pair(make_journal(4))
    pair.connect()
    pair.log.restore({}, b"county02")
    assert pair.sender.deadline_s == 900.0
    assert pair.sender.tick(899.0) == []
    assert pair.sender.deadline_s == 900.0
    pair.talk(pair.sender.tick(900.0), 900.0)
    assert pair.arrived() == 4


@pytest.mark.parametrize(
    "forge",
    [
        lambda batch, head: reply(batch, Verdict.ACCEPTED, head, key=CheapKey("liar")),
        lambda batch, head: reply(batch, Verdict.ACCEPTED, head, station="v002"),
        lambda batch, head: reply(batch, Verdict.ACCEPTED, head, request=3),
        lambda batch, _: batch,
        lambda _batch, _head: b"",
        lambda _batch, _head: b"\x93\xa7receipt\xc4\x01\x00\xc4\x40" + bytes(64),
    ],
    ids=["wrong key", "another station's", "another request", "a batch", "empty", "no receipt"],
)
def test_what_is_not_our_receipt_is_left_alone(forge: Callable[[bytes, list[Position]], bytes]) -> None:
    """Only a receipt that verifies, is ours and answers our request counts; all else changes nothing."""
    pair, batch = waiting()
    before = pair.sender.state, pair.sender.deadline_s
    assert pair.sender.received(forge(batch, pair.journal.heads()), 1.0) == []
    assert (pair.sender.state, pair.sender.deadline_s) == before
    assert pair.ledger.places == {}


def test_an_acceptance_without_our_head_is_rested_on() -> None:
    """A county that accepts and names no place we sent is not sent the same thing again at once."""
    pair, batch = waiting()
    assert pair.sender.received(reply(batch, Verdict.ACCEPTED, []), 0.0) == []
    assert pair.sender.state is State.RESTING


def test_gaps_without_end_are_rested_on() -> None:
    """A county that contradicts itself is not answered at the speed of the line."""
    pair, batch = waiting(6, batch_entries=2)
    payloads = [batch]
    for _ in range(GAPS):
        assert pair.sender.state is State.WAITING
        payloads = pair.sender.received(reply(payloads[0], Verdict.GAP, [unknown(CUSTODY)]), 0.0)
    assert payloads == []
    assert pair.sender.state is State.RESTING


# Order, size, rests


def test_custody_goes_before_telemetry_and_old_epochs_first() -> None:
    """All of the parcels arrive before the first temperature."""
    pair = Pair(batch_entries=2)
    pair.journal.fill(3, Lane.TELEMETRY)
    pair.journal.fill(3)
    pair.journal.open_epoch(b"epoch002")
    pair.connect()
    order = [(run.chain.lane, run.chain.epoch, run.first) for run in pair.runs()]
    assert order == sorted(order)
    assert pair.sender.waiting() == []


def test_a_chain_opened_later_is_asked_about() -> None:
    """A new epoch costs one question; if the county knows it already nothing is sent twice."""
    pair = Pair(make_journal(3))
    pair.connect()
    pair.journal.open_epoch(b"epoch002")
    run = pair.journal.run(ChainId(b"epoch002", Lane.CUSTODY))
    pair.log.commit(run, run.entries, 0, bytes(64))
    pair.talk(pair.sender.tick(1.0))
    assert [head.epoch for head in pair.hellos()[-1].heads] == [b"epoch002"] * 2
    assert [run.chain for run in pair.runs()] == [CUSTODY, ChainId(b"epoch002", Lane.TELEMETRY)]


def test_more_chains_than_one_hello_can_name() -> None:
    """Every chain is asked about, 64 at a time, and a settled one is not sent again."""
    pair = Pair()
    for number in range(100):
        pair.journal.open_epoch(number.to_bytes(8, "big"))
    pair.connect()
    assert pair.sender.waiting() == []
    assert len(pair.runs()) == 200
    pair.sent.clear()
    pair.sender.disconnected()
    pair.connect()
    assert [len(hello.heads) for hello in pair.hellos()] == [MAX_CHAINS, MAX_CHAINS, MAX_CHAINS, 8]
    assert pair.runs() == []


def test_chains_with_entries_to_send_are_asked_about_first() -> None:
    """Of many chains those that wait stand in the first hello."""
    pair = Pair()
    for number in range(100):
        pair.journal.open_epoch(number.to_bytes(8, "big"))
    pair.connect()
    pair.sender.disconnected()
    pair.journal.fill(1)
    hello = decode_hello(open_envelope(pair.sender.connected(0.0)[0])[1])
    assert hello.heads[0].chain == ChainId((99).to_bytes(8, "big"), Lane.CUSTODY)


def test_one_entry_the_county_cannot_take_holds_up_only_its_chain() -> None:
    """A batch never answered is halved until what is good went through; then the other chains go on."""
    pair = Pair(make_journal(40))
    pair.journal.fill(5, Lane.TELEMETRY)
    poison = pair.journal.chains[CUSTODY][23].hash
    now_s, payloads = 0.0, pair.sender.connected(0.0)
    for _ in range(200):
        run = decode_run(open_envelope(payloads[0])[1])[0] if payloads and pair.sender.state is State.WAITING else None
        if payloads and not (run and poison in {entry.hash for entry in run.entries}):
            payloads = pair.sender.received(pair.county(payloads[0]), now_s)
        else:
            assert pair.sender.deadline_s is not None
            now_s = pair.sender.deadline_s
            payloads = pair.sender.tick(now_s)
    assert pair.arrived(TELEMETRY) == 5
    assert pair.arrived(CUSTODY) == 23


def test_custody_stays_first_after_one_lost_answer() -> None:
    """A single miss does not put a chain behind the others."""
    assert MISSES > 1
    pair, _ = waiting(4)
    pair.journal.fill(4, Lane.TELEMETRY)
    pair.sender.tick(10.0)
    assert pair.sender.deadline_s is not None
    pair.talk(pair.sender.tick(pair.sender.deadline_s))
    assert next(run.chain.lane for run in pair.runs()) is Lane.CUSTODY


def test_rests_grow_until_a_batch_is_taken() -> None:
    """A batch refused again and again is not sent twice a second, though every hello is answered."""
    ceilings = []
    pair = Pair(make_journal(3))
    pair.sender = make_sender(pair.journal, pair.ledger, longest_rests=True)
    now_s, payloads = 0.0, pair.sender.connected(0.0)
    for _ in range(8):
        batch = pair.sender.received(pair.county(payloads[0]), now_s)[0]
        pair.sender.received(reply(batch, Verdict.BAD_SIGNATURE, []), now_s)
        assert pair.sender.deadline_s is not None
        ceilings.append(pair.sender.deadline_s - now_s)
        now_s = pair.sender.deadline_s
        payloads = pair.sender.tick(now_s)
    assert ceilings == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    pair.talk(payloads, now_s)
    assert pair.arrived() == 3
    pair.journal.fill(1)
    batch = pair.sender.tick(now_s)[0]
    pair.sender.received(reply(batch, Verdict.LATER, []), now_s)
    assert pair.sender.deadline_s == now_s + 1.0


def test_a_broker_that_throws_us_out_does_not_reset_the_rests() -> None:
    """Connecting alone is no success: the batch that got us thrown out shrinks."""
    pair = Pair(make_journal(64))
    sizes = []
    for _ in range(4):
        batch = pair.sender.received(pair.county(pair.sender.connected(0.0)[0]), 0.0)[0]
        sizes.append(len(decode_run(open_envelope(batch)[1])[0].entries))
        pair.sender.disconnected()
    assert sizes == [64, 32, 16, 8]


def test_a_batch_of_large_bodies_fits_a_message() -> None:
    """A reader that hands out a thousand large entries does not make a message the county must refuse."""
    pair = Pair()
    for number in range(60):
        noise = (b"%d" % number).ljust(20_000, b"\xc1")
        pair.journal.write(body={"noise": noise}, personal=Personal.of(bytes(16), noise))
    pair.connect()
    assert pair.arrived() == 60
    assert max(map(len, pair.sent)) <= MAX_MESSAGE_BYTES
    for run in pair.runs():
        sizes = [len(entry.body) + 20_000 for entry in run.entries]
        assert sum(sizes) <= MAX_BATCH_BODY_BYTES


# Chains that cannot go on


def test_a_broken_entry_stops_its_chain_alone() -> None:
    """The good prefix is sent, the break is noted once, the other chains go on."""
    pair = Pair(make_journal(10), batch_entries=4)
    pair.journal.fill(4, Lane.TELEMETRY)
    pair.journal.damage(CUSTODY, 6)
    pair.connect()
    assert pair.arrived() == 6
    assert pair.arrived(TELEMETRY) == 4
    assert pair.ledger.troubles == {(Trouble.BROKEN, CUSTODY)}
    assert pair.sender.state is State.READY


def test_a_stalled_chain_is_not_read_again() -> None:
    """Until the county is asked again a broken chain costs nothing, also when it grows."""
    pair = Pair(make_journal(3))
    pair.journal.damage(CUSTODY, 0)
    pair.connect()
    reads = pair.journal.reads
    pair.journal.fill(1)
    assert pair.sender.tick(1.0) == []
    assert pair.journal.reads == reads


def test_entries_gone_from_the_journal_are_missing() -> None:
    """A county that needs what was pruned here is noted as such, not as a broken chain."""
    pair = Pair(make_journal(5))
    pair.journal.pruned = 3
    pair.connect()
    assert pair.ledger.troubles == {(Trouble.MISSING, CUSTODY)}


@pytest.mark.parametrize("what", ["station", "key"])
def test_an_entry_of_another_name_is_not_sent(what: str) -> None:
    """An entry whose header the columns cannot rebuild would have every batch refused; it is noted instead."""
    other = MemoryJournal(STATION_KEY.id, "v002") if what == "station" else MemoryJournal(b"otherkey")
    other.fill(2)
    pair = Pair(make_journal(0))
    pair.journal.chains = other.chains
    pair.connect()
    assert pair.runs() == []
    assert pair.ledger.troubles == {(Trouble.BROKEN, CUSTODY)}


# Forks, restores


def forked(ours: int = 8, theirs: int = 8, common: int = 3) -> Pair:
    """A county that holds another branch, and a station that knows nothing of it."""
    pair = Pair(make_journal(common))
    branch = pair.journal.image()
    branch.writes += 1000
    branch.fill(theirs - common)
    run = branch.run(CUSTODY)
    pair.log.commit(run, run.entries, 0, bytes(64))
    pair.journal.fill(ours - common)
    return pair


@pytest.mark.parametrize(("ours", "theirs"), [(8, 8), (8, 5), (5, 8), (3, 8), (8, 3)])
@pytest.mark.parametrize("batch_entries", [1, 2, 1000])
def test_a_fork_keeps_both_branches(ours: int, theirs: int, batch_entries: int) -> None:
    """Whatever branch is longer, ours arrives whole, theirs stays, and the trouble is noted."""
    pair = forked(ours, theirs)
    pair.batch_entries = batch_entries
    pair.restart()
    pair.connect()
    assert pair.arrived() == ours
    assert pair.sender.waiting() == []
    places = pair.log.chains[STATION, CUSTODY]
    assert [len(places[place]) for place in range(min(ours, theirs))] == [1] * 3 + [2] * (min(ours, theirs) - 3)
    noted = {trouble for trouble, _ in pair.ledger.troubles}
    assert bool(noted) == (theirs > 3)
    if theirs > ours:
        assert Trouble.ROLLED_BACK in noted


def test_a_twin_that_writes_while_we_send_is_noted() -> None:
    """A cloned card comes in between our hello and our batch: the verdict alone tells of the fork."""
    pair = Pair(make_journal(3))
    twin = pair.journal.image()
    twin.writes += 1000
    pair.connect()
    pair.journal.fill(2)
    twin.fill(1)
    run = twin.run(CUSTODY)
    pair.log.commit(run, run.entries, 0, bytes(64))
    pair.talk(pair.sender.tick(1.0))
    assert pair.ledger.troubles == {(Trouble.FORK, CUSTODY)}
    assert pair.arrived() == 5


def test_a_rolled_back_station_with_nothing_to_send_is_noted() -> None:
    """The county ahead of our head, on our own branch: noted, our head confirmed, nothing sent."""
    pair = Pair(make_journal(8))
    card = pair.journal.image()
    pair.connect()
    card.chains = {CUSTODY: pair.journal.chains[CUSTODY][:5]}
    old = Pair(card, log=pair.log)
    old.connect()
    assert old.ledger.troubles == {(Trouble.ROLLED_BACK, CUSTODY)}
    assert old.ledger.confirmed(CUSTODY) == card.heads()[0]
    assert old.runs() == []


def test_a_county_restored_to_the_other_branch_gets_ours_again() -> None:
    """Our branch is confirmed, the backup holds only the other one: everything is sent from the start, and ends."""
    pair = forked(ours=8, theirs=8)
    backup = pair.log.backup()
    pair.connect()
    assert pair.arrived() == 8
    pair.log.restore(backup, b"county02")
    pair.sender.disconnected()
    pair.connect()
    assert pair.arrived() == 8
    assert pair.ledger.places[CUSTODY] == (pair.journal.heads()[0], b"county02")


def test_a_county_restored_to_the_other_branch_while_entries_wait() -> None:
    """The same with more to send: the gap that our last confirmed place runs into leads back to the start."""
    pair = forked(ours=8, theirs=8)
    backup = pair.log.backup()
    pair.connect()
    pair.log.restore(backup, b"county02")
    pair.sender.disconnected()
    pair.journal.fill(4)
    pair.connect()
    assert pair.arrived() == 12
    assert pair.sender.state is State.READY


def test_a_restored_county_gets_what_it_lost() -> None:
    """A new incarnation stands earlier, and the ledger follows it."""
    pair = Pair(make_journal(4))
    pair.connect()
    backup = pair.log.backup()
    pair.journal.fill(6)
    pair.talk(pair.sender.tick(0.0))
    pair.log.restore(backup, b"county02")
    pair.sender.disconnected()
    pair.connect()
    assert pair.arrived() == 10
    assert pair.ledger.places[CUSTODY] == (pair.journal.heads()[0], b"county02")


def test_a_lost_link_file_costs_one_question() -> None:
    """Without memory of what was confirmed nothing is sent twice."""
    pair = Pair(make_journal(10))
    pair.connect()
    pair.sent.clear()
    pair.ledger = MemoryLedger()
    pair.restart()
    pair.connect()
    assert pair.runs() == []
    assert pair.ledger.confirmed(CUSTODY) == pair.journal.heads()[0]


# The receiver's table


def batch_of(run: Run, request: int = 7, key: CheapKey = STATION_KEY) -> bytes:
    """A batch as a station packs it."""
    return encode_envelope("batch", encode_run(run, request), key.sign(head_message(run.station, run.head)))


def hello_of(heads: list[Position], key: CheapKey = STATION_KEY, station: str = STATION) -> bytes:
    """A hello as a station packs it."""
    content = encode_hello(Hello(FORMAT, 7, station, STATION_KEY.id, heads))
    return encode_envelope("hello", content, key.sign(hello_message(content)))


def answered(log: MemoryLog, payload: bytes) -> Receipt:
    """The county's answer, its signature checked."""
    kind, content, signature = open_envelope(make_receiver(log).receive(STATION, payload, 123))
    assert kind == "receipt"
    assert signature == COUNTY_KEY.sign(receipt_message(content))
    receipt = decode_receipt(content)
    assert (receipt.request, receipt.station, receipt.issued_ms) == (7, STATION, 123)
    assert receipt.incarnation == log.incarnation
    return receipt


def test_hello_gives_the_furthest_places() -> None:
    """A hello is answered with one place per chain, -1 for a chain never heard of."""
    journal, log = make_journal(5), make_log()
    answered(log, batch_of(journal.run(CUSTODY, 0, 3)))
    journal.write(Lane.TELEMETRY)
    receipt = answered(log, hello_of(journal.heads()))
    assert receipt.verdict is Verdict.POSITION
    third = journal.chains[CUSTODY][2].hash
    assert receipt.positions == [Position(*CUSTODY, 2, third), unknown(TELEMETRY)]


def test_hello_also_gives_the_place_asked_about() -> None:
    """Where the asked place is committed but is not the furthest, both are given, the furthest first."""
    journal, log = make_journal(5), make_log()
    answered(log, batch_of(journal.run(CUSTODY)))
    asked = Position(*CUSTODY, 2, journal.chains[CUSTODY][2].hash)
    stranger = Position(*CUSTODY, 2, b"x" * 32)
    beyond = Position(*CUSTODY, 9, b"x" * 32)
    tip = journal.heads()[0]
    assert answered(log, hello_of([asked])).positions == [tip, asked]
    assert answered(log, hello_of([stranger])).positions == [tip]
    assert answered(log, hello_of([beyond])).positions == [tip]
    assert answered(log, hello_of([unknown(CUSTODY)])).positions == [tip]
    assert answered(log, hello_of([tip])).positions == [tip]


def test_the_fullest_hello_gets_an_answer_that_can_be_read() -> None:
    """64 chains, two places each: the receipt is within its own bounds."""
    journal, log = make_journal(0), make_log()
    for number in range(MAX_CHAINS // 2):
        journal.open_epoch(number.to_bytes(8, "big"))
        journal.fill(1)
        journal.fill(1, Lane.TELEMETRY)
    for chain in journal.chains:
        answered(log, batch_of(journal.run(chain)))
    asked = [Position(*chain, 0, entries[0].hash) for chain, entries in journal.chains.items()]
    assert len(answered(log, hello_of(asked)).positions) == 2 * MAX_CHAINS


def test_a_batch_is_committed_before_its_receipt() -> None:
    """Accepted means: in the database, exactly these entries."""
    journal, log = make_journal(4), make_log()
    receipt = answered(log, batch_of(journal.run(CUSTODY)))
    assert receipt.verdict is Verdict.ACCEPTED
    assert receipt.positions == journal.heads()
    kept = [next(iter(at.values())) for at in log.chains[STATION, CUSTODY].values()]
    assert kept == journal.chains[CUSTODY]


def test_the_same_batch_again_commits_nothing() -> None:
    """A worker that died after its commit leaves a batch that is answered again, without another commit."""
    journal, log = make_journal(4), make_log()
    first = answered(log, batch_of(journal.run(CUSTODY)))
    assert answered(log, batch_of(journal.run(CUSTODY))) == first
    assert log.commits == 1


def test_only_what_is_new_is_committed() -> None:
    """A batch that overlaps what is known commits its end."""
    journal, log = make_journal(6), make_log()
    answered(log, batch_of(journal.run(CUSTODY, 0, 3)))
    assert answered(log, batch_of(journal.run(CUSTODY, 1, 4))).verdict is Verdict.ACCEPTED
    assert log.holds(STATION, Position(*CUSTODY, 4, journal.chains[CUSTODY][4].hash))
    assert sorted(log.chains[STATION, CUSTODY]) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("known", [0, 2])
def test_a_gap_commits_nothing(known: int) -> None:
    """A batch that follows nothing known is answered with where the county stands."""
    journal, log = make_journal(6), make_log()
    if known:
        answered(log, batch_of(journal.run(CUSTODY, 0, known)))
    receipt = answered(log, batch_of(journal.run(CUSTODY, 4, 2)))
    assert receipt.verdict is Verdict.GAP
    tip = Position(*CUSTODY, known - 1, journal.chains[CUSTODY][known - 1].hash) if known else unknown(CUSTODY)
    assert receipt.positions == [tip]
    assert log.commits == (1 if known else 0)


def test_a_branch_that_follows_nothing_known_is_a_gap() -> None:
    """An entry at the place before is not enough: it must be the one this run follows."""
    pair = forked(ours=8, theirs=8)
    assert answered(pair.log, batch_of(pair.journal.run(CUSTODY, 5, 3))).verdict is Verdict.GAP


def test_a_fork_is_told_at_and_right_after_the_fork() -> None:
    """Two entries at one place, or a batch that follows such a place, are told; later batches are plain."""
    pair = forked(ours=12, theirs=8)
    verdicts = [
        answered(pair.log, batch_of(pair.journal.run(CUSTODY, first, count))).verdict
        for first, count in [(0, 3), (3, 2), (5, 3), (8, 2), (10, 2)]
    ]
    fork, fine = Verdict.FORK, Verdict.ACCEPTED
    assert verdicts == [fine, fork, fork, fork, fine]


def test_judge_knows_the_first_place() -> None:
    """At the start of a chain nothing is followed; another first entry is a fork."""
    journal = make_journal(2)
    run = journal.run(CUSTODY)
    assert judge(run, {}).verdict is Verdict.ACCEPTED
    other = judge(run, {0: {b"x" * 32}})
    assert (other.verdict, other.first, other.fresh) == (Verdict.FORK, 0, run.entries)


@pytest.mark.parametrize("hello", [True, False])
def test_a_bad_signature_commits_nothing(hello: bool) -> None:
    """Signed by another key: refused, whatever it says."""
    journal, log, liar = make_journal(2), make_log(), CheapKey("liar")
    message = hello_of(journal.heads(), liar) if hello else batch_of(journal.run(CUSTODY), key=liar)
    receipt = answered(log, message)
    assert (receipt.verdict, receipt.positions, log.commits) == (Verdict.BAD_SIGNATURE, [], 0)


@pytest.mark.parametrize("hello", [True, False])
def test_nobody_of_that_name(hello: bool) -> None:
    """An unknown key is told so, and learns nothing else."""
    journal, log = make_journal(2), MemoryLog()
    receipt = answered(log, hello_of(journal.heads()) if hello else batch_of(journal.run(CUSTODY)))
    assert (receipt.verdict, receipt.positions) == (Verdict.UNKNOWN_STATION, [])


@pytest.mark.parametrize("hello", [True, False])
def test_a_refusing_database_is_later(hello: bool) -> None:
    """Later, and no place is claimed."""
    journal, log = make_journal(2), make_log()
    log.refusing = True
    receipt = answered(log, hello_of(journal.heads()) if hello else batch_of(journal.run(CUSTODY)))
    assert (receipt.verdict, receipt.positions) == (Verdict.LATER, [])


def test_a_full_disk_is_later_for_batches_only() -> None:
    """Where reading works and committing does not, nothing is receipted that is not on disk."""
    journal, log = make_journal(2), make_log()
    log.read_only = True
    assert answered(log, batch_of(journal.run(CUSTODY))).verdict is Verdict.LATER
    assert answered(log, hello_of(journal.heads())).positions == [unknown(CUSTODY)]


def test_a_message_over_another_stations_topic_gets_no_answer() -> None:
    """Nobody speaks in another's name."""
    receiver, journal = make_receiver(make_log()), make_journal(2)
    for message in (hello_of(journal.heads()), batch_of(journal.run(CUSTODY))):
        with pytest.raises(MalformedMessage):
            receiver.receive("v002", message, 0)


@pytest.mark.parametrize("kind", ["receipt", "", "batch ", "grüße"])
def test_a_kind_we_do_not_know_gets_no_answer(kind: str) -> None:
    """Only hello and batch are answered."""
    with pytest.raises(MalformedMessage):
        make_receiver(make_log()).receive(STATION, encode_envelope(kind, b"", bytes(64)), 0)


def test_two_workers_give_one_county() -> None:
    """Batches that reach different workers, one of them twice, make one chain."""
    journal, log = make_journal(6), make_log()
    workers = [make_receiver(log), make_receiver(log)]
    for number, first in enumerate([0, 2, 2, 4]):
        workers[number % 2].receive(STATION, batch_of(journal.run(CUSTODY, first, 2)), 0)
    assert [len(at) for at in log.chains[STATION, CUSTODY].values()] == [1] * 6


def test_timers_are_as_the_readme_says() -> None:
    """What the specification promises of waits."""
    assert Timers() == Timers(answer_s=10.0, again_s=900.0, rest_base_s=1.0, rest_cap_s=60.0)


def test_what_was_packed_while_waiting_goes_out_with_the_receipt() -> None:
    """The county does not wait for the station to read and pack; the entries are those that follow."""
    pair = Pair(make_journal(25), batch_entries=10)
    payloads = pair.sender.connected(0.0)
    while payloads:
        pair.sent.extend(payloads)
        pair.sender.prepare()
        pair.sender.prepare()
        payloads = pair.sender.received(pair.county(payloads[0]), 0.0)
    assert [(run.first, len(run.entries)) for run in pair.runs()] == [(0, 10), (10, 10), (20, 5)]
    assert pair.arrived() == 25


def test_what_was_packed_is_thrown_away_when_the_county_stands_elsewhere() -> None:
    """A gap instead of the expected receipt: what follows is read anew from where the county is."""
    pair = Pair(make_journal(30), batch_entries=10)
    pair.connect()
    pair.journal.fill(20)
    batch = pair.sender.tick(1.0)
    pair.sender.prepare()
    pair.log.chains[STATION, CUSTODY] = {
        place: entries for place, entries in pair.log.chains[STATION, CUSTODY].items() if place < 5
    }
    pair.talk(batch, 1.0)
    assert pair.arrived() == 50
