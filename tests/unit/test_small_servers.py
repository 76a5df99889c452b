# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""KoboldCpp and stable-diffusion.cpp's server: no description, 404 to a GET where they take a POST, names in
their own spelling, LoRAs in a list."""

from __future__ import annotations

import base64
import json
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from drawthings_addon.client.a1111 import endpoints as e
from drawthings_addon.client.a1111.client import A1111Client
from drawthings_addon.client.connect import connect
from drawthings_addon.client.connections import Connections
from drawthings_addon.client.features import Feature
from drawthings_addon.client.http.address import Server
from drawthings_addon.client.interface import NamedFiles
from drawthings_addon.client.request import GenerationRequest, Lora, Script, dialect_options
from drawthings_addon.client.sections import HiresFix, Mask
from drawthings_addon.client.table import RowState
from drawthings_addon.client.upscaling import UpscaleSettings
from drawthings_addon.errors import (
    FeatureMissing,
    RequestRefused,
    ServerError,
    ServerFailed,
    UnknownServer,
)
from drawthings_addon.imaging import png
from drawthings_addon.jobs import infotext
from drawthings_addon.jobs.job import Job, JobState
from drawthings_addon.jobs.queue import JobQueue
from drawthings_addon.jobs.source import Source, SourceName
from drawthings_addon.jobs.upscale import UpscaleTask
from local_server import Faults, StandIn
from tests.unit import http_fakes as fakes
from tests.unit.jobs_fakes import ends, make_job, pictures, run_out

REQUEST = GenerationRequest.of(prompt="moss", width=128, height=128, steps=3, seed=7)
PICTURE = png.encode(np.full((128, 128, 3), 90, np.uint8))
BOTH = ["KOBOLDCPP", "SD_SERVER"]


@pytest.fixture(params=BOTH)
def server(request: pytest.FixtureRequest) -> Iterator[StandIn]:
    with StandIn("echo", dialect=request.param) as server:
        yield server


@pytest.fixture
def koboldcpp() -> Iterator[StandIn]:
    with StandIn("echo", dialect="KOBOLDCPP") as server:
        yield server


@pytest.fixture
def sd_server() -> Iterator[StandIn]:
    with StandIn("echo", dialect="SD_SERVER") as server:
        yield server


def connected(server: StandIn) -> A1111Client:
    client = connect(Server(server.url))
    assert isinstance(client, A1111Client)
    return client


def state(client: A1111Client, endpoint: Any) -> RowState:
    (row,) = [row for row in client.capabilities.rows if row.place == str(endpoint)]
    return row.state


def posts(server: StandIn) -> list[str]:
    return [entry.path.rpartition("/")[2] for entry in server.journal if entry.method == "POST"]


class TestWhoTheyAre:
    def test_they_are_recognized_without_a_post(self, server: StandIn) -> None:
        client = connected(server)
        assert client.configuration().model == "dreamshaper_8"
        assert posts(server) == []
        acting = {"unload", "reload", "interrupt", "skip", "refresh", "create", "train", "server-"}
        assert not [entry.path for entry in server.journal if any(word in entry.path for word in acting)]

    def test_what_they_do_is_offered(self, server: StandIn) -> None:
        client = connected(server)
        for feature in (Feature.TEXT_TO_IMAGE, Feature.IMAGE_TO_IMAGE, Feature.UPSCALE, Feature.DESCRIBE):
            assert client.capabilities.offers(feature), feature
        assert state(client, e.SAMPLERS) is RowState.OFFERED
        assert state(client, e.EXTRA_SINGLE) is RowState.UNKNOWN
        assert state(client, e.VAES) is RowState.NOT_OFFERED
        assert not client.capabilities.offers(Feature.PROGRESS), "a GET that is a 404 is none"

    def test_one_that_tells_its_samplers_alone_is_known_too(self, server: StandIn) -> None:
        class Silent(A1111Client):
            def options(self) -> Any:
                self._lacks(Feature.LOAD_MODEL)

        client = Silent.recognize(Server(server.url))
        assert client is not None and client.capabilities.offers(Feature.TEXT_TO_IMAGE)

    def test_it_is_still_there_before_a_job(self, server: StandIn) -> None:
        assert connected(server).confirm()

    def test_what_one_client_settles_all_of_the_connection_know(self, sd_server: StandIn) -> None:
        connections, server = Connections(), Server(sd_server.url)
        with pytest.raises(FeatureMissing):
            connections.client(server).describe(PICTURE)
        for found in (connections.known(server), connections.take_settled()[server]):
            assert found is not None and not found.offers(Feature.DESCRIBE)
        with pytest.raises(FeatureMissing):
            connections.client(server).describe(PICTURE)
        assert not connections.take_settled(), "it says nothing new"


class TestPictures:
    def test_of_a_fresh_scene(self, server: StandIn) -> None:
        answer = connected(server).generate(REQUEST)
        assert len(answer.images) == 1 and answer.notices == ()
        assert posts(server) == ["txt2img"]
        sent = server.journal.generations[-1].body
        assert not {"sampler_name", "scheduler", "lora"} & sent.keys()

    @pytest.mark.parametrize("name", ["dreamshaper_8", "dreamshaper_8.gguf"])
    def test_of_the_model_that_is_there(self, server: StandIn, name: str) -> None:
        """One tells the file, the other the name."""
        client = connected(server)
        request = REQUEST.changed(model=name)
        assert client.capabilities.incompatibilities(request, client.catalogue()) == ()
        assert client.generate(request).notices == ()

    def test_restyled_and_only_here(self, server: StandIn) -> None:
        mask = Mask(image=png.encode(np.full((128, 128, 1), 255, np.uint8)))
        request = REQUEST.changed(operation="img2img", init_image=PICTURE)
        for each in (request, request.changed(mask=mask)):
            (image,) = connected(server).generate(each).images
            assert np.array_equal(png.decode(image.png), png.decode(PICTURE))

    def test_a_job_of_several(self, server: StandIn, tmp_path: Path) -> None:
        jobs = JobQueue(connect)
        jobs.submit(make_job(server.url, tmp_path, count=3))
        assert [picture.recipe.request.sampling.seed for picture in pictures(run_out(jobs))] == [7, 8, 9]

    @pytest.mark.parametrize(
        ("asked", "own"),
        [
            ("Euler a", "euler_a"),
            ("EULER A", "euler_a"),
            ("DPM++ 2M", "dpm++2m"),
            ("DPM++ 2S a", "dpm++2s_a"),
        ],
    )
    def test_their_samplers_in_any_spelling(self, server: StandIn, asked: str, own: str) -> None:
        client = connected(server)
        request = REQUEST.changed(sampler=asked)
        assert client.capabilities.incompatibilities(request, client.catalogue()) == ()
        assert client.generate(request).notices == ()
        assert server.journal.generations[-1].effective["sampler_name"] == own

    def test_the_spelling_is_looked_up_where_nobody_has_asked_for_lists(self, sd_server: StandIn) -> None:
        client = connected(sd_server)
        request = REQUEST.changed(sampler="DPM++ 2S a", scheduler="SGM Uniform")
        for _ in range(2):
            client.generate(request)
        sent = sd_server.journal.generations[-1]
        assert (sent.body["sampler_name"], sent.body["scheduler"]) == ("dpm++2s_a", "sgm_uniform")
        assert sent.effective["scheduler"] == "sgm_uniform"
        client.sibling(client.server).generate(request)
        asked = [entry.path.rpartition("/")[2] for entry in sd_server.journal]
        lists = [name for name in asked[asked.index("options") + 1 :] if name in ("samplers", "schedulers")]
        assert lists == ["samplers", "schedulers", "samplers", "schedulers"], "by the probe, and once for all"

    def test_a_scheduler_at_the_end_of_a_samplers_name(self, sd_server: StandIn) -> None:
        connected(sd_server).generate(REQUEST.changed(sampler="DPM++ 2M Karras"))
        effective = sd_server.journal.generations[-1].effective
        assert (effective["sampler_name"], effective["scheduler"]) == ("dpm++2m", "karras")

    @pytest.mark.parametrize("asked", ["DPM++ 2M Karras", "dpm++ 2m karras", "k_dpmpp_2m SGM Uniform"])
    def test_also_where_the_server_takes_the_whole_for_the_sampler_alone(
        self, koboldcpp: StandIn, asked: str
    ) -> None:
        """KoboldCpp has `dpm++ 2m karras` among its aliases, and takes it without the schedule."""
        connected(koboldcpp).generate(REQUEST.changed(sampler=asked))
        effective = koboldcpp.journal.generations[-1].effective
        wanted = "karras" if asked.casefold().endswith("karras") else "sgm_uniform"
        assert (effective["sampler_name"], effective["scheduler"]) == ("dpm++2m", wanted)

    def test_as_stable_diffusion_cpp_writes_both_into_its_pictures(self, sd_server: StandIn) -> None:
        client = connected(sd_server)
        request = infotext.parse("moss\nSteps: 3, Sampler: dpm++2m kl_optimal, Seed: 7", REQUEST)
        assert client.capabilities.incompatibilities(request, client.catalogue()) == ()
        assert client.generate(request).notices == ()
        effective = sd_server.journal.generations[-1].effective
        assert (effective["sampler_name"], effective["scheduler"]) == ("dpm++2m", "kl_optimal")

    def test_one_that_they_do_not_list_is_told(self, server: StandIn) -> None:
        client = connected(server)
        (found,) = client.capabilities.incompatibilities(
            REQUEST.changed(sampler="UniPC Trailing"), client.catalogue()
        )
        assert "no sampler “UniPC Trailing”" in found.sentence

    def test_an_upscaler_in_another_spelling(self, koboldcpp: StandIn) -> None:
        client = connected(koboldcpp)
        client.catalogue()
        client.upscale([PICTURE], UpscaleSettings("esrgan 4x"))
        assert koboldcpp.journal[-1].body["upscaler_1"] == "ESRGAN_4x"

    def test_the_hires_fix(self, sd_server: StandIn) -> None:
        request = REQUEST.changed(hires_fix=HiresFix(enlarges=True, scale=2))
        answer = connected(sd_server).generate(request)
        assert [(each.width, each.height) for each in answer.images] == [(256, 256)]
        assert answer.notices == ()

    def test_a_hires_fix_that_was_passed_over_is_told(self, koboldcpp: StandIn) -> None:
        fix = HiresFix(enlarges=True, scale=2)
        answer = connected(koboldcpp).generate(REQUEST.changed(hires_fix=fix))
        assert answer.notices == (
            "The server made 128 × 128 pixels, and not the 256 × 256 that were asked for.",
        )
        same_size = replace(fix, scale=1)
        assert connected(koboldcpp).generate(REQUEST.changed(hires_fix=same_size)).notices == ()

    @pytest.mark.parametrize("values", [{}, {"operation": "img2img", "init_image": PICTURE}])
    def test_a_size_that_the_server_limits_is_told(self, values: Any) -> None:
        """As KoboldCpp does for shared use."""
        small = base64.b64encode(png.encode(np.zeros((64, 64, 3), np.uint8))).decode()
        answers = {
            e.OPTIONS.path: {"sd_model_checkpoint": "m"},
            e.TXT2IMG.path: {"images": [small], "info": ""},
            e.IMG2IMG.path: {"images": [small], "info": ""},
        }

        def script(connection: socket.socket, request: fakes.Request) -> None:
            told = answers.get(request.path)
            connection.sendall(
                fakes.http(404) if told is None else fakes.http(200, json.dumps(told).encode())
            )

        with fakes.ScriptedServer(script) as server:
            answer = connect(Server(server.url)).generate(REQUEST.changed(**values))
        assert answer.notices == (
            "The server made 64 × 64 pixels, and not the 128 × 128 that were asked for.",
        )


#: What small servers may pass over, and what sets it in a request.
DOUBTFUL: Any = {
    "clip_skip": {"clip_skip": 3},
    "vae": {"vae": "kl-f8"},
    "use_tiling": {"tiling": True},
    "use_restore_faces": {"restore_faces": True},
    "refiner_model": {"refiner_model": "other"},
    "styles": {"styles": ("Cinematic",)},
    "script": {"script": Script("X/Y/Z plot")},
    "server_options": {"options": dialect_options("A1111", [("eta_noise_seed_delta", 31337)])},
}


class TestWhatMayBePassedOver:
    @pytest.mark.parametrize("setting", DOUBTFUL)
    def test_is_told_before_anything_is_sent(self, server: StandIn, setting: str) -> None:
        client = connected(server)
        request = REQUEST.changed(**DOUBTFUL[setting])
        (found,) = client.capabilities.incompatibilities(request, client.catalogue())
        assert (found.setting, found.is_sent) == (setting, True)
        assert "does not say that it knows" in found.sentence

    def test_nothing_of_it_on_the_web_ui_or_in_a_fresh_scene(
        self, server: StandIn, a1111_stand_in: StandIn
    ) -> None:
        client = connected(server)
        assert client.capabilities.incompatibilities(REQUEST, client.catalogue()) == ()
        web_ui = connected(a1111_stand_in)
        for values in DOUBTFUL.values():
            request = REQUEST.changed(**values)
            told = web_ui.capabilities.incompatibilities(request, web_ui.catalogue())
            assert not [each for each in told if "does not say" in each.sentence]


class TestLoras:
    @pytest.mark.parametrize("name", ["rust", "styles/rust.safetensors", "rust.safetensors", "Rust"])
    def test_they_go_as_a_list(self, server: StandIn, name: str) -> None:
        connected(server).generate(REQUEST.changed(loras=(Lora(name, 0.5), Lora("add_detail"))))
        sent = server.journal.generations[-1]
        assert sent.body["lora"] == [
            {"path": "styles/rust.safetensors", "multiplier": 0.5},
            {"path": "add_detail.safetensors", "multiplier": 1.0},
        ]
        assert sent.effective["loras"] == {"styles/rust.safetensors": 0.5, "add_detail.safetensors": 1.0}
        assert sent.effective["prompt"] == "moss", "a tag would be words"

    def test_one_that_is_not_there_is_told_in_its_words(self, sd_server: StandIn) -> None:
        with pytest.raises(RequestRefused, match="invalid lora path: moss"):
            connected(sd_server).generate(REQUEST.changed(loras=(Lora("moss"),)))

    def test_the_web_ui_gets_tags(self, a1111_stand_in: StandIn) -> None:
        connect(Server(a1111_stand_in.url)).generate(REQUEST.changed(loras=(Lora("add_detail"),)))
        sent = a1111_stand_in.journal.generations[-1].body
        assert "lora" not in sent and "<lora:add_detail:1>" in sent["prompt"]

    def test_check_files_finds_them(self, server: StandIn) -> None:
        client = connected(server)
        assert client.missing_files(NamedFiles("dreamshaper_8", ("rust", "add_detail"))) == ()
        assert len(client.missing_files(NamedFiles("", ("moss",)))) == 1


class TestTools:
    def test_koboldcpp_enlarges_and_describes(self, koboldcpp: StandIn) -> None:
        client = connected(koboldcpp)
        (image,) = client.upscale([PICTURE], UpscaleSettings("ESRGAN_4x", scale=2.0))
        assert image is not None and (image.width, image.height) == (256, 256)
        assert "picture in" in client.describe(PICTURE)

    def test_several_are_enlarged_one_by_one_where_no_route_takes_them(
        self, koboldcpp: StandIn, tmp_path: Path
    ) -> None:
        pixels = np.full((64, 64, 3), 90, np.uint8)
        sources = tuple(Source(SourceName("OTHER", str(number)), pixels=pixels) for number in range(3))
        task = UpscaleTask(sources, UpscaleSettings("ESRGAN_4x"), tmp_path / "out")
        connections = Connections()
        jobs = JobQueue(connections.client)
        for number in range(2):
            jobs.submit(Job(f"job {number}", "", Server(koboldcpp.url), task))
        assert len(pictures(run_out(jobs))) == 6
        assert posts(koboldcpp) == ["extra-batch-images", *["extra-single-image"] * 6], (
            "known the second time"
        )
        found = connections.known(Server(koboldcpp.url))
        assert found is not None and found.offers(Feature.UPSCALE_SEVERAL)

    @pytest.mark.parametrize(
        ("endpoint", "use"),
        [
            (e.EXTRA_SINGLE, lambda client: client.upscale([PICTURE], UpscaleSettings("x"))),
            (e.INTERROGATE, lambda client: client.describe(PICTURE)),
            (e.UNLOAD_CHECKPOINT, lambda client: client.command(Feature.FREE_MEMORY)),
            (e.SERVER_KILL, lambda client: client.command(Feature.KILL)),
            (e.SET_OPTIONS, lambda client: client.load_model("m")),
        ],
    )
    def test_what_proves_missing_is_told_and_remembered(
        self, sd_server: StandIn, endpoint: Any, use: Any
    ) -> None:
        client = connected(sd_server)
        with pytest.raises(FeatureMissing) as caught:
            use(client)
        assert (caught.value.place, caught.value.is_essential) == (str(endpoint), False)
        assert endpoint.title in caught.value.what
        assert state(client, endpoint) is RowState.NOT_OFFERED

    def test_what_works_is_offered_from_then_on(self, koboldcpp: StandIn) -> None:
        client = connected(koboldcpp)
        client.describe(PICTURE)
        assert state(client, e.INTERROGATE) is RowState.OFFERED
        assert state(client, e.EXTRA_SINGLE) is RowState.UNKNOWN

    def test_a_server_that_is_busy_or_blind_still_has_the_route(self, koboldcpp: StandIn) -> None:
        koboldcpp.app_state = replace(koboldcpp.app_state, sees=False)
        client = connected(koboldcpp)
        with pytest.raises(ServerFailed, match="No Vision model loaded"):
            client.describe(PICTURE)
        assert client.capabilities.offers(Feature.DESCRIBE)

    @pytest.mark.parametrize("upscaler", ["", "ESRGAN_4x"])
    def test_what_failed_comes_as_an_empty_text(self, koboldcpp: StandIn, upscaler: str) -> None:
        koboldcpp.app_state = replace(koboldcpp.app_state, upscaler="")
        koboldcpp.faults = Faults(out_of_memory=True)
        client = connected(koboldcpp)
        for use in (
            lambda: client.generate(REQUEST),
            lambda: client.upscale([PICTURE], UpscaleSettings(upscaler)),
        ):
            with pytest.raises(ServerError) as caught:
                use()
            assert caught.value.advice.endswith(".")


class TestWhatIsMissing:
    """Of a server that says nothing about itself."""

    def test_one_that_only_makes_new_pictures_is_still_a_server(self, server: StandIn) -> None:
        client = connected(server)
        server.faults = Faults(missing=("/sdapi/v1/img2img",))
        request = REQUEST.changed(operation="img2img", init_image=PICTURE)
        with pytest.raises(FeatureMissing) as caught:
            client.generate(request)
        assert not caught.value.is_essential, "it is no other server for that"
        assert client.capabilities.offers(Feature.TEXT_TO_IMAGE)
        (told, *_) = client.capabilities.incompatibilities(request)
        assert "does not offer Image to Image" in told.sentence
        client.generate(REQUEST)

    @pytest.mark.parametrize("page", [b"", b"<!doctype html><title>404 Not Found</title>"])
    def test_who_says_so_with_a_page_is_asked_whether_it_is_still_there(self, page: bytes) -> None:
        """As KoboldCpp and Flask do, and a proxy whose server is gone."""
        is_gone = False

        def script(connection: socket.socket, request: fakes.Request) -> None:
            told = request.path == e.OPTIONS.path and not is_gone
            options = fakes.http(200, b'{"sd_model_checkpoint": "m"}')
            connection.sendall(options if told else fakes.http(404, page, "text/html"))

        with fakes.ScriptedServer(script) as small:
            client = connect(Server(small.url))
            is_gone = True
            with pytest.raises(UnknownServer, match="has no image server there"):
                client.generate(REQUEST)
            assert client.capabilities.offers(Feature.TEXT_TO_IMAGE), "that proves nothing of the server"
            is_gone = False
            with pytest.raises(FeatureMissing, match="does not offer “Text to Image”") as caught:
                client.generate(REQUEST)
            assert not caught.value.is_essential
            assert not client.capabilities.offers(Feature.TEXT_TO_IMAGE)
            assert client.capabilities.offers(Feature.IMAGE_TO_IMAGE)

    def test_one_that_made_pictures_and_does_not_any_more_is_another(self, sd_server: StandIn) -> None:
        client = connected(sd_server)
        client.generate(REQUEST)
        sd_server.faults = Faults(missing=("/sdapi/v1/txt2img",))
        with pytest.raises(FeatureMissing) as caught:
            client.generate(REQUEST)
        assert caught.value.is_essential

    def test_a_job_is_cancelled_without_waiting_for_the_server(self, server: StandIn, tmp_path: Path) -> None:
        jobs = JobQueue(Connections().client)
        server.faults = Faults(delay=20)
        jobs.submit(job := make_job(server.url, tmp_path))
        assert server.wait_until_running()
        jobs.cancel(job.id)
        jobs.cancel(job.id)
        assert ends(run_out(jobs)) == [(job, JobState.CANCELLED)]
        assert server.running, "nothing can be told to stop there"
        server.faults = Faults()
        assert server.wait_until_idle()
        jobs.submit(make_job(server.url, tmp_path))
        assert len(pictures(run_out(jobs))) == 1


@pytest.mark.parametrize("flavour", ["A1111", "SDNEXT"])
def test_a_web_ui_that_hides_its_description(flavour: Any) -> None:
    """As behind a proxy, or started without its documentation: all that it takes works."""
    with StandIn("echo", dialect="A1111", flavour=flavour) as web_ui:
        web_ui.faults = Faults(missing=("/openapi.json", "/docs"))
        client = connected(web_ui)
        assert posts(web_ui) == []
        assert all(
            client.capabilities.offers(each)
            for each in (Feature.INTERRUPT, Feature.UPSCALE, Feature.DESCRIBE)
        )
        request = REQUEST.changed(sampler="euler_a", loras=(Lora("add_detail"),), clip_skip=2)
        assert client.generate(request).notices == ()
        sent = web_ui.journal.generations[-1].body
        assert sent["sampler_name"] == "Euler a" and "<lora:add_detail:1>" in sent["prompt"]
        assert "lora" not in sent, "it tells an alias: it reads tags"
        assert state(client, e.TXT2IMG) is RowState.OFFERED
        made = client.upscale([PICTURE] * 2, UpscaleSettings("Nearest"))
        assert len(made) == 2 and client.describe(PICTURE)
        client.command(Feature.FREE_MEMORY)
        assert state(client, e.UNLOAD_CHECKPOINT) is RowState.OFFERED


class TestTheLocalServer:
    """As unkind as the programs are."""

    def ask(self, server: StandIn, path: str, body: Any = None) -> tuple[int, bytes]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(server.url + path, data, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request) as reply:
                return reply.status, reply.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    @pytest.mark.parametrize("path", ["/openapi.json", "/sdapi/v1/txt2img", "/sdapi/v1/progress", "/x"])
    def test_a_get_that_is_none_is_404(self, server: StandIn, path: str) -> None:
        assert self.ask(server, path)[0] == 404

    def test_words_of_a_404(self, koboldcpp: StandIn, sd_server: StandIn) -> None:
        assert self.ask(sd_server, "/sdapi/v1/txt2img") == (404, b"")
        assert b"endpoint does not exist" in self.ask(koboldcpp, "/sdapi/v1/txt2img")[1]
        assert self.ask(koboldcpp, "/sdapi/v1/skip", {}) == (404, b"")

    def test_refusals(self, sd_server: StandIn) -> None:
        refused = self.ask(sd_server, "/sdapi/v1/txt2img", {"prompt": ""})
        assert refused == (400, b'{"error": "prompt required"}')
        assert self.ask(sd_server, "/sdapi/v1/txt2img", {"prompt": "x", "steps": None})[0] == 500

    @pytest.mark.timing
    @pytest.mark.parametrize("dialect", [each.lower() for each in BOTH])
    def test_the_command_speaks_it(self, dialect: str) -> None:
        command = Path(__file__).resolve().parents[2] / "scripts" / "local_server"
        process = subprocess.Popen(
            [sys.executable, command, "--port", "0", "--engine", "echo", "--dialect", dialect],
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        assert process.stdout is not None
        try:
            assert process.stdout.readline().startswith("This is a stand-in for testing and is not ")
            client = connect(Server(process.stdout.readline().split()[3]))
            assert len(client.generate(REQUEST).images) == 1
        finally:
            process.terminate()
        assert "128 × 128" in process.communicate(timeout=30)[0]

    def test_settings_from_json(self, server: StandIn) -> None:
        from local_server.service import Service

        assert isinstance(server._server, Service)
        server._server.set_app_state({"loras": ["a.safetensors"]})
        assert server.app_state.loras == ("a.safetensors",)
        with pytest.raises(KeyError):
            server._server.set_app_state({"nothing": 1})
