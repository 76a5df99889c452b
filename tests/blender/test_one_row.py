# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A parameter is one declaration: it is in the panel, in what is sent, in the recipe, and back from a PNG.

So is one of every kind: a number, a whole one that may be below zero, a switch, a few words, a name with a
picker, and one in a group of its own that no panel draws.
"""

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
        panel="SAMPLING",
        infotext="Eta",
    )
    noise_seed: int = parameter(
        3,
        label="Noise Seed",
        description="Added to the seed of the noise",
        keys={DRAW_THINGS: "noise_seed", A1111: "eta_noise_seed_delta"},
        minimum=-10,
        maximum=40000,
        panel="SETTINGS",
        chip="Noise Seed",
        infotext="ENSD",
    )
    half_noise: bool = parameter(
        False,
        label="Half Noise",
        description="Half of the noise",
        keys={A1111: "override_settings.half_noise"},
        panel="SAMPLING",
        chip="Half Noise",
        infotext="Half noise",
    )
    noise_kind: Literal["WHITE", "PINK"] = parameter(
        "WHITE",
        label="Noise Kind",
        description="The colour of the noise",
        keys={DRAW_THINGS: "noise_kind", A1111: "noise_kind"},
        items=(("WHITE", "White Noise", "All the same"), ("PINK", "Pink Noise", "More of the coarse")),
        panel="SAMPLING",
        chip="Noise Kind",
        infotext="Noise kind",
    )
    second_vae: str = parameter(
        "",
        label="Second VAE",
        description="What makes the preview",
        keys={A1111: "second_vae"},
        picker="vaes",
        stripped=True,
        panel="SAMPLING",
        omitted_empty=True,
        chip="Second VAE",
        infotext="Second VAE",
    )
    hidden: float = parameter(
        0.5,
        label="Hidden",
        description="Drawn by no panel of Settings",
        keys={DRAW_THINGS: "hidden", A1111: "hidden"},
        setting="hires.hidden",
        minimum=0,
        maximum=1,
        chip="Hidden",
        infotext="Hidden",
    )
'''
BEHIND = '    """How noise becomes a picture."""\n'


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a Blender of its own tells of a copy of the extension with these rows more."""
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


#: What the others are set to.
OTHERS = {
    "noise_seed": -7,
    "half_noise": True,
    "noise_kind": "PINK",
    "second_vae": "x.vae",
    "hires.hidden": 0.75,
}
USUAL = {"noise_seed": 3, "half_noise": False, "noise_kind": "WHITE", "second_vae": "", "hires.hidden": 0.5}


def test_every_kind_is_drawn_where_it_is_taken(found: dict[str, Any]) -> None:
    others = found["others"]
    assert others["drawn"] == {
        "DRAW_THINGS": ["noise_kind", "noise_seed"],
        "A1111": ["half_noise", "noise_kind", "noise_seed", "second_vae"],
    }


def test_every_kind_is_sent(found: dict[str, Any]) -> None:
    sent = found["others"]["sent"]
    assert sent["DRAW_THINGS"] == {"noise_seed": -7, "noise_kind": "PINK", "hidden": 0.75}
    assert sent["A1111"] == {
        "eta_noise_seed_delta": -7,
        "half_noise": True,
        "noise_kind": "PINK",
        "second_vae": "x.vae",
        "hidden": 0.75,
    }


def test_an_empty_text_that_means_as_on_the_server_is_not_sent(found: dict[str, Any]) -> None:
    assert found["others"]["sent when new"] == {
        "eta_noise_seed_delta": 3,
        "half_noise": False,
        "noise_kind": "WHITE",
        "hidden": 0.5,
    }


def test_no_dialect_sends_another_word_than_the_rows(found: dict[str, Any]) -> None:
    assert found["others"]["another word in A1111"] == "Noise Kind cannot be “BLUE”."


def test_every_kind_comes_back(found: dict[str, Any]) -> None:
    others = found["others"]
    assert "Noise kind: Pink Noise" in found["others"]["parameters"], "as people read it"
    assert others["from recipe"] == OTHERS
    assert others["from infotext"] == OTHERS
    assert others["from the app"] == USUAL | {"noise_seed": 99, "noise_kind": "PINK", "hires.hidden": 0.25}


def test_every_kind_is_named_while_it_is_set_and_can_be_cleared(found: dict[str, Any]) -> None:
    others = found["others"]
    assert others["in force when new"] == []
    assert others["in force"] == sorted(OTHERS)
    assert others["left out elsewhere"] == sorted(OTHERS)
    assert others["cleared"] == USUAL
