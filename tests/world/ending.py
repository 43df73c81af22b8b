"""The end of a world: after the last fault everything arrives within a bound, and all of it is held against all.

Bound: two questions to an idle county, six answers waited for in vain with the longest rests between, the times to look
and to save, and for each batch outstanding four ways through the air. For lists besides: the rest of the board between
two questions, which it asks an idle county when that is asked where it stands.
"""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from station_agent.counter.books import Books
from station_agent.counter.replaying import Replay
from sync.board import AGAIN_S
from sync.entry import ROOT, ChainId, Lane, Position, walk
from sync.trouble import Trouble
from tests.world.bags import check_bags
from tests.world.box import PLAN
from tests.world.county import rows_of
from tests.world.lists import are_down, check_lists
from tests.world.witness import must

if TYPE_CHECKING:
    from tests.world.box import Box
    from tests.world.world import World

STEP_S = 60.0


def bound_s(world: "World") -> float:
    """Virtual seconds after the last fault within which every entry must have arrived."""
    weather, timers = world.weather, world.weather.timers
    batches = sum(
        math.ceil(head.sequence / weather.batch_entries) + 20 for box in world.live for head in box.reader.heads()
    )
    waits_s = 2 * timers.again_s + 6 * (timers.answer_s + timers.rest_cap_s) + 4 * (weather.look_s + weather.save_s)
    return waits_s + 300.0 + 30_000.0 * ("delayed" in weather.rates) + batches * 4 * (weather.latency_s + 0.1)


def drain(world: "World") -> None:
    """Let time pass until everything is confirmed and every list is down; raises Violation when it takes too long."""
    began_s, bound = world.clockwork.now_s, bound_s(world)
    _wait(world, _is_drained, bound)
    world.tally.drain_s = world.clockwork.now_s - began_s
    # Somebody who is not the first to say so may still have to hear of a fork.
    world.advance(world.weather.timers.again_s * 1.1 + 900.0)
    _wait(world, are_down, AGAIN_S + 2 * world.weather.timers.again_s)
    world.advance(2 * world.weather.save_s + STEP_S)  # what is down is saved, and the agent looks at it
    _wait(world, _is_drained, 2 * bound)


def _wait(world: "World", holds: "Callable[[World, Box], bool]", bound: float) -> None:
    """Let time pass until something holds of every computer."""
    until_s = world.clockwork.now_s + bound
    while not all(holds(world, box) for box in world.live):
        must(world.clockwork.now_s < until_s, f"{holds.__name__} not in {bound:.0f} s: {_undrained(world)}")
        world.clerk.look_over()
        world.advance(STEP_S)


def _is_drained(world: "World", box: "Box") -> bool:
    """Whether this county confirmed all of it."""
    if box.agent is None or box.sender is None or box.agent.waiting:
        return False
    for head in box.reader.heads():
        known = box.ledger.known(head.chain)
        if known is None or known[0] != head or known[1] != world.store.incarnation:
            return False
    return True


def _undrained(world: "World") -> list[object]:
    """What is missing where."""
    found: list[object] = []
    for box in world.live:
        chains = [
            (head.chain.epoch.hex()[:4], head.lane.name, head.sequence, known and known[0].sequence)
            for head in box.reader.heads()
            if (known := box.ledger.known(head.chain)) is None or known[0] != head
        ]
        lists = world.lists.lacked(box.station, box.ledger.held())
        if chains or lists or not _is_drained(world, box):
            found.append((box.name, box.online, box.sender and box.sender.state, box.agent is not None, chains, lists))
    return found


def check(world: "World") -> None:
    """Hold everything against everything."""
    for box in world.live:
        _check_card(world, box)
        box.check_books()
        _check_rebuild(box)
        _check_bags(world, box)
        check_lists(world, box)
    _check_promises(world)
    _check_county(world)
    _check_forks(world)


