# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls that must not wait on the main thread."""

from __future__ import annotations

import logging
import threading
import time
import weakref

import pytest

from campaign import seeded, share
from drawthings_addon.jobs import serial_executor
from drawthings_addon.jobs.serial_executor import Scope, SerialExecutor, Urgency
from tests.unit.jobs_fakes import wait_for

pytestmark = pytest.mark.timing


def test_calls_run_in_their_order_and_elsewhere() -> None:
    executor = SerialExecutor("drawthings-test")
    assert executor.is_idle
    done: list[tuple[int, str]] = []
    for number in range(100):
        executor.add(lambda number=number: done.append((number, threading.current_thread().name)))
    wait_for(lambda: executor.is_idle)
    assert done == [(number, "drawthings-test") for number in range(100)]


@pytest.mark.campaign
def test_no_call_is_lost_while_the_thread_ends() -> None:
    executor = SerialExecutor("drawthings-test")
    done: list[int] = []
    for number in range(share(20_000)):
        executor.add(lambda number=number: done.append(number))
        if number % 3 == 0:
            # About as long as the thread needs to find nothing more to do.
            time.sleep(0)
    wait_for(lambda: executor.is_idle)
    assert done == list(range(share(20_000)))


def test_many_may_give_calls_at_once() -> None:
    executor = SerialExecutor("drawthings-test")
    done: list[tuple[int, int]] = []

    def give(giver: int) -> None:
        for number in range(200):
            executor.add(lambda number=number: done.append((giver, number)))

    givers = [threading.Thread(target=give, args=(giver,)) for giver in range(5)]
    for giver in givers:
        giver.start()
    for giver in givers:
        giver.join()
    wait_for(lambda: executor.is_idle)
    for giver in range(5):
        assert [number for which, number in done if which == giver] == list(range(200))
    assert len(done) == 1000


def test_it_is_not_idle_while_a_call_runs() -> None:
    executor = SerialExecutor("drawthings-test")
    started, go_on = threading.Event(), threading.Event()
    executor.add(lambda: (started.set(), go_on.wait(30)))
    assert started.wait(30)
    assert not executor.is_idle
    go_on.set()
    wait_for(lambda: executor.is_idle)


def test_a_call_that_raises_is_told_and_the_next_one_follows(caplog: pytest.LogCaptureFixture) -> None:
    executor = SerialExecutor("drawthings-test")
    done: list[int] = []
    with caplog.at_level(logging.ERROR):
        executor.add(lambda: 1 // 0)
        executor.add(lambda: done.append(1))
        wait_for(lambda: executor.is_idle)
    assert done == [1]
    assert "ZeroDivisionError" in caplog.text


def test_without_a_thread_calls_wait_for_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    executor = SerialExecutor("drawthings-test")
    done: list[int] = []

    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        executor.add(lambda: done.append(1))
    assert executor.is_idle, "nobody must wait for what nobody does"
    executor.add(lambda: done.append(2))
    wait_for(lambda: executor.is_idle)
    assert done == [1, 2]


def test_what_was_done_is_held_by_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call may hold pictures, and things of Blender's that it frees."""
    monkeypatch.setattr(serial_executor, "LINGER", 60.0)

    class Held:
        pass

    executor = SerialExecutor("drawthings-test")
    held = Held()
    is_held = weakref.ref(held)
    executor.add(lambda held=held: None)
    del held
    wait_for(lambda: executor.is_idle)
    wait_for(lambda: is_held() is None, "the thread that waits for the next call still has it")
    monkeypatch.setattr(serial_executor, "LINGER", 0.0)
    executor.add(lambda: None)


def test_its_thread_serves_the_next_call_and_ends_when_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serial_executor, "LINGER", 0.2)
    executor = SerialExecutor("drawthings-test")
    threads: list[threading.Thread] = []
    for _ in range(3):
        executor.add(lambda: threads.append(threading.current_thread()))
        wait_for(lambda: executor.is_idle)
    assert len(set(threads)) == 1
    assert threads[0].daemon, "quitting joins every other"
    wait_for(lambda: not threads[0].is_alive())
    executor.add(lambda: threads.append(threading.current_thread()))
    wait_for(lambda: len(threads) == 4)
    assert threads[3] is not threads[0]


def test_the_most_urgent_is_done_first() -> None:
    executor = SerialExecutor("drawthings-test")
    done: list[str] = []
    started, go_on = threading.Event(), threading.Event()
    executor.add(lambda: (started.set(), go_on.wait(30)))
    assert started.wait(30)
    executor.add(lambda: done.append("question"))
    executor.add(lambda: done.append("another"))
    executor.add(lambda: done.append("progress"), urgency=Urgency.SOON)
    executor.add(lambda: done.append("interrupt"), urgency=Urgency.NOW)
    executor.add(lambda: done.append("again"), urgency=Urgency.NOW, delay=0.5)
    go_on.set()
    wait_for(lambda: executor.is_idle)
    assert done == ["interrupt", "progress", "question", "another", "again"]


def test_nothing_of_a_scope_begins_after_its_end() -> None:
    executor = SerialExecutor("drawthings-test")
    done: list[str] = []
    started, go_on = threading.Event(), threading.Event()
    scope = Scope(executor)
    executor.add(lambda: (started.set(), go_on.wait(30), done.append("under way")), scope=scope)
    executor.add(lambda: done.append("waits"), scope=scope, dropped=lambda: done.append("dropped"))
    executor.add(lambda: done.append("later"), scope=scope, delay=0.01)
    assert started.wait(30)
    assert scope.end(wait=False), "one is under way"
    assert done == ["dropped"]
    release = threading.Timer(0.05, go_on.set)
    release.start()
    assert not scope.end(wait=True)
    assert done == ["dropped", "under way"]
    assert not executor.add(lambda: done.append("after"), scope=scope)
    wait_for(lambda: executor.is_idle)
    assert done == ["dropped", "under way"]


@pytest.mark.campaign
def test_whenever_a_scope_ends_nothing_of_it_comes_after() -> None:
    chance = seeded("scopes")
    executor = SerialExecutor("drawthings-test")
    problems: list[int] = []
    for number in range(share(2000)):
        scope = Scope(executor)
        is_over = threading.Event()

        def call(is_over: threading.Event = is_over, number: int = number) -> None:
            if is_over.is_set():
                problems.append(number)
            time.sleep(0)
            if is_over.is_set():
                problems.append(number)

        for _ in range(chance.randrange(4)):
            executor.add(
                call, scope=scope, urgency=chance.choice(list(Urgency)), delay=chance.choice((0, 0.001))
            )
        time.sleep(chance.uniform(0, 0.002))
        scope.end(wait=True)
        is_over.set()
    wait_for(lambda: executor.is_idle)
    assert problems == []
