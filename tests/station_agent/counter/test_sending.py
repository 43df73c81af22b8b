"""寄件: every row of its table that is not about consignments, and the wrong orders of acts."""

import pytest

from drivers.readings import Scan
from station_agent.counter.answers import Answer
from station_agent.counter.book import Event
from station_agent.counter.books import Books
from station_agent.counter.decision import TASK_S, Decision
from station_agent.counter.desks.sending_tasks import CHECK_S
from station_agent.counter.holds import MAX_HOLDS
from station_agent.counter.shelves import ACCEPTED, ShelfPlan
from station_agent.waybill import own_parcel_code
from tests.station_agent.counter.desk import BAG, PAYMENT, Desk, also, kinds, said, value
from tests.station_agent.counter.sender import (
    AIR,
    BEIJING,
    FIRST,
    INSPECTED,
    ORANGE,
    PARCEL_CLASS,
    PLUM,
    SECOND,
    SENDER,
    THIRD,
    TOKEN,
    Flight,
    key,
    sending,
)

LABEL, OTHER_LABEL = own_parcel_code("500237", 1), own_parcel_code("500237", 2)


def bodies(desk: Desk, kind: str) -> list[dict[str, object]]:
    """Bodies of the entries of one kind."""
    return [record.body for record, _ in desk.written if record.kind == kind]


def test_what_was_said_first_goes_into_the_acceptance() -> None:
    """Sender, product, destination, price, source, lot and inspection said before the number count for it, once."""
    desk = sending()
    assert desk.scans(SENDER, PLUM, BEIJING, AIR, "YYCSLIVE", "YYCLOT") == [
        "send.sender",
        "send.goods",
        "send.place",
        "send.price",
        "send.source",
        "send.lot_key",
    ]
    assert desk.scans("LOT-7", INSPECTED) == ["send.lot", "send.next_inspected"]
    decision = desk.scan(FIRST)
    assert (said(decision), kinds(decision)) == ("send.accepted", ["parcel.accepted", "parcel.inspected"])
    assert also(decision) == ["send.cold", "send.lacks_weight"]
    assert decision.records[0].body == {
        "waybill": FIRST,
        "carrier": "sf",
        "real_name": TOKEN,
        "product": "crisp_plum",
        "destination": "bj",
        "price": "air",
        "lot": "LOT-7",
        "source": "live",
    }
    assert decision.records[1].body == {"waybill": FIRST, "by": "attendant"}
    desk.weigh(1000)
    desk.scan(SECOND)
    assert bodies(desk, "parcel.accepted")[1] == {"waybill": SECOND, "carrier": "yto", "real_name": "pending"}


def test_who_looked_inside_is_who_is_on_duty() -> None:
    """The badge of the one on duty stands in the inspection."""
    desk = sending()
    desk.site.on_duty = lambda: "B17"
    desk.scans(INSPECTED, FIRST)
    assert desk.parcel(FIRST).inspected_by == "B17"


def test_a_parcel_without_checks_is_accepted_and_told_what_it_lacks() -> None:
    """Nothing said: real name and screening are pending; each check that comes after it is that parcel's own."""
    desk = sending()
    decision = desk.scan(FIRST)
    assert also(decision) == ["send.lacks_name", "send.lacks_inspection", "send.lacks_weight"]
    parcel = desk.parcel(FIRST)
    assert (parcel.state, parcel.way, parcel.real_name, parcel.screening) == (ACCEPTED, "out", "pending", "pending")
    assert desk.scans(SENDER, INSPECTED) == ["send.registered", "send.inspected"]
    assert said(desk.weigh(2350)) == "parcel.weighed"
    parcel = desk.parcel(FIRST)
    assert (parcel.real_name, parcel.inspected_by, parcel.weight_g, parcel.weight_how) == (
        TOKEN,
        "attendant",
        2350,
        "measured",
    )
    assert parcel.lacks == ()
    assert said(desk.scan(FIRST)) == "send.complete"


def test_scanning_again_tells_and_takes_the_next_check() -> None:
    """Hours later a scan tells what is lacking; what is said before or after that scan is taken, each once."""
    desk = sending()
    desk.scan(FIRST)
    desk.now_s += TASK_S + 1
    told = desk.scan(FIRST)
    assert (said(told), also(told)[:2]) == ("send.lacking", ["send.lacks_name", "send.lacks_inspection"])
    assert said(desk.scan(SENDER)) == "send.registered"
    desk.now_s += TASK_S + 1
    desk.scan(INSPECTED)
    completed = desk.scan(FIRST)
    assert (said(completed), kinds(completed), also(completed)) == (
        "send.completed",
        ["parcel.inspected"],
        ["send.lacks_weight"],
    )
    assert len(bodies(desk, "parcel.accepted")) == 1


