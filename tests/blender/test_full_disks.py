# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""No folder takes a finished picture: it is in Blender, is saved with the .blend, and written later."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import numpy as np
import pytest
from blender_pictures import bytes_of, noise, packed, read_png, textured

if TYPE_CHECKING:
    from conftest import Desk

    from local_server import StandIn

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
    from bl_ext.user_default.drawthings_addon.blender.session import session

    jobs = session.get().jobs
    jobs.write_unwritten()
    while jobs.unwritten_count or not jobs.is_idle:
        jobs.mailbox.next_event()


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


def test_in_background_each_one_is_named_also_when_a_later_one_fails(
    panel: Panel, broken: Folders, stand_in: StandIn
) -> None:
    panel.batch_count = 3
    with pytest.raises(RuntimeError) as caught:
        bpy.ops.drawthings.txt2img(target='IMAGE')
    names = [each.name for each in bpy.data.images if each.drawthings.recipe]
    assert len(names) == 3
    for name in names:
        assert f"“{name}”" in str(caught.value)


@pytest.mark.refusals
def test_in_background_those_before_a_failure_are_named_beside_it(
    panel: Panel, broken: Folders, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bl_ext.user_default.drawthings_addon.client.draw_things.client import DrawThingsClient
    from bl_ext.user_default.drawthings_addon.errors import ServerFailed

    generate, made_before = DrawThingsClient.generate, []

    def fails_at_last(client: DrawThingsClient, request: object) -> object:
        if len(made_before) == 2:
            raise ServerFailed("The server is out of memory.")
        made_before.append(request)
        return generate(client, request)

    monkeypatch.setattr(DrawThingsClient, "generate", fails_at_last)
    panel.batch_count = 3
    with pytest.raises(RuntimeError) as caught:
        bpy.ops.drawthings.txt2img(target='IMAGE')
    assert "out of memory" in str(caught.value)
    names = [each.name for each in bpy.data.images if each.drawthings.recipe]
    assert len(names) == 2
    for name in names:
        assert f"“{name}”" in str(caught.value)


@pytest.mark.parametrize("harm", ["gone", "emptied", "another"])
def test_a_file_that_is_not_what_was_written_is_not_relied_on(
    panel: Panel, output: Path, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    """A program that moves or blocks new files, between the writing and the loading."""
    from bl_ext.user_default.drawthings_addon.blender.delivery import deliver

    real = deliver.deliver

    def meddled(picture: Any, *arguments: Any, **options: Any) -> Any:
        if harm == "gone":
            picture.path.unlink()
        else:
            picture.path.write_bytes(b"" if harm == "emptied" else b"x" * 100)
        return real(picture, *arguments, **options)

    monkeypatch.setattr(deliver, "deliver", meddled)
    panel.use_pack = False
    assert bpy.ops.drawthings.txt2img(target='IMAGE') == {'FINISHED'}
    assert made().packed_file is not None
    assert bytes_of(made()).shape[:2] == (128, 128)


def test_a_path_that_blender_cannot_hold(
    panel: Panel, preferences: bpy.types.AddonPreferences, tmp_path: Path
) -> None:
    folder = tmp_path
    while len(str(folder)) < 1000:
        folder = folder / ("f" * min(100, 1000 - len(str(folder))))
    for packs in (True, False):
        preferences.output_directory = str(folder)
        panel.use_pack = packs
        assert bpy.ops.drawthings.txt2img(target='IMAGE') == {'FINISHED'}
    for image in bpy.data.images:
        if image.drawthings.recipe:
            assert image.packed_file is not None
            assert bytes_of(image).shape[:2] == (128, 128)


def test_what_could_not_be_brought_in_is_raised(
    panel: Panel, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bl_ext.user_default.drawthings_addon.blender.delivery import images

    def fails(*_: Any, **__: Any) -> None:
        raise RuntimeError("no room for a datablock")

    monkeypatch.setattr(images, "new_from_picture", fails)
    with pytest.raises(RuntimeError) as caught:
        bpy.ops.drawthings.txt2img(target='IMAGE')
    (path,) = output.glob("*.png")
    assert str(path) in str(caught.value)


def test_another_folder_that_the_artist_chooses(
    panel: Panel, desk: Desk, broken: Folders, preferences: bpy.types.AddonPreferences, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    from bl_ext.user_default.drawthings_addon.jobs import unwritten

    bpy.ops.drawthings.txt2img(target='IMAGE')
    desk.settle()
    monkeypatch.setattr(unwritten, "PAUSE", 0.0)
    preferences.output_directory = str(tmp_path / "elsewhere")
    while desk.session.has_work:
        desk.session.step()
    assert len(list((tmp_path / "elsewhere").glob("*.png"))) == 1


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
    assert "kept in Blender alone" not in desk.told, "what was told of it is not so any more"
    assert not desk.session.has_work


def test_the_datablock_is_made_again_from_memory(panel: Panel, desk: Desk, broken: Folders) -> None:
    from bl_ext.user_default.drawthings_addon.blender.actions import results

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
