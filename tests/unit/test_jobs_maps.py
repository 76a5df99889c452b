# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Maps as jobs: here, with a server that estimates depth and normals, and beside a new picture."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from drawthings_addon.client.connect import connect
from drawthings_addon.client.http.address import THIS_COMPUTER, Server
from drawthings_addon.client.interface import Client
from drawthings_addon.imaging import exr, png
from drawthings_addon.imaging.heights import heights
from drawthings_addon.imaging.maps import WORDS, MapSettings
from drawthings_addon.jobs.job import Job, JobState
from drawthings_addon.jobs.maps import MapsTask, ServerMapsTask
from drawthings_addon.jobs.queue import JobQueue
from drawthings_addon.jobs.recipe import CHUNK, Recipe
from drawthings_addon.jobs.source import Encoding, Source, SourceName
from drawthings_addon.jobs.task import Picture
from drawthings_addon.jobs.task_json import read_task, write_task
from local_server import StandIn
from tests.unit.jobs_fakes import ScriptedClient, changed, ends, make_job, pictures, run_out

PIXELS = np.random.default_rng(0).integers(0, 256, (40, 56, 3), np.uint8)
ONLY_HEIGHT = MapSettings(
    use_normal=False, use_roughness=False, use_ambient_occlusion=False, use_albedo=False
)


def nobody(server: Server) -> Client:
    raise AssertionError(f"{server} was asked")


def maps_of(jobs: JobQueue, job: Job) -> dict[str, Picture]:
    jobs.submit(job)
    events = run_out(jobs)
    assert ends(events) == [(job, JobState.DONE)]
    (made,) = pictures(events, job)
    return {each.recipe.map: each for each in made.set}


def source(pixels: np.ndarray = PIXELS, **values: object) -> Source:
    return Source(SourceName("IMAGE", "wall"), pixels[::-1], **values)  # type: ignore[arg-type] # its fields


def local(folder: Path, settings: MapSettings, of: Source | None = None) -> Job:
    return Job(uuid.uuid4().hex, "Maps", THIS_COMPUTER, MapsTask(of or source(), settings, folder))


def test_every_map_is_a_file_that_tells_what_it_is(tmp_path: Path) -> None:
    found = maps_of(JobQueue(nobody), local(tmp_path, MapSettings(depth=3.0)))
    assert found.keys() == WORDS.keys()
    assert {each.path.name for each in found.values()} == {
        "wall-height.exr", "wall-normal.png", "wall-roughness.png", "wall-ambient-occlusion.png",
        "wall-albedo.png",
    }  # fmt: skip
    for kind, each in found.items():
        data = each.path.read_bytes()
        text = (exr if kind == "HEIGHT" else png).read_text(data)[CHUNK]
        recipe = Recipe.from_json(text)
        assert (recipe.map, recipe.maps) == (kind, MapSettings(depth=3.0))
        assert (recipe.server, recipe.source) == ("", SourceName("IMAGE", "wall"))
    raised = exr.read(found["HEIGHT"].path.read_bytes())["Y"]
    assert np.array_equal(raised, heights(PIXELS))
    assert b"sRGB" not in found["NORMAL"].png[:200]
    assert b"sRGB" in found["ALBEDO"].png[:200]


def test_floats_are_heights_as_they_are_and_the_albedo_is_what_is_displayed(tmp_path: Path) -> None:
    light = np.random.default_rng(1).random((20, 30, 4), np.float32) * 0.5
    of = source(light, encoding=Encoding.LINEAR, keeps_floats=True)
    settings = MapSettings(height_from="RED", albedo_flatten=0.0)
    found = maps_of(JobQueue(nobody), local(tmp_path, settings, of))
    assert np.array_equal(exr.read(found["HEIGHT"].path.read_bytes())["Y"], light[..., 0])
    albedo = png.decode(found["ALBEDO"].path.read_bytes())
    assert albedo.mean() > light.mean() * 255 * 1.2, "brighter than the numbers: it is encoded"


def test_it_is_stored_and_read(tmp_path: Path) -> None:
    task = local(tmp_path, MapSettings(height_from="BLUE", use_wrap=True)).task
    path = tmp_path / "0.png"
    path.write_bytes(png.encode(PIXELS))
    stored = write_task(task.with_sources(lambda each: Source(each.name, path=path)))
    again = read_task(stored, tmp_path)
    assert isinstance(again, MapsTask)
    assert again.settings == MapSettings(height_from="BLUE", use_wrap=True)


@pytest.fixture
def webui() -> Iterator[StandIn]:
    with StandIn(engine="echo", dialect="A1111") as server:
        yield server


def test_a_server_estimates_depth_and_normals(webui: StandIn, tmp_path: Path) -> None:
    settings = MapSettings(use_server_height=True, use_server_normal=True, use_albedo=False)
    task = ServerMapsTask(source(), settings, tmp_path)
    found = maps_of(JobQueue(connect), Job(uuid.uuid4().hex, "Maps", Server(webui.url), task))
    asked = [each.body["controlnet_module"] for each in webui.journal if "detect" in each.path]
    assert asked == ["depth_midas", "normal_bae"]
    assert all((each.width, each.height) == (56, 40) for each in found.values())
    raised = exr.read(found["HEIGHT"].path.read_bytes())["Y"]
    assert not np.array_equal(raised, heights(PIXELS))
    assert raised.std() < heights(PIXELS).std()
    assert found["NORMAL"].recipe.server == webui.url


def test_only_what_is_needed_is_asked_for(webui: StandIn, tmp_path: Path) -> None:
    settings = MapSettings(use_server_height=True, use_server_normal=True, use_normal=False)
    assert settings.server_maps == ("DEPTH",)
    assert ONLY_HEIGHT.server_maps == ()
    assert settings.made_here().server_maps == ()


def test_a_server_without_such_a_preprocessor_says_so(webui: StandIn, tmp_path: Path) -> None:
    client = connect(Server(webui.url))
    client.controlnet_modules = lambda: ("none", "canny")  # type: ignore[attr-defined] # of this dialect
    task = ServerMapsTask(source(), MapSettings(use_server_normal=True), tmp_path)
    jobs = JobQueue(lambda server: client)
    job = Job(uuid.uuid4().hex, "Maps", Server(webui.url), task)
    client.sibling = lambda server: client  # type: ignore[method-assign] # the one that is made poorer
    jobs.submit(job)
    run_out(jobs)
    (status,) = jobs.statuses()
    assert status.error is not None
    assert "has no preprocessor for normals" in str(status.error)


def test_a_new_picture_has_its_maps_beside_it(tmp_path: Path) -> None:
    client = ScriptedClient([1, 1])
    jobs = JobQueue(lambda server: client)
    job = changed(make_job("localhost", tmp_path, count=2), maps=MapSettings(use_albedo=False))
    jobs.submit(job)
    made = pictures(run_out(jobs), job)
    assert [each.index for each in made] == [0, 1]
    for each in made:
        assert each.recipe.map == ""
        assert [other.recipe.map for other in each.beside] == list(WORDS)[:4]
        assert {other.index for other in each.set} == {each.index}
        # So that they are known to be of it in a file that is opened.
        assert {replace(other.recipe, beside="").text for other in each.beside} == {each.recipe.text}


def test_recipes_of_earlier_versions_are_of_no_map() -> None:
    plain = Recipe.from_json('{"version": 2, "request": {}, "server": "http://127.0.0.1:7860"}')
    assert (plain.map, plain.maps, plain.is_of_request) == ("", None, True)
