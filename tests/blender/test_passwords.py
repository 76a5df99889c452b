# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A password is kept for one server, and the artist is told before it is sent where others can read it.

192.0.2.1 is of no network (RFC 5737): nothing can be sent there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import ModuleType

import bpy
import pytest
from blender_panels import draw_preferences, draw_tab

from local_server import StandIn

Preferences = bpy.types.AddonPreferences
Panel = bpy.types.PropertyGroup
Capture = pytest.CaptureFixture[str]

UNENCRYPTED = "The password goes to {} unencrypted: whoever is in between can read it."
SECRET = "s3cr3t-Kupfer"


@pytest.fixture
def settings(extension: ModuleType) -> ModuleType:
    from bl_ext.user_default.drawthings_addon.blender import settings

    settings.say_anew()
    return settings


@pytest.fixture
def guarded() -> Iterator[StandIn]:
    """A server that asks for a name and a password."""
    with StandIn(dialect='A1111', api_auth=f"ann:{SECRET}") as server:
        yield server


@pytest.fixture
def online() -> Iterator[None]:
    """Blender may go online, whatever the machine of the tests says."""
    before = bpy.context.preferences.system.use_online_access
    bpy.context.preferences.system.use_online_access = True
    yield
    bpy.context.preferences.system.use_online_access = before


def tooltip() -> str:
    from bl_ext.user_default.drawthings_addon.operators.server import DRAWTHINGS_OT_check_server

    return str(DRAWTHINGS_OT_check_server.description(bpy.context, None))


def refusal(order: Callable[[], object]) -> str:
    with pytest.raises(RuntimeError) as refused:
        order()
    return str(refused.value)


# Unencrypted


@pytest.mark.parametrize("address", ["http://192.0.2.1:7860", "192.0.2.1", "http://192.0.2.1/webui"])
def test_it_is_said_wherever_the_connection_is_shown(
    preferences: Preferences, panel: Panel, settings: ModuleType, online: None, address: str
) -> None:
    preferences.server_url = address
    sentence = UNENCRYPTED.format(settings.entered_server().label)
    assert sentence not in draw_preferences().words, "there is no password yet"
    preferences.username, preferences.password = "ann", SECRET
    for shown in (draw_preferences().words, draw_tab().words, tooltip()):
        # In the greeting, too, where the tab has one.
        assert 1 <= shown.count(sentence) <= 2
        assert "https://" in shown
        assert SECRET not in shown


@pytest.mark.parametrize(
    "address", ["https://192.0.2.1", "https://192.0.2.1:7860", "http://127.0.0.1:7860", "localhost", "[::1]"]
)
def test_nothing_is_said_where_nobody_can_read_it(
    preferences: Preferences, panel: Panel, settings: ModuleType, online: None, address: str
) -> None:
    preferences.server_url = address
    preferences.username, preferences.password = "ann", SECRET
    for shown in (draw_preferences().words, draw_tab().words, tooltip()):
        assert "unencrypted" not in shown


def test_offline_it_is_said_beside_the_password_alone(
    preferences: Preferences, panel: Panel, settings: ModuleType, online: None
) -> None:
    bpy.context.preferences.system.use_online_access = False
    preferences.server_url = "http://192.0.2.1:7860"
    preferences.password = SECRET
    assert "unencrypted" in draw_preferences().words
    assert "unencrypted" not in draw_tab().words, "nothing can be sent"


