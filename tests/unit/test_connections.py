# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each server is asked once who it is, and again when that proved wrong."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from campaign import share
from drawthings_addon.client.a1111 import endpoints
from drawthings_addon.client.a1111.client import A1111Client
from drawthings_addon.client.connect import connect
from drawthings_addon.client.connections import Connections
from drawthings_addon.client.draw_things.client import DrawThingsClient
from drawthings_addon.client.features import Feature
from drawthings_addon.client.http.address import Server
from drawthings_addon.client.interface import Client
from drawthings_addon.client.request import GenerationRequest
from drawthings_addon.errors import FeatureMissing, ServerUnreachable
from local_server import Faults, StandIn

pytestmark = pytest.mark.timing

SKIP = str(endpoints.SKIP)


class Counted:
    """Connecting, and how often it was done."""

    def __init__(self) -> None:
        self.count = 0
        self._lock = threading.Lock()

    def __call__(self, server: Server) -> Client:
        with self._lock:
            self.count += 1
        return connect(server)


@pytest.fixture
def counted() -> Counted:
    return Counted()


def test_a_server_is_asked_once(stand_in: StandIn, counted: Counted) -> None:
    connections, server = Connections(counted), Server(stand_in.url)
    assert connections.known(server) is None
    first, second = connections.client(server), connections.client(server)
    assert isinstance(first, DrawThingsClient) and isinstance(second, DrawThingsClient)
    assert first is not second, "hanging up one must not end the other's calls"
    assert first.capabilities == second.capabilities == connections.known(server)
    assert counted.count == 1


def test_two_servers_two_dialects(stand_in: StandIn, a1111_stand_in: StandIn, counted: Counted) -> None:
    connections = Connections(counted)
    for _ in range(2):
        assert isinstance(connections.client(Server(stand_in.url)), DrawThingsClient)
        assert isinstance(connections.client(Server(a1111_stand_in.url)), A1111Client)
    assert counted.count == 2


def test_another_user_is_another_connection(counted: Counted) -> None:
    with StandIn(dialect='A1111', api_auth="ann:secret,bob:hidden") as web_ui:
        connections = Connections(counted)
        for name, password in (("ann", "secret"), ("bob", "hidden")):
            connections.client(Server(web_ui.url, username=name, password=password)).options()
        assert counted.count == 2


@pytest.mark.parametrize(("before", "after"), [("DRAW_THINGS", "A1111"), ("A1111", "DRAW_THINGS")])
def test_a_job_finds_out_that_another_program_answers_by_now(
    counted: Counted, before: str, after: str
) -> None:
    """They listen on the same port, and take each other's requests without a word."""
    connections = Connections(counted)
    with StandIn(dialect=before) as first:
        server, port = Server(first.url), first.port
        for _ in range(2):
            assert connections.verified(server).dialect.name == before
    with StandIn(dialect=after, port=port):
        assert connections.client(server).dialect.name == before, "nobody has looked"
        assert connections.verified(server).dialect.name == after
    assert counted.count == 2
    assert connections.verified(server).dialect.name == after, "nobody answers, which the job itself tells"


def test_forget(stand_in: StandIn, counted: Counted) -> None:
    connections, server = Connections(counted), Server(stand_in.url)
    connections.forget(server)
    connections.client(server)
    connections.forget(server)
    assert connections.known(server) is None
    connections.client(server)
    assert counted.count == 2


def test_a_failure_is_not_kept(stand_in: StandIn, counted: Counted) -> None:
    connections, server = Connections(counted), Server(stand_in.url)
    port = stand_in.port
    stand_in.close()
    with pytest.raises(ServerUnreachable):
        connections.client(server)
    assert connections.known(server) is None
    with StandIn(dialect='A1111', port=port):
        assert isinstance(connections.client(server), A1111Client)


