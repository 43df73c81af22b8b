"""Orders: entered once, refused with a reason, never in the way of the counter."""

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station_agent.counter.notes import Notes
from station_agent.errors import JournalFull
from station_agent.journal.changes import Change
from station_agent.journal.reader import JournalFile
from station_agent.journal.schema import create
from station_agent.journal.writer import Identity, Journal, Record, Stamp
from station_agent.order_desk import OrderDesk
from station_agent.orders import (
    MAX_BYTES,
    MAX_WAITING,
    Calibrate,
    OrderFolder,
    OrderRefused,
    VerifyScale,
    new_id,
    parse_order,
)
from sync.entry import Lane, Trust

ROLES = {"box": "thermometer", "gun": "scanner", "scale": "scale"}


def order(**keys: Any) -> Calibrate:
    """A good order."""
    fields: dict[str, Any] = {
        "id": new_id(),
        "device": "box",
        "offset_mc": 250,
        "certificate": "CNAS-1",
        "by": "王工",
        "on": date(2026, 3, 1),
        "valid_until": date(2027, 2, 28),
    }
    return Calibrate(**{**fields, **keys})


def verify_scale(**keys: Any) -> VerifyScale:
    """A good order of the other kind."""
    fields: dict[str, Any] = {
        "id": new_id(),
        "device": "scale",
        "mass_g": 1000.0,
        "shown_g": (1001.0, 999.0),
        "returned_g": 0.0,
        "tolerance_g": 5.0,
        "zero_g": 2.5,
        "certificate": "F2-88",
        "by": "王工",
        "on": date(2026, 3, 1),
        "valid_until": date(2027, 2, 28),
    }
    return VerifyScale(**{**fields, **keys})


class Station:
    """A journal on a real file and the desk beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "orders"
        self.path = folder / "journal.db"
        self.connection = sqlite3.connect(self.path, isolation_level=None)
        create(self.connection)
        self.journal = Journal(
            self.connection,
            Identity("V042", b"keykeyke", "pi", "boot"),
            stamp=lambda: Stamp(1, 1, Trust.UNKNOWN),
            draw_epoch=lambda: b"12345678",
        )
        self.notes = Notes()
        self.notes.load(self.journal.rows("note"))
        self.desk = OrderDesk(self.folder, self.path, self.notes)

    def serve(self) -> str | None:
        """One look of the agent."""
        return self.desk.serve(self.journal.commit, ROLES)

    def entered(self) -> list[dict[str, Any]]:
        """Bodies of what was ordered, as the journal has them."""
        journal = JournalFile(self.path)
        heads = [head for head in journal.heads() if head.lane is Lane.CUSTODY]
        bodies = [entry.read_body() for head in heads for entry in journal.every(head.chain)]
        journal.close()
        return [body for body in bodies if "order" in body]

    def names(self) -> list[str]:
        """What is left in the folder."""
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    """An empty station."""
    made = Station(tmp_path)
    yield made
    made.connection.close()


def test_an_order_is_entered_and_its_file_removed(station: Station) -> None:
    """The entry holds all that was ordered; the command sees that it is done."""
    folder = OrderFolder(station.folder)
    path = folder.place(order())
    assert not folder.outcome(path)
    assert station.serve() is None
    assert folder.outcome(path)
    assert [body["offset_mc"] for body in station.entered()] == [250]
    assert station.names() == []


def test_a_verification_is_entered_once_with_its_row(station: Station) -> None:
    """Entry, row and memory say the same; an agent that died after the commit enters it no second time."""
    placed = verify_scale()
    folder = OrderFolder(station.folder)
    folder.place(placed)
    assert station.serve() is None
    folder.place(placed)
    assert OrderDesk(station.folder, station.path, station.notes).serve(station.journal.commit, ROLES) is None
    (body,) = station.entered()
    assert (body["shown_g"], body["error_g"], body["within"]) == ([1001.0, 999.0], 1.0, True)
    assert station.journal.rows("note") == station.notes.rows()["note"]
    assert station.notes.verifications.of("scale") == placed.verification()
    assert station.names() == []


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"device": "box"}, "scale"),
        ({"shown_g": []}, "shown_g"),
        ({"shown_g": [1.0, 2.0, 3.0]}, "shown_g"),
        ({"mass_g": 0}, "mass_g"),
        ({"returned_g": None}, "returned_g"),
        ({"valid_until": "2025-01-01"}, "before"),
        ({"within": True}, "within"),
    ],
)
def test_a_verification_that_is_no_good_is_refused(station: Station, change: dict[str, object], word: str) -> None:
    """Whether it was within its tolerance is worked out here, never ordered."""
    path = OrderFolder(station.folder).place(verify_scale())
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **change}), encoding="utf-8")
    assert station.serve() is None
    with pytest.raises(OrderRefused) as caught:
        OrderFolder(station.folder).outcome(path)
    assert word in str(caught.value)
    assert station.entered() == []


def test_no_folder_is_no_orders(station: Station) -> None:
    """Before the first order there is nothing to look at."""
    assert station.serve() is None
    assert station.entered() == []


def test_an_agent_that_died_after_the_commit_enters_nothing_twice(station: Station) -> None:
    """The file was left, the entry was made: the next agent only removes the file."""
    placed = order()
    folder = OrderFolder(station.folder)
    folder.place(placed)
    station.journal.commit(placed.records())
    assert station.serve() is None
    assert len(station.entered()) == 1
    assert station.names() == []


def test_a_file_that_cannot_be_removed_is_not_entered_again(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder's trouble is told, and the entry stays one."""
    OrderFolder(station.folder).place(order())

    def refuse(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    with monkeypatch.context() as stuck:
        stuck.setattr(Path, "unlink", refuse)
        assert "Read-only" in (station.serve() or "")
        assert "Read-only" in (station.serve() or "")
    assert station.serve() is None
    assert len(station.entered()) == 1


def test_what_the_card_refuses_waits(station: Station) -> None:
    """A full card keeps the order in its folder; it is entered when there is room."""
    path = OrderFolder(station.folder).place(order())

    def full(_records: Sequence[Record], _changes: Sequence[Change]) -> None:
        raise JournalFull("full", hint="room")

    assert station.desk.serve(full, ROLES) is None
    assert path.exists()
    assert station.notes.rows() == {"note": []}
    assert station.serve() is None
    assert len(station.entered()) == 1


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"device": "gun"}, "box"),
        ({"device": "nothing"}, "box"),
        ({"offset_mc": 5001}, "replace"),
        ({"offset_mc": "1"}, "offset_mc"),
        ({"on": "yesterday"}, "on"),
        ({"extra": 1}, "extra"),
        ({"order": "open_the_door"}, "open_the_door"),
        ({"by": ""}, "by"),
        ({"id": "0" * 16}, "named"),
        ({"id": "../../x"}, "id"),
    ],
)
def test_an_order_that_is_no_good_is_refused_with_its_reason(
    station: Station, change: dict[str, object], word: str
) -> None:
    """The command that waits gets the reason; the file is out of the way and nothing is entered."""
    path = OrderFolder(station.folder).place(order())
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **change}), encoding="utf-8")
    assert station.serve() is None
    with pytest.raises(OrderRefused) as caught:
        OrderFolder(station.folder).outcome(path)
    assert word in str(caught.value)
    assert station.entered() == []
    assert station.names() == []


