# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The panels follow what the connected server offers, which is asked on a click and never while drawing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import bpy
import pytest
from blender_panels import EDITORS, draw_preferences, draw_tab
from blender_pictures import noise, packed
from blender_results import told

from local_server import Faults, StandIn
from local_server.a1111.webui import Checkpoint, WebUi

if TYPE_CHECKING:
    from conftest import Desk

Panel = bpy.types.PropertyGroup
Preferences = bpy.types.AddonPreferences

#: Drawn for one dialect alone.
FOR_DRAW_THINGS = {"seed_mode", "shift", "hires_fix", "controls", "advanced_search"}
FOR_A1111 = {
    "scheduler", "vae", "use_tiling", "styles", "script", "server_options", "mask_blur", "use_free_gpu",
}  # fmt: skip


@pytest.fixture
def web_ui() -> Iterator[StandIn]:
    """A server of A1111's API that echoes and can be stopped."""
    with StandIn(engine="echo", dialect='A1111', api_server_stop=True) as server:
        yield server


@pytest.fixture
def connection(extension: ModuleType) -> ModuleType:
    from bl_ext.user_default.drawthings_addon.blender import connection

    return connection


@pytest.fixture
def offered(extension: ModuleType) -> object:
    from bl_ext.user_default.drawthings_addon.blender.choices import offered

    yield offered
    offered.forget()


@pytest.fixture
def connect(panel: Panel, preferences: Preferences, offered: object) -> Callable[[StandIn], None]:
    def to(server: StandIn) -> None:
        preferences.server_url = server.url
        assert bpy.ops.drawthings.check_server() == {'FINISHED'}

    return to


def sent_to(server: StandIn) -> list[str]:
    return [f"{entry.method} {entry.path}" for entry in server.journal]


def words_of(call: Callable[[], object]) -> str:
    """What a script is told when an operator fails."""
    with pytest.raises(RuntimeError) as failure:
        call()
    text = str(failure.value)
    assert "Traceback" not in text
    return text


# Who answers, and what it offers


def test_draw_things(
    connect: Callable, stand_in: StandIn, connection: ModuleType, session: ModuleType
) -> None:
    connect(stand_in)
    assert session.get().status.connection is session.Connection.ANSWERED
    assert connection.dialect().name == "DRAW_THINGS"
    from bl_ext.user_default.drawthings_addon.client.a1111 import endpoints

    capabilities = connection.capabilities()
    assert [each for each in endpoints.ENDPOINTS if capabilities.has(str(each))] == [
        endpoints.ROOT, endpoints.TXT2IMG, endpoints.IMG2IMG, endpoints.OPTIONS,
    ]  # fmt: skip


def test_a1111(connect: Callable, web_ui: StandIn, connection: ModuleType, session: ModuleType) -> None:
    connect(web_ui)
    assert session.get().status.connection is session.Connection.ANSWERED
    assert session.get().status.model == web_ui.app_state.checkpoints[0].title
    assert connection.dialect().name == "A1111"
    from bl_ext.user_default.drawthings_addon.client.a1111 import endpoints

    capabilities = connection.capabilities()
    lacking = [each for each in endpoints.ENDPOINTS if not capabilities.has(str(each))]
    assert lacking == [endpoints.ROOT]
    assert web_ui.journal.generations == ()
    assert {entry.status for entry in web_ui.journal if entry.method == "POST"} <= {404, 405, 422}


@pytest.mark.parametrize("dialect", ['DRAW_THINGS', 'A1111'])
def test_drawing_asks_nobody(
    connect: Callable, stand_in: StandIn, web_ui: StandIn, dialect: str, panel: Panel
) -> None:
    server = web_ui if dialect == 'A1111' else stand_in
    connect(server)
    before = len(server.journal)
    for each in ("depth", "normal", "line"):
        getattr(panel.scene_controls, each).use = True
    panel.inpaint.area = 'MASKED'
    panel.refiner_model = "refiner"
    for name in ("loras", "controls", "styles", "server_options"):
        bpy.ops.drawthings.list_add(which=name)
    for editor in EDITORS:
        draw_tab(editor)
    page = draw_preferences()
    assert "What This Server Can Do" in page.words
    assert "Endpoints" in page.words
    assert page.words.count("GET /sdapi/v1/options") == 1
    assert len(server.journal) == before


