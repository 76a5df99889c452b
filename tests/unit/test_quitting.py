# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whoever quits does not wait for a server."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from local_server import Faults, StandIn

pytestmark = pytest.mark.timing

ROOT = Path(__file__).parents[2]
#: Python itself ends within this time, also on a computer that is busy.
SOON = 2.5

PROBES = """
import sys, threading
from drawthings_addon.client.connect import connect
from drawthings_addon.client.http.address import Server

client = connect(Server(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
threading.Thread(target=lambda: client.examine(thorough=True), daemon=True).start()
sys.stdin.readline()
"""


WORKS = """
import sys
from pathlib import Path
from drawthings_addon.client.connections import Connections
from drawthings_addon.client.http.address import Server
from drawthings_addon.jobs.queue import JobQueue
from tests.unit.jobs_fakes import make_job

connections = Connections()
jobs = JobQueue(connections.verified, ask=connections.client)
server, disk = Server(sys.argv[1]), open(sys.argv[2], "rb", buffering=0)
connections.client(server)
print("ready", flush=True)
sys.stdin.readline()
jobs.submit(make_job(server, Path(sys.argv[3]), sampler="Euler a"))
jobs.ask(server, lambda client: client.configuration(), lambda *_: None)
jobs.call_on_disk(lambda: disk.read(1), lambda *_: None)
sys.stdin.readline()
"""


@contextmanager
def program(text: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A Python of its own that runs `text`, and has said that it is ready."""
    process = subprocess.Popen(
        [sys.executable, "-c", text, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def go_on(process: subprocess.Popen[str]) -> None:
    stream: IO[str] | None = process.stdin
    assert stream is not None
    stream.write("\n")
    stream.flush()


def test_not_for_what_a_server_offers() -> None:
    """It listens, and answers nothing more."""
    with StandIn() as server, program(PROBES, server.url) as process:
        server.faults = Faults(delay_get=600)
        go_on(process)
        time.sleep(0.5)
        assert process.poll() is None
        began = time.monotonic()
        go_on(process)
        process.wait(60)
        assert time.monotonic() - began < SOON
        server.faults = Faults()


def test_not_for_anything_that_is_under_way(tmp_path: Path) -> None:
    """A picture, a question, and a disk that hangs."""
    read, write = os.pipe()
    try:
        with (
            StandIn(dialect="A1111") as server,
            program(WORKS, server.url, f"/proc/{os.getpid()}/fd/{read}", str(tmp_path)) as process,
        ):
            server.faults = Faults(delay=600, delay_get=600)
            go_on(process)
            time.sleep(0.7)
            assert process.poll() is None
            began = time.monotonic()
            go_on(process)
            process.wait(60)
            assert time.monotonic() - began < SOON
            server.faults = Faults()
    finally:
        os.close(read)
        os.close(write)
