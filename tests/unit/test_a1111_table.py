# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every endpoint of the table, through the client, over HTTP: against a server that has it, and one that
has not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from drawthings_addon.client.a1111 import endpoints as e
from drawthings_addon.client.a1111.endpoints import ENDPOINTS
from drawthings_addon.client.connect import connect
from drawthings_addon.client.features import Feature
from drawthings_addon.client.http.address import Server
from drawthings_addon.client.progress import Progress
from drawthings_addon.client.request import Control, GenerationRequest, Lora, Script, dialect_options
from drawthings_addon.client.sections import HiresFix, Mask
from drawthings_addon.client.training import Training
from drawthings_addon.client.turn import Turn
from drawthings_addon.client.upscaling import UpscaleSettings
from drawthings_addon.errors import FeatureMissing, NameTaken, RequestRefused, ServerError
from drawthings_addon.imaging import png
from local_server import StandIn

REQUEST = GenerationRequest.of(prompt="copper", width=64, height=64, seed=7, steps=2, sampler="Euler")
PIXELS = np.full((64, 64, 3), 90, np.uint8)
PICTURE = png.encode(PIXELS)
IMG2IMG = REQUEST.changed(operation="img2img", init_image=PICTURE)
TRAINING = Training("nothing", "/no/such/folder", steps=1)


def sent(client):
    """The ticket of a request that is on its way."""
    ticket = client.take_ticket()
    ticket.name, ticket.is_sent = "task(ours)", True
    return ticket


def when_it_is_ours(verb):
    """As after the server's word that it works on the ticket's request."""

    def call(client):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(client, "_seen", lambda *_, **__: Progress(job_count=1), raising=False)
            ticket = client.take_ticket()
            ticket.is_ours = True
            assert verb(client, ticket) is Turn.OURS

    return call


#: How each endpoint is called from Python. Those that a browser opens have no verb.
VERBS = {
    e.ROOT: lambda c: c.configuration(),
    e.TXT2IMG: lambda c: c.generate(REQUEST),
    e.IMG2IMG: lambda c: c.generate(IMG2IMG),
    e.PROGRESS: lambda c: c.progress(),
    e.TASK_PROGRESS: lambda c: c.progress(sent(c)),
    e.INTERRUPT: when_it_is_ours(lambda c, ticket: c.interrupt(ticket)),
    e.SKIP: when_it_is_ours(lambda c, ticket: c.skip(ticket)),
    e.OPTIONS: lambda c: c.options(),
    e.SET_OPTIONS: lambda c: c.set_options({"CLIP_stop_at_last_layers": 2}),
    e.CMD_FLAGS: lambda c: c.cmd_flags(),
    e.MEMORY: lambda c: c.memory(),
    e.EXTENSIONS: lambda c: c.extensions(),
    e.SCRIPTS: lambda c: c.scripts(),
    e.SCRIPT_INFO: lambda c: c.script_info(),
    e.SAMPLERS: lambda c: c.sampler_names(),
    e.SCHEDULERS: lambda c: c.schedulers(),
    e.UPSCALERS: lambda c: c.upscalers(),
    e.LATENT_UPSCALE_MODES: lambda c: c.latent_upscale_modes(),
    e.MODELS: lambda c: c.models(),
    e.VAES: lambda c: c.vaes(),
    e.HYPERNETWORKS: lambda c: c.hypernetworks(),
    e.FACE_RESTORERS: lambda c: c.face_restorers(),
    e.REALESRGAN_MODELS: lambda c: c.realesrgan_models(),
    e.PROMPT_STYLES: lambda c: c.prompt_styles(),
    e.EMBEDDINGS: lambda c: c.embeddings(),
    e.EXTRA_SINGLE: lambda c: c.upscale([PICTURE], UpscaleSettings("Nearest")),
    e.EXTRA_BATCH: lambda c: c.upscale([PICTURE] * 2, UpscaleSettings("Nearest")),
    e.PNG_INFO: lambda c: c.png_info(PICTURE),
    e.INTERROGATE: lambda c: c.describe(PICTURE),
    e.REFRESH_CHECKPOINTS: lambda c: c.command(Feature.REFRESH_MODELS),
    e.REFRESH_VAE: lambda c: c.command(Feature.REFRESH_VAES),
    e.REFRESH_EMBEDDINGS: lambda c: c.command(Feature.REFRESH_EMBEDDINGS),
    e.UNLOAD_CHECKPOINT: lambda c: c.command(Feature.FREE_MEMORY),
    e.RELOAD_CHECKPOINT: lambda c: c.command(Feature.RELOAD_MODEL),
    e.SERVER_KILL: lambda c: c.command(Feature.KILL),
    e.SERVER_RESTART: lambda c: c.command(Feature.RESTART),
    e.SERVER_STOP: lambda c: c.command(Feature.STOP),
    e.CREATE_EMBEDDING: lambda c: c.prepare_training(replace(TRAINING, name="rusty-style")),
    e.CREATE_HYPERNETWORK: lambda c: c.prepare_training(
        replace(TRAINING, name="rusty-style", kind="HYPERNETWORK")
    ),
    e.TRAIN_EMBEDDING: lambda c: c.train(TRAINING),
    e.TRAIN_HYPERNETWORK: lambda c: c.train(replace(TRAINING, kind="HYPERNETWORK")),
    e.OPENAPI: lambda c: c.routes(),
    e.LORAS: lambda c: c.loras(),
    e.REFRESH_LORAS: lambda c: c.command(Feature.REFRESH_LORAS),
    e.CONTROLNET_MODELS: lambda c: c.controlnet_models(),
    e.CONTROLNET_MODULES: lambda c: c.controlnet_modules(),
    e.CONTROLNET_DETECT: lambda c: c.detect(PICTURE, "DEPTH"),
}
#: What not every server can do, by the verb that every client has for it.
FEATURES = {
    Feature.UPSCALE: VERBS[e.EXTRA_SINGLE],
    Feature.DESCRIBE: VERBS[e.INTERROGATE],
    Feature.DETECT_MAPS: VERBS[e.CONTROLNET_DETECT],
    Feature.READ_METADATA: lambda c: c.read_metadata(PICTURE),
    Feature.TRAIN_EMBEDDING: VERBS[e.TRAIN_EMBEDDING],
    Feature.TRAIN_HYPERNETWORK: VERBS[e.TRAIN_HYPERNETWORK],
    Feature.PROGRESS: VERBS[e.PROGRESS],
    Feature.INTERRUPT: VERBS[e.INTERRUPT],
    Feature.SKIP: VERBS[e.SKIP],
    Feature.LOAD_MODEL: lambda c: c.load_model("m"),
    Feature.INFORMATION: lambda c: c.information(),
    **{
        each: lambda c, each=each: c.command(each)
        for each in (
            Feature.FREE_MEMORY, Feature.RELOAD_MODEL, Feature.REFRESH_MODELS, Feature.REFRESH_VAES,
            Feature.REFRESH_EMBEDDINGS, Feature.REFRESH_LORAS, Feature.STOP, Feature.RESTART, Feature.KILL,
        )
    },
}  # fmt: skip
STOPS = (e.SERVER_KILL, e.SERVER_RESTART, e.SERVER_STOP)


