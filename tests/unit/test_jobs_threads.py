# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""One server has two threads, and nothing that is meant for one picture meets another."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from drawthings_addon.client.a1111.dialect import A1111
from drawthings_addon.client.answer import Answer
from drawthings_addon.client.capabilities import assumed
from drawthings_addon.client.connections import Connections
from drawthings_addon.client.http.address import Server
from drawthings_addon.client.http.exchanges import exchanging
from drawthings_addon.client.http.failures import LetGo
from drawthings_addon.client.interface import Client
from drawthings_addon.client.progress import Progress
from drawthings_addon.client.request import GenerationRequest
from drawthings_addon.client.turn import Ticket, Turn
from drawthings_addon.errors import BridgeError
from drawthings_addon.imaging import png
from drawthings_addon.jobs import progress as progress_module
from drawthings_addon.jobs.job import JobEnded, JobState, ProgressChanged
from drawthings_addon.jobs.journal import Journal
from drawthings_addon.jobs.kept import KeptSources
from drawthings_addon.jobs.queue import JobQueue
from local_server import Faults, StandIn
from tests.unit.jobs_fakes import (
    PATIENCE,
    GatedClient,
    answer,
    ends,
    make_job,
    pictures,
    poll,
    run_out,
    wait_for,
    worker_threads,
)

pytestmark = pytest.mark.timing

