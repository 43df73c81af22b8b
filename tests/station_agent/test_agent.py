"""The agent's loop: an answer only after the commit, red when the card refuses, and on it goes."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.outages import Crashed, Loss, Lost, Opened, OpeningTail
from drivers.readings import BadReading, Reason, Scan, Temperature
from station_agent.agent import LOOK_S, MAX_WAITING_EVENTS, SETTLE_S
from station_agent.devices import Adopted
from station_agent.errors import JournalDamaged
from station_agent.journal.writer import CHECKPOINT_COMMITS
from station_agent.waiting import MAX_PENDING, RETRY_S, TELEMETRY_S
from sync.entry import ChainId, Lane
from sync.link import LinkFile
from sync.trouble import Trouble
from tests.station_agent.counter.desk import BAG
from tests.station_agent.day import START_S, Day

PARCEL, OTHER = "SF1385628716739", "YT5409924808522"
FULL, BROKEN = "database or disk is full", "disk I/O error"


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    """A day at a station with nothing connected yet."""
    made = Day(tmp_path)
    yield made
    made.close()


def bad(reason: Reason, after_s: float = 1.0) -> BadReading:
    """A reading without a value."""
    return BadReading(reason, b"??????", START_S + after_s)


# Readiness


def test_ready_when_every_device_has_reported(day: Day) -> None:
    """The station says so once: after the last port's first report, and the quiet time in which a scan is cut."""
    day.device("slow gun", "scan_serial", Opened("slow gun"), after_s=0.4)
    day.device("scale", "stgs_ascii", Lost("scale", Loss.UNAVAILABLE, "plug it in"), after_s=0.2)
    day.run(3.0)
    assert day.ready_s == pytest.approx(0.4 + OpeningTail.QUIET_S)
    assert day.log.index("start gun") < day.log.index("station.ready") < day.log.index("ready")
    assert day.log.count("station.ready") == 1
    assert day.answers[-1].values == {"here": "0"}


def test_ready_after_a_second_whatever_the_devices_do(day: Day) -> None:
    """A port that neither opens nor fails holds nobody up for longer."""
    day.device("stuck", "scan_serial", None)
    day.run(3.0)
    assert day.ready_s == pytest.approx(SETTLE_S)


def test_ready_at_once_without_devices(day: Day) -> None:
    """Where nothing is connected there is nothing to wait for."""
    day.run(3.0, open_gun=False)
    assert day.ready_s == 0.0


def test_a_thermometer_is_not_waited_for(day: Day) -> None:
    """What is looked at loses nothing: its 0.75 s do not hold up the start."""
    day.device("box", "w1_slave", Opened("box"), after_s=0.75)
    day.run(3.0)
    assert day.ready_s == pytest.approx(OpeningTail.QUIET_S)


def test_a_scan_before_ready_counts(day: Day) -> None:
    """Whoever scans while another device still opens is answered."""
    day.device("stuck", "scan_serial", None)
    day.scan(0.5, PARCEL)
    day.run(3.0)
    assert day.said() == ["parcel.received"]
    assert day.log.index("parcel.received") < day.log.index("ready")


def test_stopped_before_it_was_ready(day: Day) -> None:
    """An order to stop during the start ends it at once, with everything stopped."""
    day.device("stuck", "scan_serial", None)
    day.run(0.3)
    assert day.now_s == pytest.approx(START_S + 0.3)
    assert day.log[-2:] == ["stop gun", "commit"] or "stop stuck" in day.log


def test_the_loop_beats(day: Day) -> None:
    """The watchdog hears of the loop at least every five seconds, also when nothing happens."""
    day.run(60.0)
    gaps = [later - earlier for earlier, later in zip(day.beats_s, day.beats_s[1:], strict=False)]
    assert max(gaps) <= LOOK_S


