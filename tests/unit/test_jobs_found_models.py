# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which models a server was found to have is kept between starts, within bounds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from drawthings_addon.jobs.found_models import KEPT_FILES, KEPT_SERVERS, FoundModels

HERE, THERE = "http://127.0.0.1:7860", "http://studio:7860"


def test_what_was_found_outlives_a_restart(tmp_path: Path) -> None:
    found = FoundModels(tmp_path / "found.json")
    found.learn(HERE, {"a.ckpt": True, "b.ckpt": False})
    found.learn(HERE, {"b.ckpt": True})
    assert found.of(HERE) == {"a.ckpt": True, "b.ckpt": True}
    assert found.of(THERE) == {}
    found.write()
    again = FoundModels(tmp_path / "found.json")
    again.load()
    assert again.of(HERE) == found.of(HERE)


def test_two_blenders_keep_both_of_theirs(tmp_path: Path) -> None:
    """Also one that never read the file, as one without a window."""
    one, other = (FoundModels(tmp_path / "found.json") for _ in range(2))
    one.learn(HERE, {"a.ckpt": True})
    other.learn(THERE, {"a.ckpt": False})
    other.learn(HERE, {"b.ckpt": True})
    one.write()
    other.write()
    again = FoundModels(tmp_path / "found.json")
    again.load()
    assert again.of(HERE) == {"a.ckpt": True, "b.ckpt": True}
    assert again.of(THERE) == {"a.ckpt": False}


def test_it_is_bounded() -> None:
    found = FoundModels()
    for number in range(KEPT_SERVERS + 5):
        found.learn(f"http://{number}", {"a": True})
    assert found.of("http://0") == {}
    assert found.of(f"http://{KEPT_SERVERS + 4}") == {"a": True}
    found.learn(HERE, {f"{number}.ckpt": True for number in range(KEPT_FILES + 5)})
    assert len(found.of(HERE)) == KEPT_FILES


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        "[" * 100_000,
        '{"x": 1}',
        '{"x": {"": true, "a": 1, "b": "yes"}}',
        "\0",
        "x" * 9_000_000,
    ],
)
def test_a_damaged_file_is_an_empty_one(tmp_path: Path, text: str) -> None:
    path = tmp_path / "found.json"
    path.write_text(text)
    found = FoundModels(path)
    found.load()
    assert found.of("x") == {}
    found.learn(HERE, {"a.ckpt": True})
    found.write()
    assert json.loads(path.read_text())[HERE] == {"a.ckpt": True}