def test_what_was_found_out_since_is_kept(a1111_stand_in: StandIn, counted: Counted) -> None:
    connections, server = Connections(counted), Server(a1111_stand_in.url)
    client = connections.client(server)
    client.examine(thorough=True)
    connections.keep(client)
    table = connections.client(server).capabilities.rows
    assert any(row.seconds is not None for row in table)
    assert counted.count == 1


def test_what_proved_not_to_be_there(a1111_stand_in: StandIn) -> None:
    a1111_stand_in.faults = Faults(missing=(endpoints.SKIP.path,), hold_at_step=1)
    connections, server = Connections(), Server(a1111_stand_in.url)
    client = connections.client(server)
    assert client.capabilities.offers(Feature.SKIP), "its own description says so"
    ticket = client.take_ticket()
    maker = threading.Thread(
        target=client.generate, args=(GenerationRequest.of(steps=50, width=64, height=64),)
    )
    maker.start()
    assert a1111_stand_in.wait_until_running()
    with pytest.raises(FeatureMissing) as failure:
        client.skip(ticket)
    a1111_stand_in.faults = Faults()
    maker.join()
    assert failure.value.place == SKIP
    connections.lacks(server, failure.value.place)
    capabilities = connections.client(server).capabilities
    assert not capabilities.offers(Feature.SKIP)
    assert all(row.detail for row in capabilities.rows if row.place == SKIP)
    others = [str(each) for each in endpoints.ENDPOINTS if each != endpoints.SKIP]
    assert all(capabilities.has(each) == client.capabilities.has(each) for each in others)


def test_without_an_endpoint_that_nobody_knows(a1111_stand_in: StandIn) -> None:
    connections, server = Connections(), Server(a1111_stand_in.url)
    connections.lacks(server, SKIP)
    assert connections.known(server) is None, "what is unknown stays unknown"
    known = connections.client(server).capabilities
    connections.lacks(server, "GET /no/such/path")
    assert connections.known(server) == known
    assert not known.without(SKIP, "Gone.").offers(Feature.SKIP)
    assert known.offers(Feature.SKIP), "frozen"


@pytest.mark.campaign
def test_many_threads(stand_in: StandIn, a1111_stand_in: StandIn, counted: Counted) -> None:
    connections = Connections(counted)
    servers = (Server(stand_in.url), Server(a1111_stand_in.url))
    start = threading.Barrier(8)

    def work(number: int) -> set[str]:
        start.wait(30)
        seen = set()
        for turn in range(share(200)):
            server = servers[(number + turn) % 2]
            client = connections.client(server)
            assert client.server == server
            seen.add(f"{client.server.url} {client.capabilities.dialect.name}")
            if turn % 7 == number % 7:
                connections.forget(server)
            elif turn % 3 == 0:
                connections.keep(client)
            elif turn % 5 == 0:
                connections.lacks(server, SKIP)
            connections.known(server)
        return seen

    with ThreadPoolExecutor(8) as pool:
        seen = set().union(*pool.map(work, range(8)))
    assert seen == {f"{stand_in.url} DRAW_THINGS", f"{a1111_stand_in.url} A1111"}


def test_no_lock_is_held_while_a_server_is_asked(stand_in: StandIn, a1111_stand_in: StandIn) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def slow(server: Server) -> Client:
        if server.url == stand_in.url:
            asked.set()
            assert go_on.wait(30)
        return connect(server)

    connections = Connections(slow)
    waiting = threading.Thread(target=lambda: connections.client(Server(stand_in.url)))
    waiting.start()
    try:
        assert asked.wait(30)
        assert isinstance(connections.client(Server(a1111_stand_in.url)), A1111Client)
        assert connections.known(Server(stand_in.url)) is None
    finally:
        go_on.set()
        waiting.join(30)
    assert connections.known(Server(stand_in.url)) is not None


def test_time_outs_of_the_caller_hold(stand_in: StandIn) -> None:
    connections, server = Connections(), Server(stand_in.url)
    connections.client(server)
    patient = replace(server, read_timeout=7.0)
    assert connections.client(patient).server.read_timeout == 7.0