def test_panels_of_the_one_and_of_the_other(connect: Callable, stand_in: StandIn, web_ui: StandIn) -> None:
    for editor in EDITORS:
        connect(stand_in)
        drawn = draw_tab(editor)
        assert drawn.properties >= FOR_DRAW_THINGS
        assert not FOR_A1111 & drawn.properties
        assert not {"drawthings.refresh", "drawthings.load_model", "drawthings.skip"} & set(drawn.operators)
        connect(web_ui)
        drawn = draw_tab(editor)
        assert drawn.properties >= FOR_A1111
        assert not FOR_DRAW_THINGS & drawn.properties
        assert {"drawthings.refresh", "drawthings.load_model", "drawthings.control_server"} <= set(
            drawn.operators
        )
        assert {"Hires Fix", "Mask of the Server", "Controls"} <= set(drawn.panels)
        assert "Draw Things takes no map" not in drawn.words


def test_a_name_alone_changes_the_panels(
    connect: Callable, stand_in: StandIn, web_ui: StandIn, preferences: Preferences, offered: object
) -> None:
    connect(web_ui)
    assert offered.catalogue.models
    preferences.server_url = stand_in.url
    # Nobody has asked the new one: what was known of the old one must not be shown as its own.
    assert offered.catalogue.models == ()
    assert draw_tab().properties >= FOR_DRAW_THINGS
    assert "drawthings.refresh" not in draw_tab().operators
    assert "was not asked yet" in draw_preferences().words


def test_without_stop_controlnet_and_loras(connect: Callable, session: ModuleType) -> None:
    ui = replace(WebUi(), controlnet_models=())
    with StandIn(dialect='A1111', controlnet=False, app_state=ui) as server:
        connect(server)
        drawn = draw_tab()
        assert "Controls" not in drawn.panels
        assert "drawthings.control_server" not in drawn.operators
        text = words_of(lambda: bpy.ops.drawthings.control_server(action='KILL'))
        assert "Stop Server" in text
        assert sent_to(server).count("POST /sdapi/v1/server-kill") == 0


@pytest.mark.parametrize("flavour", ['FORGE', 'SDNEXT'])
def test_relatives_lack_some_of_it(connect: Callable, flavour: str, connection: ModuleType) -> None:
    with StandIn(dialect='A1111', flavour=flavour) as server:
        connect(server)
        assert connection.dialect().name == "A1111"
        from bl_ext.user_default.drawthings_addon.client.features import Feature

        assert not connection.offers(Feature.TRAIN_HYPERNETWORK)
        draw_tab()


# A job finds out, too


def test_a_job_finds_out_the_dialect(
    panel: Panel, preferences: Preferences, web_ui: StandIn, connection: ModuleType
) -> None:
    preferences.server_url = web_ui.url
    panel.sampler = "Euler"
    panel.use_tiling = True
    assert connection.known() is None
    assert bpy.ops.drawthings.txt2img() == {'FINISHED'}
    assert web_ui.journal.generations[-1].body["tiling"] is True
    assert connection.dialect().name == "A1111"
    assert FOR_A1111 - {"use_free_gpu"} <= draw_tab().properties


def test_a_mask_reaches_a_server_that_nobody_asked(
    panel: Panel, preferences: Preferences, web_ui: StandIn
) -> None:
    preferences.server_url = web_ui.url
    panel.sampler = "Euler"
    packed("wall", noise(64, 64))
    panel.inpaint.mask = packed("mask", noise(64, 64, channels=3))
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall")
    assert "mask" in web_ui.journal.generations[-1].body


def test_a_job_of_another_server_tells_nothing_of_this_one(
    panel: Panel,
    preferences: Preferences,
    stand_in: StandIn,
    web_ui: StandIn,
    desk: Desk,
    session: ModuleType,
    offered: object,
) -> None:
    desk.hold()
    panel.model = stand_in.app_state.values()["model"]
    bpy.ops.drawthings.txt2img()
    desk.wait_until_running()
    preferences.server_url = web_ui.url
    desk.finish()
    assert len(desk.session.results) == 1
    assert desk.session.status.connection is session.Connection.NOT_ASKED
    assert offered.models == ()


