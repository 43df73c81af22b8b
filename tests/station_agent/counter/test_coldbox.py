"""冷箱: every row of the desk's table and every wrong order that is named, gun only; then any order at all."""

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from station_agent.coldchain.machine import Cause
from station_agent.counter.answers import PHRASES
from station_agent.counter.cards import CARDS, Word
from station_agent.counter.counter import Counter
from station_agent.counter.decision import TASK_S
from station_agent.counter.shelves import PACKED
from sync.entry import Lane
from tests.station_agent.counter.cold_desk import BADGE, STRANGER, ColdDesk
from tests.station_agent.counter.desk import BAG, OTHER, PARCEL, Desk, kinds, said, value

THIRD = "JT1234567890123"


def stocked() -> ColdDesk:
    """Two parcels on the shelves, and the mode 冷箱."""
    desk = ColdDesk()
    desk.receive()
    desk.receive(OTHER)
    desk.scan("YYCBOX")
    return desk


def alarmed() -> ColdDesk:
    """A parcel in box 1, which was too warm for an hour."""
    desk = stocked()
    desk.scans("YYCBX1", PARCEL)
    desk.minutes(20, 3000)
    assert "box.alarm_stay" in [answer.phrase for answer in desk.minutes(64, 12_000)]
    return desk


def lies_in(desk: Desk, waybill: str = PARCEL) -> str:
    """The box a parcel lies in, "" for none."""
    content = desk.books.chilled.get(waybill)
    return "" if content is None else content.box


def test_parcels_after_a_box_card_go_into_that_box() -> None:
    """By waybill or by pick-up code, one after the other; the entry says under which rules of which version."""
    desk = stocked()
    assert desk.scans("YYCBX1", PARCEL, desk.parcel(OTHER).code) == ["box.chosen", "box.put", "box.put"]
    assert (lies_in(desk), lies_in(desk, OTHER)) == ("1", "1")
    assert desk.written[-1][0].body == {
        "waybill": OTHER,
        "box": "1",
        "profile": "plum_express",
        "version": desk.cold.version,
    }


def test_a_box_may_be_keyed_instead_of_its_card() -> None:
    """Digits and OK, for the day its card is lost."""
    desk = stocked()
    assert desk.scans("YYCD2", "YYCOK", PARCEL) == ["key.digit", "box.chosen", "box.put"]
    assert lies_in(desk) == "2"


def test_before_a_box_is_said_nothing_goes_anywhere() -> None:
    """The answer says what to scan first; the same after the task was left alone too long."""
    desk = stocked()
    assert desk.scans(PARCEL, "YYCPXMEDICINE") == ["box.which", "box.which"]
    desk.scan("YYCBX1")
    desk.now_s += TASK_S + 1
    assert desk.scans(PARCEL) == ["box.which"]
    assert lies_in(desk) == ""


def test_every_parcel_put_in_prolongs_the_task() -> None:
    """A harvest of boxes takes longer than three minutes."""
    desk = stocked()
    desk.scan("YYCBX1")
    for _ in range(4):
        desk.now_s += TASK_S - 1
        assert said(desk.scan(PARCEL)) in ("box.put", "box.already")
        assert said(desk.scan("YYCBX1")) == "box.chosen"


def test_a_box_that_is_not_here_is_said() -> None:
    """By card, with its number."""
    decision = stocked().scan("YYCBX9")
    assert (said(decision), value(decision, "box")) == ("box.unknown", "9")


def test_what_the_sender_said_decides_where_goods_go() -> None:
    """Plums named at acceptance are kept as plums, and sent away from the medicine with the box to go to."""
    desk = stocked()
    desk.accept(THIRD, "crisp_plum")
    desk.scan("YYCBX3")
    wrong = desk.scan(THIRD)
    assert (said(wrong), value(wrong, "to")) == ("box.wrong", "1")
    assert desk.scans("YYCBX2", THIRD) == ["box.chosen", "box.put"]
    assert desk.written[-2][0].body["profile"] == "plum_stored"
    assert desk.written[-2][0].body["product"] == "crisp_plum"


