"""The agent and its cold boxes over simulated hours: from loading to an alarm closed by card, on any card and power."""

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from drivers.outages import Opened
from drivers.readings import BadReading, Door, Reason, Temperature
from station_agent.coldchain.boxes import Box
from station_agent.coldchain.profiles import load_profiles
from station_agent.counter.answers import Answer
from station_agent.counter.calibration import CalibrationNote, Calibrations
from station_agent.counter.chilled import WATCH_TABLE, watch_row
from station_agent.counter.decision import Moment
from sync.entry import Header, Lane
from tests.station_agent.counter.desk import OTHER, PARCEL
from tests.station_agent.day import START_S, Day

PLUMS = Box("1", load_profiles()["plum_express"], "t1", door="lid")
"""0 to 5 °C; warns above 5 and alarms above 10 after an hour; recovered after a quarter of an hour."""
COLD_MC, WARM_MC = 3000, 12_000
BADGE = "YYB" + "A" * 40


def anna(text: str, at: Moment) -> str:
    """Badge number 7 is the only good one."""
    del at
    return "7" if text == BADGE else ""


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    """A day with one box of plums."""
    made = Day(tmp_path)
    made.chill(PLUMS, read_badge=anna)
    made.device("t1", "w1_slave", Opened("t1"))
    yield made
    made.close()


def measure(day: Day, minutes: Iterable[int], temperature_mc: int | None) -> None:
    """A look at the thermometer in each of these minutes; None: one without a value."""
    for minute in minutes:
        at_s = START_S + minute * 60
        bad = BadReading(Reason.DISCONNECTED, b"", at_s)
        day.read(minute * 60, "t1", bad if temperature_mc is None else Temperature(temperature_mc, b"", at_s))


def scans(day: Day, minute: float, *codes: str) -> None:
    """Scans a second apart."""
    for number, code in enumerate(codes):
        day.scan(minute * 60 + 1 + number, code)


def boxed(day: Day, lane: Lane, start: str = "") -> list[tuple[Header, dict[str, Any]]]:
    """Entries about the box: those of excursions, and those of the box itself."""
    about = (start,) if start else ("excursion.", "box.")
    return [pair for pair in day.entries(lane) if pair[0].kind.startswith(about)]


def state(day: Day) -> str:
    """How the box stands by the stored row, which must be the one its last entry brings."""
    ((name, _),) = day.journal.rows(WATCH_TABLE)
    entries = [
        (header.since_boot_ms, header.boot, header.sequence, body) for lane in Lane for header, body in boxed(day, lane)
    ]
    carried = [(boot, at, body) for at, boot, _, body in entries if watch_row(body) is not None]
    newest = max(at for boot, at, _ in carried if boot == day.journal.boot)
    rows = [watch_row(body) for boot, at, body in carried if (boot, at) == (day.journal.boot, newest)]
    assert day.journal.rows(WATCH_TABLE)[0] in rows
    assert name == "1"
    cold = day.cold._boxes
    assert cold is not None
    return cold.watches["1"].state.state.value


def test_from_loading_to_an_alarm_that_is_closed_by_card(day: Day) -> None:
    """Goods in, too warm for an hour, an alarm on disk within two seconds; back in range, closed by cause and badge."""
    scans(day, 0, PARCEL, OTHER, "YYCBOX", "YYCBX1", PARCEL, OTHER)
    measure(day, range(1, 20), COLD_MC)
    measure(day, range(20, 84), WARM_MC)
    measure(day, range(84, 102), COLD_MC)
    scans(day, 102, "YYCBOX", "YYCCDOOR", "YYCBX1", BADGE)
    measure(day, range(103, 106), COLD_MC)
    day.run(106 * 60)
    assert [header.kind for header, _ in boxed(day, Lane.CUSTODY, "excursion.")] == [
        f"excursion.{what}" for what in ("opened", "warned", "alarm", "recovered", "closed")
    ]
    (alarm,) = [pair for pair in boxed(day, Lane.CUSTODY) if pair[0].kind == "excursion.alarm"]
    assert alarm[1]["waybills"] == [PARCEL, OTHER]
    assert alarm[0].since_boot_ms - (START_S + 80 * 60) * 1000 <= 2000
    (closed,) = [body for header, body in boxed(day, Lane.CUSTODY) if header.kind == "excursion.closed"]
    assert (closed["cause"], closed["by"], closed["peak_mc"]) == ("door", "7", WARM_MC)
    assert day.said()[-5:] == ["box.recovered", "mode.box", "box.which_alarm", "box.who", "box.closed"]
    assert day.said().count("box.alarm_stay") >= 1
    assert state(day) == "normal"


