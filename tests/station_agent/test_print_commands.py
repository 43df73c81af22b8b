"""`station cards`, `labels` and `sheets`: what is printed, what is refused, and that no number comes twice."""

import os
import re
import sys
import threading
from pathlib import Path

import pytest
from click.testing import Result

from drivers.camera.decoders import load
from station_agent.counter.cards import CARDS, Word, card_of
from station_agent.counter.goods import load_goods, station_cards
from station_agent.counter.papers import PaperSort
from station_agent.counter.tokens import paper_of
from station_agent.errors import Unprintable
from station_agent.printing.fonts import chinese_font
from station_agent.printing.registry import card_groups
from station_agent.waybill import Kind, identify
from sync.badge import Role, make_badge
from sync.keys import SigningKey
from tests.station_agent.folder import init, station
from tests.station_agent.printing.looking import counted, pages_of, small_font, tspl_labels, words_of, zpl_labels


def codes_in(pdf: Path, folder: Path) -> list[str]:
    """Every code on every page."""
    return [code for picture in pages_of(pdf.read_bytes(), folder) for code in counted(picture)]


def printed(folder: Path, *words: str) -> Result:
    """Run a command that prints, with a font that opens quickly."""
    return station(folder, *words, "--font", str(small_font()))


@pytest.fixture
def ready(tmp_path: Path) -> Path:
    """A station that was set up."""
    assert init(tmp_path).exit_code == 0
    return tmp_path


def test_all_cards_of_the_registry_are_printed(ready: Path) -> None:
    """Each once, with the station's name and every group's title; the answer says how to print them."""
    out = ready / "cards.pdf"
    result = station(ready, "cards", "--out", str(out))
    assert (result.exit_code, "actual size" in result.stderr) == (0, True)
    own = [card.code for card in station_cards(load_goods())]
    assert sorted(codes_in(out, ready)) == sorted([*CARDS, *own])
    words = words_of(out.read_bytes(), ready)
    assert {"石桥村", *(group.title[0] for group in card_groups())} <= set(re.split(r"[\s（）]+", words))


def test_one_group_by_key_or_title(ready: Path) -> None:
    """A person may name a group in Chinese; an unknown one is answered with those there are."""
    first = card_groups()[0]
    for name in (first.key, first.title[0]):
        assert printed(ready, "cards", "--only", name, "--out", str(ready / "one.pdf")).exit_code == 0
        assert codes_in(ready / "one.pdf", ready) == sorted(card.code for card in first.cards)
    result = printed(ready, "cards", "--only", "nothing", "--out", str(ready / "none.pdf"))
    assert (result.exit_code, first.key in result.stderr) == (1, True)
    assert not (ready / "none.pdf").exists()


def test_other_things_to_cut_out(ready: Path) -> None:
    """Asked for, they come in the quantity asked for and without the counter's cards."""
    out = ready / "other.pdf"
    words = ["--households", "3", "--senders", "2", "--shelves", "3-2-1008", "--count", "2", "--boxes", "2"]
    assert printed(ready, "cards", *words, "--stubs", "2", "--station", "237001", "--out", str(out)).exit_code == 0
    codes = codes_in(out, ready)
    papers = [paper.sort for paper in map(paper_of, codes) if paper]
    assert [papers.count(sort) for sort in PaperSort] == [3, 2, 2, 0]
    assert [code for code in codes if not paper_of(code)] == ["3-2-1008", "3-2-1009", "YYCBX1", "YYCBX2"]


def test_cards_of_this_station_alone(ready: Path) -> None:
    """Products and destinations are named on the command line, and the counter understands the cards."""
    words = ["--card", "product:plum=巫山脆李/plums", "--card", "destination:hz=杭州", "--card", "price:a"]
    assert printed(ready, "cards", *words, "--out", str(ready / "own.pdf")).exit_code == 0
    codes = codes_in(ready / "own.pdf", ready)
    assert [(card.word, card.value) for card in map(card_of, sorted(codes)) if card] == [
        (Word.DESTINATION, "hz"), (Word.PRODUCT, "plum"), (Word.PRICE, "a")
    ]  # fmt: skip
    assert "巫山脆李" in words_of((ready / "own.pdf").read_bytes(), ready)