SERVER = Server("localhost")


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    wait_for(lambda: not worker_threads(), f"threads are left: {worker_threads()}")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Questions follow one another at once."""
    monkeypatch.setattr(progress_module, "MIN_PAUSE", 0.001)
    monkeypatch.setattr(progress_module, "PAUSE_FACTOR", 0.0)


class WebUi(GatedClient):
    """Everything that A1111's server offers. A request ends when the gate is opened, or by an order to stop
    when that arrives, whichever request it is by then; `abort` ends what is waited for, and not the order.
    """

    def __init__(self) -> None:
        super().__init__()
        self.capabilities = assumed(A1111)
        self.orders: list[str] = []
        """What arrived, and the prompt of what was made then."""
        self.current = ""
        self.ticket: Ticket | None = None
        """Of what is made."""
        self.taken = Ticket()
        self.let_through = threading.Event()
        """Until then orders are on their way."""
        self.let_through.set()
        self.on_its_way = 0
        self.is_aborted = threading.Event()

    def take_ticket(self) -> Ticket:
        self.taken = Ticket()
        return self.taken

    def generate(self, request: GenerationRequest) -> Answer:
        self.current, self.ticket = request.conditioning.prompt, self.taken
        self.is_aborted.clear()
        self.requests.append(request)
        deadline = time.monotonic() + PATIENCE
        try:
            while not self._gate.acquire(timeout=0.001):
                if self.is_aborted.is_set():
                    raise LetGo("Nobody listens.")
                assert time.monotonic() < deadline, "the test never opened the gate"
        finally:
            self.current, self.ticket = "", None
        return answer(np.zeros((request.images.height, request.images.width, 3), np.uint8))

    def abort(self) -> None:
        super().abort()
        self.is_aborted.set()

    def interrupt(self, ticket: Ticket) -> Turn:
        return self._order("interrupt", ticket)

    def skip(self, ticket: Ticket) -> Turn:
        return self._order("skip", ticket)

    def _order(self, what: str, ticket: Ticket) -> Turn:
        if ticket is not self.ticket:
            return Turn.OVER
        self.on_its_way += 1
        assert self.let_through.wait(PATIENCE)
        self.on_its_way -= 1
        self.orders.append(f"{what} {self.current}".strip())
        if self.current:
            self.open()
        return Turn.OURS

    def progress(self, ticket: Ticket | None = None, *, with_preview: bool = True) -> Progress:
        return Progress(0.5, 3.0, 10, 20, job_count=1)


def answers(jobs: JobQueue) -> list[Any]:
    """Call what is in the mailbox, and give what was called."""
    found = list(iter(jobs.mailbox.next_answer, None))
    for each in found:
        each()
    return found


def ask(jobs: JobQueue, question: Callable[[Client], Any], how: str = "ask") -> list[Any]:
    """A list that will hold the answer and the error."""
    told: list[Any] = []
    getattr(jobs, how)(SERVER, question, lambda result, error: told.append((result, error)))
    return told


def is_told(jobs: JobQueue, told: list[Any]) -> bool:
    answers(jobs)
    return bool(told)


# A job that is cancelled


@pytest.mark.usefixtures("quick")
def test_after_the_end_no_progress_comes(tmp_path: Path) -> None:
    client = WebUi()
    jobs = JobQueue(lambda server: client)
    job = make_job(SERVER, tmp_path)
    jobs.submit(job)
    wait_for(lambda: jobs.statuses()[0].progress is not None)
    jobs.cancel(job.id)
    (event,) = poll(jobs)
    assert isinstance(event, JobEnded)
    run_out(jobs)


def test_who_cancels_twice_stops_that_job_alone(tmp_path: Path) -> None:
    """The interrupt is on its way when the next job could begin."""
    client = WebUi()
    client.let_through.clear()
    jobs = JobQueue(lambda server: client)
    first, second = (make_job(SERVER, tmp_path, prompt=prompt) for prompt in ("first", "second"))
    jobs.submit(first)
    jobs.submit(second)
    wait_for(lambda: client.current == "first")
    jobs.cancel(first.id)
    wait_for(lambda: client.on_its_way)
    jobs.cancel(first.id)
    assert [status.job for status in jobs.statuses()] == [second], "for the artist it is gone"
    time.sleep(0.1)
    assert client.current != "second", "it began while the interrupt was on its way"
    client.let_through.set()
    wait_for(lambda: client.current == "second")
    time.sleep(0.02)
    client.open()
    events = run_out(jobs)
    assert ends(events) == [(first, JobState.CANCELLED), (second, JobState.DONE)]
    assert not any("second" in order for order in client.orders)


def test_what_is_cancelled_twice_before_it_began_is_hung_up_all_the_same(tmp_path: Path) -> None:
    """Whoever hangs up a moment before the request has its connection hangs up nothing."""

    class Late(WebUi):
        def generate(self, request: GenerationRequest) -> Answer:
            jobs.cancel(job.id)
            jobs.cancel(job.id)
            return super().generate(request)

    client = Late()
    jobs = JobQueue(lambda server: client)
    job = make_job(SERVER, tmp_path)
    jobs.submit(job)
    assert ends(run_out(jobs)) == [(job, JobState.CANCELLED)]


# Skip


def test_a_skip_is_for_the_picture_that_was_made_when_it_was_ordered(tmp_path: Path) -> None:
    """It is ordered, and something else is asked first: the next picture has begun by then."""
    client = WebUi()
    jobs = JobQueue(lambda server: client)
    job = make_job(SERVER, tmp_path, count=2)
    jobs.submit(job)
    wait_for(lambda: len(client.requests) == 1)
    asked, go_on = threading.Event(), threading.Event()
    hanging = ask(jobs, lambda _client: (asked.set(), go_on.wait(PATIENCE)))
    assert asked.wait(PATIENCE)
    skipped: list[BridgeError | None] = []
    jobs.skip(SERVER, lambda _none, error: skipped.append(error))
    client.open()
    wait_for(lambda: len(client.requests) == 2)
    go_on.set()
    wait_for(lambda: is_told(jobs, hanging) and skipped)
    assert client.orders == []
    client.open()
    made = pictures(run_out(jobs))
    assert [picture.recipe.unfinished for picture in made] == ["", ""]


def test_the_next_picture_waits_for_a_skip_on_its_way(tmp_path: Path) -> None:
    client = WebUi()
    client.let_through.clear()
    jobs = JobQueue(lambda server: client)
    job = make_job(SERVER, tmp_path, count=2)
    jobs.submit(job)
    wait_for(lambda: client.current)
    jobs.skip(SERVER, lambda _none, _error: None)
    wait_for(lambda: client.on_its_way)
    client.open()
    time.sleep(0.05)
    assert len(client.requests) == 1
    client.let_through.set()
    wait_for(lambda: len(client.requests) == 2)
    client.open()
    answers(jobs)
    assert len(pictures(run_out(jobs))) == 2
    assert client.orders == ["skip"]


# Orders that wait in the server's queue


def test_orders_are_carried_out_between_jobs(tmp_path: Path) -> None:
    client = WebUi()
    jobs = JobQueue(lambda server: client)
    met: list[str] = []
    first, second = (make_job(SERVER, tmp_path, prompt=prompt) for prompt in ("first", "second"))
    jobs.submit(first)
    wait_for(lambda: client.current == "first")
    told = ask(jobs, lambda client: met.append(client.current), "order")
    jobs.submit(second)
    time.sleep(0.05)
    assert met == []
    client.open()
    wait_for(lambda: client.current == "second")
    assert met == [""]
    wait_for(lambda: is_told(jobs, told))
    client.open()
    run_out(jobs)


def test_an_order_for_an_idle_server_is_given_to_no_busy_one(tmp_path: Path) -> None:
    client = WebUi()
    jobs = JobQueue(lambda server: client)
    met: list[str] = []

    def order(client: Any) -> None:
        time.sleep(0.02)
        met.append(client.current)

    assert jobs.order_when_idle(SERVER, order, lambda _none, _error: None)
    assert not jobs.order_when_idle(SERVER, order, lambda _none, _error: None), "the other is carried out"
    jobs.submit(make_job(SERVER, tmp_path))
    assert not jobs.order_when_idle(SERVER, order, lambda _none, _error: None)
    wait_for(lambda: client.current)
    assert met == [""]
    client.open()
    wait_for(lambda: answers(jobs))
    run_out(jobs)


# What hangs


class Hanging(WebUi):
    """Questions hang until they are hung up or let go."""

    def __init__(self) -> None:
        super().__init__()
        self.beside = self
        self.go_on = threading.Event()
        self.asked = 0

    def hang(self) -> str:
        self.asked += 1
        self.is_aborted.clear()
        deadline = time.monotonic() + PATIENCE
        with exchanging(self.abort):
            while not self.go_on.wait(0.001):
                if self.is_aborted.is_set():
                    raise LetGo("Nobody listens.")
                assert time.monotonic() < deadline
        return "told"


def test_an_order_to_stop_waits_for_no_question(tmp_path: Path) -> None:
    """The question is hung up, and asked again behind it."""
    client, asking = WebUi(), Hanging()
    jobs = JobQueue(lambda server: client, ask=lambda server: asking)
    job = make_job(SERVER, tmp_path)
    jobs.submit(job)
    wait_for(lambda: client.current)
    told = ask(jobs, lambda client: client.hang())
    wait_for(lambda: asking.asked)
    jobs.cancel(job.id)
    wait_for(lambda: client.orders)
    wait_for(lambda: asking.asked == 2)
    asking.go_on.set()
    wait_for(lambda: is_told(jobs, told))
    assert told == [("told", None)]
    assert ends(run_out(jobs)) == [(job, JobState.CANCELLED)]


@pytest.mark.parametrize("is_known", [True, False])
def test_an_order_to_stop_waits_for_nobody_who_finds_out_what_answers(
    tmp_path: Path, *, is_known: bool
) -> None:
    """As Test Connection does, which makes clients that nobody else has, of a server that is slow by now."""
    connections = Connections()
    with StandIn(dialect="A1111", faults=Faults(delay_per_step=600)) as web_ui:
        server = Server(web_ui.url)
        jobs = JobQueue(connections.verified, ask=connections.client)
        job = make_job(server, tmp_path, steps=20, sampler="Euler a")
        jobs.submit(job)
        assert web_ui.wait_until_running()
        web_ui.faults = Faults(delay_per_step=600, delay_get=600)
        if not is_known:
            connections.forget(server)
        told: list[Any] = []

        def question(client: Client) -> int:
            client.examine(thorough=True)
            connections.keep(client)
            return sum(row.is_offered for row in client.capabilities.rows)

        jobs.ask(server, question, lambda result, error: told.append((result, error)))
        time.sleep(0.5)
        began = time.monotonic()
        jobs.cancel(job.id)
        assert web_ui.wait_until_idle()
        assert time.monotonic() - began < 3
        web_ui.faults = Faults()
        wait_for(lambda: is_told(jobs, told))
        assert ends(run_out(jobs)) == [(job, JobState.CANCELLED)]
        ((offered, error),) = told
        assert error is None
        assert offered > 10, "what was given up on the way is not what the server lacks"


def test_who_answers_is_found_out_for_no_cancelled_job(tmp_path: Path) -> None:
    """It accepts, and hangs: the next job must not wait for that."""
    connections = Connections()
    jobs = JobQueue(connections.verified, ask=connections.client)
    with StandIn(faults=Faults(delay_get=600)) as app:
        job = make_job(app.url, tmp_path)
        jobs.submit(job)
        time.sleep(0.5)
        began = time.monotonic()
        jobs.cancel(job.id)
        assert ends(run_out(jobs)) == [(job, JobState.CANCELLED)]
        assert time.monotonic() - began < 5
        app.faults = Faults()


def test_what_is_ordered_is_not_hung_up_with_what_is_asked(tmp_path: Path) -> None:
    """Whoever hangs up a question for progress may do so when that has just been answered."""
    ordered: list[Any] = []

    class Alone(WebUi):
        """With exchanges of its own."""

        def sibling(self, server: Server) -> Any:
            return Alone()

        def progress(self, ticket: Ticket | None = None, *, with_preview: bool = True) -> Progress:
            watched.append(self)
            return super().progress(ticket, with_preview=with_preview)

        def interrupt(self, ticket: Ticket) -> Turn:
            ordered.append(self)
            client.open()
            return Turn.OURS

    watched: list[Any] = []
    client = Alone()
    jobs = JobQueue(lambda server: client)
    job = make_job(SERVER, tmp_path)
    jobs.submit(job)
    wait_for(lambda: watched)
    jobs.cancel(job.id)
    run_out(jobs)
    assert ordered
    assert not {id(each) for each in ordered} & {id(each) for each in (*watched, client)}


@pytest.mark.usefixtures("quick")
def test_progress_is_asked_between_the_exchanges_of_a_long_question(tmp_path: Path) -> None:
    client, asking = WebUi(), WebUi()
    jobs = JobQueue(lambda server: client, ask=lambda server: asking)
    jobs.submit(make_job(SERVER, tmp_path))
    wait_for(lambda: client.current)

    def question(client: Client) -> None:
        deadline = time.monotonic() + PATIENCE
        while not jobs.statuses()[0].progress:
            assert time.monotonic() < deadline
            with exchanging(client.abort):
                pass

    told = ask(jobs, question)
    wait_for(lambda: is_told(jobs, told))
    assert told == [(None, None)]
    client.open()
    run_out(jobs)


def test_a_question_that_fails_is_answered(tmp_path: Path) -> None:
    jobs = JobQueue(lambda server: WebUi())
    for how in ("ask", "order"):
        told = ask(jobs, lambda _client: 1 // 0, how)
        wait_for(lambda: is_told(jobs, told))  # noqa: B023
        ((result, error),) = told
        assert result is None
        assert "ZeroDivisionError" in error.what


# How many


def test_there_are_three_kinds_of_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes on: two of a server, and one for files."""
    started: set[str] = set()
    start = threading.Thread.start

    def noting(thread: threading.Thread) -> None:
        started.add(thread.name)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", noting)
    monkeypatch.setattr(progress_module, "MIN_PAUSE", 0.001)
    client = WebUi()
    kept = KeptSources(tmp_path / "sources")
    jobs = JobQueue(lambda server: client, journal=Journal(tmp_path / "journal"), kept=kept)
    job = make_job(SERVER, tmp_path, count=2)
    jobs.submit(job)
    wait_for(lambda: jobs.statuses()[0].progress is not None)
    told = [ask(jobs, lambda client: client.progress()), ask(jobs, lambda client: None, "order")]
    jobs.skip(SERVER, lambda _none, _error: None)
    wait_for(lambda: len(client.requests) == 2)
    jobs.cancel(job.id)
    jobs.call_on_disk(lambda: None, lambda _none, _error: None)

    def is_over() -> bool:
        answers(jobs)
        poll(jobs)
        return jobs.is_idle and all(told)

    wait_for(is_over)
    assert started == {"drawthings-tasks", "drawthings-answers", "drawthings-disk"}