def _check_card(world: "World", box: "Box") -> None:
    """All of a card is at the county, byte for byte."""
    for head in box.reader.heads():
        places = world.store.chains.get((box.station, head.chain), {})
        first = box.reader.begins_at(head.chain)
        previous = box.reader.hash_at(head.chain, first - 1) if first else ROOT
        must(previous, "what was let go of has no end")
        entries = walk(box.reader.every(head.chain), first=first, previous=previous or ROOT)
        for sequence, entry in enumerate(entries, first):
            must(places.get(sequence, {}).get(entry.hash) == entry, "an entry of the card is not at the county")


def _check_promises(world: "World") -> None:
    """What was answered green is at the county, unless its card was taken out before it could tell."""
    committed = {digest for places in world.store.chains.values() for at in places.values() for digest in at}
    for digest in world.witness.promised:
        must(digest in committed or digest in world.witness.torn, "answered green, and lost")


def _check_county(world: "World") -> None:
    """No gaps, nothing of a stranger, and tables that are what the log says."""
    while world.store.dirty:  # it takes some places of a chain at a time
        world.store.project()
    for key, places in world.store.chains.items():
        must(sorted(places) == list(range(len(places))), f"{key}: a place is missing")
        rows = rows_of(key, places, 0, len(places) - 1)
        kept = {place: row for place, row in world.store.rows.items() if place[:2] == key}
        must(kept == rows, f"{key}: the tables are not what the log says")


def _check_forks(world: "World") -> None:
    """A fork is found: somebody heard of it, and nobody goes on writing in a history that has another end."""
    for (station, chain), places in world.store.chains.items():
        if any(len(at) > 1 for at in places.values()):
            world.tally.forks += 1
            must(_is_heard_of(world, station, chain) or not _ends_here(world, station, chain), "a fork nobody heard of")
    for station in world.attendants:
        ends: dict[ChainId, Position] = {}
        for box in world.boxes_of(station):
            for head in box.reader.heads():
                if box.agent is not None and head.chain.epoch == box.agent.epoch:
                    _check_end(world, box, head.chain, head.sequence)
                    must(ends.setdefault(head.chain, head) == head, "two computers write in one history")


def _is_heard_of(world: "World", station: str, chain: ChainId) -> bool:
    """Whether a station was ever told of a fork, or the file that says so was lost."""
    boxes = [box for box in world.boxes if box.station == station]
    noted = {trouble for box in boxes for trouble, about in box.noted if about == chain}
    return bool(noted & {Trouble.FORK, Trouble.ROLLED_BACK}) or any(box.link_was_lost for box in boxes)


def _check_end(world: "World", box: "Box", chain: ChainId, last: int) -> None:
    """The history a station writes in has no other end beyond its own.

    One as long as its own may be another's, who turned away: this station hears of it with its next entry.
    """
    places = world.store.chains.get((box.station, chain), {})
    must(len(places) - 1 <= last, "the county knows more of the present history than the station")
    rival = len(places.get(last, {})) > 1
    must(not rival or _is_heard_of(world, box.station, chain), "the head has a rival nobody heard of")


def _ends_here(world: "World", station: str, chain: ChainId) -> bool:
    """Whether a living computer has a rival of its own in this chain."""
    return any(head.chain == chain for box in world.boxes_of(station) for head in box.reader.heads())


def _check_bags(world: "World", box: "Box") -> None:
    """Every bag is in exactly one place by the books of its station, whatever happened within its handovers."""
    if box.agent is not None:
        head = next(h for h in box.reader.heads() if h.chain == ChainId(box.agent.epoch, Lane.CUSTODY))
        check_bags(box.agent.books, world.witness.history(head.hash), box.name)


def _check_rebuild(box: "Box") -> None:
    """The rows made from the latest snapshot and the entries behind it, or from all of them, are those on the card."""
    replay = Replay(Books(PLAN), box.reader.start())
    for _ in replay.begin():
        pass
    for head in box.reader.heads():
        for entry in box.reader.every(head.chain):
            replay.take(entry)
    for table, rows in replay.rows().items():
        must(sorted(box.reader.rows(table)) == rows, f"{box.name}: {table} made from the entries is another one")
