# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""scripts/develop.py: a Blender whose extension is the source itself."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from develop import find_blender, run
from environments import REPOSITORY, SetupError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links want rights there")

PROGRAM = """#!/bin/sh
printf '%s\\n' "$BLENDER_USER_RESOURCES" "$@" > "{told}"
exit 3
"""


@pytest.fixture
def blender(tmp_path: Path) -> Path:
    """A program that tells how it was called."""
    program = tmp_path / "blender"
    program.write_text(PROGRAM.format(told=tmp_path / "told"))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def test_the_program_that_is_named_is_taken(blender: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLENDER", str(blender))
    assert find_blender() == str(blender)


def test_one_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLENDER", str(tmp_path / "none"))
    with pytest.raises(SetupError, match="none is no program"):
        find_blender()


def test_it_opens_with_the_source_and_a_folder_of_its_own(blender: Path, tmp_path: Path) -> None:
    user = tmp_path / "user"
    status = run(str(blender), ["jar.blend"], "http://127.0.0.1:7861", user)
    resources, file, *program = (tmp_path / "told").read_text().splitlines()
    assert (status, resources, file) == (3, str(user), "jar.blend")
    assert "http://127.0.0.1:7861" in "\n".join(program)
    linked = user / "extensions" / "user_default" / "drawthings_addon"
    assert (linked / "operators").resolve() == REPOSITORY / "drawthings_addon" / "operators"