# Servers that are not what they were


def test_a_server_that_dies_between_probe_and_use(
    connect: Callable, web_ui: StandIn, session: ModuleType, panel: Panel
) -> None:
    connect(web_ui)
    web_ui.close()
    text = words_of(lambda: bpy.ops.drawthings.refresh(kind='MODELS'))
    assert str(web_ui.port) in text
    status = session.get().status
    assert status.connection is session.Connection.NO_ANSWER
    drawn = draw_tab()
    assert drawn.properties >= FOR_A1111, "panels do not change under the artist's hands"
    assert "drawthings.check_server" in drawn.operators
    assert str(web_ui.port) in words_of(lambda: bpy.ops.drawthings.txt2img())
    assert str(web_ui.port) in words_of(lambda: bpy.ops.drawthings.check_server())
    assert "does not answer" in draw_preferences().words


def test_another_server_at_the_same_address(
    connect: Callable, web_ui: StandIn, panel: Panel, connection: ModuleType
) -> None:
    connect(web_ui)
    port = web_ui.port
    web_ui.close()
    with StandIn(engine="echo", port=port) as app:
        connect(app)
        assert connection.dialect().name == "DRAW_THINGS"
        bpy.ops.drawthings.txt2img()
        assert len(app.journal.generations) == 1


@pytest.mark.refusals
def test_404_to_what_was_offered(connect: Callable, web_ui: StandIn, session: ModuleType) -> None:
    connect(web_ui)
    assert "Look for New LoRAs" in draw_tab().text
    web_ui.faults = Faults(missing=("/sdapi/v1/refresh-loras", "/sdapi/v1/unload-checkpoint"))
    text = words_of(lambda: bpy.ops.drawthings.refresh(kind='LORAS'))
    assert "Refresh LoRAs" in text
    assert "Refresh LoRAs" in told()
    assert "Look for New LoRAs" not in draw_tab().text
    assert "use_free_gpu" in draw_tab().properties
    words_of(lambda: bpy.ops.drawthings.unload_model())
    drawn = draw_tab()
    assert "use_free_gpu" not in drawn.properties
    assert FOR_A1111 - {"use_free_gpu"} <= drawn.properties, "the rest is still offered"
    before = len(web_ui.journal)
    assert "Free GPU" in words_of(lambda: bpy.ops.drawthings.unload_model())
    assert len(web_ui.journal) == before, "what is not there is not asked for again"


@pytest.mark.refusals
def test_404_to_progress_and_interrupt(connect: Callable, web_ui: StandIn, panel: Panel) -> None:
    connect(web_ui)
    panel.sampler = "Euler"
    web_ui.faults = Faults(
        missing=("/sdapi/v1/progress", "/sdapi/v1/interrupt", "/sdapi/v1/skip"), delay_per_step=0.1
    )
    bpy.ops.drawthings.txt2img()
    assert len(web_ui.journal.generations) == 1


def test_lists_that_fail_are_empty(connect: Callable, web_ui: StandIn, offered: object) -> None:
    web_ui.faults = Faults(missing=("/sdapi/v1/sd-models", "/sdapi/v1/loras"))
    connect(web_ui)
    models = [choice.value for choice in offered.models]
    assert models == [web_ui.app_state.checkpoints[0].title], "the one that is set is known"
    assert offered.catalogue.loras == ()
    assert offered.catalogue.samplers


def test_something_else_answers(connect: Callable, web_ui: StandIn, session: ModuleType) -> None:
    connect(web_ui)
    web_ui.faults = Faults(html=True)
    assert "not an image server" in words_of(lambda: bpy.ops.drawthings.check_server())
    assert session.get().status.capabilities is None


# Names and passwords