def test_on_a_command_line_it_is_said_before_it_is_sent(
    preferences: Preferences,
    settings: ModuleType,
    online: None,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from bl_ext.user_default.drawthings_addon import cli
    from bl_ext.user_default.drawthings_addon.blender.session import session

    preferences.server_url = "http://192.0.2.1:7860"
    preferences.username, preferences.password = "ann", SECRET
    said: list[str] = []
    monkeypatch.setattr(session.Session, "ask", lambda *_: said.append(capsys.readouterr().err))
    for arguments in (["doctor"], ["doctor", "--json"]):
        assert cli.main(arguments) in (0, 1)
        before = said.pop()
        assert before.count(UNENCRYPTED.format("192.0.2.1:7860")) == 1
        assert SECRET not in before
        assert capsys.readouterr().err == "", "said once"
    cli.main(["doctor", "--server", "http://192.0.2.2:7860"])
    assert said.pop() == "", "it is not sent to that one"


def test_in_background_it_is_said_once(
    preferences: Preferences, panel: Panel, settings: ModuleType, online: None, capsys: Capture
) -> None:
    preferences.server_url = "http://192.0.2.1:7860"
    preferences.password = SECRET
    for _ in range(3):
        settings.server()
    assert capsys.readouterr().err.count("unencrypted") == 1
    preferences.server_url = "http://192.0.2.2:7860"
    preferences.password = SECRET
    settings.server()
    assert "192.0.2.2" in capsys.readouterr().err


def test_the_tooltip_says_that_it_lies_readable(preferences: Preferences) -> None:
    description = preferences.bl_rna.properties["password"].description
    assert "preferences file" in description and "read" in description


# Another server's


def test_a_password_typed_before_the_address(
    preferences: Preferences, panel: Panel, guarded: StandIn, settings: ModuleType
) -> None:
    preferences.property_unset("server_url")
    first = settings.origin()
    preferences.username, preferences.password = "ann", SECRET
    preferences.server_url = guarded.url
    here = guarded.url
    assert f"The password was entered for {first}, so {here} does not get it." in draw_preferences().words
    for order in (bpy.ops.drawthings.check_server, bpy.ops.drawthings.txt2img):
        words = refusal(order)
        assert f"was entered for {first}" in words
        assert "enter it again" in words
        assert SECRET not in words
    assert not any("authorization" in entry.headers for entry in guarded.journal)
    preferences.password = SECRET
    assert "was entered for" not in draw_preferences().words
    assert bpy.ops.drawthings.check_server() == {'FINISHED'}


def test_a_password_typed_while_there_was_no_usable_address(
    preferences: Preferences, panel: Panel, guarded: StandIn, settings: ModuleType
) -> None:
    preferences.server_url = ""
    preferences.username, preferences.password = "ann", SECRET
    assert "was entered" not in draw_preferences().words, "there is no server yet that could be meant"
    preferences.server_url = guarded.url
    assert "was entered while there was no usable address" in draw_preferences().words
    assert "while there was no usable address" in refusal(bpy.ops.drawthings.check_server)
    preferences.password = SECRET
    assert bpy.ops.drawthings.check_server() == {'FINISHED'}


@pytest.mark.parametrize("ending", ["/", "/sdapi/v1/txt2img", "/?x=1", "//"])
def test_what_follows_the_host_is_no_other_server(
    preferences: Preferences, panel: Panel, guarded: StandIn, settings: ModuleType, ending: str
) -> None:
    preferences.server_url = guarded.url
    preferences.username, preferences.password = "ann", SECRET
    preferences.server_url = f"  {guarded.url.upper().replace('HTTP', 'http')}{ending} "
    assert bpy.ops.drawthings.check_server() == {'FINISHED'}


@pytest.mark.parametrize(
    "other", ["http://192.0.2.1:7861", "https://192.0.2.1:7860", "http://192.0.2.1", "http://192.0.2.1/webui"]
)
def test_another_port_or_scheme_is_another_server(
    preferences: Preferences, panel: Panel, settings: ModuleType, online: None, other: str
) -> None:
    preferences.server_url = "http://192.0.2.1:7860"
    preferences.password = SECRET
    preferences.server_url = other
    is_same = settings.origin() == "http://192.0.2.1:7860"
    assert bool(settings.server().password) is is_same
    assert ("was entered for http://192.0.2.1:7860" in draw_preferences().words) is not is_same


def test_ports_that_go_without_saying(preferences: Preferences, settings: ModuleType, online: None) -> None:
    for typed, the_same in (
        ("https://192.0.2.1", "https://192.0.2.1:443"),
        ("https://192.0.2.1:443", "https://192.0.2.1/webui"),
        ("http://192.0.2.1:80", "http://192.0.2.1/webui"),
    ):
        preferences.server_url = typed
        preferences.password = SECRET
        preferences.server_url = the_same
        assert settings.server().password == SECRET


def test_half_of_it(preferences: Preferences, panel: Panel, guarded: StandIn) -> None:
    preferences.server_url = guarded.url
    assert "asks for a user name and a password" in refusal(bpy.ops.drawthings.check_server)
    preferences.username = "ann"
    assert "without a password" in refusal(bpy.ops.drawthings.check_server)
    preferences.username, preferences.password = "", SECRET
    assert "without a user name" in refusal(bpy.ops.drawthings.check_server)
    preferences.password = ""
    assert "asks for a user name and a password" in refusal(bpy.ops.drawthings.check_server)
    preferences.username, preferences.password = "ann", "wrong"
    assert "does not accept this user name and password" in refusal(bpy.ops.drawthings.check_server)


def test_a_server_that_asks_for_none_is_not_told_of(
    preferences: Preferences, panel: Panel, stand_in: StandIn
) -> None:
    preferences.server_url = "http://127.0.0.2:7860"
    preferences.password = SECRET
    preferences.server_url = stand_in.url
    assert bpy.ops.drawthings.check_server() == {'FINISHED'}
    assert "was entered" not in draw_tab().words


def test_the_doctor_explains_it_too(
    preferences: Preferences, guarded: StandIn, settings: ModuleType, capsys: Capture
) -> None:
    from bl_ext.user_default.drawthings_addon import cli

    preferences.username, preferences.password = "ann", SECRET
    entered_for = settings.origin()
    assert cli.main(["doctor", "--server", guarded.url]) == 1
    told = capsys.readouterr().err
    assert f"was entered for {entered_for}" in told
    assert SECRET not in told
