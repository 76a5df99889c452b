# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picture whose checksums are right, and which nobody can decode: told beside Blender's own decoding."""

from __future__ import annotations

import errno
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import numpy as np
import pytest
from bl_ext.user_default.drawthings_addon.jobs import generate, storage
from blender_pictures import bytes_of, noise, packed, read_png, textured

from local_server import Faults

if TYPE_CHECKING:
    from bl_ext.user_default.drawthings_addon.jobs.task import Picture
    from conftest import Desk

    from local_server import StandIn

Panel = bpy.types.PropertyGroup


def everything() -> dict[str, object]:
    """What of the file a result could have changed."""
    nodes = {
        material.name: sorted(
            (node.name, node.image.name if node.type == 'TEX_IMAGE' and node.image else "")
            for node in material.node_tree.nodes
        )
        for material in bpy.data.materials
        if material.node_tree is not None
    }
    slots = {each.name: [slot.name for slot in each.material_slots] for each in bpy.data.objects}
    return {"images": sorted(bpy.data.images.keys()), "nodes": nodes, "slots": slots}


def refused(call: object) -> str:
    assert callable(call)
    with pytest.raises(RuntimeError) as caught:
        call()
    return str(caught.value)


@pytest.mark.parametrize("target", ['IMAGE', 'MATERIAL'])
def test_nothing_of_it_stays(panel: Panel, stand_in: StandIn, output: Path, target: str) -> None:
    textured(packed("wall", noise(64, 64)))
    before = everything()
    stand_in.faults = Faults(undecodable_picture=True)
    told = refused(lambda: bpy.ops.drawthings.txt2img(target=target))
    assert everything() == before
    (path,) = output.glob("*.png")
    assert "cannot be read" in told
    assert str(path) in told, "its bytes are kept"


def test_it_does_not_take_the_place_of_an_image(panel: Panel, stand_in: StandIn, output: Path) -> None:
    image = packed("wall", noise(128, 128))
    textured(image)
    before = everything()
    stand_in.faults = Faults(undecodable_picture=True)
    assert "cannot be read" in refused(
        lambda: bpy.ops.drawthings.img2img(source='IMAGE', image="wall", target='REPLACE')
    )
    assert everything() == before
    assert np.array_equal(bytes_of(bpy.data.images["wall"]), noise(128, 128))
    assert len(list(output.glob("*.png"))) == 1, "what came is kept, also where it was to be put back"


