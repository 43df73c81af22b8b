"""What holds for every temperature, every sampling and every restart."""

from hypothesis import given
from hypothesis import strategies as st

from station_agent.coldchain.machine import GAP_INTERVALS, Machine
from station_agent.coldchain.state import unpacked
from tests.station_agent.coldchain.world import IN, USUAL, Fed, limit, profile

RULES = profile(*USUAL, recover_min=5)
PULLED = profile(*USUAL, pull_down_min=60, recover_min=5)
INTERVAL_MS = 60_000
TEMPERATURES = st.sampled_from([-3000, -500, -499, -1, 0, 2500, 5000, 5001, 9999, 10_000, 25_000])
STEPS = st.integers(1, GAP_INTERVALS * INTERVAL_MS)
ANY_STEPS = st.one_of(STEPS, st.integers(1, 20 * INTERVAL_MS))
STORY = st.lists(st.tuples(ANY_STEPS, TEMPERATURES), max_size=60)


@given(st.lists(st.tuples(ANY_STEPS, st.integers(0, 5000)), max_size=60))
def test_never_out_in_range(story: list[tuple[int, int]]) -> None:
    """Whatever the sampling: values in range open nothing and alarm nothing."""
    fed = Fed(RULES).values(story)
    assert not any(kind.startswith("excursion") for kind in fed.kinds)


@given(STORY)
def test_an_alarm_comes_only_on_a_value_beyond_its_limit(story: list[tuple[int, int]]) -> None:
    """And only when what was measured beyond it, in the time there was, is long enough."""
    fed = Fed(RULES)
    for later_ms, temperature_mc in story:
        fed.values([(later_ms, temperature_mc)])
        for record in fed.outcomes[-1].records:
            if record.kind == "excursion.alarm":
                rule = next(one for one in RULES.limits if one.name == record.body["limit"])
                assert rule.reached_by(temperature_mc)
                assert rule.duration_ms <= record.body["reached_ms"] <= fed.now_ms


@given(STORY, st.lists(STEPS, min_size=1, max_size=200), st.sampled_from(["continuous", "cumulative"]))
def test_no_unbroken_stay_longer_than_the_limit_is_missed(
    before: list[tuple[int, int]], steps: list[int], mode: str
) -> None:
    """Whatever came before and however unevenly it is sampled: the alarm comes by the limit's time."""
    fed = Fed(profile(limit("warm", 10_000, 30, mode=mode))).values(before)
    alarmed = fed.state == "alarm"
    fed.values([(60_000, IN), (60_000, 12_000)]).values((step, 12_000) for step in steps)
    if sum(steps) >= 30 * 60_000:
        assert alarmed or fed.state == "alarm"


@given(STORY)
def test_every_moment_of_an_excursion_is_known_or_unknown(story: list[tuple[int, int]]) -> None:
    """Measured and unmeasured time are the whole time since its first sample: a gap changes nothing silently."""
    fed = Fed(RULES).values(story)
    stay = fed.watch.state.excursion
    if stay is not None:
        assert stay.known_ms + stay.unknown_ms == fed.now_ms - stay.since_ms
        assert 0 <= stay.out_ms <= stay.known_ms


@given(STORY)
def test_gaps_neither_lengthen_nor_shorten_what_was_measured(story: list[tuple[int, int]]) -> None:
    """Gaps ten times as long change no state and no clock, only the time that is reported as unknown."""
    longest_ms = GAP_INTERVALS * INTERVAL_MS
    one = Fed(RULES).values(story)
    other = Fed(RULES).values((ms * 10 if ms > longest_ms else ms, mc) for ms, mc in story)
    assert (one.state, one.watch.state.clocks) == (other.state, other.watch.state.clocks)
    assert [kind for kind in one.kinds if kind[:9] == "excursion"] == [k for k in other.kinds if k[:9] == "excursion"]


@given(STORY)
def test_the_last_record_holds_the_whole_state(story: list[tuple[int, int]]) -> None:
    """Replaying a box's records gives the state it had when it wrote the last of them."""
    fed = Fed(PULLED)
    for step in story:
        fed.values([step])
        carried = [record.body["watch"] for record in fed.outcomes[-1].records if "watch" in record.body]
        if carried:
            assert unpacked(carried[-1]) == fed.watch.state


@given(STORY, st.data())
def test_a_restart_anywhere_changes_nothing(story: list[tuple[int, int]], data: st.DataObject) -> None:
    """Stopped and started between any two samples, the box ends in the same state with the same records."""
    cut = data.draw(st.integers(1, max(1, len(story))))
    whole = Fed(PULLED).values(story)
    first = Fed(PULLED).values(story[:cut])
    if not story:
        return
    stopped = first.watch.finish(first.now_ms).records[0].body["watch"]
    second = Fed(PULLED, kept=unpacked(stopped)).values(story[cut:])
    assert second.watch.state == whole.watch.state
    assert first.kinds + second.kinds == whole.kinds


@given(STORY, st.sampled_from(["load", "rest"]))
def test_an_act_that_is_not_settled_moves_nothing(story: list[tuple[int, int]], act: str) -> None:
    """What the card refused did not happen."""
    fed = Fed(PULLED).values(story)
    before = fed.watch.state.packed()
    fed.watch.step(Machine.rest if act == "rest" else lambda machine: machine.load(anew=True))
    assert fed.watch.state.packed() == before