def test_without_a_thread_everybody_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = JobQueue(lambda server: WebUi())

    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    job = make_job(SERVER, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        told = [ask(jobs, lambda _client: None, how) for how in ("ask", "order")]
        on_disk: list[Any] = []
        jobs.call_on_disk(lambda: None, lambda _none, error: on_disk.append(error))
        jobs.submit(job)
        jobs.cancel("nobody")
        events = poll(jobs)
        answers(jobs)
    for ((_none, error),) in told:
        assert "no room for another thread" in error.what
    assert "no room for another thread" in on_disk[0].what
    assert ends(events) == [(job, JobState.FAILED)]
    assert jobs.is_idle, "nobody waits for what never comes"


# However long nobody looks


@pytest.mark.usefixtures("quick")
def test_of_progress_the_latest_alone_is_kept(tmp_path: Path) -> None:
    """600 looks, as of five minutes, during which Blender renders."""

    class Showing(WebUi):
        asked = 0

        def progress(self, ticket: Ticket | None = None, *, with_preview: bool = True) -> Progress:
            self.asked += 1
            value = self.asked % 251
            preview = png.encode(np.full((8, 8, 3), value, np.uint8))
            return Progress(0.5, 3.0, 10, 20, job_count=1, preview=preview)

    client = Showing()
    jobs = JobQueue(lambda server: client)
    job = make_job(SERVER, tmp_path)
    jobs.submit(job)
    wait_for(lambda: client.asked > 600)
    assert jobs.mailbox.has_events
    (event,) = poll(jobs)
    assert isinstance(event, ProgressChanged)
    client.open()
    events = run_out(jobs)
    assert ends(events) == [(job, JobState.DONE)]