def test_those_before_it_stay(
    panel: Panel, desk: Desk, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a job's three pictures the second: the first is delivered, the third not asked for."""
    panel.batch_count = 3
    desk.server.faults = Faults(delay=120)
    bpy.ops.drawthings.txt2img(target='IMAGE')
    desk.wait_until_running()
    real = type(desk.session)._deliver

    def deliver(self: object, picture: object, *, is_wanted: bool) -> None:
        if not desk.session.results:
            desk.server.faults = Faults(undecodable_picture=True)
        real(self, picture, is_wanted=is_wanted)

    monkeypatch.setattr(type(desk.session), "_deliver", deliver)
    count = len(bpy.data.images)
    desk.server.faults = Faults(delay=0.5)
    desk.settle()
    assert len(desk.session.results) == 1
    assert len(bpy.data.images) == count + 1
    assert len(list(output.glob("*.png"))) == 2
    (status,) = desk.session.statuses()
    assert status.pictures_done == 1
    assert "cannot be read" in str(status.error)
    desk.server.faults = Faults()
    desk.session.retry(status.job.id)
    desk.settle()
    assert len(desk.session.results) == 3
    assert len(bpy.data.images) == count + 3


def test_a_good_one_is_decoded_once_and_named_after_its_file(panel: Panel, output: Path) -> None:
    assert bpy.ops.drawthings.txt2img(target='IMAGE') == {'FINISHED'}
    (path,) = output.glob("*.png")
    image = bpy.data.images[path.stem]
    assert image.packed_file is not None
    assert image.has_data, "it was decoded while others looked at it"
    assert np.array_equal(bytes_of(image), read_png(path))


def test_it_is_decoded_before_it_is_on_disk(
    panel: Panel, session: Any, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which takes as long; it is delivered after both."""
    seen = []
    decode, deliver = type(session.get()._results).decode, type(session.get()._results).deliver

    def decoding(self: object, picture: Picture) -> None:
        decode(self, picture)
        seen.append("decoded")

    def delivering(self: object, picture: Picture, *, is_wanted: bool) -> object:
        seen.append("on disk" if picture.path.read_bytes() == picture.png else "not there")
        return deliver(self, picture, is_wanted=is_wanted)

    written = storage._write

    def writing(stream: object, data: bytes) -> None:
        if data.startswith(b"\x89PNG"):
            while "decoded" not in seen:
                time.sleep(0.001)
        written(stream, data)

    monkeypatch.setattr(type(session.get()._results), "decode", decoding)
    monkeypatch.setattr(type(session.get()._results), "deliver", delivering)
    monkeypatch.setattr(storage, "_write", writing)
    bpy.ops.drawthings.txt2img(target='IMAGE')
    assert seen == ["decoded", "on disk"]


@pytest.mark.parametrize("is_full", [False, True])
def test_a_file_that_is_not_where_it_was_to_be_names_the_image(
    panel: Panel, session: Any, output: Path, monkeypatch: pytest.MonkeyPatch, is_full: bool
) -> None:
    """Another Blender took the name meanwhile, or the disk is full."""
    decode = type(session.get()._results).decode
    count = len(bpy.data.images)

    def decoding(self: object, picture: Picture) -> None:
        decode(self, picture)
        picture.path.touch()

    def full(_stream: object, data: bytes) -> None:
        if data.startswith(b"\x89PNG") and not any(output.glob("*.png")):
            while len(bpy.data.images) == count:
                time.sleep(0.001)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written(_stream, data)

    written = storage._write
    if is_full:
        monkeypatch.setattr(storage, "_write", full)
    monkeypatch.setattr(type(session.get()._results), "decode", decoding)
    bpy.ops.drawthings.txt2img(target='IMAGE')
    picture = session.get().results[0].picture
    assert picture.path.read_bytes()[:4] == b"\x89PNG"
    (image,) = (each for each in bpy.data.images if each.drawthings.recipe)
    assert (image.name, image.filepath_raw) == (picture.path.stem, str(picture.path))
    assert len(bpy.data.images) == count + 1


def test_pixels_of_the_latest_alone_are_kept(panel: Panel, session: object) -> None:
    """Without a window somebody may make thousands."""
    for _ in range(3):
        bpy.ops.drawthings.txt2img(target='IMAGE')
    made = [each for each in bpy.data.images if each.drawthings.recipe]
    assert len(made) == 3
    assert sum(each.has_data for each in made) == 1


def test_paint_on_one_that_came_before_is_kept(panel: Panel, session: object) -> None:
    bpy.ops.drawthings.txt2img(target='IMAGE')
    (image,) = (each for each in bpy.data.images if each.drawthings.recipe)
    image.pixels[0] = 0.25
    assert image.is_dirty
    bpy.ops.drawthings.txt2img(target='IMAGE')
    assert image.pixels[0] == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize("meanwhile", ["cancelled", "removed", "another file", "renamed"])
def test_what_happens_between_its_decoding_and_its_end(
    panel: Panel, desk: Desk, output: Path, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    """Neither is an image left over, nor is the picture lost."""
    goes_on = threading.Event()
    real = generate.prove

    def prove(*values: Any) -> None:
        assert goes_on.wait(30)
        real(*values)

    monkeypatch.setattr(generate, "prove", prove)
    before = set(bpy.data.images.keys())
    bpy.ops.drawthings.txt2img(target='IMAGE')
    deadline = time.monotonic() + 30
    while set(bpy.data.images.keys()) == before and time.monotonic() < deadline:
        desk.session.step()
        time.sleep(0.001)
    (name,) = set(bpy.data.images.keys()) - before
    if meanwhile == "cancelled":
        desk.session.jobs.cancel(desk.session.statuses()[0].job.id)
    elif meanwhile == "removed":
        bpy.data.images.remove(bpy.data.images[name])
    elif meanwhile == "another file":
        bpy.ops.wm.read_homefile(use_empty=True)
        before = set()
    else:
        bpy.data.images[name].name = "mine"
    goes_on.set()
    desk.settle()
    (path,) = output.glob("*.png")
    left = {each.name for each in bpy.data.images} - before
    if meanwhile in {"cancelled", "another file"}:
        assert left == set()
    else:
        assert left == ({"mine"} if meanwhile == "renamed" else {name})
        image = desk.session.results[0].datablock()
        assert np.array_equal(bytes_of(image), read_png(path))
