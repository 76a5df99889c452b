# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The history: what is added is found, whatever becomes of its files."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest

from drawthings_addon.errors import InvalidSettings, StorageFailed
from drawthings_addon.imaging import png
from drawthings_addon.jobs.history import filling
from drawthings_addon.jobs.history.entry import Facets, identity_of
from drawthings_addon.jobs.history.history import History
from drawthings_addon.jobs.history.query import Query, day
from tests.unit.history_fakes import recipe_of, write

PIXELS = np.zeros((4, 6, 3), np.uint8)


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


def test_a_file_without_a_recipe_is_known_wherever_it_is(tmp_path: Path, history: History, out: Path) -> None:
    history.add(write(out / "a.jpg", recipe_of("a JPEG")))
    history.look([out])
    (out / "best").mkdir()
    (out / "a.jpg").rename(out / "best" / "renamed.jpg")
    history.look()
    (entry,) = history.search(Query()).entries
    assert (entry.path, entry.is_missing) == (out / "best" / "renamed.jpg", False)
    history.close()
    (tmp_path / "own" / "history.db").unlink()
    again = History(tmp_path / "own")
    again.look()
    assert again.search(Query()).entries == (entry,)


def test_files_that_are_equal_byte_for_byte_are_two_pictures(
    tmp_path: Path, history: History, out: Path
) -> None:
    for number, name in enumerate(("a.jpg", "b.jpg")):
        made = write(out / name, recipe_of(f"picture {number}", number))
        made.path.write_bytes(b"\xff\xd8\xff the same")
        history.add(made)
    before = history.search(Query()).entries
    history.close()
    (tmp_path / "own" / "history.db").unlink()
    again = History(tmp_path / "own")
    again.look()
    assert again.search(Query()).entries == before
    (out / "b.jpg").rename(out / "c.jpg")
    again.look()
    assert [each.path.name for each in again.search(Query()).entries] == ["c.jpg", "a.jpg"]


def test_copies_are_one_picture(history: History, out: Path) -> None:
    history.add(write(out / "a.png", recipe_of("copied")))
    (out / "project").mkdir()
    (out / "project" / "copy.png").write_bytes((out / "a.png").read_bytes())
    history.look([out])
    (entry,) = history.search(Query()).entries
    assert entry.path == out / "a.png"
    (out / "a.png").unlink()
    history.look()
    assert [each.path for each in history.search(Query()).entries] == [out / "project" / "copy.png"]
    history.delete(entry.identity)
    assert history.search(Query()).total == 0
    history.restore(entry.identity)
    assert [each.path for each in history.search(Query()).entries] == [out / "project" / "copy.png"]


def test_what_is_brought_back_by_hand_is_back(history: History, out: Path) -> None:
    history.add(write(out / "a.png", recipe_of("thrown away")))
    history.look([out])
    (entry,) = history.search(Query()).entries
    deleted = history.delete(entry.identity)
    deleted.path.rename(out / "a.png")
    history.look()
    assert history.search(Query()).entries == (entry,)


def test_what_is_thrown_away_by_hand_is_thrown_away(history: History, out: Path) -> None:
    history.add(write(out / "a.png", recipe_of("thrown away")))
    history.look([out])
    (out / "Deleted").mkdir()
    (out / "a.png").rename(out / "Deleted" / "a.png")
    history.look()
    assert (words(history), words(history, deleted=True)) == ([], ["thrown away"])
    (entry,) = history.search(Query(deleted=True)).entries
    assert history.restore(entry.identity).path == out / "a.png"


def test_one_that_was_brought_back_is_back_also_where_its_disk_is_gone(
    tmp_path: Path, history: History, out: Path
) -> None:
    history.add(write(out / "cat.jpg", recipe_of("cat")))
    (found,) = history.search(Query()).entries
    history.delete(found.identity)
    history.restore(found.identity)
    out.rename(tmp_path / "away")
    history.look()
    history.rebuild()
    assert history.search(Query()).entries == (replace(found, is_missing=True),)
    (tmp_path / "away").rename(out)
    history.look()
    assert history.search(Query()).entries == (found,)


