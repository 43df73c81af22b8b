"""The settings reader: one run over a file names every mistake in it, and how to repair each."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
import pytest

from sync.settings import EXIT_BAD_SETTINGS, BadSettings, Fault, check, describe, parse_settings, read_settings

Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]


class Broker(msgspec.Struct, kw_only=True):
    host: str = "127.0.0.1"
    port: Port = 1883


class Scale(msgspec.Struct, tag_field="model", tag="ti500", kw_only=True):
    path: str
    baud: Literal[9600, 19200] = 9600


class Gun(msgspec.Struct, tag_field="model", tag="honeywell", kw_only=True):
    path: str


class Shelf(msgspec.Struct, rename="kebab", kw_only=True):
    row_count: Annotated[int, msgspec.Meta(ge=1)]


class Station(msgspec.Struct, kw_only=True):
    station: Annotated[str, msgspec.Meta(min_length=1, max_length=4, pattern="^[A-Z]")]
    broker: Broker = msgspec.field(default_factory=Broker)
    device: list[Scale | Gun] = []
    shelf: Annotated[list[Shelf], msgspec.Meta(max_length=2)] | None = None
    mode: Literal["serial", "network"] = "serial"
    zone: dict[str, Broker] = {}
    quiet: tuple[float, ...] = ()


class Window(msgspec.Struct):
    opens: int
    closes: int

    def __post_init__(self) -> None:
        if self.closes <= self.opens:
            raise ValueError("closes before it opens")


def faults_of(text: str) -> list[Fault]:
    with pytest.raises(BadSettings) as caught:
        parse_settings(text.encode(), Station, file="station.toml")
    return caught.value.faults


def test_a_good_file_becomes_the_struct_with_its_defaults() -> None:
    """What the file leaves out takes the Struct's default."""
    text = 'station = "A1"\n[broker]\nport = 8883\n[[device]]\nmodel = "ti500"\npath = "/dev/x"\n'
    text += "[[shelf]]\nrow-count = 3\n"
    station = parse_settings(text.encode(), Station, file="f")
    assert station == Station(
        station="A1", broker=Broker(port=8883), device=[Scale(path="/dev/x")], shelf=[Shelf(row_count=3)]
    )


def test_three_mistakes_in_three_tables_are_reported_at_once() -> None:
    """A wrong type, a number out of bounds and a misspelt key: one run names all three by their dotted keys."""
    faults = faults_of(
        'station = 7\n[broker]\nport = 99999\n[[device]]\nmodel = "ti500"\npath = "/dev/x"\nbuad = 9600\n'
    )
    assert [fault.key for fault in faults] == ["station", "broker.port", "device.1.buad"]
    assert "整数" in faults[0].found
    assert faults[1].expected == "整数 ≥ 1 ≤ 65535 / a whole number ≥ 1 ≤ 65535"
    assert "did you mean baud" in faults[2].hint


def test_a_missing_key_says_what_is_expected_there() -> None:
    """Found is nothing; expected tells the shape in words."""
    (fault,) = faults_of("")
    assert fault.key == "station"
    assert "nothing" in fault.found
    assert "1–4" in fault.expected


def test_a_key_nobody_knows_and_nothing_resembles_is_to_be_removed() -> None:
    """Without a near key the hint is to remove it, and the known keys are listed."""
    (fault,) = faults_of('station = "A"\nzzzzqq = 1\n')
    assert "remove" in fault.hint
    assert "broker" in fault.expected


def test_a_list_is_counted_from_one_and_its_own_length_is_held() -> None:
    """The second shelf is 2; too many shelves is a fault of the list."""
    assert [fault.key for fault in faults_of('station="A"\n[[shelf]]\nrow-count=1\n[[shelf]]\nrow-count=0\n')] == [
        "shelf.2.row-count"
    ]
    assert [fault.key for fault in faults_of('station="A"\n' + "[[shelf]]\nrow-count=1\n" * 3)] == ["shelf"]


