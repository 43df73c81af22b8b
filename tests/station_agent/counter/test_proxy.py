"""代取: every row of the table of proxies in 出库, and that nothing is recorded as proxy that was not said to be."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from station_agent.counter.decision import TASK_S, Decision
from tests.station_agent.counter.desk import OTHER, PARCEL, Desk, Phones, also, said

ANNA, ANNA2, BERT, BERT2 = PARCEL, OTHER, "JT1234567890123", "SF1385628716740"
NOBODY, NOBODY2, STRANGE = "SF1385628716741", "SF1385628716742", "SF1385628716743"
"""Parcels of two people, two of nobody known, one that was never received."""
OF_ANNA, OF_BERT = "13800138000", "13911112222"
HOUSE = "YYH00000017"
PHONES = {ANNA: OF_ANNA, ANNA2: OF_ANNA, BERT: OF_BERT, BERT2: OF_BERT}
HERE = (ANNA, ANNA2, BERT, BERT2, NOBODY, NOBODY2)
ON, DONE = "out.proxy_on", "out.proxy_done"


def counter() -> Desk:
    """The mode 出库, with what two people and nobody known have to fetch."""
    desk = Desk(people=Phones(dict(PHONES)))
    for waybill in HERE:
        desk.receive(waybill)
    desk.scans("YYCOK", "YYCOUT")
    return desk


def proxies(desk: Desk) -> dict[str, bool]:
    """Of every parcel handed out, whether somebody else fetched it."""
    handed = (record.body for record, _ in desk.written if record.kind == "parcel.collected")
    return {body["waybill"]: body.get("proxy", False) for body in handed}


def test_a_proxy_goes_on_for_the_same_person_and_says_so() -> None:
    """The card says how it ends; the next parcels of that person, and those of nobody known, are marked, aloud."""
    desk = counter()
    card = desk.scan("YYCPROXY")
    assert (said(card), also(card)) == ("out.proxy", [])
    first = desk.scan(ANNA)
    assert (said(first), also(first)) == ("parcel.collected", ["out.more", ON])
    assert also(desk.scan(NOBODY)) == [ON]
    assert also(desk.scan(ANNA2)) == [ON]
    assert proxies(desk) == dict.fromkeys((ANNA, NOBODY, ANNA2), True)
    assert desk.rebuilt().rows() == desk.books.rows()


def test_a_parcel_never_received_is_fetched_by_proxy_too() -> None:
    """Nobody knows whose it is: asked for twice, with the proxy said each time, and marked."""
    desk = counter()
    desk.scan("YYCPROXY")
    assert [also(desk.scan(STRANGE)) for _ in range(2)] == [[ON], [ON]]
    assert proxies(desk) == {STRANGE: True}


@pytest.mark.parametrize("before", [ANNA, NOBODY])
def test_somebody_else_s_parcel_ends_it(before: str) -> None:
    """The next person fetches her own: not marked, and the answer says that the proxy ended."""
    desk = counter()
    desk.scans("YYCPROXY", before)
    bert = desk.scan(BERT)
    assert (said(bert), also(bert)) == ("parcel.collected", ["out.more", DONE])
    assert also(desk.scan("YYCOK")) == []
    assert proxies(desk) == {before: True, BERT: False, BERT2: False}


def test_the_card_again_takes_another_person_in() -> None:
    """One visit for two households: the card before the second one's first parcel, then either's go on."""
    desk = counter()
    desk.scans("YYCPROXY", ANNA, "YYCPROXY")
    assert also(desk.scan(BERT)) == ["out.more", ON]
    assert also(desk.scan(ANNA2)) == [ON]
    assert proxies(desk) == dict.fromkeys((ANNA, BERT, ANNA2), True)


def test_the_card_behind_what_was_found_means_what_was_found() -> None:
    """First the last four, then that it is a neighbour: OK hands all of it out, marked, and ends it."""
    desk = counter()
    assert also(desk.scan("8000", typed=True)) == []
    assert said(desk.scan("YYCPROXY")) == "out.proxy"
    done = desk.scan("YYCOK")
    assert (said(done), also(done)) == ("out.all", [DONE])
    assert proxies(desk) == {ANNA: True, ANNA2: True}
    assert also(desk.scan(NOBODY)) == []


def test_ok_for_all_of_one_person_ends_it() -> None:
    """The next household is fetched by proxy only when the card is scanned again."""
    desk = counter()
    desk.scans("YYCPROXY", ANNA)
    assert also(desk.scan("YYCOK")) == [DONE]
    assert also(desk.scan(NOBODY)) == []
    desk.scan("YYCPROXY")
    assert also(desk.scan(BERT)) == ["out.more", ON]
    assert proxies(desk) == {ANNA: True, ANNA2: True, NOBODY: False, BERT: True}


@pytest.mark.parametrize(("digits", "stands"), [("8000", ON), ("2222", DONE)])
def test_found_by_the_last_four_it_is_told_before_anything_leaves(digits: str, stands: str) -> None:
    """Of the visit's own person it goes on, of another it ends with the finding, and OK marks accordingly."""
    desk = counter()
    desk.scans("YYCPROXY", ANNA)
    found = desk.scan(digits, typed=True)
    assert (said(found), also(found)) == ("out.found", [stands])
    desk.scan("YYCOK")
    assert set(proxies(desk).values()) == ({True} if stands == ON else {True, False})


