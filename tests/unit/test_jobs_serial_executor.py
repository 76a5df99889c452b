# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls that must not wait on the main thread."""

from __future__ import annotations

import logging
import threading
import time

import pytest

from campaign import share
from drawthings_addon.jobs.serial_executor import SerialExecutor
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
