"""The houses keep their walls: who may import whom, what a core may touch, how long a function may be, what the repo
holds.

The rules are the design's; each is a table here, so that a newcomer reads them in one place.
"""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HOUSES = ("station_agent", "drivers", "sync", "sim_hardware")

MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "drivers": (),
    "sync": (),
    "sync.county": ("sync",),
    "sim_hardware": ("sync",),
    "station_agent": ("drivers", "sync"),
}
"""Of our own packages; each may import itself. `sync` outside `county` never imports the county."""

IMPURE = {
    "socket",
    "serial",
    "sqlite3",
    "threading",
    "asyncio",
    "random",
    "time",
    "os",
    "logging",
    "paho",
    "subprocess",
}
CORES = (
    "drivers/framing.py",
    "drivers/outages.py",
    "drivers/readings.py",
    "drivers/scales/*.py",
    "drivers/scanners/*.py",
    "station_agent/counter/*.py",
    "station_agent/coldchain/*.py",
    "drivers/frames.py",
    "drivers/modbus.py",
    "drivers/registers.py",
    "drivers/probing/*.py",
    "drivers/camera/chain.py",
    "station_agent/voice/numbers.py",
    "station_agent/voice/sentences.py",
    "station_agent/voice/words.py",
    "station_agent/printing/badges.py",
    "station_agent/printing/cards.py",
    "station_agent/printing/drawing.py",
    "station_agent/printing/label.py",
    "station_agent/printing/registry.py",
    "station_agent/printing/sheets.py",
    "station_agent/printing/stickers.py",
    "station_agent/printing/symbols.py",
    "station_agent/printing/tspl.py",
    "station_agent/printing/zpl.py",
    "station_agent/waybill/*.py",
    "station_agent/personal/announced.py",
    "station_agent/personal/contacts.py",
    "station_agent/personal/masking.py",
    "station_agent/personal/phones.py",
    "station_agent/personal/pseudonyms.py",
    "station_agent/personal/retention.py",
    "station_agent/personal/sealing.py",
    "station_agent/personal/vault.py",
    "station_agent/journal/changes.py",
    "station_agent/journal/remains.py",
    "station_agent/journal/mending.py",
    "station_agent/journal/log_file.py",
    "station_agent/journal/snapshots.py",
    "station_agent/journal/window.py",
    "sync/dropped.py",
    "sync/contact.py",
    "sync/entry.py",
    "sync/sealing.py",
    "sync/list_sealing.py",
    "sync/county/announcement.py",
    "sync/wire.py",
    "sync/jitter.py",
    "sync/sender.py",
    "sync/receiver.py",
    "sync/badge.py",
    "sync/contents.py",
    "sync/held.py",
    "sync/lists.py",
    "sync/board.py",
    "sync/county/timeline.py",
)
"""Cores are pure: time, randomness and I/O come in from outside."""

TOP_LEVEL = {
    "station_agent", "drivers", "sync", "sim_hardware", "systemd", "tests",
    "pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "Makefile", ".ci", ".gitignore",
}  # fmt: skip
MAX_FUNCTION_LINES = 60
MAX_FILE_LINES = 400


def tracked(*patterns: str) -> list[Path]:
    """Files git knows, or would take."""
    words = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    return [ROOT / name for name in listed if name and (ROOT / name).exists()]


SOURCES = [path for path in tracked("*.py") if path.relative_to(ROOT).parts[0] in HOUSES]


def house_of(path: Path) -> str:
    """The house a file stands in."""
    parts = path.relative_to(ROOT).parts
    return "sync.county" if parts[:2] == ("sync", "county") else parts[0]


def imports_of(path: Path) -> Iterator[str]:
    """Every module a file imports, at any depth."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the house"
            yield node.module or ""


def test_houses_import_only_what_the_design_allows() -> None:
    """drivers and sync stand alone, sim_hardware sees only sync, station_agent sees drivers and sync."""
    broken = []
    for path in SOURCES:
        house = house_of(path)
        for module in imports_of(path):
            top = module.split(".")[0]
            target = "sync.county" if module.startswith("sync.county") else top
            if top in (*HOUSES, "tests") and target != house and target not in MAY_IMPORT[house]:
                broken.append(f"{path.relative_to(ROOT)} imports {module}")
    assert broken == []


@pytest.mark.parametrize("pattern", CORES)
def test_cores_are_pure(pattern: str) -> None:
    """No core imports a clock, a socket, a database, a thread or chance."""
    files = list(ROOT.glob(pattern))
    assert files, f"{pattern} names nothing"
    broken = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in files
        for module in imports_of(path)
        if module.split(".")[0] in IMPURE
    ]
    assert broken == []


def test_functions_and_files_stay_short() -> None:
    """A function has at most 60 lines without its docstring, 95 % have under 30, a file at most 400 lines of code."""
    lengths = {f"{path.relative_to(ROOT)}:{name}": length for path in SOURCES for name, length in _functions(path)}
    assert {name: length for name, length in lengths.items() if length > MAX_FUNCTION_LINES} == {}
    assert sorted(lengths.values())[int(len(lengths) * 0.95)] < 30
    long_files = {
        str(path.relative_to(ROOT)): count for path in SOURCES if (count := _code_lines(path)) > MAX_FILE_LINES
    }
    assert long_files == {}


def _functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if ast.get_docstring(node) is not None:
                length -= (node.body[0].end_lineno or 0) - node.body[0].lineno + 1
            yield node.name, length


def _code_lines(path: Path) -> int:
    """Lines without docstrings, comments and blank lines."""
    text = path.read_text("utf-8")
    skipped: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            skipped.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = enumerate(text.split("\n"), start=1)
    return sum(
        1 for number, line in lines if number not in skipped and line.strip() and not line.strip().startswith("#")
    )


def test_nothing_stands_beside_the_agreed_houses() -> None:
    """The user fixed the top level."""
    assert {path.relative_to(ROOT).parts[0] for path in tracked()} - TOP_LEVEL == set()


def test_the_project_stands_alone() -> None:
    """No file names a path outside the repository that only the builders had."""
    forbidden = re.compile(r"\.\./shared|/work/|\.library")
    texts = [
        path for path in tracked("*.py", "*.md", "*.toml", "Makefile", ".ci/*", "systemd/*") if path != Path(__file__)
    ]
    assert [str(path.relative_to(ROOT)) for path in texts if forbidden.search(path.read_text("utf-8"))] == []


def test_every_test_says_the_behaviour_it_holds() -> None:
    """A test without a docstring says nothing when it fails."""
    silent = [
        f"{path.relative_to(ROOT)}:{node.name}"
        for path in tracked("tests/*.py", "tests/**/*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and ast.get_docstring(node) is None
    ]
    assert silent == []
