# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A text that is not a constant of the code goes into a layout through ui/words.py, which bounds it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "drawthings_addon"
DRAWING = sorted({*PACKAGE.glob("ui/*.py"), *PACKAGE.glob("operators/*.py"), PACKAGE / "preferences.py"})


def unbounded(source: str) -> list[int]:
    """Lines with a label or a bar whose text is made on the spot."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("label", "progress")
        and not (isinstance(node.func.value, ast.Name) and node.func.value.id == "words")
        for argument in node.keywords
        if argument.arg == "text" and not is_bounded(argument.value)
    ]


def is_bounded(value: ast.expr) -> bool:
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        return value.func.attr == "short"
    return isinstance(value, ast.Constant)


@pytest.mark.parametrize("path", DRAWING, ids=lambda path: path.name)
def test_labels_are_constant_or_bounded(path: Path) -> None:
    if path.name != "words.py":
        assert unbounded(path.read_text(encoding="utf-8")) == []


def test_the_rule_finds_what_it_is_for() -> None:
    assert unbounded("layout.label(text=name)\nlayout.label(text='x')\nrow.progress(text=f'{a}')") == [1, 3]
    assert unbounded("words.label(layout, name)\nrow.progress(text=words.short(name))") == []