def test_the_raw_readings_are_kept_beside_what_is_judged(day: Day) -> None:
    """A certified offset decides whether 5.2 °C is out; the block still holds 5.2 °C."""
    notes = Calibrations()
    notes.take(CalibrationNote("t1", -300, "C-7", "Li", date(2023, 1, 1), date(2024, 1, 1)))
    day.chill(PLUMS, calibrations=notes)
    measure(day, range(1, 30), 5200)
    day.run(30 * 60)
    values = [mc for _, body in boxed(day, Lane.TELEMETRY, "box.temperatures") for mc in body["temperature_mc"]]
    assert values == [5200] * 29
    assert boxed(day, Lane.CUSTODY) == []
    assert state(day) == "normal"


def test_an_alarm_on_a_full_card_sounds_and_is_written_later(day: Day) -> None:
    """Nothing is lost, doubled or put out of order while the card takes nothing for two hours."""
    measure(day, range(1, 20), COLD_MC)
    measure(day, range(20, 100), WARM_MC)
    measure(day, range(100, 130), COLD_MC)
    day.at(19.5 * 60, lambda: setattr(day.card, "refuses", "database or disk is full"))
    day.at(125 * 60, lambda: setattr(day.card, "refuses", ""))
    alarms: list[int] = []
    day.at(90 * 60, lambda: alarms.append(day.said().count("box.alarm_stay")))
    day.run(131 * 60)
    assert alarms == [1]
    assert [header.kind for header, _ in boxed(day, Lane.CUSTODY)] == [
        f"excursion.{what}" for what in ("opened", "warned", "alarm", "recovered")
    ]
    assert state(day) == "recovered"


def test_an_alarm_fits_on_a_card_that_has_no_room_for_telemetry(day: Day) -> None:
    """With room for a dozen entries the backlog waits and the alarm does not."""
    measure(day, range(1, 20), COLD_MC)
    measure(day, range(20, 90), WARM_MC)
    day.at(19.5 * 60, lambda: setattr(day.card, "refuses", "database or disk is full"))
    day.at(79 * 60, lambda: setattr(day.card, "refuses", ""))
    day.at(79 * 60, lambda: setattr(day.card, "room", 12))
    day.run(91 * 60)
    kinds = [header.kind for header, _ in boxed(day, Lane.CUSTODY)]
    assert kinds[:3] == ["excursion.opened", "excursion.warned", "excursion.alarm"]
    assert state(day) == "alarm"


def test_a_restart_in_mid_alarm_goes_on_with_it(day: Day) -> None:
    """After a power cut the alarm sounds with the first temperature, the time between is unknown, the goods stay."""
    scans(day, 0, PARCEL, "YYCBOX", "YYCBX1", PARCEL)
    measure(day, range(1, 20), COLD_MC)
    measure(day, range(20, 90), WARM_MC)
    day.run(90 * 60)
    assert state(day) == "alarm"
    again = Day(day.folder, boot="next")
    again.chill(PLUMS, read_badge=anna)
    again.device("t1", "w1_slave", Opened("t1"))
    measure(again, range(1, 3), WARM_MC)
    measure(again, range(3, 21), COLD_MC)
    scans(again, 21, "YYCBOX", BADGE, "YYCBX1", "YYCCPOWER")
    again.run(22 * 60)
    assert again.said() == [
        *("box.alarm_stay", "box.alarm_stay", "box.recovered"),  # repeated after a quarter of an hour
        *("mode.box", "box.badge", "box.why", "box.closed"),
    ]
    closed = boxed(again, Lane.CUSTODY)[-1][1]
    assert (closed["cause"], closed["waybills"], closed["unmeasured"]) == ("power", [PARCEL], 1)
    assert state(again) == "closed"
    again.close()


