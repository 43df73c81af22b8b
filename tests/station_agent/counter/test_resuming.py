"""After a power cut the counter is in the mode of the last act, so that the next scan means what it meant before."""

import pytest

from station_agent.counter.cards import Mode
from station_agent.counter.resuming import resumed
from tests.station_agent.counter.desk import BAG, OTHER, PARCEL, Desk, said
from tests.station_agent.counter.stops import DRIVER, OWN, SEAL, arrived, packed, sealed, stop


def after_power_cut(desk: Desk) -> Desk:
    """The station started again as its journal tells."""
    again = desk.restarted()
    again.counter.resume(resumed((record.kind, record.body) for record, _ in reversed(desk.written)))
    return again


@pytest.mark.parametrize(
    ("scans", "mode", "following", "answer"),
    [
        (("YYCPACK", OWN, PARCEL, PARCEL), Mode.PACK, OTHER, "pack.unknown"),
        (("YYCPACK", OWN), Mode.PACK, OTHER, "pack.unknown"),
        (("YYCUNPACK", BAG, BAG), Mode.UNPACK, OTHER, "parcel.received"),
        (("YYCUNPACK", BAG, BAG, PARCEL), Mode.UNPACK, OTHER, "parcel.received"),
        ((DRIVER, BAG), Mode.HANDOVER, DRIVER, "handover.resumed"),
        ((DRIVER,), Mode.HANDOVER, DRIVER, "handover.resumed"),
    ],
)
def test_the_work_goes_on_where_it_was(scans: tuple[str, ...], mode: Mode, following: str, answer: str) -> None:
    """Packing, unpacking and a handover each go on with their bag or their driver."""
    desk = stop().desk
    desk.scans(*scans)
    desk = after_power_cut(desk)
    assert desk.counter.attention.mode is mode
    assert said(desk.scan(following)) == answer


def test_a_parcel_after_the_power_cut_still_knows_its_bag() -> None:
    """Half of a bag before it, half after: the bag is found whole."""
    desk = stop().desk
    arrived(desk)
    desk.scans("YYCUNPACK", BAG, PARCEL)
    desk = after_power_cut(desk)
    desk.scans(OTHER, "YYCOK")
    assert desk.parcel(OTHER).bag == BAG
    assert desk.written[-1][0].body["found"] == 2


def test_a_seal_that_was_only_said_is_said_again() -> None:
    """Nothing of it was recorded; the bag is open and can be sealed with the same seal."""
    desk = stop().desk
    packed(desk)
    desk.scans("YYCSEAL", SEAL)
    desk = after_power_cut(desk)
    assert desk.scans("YYCOK", "YYCSEAL", SEAL, "YYCOK") == [
        *("pack.seal_first", "pack.seal_which", "pack.seal_said", "pack.sealed"),
    ]


def test_the_sealed_bag_is_told_at_the_start() -> None:
    """The last act with its count."""
    desk = stop().desk
    sealed(desk)
    assert [answer.phrase for answer in after_power_cut(desk).counter.greeting.also][-1] == "pack.sealed"


def test_an_act_that_was_taken_back_is_not_told_as_the_last() -> None:
    """What was saved last is the undoing; the mode is still that of the act."""
    desk = stop().desk
    desk.scans("YYCIN", PARCEL, "YYCUNDO")
    desk = after_power_cut(desk)
    assert desk.counter.attention.mode is Mode.IN
    assert [answer.phrase for answer in desk.counter.greeting.also][-1] == "undone"


def test_a_mark_is_told_and_leaves_the_mode() -> None:
    """Somebody was handing out, and noted a refusal."""
    desk = stop().desk
    desk.scans("YYCIN", PARCEL, OTHER, "YYCOK", "YYCOUT", OTHER)
    assert desk.scans("YYCREFUSED", PARCEL)[-1] == "marked.refused"
    desk = after_power_cut(desk)
    assert desk.counter.attention.mode is Mode.OUT
    assert [answer.phrase for answer in desk.counter.greeting.also][-1] == "marked.refused"


def test_after_a_handover_it_is_at_the_handover_desk() -> None:
    """Bags that came in stand behind the entry that closed it, and are no 入库."""
    desk = stop().desk
    assert desk.scans(DRIVER, BAG, DRIVER)[-1] == "handover.done"
    desk = after_power_cut(desk)
    assert desk.counter.attention.mode is Mode.HANDOVER
    assert [answer.phrase for answer in desk.counter.greeting.also][-1] == "bag.received"
