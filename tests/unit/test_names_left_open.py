# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A name that nobody chose: each server gets or takes its own, and none gets another one's default."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from drawthings_addon.client.a1111.dialect import A1111
from drawthings_addon.client.a1111.samplers import parted
from drawthings_addon.client.capabilities import assumed
from drawthings_addon.client.connect import connect
from drawthings_addon.client.draw_things.dialect import DRAW_THINGS
from drawthings_addon.client.http.address import Server
from drawthings_addon.client.request import ROWS, GenerationRequest
from drawthings_addon.errors import InvalidSettings, RequestRefused
from drawthings_addon.jobs.queue import JobQueue
from drawthings_addon.jobs.recipe import Recipe
from local_server import StandIn
from local_server.a1111.webui import Sampler
from tests.unit.jobs_fakes import make_job, pictures, run_out

FRESH = GenerationRequest.of(prompt="moss", width=128, height=128, steps=3, seed=7)
OPEN = [row for row in ROWS if row.parameter.factory]


@pytest.fixture
def strict() -> Iterator[StandIn]:
    """As SD.Next and WebUI before 1.10: a sampler that it does not know is refused."""
    with StandIn(dialect="A1111") as server:
        server.app_state = replace(server.app_state, refuses_unknown_samplers=True)
        yield server


def made(server: StandIn, directory: Path, **values: object) -> Recipe:
    jobs = JobQueue(connect)
    jobs.submit(make_job(server.url, directory, **values))
    (picture,) = pictures(run_out(jobs))
    return picture.recipe


def test_these_may_be_left_open() -> None:
    assert {row.name for row in OPEN} == {"sampler", "seed_mode"}
    for row in OPEN:
        assert row.default == "" and not row.is_set("")
        for value in row.parameter.factory.values():
            assert value in row.parameter.description and not row.is_set(value)


def test_draw_things_gets_its_factory_values(stand_in: StandIn, tmp_path: Path) -> None:
    recipe = made(stand_in, tmp_path)
    sent = stand_in.journal.generations[-1].body
    assert (sent["sampler"], sent["seed_mode"]) == ("UniPC Trailing", "Scale Alike")
    assert (recipe.request.sampling.sampler, recipe.sampler_used) == ("", "UniPC Trailing")
    assert "Sampler: UniPC Trailing" in recipe.parameters_text()


def test_a1111_is_not_sent_them_and_takes_its_own(a1111_stand_in: StandIn, tmp_path: Path) -> None:
    recipe = made(a1111_stand_in, tmp_path)
    assert (
        not {"sampler_name", "sampler_index", "scheduler"}
        & a1111_stand_in.journal.generations[-1].body.keys()
    )
    assert (recipe.request.sampling.sampler, recipe.sampler_used) == ("", "Euler")
    assert "Sampler: Euler" in recipe.parameters_text()


def test_a_picture_of_one_server_is_made_again_by_the_other(
    stand_in: StandIn, strict: StandIn, tmp_path: Path
) -> None:
    """What was left open stays open in the recipe: it is made again with what is usual there."""
    before = made(stand_in, tmp_path)
    client = connect(Server(strict.url))
    again = Recipe.from_json(before.text).request
    assert client.capabilities.incompatibilities(again, client.catalogue()) == ()
    client.generate(again.changed(sampler=again.sampling.sampler))
    back = made(strict, tmp_path)
    answer = connect(Server(stand_in.url)).generate(Recipe.from_json(back.text).request)
    assert answer.notices == ()


def test_nothing_is_told_of_what_nobody_chose() -> None:
    for dialect in (DRAW_THINGS, A1111):
        assert assumed(dialect).incompatibilities(FRESH) == ()
    chosen = FRESH.changed(seed_mode="Scale Alike")
    assert assumed(A1111).incompatibilities(chosen) == (), "it was the default, and files hold it"
    assert len(assumed(A1111).incompatibilities(chosen.changed(seed_mode="Legacy"))) == 1


