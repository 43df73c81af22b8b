"""Every hint in this package is for the person in the room: Chinese first, then English, short."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import drivers

FILES = sorted(Path(drivers.__file__).parent.rglob("*.py"))
LONGEST = 190
"""What a technician's hint may take; one for the attendant is half as long."""


def hints(tree: ast.AST) -> Iterator[str]:
    """Every text that is given as a hint, or named one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "hint":
            yield from texts(node.value)
        if isinstance(node, ast.Assign):
            names = [target.id.lower() for target in node.targets if isinstance(target, ast.Name)]
            if any(name.endswith(("hint", "hints")) for name in names):
                yield from texts(node.value)


def texts(node: ast.expr) -> Iterator[str]:
    """The texts an expression is made of; of an f-string, its fixed parts in one."""
    if isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.Dict):
        for value in node.values:
            yield from texts(value)
    elif isinstance(node, ast.IfExp):
        yield from texts(node.body)
        yield from texts(node.orelse)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_hint_is_chinese_then_english_and_short(path: Path) -> None:
    """`中文 / English`."""
    for hint in hints(ast.parse(path.read_text(encoding="utf-8"))):
        chinese, slash, english = hint.partition(" / ")
        assert slash, hint
        assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese), hint
        assert not any("\u4e00" <= letter <= "\u9fff" for letter in english), hint
        assert len(hint) <= LONGEST, hint


def test_hints_are_found() -> None:
    """The search itself works."""
    assert sum(len(list(hints(ast.parse(path.read_text(encoding="utf-8"))))) for path in FILES) > 10