def test_what_time_alone_brings_is_said_and_written(day: Day) -> None:
    """A task left alone is dropped aloud; a handover nobody finished is a case on disk."""
    day.scan(5.0, "YYCDAMAGED")
    day.scan(200.0, "YYB" + "A" * 20)
    day.scan(201.0, BAG)
    day.run(1300.0)
    assert day.said() == [
        *("mark.damaged", "task.dropped", "handover.begun", "handover.bag_down", "overdue.handover_open"),
    ]
    assert day.kinds(Lane.CUSTODY)[-1] == "case.opened"


# Answers and the disk


def test_green_only_after_the_commit(day: Day) -> None:
    """The entry is on disk before the light, for a receipt and for a hand-out; one commit each."""
    day.scan(5.0, PARCEL)
    day.scan(6.0, "YYCOUT")
    day.scan(7.0, PARCEL)
    day.run(8.0)
    story = [word for word in day.log[day.log.index("ready") :] if word not in ("checkpoint", "stop gun")]
    assert story == [
        "ready",
        "commit",
        "commit",
        "parcel.received",
        "mode.out",
        "commit",
        "parcel.collected",
    ]
    assert day.kinds(Lane.CUSTODY) == ["parcel.received", "parcel.collected"]


@pytest.mark.parametrize("words", [FULL, BROKEN])
def test_a_card_that_refuses_turns_the_light_red(day: Day, words: str) -> None:
    """Red with a hint, nothing settled and nothing on disk; with a good card the same scan is a first receipt."""
    day.at(5.0, lambda: setattr(day.card, "refuses", words))
    day.scan(5.1, PARCEL)
    day.scan(5.2, PARCEL)
    day.at(5.3, lambda: setattr(day.card, "refuses", ""))
    day.scan(5.4, PARCEL)
    day.scan(5.5, OTHER)
    day.run(6.0)
    assert day.said() == ["not_saved", "not_saved", "parcel.received", "parcel.received"]
    assert all(answer.advice is not None for answer in day.answers if answer.phrase == "not_saved")
    assert [body["code"] for _, body in day.entries(Lane.CUSTODY)[1:]] == ["1-1-1000", "1-2-1001"]


def test_a_weight_that_could_not_be_written_is_red(day: Day) -> None:
    """The parcel keeps no weight that is not on disk."""
    day.device("scale", "stgs_ascii", Opened("scale"))
    day.weigh(5.0, 0.0, count=2)
    day.scan(6.0, PARCEL)
    day.at(6.5, lambda: setattr(day.card, "refuses", FULL))
    day.weigh(7.0, 1500.0)
    day.run(9.0)
    assert day.said() == ["parcel.received", "not_saved"]
    parcel = day.counter.books.shelves.parcel(PARCEL)
    assert parcel is not None
    assert parcel.weight_g is None


def test_a_damaged_journal_is_red_and_ends_the_agent(day: Day) -> None:
    """Trying again would not help: the person is told, the process ends, the devices are let go."""
    day.at(5.0, lambda: setattr(day.card, "refuses", "database disk image is malformed"))
    day.scan(5.1, PARCEL)
    with pytest.raises(JournalDamaged):
        day.run(6.0)
    assert day.said() == ["not_saved"]
    assert "stop gun" in day.log


def test_an_unforeseen_error_is_red_and_raised(day: Day) -> None:
    """Nobody is left without an answer by a mistake of ours, and nothing is hidden from systemd."""
    day.card.error = ZeroDivisionError
    day.at(5.0, lambda: setattr(day.card, "refuses", "a mistake of ours"))
    day.scan(5.1, PARCEL)
    with pytest.raises(ZeroDivisionError):
        day.run(6.0)
    assert day.said() == ["not_saved"]


@pytest.mark.parametrize("code", ["281234567890123456", "YT5409924808522SF1385628716739"])
def test_what_is_telemetry_alone_waits_for_no_disk(day: Day, code: str) -> None:
    """A refused or unreadable scan is answered at once, on a full card too, and recorded when there is room."""
    day.at(5.0, lambda: setattr(day.card, "refuses", FULL))
    day.scan(5.1, code)
    day.at(10.0, lambda: setattr(day.card, "refuses", ""))
    day.run(20.0)
    assert day.said() == ["scan.refused" if code.isdigit() else "scan.unreadable"]
    assert day.kinds(Lane.TELEMETRY)[-1] == day.said()[0]


