# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers of A1111's API run in a process of their own: one for all, gone with the tests."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from local_server import Echo, Entry, Faults, StandIn, remote
from local_server.journal import Journal
from tests.unit.a1111_talk import encoded, get, painting, post

pytestmark = pytest.mark.once

PROGRAM = """
import sys, time
sys.path.insert(0, {scripts!r})
from local_server import StandIn, remote
server = StandIn("echo", dialect="A1111")
print(server.port, flush=True)
time.sleep(600)
"""


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except OSError:
        return False
    return True


@pytest.mark.timing
def test_the_process_ends_when_whoever_started_it_is_killed() -> None:
    scripts = str(Path(remote.__file__).parents[1])
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(scripts=scripts)], stdout=subprocess.PIPE, text=True
    ) as started:
        assert started.stdout is not None
        port = int(started.stdout.readline())
        assert answers(port)
        started.kill()
        started.wait(30)
        until = time.monotonic() + 30
        while answers(port):
            assert time.monotonic() < until, "it outlives whoever started it"
            time.sleep(0.05)


@pytest.mark.timing
def test_a_server_is_there_in_milliseconds() -> None:
    with StandIn("echo", dialect="A1111"):
        started = time.monotonic()
        for _ in range(50):
            StandIn("echo", dialect="A1111").close()
        assert time.monotonic() - started < 2.5


def test_many_run_at_once_and_know_nothing_of_one_another() -> None:
    with StandIn("echo", dialect="A1111") as first, StandIn("echo", dialect="A1111") as second:
        post(first, "options", {"CLIP_stop_at_last_layers": 3})
        assert get(second, "options")["CLIP_stop_at_last_layers"] == 1.0
        assert (len(first.journal), len(second.journal)) == (1, 1)
        first.faults = Faults(status=503)
        assert second.faults == Faults()
        assert requests.get(f"{first.url}/sdapi/v1/options", timeout=30).status_code == 503


def test_what_is_wrong_with_its_making_is_thrown_here() -> None:
    with StandIn("echo", dialect="A1111") as server, pytest.raises(OSError, match=r".+"):
        StandIn("echo", dialect="A1111", port=server.port)
    with pytest.raises(ValueError, match="no such flavour: MINE"):
        StandIn("echo", dialect="A1111", flavour="MINE")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="another process"):
        StandIn(Echo(), dialect="A1111")


def test_it_is_asked_and_told_as_one_of_this_process() -> None:
    with StandIn("echo", dialect="A1111") as server:
        server.app_state = replace(server.app_state, loras=("moss",))
        assert get(server, "loras")[0]["name"] == "moss"
        post(server, "options", {"samples_format": "webp"})
        assert server.app_state.option("samples_format") == "webp"
        server.faults = Faults(delay=600)
        assert not server.wait_until_running(0.01)
        assert (server.running, server.waiting, server.stopped) == (0, 0, False)
    assert server.stopped
    assert [entry.path for entry in server.journal] == ["/sdapi/v1/loras", "/sdapi/v1/options"]
    assert server.app_state.option("samples_format") == "webp", "how it was at its end can still be asked"
    assert not answers(server.port)
    server.close()


@pytest.mark.parametrize("dialect", ["A1111", "DRAW_THINGS"])
def test_the_journal_keeps_pictures_where_it_is_told_to(dialect: str) -> None:
    image = encoded(painting(128, 128))
    body = {"prompt": "x", "init_images": [image], "width": 128, "height": 128, "steps": 1}
    with StandIn("echo", dialect=dialect) as server:  # type: ignore[arg-type]
        post(server, "img2img", body)
        server.journal.keeps_pictures = True
        post(server, "img2img", body)
        without, with_picture = (entry.body["init_images"][0] for entry in server.journal)
        assert (without, with_picture) == (f"<{len(image)} characters>", image)
        server.journal.clear()
        assert len(server.journal) == 0
        post(server, "img2img", body)
        assert len(server.journal) == 1


def test_what_nobody_looked_at_is_held_against_the_published_models_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So every test does at its end: entries come here also when no test asks for them."""
    kept: list[Entry] = []
    keep = Journal.keep
    monkeypatch.setattr(Journal, "keep", lambda self, entry: kept.append(entry) or keep(self, entry))
    with StandIn("echo", dialect="A1111") as server:
        get(server, "samplers")
        remote.catch_up()
        assert [entry.path for entry in kept] == ["/sdapi/v1/samplers"]
        get(server, "loras")
    assert [entry.path for entry in kept] == ["/sdapi/v1/samplers", "/sdapi/v1/loras"]
