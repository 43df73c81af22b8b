"""What each fault of stations and county does, and how all of them end. Names and rates stand in `weather.py`."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from tests.world.card import Card
from tests.world.weather import COUNTY, DAY_S, EVENTS, NEED_IMAGES

if TYPE_CHECKING:
    from tests.world.box import Box
    from tests.world.world import World

YEAR_MS = 365 * DAY_S * 1000.0
SHORT_S = (5.0, 120.0, 3600.0, 20_000.0)


def schedule(world: "World") -> None:
    """Set every fault of this world going."""
    for name, rate in world.weather.rates.items():
        if name in EVENTS:
            for station in world.attendants:
                _every(world, name, rate, partial(_at_station, world, name, station))
        elif name in COUNTY:
            _every(world, name, rate, partial(_HAPPENS_COUNTY[name], world))
    if NEED_IMAGES & world.weather.rates.keys():
        _regularly(world, world.weather.image_s, partial(_take_images, world))
    if "restored" in world.weather.rates:
        _take_backup(world)
        _regularly(world, world.weather.image_s, partial(_take_backup, world))


def calm(world: "World") -> None:
    """Repair everything; nothing goes wrong from here on."""
    world.broker_down_until_s = world.county_cut_until_s = world.county_mute_until_s = 0.0
    world.store.gone = world.store.read_only = False
    world.store.revoked.clear()
    for box in world.live:
        box.cut_until_s = box.mute_until_s = box.deaf_until_s = box.barred_until_s = 0.0
        _set_full(box, full=False)
        if box.agent is not None:
            box.wire.cut_in = None  # a cut that was to come goes no more
        box.power_on()
        box.start_agent()
        box.start_sync()
        box.connect()


def _every(world: "World", name: str, rate: float, act: Callable[[], None]) -> None:
    """Let something happen again and again while there are faults."""
    draws, mean_s = world.chance(name), world.weather.drawn_days * DAY_S / rate

    def once() -> None:
        if world.faulty:
            world.count(name)
            act()
            world.clockwork.after(draws.expovariate(1.0 / mean_s), once)

    world.clockwork.after(draws.expovariate(1.0 / mean_s), once)


def _regularly(world: "World", period_s: float, act: Callable[[], None]) -> None:
    def once() -> None:
        if world.faulty:
            act()
            world.clockwork.after(period_s, once)

    world.clockwork.after(0.0, once)


def _at_station(world: "World", name: str, station: str) -> None:
    """Let a fault happen to one of a station's computers."""
    boxes = world.boxes_of(station)
    if not boxes:
        return
    box = world.chance(name).choice(boxes)
    box.say(name)
    _HAPPENS[name](box)


def _duration_s(box: "Box", name: str, *choices: float) -> float:
    draws = box.world.chance(name)
    return draws.choice(choices or SHORT_S) * draws.uniform(0.5, 1.5)


def _until_s(box: "Box", name: str, *choices: float) -> float:
    return box.clock() + _duration_s(box, name, *choices)


def _cut(box: "Box") -> None:
    box.cut_until_s = max(box.cut_until_s, _until_s(box, "station_cut"))
    box.world.clockwork.after(box.world.chance("station_cut").uniform(0.0, 60.0), box.hang_up)


def _weeks(box: "Box") -> None:
    box.cut_until_s = max(box.cut_until_s, _until_s(box, "weeks_away", 7 * DAY_S, 20 * DAY_S, 50 * DAY_S))
    box.hang_up()


def _mute(box: "Box") -> None:
    box.mute_until_s = _until_s(box, "station_mute")


def _deaf(box: "Box") -> None:
    box.deaf_until_s = _until_s(box, "station_deaf")


def _certificate(box: "Box") -> None:
    box.barred_until_s = _until_s(box, "certificate", 7200.0, DAY_S, 3 * DAY_S)
    box.hang_up()


def _revoke(box: "Box") -> None:
    world, station = box.world, box.station
    world.store.revoked.add(station)
    world.clockwork.after(_duration_s(box, "key_revoked", 7200.0, DAY_S), partial(world.store.revoked.discard, station))


def _power(box: "Box") -> None:
    draws = box.world.chance("power_cut")
    if draws.random() < 0.6 and box.agent is not None:
        box.wire.cut(draws.randint(1, 12), late=draws.random() < 0.5)
    else:
        box.power_off(_duration_s(box, "power_cut"))


def _kill_agent(box: "Box") -> None:
    if box.agent is not None and box.world.chance("agent_killed").random() < 0.3:
        box.act(lambda agent: agent.flush())
        box.check_books()
    box.kill_agent()
    box.world.clockwork.after(5.0, box.start_agent)


def _kill_sync(box: "Box") -> None:
    box.kill_sync()
    box.world.clockwork.after(5.0, box.start_sync)


def _lose_link(box: "Box") -> None:
    box.kill_sync()
    for table in ("confirmed", "trouble", "list", "contact", "trip"):
        box.card.link.execute(f"DELETE FROM {table}")
    box.link_was_lost = box.minds_what_is_gone = True
    box.world.clockwork.after(5.0, box.start_sync)


def _set_full(box: "Box", *, full: bool) -> None:
    box.full = full
    if box.agent is not None:
        box.wire.full = full