def test_an_emptied_bin_brings_nothing_back(history: History, out: Path) -> None:
    history.add(write(out / "a.png", recipe_of("thrown away")))
    (entry,) = history.search(Query()).entries
    history.delete(entry.identity).path.unlink()
    (out / "Deleted").rmdir()
    history.look()
    assert (words(history), words(history, deleted=True)) == ([], [])
    with pytest.raises(StorageFailed, match="not there any more"):
        history.restore(entry.identity)
    history.rebuild()
    assert words(history) == []


def test_a_missing_one_can_be_thrown_away_and_had_again(history: History, out: Path) -> None:
    history.add(write(out / "a.png", recipe_of("on a disk that is gone")))
    history.look([out])
    (entry,) = history.search(Query()).entries
    out.rename(out.with_name("elsewhere"))
    history.look()
    assert history.delete(entry.identity).is_deleted
    assert words(history) == []
    out.with_name("elsewhere").rename(out)
    history.look()
    assert words(history) == [], "nobody wanted it"
    assert history.restore(entry.identity) == entry


def test_one_that_was_moved_right_before_it_is_thrown_away(history: History, out: Path) -> None:
    history.add(write(out / "a.png", recipe_of("moved")))
    history.look([out])
    (entry,) = history.search(Query()).entries
    (out / "best").mkdir()
    (out / "a.png").rename(out / "best" / "a.png")
    assert history.delete(entry.identity).path == out / "best" / "Deleted" / "a.png"
    assert history.restore(entry.identity).path == out / "best" / "a.png"


@pytest.mark.skipif(sys.platform == "win32", reason="a link needs rights there")
def test_an_output_folder_that_has_two_names(tmp_path: Path, history: History, out: Path) -> None:
    """As by a link, or a network's drive that has a letter, too."""
    (tmp_path / "link").symlink_to(out)
    history.add(write(out / "cat.png", recipe_of("cat")))
    history.look([tmp_path / "link"])
    (found,) = history.search(Query()).entries
    assert history.delete(found.identity).is_deleted
    for _ in range(2):
        assert words(history) == [] and words(history, deleted=True) == ["cat"]
        assert sorted(out.rglob("*.png")) == [out / "Deleted" / "cat.png"]
        history.look()
    assert not history.restore(found.identity).is_deleted
    for _ in range(2):
        assert words(history) == ["cat"] and words(history, deleted=True) == []
        assert sorted(out.rglob("*.png")) == [out / "cat.png"]
        history.look()
    history.close()


def test_what_others_made_is_not_ours(history: History, out: Path) -> None:
    recipe = recipe_of("not ours")
    out.mkdir()
    (out / "infotext.png").write_bytes(png.encode(PIXELS, text={"parameters": recipe.parameters_text()}))
    (out / "sheet.png").write_bytes(png.encode(PIXELS))
    (out / "no recipe.png").write_bytes(png.encode(PIXELS, text={"drawthings": '{"request": []}'}))
    (out / "cut.png").write_bytes(png.encode(PIXELS, text=recipe.png_text())[:60])
    (out / "text.png").write_text("not a picture")
    (out / "link.png").symlink_to(write(out.parent / "far" / "a.png", recipe).path)
    (out / "round").symlink_to(out)
    (out / ".hidden").mkdir()
    write(out / ".hidden" / "a.png", recipe)
    history.look([out])
    assert words(history) == []