def test_a_household_is_known_by_its_card() -> None:
    """Its parcels are one person's, whatever else is known of them; another's end the proxy."""
    desk = Desk()
    desk.scans("YYCHOUSE", HOUSE, "YYCCONSENT")
    for waybill in (ANNA, ANNA2):
        desk.receive(waybill)
        desk.scan(HOUSE)
    desk.receive(NOBODY)
    desk.scans("YYCOK", "YYCOUT", "YYCPROXY")
    assert also(desk.scan(NOBODY)) == [ON]
    assert also(desk.scan(HOUSE)) == [DONE]
    desk.scan("YYCPROXY")
    assert also(desk.scan(ANNA)) == ["out.more", ON]
    assert also(desk.scan(HOUSE)) == [ON]
    assert also(desk.scan("YYCOK")) == [DONE]
    assert proxies(desk) == dict.fromkeys((NOBODY, ANNA, ANNA2), True)


@pytest.mark.parametrize(
    "end", ["YYCOK", "YYCCLEAR", "YYCOUT", "YYCIN", "YYCUNDO", "YYCDAMAGED", "YYCCOMPLAINT", "YYCHAND"]
)
def test_whatever_ends_it_says_so(end: str) -> None:
    """OK, clear, undo, a mode, another act begun: the answer says that it ended, and the next parcel is not marked."""
    desk = counter()
    desk.scans("YYCPROXY", NOBODY)
    ended = desk.scan(end)
    assert [said(ended), *also(ended)].count(DONE) == 1
    desk.scans("YYCCLEAR", "YYCOUT", NOBODY2)
    assert proxies(desk)[NOBODY2] is False
    assert desk.rebuilt().rows() == desk.books.rows()


def test_a_proxy_nobody_goes_on_with_is_dropped() -> None:
    """The next person comes after a while, and is somebody else; so said by the clock, or by the scan before it."""
    desk = counter()
    desk.scans("YYCPROXY", NOBODY)
    desk.now_s += TASK_S + 1
    (dropped,) = desk.tick()
    assert (said(dropped), also(dropped)) == ("task.dropped", [DONE])
    desk.scan(NOBODY2)
    desk.scans("YYCPROXY", ANNA)
    desk.now_s += TASK_S + 1
    assert also(desk.scan(ANNA2)) == [DONE]
    assert proxies(desk) == {NOBODY: True, NOBODY2: False, ANNA: True, ANNA2: False}


def test_every_other_answer_says_that_it_stands() -> None:
    """What is wrong, unknown, unreadable, told before or no word of this desk; only digits are said alone."""
    desk = counter()
    desk.scans("YYCPROXY", NOBODY)
    for code in (NOBODY, "9-9-9999", "6901234567892", "ABC123", "YYCCONSENT", "YYH00000099", "YYCTODAY"):
        assert also(desk.scan(code))[-1] == ON, code
    assert also(desk.bad()) == [ON]
    assert also(desk.scan("YYCD1")) == []
    assert also(desk.scan("YYCCLEAR")) == [ON], "digits are cleared, the proxy stands"


def test_on_paper_it_is_the_same() -> None:
    """A sheet's column of who fetched it: marked, said, and ended by OK before OK ends the sheet."""
    desk = Desk(ahead_ms=1_750_000_000_000)
    for waybill in (NOBODY, NOBODY2):
        desk.receive(waybill)
    desk.scans("YYCOK", "YYCPAPER", "YYF00000001")
    assert said(desk.scan("0612", typed=True)) == "paper.opened"
    desk.scans("YYCOUT", "YYCPROXY")
    assert also(desk.scan(NOBODY)) == [ON]
    assert said(desk.scan("YYCOK")) == DONE
    assert also(desk.scan(NOBODY2)) == []
    assert proxies(desk) == {NOBODY: True, NOBODY2: False}


ACTS = (*HERE, STRANGE, "8000", "2222", *("YYCPROXY",) * 3, "YYCOK", "YYCUNDO", "YYCCLEAR", "YYCIN", "YYCOUT", "pause")


def heard(decision: Decision, stood: bool) -> bool:
    """Whether a person who only listens believes that a proxy stands now."""
    words = [said(decision), *also(decision)]
    assert not (ON in words and DONE in words)
    return False if DONE in words else stood or ON in words or "out.proxy" in words


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(ACTS), max_size=25))
def test_what_is_recorded_as_proxy_was_said_to_be(acts: list[str]) -> None:
    """Whatever the order: marked is what left while it was heard to stand; nobody else's parcel without a card."""
    desk, stood, whose, fresh = counter(), False, set[str](), False
    for act in acts:
        if act == "pause":
            desk.now_s += TASK_S + 1
            for decision in desk.tick():
                stood = heard(decision, stood)
            continue
        decision = desk.scan(act, typed=act.isdigit())
        before, stood = stood, heard(decision, stood)
        if said(decision) == "out.proxy":
            whose, fresh = whose if before else set(), True
        elif DONE in also(decision) and not decision.records:
            whose, fresh = set(), False
        for record in decision.records:
            if record.kind != "parcel.collected":
                continue
            person = PHONES.get(record.body["waybill"], "")
            if not record.body.get("proxy"):
                assert not stood, "said to be a proxy's, recorded as her own"
                continue
            assert before, "recorded as a proxy's without a word"
            assert stood or said(decision) == "out.all"
            assert fresh or not person or person in whose, "another person's without the card"
            whose |= {person}
        fresh = fresh and not any(record.kind == "parcel.collected" for record in decision.records)
    assert desk.rebuilt().rows() == desk.books.rows()
