# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A dialect of three verbs that is one line in the row of dialects: found, asked for pictures, watched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import toy_dialect
from drawthings_addon.client import connect
from drawthings_addon.client.connections import Connections
from drawthings_addon.client.draw_things.client import DrawThingsClient
from drawthings_addon.client.features import Feature
from drawthings_addon.client.http.address import Server
from drawthings_addon.client.request import GenerationRequest, Lora
from drawthings_addon.errors import FeatureMissing, InvalidSettings, UnknownServer
from drawthings_addon.imaging import png
from drawthings_addon.jobs import progress as progress_module
from drawthings_addon.jobs.job import JobState
from drawthings_addon.jobs.queue import JobQueue
from local_server import StandIn
from tests.unit.jobs_fakes import ends, make_job, pictures, poll, run_out, wait_for

TOY = toy_dialect.client_of("drawthings_addon")

pytestmark = pytest.mark.timing


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its row."""
    monkeypatch.setattr(connect, "CLIENTS", (*connect.CLIENTS, TOY))


@pytest.fixture
def toy() -> Iterator[toy_dialect.ToyServer]:
    with toy_dialect.serving() as server:
        yield server


def test_it_is_found_and_the_others_are_still(toy: toy_dialect.ToyServer, stand_in: StandIn) -> None:
    client = connect.connect(Server(toy.url))
    assert isinstance(client, TOY)
    assert client.capabilities.dialect.name == "TOY"
    assert {each for each in Feature if client.capabilities.offers(each)} == {
        Feature.TEXT_TO_IMAGE, Feature.IMAGE_TO_IMAGE, Feature.PROGRESS,
    }  # fmt: skip
    assert isinstance(connect.connect(Server(stand_in.url)), DrawThingsClient)


def test_without_its_row_it_is_something_else(
    toy: toy_dialect.ToyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connect, "CLIENTS", connect.CLIENTS[:-1])
    with pytest.raises(UnknownServer):
        connect.connect(Server(toy.url))


def test_the_queue_makes_its_pictures(toy: toy_dialect.ToyServer, tmp_path: Path) -> None:
    jobs = JobQueue(Connections().verified)
    job = make_job(toy.url, tmp_path, title="toy", count=2, width=192)
    jobs.submit(job)
    events = run_out(jobs)
    assert ends(events) == [(job, JobState.DONE)]
    made = pictures(events, job)
    assert [(each.width, each.height, each.recipe.server) for each in made] == [(192, 128, toy.url)] * 2
    assert all(png.read_text(each.path.read_bytes()) for each in made), "its recipe is in the file"
    assert [asked["seed"] for asked in toy.drawn] == [7, 8]


def test_its_progress_is_followed(
    toy: toy_dialect.ToyServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress_module, "MIN_PAUSE", 0.001)
    monkeypatch.setattr(progress_module, "PAUSE_FACTOR", 0.0)
    toy.slow = True
    jobs = JobQueue(Connections().client)
    jobs.submit(make_job(toy.url, tmp_path))
    toy.stroke(3)

    def step() -> int:
        poll(jobs)
        progress = jobs.statuses()[0].progress
        return progress.step if progress is not None else 0

    wait_for(lambda: step() == 3, "the third stroke was never told")
    (status,) = jobs.statuses()
    assert status.progress is not None
    assert (status.progress.steps, status.fraction) == (toy_dialect.STROKES, 3 / toy_dialect.STROKES)
    toy.stroke(toy_dialect.STROKES)
    assert ends(run_out(jobs))[0][1] is JobState.DONE


def test_what_it_cannot_is_told(toy: toy_dialect.ToyServer) -> None:
    client = connect.connect(Server(toy.url))
    with pytest.raises(FeatureMissing, match="Interrupt"):
        client.interrupt(client.take_ticket())
    request = GenerationRequest.of(prompt="x", seed_mode="Legacy", loras=(Lora("rust"),))
    found = client.capabilities.incompatibilities(request)
    assert [each.setting for each in found] == ["seed_mode", "loras"]
    assert not any(each.is_sent for each in found)
    with pytest.raises(InvalidSettings, match="512"):
        client.dialect.check(GenerationRequest.of(prompt="x", width=1024))
    assert client.configuration().model == ""
    assert client.catalogue().models == ()
