# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whom the artist trusts, chosen in the preferences, with the libraries of this Blender; and slow names."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import bpy
import pytest
from blender_panels import PACKAGE, draw_preferences

from local_server import StandIn
from tls_front import TlsFront

Preferences = bpy.types.AddonPreferences


@pytest.fixture(params=['DRAW_THINGS', 'A1111'])
def front(request: pytest.FixtureRequest, certificates: Path) -> Iterator[TlsFront]:
    """A server behind TLS, with a certificate of the studio's own authority."""
    with StandIn(dialect=request.param) as server, TlsFront(server.port, certificates) as front:
        yield front


def check() -> str:
    """Why the server does not answer; empty when it does. Test Connection, as in background."""
    try:
        assert bpy.ops.drawthings.check_server() == {'FINISHED'}
    except RuntimeError as error:
        return str(error)
    return ""


def test_a_choice_counts_from_the_next_connection_on(
    preferences: Preferences, front: TlsFront, certificates: Path, session: ModuleType
) -> None:
    preferences.server_url = front.url
    told = check()
    assert "not among those that come with Blender" in told and "Certificates" in told
    assert session.get().status.connection is session.Connection.NO_ANSWER

    preferences.authorities = 'FILE'
    assert "No file of certificates is chosen" in check()
    preferences.authority_file = str(certificates / "other.pem")
    assert "not among those of “other.pem”" in check()
    preferences.authority_file = str(certificates / "authority.pem")
    assert session.get().status.connection is session.Connection.NOT_ASKED, (
        "what was found is not true by now"
    )
    assert check() == ""
    assert session.get().status.connection is session.Connection.ANSWERED

    preferences.authorities = 'BUNDLED'
    assert "not among those that come with Blender" in check()


def test_a_picture_comes_over_tls(
    panel: bpy.types.PropertyGroup, preferences: Preferences, front: TlsFront, certificates: Path
) -> None:
    preferences.server_url = front.url
    preferences.authorities, preferences.authority_file = 'FILE', str(certificates / "authority.der")
    assert bpy.ops.drawthings.txt2img(target='IMAGE') == {'FINISHED'}
    (image,) = (each for each in bpy.data.images if each.drawthings.recipe)
    assert tuple(image.size) == (128, 128)


def test_those_of_the_system(
    preferences: Preferences, front: TlsFront, certificates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    preferences.server_url, preferences.authorities = front.url, 'SYSTEM'
    assert "not among those of this computer" in check()
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "authority.pem"))
    assert check() == ""


def test_a_file_beside_the_blend(
    preferences: Preferences, front: TlsFront, certificates: Path, tmp_path: Path
) -> None:
    (tmp_path / "studio.pem").write_bytes((certificates / "authority.pem").read_bytes())
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    preferences.server_url = front.url
    preferences.authorities, preferences.authority_file = 'FILE', "//studio.pem"
    assert check() == ""


@pytest.mark.parametrize(
    ("certificate", "words"),
    [
        ("expired", "has expired"),
        ("not_yet", "is not valid yet"),
        ("elsewhere", "is for another name than “127.0.0.1”"),
        ("own", "from an authority"),
    ],
)
def test_why_one_is_refused(
    preferences: Preferences, stand_in: StandIn, certificates: Path, certificate: str, words: str
) -> None:
    preferences.authorities, preferences.authority_file = 'FILE', str(certificates / "authority.pem")
    with TlsFront(stand_in.port, certificates, certificate) as front:
        preferences.server_url = front.url
        assert words in check() or (certificate == "own" and "signed by nobody but itself" in check())


def test_the_other_scheme(preferences: Preferences, front: TlsFront, stand_in: StandIn) -> None:
    preferences.server_url = front.url.replace("https:", "http:")
    assert "Begin the address with https://" in check()
    preferences.server_url = stand_in.url.replace("http:", "https:")
    assert "Begin the address with http://" in check()


def test_the_preferences_show_it(preferences: Preferences, certificates: Path) -> None:
    def drawn() -> set[str]:
        return {each["property"] for each in draw_preferences().all("prop")}

    assert "authorities" in draw_preferences().faded, "nobody vouches for a server of http://"
    preferences.server_url = "https://gpu.example"
    assert "authorities" not in draw_preferences().faded
    assert "authority_file" not in drawn()
    preferences.authorities = 'FILE'
    assert "authority_file" in drawn()
    # Where no such file is: drawing asks no disk.
    preferences.authority_file = "/nowhere/at/all.pem"
    assert "authority_file" in drawn()


def test_no_name_is_looked_up_on_the_main_thread(
    preferences: Preferences, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither by what is typed nor by what is drawn; and who asks waits no longer than for a connection."""
    import threading

    asked: list[threading.Thread] = []
    is_over = threading.Event()

    def slow(*_args: object, **_options: object) -> list[object]:
        asked.append(threading.current_thread())
        is_over.wait(20)
        return []

    monkeypatch.setattr(bpy.context.preferences.system, "use_online_access", True)
    preferences.connect_timeout = 0.5
    # Only within the test: what closes its server looks up names, too.
    with monkeypatch.context() as patched:
        for name in ("getaddrinfo", "gethostbyname", "getfqdn", "gethostbyname_ex", "gethostbyaddr"):
            patched.setattr(socket, name, slow)
        began = time.monotonic()
        preferences.server_url = "http://slow-to-find.example:7860"
        draw_preferences()
        assert asked == []
        assert "was not found out within 0.5 s" in check()
        assert time.monotonic() - began < 10
        assert threading.main_thread() not in asked and len(asked) == 1
    is_over.set()


QUITS = f"""
import socket, sys, time
import bpy, addon_utils
addon_utils.enable({PACKAGE!r}, default_set=True)
socket.getaddrinfo = lambda *_args, **_options: time.sleep(600)
from {PACKAGE}.blender.session import session
from {PACKAGE}.client.http.address import Server
bpy.context.preferences.system.use_online_access = True
server = Server("http://slow-to-find.example:7860", connect_timeout=100.0)
session.get().jobs.ask(server, lambda client: client.configuration(), lambda *_: None)
time.sleep(1.0)
began = time.monotonic()
addon_utils.disable({PACKAGE!r}, default_set=True)
print("disabled within", time.monotonic() - began, flush=True)
"""


def test_neither_disabling_nor_quitting_waits_for_a_name(extension: ModuleType, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", QUITS], stdout=subprocess.PIPE, text=True, env=os.environ.copy()
    )
    try:
        assert process.stdout is not None
        line = next(each for each in process.stdout if each.startswith("disabled within"))
        assert float(line.split()[-1]) < 2.5
        # As Python modules 4.2 crashes and 4.5 hangs at its end beside any thread in Python's code, also one
        # of two lines; the real Blenders are quit by the suite of windows.
        if bpy.app.version >= (5, 0):
            began = time.monotonic()
            assert process.wait(60) == 0
            assert time.monotonic() - began < 10, "the time that Blender itself takes"
    finally:
        process.kill()
        process.communicate()