# Telemetry


def test_telemetry_joins_the_next_custody_transaction(day: Day) -> None:
    """Within two seconds of its making it goes along, before the custody entry, in one commit."""
    day.scan(TELEMETRY_S - 0.5, PARCEL)
    day.run(TELEMETRY_S + 5.0)
    assert day.log.count("commit") == 1
    assert day.kinds(Lane.TELEMETRY) == ["station.started"]
    (_, (header, _)) = day.entries(Lane.TELEMETRY)
    assert header.after is not None
    assert header.after.sequence == 0


def test_telemetry_gets_a_transaction_of_its_own(day: Day) -> None:
    """Two seconds after its making it is written without waiting for anybody."""
    seen: list[int] = []
    day.at(TELEMETRY_S - 0.1, lambda: seen.append(day.log.count("commit")))
    day.at(TELEMETRY_S + 0.1, lambda: seen.append(day.log.count("commit")))
    day.run(10.0)
    assert seen == [0, 1]


def test_custody_comes_before_telemetry_on_a_full_card(day: Day) -> None:
    """Where both do not fit the parcel goes alone; telemetry waits until there is room and is not lost."""
    day.card.room = 1
    for n in range(5):
        day.says(0.5, Lost("gun", list(Loss)[n], "hint", "detail"))
    day.scan(1.0, PARCEL)
    day.at(20.0, lambda: setattr(day.card, "room", 100))
    day.run(25.0 + RETRY_S)
    assert day.log[-1] == "stop gun"
    assert "parcel.received" in day.said()
    assert "not_saved" not in day.said()
    assert day.kinds(Lane.TELEMETRY) == ["station.started", *["device.fault"] * 5]


def test_waiting_telemetry_is_bounded(day: Day) -> None:
    """On a card that stays full the oldest go."""
    day.card.refuses = FULL
    for n in range(MAX_PENDING + 50):
        day.says(1.0, Lost(f"d{n}", Loss.SILENT, "hint"))
    day.at(20.0, lambda: setattr(day.card, "refuses", ""))
    day.run(20.0 + RETRY_S)
    names = [body["device"] for _, body in day.entries(Lane.TELEMETRY)[1:]]
    assert names == [f"d{n}" for n in range(50, MAX_PENDING + 50)]


def test_a_full_card_is_not_hammered_with_telemetry(day: Day) -> None:
    """What the card refused is tried again twice a minute, not every two seconds."""
    tried: list[float] = []
    day.card.refuses = FULL
    day.card.refused = lambda: tried.append(day.now_s - START_S)
    day.run(100.0)
    assert tried == pytest.approx([TELEMETRY_S + n * RETRY_S for n in range(4)] + [100.0])


# Devices


def test_a_lost_device_is_said_once_and_recorded_as_a_fault(day: Day) -> None:
    """The repair is told to people; one fault, one recovery after it was well for a minute."""
    for n in range(3):
        day.says(5.0 + n, Lost("gun", Loss.UNPLUGGED, "插好线 / plug it in", "EIO"))
    day.says(10.0, Opened("gun"))
    day.run(75.0)
    assert day.said() == ["device.fault"]
    assert (day.answers[-1].zh, day.answers[-1].en) == ("gun 有故障:插好线", "gun has a fault: plug it in")
    assert day.kinds(Lane.TELEMETRY) == ["station.started", "device.fault", "device.recovered"]
    assert day.entries(Lane.TELEMETRY)[-1][1]["count"] == 3