def test_medicine_must_be_declared() -> None:
    """Nothing undeclared goes in; a product card after the box's declares what follows, until another box is said."""
    desk = stocked()
    assert desk.scans("YYCBX3", PARCEL) == ["box.chosen", "box.undeclared"]
    assert desk.scans("YYCPXDURIAN", "YYCPXMEDICINE", PARCEL) == ["box.goods_unknown", "box.goods", "box.put"]
    assert desk.scans("YYCPXVACCINE", OTHER) == ["box.goods", "box.refused"]
    assert desk.scans("YYCBX3", OTHER) == ["box.chosen", "box.undeclared"]


def test_a_refusal_can_be_followed_at_once() -> None:
    """Told that it lies in the box already, or belongs elsewhere, the task is as it was."""
    desk = stocked()
    desk.scan("YYCBX1")
    assert desk.scans(PARCEL, "YYCPXMEDICINE", PARCEL, OTHER) == ["box.put", "box.goods", "box.already", "box.wrong"]
    assert desk.scans("YYCPXCRISPPLUM", OTHER) == ["box.goods", "box.put"]


def test_moving_is_taken_and_put() -> None:
    """Scanned into another box it leaves the first, both in one decision, and one undo brings it back."""
    desk = stocked()
    desk.scans("YYCBX1", PARCEL, "YYCBX2")
    decision = desk.scan(PARCEL)
    assert kinds(decision)[:2] == ["box.taken", "box.put"]
    assert lies_in(desk) == "2"
    assert said(desk.scan("YYCUNDO")) == "undone"
    assert lies_in(desk) == "1"


def test_taking_out() -> None:
    """取出, then parcels; one in no box is said; the entry says since when it lay there."""
    desk = stocked()
    desk.scans("YYCBX1", PARCEL)
    put_ms = desk.wall_ms
    desk.now_s += 100
    assert desk.scans("YYCTAKE", PARCEL, OTHER) == ["box.take", "box.taken", "box.not_inside"]
    assert desk.written[-1][0].body["put_ms"] == put_ms
    assert lies_in(desk) == ""


def test_a_parcel_nobody_received_goes_in_scanned_twice() -> None:
    """Goods get warm while somebody argues; one that has left or lies in a bag does not."""
    desk = stocked()
    assert desk.scans("YYCBX1", THIRD, THIRD) == ["box.chosen", "parcel.unknown", "box.put"]
    desk.scans("YYCOUT", PARCEL, "YYCBOX", "YYCBX1")
    assert desk.scans(PARCEL, "9-9-9999") == ["parcel.already_collected", "parcel.unknown"]
    other = desk.parcel(OTHER)
    desk.books.take([desk.books.shelves.put(type(other)(OTHER, PACKED, 0, bag=BAG))])
    assert desk.scans(OTHER, BAG) == ["box.in_bag", "scan.not_here"]


def test_an_alarm_is_closed_by_cause_box_and_badge() -> None:
    """Not before it is back in range, not by nobody; the badge answers the question who."""
    desk = alarmed()
    assert desk.scans("YYCBOX", "YYCCDOOR", "YYCBX1") == ["mode.box", "box.which_alarm", "box.still_out"]
    assert "box.recovered" in [answer.phrase for answer in desk.minutes(20, 3000)]
    assert desk.scans("YYCCDOOR", "YYCBX1", STRANGER) == ["box.which_alarm", "box.who", "box.no_badge"]
    decision = desk.scan(BADGE)
    assert (said(decision), kinds(decision)) == ("box.closed", ["excursion.closed"])
    body = decision.records[0].body
    assert (body["cause"], body["by"], body["waybills"]) == ("door", "7", [PARCEL])
    assert desk.scans("YYCCDOOR", "YYCBX1") == ["box.which_alarm", "box.nothing_to_close"]


