# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A script, a timer or a handler orders everything that a button does: no context is asked for."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import bpy
import pytest
from bl_ext.user_default.drawthings_addon.blender import capture, compat, settings
from bl_ext.user_default.drawthings_addon.blender.actions import (
    describe,
    from_panel,
    generate,
    results,
    upscale,
)
from bl_ext.user_default.drawthings_addon.blender.capture.masks import OnlyHere
from bl_ext.user_default.drawthings_addon.blender.capture.picture_sources import (
    ImageSource,
    RenderSource,
    ViewSource,
)
from bl_ext.user_default.drawthings_addon.blender.delivery.target import Reference, Target
from bl_ext.user_default.drawthings_addon.blender.selection import Selection
from bl_ext.user_default.drawthings_addon.blender.session import session
from bl_ext.user_default.drawthings_addon.jobs.inpainting import Inpainting
from blender_pictures import noise, packed, textured
from blender_results import newest

from local_server import StandIn

Panel = bpy.types.PropertyGroup
PACKAGE = "bl_ext.user_default.drawthings_addon"


class _NoContext:
    """Where no editor is, and nobody has chosen anything: only preferences are there.

    Blender's own modules, such as those that call operators, get what they ask for.
    """

    def __init__(self) -> None:
        self._real = bpy.context

    def __getattr__(self, name: str) -> object:
        asks = sys._getframe(1).f_globals["__name__"]
        if name in {"area", "space_data"}:
            return None
        assert name == "preferences" or not asks.startswith(PACKAGE), f"{asks} asks for bpy.context.{name}"
        return getattr(self._real, name)


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with StandIn(engine="echo", dialect="A1111") as server:
        yield server


@pytest.fixture
def selection(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> Selection:
    """The start-up cube with a texture, chosen by a script; from here on nobody may ask for a context."""
    bpy.ops.drawthings.check_server()
    textured(packed("wall", noise(64, 64)))
    cube, scene = bpy.data.objects["Cube"], bpy.context.scene
    scene.render.resolution_x = scene.render.resolution_y = 64
    scene.render.engine = 'BLENDER_WORKBENCH'
    made = Selection(scene, scene.view_layers[0], cube, lambda: [cube])
    monkeypatch.setattr(bpy, "context", _NoContext())
    return made


def options(selection: Selection, **changed: object) -> generate.Options:
    return replace(generate.Options(Reference.to(selection.scene)), **changed)


def test_a_prompt(selection: Selection) -> None:
    request = settings.request(selection.scene, "txt2img")
    generate.submit(request, None, Target(), options(selection, pictures=generate.Pictures(2)))
    assert len(session.get().results) == 2
    assert newest().drawthings.operation == "txt2img"


def test_a_render(selection: Selection) -> None:
    request = settings.request(selection.scene, "img2img")
    generate.submit(request, RenderSource(selection.scene), Target(), options(selection))
    assert tuple(newest().size) == (64, 64)
    assert session.get().results[0].recipe.source.kind == "RENDER"


@pytest.mark.skipif(bool(compat.can_draw_offscreen()), reason="no graphics")
def test_a_view(selection: Selection) -> None:
    request = settings.request(selection.scene, "img2img")
    source = ViewSource(capture.require_view(selection), size=(128, 64))
    generate.submit(request, source, Target(), options(selection))
    assert tuple(newest().size) == (128, 64)


def test_an_image_under_a_mask(selection: Selection) -> None:
    request = settings.request(selection.scene, "img2img")
    image, mask = bpy.data.images["wall"], packed("mask", noise(64, 64, seed=1))
    target = Target(kind='REPLACE', image=Reference.to(image))
    only_here = OnlyHere(Inpainting(), image=mask)
    generate.submit(request, ImageSource(image), target, options(selection, only_here=only_here))
    assert bpy.data.images["wall.before"].size[0] == 64
    assert newest().name == "wall"


def test_a_texture_of_what_is_selected(selection: Selection) -> None:
    from_panel.img2img(selection, "TEXTURE", "MATERIAL")
    nodes = selection.active.active_material.node_tree.nodes
    assert newest() in [node.image for node in nodes if node.type == 'TEX_IMAGE']


def test_a_material_of_what_is_selected(selection: Selection) -> None:
    from_panel.txt2img(selection, "MATERIAL")
    nodes = selection.active.active_material.node_tree.nodes
    assert newest() in [node.image for node in nodes if node.type == 'TEX_IMAGE']


def test_larger(selection: Selection) -> None:
    wanted = replace(upscale.settings_of(selection.scene), upscaler="Nearest")
    upscale.submit(wanted, [ImageSource(bpy.data.images["wall"])], [Target()])
    assert tuple(newest().size) == (128, 128)


def test_words(selection: Selection) -> None:
    describe.submit(ImageSource(bpy.data.images["wall"]), selection.scene)
    assert selection.scene.drawthings.prompt != "weathered copper"


def test_again(selection: Selection) -> None:
    from_panel.txt2img(selection)
    results.again(selection)
    assert len(session.get().results) == 2


def test_again_from_what_the_file_tells(selection: Selection, output: Path) -> None:
    from_panel.img2img(selection, "IMAGE", "IMAGE", bpy.data.images["wall"])
    image = newest()
    session.get().results.clear()
    results.again(selection, image.name)
    assert len(session.get().results) == 1
    assert len(list(output.glob("*.png"))) == 2