def test_a_weight_goes_to_the_parcel_received_last(day: Day) -> None:
    """From readings of the scale to the entry: settled once, written, answered."""
    day.device("scale", "stgs_ascii", Opened("scale"))
    day.weigh(5.0, 0.0, count=2)
    day.scan(6.0, PARCEL)
    day.weigh(7.0, 1500.0, count=20)
    day.run(12.0)
    assert day.said() == ["parcel.received", "parcel.weighed"]
    assert day.entries(Lane.CUSTODY)[-1][1] == {"waybill": PARCEL, "weight_g": 1500, "device": "scale"}


def test_a_scale_in_trouble_is_a_fault_and_is_said_to_who_waits(day: Day) -> None:
    """Garbage opens a fault; an overload is no fault; both are said only while a parcel waits for its weight."""
    day.device("scale", "stgs_ascii", Opened("scale"))
    day.weigh(5.0, 0.0, count=2)
    day.read(5.5, "scale", bad(Reason.OVERLOAD))
    day.weigh(5.8, 0.0, count=2)
    day.scan(6.0, PARCEL)
    day.read(7.0, "scale", bad(Reason.OVERLOAD))
    day.weigh(8.0, 0.0, count=2)
    day.weigh(8.5, 900.0, count=2)
    day.read(9.0, "scale", bad(Reason.MALFORMED))
    day.run(15.0)
    assert day.said() == ["parcel.received", "scale.overload", "scale.unusable"]
    faults = [body["reason"] for header, body in day.entries(Lane.TELEMETRY) if header.kind == "device.fault"]
    assert faults == ["malformed"]


def test_an_unreadable_scan_is_answered_and_no_fault(day: Day) -> None:
    """The gun is well, the code was not; a gun that says nothing at all is a fault and says nothing to people."""
    day.read(5.0, "gun", bad(Reason.TRUNCATED))
    day.read(6.0, "gun", bad(Reason.NO_DATA))
    day.run(10.0)
    assert day.said() == ["scan.unreadable"]
    assert day.kinds(Lane.TELEMETRY) == ["station.started", "scan.unreadable", "device.fault"]


def test_a_thermometer_without_a_value_is_null_and_a_fault(day: Day) -> None:
    """The block keeps the place of the sample; the fault closes when readings are good again."""
    day.device("box", "w1_slave", Opened("box"))
    day.read(2.0, "box", Temperature(4000, b"", START_S + 2))
    day.read(30.0, "box", bad(Reason.BAD_CHECKSUM, 30.0))
    day.read(50.0, "box", Temperature(4100, b"", START_S + 50))
    day.run(120.0)
    assert day.kinds(Lane.TELEMETRY) == ["station.started", "device.fault", "box.temperatures", "device.recovered"]
    assert day.entries(Lane.TELEMETRY)[3][1]["temperature_mc"] == [4000, None, 4100]


def test_a_crashed_device_ends_the_agent(day: Day) -> None:
    """The device's own error is raised as it is, after the rest was stopped and what was gathered was written."""
    error = ZeroDivisionError("a mistake in a driver")
    day.says(1.0, Crashed("gun", error))
    with pytest.raises(ZeroDivisionError) as caught:
        day.run(6.0)
    assert caught.value is error
    assert day.log[-2:] == ["stop gun", "commit"]
    assert day.kinds(Lane.TELEMETRY) == ["station.started"]


def test_stop_writes_what_was_gathered(day: Day) -> None:
    """Blocks of temperatures as they are, and telemetry that waited, are on disk when `run` returns."""
    day.device("box", "w1_slave", Opened("box"))
    day.read(2.0, "box", Temperature(4000, b"", START_S + 2))
    day.says(3.5, Lost("gun", Loss.SILENT, "hint"))
    day.run(4.0)
    assert day.kinds(Lane.TELEMETRY) == ["station.started", "device.fault", "box.temperatures"]
    assert day.log[-3:] == ["stop box", "stop gun", "commit"]


def test_stopping_on_a_full_card_is_no_crash(day: Day) -> None:
    """What cannot be written at the end is given up; the process ends in order."""
    day.card.refuses = FULL
    day.run(4.0)
    assert "stop gun" in day.log