@pytest.mark.parametrize(
    ("cards", "answers"),
    [
        ((BADGE, "YYCCPOWER", "YYCBX1"), ["box.badge", "box.which_alarm", "box.closed"]),
        ((BADGE, "YYCBX1", "YYCCPOWER"), ["box.badge", "box.why", "box.closed"]),
        (("YYCCPOWER", BADGE, "YYCBX1"), ["box.which_alarm", "box.which_alarm", "box.closed"]),
        (("YYCCDOOR", "YYCCPOWER", "YYCBX1", BADGE), ["box.which_alarm", "box.which_alarm", "box.who", "box.closed"]),
    ],
)
def test_cause_box_and_badge_in_any_order(cards: tuple[str, ...], answers: list[str]) -> None:
    """Whatever comes first is kept; of two causes the later counts."""
    desk = alarmed()
    desk.minutes(20, 3000)
    desk.scan("YYCBOX")
    assert desk.scans(*cards) == answers
    closed = [record for record, _ in desk.written if record.kind == "excursion.closed"]
    assert [record.body["cause"] for record in closed] == ["power"]


def test_a_box_is_put_out_of_use_when_it_is_empty() -> None:
    """Not with a parcel in it; afterwards nothing is asked of its temperature."""
    desk = stocked()
    desk.scans("YYCBX1", PARCEL)
    assert desk.scans("YYCREST", PARCEL, "YYCBX1") == ["box.rest", "task.unfinished", "box.not_empty"]
    desk.scans("YYCTAKE", PARCEL)
    assert desk.scans("YYCREST", "YYCBX1") == ["box.rest", "box.resting"]
    assert desk.minutes(120, 25_000) == []
    assert not desk.cold.watches["1"].in_use


def test_what_closes_or_rests_cannot_be_taken_back_and_hides_what_was_before() -> None:
    """The undo card then finds nothing, rather than the act before."""
    desk = alarmed()
    desk.minutes(20, 3000)
    desk.scans("YYCBOX", "YYCCDOOR", "YYCBX1", BADGE)
    assert said(desk.scan("YYCUNDO")) == "undo.nothing"
    desk.scans("YYCTAKE", PARCEL, "YYCREST", "YYCBX1")
    assert said(desk.scan("YYCUNDO")) == "undo.nothing"


def test_an_undo_names_only_what_the_person_did() -> None:
    """An alarm that was written with a put is not taken back with it."""
    desk = stocked()
    desk.scans("YYCBX1", PARCEL)
    desk.minutes(20, 3000)
    desk.minutes(5, 12_000)
    desk.scans("YYCBOX", "YYCBX1", OTHER)
    desk.scan("YYCUNDO")
    places = desk.written[-1][0].body["places"]
    entries = [record for record, _ in desk.written if record.lane is Lane.CUSTODY]
    assert [entries[place].kind for place in places] == ["box.put"]
    assert lies_in(desk, OTHER) == ""


def test_a_parcel_that_leaves_the_shelves_leaves_its_box() -> None:
    """Taken before it is handed out, of all that leave together those that lay in a box; one undo brings both back."""
    desk = stocked()
    desk.scans("YYCBX1", PARCEL, "YYCOUT")
    decision = desk.scan(PARCEL)
    assert kinds(decision) == ["box.taken", "parcel.collected"]
    assert (lies_in(desk), said(decision)) == ("", "parcel.collected")
    assert kinds(desk.scan(OTHER)) == ["parcel.collected"]
    desk.scans("YYCUNDO", "YYCUNDO")
    assert lies_in(desk) == "1"
    assert desk.parcel().is_here


