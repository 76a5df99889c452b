# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picture that is thrown away is never removed, never over another, and comes back."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from drawthings_addon.errors import StorageFailed
from drawthings_addon.jobs.history.deleting import FOLDER, is_deleted, move_to_deleted, restore


def test_a_picture_is_put_away_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "copper-7.png"
    path.write_bytes(b"one")
    there = move_to_deleted(path)
    assert there == tmp_path / FOLDER / "copper-7.png" and is_deleted(there) and not is_deleted(path)
    assert there.read_bytes() == b"one" and not path.exists()
    assert restore(there, path) == path
    assert path.read_bytes() == b"one" and not there.exists()


def test_a_name_that_is_taken_gets_a_number(tmp_path: Path) -> None:
    path = tmp_path / "copper-7.png"
    found = []
    for content in (b"one", b"two", b"three"):
        path.write_bytes(content)
        found.append(move_to_deleted(path))
    assert [each.name for each in found] == ["copper-7.png", "copper-7-2.png", "copper-7-3.png"]
    assert [each.read_bytes() for each in found] == [b"one", b"two", b"three"]
    path.write_bytes(b"four")
    assert restore(found[0], path) == tmp_path / "copper-7-2.png"
    assert path.read_bytes() == b"four"


def test_one_that_is_put_away_stays_there(tmp_path: Path) -> None:
    path = tmp_path / FOLDER / "copper-7.png"
    path.parent.mkdir()
    path.write_bytes(b"one")
    assert move_to_deleted(path) == path and path.read_bytes() == b"one"


def test_what_is_gone_makes_no_folder(tmp_path: Path) -> None:
    with pytest.raises(StorageFailed):
        move_to_deleted(tmp_path / "gone.png")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("has_links", [True, False])
def test_the_folder_on_another_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, has_links: bool
) -> None:
    def refused(_from: object, to: object, *_args: object, **_kwargs: object) -> None:
        if ".part-" not in str(_from):
            raise OSError(errno.EXDEV if has_links else errno.EPERM, "refused", str(to))
        real(_from, to)  # type: ignore[arg-type]

    real, rename = os.link, Path.rename

    def elsewhere(self: Path, target: Path) -> Path:
        if ".part-" not in self.name:
            raise OSError(errno.EXDEV, "another disk", str(target))
        return rename(self, target)

    monkeypatch.setattr(os, "link", refused)
    monkeypatch.setattr(Path, "rename", elsewhere)
    path = tmp_path / "copper-7.png"
    path.write_bytes(b"one")
    there = move_to_deleted(path)
    assert there.read_bytes() == b"one" and not path.exists()
    assert [each.name for each in there.parent.iterdir()] == ["copper-7.png"]


def test_a_folder_that_takes_nothing_leaves_the_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "copper-7.png"
    path.write_bytes(b"one")
    (tmp_path / FOLDER).write_bytes(b"a file of that name")
    with pytest.raises(StorageFailed):
        move_to_deleted(path)
    assert path.read_bytes() == b"one"