def test_a_device_does_not_wait_for_a_loop_that_has_ended(day: Day) -> None:
    """With the queue full a device's thread is held back, but not once the agent was told to stop."""
    day.run(2.0)
    day.crowd = MAX_WAITING_EVENTS
    day.emits["gun"](Opened("gun"))
    assert day.qsize() == MAX_WAITING_EVENTS + 1


def test_a_quiet_moment_is_used_to_checkpoint(day: Day) -> None:
    """After enough commits the log is moved into the file once nobody has scanned for a second, not before."""
    for n in range(CHECKPOINT_COMMITS + 5):
        day.scan(2.5 + n / 10, f"SF{n:013}")
    day.run(2.5 + CHECKPOINT_COMMITS / 10 + 5.0)
    assert day.log.count("checkpoint") == 1
    assert day.log.index("checkpoint") > len(day.log) - 10


# Word from the county


def note(day: Day, trouble: Trouble, chain: ChainId | None) -> None:
    """What the sync process writes into link.db."""
    link = LinkFile(day.folder / "link.db", lambda: 0, writable=True)
    link.note(trouble, chain)
    link.close()


@pytest.mark.parametrize("trouble", [Trouble.FORK, Trouble.ROLLED_BACK])
@pytest.mark.parametrize("lane", Lane)
def test_another_history_at_the_county_opens_an_epoch(day: Day, trouble: Trouble, lane: Lane) -> None:
    """Once, within a few seconds, with the reason in its first entries; scans then go into the new epoch."""
    old = day.journal.epoch
    day.at(2.0, lambda: note(day, trouble, ChainId(old, lane)))
    day.scan(3.0, PARCEL)
    day.scan(3.0 + LOOK_S + 1, OTHER)
    day.run(40.0)
    assert day.epochs == 2
    opened = [body for header, body in day.entries(Lane.CUSTODY) if header.kind == "epoch.opened"]
    assert [body["reason"] for body in opened] == ["provisioned", trouble.value]
    assert opened[1]["epoch"] == old
    received = [header.epoch for header, _ in day.entries(Lane.CUSTODY) if header.kind == "parcel.received"]
    assert received == [old, day.journal.epoch]


def test_an_act_of_the_epoch_before_is_not_taken_back(day: Day) -> None:
    """Places count anew in a new epoch: the undo card would name other entries there, so it takes nothing back."""
    day.scan(1.0, PARCEL)
    day.at(2.0, lambda: note(day, Trouble.FORK, ChainId(day.journal.epoch, Lane.CUSTODY)))
    day.scan(3.0 + LOOK_S, "YYCUNDO")
    day.run(20.0)
    assert day.epochs == 2
    assert day.said() == ["parcel.received", "undo.nothing"]
    assert "act.undone" not in day.kinds(Lane.CUSTODY)


@pytest.mark.parametrize("trouble", [Trouble.BROKEN, Trouble.MISSING, Trouble.REFUSED, Trouble.UNKNOWN_STATION])
def test_other_troubles_open_no_epoch(day: Day, trouble: Trouble) -> None:
    """What a new epoch does not heal is for people."""
    note(day, trouble, ChainId(day.journal.epoch, Lane.CUSTODY))
    day.run(20.0)
    assert day.epochs == 1


def test_trouble_of_an_older_epoch_or_of_the_link_is_left(day: Day) -> None:
    """A fork that was already answered by a new epoch is not answered again."""
    note(day, Trouble.FORK, ChainId(b"oldepoch", Lane.CUSTODY))
    note(day, Trouble.FORK, None)
    day.run(20.0)
    assert day.epochs == 1


