# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of an A1111 server by every name that people write: found in its lists, told where they are not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from drawthings_addon.client.a1111.client import A1111Client
from drawthings_addon.client.a1111.files import find_file
from drawthings_addon.client.a1111.types import LoraFile
from drawthings_addon.client.capabilities import Capabilities
from drawthings_addon.client.catalogue import Catalogue
from drawthings_addon.client.connect import connect
from drawthings_addon.client.http.address import Server
from drawthings_addon.client.interface import NamedFiles
from drawthings_addon.client.request import Control, GenerationRequest, Lora, Script
from drawthings_addon.client.sections import HiresFix
from local_server import Faults, StandIn
from local_server.a1111.webui import Checkpoint, Style

REQUEST = GenerationRequest.of(prompt="copper", width=64, height=64, steps=1, seed=7, sampler="Euler")
MODELS = (
    "textures/seamless_v2.ckpt", "textures/seamless_v2", "textures_seamless_v2", "seamless_v2",
    "seamless_v2.ckpt", "textures\\seamless_v2.ckpt", "Seamless_V2", "{title}", "{hash}", "{sha256}",
    "textures/seamless_v2.ckpt [{hash}]", "seamless_v2 [{hash}]", "seamless_v2.ckpt [{hash}]",
)  # fmt: skip
LORAS = (
    "add_detail", "add_detail.safetensors", "folder/add_detail.safetensors", "folder\\add_detail",
    "add_detail [0123456789]", "add_detail.safetensors [0123456789ab]", "Add_Detail",
)  # fmt: skip
VAES = ("sdxl_vae.safetensors", "sdxl_vae", "VAE/sdxl_vae.safetensors", "sdxl_vae.safetensors [0123456789]")
CONTROLS = (
    "control_v11f1p_sd15_depth [cfd03158]", "control_v11f1p_sd15_depth", "control_v11f1p_sd15_depth.pth",
    "folder/control_v11f1p_sd15_depth.pth [cfd03158]",
)  # fmt: skip


@pytest.fixture
def client(a1111_stand_in: StandIn) -> A1111Client:
    """Of a server that has used the model in question, and so knows its hash."""
    found = connect(Server(a1111_stand_in.url))
    assert isinstance(found, A1111Client)
    found.generate(REQUEST.changed(model=a1111_stand_in.app_state.checkpoints[2].name))
    return found


def spelled(server: StandIn, name: str) -> str:
    model = server.app_state.checkpoints[2]
    return name.format(title=model.title, hash=model.hash, sha256=model.sha256)


def told(client: A1111Client, request: GenerationRequest, lists: Catalogue | None = None) -> str:
    known = Capabilities(client.dialect, client.capabilities.rows)
    found = known.incompatibilities(request, lists or client.catalogue())
    return " ".join(each.sentence for each in found)


# Check Files


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_there_by_any_of_its_names(
    a1111_stand_in: StandIn, client: A1111Client, name: str
) -> None:
    name = spelled(a1111_stand_in, name)
    assert client.missing_files(NamedFiles(name, refiner=name)) == ()
    assert told(client, REQUEST.changed(model=name, refiner_model=name)) == ""


def test_a_file_of_another_folder_is_no_guess(client: A1111Client, a1111_stand_in: StandIn) -> None:
    """Neither where several have its name, nor where a hash tells that it is another."""
    ui = a1111_stand_in.app_state
    models = ("sd15/moss.safetensors", "xl/moss.safetensors", "xl/rust.safetensors")
    a1111_stand_in.app_state = replace(ui, checkpoints=(*ui.checkpoints, *map(Checkpoint, models)))
    client.catalogue()
    for name in ("flux/moss.safetensors", "moss.safetensors", "flux/rust.safetensors [0123456789]"):
        assert client.missing_files(NamedFiles(name)), name
        assert client.generate(REQUEST.changed(model=name)).notices or "moss" in name
        sent = a1111_stand_in.journal.generations[-1].body["override_settings"]
        assert sent["sd_model_checkpoint"] == name
    for name in ("xl/moss", "moss", "flux/rust.safetensors", "xl/rust.safetensors [0123456789]"):
        assert not client.missing_files(NamedFiles(name)), name