def test_checks_that_come_late_speak_of_the_next_parcel() -> None:
    """After CHECK_S a sender's card or an inspection is no longer given to the parcel before."""
    desk = sending()
    desk.scan(FIRST)
    desk.now_s += CHECK_S + 1
    assert desk.scans(SENDER, INSPECTED, SECOND) == ["send.sender", "send.next_inspected", "send.accepted"]
    assert desk.parcel(FIRST).lacks == ("name", "inspection", "weight")
    assert desk.parcel(SECOND).lacks == ("weight",)


@pytest.mark.parametrize(("card", "check"), [(INSPECTED, "inspection"), (SENDER, "name")])
def test_a_double_read_of_a_check_is_of_one_parcel(card: str, check: str) -> None:
    """The gun's second reading must not vouch for the parcel that comes next."""
    desk = sending()
    desk.scans(FIRST, card)
    assert check not in desk.parcel(FIRST).lacks
    assert said(desk.scan(card, repeated=True)) is None
    desk.scan(SECOND)
    assert check in desk.parcel(SECOND).lacks


def test_a_weight_first_waits_for_its_parcel() -> None:
    """A settled weight is told and goes with the number scanned while the pan is loaded, in one act."""
    desk = sending()
    first = desk.weigh(3120)
    assert (said(first), value(first, "weight_kg"), kinds(first)) == ("send.weight_first", "3.120", [])
    decision = desk.scan(FIRST)
    assert kinds(decision) == ["parcel.accepted", "parcel.weighed"]
    assert decision.records[1].body == {"waybill": FIRST, "weight_g": 3120, "device": "scale"}
    desk.empty_pan()
    assert said(desk.scan(SECOND)) == "send.accepted"
    assert desk.parcel(SECOND).weight_g is None


def test_a_weight_nobody_scanned_for_is_gone_with_the_box() -> None:
    """The pan is empty again: told, and the next number gets nothing; another scale's pan changes nothing."""
    desk = sending()
    desk.weigh(3120)
    assert said(desk.empty_pan("other")) is None
    assert said(desk.empty_pan()) == "send.weight_lost"
    assert said(desk.empty_pan()) is None
    desk.scan(FIRST)
    assert desk.parcel(FIRST).weight_how == ""


def test_a_weight_that_stood_too_long_is_not_given() -> None:
    """After CHECK_S nobody can tell what lies there: told, the parcel waits for a new weight."""
    desk = sending()
    desk.weigh(3120)
    desk.now_s += CHECK_S + 1
    decision = desk.scan(FIRST)
    assert {"send.weight_lost", "send.lacks_weight"} <= set(also(decision))
    assert said(desk.weigh(900)) == "parcel.weighed"
    assert desk.parcel(FIRST).weight_g == 900


def test_a_second_weight_takes_the_place_of_one_that_found_nobody() -> None:
    """A scale that never says zero: the newer weight counts, and the older one is told lost."""
    desk = sending()
    desk.weigh(3120)
    assert also(desk.weigh(4000)) == ["send.weight_lost"]
    desk.scan(FIRST)
    assert desk.parcel(FIRST).weight_g == 4000


def test_a_parcel_left_without_its_weight_is_told() -> None:
    """Going on to the next parcel says which one was passed over."""
    desk = sending()
    desk.scan(FIRST)
    assert also(desk.scan(SECOND))[-1] == "send.unweighed"
    assert also(desk.scan(PLUM)) == ["send.unweighed"]
    assert also(desk.scan(BEIJING)) == []


def test_a_weight_is_not_given_to_a_parcel_that_has_one() -> None:
    """Weighed, typed or left to the hub: the next weight is the next parcel's."""
    desk = sending()
    desk.scan(FIRST)
    desk.weigh(1000)
    assert said(desk.weigh(2000)) == "send.weight_first"
    desk.empty_pan()
    desk.scans(SECOND, "YYCNOSCALE")
    assert said(desk.weigh(3000)) == "send.weight_first"
    assert desk.parcel(FIRST).weight_g == 1000
    assert (desk.parcel(SECOND).weight_g, desk.parcel(SECOND).weight_how) == (None, "pending")


