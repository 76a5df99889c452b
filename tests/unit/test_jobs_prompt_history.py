# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prompts that were pressed: the latest first, each once, bounded, whole on disk, and gone when cleared."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from drawthings_addon.errors import StorageFailed
from drawthings_addon.jobs.prompt_history import (
    KEPT_CHARACTERS,
    KEPT_PROMPTS,
    Prompt,
    PromptHistory,
)


def words(history: PromptHistory) -> list[str]:
    return [each.prompt for each in history.latest]


def test_the_latest_is_the_first_and_each_is_there_once() -> None:
    history = PromptHistory()
    for text in ("moss", "rust", "moss"):
        assert history.add(Prompt(text))
    assert words(history) == ["moss", "rust"]
    assert not history.add(Prompt("moss")), "nothing to write"
    assert history.add(Prompt("moss", "blurry")), "with another negative prompt it is another one"
    assert not history.add(Prompt("  \n ", "blurry"))
    assert len(history.latest) == 3


def test_it_is_kept_between_starts(tmp_path: Path) -> None:
    history = PromptHistory(tmp_path / "own" / "prompts.json")
    for each in (Prompt("銹 on\niron", "blurry"), Prompt("“moss”")):
        history.add(each)
    history.write()
    assert [path.name for path in (tmp_path / "own").iterdir()] == ["prompts.json"], "whole, and nothing else"
    later = PromptHistory(tmp_path / "own" / "prompts.json")
    later.add(Prompt("pressed before it was read"))
    later.load()
    assert later.latest == (Prompt("pressed before it was read"), *history.latest)


def test_it_is_bounded_in_number_and_length(tmp_path: Path) -> None:
    history = PromptHistory(tmp_path / "prompts.json")
    for number in range(3 * KEPT_PROMPTS):
        history.add(Prompt(f"prompt {number}"))
    assert len(history.latest) == KEPT_PROMPTS
    assert words(history)[0] == f"prompt {3 * KEPT_PROMPTS - 1}"
    for number in range(30):
        history.add(Prompt(f"{number} " + "銹" * 20_000))
    assert sum(each.length for each in history.latest) <= KEPT_CHARACTERS
    assert words(history)[0].startswith("29 ")
    history.write()
    again = PromptHistory(tmp_path / "prompts.json")
    again.load()
    assert again.latest == history.latest


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"null", b'{"a": 1}', b"[1, [], [1, 2], [\"a\"], [\"a\", 2], [\" \", \"\"]]",
        b"[[\"\\ud800\", \"\"]]", b"\xff\xfe", b"[" * 100_000, b"[" + b" " * (5 << 20) + b"]",
    ],
)  # fmt: skip
def test_a_damaged_file_is_an_empty_one(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "prompts.json"
    path.write_bytes(data)
    history = PromptHistory(path)
    history.add(Prompt("moss"))
    history.load()
    assert words(history) == ["moss"]
    history.write()
    assert json.loads(path.read_text()) == [["moss", ""]]


def test_what_is_cleared_stays_away(tmp_path: Path) -> None:
    path = tmp_path / "prompts.json"
    path.write_text(json.dumps([["moss", ""]]))
    history = PromptHistory(path)
    history.clear()
    history.load()
    assert history.latest == (), "also what was not read yet"
    history.write()
    assert "moss" not in path.read_text()


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.write_text("a file is no folder")
    history = PromptHistory(folder / "prompts.json")
    history.add(Prompt("moss"))
    with pytest.raises(StorageFailed):
        history.write()
    history.load()
    assert words(history) == ["moss"]
    folder.unlink()
    history.add(Prompt("rust"))
    history.write()
    assert json.loads((folder / "prompts.json").read_text()) == [["rust", ""], ["moss", ""]]


def test_what_could_not_be_cleared_is_cleared_with_the_next(tmp_path: Path) -> None:
    path = tmp_path / "prompts.json"
    history = PromptHistory(path)
    history.add(Prompt("moss"))
    history.write()
    path.rename(tmp_path / "kept.json")
    path.mkdir()
    history.clear()
    with pytest.raises(StorageFailed):
        history.write()
    path.rmdir()
    (tmp_path / "kept.json").rename(path)
    history.load()
    assert history.latest == ()
    history.add(Prompt("rust"))
    history.write()
    assert json.loads(path.read_text()) == [["rust", ""]]


def two_that_opened(path: Path) -> tuple[PromptHistory, PromptHistory]:
    earlier = PromptHistory(path)
    earlier.add(Prompt("of yesterday"))
    earlier.write()
    both = PromptHistory(path), PromptHistory(path)
    for each in both:
        each.load()
    return both


def test_two_blenders_keep_the_prompts_of_both(tmp_path: Path) -> None:
    one, other = two_that_opened(tmp_path / "prompts.json")
    for history, text in ((one, "a"), (other, "b"), (one, "c"), (one, "of yesterday")):
        history.add(Prompt(text))
        history.write()
    other.load()
    third = PromptHistory(tmp_path / "prompts.json")
    third.load()
    assert words(third) == words(one) == ["of yesterday", "c", "b", "a"]


def test_what_one_of_two_cleared_the_other_does_not_bring_back(tmp_path: Path) -> None:
    one, other = two_that_opened(tmp_path / "prompts.json")
    one.clear()
    one.write()
    other.add(Prompt("moss"))
    other.write()
    assert words(other) == ["moss"]
    assert "yesterday" not in (tmp_path / "prompts.json").read_text()
