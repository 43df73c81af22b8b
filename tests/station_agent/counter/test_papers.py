"""Numbers of printed things: read by the counter as what was printed, and mistaken for nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station_agent.counter.cards import card_of
from station_agent.counter.decision import Paper
from station_agent.counter.papers import (
    MAX_SERIAL,
    RANDOM_NUMBERS,
    PaperSort,
    random_paper_code,
    serial_paper_code,
)
from station_agent.counter.tokens import paper_of
from station_agent.waybill import Kind, identify, own_bag_code, own_parcel_code
from station_agent.waybill.checkdigits import gs1_fits


@given(st.sampled_from([PaperSort.HOUSEHOLD, PaperSort.SENDER]), st.integers(0, RANDOM_NUMBERS - 1))
def test_a_random_card_is_read_as_it_was_made(sort: PaperSort, number: int) -> None:
    """The counter reads sort and number, with a check digit, and identification takes it for no parcel or bag."""
    code = random_paper_code(sort, number)
    read = paper_of(code)
    assert read is not None
    assert (read.sort, int(read.number[:-1]), gs1_fits(read.number)) == (sort, number, True)
    assert (identify(code).kind, identify(code).refused, card_of(code)) == (Kind.UNKNOWN, None, None)


@given(st.sampled_from([PaperSort.STUB, PaperSort.FORM]), st.integers(0, MAX_SERIAL))
def test_a_serial_paper_is_read_as_it_was_made(sort: PaperSort, serial: int) -> None:
    """The counter reads sort, station and serial, with a check digit, and it is no parcel or bag."""
    code = serial_paper_code(sort, "237001", serial)
    assert paper_of(code) == Paper(sort, code[3:])
    assert (code[3:9], int(code[9:15]), gs1_fits(code[3:])) == ("237001", serial, True)
    assert (identify(code).kind, card_of(code)) == (Kind.UNKNOWN, None)


@pytest.mark.parametrize("code", [own_bag_code("237001", 1), own_parcel_code("237001", 1)])
def test_labels_of_ours_are_no_papers(code: str) -> None:
    """Bags and parcels are not taken for papers or cards."""
    assert (paper_of(code), card_of(code)) == (None, None)


def test_what_does_not_fit_is_an_error_when_printing() -> None:
    """A serial or station too long, or the other sort's number, is never printed cut off."""
    for sort, number in ((PaperSort.FORM, 1), (PaperSort.SENDER, RANDOM_NUMBERS)):
        with pytest.raises(ValueError, match="number"):
            random_paper_code(sort, number)
    wrong = (
        (PaperSort.SENDER, "237001", 1),
        (PaperSort.STUB, "2370012", 1),
        (PaperSort.STUB, "237001", MAX_SERIAL + 1),
    )
    for sort, station, serial in wrong:
        with pytest.raises(ValueError, match=r"number|station|serial"):
            serial_paper_code(sort, station, serial)