def test_a_weight_waits_on_while_a_finished_parcel_is_looked_at() -> None:
    """A number that lacks nothing does not take what waits for the next."""
    desk = sending()
    desk.scans(SENDER, INSPECTED, FIRST)
    desk.weigh(1000)
    desk.empty_pan()
    desk.weigh(2000)
    assert said(desk.scan(FIRST)) == "send.complete"
    desk.scan(SECOND)
    assert (desk.parcel(FIRST).weight_g, desk.parcel(SECOND).weight_g) == (1000, 2000)


@pytest.mark.parametrize("first", [True, False])
def test_a_typed_weight_is_marked(first: bool) -> None:
    """Before the number or after it, keyed grams never look like a measured weight."""
    desk = sending()
    if not first:
        desk.scan(FIRST)
    assert said(desk.scan("YYCTYPEDKG")) == "send.grams_key"
    key(desk, "2500")
    assert said(desk.scan("YYCOK")) == ("send.grams_next" if first else "send.grams")
    if first:
        accepted = desk.scan(FIRST)
        assert kinds(accepted) == ["parcel.accepted", "parcel.weighed"]
        assert also(accepted)[0] == "send.grams", "never said as the scale's word"
    assert bodies(desk, "parcel.weighed") == [{"waybill": FIRST, "weight_g": 2500, "how": "typed"}]
    assert desk.parcel(FIRST).weight_how == "typed"


@pytest.mark.parametrize("digits", ["0", "200001", "9999999999999999"])
def test_a_weight_that_cannot_be_is_keyed_again(digits: str) -> None:
    """No parcel weighs nothing or more than any scale here carries."""
    desk = sending()
    desk.scan("YYCTYPEDKG")
    key(desk, digits)
    assert said(desk.scan("YYCOK")) == "send.grams_wrong"
    key(desk, "800")
    assert said(desk.scan("YYCOK")) == "send.grams_next"


def test_a_measured_weight_stays_and_betters_a_typed_one() -> None:
    """补称 measures a typed parcel anew; keyed grams cannot take the place of what the scale said."""
    desk = sending()
    desk.scans(FIRST, "YYCTYPEDKG")
    key(desk, "2500")
    assert desk.scans("YYCOK", "YYCWEIGH", FIRST) == ["send.grams", "send.weigh_which", "send.weigh_now"]
    assert said(desk.weigh(2430)) == "parcel.weighed"
    assert (desk.parcel(FIRST).weight_g, desk.parcel(FIRST).weight_how) == (2430, "measured")
    desk.scans("YYCWEIGH", FIRST, "YYCTYPEDKG")
    key(desk, "1")
    assert said(desk.scan("YYCOK")) == "send.measured"
    assert desk.parcel(FIRST).weight_g == 2430


def test_a_typed_parcel_is_measured_when_it_lies_on_the_pan() -> None:
    """Weight first, then its number: the scale's word betters the typed one."""
    desk = sending()
    desk.scans(FIRST, "YYCTYPEDKG")
    key(desk, "2500")
    desk.scan("YYCOK")
    desk.weigh(2430)
    assert said(desk.scan(FIRST)) == "send.completed"
    assert desk.parcel(FIRST).weight_how == "measured"


@pytest.mark.parametrize("first", [True, False])
def test_without_a_scale_the_weight_is_left_to_the_hub(first: bool) -> None:
    """到站再称 before or after the number; nothing lacks any longer here."""
    desk = sending()
    desk.scans(*(("YYCNOSCALE", FIRST) if first else (FIRST, "YYCNOSCALE")))
    assert (desk.parcel(FIRST).weight_how, "weight" in desk.parcel(FIRST).lacks) == ("pending", False)


def test_unknown_cards_of_goods_are_told() -> None:
    """A product, place or class that is in no file says nothing of the next parcel."""
    desk = sending()
    assert desk.scans("YYCPXDURIAN", "YYCGXMARS", "YYCQXGOLD") == [
        "send.no_product",
        "send.no_place",
        "send.no_price",
    ]
    desk.scan(FIRST)
    assert not {"product", "destination", "price"} & bodies(desk, "parcel.accepted")[0].keys()