def test_a_returned_parcel_leaves_its_box_too() -> None:
    """Whatever the entry is called that takes it off the shelves; a mark that leaves it here does not."""
    desk = stocked()
    desk.scans("YYCBX1", PARCEL, OTHER, "YYCDAMAGED")
    assert kinds(desk.scan(PARCEL)) == ["parcel.damaged"]
    desk.scan("YYCRETURN")
    assert kinds(desk.scan(PARCEL)) == ["box.taken", "parcel.returned"]
    assert (lies_in(desk), lies_in(desk, OTHER)) == ("", "1")


def test_a_station_without_boxes_has_no_such_desk() -> None:
    """The card is answered, and nothing else has changed."""
    desk = Desk()
    assert desk.scans("YYCBOX", "YYCBX1") == ["card.not_now", "card.not_now"]
    assert isinstance(desk.counter, Counter)


def test_every_cause_has_its_card_and_every_answer_its_words() -> None:
    """The cards say exactly the causes a box can be closed with."""
    assert {card.value for card in CARDS.values() if card.word is Word.CAUSE} == {cause.value for cause in Cause}
    for phrase in ("box.chosen", "box.take", "box.rest", "box.which", "box.which_alarm", "box.why", "box.badge"):
        assert PHRASES[phrase].zh


PARCELS = (PARCEL, PARCEL, OTHER, THIRD, BAG)
CARDS_SCANNED = (
    *("YYCIN", "YYCOUT", "YYCBOX", "YYCBOX", "YYCBX1", "YYCBX2", "YYCBX3", "YYCTAKE", "YYCREST", "YYCCDOOR"),
    *("YYCPXMEDICINE", "YYCPXCRISPPLUM", "YYCUNDO", "YYCCLEAR", "YYCRETURN"),
)
CODES = st.sampled_from([*PARCELS, *CARDS_SCANNED, BADGE])


class Life(RuleBasedStateMachine):
    """Scans and temperatures in any order, on a disk that may refuse; the account is kept from the entries written."""

    @initialize()
    def open(self) -> None:
        """Two parcels are here, box 1 is chosen."""
        self.desk = stocked()
        self.desk.scan("YYCBX1")

    @rule(code=CODES, wait_s=st.sampled_from([0.1, 5.0, 200.0]), refused=st.booleans())
    def scan(self, code: str, wait_s: float, refused: bool) -> None:
        """Somebody scans something; the disk takes it or not."""
        self.desk.now_s += wait_s
        desk = self.desk
        before = (desk.books.rows(), desk.counter.attention, [w.state.packed() for w in desk.cold.watches.values()])
        decision = desk.decide(code)
        if not refused:
            desk.settle(decision)
            return
        now = (desk.books.rows(), desk.counter.attention, [w.state.packed() for w in desk.cold.watches.values()])
        assert now == before

    @rule(temperature_mc=st.sampled_from([-1000, 3000, 12_000]), minutes=st.sampled_from([2, 20, 70]))
    def measure(self, temperature_mc: int, minutes: int) -> None:
        """An hour or so goes by in box 1."""
        self.desk.minutes(minutes, temperature_mc)

    @rule()
    def restart(self) -> None:
        """The power went: from the stored rows, which are what was written."""
        desk, rows = self.desk, self.desk.books.rows()
        again = ColdDesk(now_s=desk.now_s)
        again.written, again.rows = desk.written, desk.rows
        again.books.load(rows.__getitem__)
        again.open(again.books, boot=2)
        self.desk = again
        assert again.books.rows() == rows

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        """What lies in a box is what the entries say, in one box, and still on the shelves or unknown to them."""
        if not hasattr(self, "desk"):
            return
        for content in self.desk.books.chilled:
            assert [c.waybill for c in self.desk.books.chilled.inside(content.box)].count(content.waybill) == 1
            parcel = self.desk.shelves.parcel(content.waybill)
            assert parcel is None or not parcel.ended_no

    def teardown(self) -> None:
        """The records alone give the same rows."""
        if hasattr(self, "desk"):
            assert self.desk.rebuilt().rows() == self.desk.books.rows()


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
