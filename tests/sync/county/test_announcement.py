"""`county list put parcels.expected`: recipients in clear in the file and nowhere else."""

import json
from pathlib import Path

import msgspec
import pytest

from sync.contact import Contact
from sync.contents import ExpectedParcels
from sync.county.database import open_database, sqlite_url
from sync.county.lists import read_list
from sync.enrolment import Enrolment
from sync.keys import OpeningKey, SigningKey
from sync.list_sealing import open_list_key
from tests.sync.county.test_cli import Run, home, run
from tests.sync.county.test_list_commands import put

__all__ = ["home", "run"]

PHONE, NAME, EXPECTED = "13917624835", "欧阳小红", ExpectedParcels.LIST
PARCELS = {
    "parcels": [
        {"waybill": "SF1", "phone": PHONE, "name": NAME, "hint": "三号架"},
        {"waybill": "SF2"},
        {"waybill": "SF3", "phone": "138****5678"},
    ]
}


def enrol(run: Run, folder: Path, *, signing: SigningKey, sealing: OpeningKey | None) -> str:
    """Add the station V042 from its enrolment file, and return what was said."""
    seal = None if sealing is None else sealing.public.hex()
    file = folder / "enrol.toml"
    file.write_text(Enrolment(id="V042", public_key=signing.public.hex(), sealing_key=seal).to_toml(), "utf-8")
    return run("station", "add", str(file)).stderr


@pytest.fixture
def sealing(tmp_path: Path, run: Run) -> OpeningKey:
    """The key of a station the county knows."""
    key = OpeningKey.create(tmp_path / "station.seal")
    enrol(run, tmp_path, signing=SigningKey.create(tmp_path / "station.key"), sealing=key)
    return key


def stored(home: Path) -> ExpectedParcels:
    """The list as the county keeps it and sends it."""
    engine = open_database(sqlite_url(home / "county.db"))
    content = read_list(engine, "V042", EXPECTED).content
    engine.dispose()
    return msgspec.msgpack.decode(content, type=ExpectedParcels)


def test_recipients_leave_sealed_to_the_station(tmp_path: Path, home: Path, run: Run, sealing: OpeningKey) -> None:
    """The station opens them; no file of the county's and no answer of the command holds a number or a name."""
    told = put(run, tmp_path, PARCELS, "--station", "V042", name=EXPECTED)
    found = stored(home)
    assert [(parcel.waybill, parcel.hint, parcel.contact is None) for parcel in found.parcels] == [
        ("SF1", "三号架", False),
        ("SF2", "", True),
        ("SF3", "", False),
    ]
    assert found.key is not None
    key = open_list_key(sealing.private, "V042", found.key)
    box = found.parcels[0].contact
    assert box is not None
    assert key.open(0, "SF1", box) == Contact(PHONE, NAME)
    shown = told.output + run("list", "show", EXPECTED, "--station", "V042").output
    kept = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file()) + shown.encode()
    packed = msgspec.msgpack.encode(int(PHONE))
    assert not any(clear in kept for clear in (PHONE.encode(), packed, NAME.encode()))


def test_every_list_has_a_key_of_its_own(tmp_path: Path, home: Path, run: Run, sealing: OpeningKey) -> None:
    """The same parcel at the same place is sealed to other bytes the next day."""
    assert sealing.public
    put(run, tmp_path, PARCELS, "--station", "V042", name=EXPECTED)
    first = stored(home)
    put(run, tmp_path, PARCELS, "--station", "V042", name=EXPECTED)
    assert stored(home).parcels[0].contact != first.parcels[0].contact


def test_recipients_need_one_station_that_has_a_key(tmp_path: Path, run: Run) -> None:
    """For all stations, an unknown one, one without a key: refused with what to do; without recipients it is taken."""
    assert "--station" in put(run, tmp_path, PARCELS, name=EXPECTED, code=1).stderr
    assert "station list" in put(run, tmp_path, PARCELS, "--station", "V042", name=EXPECTED, code=1).stderr
    said = enrol(run, tmp_path, signing=SigningKey.create(tmp_path / "station.key"), sealing=None)
    assert "没有封存公钥" in said
    assert "enrolment" in put(run, tmp_path, PARCELS, "--station", "V042", name=EXPECTED, code=1).stderr
    put(run, tmp_path, {"parcels": [{"waybill": "SF1"}]}, "--station", "V042", name=EXPECTED)
    put(run, tmp_path, {"parcels": [{"waybill": "SF1"}]}, name=EXPECTED)


@pytest.mark.parametrize(
    "wrong",
    [
        {"waybill": "SF1", "phone": f"{PHONE}x"},
        {"waybill": "SF1", "name": PHONE},
        {"waybill": "SF1", "phone": int(PHONE)},
        {"waybill": "SF1", "phone": PHONE * 20},
        {"waybill": "SF1", "fone": PHONE},
        {"waybill": "SF1", PHONE: ""},
        PHONE,
    ],
)
def test_a_mistake_is_told_by_its_place_and_never_shows_a_number(
    tmp_path: Path, run: Run, sealing: OpeningKey, wrong: object
) -> None:
    """Whatever is wrong, the terminal and its log keep nobody's number."""
    assert sealing.public
    found = {"parcels": [{"waybill": "SF0", "phone": PHONE}, wrong]}
    said = put(run, tmp_path, found, "--station", "V042", name=EXPECTED, code=1).stderr
    assert "parcels" in said
    assert "办法 / do" in said
    assert PHONE not in said


def test_the_register_shows_who_has_no_key_and_takes_a_new_one(tmp_path: Path, run: Run) -> None:
    """A station from before gets its key by adding it again; the same file twice changes nothing."""
    signing, sealing = SigningKey.create(tmp_path / "station.key"), OpeningKey.create(tmp_path / "station.seal")
    enrol(run, tmp_path, signing=signing, sealing=None)
    assert "无 none" in run("station", "list").stdout
    assert "更新" in enrol(run, tmp_path, signing=signing, sealing=sealing)
    assert [each["seals"] for each in json.loads(run("station", "list", "--json").stdout)] == [True]
    assert "无变化" in enrol(run, tmp_path, signing=signing, sealing=sealing)
    other = OpeningKey.create(tmp_path / "other.seal")
    assert "更新" in enrol(run, tmp_path, signing=signing, sealing=other)
    put(run, tmp_path, PARCELS, "--station", "V042", name=EXPECTED)
    bad = run("station", "add", "V042", signing.public.hex(), "--sealing-key", "0" * 64, code=1).stderr
    assert "enrolment" in bad