def test_a_password_is_asked_for_and_a_wrong_one_is_told(
    panel: Panel, preferences: Preferences, session: ModuleType
) -> None:
    with StandIn(dialect='A1111', api_auth="ann:secret 日本") as server:
        preferences.server_url = server.url
        text = words_of(lambda: bpy.ops.drawthings.check_server())
        assert "asks for a user name" in text
        assert session.get().status.connection is session.Connection.NO_ANSWER
        preferences.username, preferences.password = "ann", "wrong"
        assert session.get().status.connection is session.Connection.NOT_ASKED
        text = words_of(lambda: bpy.ops.drawthings.check_server())
        assert "does not accept" in text and "wrong" not in text
        assert "wrong" not in draw_preferences().words + draw_tab().words
        preferences.password = "secret 日本"
        assert bpy.ops.drawthings.check_server() == {'FINISHED'}
        panel.sampler = "Euler"
        bpy.ops.drawthings.txt2img()
        assert len(server.journal.generations) == 1
        assert "secret" not in session.get().results[0].recipe.text


# Lists


def test_five_thousand_entries_and_strange_names(
    connect: Callable, web_ui: StandIn, panel: Panel, offered: object
) -> None:
    from bl_ext.user_default.drawthings_addon.blender import choices

    web_ui.app_state = WebUi().with_strange_lists()
    connect(web_ui)
    searches = [getattr(choices, name) for name in dir(choices) if name.startswith("search_")]
    assert len(searches) >= 11
    for search in searches:
        for text in ("", "MODEL 0", "🦊", "no such thing at all", "("):
            found = search(panel, bpy.context, text)
            values = [each if isinstance(each, str) else each[0] for each in found]
            assert all(value.strip() for value in values)
            assert len(values) == len(set(values))
    assert len(offered.catalogue.models) > 4000
    panel.loras.add().name = "🦊🎨"
    panel.sampler, panel.model = "ünïcödé 日本語", "model 4999.safetensors"
    for editor in EDITORS:
        draw_tab(editor)
    assert "🦊🎨" not in draw_tab().words, "all of these names are in the lists"


# What is done with a server besides pictures


def test_refresh(connect: Callable, web_ui: StandIn, offered: object) -> None:
    connect(web_ui)
    web_ui.app_state = replace(
        web_ui.app_state,
        vaes=("new.vae",), loras=("new lora",), embeddings=(),
        checkpoints=(*web_ui.app_state.checkpoints, Checkpoint("new.ckpt")),
    )  # fmt: skip
    for kind, route in (
        ('MODELS', "refresh-checkpoints"), ('VAES', "refresh-vae"),
        ('EMBEDDINGS', "refresh-embeddings"), ('LORAS', "refresh-loras"),
    ):  # fmt: skip
        assert bpy.ops.drawthings.refresh(kind=kind) == {'FINISHED'}
        assert f"POST /sdapi/v1/{route}" in sent_to(web_ui)
    assert any("new.ckpt" in each.value for each in offered.models)
    assert [each.value for each in offered.catalogue.vaes] == ["new.vae"]
    assert [each.value for each in offered.catalogue.loras] == ["new lora"]


def test_load_model(connect: Callable, web_ui: StandIn, panel: Panel, session: ModuleType) -> None:
    connect(web_ui)
    assert "No model is chosen" in words_of(lambda: bpy.ops.drawthings.load_model())
    wanted = web_ui.app_state.checkpoints[1].title
    panel.model = wanted
    bpy.ops.drawthings.load_model()
    assert web_ui.app_state.current.title == wanted
    assert session.get().status.model == wanted


def test_unload_and_reload(connect: Callable, web_ui: StandIn, session: ModuleType) -> None:
    connect(web_ui)
    bpy.ops.drawthings.unload_model()
    assert not web_ui.app_state.model_loaded
    assert "unloaded" in told()
    bpy.ops.drawthings.reload_model()
    assert web_ui.app_state.model_loaded
    assert "unloaded" not in told() and "is loaded" in told()


def test_skip_and_information(connect: Callable, web_ui: StandIn, session: ModuleType) -> None:
    web_ui.app_state = replace(WebUi(), has_cuda=True)
    connect(web_ui)
    bpy.ops.drawthings.skip()
    assert "POST /sdapi/v1/skip" not in sent_to(web_ui), "what it makes now would be somebody else's"
    bpy.ops.drawthings.server_information()
    (notice,) = session.get().notices
    assert "of 12.0 GiB of the GPU free" in notice.text
    assert "sd-webui-controlnet" in notice.text
    assert "can be stopped from here" in notice.text and "cannot" not in notice.text


