"""Running numbers: none comes twice, whatever happens between two prints."""

import threading
from pathlib import Path

import pytest

from station_agent.errors import Unprintable
from station_agent.printing.serials import Serials


def test_numbers_run_on_over_a_restart(tmp_path: Path) -> None:
    """What was reserved is used up even when nothing came out of the printer; each series runs by itself."""
    assert list(Serials(tmp_path).reserve("parcel 237001", 3, last=999)) == [1, 2, 3]
    assert list(Serials(tmp_path).reserve("parcel 237001", 2, last=999)) == [4, 5]
    assert list(Serials(tmp_path).reserve("bag 237001", 1, last=999)) == [1]


def test_a_write_that_was_cut_off_leaves_the_last_number(tmp_path: Path) -> None:
    """The half of a new file beside the whole old one is not looked at."""
    Serials(tmp_path).reserve("form 237001", 7, last=999)
    (tmp_path / "serials.json.new").write_text('{"used": {"fo')
    assert list(Serials(tmp_path).reserve("form 237001", 1, last=999)) == [8]


def test_two_at_once_never_share_a_number(tmp_path: Path) -> None:
    """Commands that print at the same time wait for each other."""
    got: list[int] = []
    start = threading.Barrier(4)

    def take() -> None:
        start.wait()
        for _ in range(10):
            got.extend(Serials(tmp_path).reserve("parcel 237001", 2, last=999))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == list(range(1, 81))


@pytest.mark.parametrize("damage", ["", "{", '{"used": {"form 237001": "x"}}', '{"used": 1}', "\x00" * 40])
def test_a_damaged_file_is_no_new_start(damage: str, tmp_path: Path) -> None:
    """Nothing is printed and the file is left as it is; the hint says how to go on."""
    (tmp_path / "serials.json").write_text(damage)
    with pytest.raises(Unprintable) as error:
        Serials(tmp_path).reserve("form 237001", 1, last=999)
    assert "--first" in error.value.hint
    assert (tmp_path / "serials.json").read_text() == damage


def test_numbers_end(tmp_path: Path) -> None:
    """The last number is printed, none beyond it, and a refused request uses up nothing."""
    serials = Serials(tmp_path)
    serials.reserve("bag 237001", 8, last=10)
    with pytest.raises(Unprintable, match="10"):
        serials.reserve("bag 237001", 3, last=10)
    assert list(serials.reserve("bag 237001", 2, last=10)) == [9, 10]


def test_numbers_may_be_lifted_never_lowered(tmp_path: Path) -> None:
    """After a new memory card one goes on behind the last label, and cannot go back among those printed."""
    serials = Serials(tmp_path)
    assert list(serials.reserve("bag 237001", 1, last=999, first=500)) == [500]
    with pytest.raises(Unprintable, match="500"):
        serials.reserve("bag 237001", 1, last=999, first=500)
    assert list(serials.reserve("bag 237001", 1, last=999)) == [501]


@pytest.mark.parametrize(("given", "station_id"), [(None, "500237-001"), ("237001", "V042")])
def test_the_digits_of_a_station_are_remembered(given: str | None, station_id: str, tmp_path: Path) -> None:
    """They come from the id, or from a person, once."""
    assert Serials(tmp_path).station(given, station_id) == "237001"
    assert Serials(tmp_path).station(None, "renamed") == "237001"


@pytest.mark.parametrize("given", [None, "12345", "1234567", "２37001", "23700A"])
def test_a_station_without_six_digits_is_asked_for_them(given: str | None, tmp_path: Path) -> None:
    """No digits are made up: two stations would print the same numbers."""
    with pytest.raises(Unprintable) as error:
        Serials(tmp_path).station(given, "V042")
    assert "--station" in error.value.hint
    assert not (tmp_path / "serials.json").exists()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """Before `station init` the answer is what to run."""
    with pytest.raises(Unprintable) as error:
        Serials(tmp_path / "nowhere").reserve("bag 237001", 1, last=9)
    assert "station init" in error.value.hint