def test_an_open_door_is_said_and_counted(day: Day) -> None:
    """After two minutes it is said; how long it stood open is in the entry of the excursion it brought."""
    day.device("lid", "door_gpio", Opened("lid"))
    measure(day, range(1, 20), COLD_MC)
    day.read(19.5 * 60, "lid", Door(True, b"", START_S + 19.5 * 60))
    measure(day, range(20, 24), WARM_MC)
    day.read(23.5 * 60, "lid", Door(False, b"", START_S + 23.5 * 60))
    measure(day, range(24, 45), COLD_MC)
    day.run(45 * 60)
    assert day.said() == ["box.door_open"]
    ended = boxed(day, Lane.CUSTODY)[-1]
    assert (ended[0].kind, ended[1]["door_ms"]) == ("excursion.ended", 240_000)


def test_an_unplugged_sensor_is_a_fault_and_a_gap_and_never_a_number(day: Day) -> None:
    """Both are said and recorded with their ends; the block has nulls there, and nothing is out of range."""
    measure(day, range(1, 20), COLD_MC)
    measure(day, range(20, 30), None)
    measure(day, range(30, 35), COLD_MC)
    day.run(35 * 60)
    told = [header.kind for header, _ in boxed(day, Lane.TELEMETRY)]
    assert [kind for kind in told if kind.startswith(("box.fault", "box.gap"))] == [
        *("box.fault", "box.gap", "box.gap_over", "box.fault_over"),
    ]
    assert day.said() == ["box.fault", "box.gap"]
    values = [mc for _, body in boxed(day, Lane.TELEMETRY, "box.temperatures") for mc in body["temperature_mc"]]
    assert values.count(None) == 10
    assert boxed(day, Lane.CUSTODY) == []


def test_what_two_boxes_say_at_once_is_one_answer(day: Day) -> None:
    """A second answer would cut the first off; of a gap and an alarm the alarm is said first, with its colour."""
    day.chill(PLUMS, Box("2", load_profiles()["plum_stored"], "t2"))
    alarm = Answer("box.alarm_stay", {"box": "2", "temperature": "9.0"})
    day.at(10, lambda: day.agent._told((Answer("box.gap", {"box": "1"}), alarm)))
    day.run(200)
    _, told, silent = day.answers
    assert (told.phrase, [each.phrase for each in told.also]) == ("box.alarm_stay", ["box.gap"])
    assert silent.zh == "1 号箱没有温度;2 号箱没有温度"


def test_what_watches_a_box_is_recorded_at_the_start(day: Day) -> None:
    """A block of readings names only its thermometer; this entry says which box that was, and by which rules."""
    day.run(1)
    (body,) = [body for _, body in boxed(day, Lane.TELEMETRY, "box.set_up")]
    assert (body["box"], body["profile"], body["thermometer"], body["door"]) == ("1", "plum_express", "t1", "lid")
    assert body["version"] == load_profiles().version


def test_a_parcel_that_is_fetched_leaves_its_box_in_one_transaction(day: Day) -> None:
    """Taken out before it is handed out, and one act for the undo card."""
    scans(day, 0, PARCEL, "YYCBOX", "YYCBX1", PARCEL, "YYCOUT", PARCEL, "YYCUNDO")
    day.run(60)
    assert day.kinds(Lane.CUSTODY) == [
        *("parcel.received", "box.put", "box.taken", "parcel.collected", "act.undone"),
    ]
    undone = day.entries(Lane.CUSTODY)[-1][1]
    assert len(undone["places"]) == 2
    lying = day.counter.books.chilled.get(PARCEL)
    assert lying is not None
    assert lying.box == "1"
