"""`station decode`: what a person and a program get to see, and the exit status."""

import json
from pathlib import Path

from click.testing import CliRunner

from station_agent.cli import main
from station_agent.waybill.sure import surely_waybill
from tests.bench.pictures import FOLDER


def run(*arguments: str) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of the command."""
    result = CliRunner().invoke(main, ["decode", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_a_program_gets_every_field() -> None:
    """Code, family, step, confidence and what confirmed it; a picture without a code has none."""
    status, out, _ = run("--json", str(FOLDER / "waybill-23.jpg"), str(FOLDER / "none-0.jpg"))
    dark, empty = json.loads(out)
    assert status == 0
    assert dark["codes"] == [
        {
            "code": "78812345678901",
            "refused": None,
            "symbology": "CODE128",
            "step": "clahe",
            "confidence": "confirmed",
            "confirmed_by": "carrier rule",
            "counts": True,
        }
    ]
    assert (empty["codes"], empty["error"]) == ([], None)


def test_a_person_gets_words_in_both_languages() -> None:
    """Chinese first; the text of a refused code is not shown."""
    status, out, _ = run(str(FOLDER / "waybill-14.jpg"))
    assert status == 0
    assert "JDVA00123456789-1-1-" in out
    assert "可信 / sure" in out
    assert "example.com" not in out


def test_nothing_read_is_exit_status_one(tmp_path: Path) -> None:
    """No code, and no picture, both say so."""
    broken = tmp_path / "broken.jpg"
    broken.write_text("no picture")
    status, out, _ = run(str(FOLDER / "none-1.jpg"), str(broken))
    assert status == 1
    assert "no code found" in out
    assert "take another picture" in out


def test_only_what_is_surely_a_waybill_vouches() -> None:
    """A well-known shape does; a web address, a payment code, an ambiguous number and nonsense do not."""
    assert surely_waybill("SF1234567890123")
    for code in ("https://example.com", "284712345678901234", "123456789012", "", "XX"):
        assert not surely_waybill(code)
