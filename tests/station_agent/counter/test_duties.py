"""值班: on and off duty by badge and card, and who stands behind what is recorded."""

import pytest

from drivers.readings import Scan
from station_agent.badges import CountyBadges
from station_agent.counter.counter import WALK_EVERY_S
from station_agent.counter.decision import Decision
from station_agent.counter.duty import MAX_HOURS, MAX_ON_DUTY
from station_agent.counter.road import Road
from sync.badge import Role, make_badge
from tests.station_agent.counter.cold_desk import ColdDesk
from tests.station_agent.counter.desk import PARCEL, Desk, kinds, said, value
from tests.sync.make_golden import COUNTY_SEED, STATION_SEED, signing_key

COUNTY, STRANGER = signing_key(COUNTY_SEED), signing_key(STATION_SEED)
NOW_S = 1_800_000_000.0
TODAY = 20_833
"""2027-01-15, in days since 1970."""


def badge(number: int = 17, role: Role = Role.ATTENDANT, days: tuple[int, int] = (TODAY, TODAY + 365)) -> str:
    """A genuine badge."""
    return make_badge(COUNTY.sign, number=number, role=role, place="V042", first_day=days[0], last_day=days[1])


def attended(*revoked: int) -> Desk:
    """A station that knows the county's key."""
    return Desk(now_s=NOW_S, road=Road(badges=CountyBadges(COUNTY.public, lambda: revoked)))


def body(decision: Decision) -> dict[str, object]:
    """Of the only entry."""
    (record,) = decision.records
    return record.body


def test_a_badge_begins_duty_and_ends_it() -> None:
    """In whatever mode; only its number is kept, what for and how long, and how many hours it was."""
    desk = attended()
    assert body(desk.scan(badge())) == {"badge": "17", "purpose": "attendant", "keep_days": 1095}
    began_ms = desk.wall_ms
    assert desk.books.duty.by == "17"
    desk.scan("YYCOUT")
    desk.now_s += 8 * 3600
    ended = desk.scan(badge())
    assert (said(ended), value(ended, "hours")) == ("duty.ended", "8")
    assert body(ended) == {"badge": "17", "purpose": "attendant", "began_ms": began_ms}
    assert desk.books.duty.by == ""


def test_a_double_read_of_a_badge_is_one_scan() -> None:
    """The gun's second read does not end what its first began."""
    desk = attended()
    desk.scan(badge())
    assert kinds(desk.scan(badge(), repeated=True)) == []
    assert kinds(desk.scan(badge().lower(), repeated=True)) == []
    assert desk.books.duty.by == "17"


def test_whoever_is_on_duty_stands_behind_what_is_recorded() -> None:
    """Every custody entry a person makes, weights and undoings too; before and after nobody does; duty's own do not."""
    desk = attended()
    desk.receive("JT1234567890123")
    desk.scan(badge())
    desk.receive()
    desk.weigh(500)
    desk.scans("YYCOUT", PARCEL, "YYCUNDO")
    desk.scan(badge())
    desk.scan(PARCEL)
    marked = [(record.kind, record.body.get("by")) for record, _ in desk.written]
    assert marked == [
        ("parcel.received", None),
        ("duty.began", None),
        ("parcel.received", "17"),
        ("parcel.weighed", "17"),
        ("parcel.collected", "17"),
        ("act.undone", "17"),
        ("duty.ended", None),
        ("parcel.collected", None),
    ]
    assert desk.rebuilt().rows() == desk.books.rows()


def test_duty_outlives_a_restart() -> None:
    """Who was on duty before the power cut is on duty after it."""
    desk = attended()
    desk.scan(badge())
    after = desk.resumed()
    assert after.books.duty.by == "17"
    assert after.scan(PARCEL).records[0].body["by"] == "17"


def test_the_card_names_the_purpose_first() -> None:
    """Welfare post with a badge, or OK for somebody without one, whose duty stands behind nothing."""
    desk = attended()
    assert desk.scans("YYCDUTYWELFARE", badge()) == ["duty.badge", "duty.began"]
    assert desk.written[-1][0].body == {"badge": "17", "purpose": "welfare", "keep_days": 1095}
    other = attended()
    assert other.scans("YYCDUTYATTEND", "YYCOK") == ["duty.badge", "duty.began"]
    assert other.written[-1][0].body == {"badge": "", "purpose": "attendant", "keep_days": 1095}
    assert other.books.duty.by == ""
    assert said(other.scan("YYCDUTYOFF")) == "duty.ended"


def test_duty_begun_twice_and_for_another_purpose() -> None:
    """The same says so; another purpose ends the first, so that its hours are not lost."""
    desk = attended()
    desk.scan(badge())
    assert desk.scans("YYCDUTYATTEND", badge()) == ["duty.badge", "duty.already"]
    desk.scan("YYCDUTYWELFARE")
    assert kinds(desk.scan(badge())) == ["duty.ended", "duty.began"]
    assert [one.purpose for one in desk.books.duty] == ["welfare"]


