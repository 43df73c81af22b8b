"""The labelled pictures: no false read, and the chain at least as good as the best decoder alone."""

import pytest

from tests.bench.pictures import Tally, labelled, tallies


@pytest.fixture(scope="module")
def results() -> dict[str, Tally]:
    """Every way of decoding on every picture, once."""
    return tallies()


def test_there_are_pictures_enough() -> None:
    """About sixty, a fifth of them without a code: zero false reads of nothing would prove nothing."""
    pictures = labelled()
    assert len(pictures) >= 55
    assert sum(picture.must is None for picture in pictures) >= 12


def test_the_chain_reads_nothing_false(results: dict[str, Tally]) -> None:
    """Over all pictures not one code counts that is not in its picture."""
    assert results["chain"].wrong == []


def test_the_chain_is_at_least_as_good_as_any_decoder_alone(results: dict[str, Tally]) -> None:
    """It reads every picture the best one reads in number, and not fewer by being careful."""
    alone = {name: tally.right for name, tally in results.items() if name.endswith("alone")}
    assert len(alone) == 6
    assert results["chain"].right >= max(alone.values())
    assert results["chain"].right >= 40


def test_the_care_is_needed(results: dict[str, Tally]) -> None:
    """Believing every step would have let a wrong code in: the pictures are hard enough to show it."""
    assert results["all, unconfirmed"].wrong