def test_draw_things_is_told_no_such_thing(connect: Callable, stand_in: StandIn) -> None:
    connect(stand_in)
    before = len(stand_in.journal)
    for order in (
        lambda: bpy.ops.drawthings.refresh(kind='MODELS'), bpy.ops.drawthings.load_model,
        bpy.ops.drawthings.unload_model, bpy.ops.drawthings.reload_model, bpy.ops.drawthings.skip,
        bpy.ops.drawthings.server_information, bpy.ops.drawthings.open_docs,
        lambda: bpy.ops.drawthings.control_server(action='STOP'),
    ):  # fmt: skip
        words_of(order)
    assert len(stand_in.journal) == before


def test_docs_url(
    connect: Callable, web_ui: StandIn, connection: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    import webbrowser

    connect(web_ui)
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda url, *_, **__: opened.append(url) or True)
    bpy.ops.drawthings.open_docs()
    assert opened == [f"{web_ui.url}/docs"]


@pytest.mark.parametrize("action", ['STOP', 'KILL'])
def test_stop(connect: Callable, web_ui: StandIn, session: ModuleType, action: str) -> None:
    connect(web_ui)
    assert bpy.ops.drawthings.control_server(action=action) == {'FINISHED'}
    assert f"POST /sdapi/v1/server-{action.lower()}" in sent_to(web_ui)
    assert action.lower() in told()
    assert session.get().status.connection is session.Connection.NOT_ASKED


def test_a_server_that_cannot_start_itself_anew(
    connect: Callable, web_ui: StandIn, session: ModuleType
) -> None:
    connect(web_ui)
    assert "by itself" in words_of(lambda: bpy.ops.drawthings.control_server(action='RESTART'))
    assert session.get().status.connection is session.Connection.ANSWERED


def test_no_stop_while_a_job_runs_unless_said_twice(
    connect: Callable, web_ui: StandIn, desk: Desk, connection: ModuleType
) -> None:
    connect(web_ui)
    bpy.context.scene.drawthings.sampler = "Euler"
    web_ui.faults = Faults(delay=60)
    bpy.ops.drawthings.txt2img()
    assert web_ui.wait_until_running()
    assert "job runs" in words_of(lambda: bpy.ops.drawthings.control_server(action='KILL'))
    assert not bpy.ops.drawthings.unload_model.poll()
    assert "POST /sdapi/v1/server-kill" not in sent_to(web_ui)
    assert "drawthings.skip" in draw_tab().operators
    bpy.ops.drawthings.control_server(action='KILL', though_busy=True)
    assert "POST /sdapi/v1/server-kill" in sent_to(web_ui)
    desk.session.jobs.cancel_all()
    desk.settle()


def test_skip_is_offered_for_the_connected_server_alone(
    connect: Callable, web_ui: StandIn, stand_in: StandIn, desk: Desk, preferences: Preferences
) -> None:
    connect(stand_in)
    desk.hold()
    bpy.ops.drawthings.txt2img()
    desk.wait_until_running()
    connect(web_ui)
    assert "drawthings.skip" not in draw_tab().operators
    preferences.server_url = stand_in.url
    desk.finish()


def test_take_over_leaves_what_the_server_does_not_tell(
    connect: Callable, web_ui: StandIn, panel: Panel
) -> None:
    web_ui.app_state = WebUi().with_options({"CLIP_stop_at_last_layers": 3})
    connect(web_ui)
    panel.steps, panel.width, panel.sampler, panel.strength = 31, 704, "Euler a", 0.25
    panel.loras.add().name = "seamless_texture"
    assert bpy.ops.drawthings.take_over_settings() == {'FINISHED'}
    assert panel.model == web_ui.app_state.checkpoints[0].title
    assert panel.clip_skip == 3
    assert (panel.steps, panel.width, panel.sampler) == (31, 704, "Euler a")
    assert panel.strength == pytest.approx(0.25)
    assert [each.name for each in panel.loras] == ["seamless_texture"]
    assert panel.prompt == "weathered copper"