def test_a_price_class_must_be_the_products() -> None:
    """Said after the product it is refused, said before it is dropped and told."""
    desk = sending()
    assert desk.scans(PLUM, PARCEL_CLASS) == ["send.goods", "send.price_wrong"]
    desk.scans("YYCCLEAR", PARCEL_CLASS)
    assert also(desk.scan(PLUM)) == ["send.price_wrong"]
    desk.scan(FIRST)
    assert desk.parcel(FIRST).price == ""


def test_a_lot_is_keyed_or_scanned_and_has_a_bound() -> None:
    """Digits with OK or any code; a text too long, or of other letters, is asked for again."""
    desk = sending()
    assert desk.scans("YYCLOT", "L" * 33, "批次一号", PAYMENT) == [
        "send.lot_key",
        "send.lot_wrong",
        "scan.refused",
        "scan.refused",
    ]
    key(desk, "20250708")
    assert desk.scans("YYCOK", FIRST) == ["send.lot", "send.accepted"]
    assert desk.parcel(FIRST).lot == "20250708"


def test_fruit_that_makes_a_flight_is_told_so() -> None:
    """The flight with the next cut-off, not one that is full, missed, or of another class."""
    flights = Flight("CA2", 9_000_000), Flight("CA1", 500_000), Flight("CA0", 300_000, capacity_kg=0)
    desk = sending(*flights)
    desk.scans(PLUM, AIR, FIRST)
    assert desk.parcel(FIRST).flight == "CA1"
    desk.now_s = 501
    desk.scan(PLUM)
    second = desk.scan(SECOND)
    assert (value_of(second, "send.flight"), desk.parcel(SECOND).flight) == ("CA2", "CA2")
    desk.scan(ORANGE)
    assert not {"send.flight", "send.no_flight"} & set(also(desk.scan(THIRD)))
    desk.now_s = 9001
    desk.scan(PLUM)
    assert "send.no_flight" in also(desk.scan("432895069186308"))


def test_nothing_is_promised_on_a_clock_nobody_trusts() -> None:
    """Without a synchronised clock no flight is told, made or missed."""
    desk = sending(Flight("CA1", 10**9))
    desk.scan(PLUM)
    assert "send.flight" in also(desk.decide(FIRST))
    decision = desk.counter.scan(Scan(FIRST, b"", desk.now_s), desk.at()._replace(trusted=False))
    assert not {"send.flight", "send.no_flight"} & set(also(decision))
    assert "flight" not in decision.records[0].body


def value_of(decision: Decision, phrase: str) -> str:
    """The one value of a sentence said behind the answer."""
    answer = decision.answer or Answer(phrase)
    return next(iter(next(each for each in answer.also if each.phrase == phrase).values.values()))


def test_a_parcel_held_at_the_door_is_not_accepted() -> None:
    """The hold is recorded with its reason, the parcel refused until somebody releases it."""
    desk = sending()
    assert desk.scans("YYCHOLD", "YYCRLIQUID", FIRST, FIRST) == [
        "mark.why",
        "mark.held",
        "marked.held",
        "send.held",
    ]
    assert bodies(desk, "parcel.held") == [{"waybill": FIRST, "reason": "liquid", "unreceived": True, "carrier": "sf"}]
    assert desk.scans("YYCRELEASE", FIRST, FIRST) == ["mark.released", "marked.released", "send.accepted"]
    assert desk.scans("YYCRELEASE", FIRST)[-1] == "marked.not_held"


def test_an_accepted_parcel_that_is_held_must_be_reported() -> None:
    """Prohibited goods found later: held, with a case until it was reported; nothing more is done with the parcel."""
    desk = sending(screens=True)
    desk.scan(FIRST)
    decision = [desk.scan(code) for code in ("YYCHOLD", "YYCRWEAPON", FIRST)][-1]
    assert (said(decision), kinds(decision)) == ("marked.report", ["parcel.held", "case.opened"])
    assert decision.records[0].body == {"waybill": FIRST, "reason": "weapon", "report": True}
    assert desk.scans(FIRST, "YYCSCREENED", FIRST, "YYCCLEAR", "YYCWEIGH", FIRST, "YYCCLEAR", "YYCRELABEL", FIRST) == [
        *("send.held", "send.screen_which", "send.held", "task.cleared"),
        *("send.weigh_which", "send.held", "task.cleared", "send.relabel_which", "send.held"),
    ]


def test_a_held_parcel_stays_held_whatever_else_is_found() -> None:
    """A later mark must not free it."""
    desk = sending()
    desk.scans(FIRST, "YYCHOLD", "YYCRLIVE", FIRST, "YYCDAMAGED", FIRST)
    assert desk.parcel(FIRST).trouble == "held"
    assert said(desk.scan(FIRST)) == "send.held"