def test_an_old_hash_of_a_model_is_listed_nowhere(client: A1111Client) -> None:
    for name in ("7460a6fa", " 7460a6fa"):
        assert client.missing_files(NamedFiles(name, refiner=name)) == ()
        assert told(client, REQUEST.changed(model=name, refiner_model=name)) == ""
    assert len(client.missing_files(NamedFiles("7460a6f", refiner="7460a6fag"))) == 2


@pytest.mark.parametrize(
    "kind, names",
    [("loras", LORAS), ("vae", VAES), ("controls", CONTROLS)],
)
def test_so_are_other_files(client: A1111Client, kind: str, names: tuple[str, ...]) -> None:
    for name in names:
        value = name if kind == "vae" else (name,)
        assert client.missing_files(NamedFiles(**{kind: value})) == (), name


@pytest.mark.parametrize("name", ["Automatic", "None", ""])
def test_what_is_no_file_is_not_missing(client: A1111Client, name: str) -> None:
    assert client.missing_files(NamedFiles(upscaler=name, vae=name, hires_upscaler=name)) == ()


def test_what_is_not_there_is_named(client: A1111Client) -> None:
    missing = client.missing_files(
        NamedFiles(
            "nope", ("add_detail", "lora no"), "up no", refiner="ref no", vae="vae no",
            hires_upscaler="hires no", controls=("control no",), styles=("Watercolour", "style no"),
        )
    )  # fmt: skip
    assert [each.split(" “")[1].rstrip("”") for each in missing] == [
        "nope", "ref no", "vae no", "up no", "hires no", "lora no", "control no", "style no",
    ]  # fmt: skip


def test_an_alias_is_a_name(client: A1111Client, a1111_stand_in: StandIn, monkeypatch: Any) -> None:
    monkeypatch.setattr(A1111Client, "loras", lambda _self: (LoraFile("add_detail", "Detail Slider", "x"),))
    assert client.missing_files(NamedFiles(loras=("Detail Slider", "add_detail"))) == ()
    client.generate(REQUEST.changed(loras=(Lora("Detail Slider"),)))
    assert a1111_stand_in.journal.generations[-1].body["prompt"] == "copper <lora:Detail Slider:1>"


@pytest.mark.parametrize("is_first", [True, False])
def test_a_name_counts_more_than_anothers_alias(
    client: A1111Client, is_first: bool, monkeypatch: Any
) -> None:
    """As the server looks it up, in whatever order it lists them."""
    told = (LoraFile("details", "brush", "x"), LoraFile("brush", "", "y"))
    monkeypatch.setattr(A1111Client, "loras", lambda _self: told if is_first else told[::-1])
    loras = client.catalogue().loras
    for name in ("brush", "folder/brush", "brush.safetensors", "Brush", "brush [0123456789]"):
        found = find_file(name, loras)
        assert found is not None and found.value == "brush", name


def test_a_list_that_is_not_told_proves_nothing(a1111_stand_in: StandIn, client: A1111Client) -> None:
    a1111_stand_in.faults = Faults(missing=("/sdapi/v1/loras", "/sdapi/v1/sd-models"))
    assert client.missing_files(NamedFiles("nope", ("no",))) == ()
    assert told(client, REQUEST.changed(model="nope", loras=(Lora("no"),))) == ""


# What has no effect is told before it is sent