def _fill(box: "Box") -> None:
    _set_full(box, full=True)
    box.world.clockwork.after(_duration_s(box, "card_full", 60.0, 3600.0, DAY_S / 2), partial(_empty, box))


def _empty(box: "Box") -> None:
    _set_full(box, full=False)
    box.check_books()


def _old_image(box: "Box") -> None:
    """The card of a while ago goes into the same computer."""
    kept = box.world.images.get(box.station)
    if kept is None:
        return
    image, hardware = kept
    _replace(box, Card(hardware, image))


def _new_card(box: "Box") -> None:
    """The card of a while ago goes on in a new computer."""
    kept = box.world.images.get(box.station)
    if kept is None:
        return
    number = box.world.tally.happened["new_card"]
    _replace(box, Card(f"{box.station}-pi-{number}", kept[0]))


def _replace(box: "Box", card: Card) -> None:
    world = box.world
    box.power_off()
    box.retired = True
    world.witness.torn |= box.card.hashes() - card.hashes()
    world.clockwork.after(world.chance("replace").uniform(0.0, 3600.0), partial(_arrive_with, world, box, card))
    box.card.close()


def _arrive_with(world: "World", old: "Box", card: Card) -> None:
    made = world.add_box(old.station, card)
    made.link_was_lost = old.link_was_lost
    made.full = False


def _twin(box: "Box") -> None:
    """A copy of the card runs in a second computer that looks the same to the program."""
    world = box.world
    if len(world.boxes_of(box.station)) > 1:
        return
    copy = Card(box.card.hardware, box.card.image())
    made = world.add_box(box.station, copy)
    made.link_was_lost = box.link_was_lost
    draws = world.chance("twin")
    # Not for long: two clients of one name throw each other out of the broker every minute.
    world.clockwork.after(draws.choice([600.0, 3600.0, DAY_S / 2]), partial(_retire, made))


def _retire(box: "Box") -> None:
    """A computer is taken away, with what is on its card."""
    if box.retired or not box.world.faulty or len(box.world.boxes_of(box.station)) < 2:
        return
    box.power_off()
    box.retired = True
    box.world.witness.torn |= box.card.hashes()
    box.card.close()


def _clock_jump(box: "Box") -> None:
    draws = box.world.chance("clock_jump")
    box.set_clock(draws.choice([-1.0, 1.0]) * draws.choice([2000.0, 86_400_000.0, 20 * YEAR_MS]) * draws.random())


def _clock_1970(box: "Box") -> None:
    box.has_clock_chip = False


def _clock_drift(box: "Box") -> None:
    box.drift = box.world.chance("clock_drift").uniform(-0.01, 0.01)


_HAPPENS: dict[str, Callable[["Box"], None]] = {
    "station_cut": _cut,
    "station_mute": _mute,
    "station_deaf": _deaf,
    "weeks_away": _weeks,
    "certificate": _certificate,
    "key_revoked": _revoke,
    "power_cut": _power,
    "agent_killed": _kill_agent,
    "sync_killed": _kill_sync,
    "link_gone": _lose_link,
    "card_full": _fill,
    "old_image": _old_image,
    "new_card": _new_card,
    "twin": _twin,
    "clock_jump": _clock_jump,
    "clock_1970": _clock_1970,
    "clock_drift": _clock_drift,
}


def _take_images(world: "World") -> None:
    for station in world.attendants:
        box = world.boxes_of(station)[:1]
        if box and (station not in world.images or world.chance("images").random() < 0.5):
            world.images[station] = (box[0].card.image(), box[0].card.hardware)


def _take_backup(world: "World") -> None:
    world.backup = world.store.backup()
    world.lists.keep()


def _county_cut(world: "World") -> None:
    world.say("county_cut")
    world.county_cut_until_s = world.clockwork.now_s + world.chance("county_cut").choice(SHORT_S)


def _county_mute(world: "World") -> None:
    world.say("county_mute")
    world.county_mute_until_s = world.clockwork.now_s + world.chance("county_mute").choice(SHORT_S)


def _broker(world: "World") -> None:
    world.say("broker_restart")
    world.broker_down_until_s = world.clockwork.now_s + world.chance("broker_restart").choice([0.5, 5.0, 300.0])
    for box in world.live:
        box.hang_up()


def _gone(world: "World") -> None:
    world.say("database_gone")
    world.store.gone = True
    world.clockwork.after(world.chance("database_gone").choice(SHORT_S), partial(setattr, world.store, "gone", False))


def _full(world: "World") -> None:
    world.say("database_full")
    world.store.read_only = True
    over = partial(setattr, world.store, "read_only", False)
    world.clockwork.after(world.chance("database_full").choice(SHORT_S), over)


def _restored(world: "World") -> None:
    if world.backup is not None:
        world.say("restored")
        incarnation = world.chance("restored").randbytes(8)
        world.store.restore(world.backup, incarnation)
        world.lists.restore()
        world.witness.restored(world.store)


def _projector(world: "World") -> None:
    world.store.forget_rows()


_HAPPENS_COUNTY: dict[str, Callable[["World"], None]] = {
    "county_cut": _county_cut,
    "county_mute": _county_mute,
    "broker_restart": _broker,
    "database_gone": _gone,
    "database_full": _full,
    "restored": _restored,
    "projector_dies": _projector,
}