def test_a_name_that_was_chosen_is_sent_as_it_is(stand_in: StandIn, a1111_stand_in: StandIn) -> None:
    request = FRESH.changed(sampler="UniPC Trailing")
    connect(Server(stand_in.url)).generate(request)
    assert stand_in.journal.generations[-1].body["sampler"] == "UniPC Trailing"
    answer = connect(Server(a1111_stand_in.url)).generate(request)
    assert a1111_stand_in.journal.generations[-1].body["sampler_name"] == "UniPC Trailing"
    assert "does not know “UniPC Trailing”" in " ".join(answer.notices)


@pytest.mark.parametrize("spelling", ["euler_a", "k_euler_a", "Euler A"])
def test_the_web_ui_gets_its_own_spelling(a1111_stand_in: StandIn, spelling: str) -> None:
    """It would take another without a word."""
    assert connect(Server(a1111_stand_in.url)).generate(FRESH.changed(sampler=spelling)).notices == ()
    assert a1111_stand_in.journal.generations[-1].body["sampler_name"] == "Euler a"


@pytest.mark.parametrize("spelling", ["euler_a", "EULER A", "dpm++2m_karras", "unipc-trailing"])
def test_draw_things_tells_its_own_spelling(spelling: str) -> None:
    with pytest.raises(InvalidSettings, match="Draw Things spells it"):
        DRAW_THINGS.check(FRESH.changed(sampler=spelling))


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("DPM++ 2M Karras", ("DPM++ 2M", "Karras")),
        ("DPM++ 2M SGM Uniform", ("DPM++ 2M", "SGM Uniform")),
        ("dpm++ 2m sde karras", ("dpm++ 2m sde", "Karras")),
        ("Euler a", ("Euler a", "")),
        ("DDIM", ("DDIM", "")),
        ("", ("", "")),
    ],
)
def test_a_scheduler_at_a_samplers_end(name: str, parts: tuple[str, str]) -> None:
    assert parted(name) == parts


class TestSamplerNotFound:
    def test_a_fresh_scene_works(self, strict: StandIn) -> None:
        assert connect(Server(strict.url)).generate(FRESH).notices == ()

    def test_it_is_told_in_words_with_the_nearest_names(self, strict: StandIn) -> None:
        with pytest.raises(RequestRefused) as caught:
            connect(Server(strict.url)).generate(FRESH.changed(sampler="DPM++ 2M Trailing"))
        assert "has no sampler “DPM++ 2M Trailing”" in caught.value.what
        assert "“DPM++ 2M SDE”" in caught.value.advice and "or none" in caught.value.advice

    def test_without_a_near_one_it_is_told_too(self, strict: StandIn) -> None:
        with pytest.raises(RequestRefused) as caught:
            connect(Server(strict.url)).generate(FRESH.changed(sampler="🎨"))
        assert caught.value.advice == "Choose one of its list, or none: then it takes its own."

    @pytest.mark.parametrize("spelling", ["euler_a", "k_euler_a", "Euler A", "EULER-A"])
    def test_another_spelling_is_sent_in_the_servers_own(self, strict: StandIn, spelling: str) -> None:
        client = connect(Server(strict.url))
        for _ in range(2):
            assert client.generate(FRESH.changed(sampler=spelling)).notices == ()
        sent = [entry.body["sampler_name"] for entry in strict.journal if "img" in entry.path]
        assert sent == ["Euler a", "Euler a"]
        assert [entry.path for entry in strict.journal].count("/sdapi/v1/samplers") == 1, "asked for once"

    def test_one_of_the_web_uis_that_this_one_spells_otherwise(self, strict: StandIn) -> None:
        """Nobody asks for lists where a name is as the WebUI has it, until it is refused."""
        strict.app_state = replace(strict.app_state, samplers=(Sampler("euler_ancestral", ("euler_a",)),))
        client = connect(Server(strict.url))
        for _ in range(2):
            assert client.generate(FRESH.changed(sampler="Euler a")).notices == ()
        sent = [entry.body["sampler_name"] for entry in strict.journal if "img" in entry.path]
        assert sent == ["Euler a", "euler_ancestral", "euler_ancestral"]