@pytest.mark.parametrize("text", ["plum=脆李", "product:", "product:Plum=脆李", "bag:x=x", f"product:{'a' * 17}=x"])
def test_what_cannot_be_a_card(text: str, ready: Path) -> None:
    """A sort nobody knows or a value no card can carry is refused with how to write it."""
    result = printed(ready, "cards", "--card", text, "--out", str(ready / "own.pdf"))
    assert (result.exit_code, "product" in result.stderr) == (1, True)
    assert not (ready / "own.pdf").exists()


def badge(county: SigningKey, number: int) -> str:
    """A driver's badge as long as one can be."""
    return make_badge(
        county.sign, number=number, role=Role.DRIVER, place="L1", first_day=20_000, last_day=20_364,
        key=bytes(8), pin=("123456", bytes(4)),
    )  # fmt: skip


def test_badges_of_the_county(tmp_path: Path) -> None:
    """Each text the county made is one QR with role, number, place and last day; a foreign one is refused."""
    county = SigningKey.create(tmp_path / "county.key")
    assert init(tmp_path, "--county-key", county.public.hex()).exit_code == 0
    texts = [badge(county, 17), badge(county, 4_000_000_000)]
    (tmp_path / "badges.txt").write_text("\n".join(["司机 drivers", *texts, ""]))
    words = ["cards", "--badges", str(tmp_path / "badges.txt"), "--out", str(tmp_path / "badges.pdf")]
    assert printed(tmp_path, *words).exit_code == 0
    assert sorted(codes_in(tmp_path / "badges.pdf", tmp_path)) == sorted(texts)
    worn = words_of((tmp_path / "badges.pdf").read_bytes(), tmp_path)
    assert all(word in worn for word in ("司机", "17 号", "4000000000 号", "L1", "2025-10-03"))
    foreign = badge(SigningKey.create(tmp_path / "foreign.key"), 1)
    (tmp_path / "badges.txt").write_text(f"{texts[0]}\n{foreign}")
    refused = printed(tmp_path, *words)
    assert (refused.exit_code, "badge 2" in refused.stderr) == (1, True)
    (tmp_path / "badges.txt").write_text("none")
    assert printed(tmp_path, *words).exit_code == 1


@pytest.mark.parametrize("first", ["1008", "3-2-x", "3-2-9990", "A-2-1008"])
def test_shelf_stickers_that_are_no_pickup_codes(first: str, ready: Path) -> None:
    """A code the counter would not understand is refused with how to write it."""
    result = printed(ready, "cards", "--shelves", first, "--out", str(ready / "shelves.pdf"))
    assert (result.exit_code, "→" in result.stderr) == (1, True)
    assert not (ready / "shelves.pdf").exists()


def test_labels_never_repeat_over_kinds_of_output(ready: Path) -> None:
    """PDF, PNG and both printer languages go on with the numbers; each label is read as the code that was told."""
    told: list[str] = []
    for name in ("a.pdf", "b.png", "c.tspl", "d.zpl"):
        words = ["--count", "1", "--station", "237001", "--out", str(ready / name)]
        result = printed(ready, "labels", *words)
        assert result.exit_code == 0
        told += result.stdout.split()
    read = codes_in(ready / "a.pdf", ready) + counted(load(ready / "b.png"))
    read += [code for label in tspl_labels((ready / "c.tspl").read_bytes()) for code in counted(label)]
    read += [code for label in zpl_labels((ready / "d.zpl").read_bytes()) for code in counted(label)]
    assert read == told
    assert [identify(code).kind for code in told] == [Kind.OWN_PARCEL] * 4
    assert len(set(told)) == 4


def test_labels_of_bags_one_picture_each(ready: Path) -> None:
    """Several pictures carry their code in the file's name; parcels' and bags' numbers run apart."""
    words = ["--kind", "bag", "--count", "2", "--station", "237001", "--out", str(ready / "bag.png")]
    told = printed(ready, "labels", *words).stdout.split()
    assert [identify(code).kind for code in told] == [Kind.OWN_BAG] * 2
    assert [counted(load(ready / f"bag-{code}.png")) for code in told] == [[code] for code in told]