def test_an_epoch_that_does_not_fit_on_the_card_is_opened_later(day: Day) -> None:
    """A full card at that moment is no reason to end: scanning stays possible, the epoch comes with room."""
    note(day, Trouble.FORK, ChainId(day.journal.epoch, Lane.CUSTODY))
    day.at(3.0, lambda: setattr(day.card, "refuses", FULL))
    day.scan(8.0, PARCEL)
    day.at(12.0, lambda: setattr(day.card, "refuses", ""))
    day.scan(13.0, PARCEL)
    day.run(30.0)
    assert day.said() == ["not_saved", "parcel.received"]
    assert day.journal.epoch != (1).to_bytes(8, "big")


@pytest.mark.parametrize("content", [b"", b"\xa5" * 4096])
def test_a_link_file_that_cannot_be_read_is_left_to_its_owner(day: Day, content: bytes) -> None:
    """Just made and without tables, or damaged: the agent goes on, and looks again when it was made anew."""
    path = day.folder / "link.db"
    path.write_bytes(content)

    def made_anew() -> None:
        path.unlink()
        note(day, Trouble.FORK, ChainId(day.journal.epoch, Lane.CUSTODY))

    day.at(12.0, made_anew)
    day.run(30.0)
    assert day.epochs == 2


def test_a_link_file_that_is_made_again_is_read_again(day: Day) -> None:
    """The sync process may put a new file in the place of the old: word in the new one is heard."""
    path = day.folder / "link.db"
    note(day, Trouble.MISSING, ChainId(day.journal.epoch, Lane.CUSTODY))

    def replaced() -> None:
        path.rename(path.with_suffix(".damaged"))
        note(day, Trouble.FORK, ChainId(day.journal.epoch, Lane.CUSTODY))

    day.at(12.0, replaced)
    day.run(30.0)
    assert day.epochs == 2


def test_sqlite_is_used_as_the_station_uses_it(day: Day) -> None:
    """The day's journal is a real file in WAL mode, so that what it shows holds for the station."""
    assert day.card.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert isinstance(day.card.error("x"), sqlite3.OperationalError)


def test_the_gun_beeps_only_after_the_commit(day: Day) -> None:
    """A gun that beeps itself tells the answer of the journal: after the lamp, another beep for a refused card."""
    day.device("gun", "scan_serial", Opened("gun"), beep=True)
    day.scan(5.0, PARCEL)
    day.at(6.0, lambda: setattr(day.card, "refuses", FULL))
    day.scan(6.1, OTHER)
    day.run(7.0, open_gun=False)
    told = [word for word in day.log if word.startswith(("commit", "parcel", "not_saved", "send"))]
    good, bad = (word for word in told if word.startswith("send"))
    assert told[-2:] == ["not_saved", bad]
    assert told.index("commit") < told.index("parcel.received") < told.index(good)
    assert good != bad


def test_a_gun_that_scanned_the_card_works_at_once(day: Day) -> None:
    """It is opened, said, noted, and its next scan is a parcel."""
    day.says(5.0, Adopted("/dev/input/event7"))
    day.read(6.0, "gun-adopted-1", Scan(PARCEL, PARCEL.encode(), START_S + 6.0))
    day.run(10.0)
    assert day.said() == ["device.adopted", "parcel.received"]
    assert "start gun-adopted-1" in day.log
    paths = [body["path"] for header, body in day.entries(Lane.TELEMETRY) if header.kind == "device.adopted"]
    assert paths == ["/dev/input/event7"]


def test_a_weight_goes_with_its_box_when_nobody_scanned(day: Day) -> None:
    """Accepting to send, the box leaves the pan unscanned: told, and the next parcel gets no weight."""
    day.device("scale", "stgs_ascii", Opened("scale"))
    day.scan(4.0, "YYCSEND")
    day.weigh(5.0, 0.0, count=2)
    day.weigh(6.0, 1500.0)
    day.weigh(9.0, 0.0, count=3)
    day.scan(11.0, PARCEL)
    day.run(12.0)
    assert day.said() == ["mode.send", "send.weight_first", "send.weight_lost", "send.accepted"]
    parcel = day.counter.books.shelves.parcel(PARCEL)
    assert parcel is not None
    assert parcel.weight_g is None