def test_what_a_stranger_wrote_does_no_harm(history: History, out: Path) -> None:
    out.mkdir()
    deep = '{"request": ' + "[" * 50_000 + "]" * 50_000 + "}"
    huge = recipe_of("x" * 900_000)
    for name, text in {
        "deep": deep,
        "endless": "[" * 2_000_000,
        "huge": huge.text,
        "surrogate": recipe_of("ok").text.replace('"ok"', '"\\ud800"'),
        "control": recipe_of("a\0b\x1b[31m\u202e" * 3).text,
        "sql": recipe_of("'; DROP TABLE pictures; --", 3, blend='"*" OR 1').text,
        "numbers": recipe_of("ok").text.replace('"seed": 0', '"seed": 1e999'),
        "far": recipe_of("far", created="9999-12-31T23:59:59.999999+00:00").text,
        "early": recipe_of("early", created="0001-01-01T00:00:00+14:00").text,
        "never": recipe_of("never", created="once upon a time").text,
    }.items():
        (out / f"{name}.png").write_bytes(png.encode(PIXELS, text={"drawthings": text}))
    history.look([out])
    found = history.search(Query(limit=500))
    assert found.total == 6
    assert max(len(each.prompt) for each in found.entries) <= 20_000
    assert words(history, words="DROP TABLE") == ["'; DROP TABLE pictures; --"]
    assert history.facets().count == 6
    assert words(history, until=date(1, 1, 1)) == words(history, since=date.max) == []
    today = datetime.now().astimezone().date()
    assert {"far", "early", "never"} <= set(words(history, since=today)), "as the files' time says"
    assert all(each.made.date() <= today for each in found.entries if each.prompt in ("far", "early"))


def test_a_changed_file_is_read_again(history: History, out: Path) -> None:
    history.add(write(out / "a.png", recipe_of("before")))
    history.look([out])
    write(out / "other.png", recipe_of("after", 1)).path.replace(out / "a.png")
    history.look()
    assert {each.prompt: each.is_missing for each in history.search(Query()).entries} == {
        "before": True,
        "after": False,
    }


def test_a_look_at_nothing_new_opens_no_file(
    history: History, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        write(out / f"{number}.png", recipe_of("seen", number))
    past = time.time() - 60
    os.utime(out, (past, past))
    history.look([out])
    looked: list[object] = []
    monkeypatch.setattr(filling, "listing", lambda *args: looked.append(args) or [])
    monkeypatch.setattr(filling, "carried", looked.append)
    assert not history.look([out]).has_changed
    assert looked == []


def test_a_look_at_nothing_new_asks_the_disk_once_for_each_folder(
    history: History, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(out / "a.png", recipe_of("seen"))
    past = time.time() - 60
    os.utime(out, (past, past))
    history.look([out])
    asked: list[object] = []
    ask = os.stat

    def count(path: str | Path, **how: bool) -> os.stat_result:
        asked.append(path)
        return ask(path, **how)

    with monkeypatch.context() as counted:
        counted.setattr(os, "stat", count)
        assert not history.look([out]).has_changed
    assert [str(each) for each in asked].count(str(out)) == 1


def test_a_look_goes_in_steps_and_others_have_their_turn(tmp_path: Path, out: Path) -> None:
    for number in range(450):
        write(out / f"{number}.png", recipe_of(f"picture {number}", number))
    seen: list[int] = []
    history = History(tmp_path / "own", pause=lambda: seen.append(history.search(Query()).total))
    history.look([out])
    assert len(seen) > 2 and seen == sorted(seen)
    assert 0 < seen[0] <= 200


def test_facets(history: History, out: Path) -> None:
    for number in range(6):
        blend = "a.blend" if number % 2 else ""
        history.add(write(out / f"{number}.png", recipe_of("x", number, blend=blend)))
    entries = history.search(Query()).entries
    history.favourite(entries[0].identity)
    history.delete(entries[1].identity)
    assert history.facets() == Facets(
        (("z_image_turbo.ckpt", 5),), (("a.blend", 3),), (("txt2img", 5),), count=5, favourites=1, deleted=1
    )


def test_days_are_written_so() -> None:
    assert day(" 2026-11-07 ") == day("2026-11-7") == date(2026, 11, 7)
    assert day("") is None
    for text in ("some day", "2026-02-30", "7.11.2026", "2026", "٢٠٢٦-١١-٠٧x"):
        with pytest.raises(InvalidSettings):
            day(text)