def test_labels_go_to_a_printer(ready: Path) -> None:
    """Its device gets one job a label."""
    port = ready / "lp0"
    os.mkfifo(port)
    opened = os.open(port, os.O_RDWR)
    got = bytearray()
    thread = threading.Thread(target=lambda: got.extend(os.read(opened, 1 << 20)))
    thread.start()
    result = printed(ready, "labels", "--count", "1", "--station", "237001", "--size", "40x30", "--printer", str(port))
    thread.join()
    while len(got) < 40 * 240:
        got.extend(os.read(opened, 1 << 20))
    os.close(opened)
    (label,) = tspl_labels(bytes(got))
    assert (result.exit_code, counted(label)) == (0, result.stdout.split())


def test_a_printer_that_is_off_costs_numbers_not_doubles(ready: Path) -> None:
    """The refused label's number is not given again."""
    words = ["labels", "--count", "1", "--station", "237001"]
    refused = printed(ready, *words, "--printer", str(ready / "lp9"))
    assert (refused.exit_code, "→" in refused.stderr) == (1, True)
    again = printed(ready, *words, "--out", str(ready / "a.tspl"))
    assert again.stdout.split()[0][8:15] == "0000002"


def test_sheets_one_of_each_with_their_numbers(ready: Path) -> None:
    """Five forms, five running numbers; the next print goes on."""
    for name, serials in (("a.pdf", [1, 2, 3, 4, 5]), ("b.pdf", [6])):
        words = ["--form", "bags"] if name == "b.pdf" else []
        assert printed(ready, "sheets", "--station", "237001", "--out", str(ready / name), *words).exit_code == 0
        papers = [paper_of(code) for code in codes_in(ready / name, ready)]
        assert [paper and (paper.sort, int(paper.number[6:12])) for paper in papers] == [("form", n) for n in serials]
    assert {"入库登记表", "总包交接登记表"} <= set(words_of((ready / "a.pdf").read_bytes(), ready).split())


def test_a_station_without_digits_is_asked_before_anything_is_printed(ready: Path) -> None:
    """V042 has no six digits."""
    for command in ("labels", "sheets"):
        result = printed(ready, command, "--out", str(ready / "x.pdf"))
        assert (result.exit_code, "--station" in result.stderr) == (1, True)
    assert not (ready / "x.pdf").exists()


def test_unknown_format(ready: Path) -> None:
    """A file's ending nobody knows uses up no number."""
    result = printed(ready, "labels", "--station", "237001", "--out", str(ready / "labels.docx"))
    assert (result.exit_code, ".pdf" in result.stderr) == (1, True)
    assert not (ready / "data" / "serials.json").exists()


@pytest.mark.parametrize("library", ["fpdf", "segno", "barcode", "PIL"])
def test_without_the_extra_the_answer_is_how_to_install_it(
    library: str, ready: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Pi set up without it still answers, and no number is used up."""
    monkeypatch.setitem(sys.modules, library, None)
    result = printed(ready, "sheets", "--station", "237001", "--out", str(ready / "x.pdf"))
    assert (result.exit_code, "[labels]" in result.stderr) == (1, True)
    assert not (ready / "data" / "serials.json").exists()


def test_a_font_must_be_there_and_be_one(ready: Path) -> None:
    """No font, or a file that is none: the answer is what to install."""
    result = station(ready, "cards", "--font", str(ready / "etc" / "station.toml"), "--out", str(ready / "x.pdf"))
    assert (result.exit_code, "fonts-wqy-microhei" in result.stderr) == (1, True)
    with pytest.raises(Unprintable, match="no Chinese font") as error:
        chinese_font(None, [ready / "nowhere.ttc"])
    assert "apt install" in error.value.hint
    with pytest.raises(Unprintable, match="opened"):
        chinese_font(ready / "nowhere.ttc")