@pytest.fixture
def webui():
    with StandIn(dialect='A1111', api_server_stop=True) as server:
        yield server


@pytest.fixture
def client(webui):
    return connect(Server(webui.url))


def test_every_endpoint_has_a_verb():
    assert VERBS.keys() == set(ENDPOINTS) - {e.DOCS}


@pytest.mark.parametrize("endpoint", sorted(VERBS.keys() - {e.ROOT, *STOPS}, key=str), ids=str)
def test_it_works_where_it_is_offered(webui, client, endpoint):
    assert client.capabilities.has(str(endpoint))
    try:
        VERBS[endpoint](client)
    except RequestRefused as refusal:
        assert endpoint in (e.TRAIN_EMBEDDING, e.TRAIN_HYPERNETWORK)
        assert "could not do" in refusal.what
    # Not simply the last one: a probe that was given up on a busy computer may be answered later.
    entry = [entry for entry in webui.journal if entry.path == endpoint.path][-1]
    assert (entry.method, entry.status) == (endpoint.method, 200)


@pytest.mark.parametrize("endpoint", STOPS, ids=str)
def test_a_server_can_be_stopped(webui, client, endpoint):
    assert client.capabilities.has(str(endpoint))
    if endpoint == e.SERVER_RESTART:
        # One that was started by hand cannot start itself again.
        with pytest.raises(FeatureMissing, match="by hand"):
            VERBS[endpoint](client)
    else:
        VERBS[endpoint](client)
    assert endpoint.path in {entry.path for entry in webui.journal}


