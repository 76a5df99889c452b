# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""No folder takes a finished picture: it is in Blender, is saved with the .blend, and written later."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import bpy
import numpy as np
import pytest
from blender_pictures import bytes_of, noise, packed, read_png, textured

if TYPE_CHECKING:
    from conftest import Desk

Panel = bpy.types.PropertyGroup


class Folders:
    """The output folder and the temporary one: each is a file in its place, until it is mended."""

    def __init__(self, output: Path, temporary: Path) -> None:
        self.output = output
        self.temporary = temporary

    def mend_output(self) -> None:
        self.output.unlink()


@pytest.fixture
def broken(output: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Folders]:
    temporary = tmp_path / "temporary"
    temporary.touch()
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(temporary))
    if output.is_dir():
        output.rmdir()
    output.touch()
    folders = Folders(output, temporary)
    yield folders
    if folders.output.is_file():
        folders.mend_output()
    from bl_ext.user_default.drawthings_addon.blender import session

    jobs = session.get().jobs
    jobs.write_unwritten()
    while jobs.unwritten_count or not jobs.is_idle:
        jobs.poll()


def made() -> bpy.types.Image:
    (image,) = (each for each in bpy.data.images if each.drawthings.recipe)
    return image


@pytest.mark.parametrize("packs", [True, False])
def test_in_background_it_is_an_image_and_the_reason_is_raised(
    panel: Panel, broken: Folders, packs: bool
) -> None:
    panel.use_pack = packs
    with pytest.raises(RuntimeError) as caught:
        bpy.ops.drawthings.txt2img(target='IMAGE')
    image = made()
    assert image.packed_file is not None
    assert image.use_fake_user
    assert bytes_of(image).shape[:2] == (128, 128)
    assert str(broken.output) in str(caught.value)
    assert f"“{image.name}”" in str(caught.value)


def test_it_outlives_the_file_it_is_saved_with(panel: Panel, broken: Folders, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        bpy.ops.drawthings.txt2img(target='IMAGE')
    before = bytes_of(made())
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "kept.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "kept.blend"))
    assert np.array_equal(bytes_of(made()), before)


@pytest.mark.parametrize("target", ['IMAGE', 'MATERIAL'])
@pytest.mark.parametrize("packs", [True, False])
def test_with_a_window_it_arrives_and_is_written_as_soon_as_it_can_be(
    panel: Panel, desk: Desk, broken: Folders, target: str, packs: bool
) -> None:
    panel.use_pack = packs
    bpy.ops.drawthings.txt2img(target=target)
    desk.settle()
    image = made()
    assert image.packed_file is not None
    assert "kept in Blender alone" in desk.told
    assert desk.session.has_work, "the timer goes on"
    (result,) = desk.session.results
    assert not result.picture.path.exists()
    pixels = bytes_of(image)

    broken.mend_output()
    desk.session.jobs.write_unwritten()
    desk.settle()
    (path,) = broken.output.glob("*.png")
    (result,) = desk.session.results
    assert (result.picture.path, result.datablock()) == (path, image)
    assert (image.name, Path(image.filepath_raw)) == (path.stem, path)
    assert image.packed_file is not None
    assert np.array_equal(read_png(path), pixels)
    assert np.array_equal(bytes_of(image), pixels)
    assert f"is on disk by now: {path}" in desk.told
    assert not desk.session.has_work


def test_the_datablock_is_made_again_from_memory(panel: Panel, desk: Desk, broken: Folders) -> None:
    from bl_ext.user_default.drawthings_addon.blender import results

    bpy.ops.drawthings.txt2img(target='IMAGE')
    desk.settle()
    pixels = bytes_of(made())
    bpy.data.images.remove(made())
    (result,) = desk.session.results
    assert np.array_equal(bytes_of(results.datablock(result)), pixels)


def test_another_file_was_opened_meanwhile(panel: Panel, desk: Desk, broken: Folders) -> None:
    desk.hold()
    bpy.ops.drawthings.txt2img(target='IMAGE')
    desk.wait_until_running()
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    desk.finish()
    assert not [each for each in bpy.data.images if each.drawthings.recipe]
    assert f"kept in Blender until {broken.output} can be written to" in desk.told
    broken.mend_output()
    desk.session.jobs.write_unwritten()
    desk.settle()
    assert len(list(broken.output.glob("*.png"))) == 1


def test_only_the_output_folder_is_broken_and_nothing_is_packed(
    panel: Panel, desk: Desk, broken: Folders
) -> None:
    """The system empties its temporary folder some time."""
    broken.temporary.unlink()
    panel.use_pack = False
    bpy.ops.drawthings.txt2img(target='IMAGE')
    desk.settle()
    image = made()
    path = Path(image.filepath_raw)
    assert path.is_relative_to(broken.temporary)
    assert image.packed_file is not None
    assert str(path) in desk.told
    path.unlink()
    assert bytes_of(image).any()


def test_a_texture_is_replaced_all_the_same(panel: Panel, desk: Desk, broken: Folders) -> None:
    old = packed("Rust", noise(64, 64))
    material, name = textured(old), old.name
    bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    desk.settle()
    (node,) = (each for each in material.node_tree.nodes if each.type == 'TEX_IMAGE')
    assert node.image.name == name
    assert node.image is not old
    assert node.image.packed_file is not None