def test_check_files(connect: Callable, web_ui: StandIn, panel: Panel, session: ModuleType) -> None:
    connect(web_ui)
    panel.model = "no such model"
    panel.loras.add().name = "add_detail"
    panel.loras.add().name = "no such lora"
    bpy.ops.drawthings.check_files()
    assert "no such model" in told() and "no such lora" in told()
    assert "add_detail" not in told()


# A .blend of one server, opened with the other


def save_and_open(path: Path) -> Panel:
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    bpy.ops.wm.open_mainfile(filepath=str(path))
    return bpy.context.scene.drawthings


def test_from_a1111_to_draw_things(
    connect: Callable,
    connection: ModuleType,
    web_ui: StandIn,
    stand_in: StandIn,
    panel: Panel,
    tmp_path: Path,
) -> None:
    from bl_ext.user_default.drawthings_addon.blender import settings

    connect(web_ui)
    panel.steps, panel.sampler, panel.use_random_seed, panel.seed = 9, "DPM++ 2M", False, 5
    panel.scheduler, panel.vae, panel.use_tiling = "karras", web_ui.app_state.vaes[0], True
    panel.hires.use = True
    panel.styles.add().name = "Watercolour"
    panel.inpaint.mask = packed("mask", noise(64, 64))
    assert settings.incompatibilities(bpy.context.scene, connection.capabilities()) == ()
    panel = save_and_open(tmp_path / "made.blend")
    connect(stand_in)
    told_now = draw_tab().words
    for word in ("scheduler", "VAE", "styles", "tiling", "hires fix", "DPM++ 2M"):
        assert word in told_now
    panel.sampler = "Euler A Trailing"
    bpy.ops.drawthings.txt2img()
    sent = stand_in.journal.generations[-1].body
    assert (sent["steps"], sent["seed"], sent["sampler"]) == (9, 5, "Euler A Trailing")
    assert panel.scheduler == "karras", "it is kept for the other server"


def test_from_draw_things_to_a1111(
    connect: Callable, web_ui: StandIn, stand_in: StandIn, panel: Panel, tmp_path: Path
) -> None:
    connect(stand_in)
    panel.steps, panel.shift, panel.seed_mode = 9, 3.0, "Legacy"
    bpy.context.window_manager.drawthings.advanced_search = "zero_negative_prompt"
    bpy.ops.drawthings.parameter_add()
    panel = save_and_open(tmp_path / "made.blend")
    connect(web_ui)
    # A word that is longer than the line is broken, and the line of a sidebar without a window is short.
    told_now = draw_tab().words.replace(" ", "")
    for word in ("shift", "seedmode", "zero_negative_prompt"):
        assert word in told_now
    assert "UniPCTrailing" not in told_now, "Draw Things gets it where nobody chose: nobody has"
    panel.sampler = "Euler A Trailing"
    assert "EulerATrailing" in draw_tab().words.replace(" ", "")
    panel.sampler = "Euler a"
    bpy.ops.drawthings.txt2img()
    sent = web_ui.journal.generations[-1].body
    assert (sent["steps"], sent["sampler_name"]) == (9, "Euler a")
    assert "shift" not in sent


def test_what_does_not_fit_is_told_before_there_is_a_prompt(
    connect: Callable, stand_in: StandIn, panel: Panel
) -> None:
    panel.use_tiling = True
    panel.prompt = ""
    connect(stand_in)
    assert "tiling" in draw_tab().words


def test_another_program_at_the_same_address(connect: Callable, panel: Panel) -> None:
    """Both dialects listen on 7860 by habit: a job asks who is there by now."""
    panel.prompt, panel.width, panel.height = "copper", 128, 128
    with StandIn(dialect='A1111') as web_ui:
        port = web_ui.port
        connect(web_ui)
        assert bpy.ops.drawthings.txt2img() == {'FINISHED'}
    with StandIn(port=port) as app:
        assert bpy.ops.drawthings.txt2img() == {'FINISHED'}
        (order,) = app.journal.generations
        assert "guidance_scale" in order.body
    with StandIn(port=port, dialect='A1111') as web_ui:
        assert bpy.ops.drawthings.txt2img() == {'FINISHED'}
        (order,) = web_ui.journal.generations
        assert "cfg_scale" in order.body


