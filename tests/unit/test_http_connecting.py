# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A connection stands in its time or not at all, however slow a network is with names, and nobody is held."""

from __future__ import annotations

import errno
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from drawthings_addon.client.http import connecting
from drawthings_addon.client.http.address import Server
from drawthings_addon.client.http.failures import LetGo
from drawthings_addon.client.http.transport import Transport
from drawthings_addon.errors import ConnectionLost, ServerError, ServerUnreachable, WrongProtocol
from tests.unit import http_fakes as fakes

pytestmark = pytest.mark.timing

ROOT = Path(__file__).parents[2]
PATIENT = 60.0
SLOW = "slow.example"


class Names:
    """The system's look-up, where one name takes for ever; others are where they are told to be."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[tuple[str, threading.Thread]] = []
        self.release = threading.Event()
        self.addresses: dict[str, list[tuple[socket.AddressFamily, tuple]]] = {}
        monkeypatch.setattr(socket, "getaddrinfo", self._look_up)

    def _look_up(self, host, port, *_args, **_options):
        self.asked.append((host, threading.current_thread()))
        if host == SLOW:
            self.release.wait(PATIENT)
            raise socket.gaierror(socket.EAI_AGAIN, "try again")
        if host not in self.addresses:
            raise socket.gaierror(socket.EAI_NONAME, "not known")
        return [
            (family, socket.SOCK_STREAM, 6, "", (where[0], where[1] or port, *where[2:]))
            for family, where in self.addresses[host]
        ]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[Names]:
    names = Names(monkeypatch)
    yield names
    names.release.set()


def get(host: str, port: int = 80, **options):
    return Transport(Server(f"http://{host}:{port}", **options)).get("/", limit=1000, timeout=PATIENT)


def test_a_name_is_looked_up_within_the_time_for_connecting(names: Names) -> None:
    began = time.monotonic()
    with pytest.raises(ServerUnreachable) as caught:
        get(SLOW, connect_timeout=0.5)
    assert 0.4 < time.monotonic() - began < 5
    assert "“slow.example” was not found out within 0.5 s" in caught.value.what
    assert "IP address" in caught.value.advice


def test_a_look_up_can_be_given_up(names: Names) -> None:
    transport = Transport(Server(f"http://{SLOW}", connect_timeout=PATIENT))
    threading.Timer(0.2, transport.abort).start()
    began = time.monotonic()
    with pytest.raises(LetGo):
        transport.get("/", limit=1000, timeout=PATIENT)
    assert time.monotonic() - began < 5


def test_the_same_name_is_looked_up_once_at_a_time(names: Names) -> None:
    """Whoever asks again and again, as progress does, does not make a thread each time."""
    for _ in range(5):
        with pytest.raises(ServerUnreachable):
            get(SLOW, connect_timeout=0.05)
    assert len(names.asked) == 1
    names.release.set()
    names.asked[0][1].join(5)
    with pytest.raises(ServerUnreachable):
        get(SLOW, connect_timeout=5)
    assert len(names.asked) == 2, "once it has ended, it is asked for anew"


def test_it_holds_nobody_who_wants_another_server(names: Names) -> None:
    names.addresses["quick.example"] = [(socket.AF_INET, ("127.0.0.1", 0))]

    def wait() -> None:
        with pytest.raises(ServerUnreachable):
            get(SLOW, connect_timeout=5)

    waiting = threading.Thread(target=wait)
    waiting.start()
    with fakes.ScriptedServer(fakes.answer({})) as server:
        began = time.monotonic()
        assert get("quick.example", server.port).status == 200
        assert get("127.0.0.1", server.port).status == 200
        assert time.monotonic() - began < 2
    names.release.set()
    waiting.join(10)


def test_an_unknown_name_is_told_at_once(names: Names) -> None:
    with pytest.raises(ServerUnreachable) as caught:
        get("nobody.example")
    assert "“nobody.example” is not known here" in caught.value.what


def test_no_name_server_is_no_unknown_name(names: Names) -> None:
    """As on a computer without its network."""
    names.release.set()
    with pytest.raises(ServerUnreachable) as caught:
        get(SLOW)
    assert f"“{SLOW}” was not found out: no name server answers" in caught.value.what
    assert "IP address" in caught.value.advice


def test_an_address_is_not_looked_up(names: Names) -> None:
    with fakes.ScriptedServer(fakes.answer({})) as server:
        assert get("127.0.0.1", server.port).status == 200
        assert get("localhost", server.port).status == 200, "which the address form makes 127.0.0.1"
    assert names.asked == []


def test_no_thread_for_a_look_up_is_told(names: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(ServerUnreachable):
            get("quick.example")
    names.addresses["quick.example"] = [(socket.AF_INET, ("127.0.0.1", 0))]
    with fakes.ScriptedServer(fakes.answer({})) as server:
        assert get("quick.example", server.port).status == 200, "and the next one has one again"


def test_of_several_addresses_the_first_that_answers(names: Names) -> None:
    with fakes.ScriptedServer(fakes.answer({})) as server, fakes.unused_port() as nobody:
        names.addresses["two.example"] = [
            (socket.AF_INET, ("127.0.0.1", nobody)),
            (socket.AF_INET, ("127.0.0.1", server.port)),
        ]
        assert get("two.example").status == 200


@pytest.fixture
def unanswered() -> Iterator[int]:
    """A port that answers nothing: its backlog is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        time.sleep(0.05)
        yield listener.getsockname()[1]
        for filler in fillers:
            filler.close()