def test_draw_things_offers_four_of_them(stand_in):
    client = connect(Server(stand_in.url))
    offered = {endpoint for endpoint in ENDPOINTS if client.capabilities.has(str(endpoint))}
    assert offered == {e.ROOT, e.OPTIONS, e.TXT2IMG, e.IMG2IMG}
    for endpoint in (e.ROOT, e.OPTIONS):
        VERBS[endpoint](client)
    before = len(stand_in.journal)
    lacking = [each for each in Feature if not client.capabilities.offers(each)]
    offered_features = {Feature.TEXT_TO_IMAGE, Feature.IMAGE_TO_IMAGE, Feature.FIND_MODELS}
    assert set(lacking) == set(Feature) - offered_features
    for feature, verb in FEATURES.items():
        with pytest.raises(FeatureMissing) as caught:
            verb(client)
        assert feature.title in caught.value.what
        assert caught.value.advice.endswith(".")
    assert len(stand_in.journal) == before, "nobody was asked"


def test_a_server_that_answers_404_to_what_it_offered(client, webui):
    with StandIn() as other:
        client.server = client._transport.server = Server(other.url)
        for endpoint in (e.PROGRESS, e.INTERRUPT, e.MODELS, e.EXTRA_SINGLE):
            with pytest.raises(FeatureMissing) as caught:
                VERBS[endpoint](client)
            assert endpoint.title in caught.value.what


@pytest.mark.parametrize("kind", ["embedding", "hypernetwork"])
def test_a_style_is_taught(client, tmp_path, kind):
    for number in range(3):
        (tmp_path / f"{number}.png").write_bytes(PICTURE)
    training = Training("taught", str(tmp_path), steps=3)
    if kind == "embedding":
        created = client.prepare_training(replace(training, vectors=2))
        file = client.train(training)
        assert "taught" in created and "taught" in file
        assert "taught" in [embedding.name for embedding in client.embeddings().loaded]
        with pytest.raises(NameTaken) as caught:
            client.prepare_training(training)
        assert "already exists" in caught.value.what
    else:
        training = replace(training, kind="HYPERNETWORK")
        client.prepare_training(training)
        assert "taught" in client.train(training)
        assert "taught" in [network.name for network in client.hypernetworks()]


class TestGeneration:
    def test_the_picture_has_its_seed_and_its_model(self, client):
        answer = client.generate(REQUEST)
        (image,) = answer.images
        assert (image.width, image.height, image.seed, image.format) == (64, 64, 7, "PNG")
        assert image.configuration["model"]
        assert answer.notices == ()

    def test_what_is_replaced_without_a_word_is_told(self, client):
        request = REQUEST.changed(sampler="UniPC Trailing", model="nope", scheduler="nope")
        notices = client.generate(request).notices
        assert len(notices) == 3
        assert all("nope" in notice or "UniPC Trailing" in notice for notice in notices)

    def test_everything_at_once(self, client, webui):
        request = IMG2IMG.with_options("A1111", (("eta_noise_seed_delta", 1),)).changed(
            model=client.models()[-1].title,
            scheduler=client.schedulers()[2].label,
            styles=(client.prompt_styles()[0].name,),
            loras=(Lora(client.loras()[0].name, 0.5),),
            tiling=True,
            controls=(Control(client.controlnet_models()[0], image=PICTURE),),
            mask=Mask(image=png.encode(np.full((64, 64, 1), 255, np.uint8)), area="MASKED"),
        )
        answer = client.generate(request)
        assert answer.notices == ()
        assert len(answer.images) == 1
        assert webui.journal[-1].body["alwayson_scripts"]["controlnet"]["args"][0]["enabled"] is True

    def test_a_hires_fix_enlarges(self, client):
        (image,) = client.generate(REQUEST.changed(hires_fix=HiresFix(enlarges=True, scale=2))).images
        assert (image.width, image.height) == (128, 128)

    def test_nothing_is_painted_outside_of_a_hard_mask(self, client):
        mask = np.zeros((64, 64, 1), np.uint8)
        mask[:32] = 255
        request = IMG2IMG.changed(mask=Mask(image=png.encode(mask), blur=0))
        made = png.decode(client.generate(request).images[0].png)
        assert np.array_equal(made[32:], PIXELS[32:])
        assert not np.array_equal(made[:32], PIXELS[:32])

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"script": Script("no such script")}, "no such script"),
            ({"hires_fix": HiresFix(enlarges=True, upscaler="nope")}, "nope"),
            ({"options": dialect_options("A1111", (("nope_key", 1),))}, "nope_key"),
        ],
    )
    def test_what_is_refused_is_told_with_advice(self, client, change, words):
        with pytest.raises(ServerError) as caught:
            client.generate(REQUEST.changed(**change))
        assert words in caught.value.what
        assert caught.value.advice.endswith(".")