def test_an_app_that_would_end_at_any_picture_is_told_of(panel: Panel, stand_in: StandIn) -> None:
    """A negative Mask Blur Outset in its window: by the check, and before a job sends anything."""
    from bl_ext.user_default.drawthings_addon.blender.session import session

    stand_in.app_state = stand_in.app_state.with_settings(mask_blur_outset=-5)
    for press in (bpy.ops.drawthings.check_server, bpy.ops.drawthings.txt2img):
        with pytest.raises(RuntimeError, match=r"Mask Blur Outset is -5.*set Mask Blur Outset to 0"):
            press()
    status = session.get().status
    assert status.error is not None
    assert "Mask Blur Outset" in status.error.what
    assert "set Mask Blur Outset to 0" in draw_tab('VIEW_3D').words
    assert (status.connection.name, bool(status.model)) == ("ANSWERED", True), "it answers all the same"
    assert not stand_in.journal.generations
    stand_in.app_state = stand_in.app_state.with_settings(mask_blur_outset=0)
    assert bpy.ops.drawthings.txt2img() == {'FINISHED'}
    assert session.get().status.error is None


@pytest.mark.refusals
def test_the_default_settings_work_with_an_older_app(panel: Panel, stand_in: StandIn) -> None:
    from bl_ext.user_default.drawthings_addon.blender import settings
    from bl_ext.user_default.drawthings_addon.blender.session import session

    stand_in.app_state = replace(stand_in.app_state, released="2025-03-01")
    assert panel.sampler == "", "which is UniPC Trailing in Draw Things"
    assert bpy.ops.drawthings.check_server() == {'FINISHED'}
    (told,) = settings.incompatibilities(bpy.context.scene, session.get().status.capabilities)
    assert "“DPM++ 2M Trailing” is used instead" in told.sentence
    assert bpy.ops.drawthings.txt2img() == {'FINISHED'}
    made = session.get().results[0].recipe
    assert (made.request.sampling.sampler, made.sampler_used) == ("", "DPM++ 2M Trailing")
    assert "Sampler: DPM++ 2M Trailing" in made.parameters_text()
    assert len(made.dropped_keys) == 10
    texts = [notice.text for notice in session.get().notices]
    (unknown,) = (text for text in texts if "does not know" in text)
    assert unknown.endswith("and 7 more; they were left out."), "ten keys, one sentence"
    assert any("has no sampler “UniPC Trailing”" in text for text in texts)
    before = sum(entry.method == "POST" for entry in stand_in.journal)
    assert bpy.ops.drawthings.txt2img() == {'FINISHED'}
    assert sum(entry.method == "POST" for entry in stand_in.journal) == before + 1, "what it lacks is known"


def test_a_picture_tells_which_model_is_set_in_the_app_by_now(panel: Panel, stand_in: StandIn) -> None:
    """What the panel says of a model's settings is said of that one."""
    from bl_ext.user_default.drawthings_addon.blender import connection, settings
    from bl_ext.user_default.drawthings_addon.blender.session import session

    def ruled() -> set[str]:
        model = session.get().status.model
        return set(settings.without_effect(bpy.context.scene, connection.dialect(), model))

    stand_in.app_state = stand_in.app_state.with_settings(model="sd_v1.5_f16.ckpt")
    bpy.ops.drawthings.check_server()
    assert "shift" not in ruled()
    stand_in.app_state = stand_in.app_state.with_settings(model="z_image_turbo_1.0_q6p.ckpt")
    bpy.ops.drawthings.txt2img()
    assert session.get().status.model == "z_image_turbo_1.0_q6p.ckpt"
    assert "shift" in ruled()
    panel.model = "sd_v1.5_f16.ckpt"
    bpy.ops.drawthings.txt2img()
    assert session.get().status.model == "z_image_turbo_1.0_q6p.ckpt", "that one was asked for"
