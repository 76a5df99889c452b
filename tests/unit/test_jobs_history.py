# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The history: what is added is found, whatever becomes of its files."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from drawthings_addon.jobs.history.entry import identity_of
from drawthings_addon.jobs.history.history import History
from drawthings_addon.jobs.history.query import Query
from tests.unit.history_fakes import recipe_of, write


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "own")


def words(history: History, **values: object) -> list[str]:
    return [each.prompt for each in history.search(Query(**values)).entries]  # type: ignore[arg-type]


def test_what_was_made_is_found(history: History, out: Path) -> None:
    recipe = recipe_of("moss on a stone", 7, blend="garden.blend")
    history.add(write(out / "moss.png", recipe))
    page = history.search(Query("MOSS sto"))
    (entry,) = page.entries
    assert page.total == 1
    assert entry.identity == identity_of(recipe.text)
    assert (entry.path, entry.width, entry.height) == (out / "moss.png", 6, 4)
    assert (entry.prompt, entry.seed, entry.model) == ("moss on a stone", 7, "z_image_turbo.ckpt")
    assert not (entry.is_missing or entry.is_deleted or entry.is_favourite)
    assert history.recipe(entry.identity) == recipe


def test_the_newest_is_first_and_pages_meet(history: History, out: Path) -> None:
    for number in range(10):
        history.add(write(out / f"{number}.png", recipe_of(f"picture {number}", number)))
    found = [each for offset in (0, 4, 8) for each in words(history, limit=4, offset=offset)]
    assert found == [f"picture {number}" for number in reversed(range(10))]


def test_a_look_finds_what_was_left_out(history: History, out: Path) -> None:
    write(out / "deep" / "er" / "a.png", recipe_of("left out"))
    assert history.look([out]).added == 1
    assert words(history) == ["left out"]
    assert not history.look([out]).has_changed


def test_a_file_that_is_moved_is_the_same_picture(history: History, out: Path) -> None:
    history.add(write(out / "a.png", recipe_of("moved")))
    (before,) = history.search(Query()).entries
    history.favourite(before.identity)
    (out / "best").mkdir()
    (out / "a.png").rename(out / "best" / "b.png")
    history.look([out])
    (entry,) = history.search(Query()).entries
    assert entry == replace(before, path=out / "best" / "b.png", is_favourite=True)


def test_a_file_that_is_gone_is_missing_until_it_is_back(history: History, out: Path) -> None:
    history.add(write(out / "a.png", recipe_of("gone")))
    history.look([out])
    (out / "a.png").rename(out.parent / "a.png")
    assert history.look([out]).lost == 1
    assert [each.is_missing for each in history.search(Query()).entries] == [True]
    (out.parent / "a.png").rename(out / "a.png")
    assert history.look([out]).has_changed
    assert [each.is_missing for each in history.search(Query()).entries] == [False]


def test_deleted_and_brought_back(history: History, out: Path) -> None:
    history.add(write(out / "a.png", recipe_of("thrown away")))
    (entry,) = history.search(Query()).entries
    deleted = history.delete(entry.identity)
    assert (deleted.is_deleted, deleted.path) == (True, out / "Deleted" / "a.png")
    assert words(history) == []
    assert words(history, deleted=True) == ["thrown away"]
    assert history.restore(entry.identity) == entry
    assert (out / "a.png").is_file()


def test_days_are_the_artists_own(history: History, out: Path) -> None:
    history.add(write(out / "a.png", recipe_of("noon")))
    assert words(history, since=date(2026, 11, 27), until=date(2026, 11, 27)) == ["noon"]
    assert words(history, since=date(2026, 11, 29)) == []
    assert words(history, until=date(2026, 11, 25)) == []
