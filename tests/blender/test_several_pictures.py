# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A result may be several pictures, each of its own name: they are stored and delivered together."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from bl_ext.user_default.drawthings_addon.jobs.recipe import Recipe
from blender_pictures import bytes_of, noise, packed, png, textured

import toy_dialect

Panel = bpy.types.PropertyGroup
Preferences = bpy.types.AddonPreferences
PACKAGE = "bl_ext.user_default.drawthings_addon"


@pytest.fixture
def toy(
    panel: Panel, preferences: Preferences, monkeypatch: pytest.MonkeyPatch
) -> Iterator[toy_dialect.ToyServer]:
    """A server of which each answer is a picture and its heights."""
    from bl_ext.user_default.drawthings_addon.client import connect
    from bl_ext.user_default.drawthings_addon.client.answer import GeneratedImage

    client: Any = toy_dialect.client_of(PACKAGE)

    class WithHeights(client):
        def generate(self, request: Any) -> Any:
            answer = super().generate(request)
            width, height = request.images.width, request.images.height
            heights = GeneratedImage(png(noise(width, height)), width, height, name="height")
            return replace(answer, images=tuple(replace(each, beside=(heights,)) for each in answer.images))

    monkeypatch.setattr(connect, "CLIENTS", (*connect.CLIENTS, WithHeights))
    with toy_dialect.serving() as server:
        preferences.server_url = server.url
        bpy.ops.drawthings.check_server()
        panel.width = panel.height = 128
        yield server


def results() -> Any:
    from bl_ext.user_default.drawthings_addon.blender.session import session

    return session.get().results


def test_both_are_on_disk_and_in_datablocks(toy: toy_dialect.ToyServer, output: Path) -> None:
    bpy.ops.drawthings.txt2img(target='IMAGE')
    (result,) = results()
    image, heights = result.datablock(), result.datablock("height")
    assert {each.name for each in output.glob("*.png")} == {f"{image.name}.png", f"{heights.name}.png"}
    assert heights.name == f"{image.name}-height"
    assert np.array_equal(bytes_of(heights)[..., :3], noise(128, 128)[..., :3])
    assert (bytes_of(image)[..., :3] == 128).all()
    assert heights.packed_file is not None and heights.use_fake_user
    recipe = Recipe.from_json(image.drawthings.recipe)
    assert Recipe.from_json(heights.drawthings.recipe) == replace(recipe, beside="height")
    assert [each.png for each in result.picture.set] == [b"", b""]
    assert result.datablock("normal") is None


def test_only_the_image_goes_to_the_material(toy: toy_dialect.ToyServer, panel: Panel) -> None:
    material = textured(packed("wall", noise(128, 128)))
    bpy.ops.drawthings.img2img(source='TEXTURE', target='MATERIAL')
    (result,) = results()
    assert material.node_tree.nodes["Image Texture"].image == result.datablock()
    assert result.datablock("height").users == 1, "nothing but its fake user"


def test_what_came_beside_is_brought_to_where_the_image_lies(toy: toy_dialect.ToyServer) -> None:
    """Of a source that is padded and transparent: its size, and nothing of its alpha."""
    packed("wall", noise(100, 90))
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall", target='IMAGE')
    (result,) = results()
    assert tuple(result.datablock().size) == tuple(result.datablock("height").size) == (100, 90)
    assert (bytes_of(result.datablock("height"))[..., 3] == 255).all()
    assert not (bytes_of(result.datablock())[..., 3] == 255).all()
    assert np.array_equal(bytes_of(result.datablock("height"))[..., :3], noise(128, 128)[19:109, 14:114, :3])


def test_they_are_found_again_in_the_file(toy: toy_dialect.ToyServer, tmp_path: Path) -> None:
    bpy.ops.drawthings.txt2img(target='IMAGE')
    path = str(tmp_path / "scene.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    (result,) = results()
    assert result.datablock().name != result.datablock("height").name
    assert tuple(result.datablock("height").size) == (128, 128)


def test_without_a_folder_both_wait_and_are_written_later(
    toy: toy_dialect.ToyServer, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bl_ext.user_default.drawthings_addon.blender.session import session
    from bl_ext.user_default.drawthings_addon.errors import StorageFailed
    from bl_ext.user_default.drawthings_addon.jobs import results as kept_results
    from bl_ext.user_default.drawthings_addon.jobs import unwritten

    def full(*_unused: object) -> None:
        raise StorageFailed("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(kept_results, "write_new", full)
        patch.setattr(unwritten, "write_new", full)
        with pytest.raises(RuntimeError, match="cannot be written to"):
            bpy.ops.drawthings.txt2img(target='IMAGE')
        assert session.get().jobs.unwritten_count == 2
    session.get().jobs.write_unwritten(output)
    until = time.monotonic() + 30
    while not session.get().jobs.is_idle or session.get().jobs.unwritten_count:
        assert time.monotonic() < until
        session.get().step()
        time.sleep(0.01)
    session.get().step()
    (result,) = results()
    names = {result.datablock().name, result.datablock("height").name}
    assert {each.stem for each in output.glob("*.png")} == names
    assert {each.path.parent for each in result.picture.set} == {output}
