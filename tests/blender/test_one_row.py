# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A parameter is one declaration: it is in the panel, in what is sent, in the recipe, and back from a PNG."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]
ROW = '''
    eta: float = parameter(
        0.25,
        label="Eta",
        description="How much noise is added at each step",
        keys={DRAW_THINGS: "eta", A1111: "eta"},
        minimum=0,
        maximum=1,
        panel="MORE",
        infotext="Eta",
    )
'''
BEHIND = '    """How noise becomes a picture."""\n'


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a Blender of its own tells of a copy of the extension with one row more."""
    folder = tmp_path_factory.mktemp("user")
    extension = folder / "extensions" / "user_default" / "drawthings_addon"
    shutil.copytree(REPOSITORY / "drawthings_addon", extension, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(REPOSITORY / "blender_manifest.toml", extension)
    table = extension / "client" / "sections.py"
    before = table.read_text()
    assert before.count(BEHIND) == 1
    table.write_text(before.replace(BEHIND, BEHIND + ROW))
    told = subprocess.run(
        [sys.executable, Path(__file__).with_name("one_row.py"), folder],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    *_, last = told.stdout.strip().splitlines()
    answer: dict[str, Any] = json.loads(last)
    return answer


def test_it_is_a_property_and_in_the_panel(found: dict[str, Any]) -> None:
    name, description, kind, default = found["property"]
    assert (name, kind, default) == ("Eta", "FLOAT", 0.25)
    assert description == "How much noise is added at each step"
    assert found["range"] == [0.0, 1.0]
    names = [name for name, _label in found["drawn"]]
    assert ["eta", "Eta"] in found["drawn"]
    assert names.index("clip_skip") < names.index("eta"), "behind what has a place in More Settings"


def test_it_is_sent_in_both_dialects(found: dict[str, Any]) -> None:
    assert (found["draw_things"], found["a1111"]) == (0.75, 0.75)


def test_it_is_in_the_recipe_and_its_text(found: dict[str, Any]) -> None:
    assert found["recipe"] == 0.75
    assert "Eta: 0.75" in found["parameters"].splitlines()[-1]


def test_it_comes_back(found: dict[str, Any]) -> None:
    assert found["from recipe"] == 0.75
    assert found["from infotext"] == 0.75
    assert found["not told"] == 0.25, "a text tells it only where it is not as usual"
    assert found["from the app"] == 0.5


def test_where_a_server_lacks_it_that_is_told_and_it_can_be_cleared(found: dict[str, Any]) -> None:
    assert not any("Eta" in each for each in found["left out where it is known"])
    assert "This server does not know Eta: left out." in found["left out elsewhere"]
    assert found["cleared"] == 0.25