def test_holds_at_the_door_are_bounded() -> None:
    """The oldest is forgotten first, the newest is kept."""
    books = Books(ShelfPlan())
    for place in range(MAX_HOLDS + 1):
        event = Event("parcel.held", {"waybill": f"P{place}", "reason": "live", "unreceived": True}, place)
        books.entered(place, event, books.effects(event))
    assert len(books.holds) == MAX_HOLDS
    assert books.holds.get("P0") is None
    assert books.holds.get(f"P{MAX_HOLDS}") is not None


def test_a_parcel_that_lies_here_to_be_fetched_is_not_accepted() -> None:
    """It is told where it lies."""
    desk = Desk()
    desk.receive(FIRST)
    desk.scan("YYCSEND")
    assert said(desk.scan(FIRST)) == "parcel.already_here"


def test_a_number_that_left_is_accepted_anew_when_scanned_twice() -> None:
    """A parcel given back comes again under its number."""
    desk = sending()
    desk.scans(SENDER, FIRST, "YYCRETURN", FIRST)
    assert desk.scans(FIRST, FIRST) == ["send.come_again", "send.accepted"]
    assert desk.parcel(FIRST).real_name == "pending"
    assert desk.rebuilt().rows() == desk.books.rows()


def test_bags_and_other_papers_mean_nothing_here() -> None:
    """A bag, a household card: told, nothing written."""
    desk = sending()
    assert desk.scans(BAG, "YYH00000017", "YYCOK") == ["scan.not_here", "paper.not_now", "card.not_now"]
    assert desk.written == []


def test_a_village_cannot_screen() -> None:
    """Without an X-ray the card says so."""
    assert said(sending().scan("YYCSCREENED")) == "send.no_screening"


def test_screening_and_weight_are_completed_where_they_can_be() -> None:
    """A hub screens and weighs what others accepted, marked so; what it accepted itself is not marked."""
    desk = sending(screens=True)
    assert desk.scans("YYCSCREENED", FIRST) == ["send.screen_which", "send.screened"]
    assert desk.scans("YYCWEIGH", FIRST) == ["send.weigh_which", "send.weigh_now"]
    assert said(desk.weigh(700)) == "parcel.weighed"
    desk.scans("YYCWEIGH", SECOND, "YYCTYPEDKG")
    key(desk, "900")
    assert said(desk.scan("YYCOK")) == "send.grams"
    assert bodies(desk, "parcel.screened") == [{"waybill": FIRST, "by": "attendant", "elsewhere": True}]
    assert bodies(desk, "parcel.weighed") == [
        {"waybill": FIRST, "weight_g": 700, "device": "scale", "elsewhere": True},
        {"waybill": SECOND, "weight_g": 900, "how": "typed", "elsewhere": True},
    ]
    assert [*desk.shelves] == []
    desk.scans(THIRD, "YYCSCREENED", THIRD)
    assert bodies(desk, "parcel.screened")[1] == {"waybill": THIRD, "by": "attendant"}
    assert (desk.parcel(THIRD).screening, desk.scans("YYCSCREENED", THIRD)[-1]) == ("done", "send.screened_before")


def test_nothing_is_done_to_a_parcel_that_left() -> None:
    """Screening and weighing need the parcel."""
    desk = sending(screens=True)
    desk.scans(FIRST, "YYCRETURN", FIRST)
    assert desk.scans("YYCSCREENED", FIRST, "YYCCLEAR", "YYCWEIGH", FIRST) == [
        *("send.screen_which", "send.gone", "task.cleared", "send.weigh_which", "send.gone"),
    ]


def test_a_relabelled_parcel_goes_by_both_numbers() -> None:
    """换单: the old number, then the new one; later checks, marks and undo work by either, and nothing is doubled."""
    desk = sending()
    desk.scans(SENDER, FIRST)
    assert desk.scans("YYCRELABEL", FIRST, SECOND) == ["send.relabel_which", "send.relabel_to", "send.relabelled"]
    assert bodies(desk, "parcel.relabelled") == [{"waybill": FIRST, "to": SECOND, "carrier": "yto"}]
    assert desk.parcel(SECOND) is desk.parcel(FIRST)
    assert said(desk.scan(SECOND)) == "send.lacking"
    assert said(desk.scan(INSPECTED)) == "send.inspected"
    assert desk.parcel(FIRST).inspected_by == "attendant"
    assert len([*desk.shelves]) == 1
    desk.scan("YYCIN")
    assert said(desk.scan(SECOND)) == "parcel.is_outbound"
    desk.scans("YYCUNDO", "YYCUNDO")
    assert desk.shelves.parcel(SECOND) is None
    assert desk.rebuilt().rows() == desk.books.rows()


