# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The process in which servers run for others: what `remote` starts and asks.

Each order is a function of a module with its arguments, pickled, on the standard input; what it gives back,
or raises, goes to the standard output. The process ends when its input does, that is with whoever started
it, however that ends.
"""

from __future__ import annotations

import itertools
import os
import pickle
import signal
import sys
from typing import Any

from .journal import Entry
from .service import Service

_services: dict[int, Service] = {}
_numbers = itertools.count(1)


def open_service(options: dict[str, Any]) -> tuple[int, str, int]:
    """A new server's number, host and port. What `Service` raises."""
    number = next(_numbers)
    service = _services[number] = Service(**options)
    return number, service.host, service.port


def close_service(number: int, last: int) -> tuple[list[Entry], dict[str, Any]]:
    """Stop it, and forget it: the entries that are numbered higher, and how it was at its end."""
    service = _services[number]
    service.close()
    found = entries_after(number, last)
    del _services[number]
    return found, {
        "faults": service.faults, "app_state": service.app_state, "running": 0, "waiting": 0, "idle": True,
        "stopped": True,
    }  # fmt: skip


def get(number: int, name: str) -> Any:
    return getattr(_services[number], name)


def put(number: int, name: str, value: Any) -> None:
    setattr(_services[number], name, value)


def entries_after(number: int, last: int) -> list[Entry]:
    """The entries that are numbered higher."""
    return [entry for entry in _services[number].journal if entry.number > last]


def clear_journal(number: int) -> None:
    _services[number].journal.clear()


def keep_pictures(number: int, wanted: bool) -> None:
    _services[number].journal.keeps_pictures = wanted


def main() -> None:
    """Do what is ordered until nobody can order any more."""
    # An interrupt at the terminal concerns whoever started this, and the tests that are still to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with os.fdopen(os.dup(0), "rb") as orders, os.fdopen(os.dup(1), "wb") as answers:
        # What is printed here must not get among the answers.
        os.dup2(2, 1)
        while True:
            try:
                function, arguments = pickle.load(orders)
            except EOFError:
                break
            try:
                answer: tuple[bool, Any] = True, function(*arguments)
            except Exception as error:
                answer = False, error
            try:
                answers.write(pickle.dumps(answer))
                answers.flush()
            except BrokenPipeError:
                break
    for service in _services.values():
        service.close()
    sys.stderr.flush()
    # An engine's thread may still paint.
    os._exit(0)
