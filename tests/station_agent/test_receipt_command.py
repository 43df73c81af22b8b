"""`station receipt`: what a driver gets to keep of a handover, read beside the agent, with the hash that proves it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from station_agent.counter.receipt import MAX_KEPT, SHORT_HASH, Closed, Receipts, qr_text, text
from station_agent.journal.reader import JournalFile
from sync.entry import Trust
from tests.station_agent.counter.desk import BAG, PARCEL
from tests.station_agent.counter.stops import OWN, SEAL
from tests.station_agent.day import Day
from tests.station_agent.folder import init, station


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    """A day at a station that was set up; its journal lies where the command looks."""
    init(tmp_path)
    made = Day(tmp_path / "data")
    yield made
    made.close()


def entry(kind: str, digest: int = 1, **body: object) -> Closed:
    """An entry of a handover."""
    return Closed(kind, body, 1_700_000_000_000, Trust.SYNCHRONISED, bytes([digest]) * 32)


def closing(number: int, kind: str = "handover.confirmed") -> Closed:
    """The entry that closes one with a bag each way."""
    bags = {"bags_in": [BAG], "bags_out": [OWN], "weight_g": 3250}
    return entry(kind, number % 256, handover=number, line="L1", driver="7", stub="0042", **bags)


def test_a_receipt_says_what_changed_hands() -> None:
    """Number, station, line, stub, counts, weight, each bag with its seal, time and its trust, hash of the entry."""
    receipts = Receipts()
    receipts.take(closing(3))
    receipts.take(entry("bag.received", bag=BAG, handover=3))
    receipts.take(entry("bag.departed", bag=OWN, handover=3, seal=SEAL))
    receipts.take(entry("bag.weighed", bag=OWN, handover=3, weight_g=1))
    receipt = receipts.of(None)
    assert receipt is not None
    assert text(receipt, "500237-001 云龙村").splitlines() == [
        "交接回执 / handover receipt  编号 no. 3",
        "驿站 station 500237-001 云龙村",
        "线路 line L1",
        "工牌 badge 7",
        "存根 stub 0042",
        "时间 time 2023-11-15 06:13:20 (钟已校 synchronised)",
        "收 in 1 袋 bags  发 out 1 袋 bags",
        "双方确认 / confirmed by both",
        "发出重量 weight out 3.250 kg",
        f"  收 in  {BAG}  封志没记 no seal noted",
        f"  发 out  {OWN}  封志 seal {SEAL}",
        f"核对码 check {'03' * 8}",
    ]


def test_the_qr_of_forty_bags_stays_small() -> None:
    """A telephone reads it from a screen: the bags are counted, not listed, and the hash is the same."""
    receipts = Receipts()
    codes = [f"{number:030}" for number in range(40)]
    receipts.take(entry("handover.dropped", handover=9, bags_in=codes, bags_out=[]))
    for code in codes:
        receipts.take(entry("bag.received", bag=code, handover=9))
    receipt = receipts.of(9)
    assert receipt is not None
    short = qr_text(receipt, "S")
    assert (len(text(receipt, "S").splitlines()), len(short.splitlines())) == (46, 6)
    assert short.splitlines()[-1] == text(receipt, "S").splitlines()[-1]
    assert len(short.encode()) < 400


def test_what_was_confirmed_later_is_said() -> None:
    """A one-sided handover says so, and the other side's word since; an open one has no receipt."""
    receipts = Receipts()
    receipts.take(entry("handover.begun", handover=4))
    assert receipts.of(4) is None
    receipts.take(closing(4, "handover.one_sided"))
    one_sided = receipts.of(4)
    assert one_sided is not None
    assert "司机没确认 / not confirmed by the driver" in text(one_sided, "S")
    receipts.take(entry("handover.agreed", handover=4, by=5))
    assert "司机没确认,后来已确认 / not confirmed by the driver, confirmed since" in text(one_sided, "S")


def test_no_more_receipts_are_kept_than_asked_for() -> None:
    """The oldest goes; a number that began anew means the later handover."""
    receipts = Receipts()
    for number in range(1, MAX_KEPT + 2):
        receipts.take(closing(number))
    assert (receipts.of(1), receipts.of(2) is not None) == (None, True)
    receipts.take(closing(2, "handover.dropped"))
    last = receipts.of(None)
    assert last is not None
    assert (last.number, last.closed.kind) == (2, "handover.dropped")


def test_a_driver_s_receipt_from_the_journal(day: Day, tmp_path: Path) -> None:
    """The last one without a number; its hash is that of the entry in the chain; both forms of the QR are written."""
    for second, code in enumerate(("YYCHAND", "YYCTEMP", BAG, "YYCSEAL", SEAL, "YYCOK", PARCEL), start=1):
        day.scan(second, code)
    day.run(60)
    journal = JournalFile(tmp_path / "data" / "journal.db")
    every = (one for head in journal.heads() for one in journal.every(head.chain))
    (digest,) = [one.hash.hex() for one in every if one.read_header().kind == "handover.one_sided"]
    journal.close()
    for ending, head in (("png", b"\x89PNG"), ("svg", b"<!-- youyuntong --><svg")):
        for _ in range(2):  # its own file is replaced
            result = station(tmp_path, "receipt", "--qr", str(tmp_path / f"qr.{ending}"))
            assert result.exit_code == 0, result.output
        assert (tmp_path / f"qr.{ending}").read_bytes().startswith(head)
    assert f"核对码 check {digest[:SHORT_HASH]}" in result.output
    assert f"{BAG}  封志 seal {SEAL}" in result.output
    assert station(tmp_path, "receipt", "1").output == result.output


def test_what_there_is_no_receipt_of(day: Day, tmp_path: Path) -> None:
    """Another number, or a file of another sort: in words, and the exit status says so."""
    day.scan(1, PARCEL)
    day.run(60)
    for words in ([], ["7"]):
        result = station(tmp_path, "receipt", *words)
        assert (result.exit_code, "没有这次交接 / no such handover" in result.output) == (1, True)
    result = station(tmp_path, "receipt", "--qr", str(tmp_path / "qr.pdf"))
    assert (result.exit_code != 0, "unknown format" in result.output) == (True, True)