def test_relabelling_refuses_what_would_lose_or_double_a_parcel() -> None:
    """The same number, one in use, a parcel with a second number already, one not ours."""
    desk = sending()
    desk.scans(FIRST, SECOND)
    assert desk.scans("YYCRELABEL", FIRST, FIRST, SECOND, THIRD) == [
        *("send.relabel_which", "send.relabel_to", "send.relabel_same", "send.relabel_taken", "send.relabelled"),
    ]
    assert desk.scans("YYCRELABEL", FIRST) == ["send.relabel_which", "send.relabelled_before"]
    assert desk.scans("YYCRELABEL", SECOND, THIRD) == ["send.relabel_which", "send.relabel_to", "send.relabel_taken"]
    desk.scan("YYCCLEAR")
    assert desk.scans("YYCRELABEL", "432895069186308")[-1] == "send.relabel_not"


def test_our_own_label_gets_the_carriers_number_at_any_site() -> None:
    """Accepted here or elsewhere; of another site the link alone is known, and it is nobody's parcel yet.

    Our own label is never the new number, and what has two numbers gets no third.
    """
    desk = sending()
    assert said(desk.scan(LABEL)) == "send.accepted"
    assert desk.scans("YYCRELABEL", OTHER_LABEL, LABEL, FIRST)[1:] == [
        *("send.relabel_to", "send.relabel_taken", "send.relabelled"),
    ]
    assert bodies(desk, "parcel.relabelled") == [
        {"waybill": OTHER_LABEL, "to": FIRST, "carrier": "sf", "elsewhere": True},
    ]
    assert (desk.shelves.parcel(FIRST), desk.shelves.parcel(OTHER_LABEL)) == (None, None)
    for number in (FIRST, OTHER_LABEL):
        assert desk.scans("YYCRELABEL", number)[-1] == "send.relabelled_before"
    assert desk.scans("YYCRELABEL", LABEL, FIRST, SECOND)[1:] == [
        *("send.relabel_to", "send.relabel_taken", "send.relabelled"),
    ]
    assert desk.rebuilt().rows() == desk.books.rows()
    assert desk.parcel(SECOND).waybill == LABEL
    assert desk.parcel(LABEL).carrier == "yto"


def test_a_step_begun_is_finished_or_cleared() -> None:
    """Cards, papers and numbers that do not belong to a step are told to wait; nothing is written."""
    desk = sending()
    for card in ("YYCRELABEL", "YYCTYPEDKG", "YYCLOT", "YYCWEIGH"):
        desk.scan(card)
        assert desk.scans(PLUM, SENDER, "YYCOK") == ["task.unfinished"] * 3
        if card == "YYCTYPEDKG":
            assert said(desk.scan(FIRST)) == "task.unfinished"
        assert said(desk.scan("YYCCLEAR")) == "task.cleared"
    assert desk.written == []


def test_a_weight_means_nothing_in_the_middle_of_a_step() -> None:
    """While digits are keyed nobody's weight is taken."""
    desk = sending()
    desk.scan("YYCTYPEDKG")
    assert (said(desk.weigh(500)), desk.written) == (None, [])


def test_digits_without_a_step_are_a_typed_number() -> None:
    """A waybill typed twice is accepted, and marked so for ever."""
    desk = sending()
    assert [said(desk.scan("432895069186308", typed=True)) for _ in range(2)] == ["scan.again", "send.accepted"]
    assert bodies(desk, "parcel.accepted")[0]["typed"] is True


def test_an_acceptance_is_taken_back() -> None:
    """Undo of weight and acceptance in turn; the parcel is as if it had not been."""
    desk = sending()
    desk.scan(FIRST)
    desk.weigh(1000)
    assert desk.scans("YYCUNDO", "YYCUNDO", "YYCUNDO") == ["undone", "undone", "undo.nothing"]
    assert desk.shelves.parcel(FIRST) is None
    assert desk.rebuilt().rows() == desk.books.rows()
