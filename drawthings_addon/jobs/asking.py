# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""One request of a job: followed while the server makes it, told to stop where that is wanted, left well."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

from ..client.features import Feature
from ..client.http.failures import LetGo
from ..client.interface import Client
from ..errors import ServerTimedOut
from .endings import ending, left
from .entries import Entry
from .job import ProgressChanged
from .progress import Watched
from .server_worker import ServerWorker
from .task import Ending


@contextlib.contextmanager
def asking(
    lock: threading.RLock,
    worker: ServerWorker,
    entry: Entry,
    client: Client,
    tell: Callable[[ProgressChanged], None],
) -> Iterator[Callable[[], Ending]]:
    """For the block the server makes something for the job; what it gives knows how that ended.

    `lock` is the queue's; `client` is asked meanwhile, and `tell` called with its progress.
    """
    orders = entry.orders
    assert orders is not None and entry.client is not None
    ticket = entry.client.take_ticket()
    requests: list[Watched] = []

    def take(progress: ProgressChanged | None) -> None:
        # Nothing of a request that is over: its picture is there, or the job's end was told.
        with lock:
            if entry.is_worked_on and requests:
                entry.progress = progress
                if progress is not None:
                    tell(progress)

    watched: Watched | None = None
    try:
        with contextlib.ExitStack() as stack:
            if client.capabilities.offers(Feature.PROGRESS):
                watched = stack.enter_context(worker.progress.watching(entry.job, client, ticket, take))
                requests.append(watched)
            with lock:
                entry.watched = watched
                request = orders.begin(ticket)
            try:
                yield lambda: ending(orders, watched)
            finally:
                with lock:
                    requests.clear()
                    entry.watched = None
                    entry.waited += watched.waited if watched is not None else 0.0
                    request.is_over = True
                # Before the watching ends, which may hang up: an order must not be on its way then.
                if orders.are_given:
                    request.end(wait=True)
    except LetGo:
        orders.leave_later()
        raise
    except ServerTimedOut as error:
        raise left(error, orders) from error
