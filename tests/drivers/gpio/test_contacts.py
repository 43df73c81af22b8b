"""Debounce, proven on the core: gpiozero's mock does not debounce and cannot prove it."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.gpio.contacts import CHATTER_S, CHATTER_TOLD_S, SETTLE_S, Contact, Debounce

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "cases" / "gpio.json").read_text(encoding="utf-8")
)
POLL_S = 0.5


def play(
    levels: list[tuple[float, bool]], until_s: float, *, lost_edges: bool = False, poll_s: float = POLL_S
) -> list[tuple[Contact, float]]:
    """Watch a contact whose level (True: open) changes at the given times, as the shell does: on an edge, when the
    core asks, and every `poll_s` after the last look."""
    contact = Debounce()
    told: list[tuple[Contact, float]] = []
    _, is_open = levels[0]
    changes = levels[1:]
    now_s = 0.0
    for _ in range(100_000):
        told += [(each, round(now_s, 3)) for each in contact.look(is_open=is_open, now_s=now_s)]
        quiet = contact.look_at_s is None
        wanted_s = contact.look_at_s if contact.look_at_s is not None else now_s + poll_s
        while changes and changes[0][0] <= wanted_s:
            at_s, level = changes.pop(0)
            if level != is_open and not lost_edges:
                contact.edge(at_s)
                wanted_s = at_s if quiet else wanted_s  # an edge ends the wait for the next poll, no other
            is_open = level
        now_s = max(now_s, wanted_s)
        if now_s > until_s:
            return told
    raise AssertionError("the core never rests")


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["id"]))
def test_a_case_reads_as_recorded(case: dict[str, Any]) -> None:
    """Each timeline of levels gives exactly the changes it expects, within a poll where edges are lost."""
    levels = [(at_s, level == "high") for at_s, level in case["levels"]]
    got = play(levels, levels[-1][0] + 3.0, lost_edges=case.get("lost_edges", False))
    assert [(contact.value, pytest.approx(at_s, abs=0.001)) for contact, at_s in got] == [
        (name, at_s) for name, at_s in case["expected"]
    ]


@given(width_s=st.floats(min_value=0.0005, max_value=0.039), at_s=st.floats(min_value=1.0, max_value=3.0))
def test_no_glitch_shorter_than_the_settling_time_passes(width_s: float, at_s: float) -> None:
    """A pulse of up to 39 ms at any moment between polls changes nothing."""
    assert play([(0.0, False), (at_s, True), (at_s + width_s, False)], 6.0) == [(Contact.SHUT, 0.04)]


@given(gaps=st.lists(st.floats(min_value=0.001, max_value=0.6), min_size=1, max_size=60))
def test_whatever_happened_the_last_level_wins(gaps: list[float]) -> None:
    """After any bouncing the state is that of the contact within a poll and two looks, edges lost or not."""
    for lost_edges in (False, True):
        levels, at_s, level = [(0.0, False)], 1.0, False
        for gap_s in gaps:
            at_s, level = at_s + gap_s, not level
            levels.append((at_s, level))
        told = [each for each, _ in play(levels, at_s + POLL_S + 3 * SETTLE_S, lost_edges=lost_edges)]
        states = [each for each in told if each is not Contact.CHATTERS]
        assert states[-1] is (Contact.OPEN if level else Contact.SHUT)
        assert all(one is not other for one, other in pairwise(states))


def test_a_contact_that_chatters_counts_as_open() -> None:
    """After a second of bouncing it is open and said to chatter, once a minute; when it rests it is shut again."""
    levels = [(0.0, False), *((1.0 + n * 0.02, n % 2 == 0) for n in range(1, 100 * 50, 1)), (101.0, False)]
    told = play(levels, 103.0)
    assert told[0] == (Contact.SHUT, 0.04)
    chatter = [at_s for each, at_s in told if each is Contact.CHATTERS]
    assert len(chatter) == 2
    assert chatter[0] <= 1.0 + CHATTER_S + 2 * SETTLE_S
    assert chatter[1] - chatter[0] >= CHATTER_TOLD_S
    assert [each for each, _ in told if each is not Contact.CHATTERS] == [Contact.SHUT, Contact.OPEN, Contact.SHUT]


def test_a_single_look_decides_nothing() -> None:
    """Not even at the start: a second look without an edge in between is needed."""
    contact = Debounce()
    assert contact.look(is_open=True, now_s=5.0) == []
    assert contact.look_at_s == 5.0 + SETTLE_S
    assert contact.look(is_open=True, now_s=5.02) == []
    assert contact.look(is_open=True, now_s=5.0 + SETTLE_S) == [Contact.OPEN]
    assert contact.look_at_s is None


def test_an_edge_between_two_looks_asks_for_a_third() -> None:
    """The level must have stood still for the whole settling time."""
    contact = Debounce()
    contact.look(is_open=True, now_s=0.0)
    contact.edge(0.03)
    assert contact.look(is_open=True, now_s=0.04) == []
    assert contact.look(is_open=True, now_s=0.07) == [Contact.OPEN]
