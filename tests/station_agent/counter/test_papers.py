"""Numbers of printed things: made and read by one rule, and mistaken for nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station_agent.counter.cards import CARDS
from station_agent.counter.papers import (
    MAX_SERIAL,
    RANDOM_NUMBERS,
    PaperSort,
    paper_of,
    random_paper_code,
    serial_paper_code,
)
from station_agent.waybill import Kind, identify, own_bag_code, own_parcel_code


@given(st.sampled_from([PaperSort.HOUSEHOLD, PaperSort.SENDER]), st.integers(0, RANDOM_NUMBERS - 1))
def test_a_random_card_is_read_as_it_was_made(sort: PaperSort, number: int) -> None:
    """Sort and number come back, and identification takes the card for no parcel, bag or refused text."""
    code = random_paper_code(sort, number)
    read = paper_of(code)
    assert read is not None
    assert (read[0], int(read[1][:-1])) == (sort, number)
    assert (identify(code).kind, identify(code).refused) == (Kind.UNKNOWN, None)


@given(st.sampled_from([PaperSort.STUB, PaperSort.FORM]), st.integers(0, MAX_SERIAL))
def test_a_serial_paper_is_read_as_it_was_made(sort: PaperSort, serial: int) -> None:
    """Sort, station and serial come back, and it is no parcel or bag."""
    code = serial_paper_code(sort, "237001", serial)
    read = paper_of(code)
    assert read is not None
    assert (read[0], read[1][:6], int(read[1][6:12])) == (sort, "237001", serial)
    assert identify(code).kind is Kind.UNKNOWN


@given(st.integers(0, MAX_SERIAL), st.integers(3, 15), st.integers(1, 9))
def test_one_wrong_digit_is_seen(serial: int, place: int, by: int) -> None:
    """A number typed with one wrong digit is no paper of ours."""
    code = serial_paper_code(PaperSort.FORM, "237001", serial)
    wrong = code[:place] + str((int(code[place]) + by) % 10) + code[place + 1 :]
    assert paper_of(wrong) is None


@pytest.mark.parametrize("code", [*CARDS, own_bag_code("237001", 1), own_parcel_code("237001", 1), "", "YYF", "YYB1"])
def test_other_codes_of_ours_are_no_papers(code: str) -> None:
    """Cards, bags and labels are not taken for papers."""
    assert paper_of(code) is None


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