def test_a_server_without_any_is_known_not_to_have_one(a1111_stand_in: StandIn, client: A1111Client) -> None:
    a1111_stand_in.app_state = replace(
        a1111_stand_in.app_state, loras=(), styles=(), vaes=(), controlnet_models=(), checkpoints=()
    )
    request = REQUEST.changed(
        model="m", vae="v.pt", styles=("ink",), loras=(Lora("moss"),),
        controls=(Control("depth", source="DEPTH"),),
    )  # fmt: skip
    sentence = told(client, request)
    for name in ("“m”", "“v.pt”", "“ink”", "“moss”", "“depth”"):
        assert name in sentence
    assert len(client.missing_files(NamedFiles("m", ("moss",), vae="v.pt", styles=("ink",)))) == 4
    assert told(client, request, Catalogue()) == "", "before it has told its lists"


def test_a_style_and_a_script_are_no_files(a1111_stand_in: StandIn, client: A1111Client) -> None:
    a1111_stand_in.app_state = replace(a1111_stand_in.app_state, styles=(Style("oil/impasto.pt"),))
    for name in ("impasto", "oil/impasto", "Oil/Impasto.pt"):
        assert f"style “{name}”" in told(client, REQUEST.changed(styles=(name,)))
        assert client.missing_files(NamedFiles(styles=(name,)))
    assert told(client, REQUEST.changed(styles=("oil/impasto.pt",), script=Script("X/Y/Z plot"))) == ""
    assert "script “z plot”" in told(client, REQUEST.changed(script=Script("z plot")))


def test_an_unknown_upscaler_or_refiner_is_told(client: A1111Client) -> None:
    """The server fails at both."""
    hires = HiresFix(enlarges=True, upscaler="nope")
    assert "upscaler “nope”" in told(client, REQUEST.changed(hires_fix=hires))
    assert "refiner “no ref”" in told(client, REQUEST.changed(refiner_model="no ref"))
    for name in ("Latent", "Lanczos", "", "None"):
        assert told(client, REQUEST.changed(hires_fix=replace(hires, upscaler=name))) == ""


# What is found is sent so that the server finds it, too


@pytest.mark.parametrize("name", MODELS)
def test_the_model_is_used(a1111_stand_in: StandIn, client: A1111Client, name: str) -> None:
    client.catalogue()
    answer = client.generate(REQUEST.changed(model=spelled(a1111_stand_in, name)))
    assert answer.images[0].configuration["model"] == "seamless_v2"
    assert not answer.notices


@pytest.mark.parametrize("name", LORAS)
@pytest.mark.parametrize("is_examined", [True, False])
def test_the_lora_is_named_as_prompts_name_it(
    a1111_stand_in: StandIn, client: A1111Client, name: str, is_examined: bool
) -> None:
    if is_examined:
        client.catalogue()
    elif name == "Add_Detail":
        pytest.skip("it could be another's name")
    client.generate(REQUEST.changed(loras=(Lora(name),)))
    assert a1111_stand_in.journal.generations[-1].body["prompt"] == "copper <lora:add_detail:1>"


def test_a_model_is_named_without_the_hash_that_another_server_told(a1111_stand_in: StandIn) -> None:
    """A server that has not used it yet does not know its hash, and would take another without a word."""
    model = next(each for each in a1111_stand_in.app_state.checkpoints if not each.is_hashed)
    client = A1111Client(Server(a1111_stand_in.url))
    client.examine()
    for _ in range(2):
        answer = client.generate(REQUEST.changed(model=f"{model.name} [{model.hash}]"))
        assert answer.images[0].configuration["model"] == model.stem and not answer.notices
    assert len([each for each in a1111_stand_in.journal if each.path == "/sdapi/v1/sd-models"]) == 1


@pytest.mark.parametrize("name", VAES)
def test_the_vae_is_named_by_its_file(a1111_stand_in: StandIn, client: A1111Client, name: str) -> None:
    client.generate(REQUEST.changed(vae=name))
    sent = a1111_stand_in.journal.generations[-1].body["override_settings"]
    assert sent["sd_vae"] == "sdxl_vae.safetensors"
