"""Which goods may lie where, and where they are sent instead."""

import pytest

from station_agent.coldchain.contents import MAX_IN_BOX, Contents
from station_agent.coldchain.profiles import load_profiles
from station_agent.counter.answers import Answer
from station_agent.counter.book import Event
from station_agent.counter.chilled import Chilled

PROFILES = load_profiles()
SETUP = {"1": "plum_express", "2": "plum_stored", "3": "medicine", "4": "leafy_vegetables", "5": "chilled"}


def station(chilled: Chilled | None = None, **setup: str) -> Contents:
    """Five boxes, empty."""
    boxes = {box: PROFILES[profile] for box, profile in (setup or SETUP).items()}
    return Contents(PROFILES, boxes, Chilled() if chilled is None else chilled)


def enter(contents: Contents, kind: str, **body: str) -> int:
    """An entry on disk; returns how many rows it changed."""
    changes = list(contents._chilled.effects(Event(kind, body, 1000)))
    for change in changes:
        contents._chilled.take(change)
    return len(changes)


def lay(contents: Contents, waybill: str, product: str, box: str) -> None:
    """Put a parcel into a box without asking."""
    profile = contents.fitting(product, box)
    assert profile is not None
    enter(contents, "box.put", waybill=waybill, box=box, profile=profile.id, product=product)


@pytest.mark.parametrize(
    ("product", "box", "profile"),
    [
        ("crisp_plum", "1", "plum_express"),
        ("crisp_plum", "2", "plum_stored"),
        ("medicine", "3", "medicine"),
        ("chilled_food", "4", "chilled"),
        ("", "1", "plum_express"),
    ],
)
def test_goods_take_the_first_profile_that_fits(product: str, box: str, profile: str) -> None:
    """A stored plum's box is stricter than an express one's; goods may lie in a box stricter than they need."""
    contents = station()
    found = contents.fitting(product, box)
    assert contents.refusal("A", product, box, ()) is None
    assert found is not None
    assert found.id == profile


@pytest.mark.parametrize(
    ("product", "box", "phrase", "to"),
    [
        ("medicine", "1", "box.wrong", "3"),
        ("crisp_plum", "3", "box.wrong", "1"),
        ("crisp_plum", "4", "box.wrong", "1"),
        ("leafy_vegetables", "2", "box.wrong", "4"),
        ("frozen_food", "1", "box.nowhere", None),
        ("durian", "1", "box.nowhere", None),
        ("vaccine", "3", "box.refused", None),
        ("", "3", "box.undeclared", None),
        ("crisp_plum", "9", "box.unknown", None),
    ],
)
def test_goods_that_do_not_fit_are_sent_on(product: str, box: str, phrase: str, to: str | None) -> None:
    """Every refusal, with the box to go to where there is one; each can be said."""
    answer = station().refusal("A", product, box, ())
    assert answer is not None
    assert (answer.phrase, answer.values.get("to")) == (phrase, to)
    assert answer.zh
    assert answer.en


def test_neighbours_that_must_not_share_are_kept_apart() -> None:
    """Plums may lie in the roots' box, which is as cold as they need, but not once leafy vegetables lie there."""
    contents = station(a="root_vegetables", b="plum_express")
    assert contents.refusal("A", "crisp_plum", "a", ()) is None
    lay(contents, "L", "leafy_vegetables", "a")
    assert contents.refusal("R", "root_vegetables", "a", ()) is None
    assert contents.refusal("A", "crisp_plum", "a", ()) == Answer("box.wrong", {"box": "a", "to": "b"})


def test_a_box_in_trouble_is_not_offered() -> None:
    """Nobody is sent to a box that is itself out of range."""
    answer = station().refusal("A", "crisp_plum", "3", {"1"})
    assert answer == Answer("box.wrong", {"box": "3", "to": "2"})


def test_a_parcel_lies_in_one_box() -> None:
    """Put again it is already there; put elsewhere the row moves; taken it is nowhere."""
    contents = station()
    lay(contents, "A", "crisp_plum", "1")
    assert contents.refusal("A", "crisp_plum", "1", ()) == Answer("box.already", {"box": "1"})
    lay(contents, "A", "crisp_plum", "2")
    assert (contents.inside("1"), [content.waybill for content in contents.inside("2")]) == ([], ["A"])
    assert enter(contents, "box.taken", waybill="A", box="2") == 1
    assert contents.find("A") is None
    assert enter(contents, "box.taken", waybill="A", box="2") == 0
    assert enter(contents, "parcel.received", waybill="A") == 0


def test_stored_rows_bring_it_back() -> None:
    """What `load` reads is what lay there, boxes that are gone included."""
    contents, chilled = station(), Chilled()
    lay(contents, "A", "crisp_plum", "1")
    chilled.load(contents._chilled.rows())
    again = station(chilled, a="medicine")
    assert again.find("A") == contents.find("A") is not None
    assert [content.waybill for content in again.inside("1")] == ["A"]


def test_a_full_box_says_so_and_is_not_offered() -> None:
    """The waybills of a box stand in one entry, which has an upper size."""
    contents = station()
    for number in range(MAX_IN_BOX):
        lay(contents, f"P{number}", "crisp_plum", "1")
    assert contents.refusal("A", "crisp_plum", "1", ()) == Answer("box.full", {"box": "1"})
    assert contents.refusal("A", "crisp_plum", "3", ()) == Answer("box.wrong", {"box": "3", "to": "2"})


def test_the_haven_takes_everything_or_is_none() -> None:
    """One box for all goods of the alarmed one; medicine among them has no other place."""
    contents = station()
    lay(contents, "A", "crisp_plum", "1")
    assert contents.haven("1", ()) == "2"
    assert contents.haven("1", {"2"}) is None
    lay(contents, "B", "", "1")
    assert contents.haven("1", ()) is None
    lay(contents, "M", "medicine", "3")
    assert contents.haven("3", ()) is None