def test_one_sensor_of_several_may_be_calibrated() -> None:
    """A bus of thermometers has names with a channel."""
    assert order(device="box.28-0000000000ff").mistake(ROLES) is None
    assert order(device="boxes").mistake(ROLES) is not None


def test_what_is_no_plain_file_is_refused_unread(station: Station, tmp_path: Path) -> None:
    """Links, pipes and folders named like orders are never followed, and do not hold up the rest."""
    good = OrderFolder(station.folder).place(order())
    secret = tmp_path / "secret"
    secret.write_text("{}", encoding="utf-8")
    (station.folder / f"{'a' * 16}.json").symlink_to(secret)
    os.mkfifo(station.folder / f"{'b' * 16}.json")
    (station.folder / f"{'c' * 16}.json").mkdir()
    assert station.serve() is None
    assert not good.exists()
    assert secret.exists()
    assert len(station.entered()) == 1
    assert not [name for name in station.names() if name.endswith(".json")]


def test_other_files_are_left_alone(station: Station) -> None:
    """Drafts and whatever else lies there is not ours."""
    station.folder.mkdir()
    (station.folder / "README").write_text("hello", encoding="utf-8")
    (station.folder / f"{'a' * 16}.draft").write_text("{", encoding="utf-8")
    assert station.serve() is None
    assert len(station.names()) == 2


def test_too_large_a_file_is_refused(station: Station) -> None:
    """Nothing reads a file of any size into the agent's memory."""
    path = OrderFolder(station.folder).place(order())
    path.write_bytes(b" " * (MAX_BYTES + 1))
    station.serve()
    with pytest.raises(OrderRefused) as caught:
        OrderFolder(station.folder).outcome(path)
    assert str(MAX_BYTES) in str(caught.value)


def test_a_look_is_bounded_and_refusals_do_not_pile_up(station: Station) -> None:
    """Of many orders the oldest come first, the rest at the next look; of refusals a few are kept."""
    station.folder.mkdir()
    for number in range(MAX_WAITING + 20):
        path = station.folder / f"{number:016x}.json"
        path.write_bytes(b"{}")
        os.utime(path, (number, number))
    station.serve()
    left = [name for name in station.names() if name.endswith(".json")]
    assert left == [f"{number:016x}.json" for number in range(MAX_WAITING, MAX_WAITING + 20)]
    station.serve()
    assert len(station.names()) == MAX_WAITING


def test_a_folder_that_cannot_be_read_is_told(station: Station) -> None:
    """The counter goes on; the trouble becomes a fault."""
    station.folder.write_text("a file where the folder should be", encoding="utf-8")
    assert station.serve() is not None


def test_a_command_waits_for_the_agent(station: Station) -> None:
    """It returns as soon as the order is entered, and after its time if no agent runs."""
    folder = OrderFolder(station.folder)
    path = folder.place(order())
    now_s = [0.0]

    def pause(seconds: float) -> None:
        now_s[0] += seconds
        if now_s[0] > 3.0:
            station.serve()

    assert folder.await_outcome(path, within_s=10.0, pause=pause, clock=lambda: now_s[0])
    assert 3.0 < now_s[0] < 4.0
    path = folder.place(order())
    now_s[0] = -20.0
    assert not folder.await_outcome(path, within_s=10.0, pause=pause, clock=lambda: now_s[0])


@given(data=st.binary(max_size=300))
def test_no_content_breaks_the_parser(data: bytes) -> None:
    """Any bytes are an order or a reason."""
    assert isinstance(parse_order(data, "0" * 16 + ".json", ROLES), str)