def test_a_table_chosen_by_its_tag_is_held_against_that_struct() -> None:
    """The tag picks the Struct; a tag nobody knows lists those there are and the nearest one."""
    (fault,) = faults_of('station="A"\n[[device]]\nmodel="honeywel"\npath="/x"\n')
    assert fault.key == "device.1.model"
    assert fault.expected == "ti500 | honeywell"
    assert "honeywell" in fault.hint
    (fault,) = faults_of('station="A"\n[[device]]\npath="/x"\n')
    assert "nothing" in fault.found
    (fault,) = faults_of('station="A"\n[[device]]\nmodel="honeywell"\npath=3\n')
    assert fault.key == "device.1.path"


def test_a_table_in_a_named_map_is_reached_by_its_name() -> None:
    """dict[str, Struct]: the key goes through the name."""
    (fault,) = faults_of('station="A"\n[zone.north]\nport="x"\n')
    assert fault.key == "zone.north.port"


def test_one_of_a_few_words_offers_the_nearest() -> None:
    """A Literal misspelt names the word that was probably meant."""
    (fault,) = faults_of('station="A"\nmode="serail"\n')
    assert fault.expected == "network | serial"
    assert "did you mean serial" in fault.hint


@pytest.mark.parametrize("text", ['broker = "here"', "device = 3", "zone = [1]", 'quiet = ["x"]', "shelf = [4]"])
def test_a_plain_value_where_a_table_or_list_belongs_is_a_fault(text: str) -> None:
    """Shape mistakes are faults like any other, never an exception."""
    assert len(faults_of('station="A"\n' + text)) == 1


def test_what_is_no_toml_or_no_utf8_says_where() -> None:
    """A broken file is one fault without a key; tomllib's line number is passed on."""
    (fault,) = faults_of("station = \n")
    assert fault.key == ""
    assert "line 1" in fault.found
    with pytest.raises(BadSettings, match="UTF-8"):
        parse_settings(b"\xff\xfe", Station, file="f")


def test_keys_that_do_not_fit_together_are_reported_in_the_structs_words() -> None:
    """A __post_init__ that refuses becomes a fault, not a traceback."""
    with pytest.raises(BadSettings, match="closes before it opens"):
        parse_settings(b"opens = 9\ncloses = 8\n", Window, file="f")


def test_a_missing_or_huge_file_is_a_fault_with_its_path(tmp_path: Path) -> None:
    """The path stands in the fault, so that it can be corrected."""
    with pytest.raises(BadSettings, match=r"nowhere\.toml") as caught:
        read_settings(tmp_path / "nowhere.toml", Station)
    assert caught.value.hint
    huge = tmp_path / "huge.toml"
    huge.write_bytes(b"#" * (1 << 21))
    with pytest.raises(BadSettings, match="huge"):
        read_settings(huge, Station)


def test_the_file_is_read_from_disk(tmp_path: Path) -> None:
    """read_settings is parse_settings of a file's bytes."""
    path = tmp_path / "station.toml"
    path.write_text('station = "A"\n', encoding="utf-8")
    assert read_settings(path, Station) == Station(station="A")


def test_check_is_pure_and_finds_nothing_in_a_good_table() -> None:
    """The core takes parsed TOML and returns a list."""
    assert check({"station": "A"}, Station, file="f") == []


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (bool, "true | false"),
        (float | None, "数字 / a number"),
        (list[int], "列表,每项为 / a list, each: 整数 / a whole number"),
        (Broker, "表 / a table"),
        (bytes, "bytes"),
    ],
)
def test_annotations_are_told_in_words(wanted: object, words: str) -> None:
    """Nobody must know Python to read what is expected."""
    assert describe(wanted) == words


def test_the_exit_code_is_the_one_systemd_calls_config() -> None:
    """EX_CONFIG."""
    assert EXIT_BAD_SETTINGS == 78