def test_the_off_card_asks_whose_duty_ends() -> None:
    """With nobody, with one, with several: by badge, or OK for all."""
    desk = attended()
    assert said(desk.scan("YYCDUTYOFF")) == "duty.nobody"
    for number in (17, 18, 19):
        desk.scan(badge(number))
    assert desk.books.duty.by == "19"
    assert desk.scans("YYCDUTYOFF", badge(20), badge(18)) == ["duty.whose", "duty.nobody", "duty.ended"]
    assert sorted(one.badge for one in desk.books.duty) == ["17", "19"]
    desk.scan("YYCDUTYOFF")
    gone = desk.scan("YYCOK")
    assert (said(gone), value(gone, "count"), len(desk.books.duty)) == ("duty.all_ended", "2", 0)


def test_anything_else_in_between_is_told() -> None:
    """A duty card waits for a badge; clear drops it."""
    desk = attended()
    assert desk.scans("YYCDUTYATTEND", PARCEL, "YYCCLEAR", PARCEL) == [
        "duty.badge",
        "task.unfinished",
        "task.cleared",
        "parcel.received",
    ]


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        (badge(days=(TODAY - 9, TODAY - 1)), "duty.expired"),
        (badge(days=(TODAY + 1, TODAY + 9)), "duty.not_yet"),
        (badge(66), "duty.refused"),
        (make_badge(COUNTY.sign, number=5, role=Role.ATTENDANT, place="V042", first_day=TODAY, last_day=TODAY,
                    pin=("123456", b"salt")), "duty.pin"),
    ],
)  # fmt: skip
def test_a_badge_that_does_not_count_begins_nothing(text: str, phrase: str) -> None:
    """Said with what to do; scanned alone or behind the card."""
    desk = attended(66)
    assert desk.scans(text, "YYCDUTYATTEND", text) == [phrase, "duty.badge", phrase]
    assert (desk.written, len(desk.books.duty)) == ([], 0)


def test_badges_of_others_behind_the_duty_card() -> None:
    """A driver's, a forged and a damaged one are told; alone they are not this desk's."""
    forged = make_badge(STRANGER.sign, number=17, role=Role.ATTENDANT, place="V042", first_day=TODAY, last_day=TODAY)
    desk = attended()
    driver = badge(role=Role.DRIVER)
    assert not [name for name in desk.scans(driver, forged, "YYB" + "A" * 30) if str(name).startswith("duty.")]
    assert len(desk.books.duty) == 0
    desk = attended()
    assert desk.scans("YYCDUTYATTEND", driver, forged, "YYB" + "A" * 30) == [
        "duty.badge",
        "duty.other",
        "duty.refused",
        "duty.unreadable",
    ]
    keyless = Desk(now_s=NOW_S)
    assert keyless.scans("YYCDUTYATTEND", badge()) == ["duty.badge", "duty.unreadable"]


def test_what_somebody_is_in_the_middle_of_goes_on() -> None:
    """A badge scanned while parcels of a household wait for OK: they still leave with it."""
    desk = attended()
    desk.scans("YYCHOUSE", "YYH00000017", "YYCCONSENT", PARCEL, "YYH00000017", "YYCOUT", "YYH00000017")
    assert desk.scans(badge(), "YYCOK") == ["duty.began", "out.all"]


def test_where_a_cold_box_asks_for_a_badge_none_begins_a_duty() -> None:
    """There it says who closes an alarm; behind a duty card it is a duty's."""
    desk = ColdDesk(now_s=NOW_S, road=attended().road)
    desk.scan("YYCBOX")
    assert said(desk.scan(badge())) in ("box.badge", "box.no_badge")
    assert len(desk.books.duty) == 0
    assert desk.scans("YYCDUTYATTEND", badge()) == ["duty.badge", "duty.began"]


def test_a_badge_counts_where_nobody_knows_the_day() -> None:
    """An expired one too: the clock may be wrong."""
    desk = attended()
    moment = desk.at()._replace(trusted=False)
    text = badge(days=(TODAY - 9, TODAY - 1))
    decision = desk.settle(desk.counter.scan(Scan(text, text.encode(), desk.now_s), moment))
    assert said(decision) == "duty.began"


def test_no_more_than_a_few_are_on_duty() -> None:
    """A station has one counter."""
    desk = attended()
    for number in range(1, MAX_ON_DUTY + 1):
        desk.scan(badge(number))
    assert said(desk.scan(badge(99))) == "duty.full"
    assert len(desk.books.duty) == MAX_ON_DUTY


def test_a_forgotten_duty_ends_by_itself() -> None:
    """After a night nobody is on duty; the entry says that nobody ended it, and undo does not mean it."""
    desk = attended()
    desk.scan(badge())
    desk.now_s += MAX_HOURS * 3600 - WALK_EVERY_S
    assert desk.tick() == []
    desk.receive()
    desk.now_s += WALK_EVERY_S
    (decision,) = desk.tick()
    assert decision.records[0].body["forgotten"] is True
    assert len(desk.books.duty) == 0
    assert desk.scan("YYCUNDO").records[0].body["act"] == "parcel.received"
    assert len(desk.books.duty) == 0
    assert desk.rebuilt().rows() == desk.books.rows()