def test_one_that_does_not_answer_leaves_time_for_the_next(names: Names, unanswered: int) -> None:
    """As an IPv6 address that is announced and leads nowhere."""
    with fakes.ScriptedServer(fakes.answer({})) as server:
        names.addresses["two.example"] = [
            (socket.AF_INET, ("127.0.0.1", unanswered)),
            (socket.AF_INET, ("127.0.0.1", server.port)),
        ]
        began = time.monotonic()
        assert get("two.example", connect_timeout=2.0).status == 200
        assert time.monotonic() - began < 2.0


def test_all_addresses_together_have_the_time_for_connecting(names: Names, unanswered: int) -> None:
    names.addresses["four.example"] = [(socket.AF_INET, ("127.0.0.1", unanswered))] * 4
    began = time.monotonic()
    with pytest.raises(ServerUnreachable) as caught:
        get("four.example", connect_timeout=0.6)
    assert time.monotonic() - began < 2
    assert "within 0.6 s" in caught.value.what


def test_connecting_can_be_given_up(unanswered: int) -> None:
    transport = Transport(Server(f"http://127.0.0.1:{unanswered}", connect_timeout=PATIENT))
    threading.Timer(0.2, transport.abort).start()
    began = time.monotonic()
    with pytest.raises(LetGo):
        transport.get("/", limit=1000, timeout=PATIENT)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("scheme", "kind", "what"),
    [
        ("https", WrongProtocol, "closes the connection when TLS begins"),
        ("http", ConnectionLost, "closed the connection without an answer"),
    ],
)
def test_a_connection_that_is_dropped_at_once_was_one(
    monkeypatch: pytest.MonkeyPatch, scheme: str, kind: type, what: str
) -> None:
    """Whether the system tells it before or after the first word is chance."""

    class Dropped(socket.socket):
        def connect_ex(self, where: object) -> int:
            return errno.ECONNRESET

    monkeypatch.setattr(socket, "socket", Dropped)
    with pytest.raises(ServerError) as caught:
        Transport(Server(f"{scheme}://127.0.0.1:9")).get("/", limit=1000, timeout=PATIENT)
    assert isinstance(caught.value, kind) and what in caught.value.what


def test_a_refusal_is_one_after_waiting_too() -> None:
    with fakes.unused_port() as port, pytest.raises(ConnectionRefusedError):
        connecting.connect("127.0.0.1", port, time.monotonic() + 5, lambda: False)


QUITS = """
import socket, threading, time
socket.getaddrinfo = lambda *_args, **_options: time.sleep(600)
from pathlib import Path
from drawthings_addon.client.connections import Connections
from drawthings_addon.client.http.address import Server
from drawthings_addon.jobs.queue import JobQueue
from tests.unit.jobs_fakes import make_job

connections = Connections()
jobs = JobQueue(connections.verified, ask=connections.client)
server = Server("http://slow.example:7860", connect_timeout=100.0)
jobs.ask(server, lambda client: client.configuration(), lambda *_: None)
time.sleep(0.5)
print("ends", flush=True)
"""


def test_quitting_waits_for_no_name() -> None:
    process = subprocess.Popen([sys.executable, "-c", QUITS], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ends\n"
        began = time.monotonic()
        assert process.wait(60) == 0
        assert time.monotonic() - began < 2.5
    finally:
        process.kill()
        process.communicate()
