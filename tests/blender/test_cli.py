# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""`blender --command drawthings`: text for people, JSON for programs, an exit status for both."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import bpy
import pytest

from local_server import Faults, StandIn

Preferences = bpy.types.AddonPreferences
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def cli(extension: ModuleType) -> ModuleType:
    from bl_ext.user_default.drawthings_addon import cli

    return cli


@pytest.fixture
def web_ui() -> Iterator[StandIn]:
    with StandIn(dialect='A1111') as server:
        yield server


def told_in_json(capsys: Capture) -> dict[str, Any]:
    """Nothing but one JSON object."""
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    answer = json.loads(out)
    assert isinstance(answer, dict)
    return answer


def test_doctor_of_the_preferences_server(
    cli: ModuleType, preferences: Preferences, stand_in: StandIn, capsys: Capture
) -> None:
    assert cli.main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{stand_in.url} speaks DRAW_THINGS, model: ")
    assert len(lines) == 49, "one row an endpoint"
    states = {line.split()[0] for line in lines[1:]}
    assert states == {"OFFERED", "NOT_OFFERED"}
    (row,) = [line for line in lines if "GET /sdapi/v1/options" in line]
    assert row.startswith("OFFERED") and " s " in row
    (row,) = [line for line in lines if "POST /sdapi/v1/skip" in line]
    assert row.startswith("NOT_OFFERED") and "takes no other orders" in row
    assert not [entry for entry in stand_in.journal if entry.method == "GET" and "/skip" in entry.path]


def test_doctor_in_json(cli: ModuleType, preferences: Preferences, web_ui: StandIn, capsys: Capture) -> None:
    before = preferences.server_url
    assert cli.main(["doctor", "--json", "--server", web_ui.url]) == 0
    answer = told_in_json(capsys)
    assert (answer["server"], answer["dialect"], answer["usable"]) == (web_ui.url, "A1111", True)
    assert answer["model"] == web_ui.app_state.current.title
    rows = {f"{row['method']} {row['path']}": row for row in answer["endpoints"]}
    assert len(rows) == 48
    assert rows["GET /"]["state"] == "NOT_OFFERED"
    assert rows["GET /sdapi/v1/samplers"]["state"] == "OFFERED"
    assert rows["GET /sdapi/v1/samplers"]["seconds"] > 0
    assert rows["POST /sdapi/v1/txt2img"]["seconds"] is None, "no picture is made to find out"
    assert rows["POST /sdapi/v1/server-kill"]["state"] == "NOT_OFFERED"
    assert preferences.server_url == before, "another server for this run alone"
    assert web_ui.journal.generations == ()


def test_both_tables_are_the_same(
    cli: ModuleType, preferences: Preferences, web_ui: StandIn, capsys: Capture
) -> None:
    cli.main(["doctor", "--server", web_ui.url])
    text = capsys.readouterr().out.splitlines()[1:]
    cli.main(["doctor", "--server", web_ui.url, "--json"])
    rows = told_in_json(capsys)["endpoints"]
    assert [line.split()[0] for line in text] == [row["state"] for row in rows]


def test_a_server_that_cannot_make_pictures(
    cli: ModuleType, preferences: Preferences, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bl_ext.user_default.drawthings_addon.client.capabilities import Capabilities

    offers = Capabilities.offers
    monkeypatch.setattr(
        Capabilities, "offers", lambda self, each: each.title != "Image to Image" and offers(self, each)
    )
    assert cli.main(["doctor", "--json"]) == 1
    assert told_in_json(capsys)["usable"] is False


def test_a_dead_server(cli: ModuleType, preferences: Preferences, web_ui: StandIn, capsys: Capture) -> None:
    before = preferences.server_url
    web_ui.close()
    assert cli.main(["doctor", "--server", web_ui.url]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert str(web_ui.port) in told.err and "Traceback" not in told.err
    assert cli.main(["doctor", "--json", "--server", web_ui.url]) == 1
    answer = told_in_json(capsys)
    assert str(web_ui.port) in answer["error"] and answer["advice"]
    assert preferences.server_url == before


def test_a_wrong_password(cli: ModuleType, preferences: Preferences, capsys: Capture) -> None:
    with StandIn(dialect='A1111', api_auth="ann:secret") as server:
        preferences.server_url = server.url
        preferences.username, preferences.password = "ann", "wrong"
        assert cli.main(["doctor"]) == 1
        told = capsys.readouterr()
        assert "does not accept this user name and password" in told.err
        assert "wrong" not in told.err + told.out
        preferences.password = "secret"
        assert cli.main(["doctor"]) == 0


def test_the_password_goes_to_its_own_server_alone(
    cli: ModuleType, preferences: Preferences, web_ui: StandIn, stand_in: StandIn
) -> None:
    preferences.username, preferences.password = "ann", "secret"
    assert cli.main(["doctor", "--server", web_ui.url]) == 0
    assert not any("authorization" in entry.headers for entry in web_ui.journal)
    assert cli.main(["doctor"]) == 0
    assert any("authorization" in entry.headers for entry in stand_in.journal)


def test_something_else(
    cli: ModuleType, preferences: Preferences, stand_in: StandIn, capsys: Capture
) -> None:
    stand_in.faults = Faults(html=True)
    assert cli.main(["doctor"]) == 1
    assert "not an image server" in capsys.readouterr().err


@pytest.mark.parametrize(
    "line", [[], ["no-such-command"], ["doctor", "--no-such-option"], ["doctor", "--server"], ["doctor", "x"]]
)
def test_lines_that_cannot_be_meant(cli: ModuleType, preferences: Preferences, line: list[str]) -> None:
    assert cli.main(line) == 2


@pytest.mark.parametrize("address", ["", "   ", "http://", "ftp://example.org", "a b c", "127.0.0.1:99999"])
def test_addresses_that_cannot_be_meant(
    cli: ModuleType, preferences: Preferences, stand_in: StandIn, address: str, capsys: Capture
) -> None:
    assert cli.main(["doctor", "--json", "--server", address]) == 1
    assert told_in_json(capsys)["error"]
    assert len(stand_in.journal) == 0


def test_help(cli: ModuleType, preferences: Preferences, capsys: Capture) -> None:
    assert cli.main(["--help"]) == 0
    assert "doctor" in capsys.readouterr().out
    assert cli.main(["doctor", "--help"]) == 0
    assert "--json" in capsys.readouterr().out
