# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which models a server has that does not list them: it is asked for each, a few at a time, in its own queue
and only while no job waits or runs there, until all are known or somebody stops it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from ...client.http.address import Server
from ...client.interface import Client
from ...errors import BridgeError, InvalidSettings, RequestRefused
from ...jobs.server_worker import Answer, Question

#: Seconds that one order may take, so that a job which is pressed meanwhile waits no longer, and that the
#: answer to one question may take: what takes longer stands behind somebody else's job.
_AT_ONCE = 0.3
_LONGEST_ANSWER = 5.0
#: Seconds for all of it, waiting for jobs included.
_LONGEST = 600.0


@dataclass(eq=False)
class ModelSearch:
    """One search. Main thread only, but for the questions."""

    server: Server
    order: Callable[[Server, Question, Answer], None]
    """As `Session.order_when_idle`."""
    learn: Callable[[Mapping[str, bool]], None]
    """Told what is found, as it comes."""
    models: deque[str]
    loras: deque[str]
    """Still to be asked for."""
    count: int = field(init=False)
    """Of both at the beginning."""
    there: int = 0
    """Models that were found."""
    is_stopped: bool = False
    is_waiting: bool = False
    """A job runs there."""
    is_over: bool = False
    error: BridgeError | None = None
    """Why it ended early."""
    _is_asking: bool = False
    _began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.count = self.left

    @property
    def left(self) -> int:
        return len(self.models) + len(self.loras)

    @property
    def is_too_long(self) -> bool:
        """It waited for jobs until nobody waits for it any more."""
        return time.monotonic() - self._began > _LONGEST

    def step(self) -> bool:
        """Go on; whether there is more to do."""
        if self._is_asking:
            return True
        if not self.left or self.is_stopped or self.error is not None or self.is_too_long:
            self.is_over = True
            return False
        models, loras = tuple(self.models), tuple(self.loras)
        self._is_asking = True
        self.order(self.server, lambda client: _ask(client, models, loras), self._answered)
        return True

    def _answered(
        self, answer: tuple[dict[str, bool | None], BridgeError | None] | None, error: BridgeError | None
    ) -> None:
        self._is_asking = False
        self.is_waiting = answer is None and error is None
        if answer is None:
            self.error = error
            return
        found, self.error = answer
        self.there += sum(bool(found.get(model)) for model in self.models)
        for waiting in (self.models, self.loras):
            while waiting and waiting[0] in found:
                waiting.popleft()
        self.learn({name: is_there for name, is_there in found.items() if is_there is not None})


def _ask(
    client: Client, models: Iterable[str], loras: Iterable[str]
) -> tuple[dict[str, bool | None], BridgeError | None]:
    """What was found until the time was over or the server did not answer; None: it does not tell. On the
    thread of the server's tasks."""
    # A client whose troubles are not the connection's: a short answer may only be late.
    sibling = client.sibling(
        replace(client.server, read_timeout=min(_LONGEST_ANSWER, client.server.read_timeout))
    )
    until = time.monotonic() + _AT_ONCE
    found: dict[str, bool | None] = {}
    try:
        for model in models:
            found[model] = _or_not(sibling.has_model, model)
            if time.monotonic() > until:
                return found, None
        for lora in loras:
            try:
                found[lora] = _or_not(sibling.has_lora, lora)
            except RequestRefused:
                # As without a model in the app's window.
                found[lora] = None
            if time.monotonic() > until:
                return found, None
    except BridgeError as error:
        return found, error
    return found, None


def _or_not(has: Callable[[str], bool], name: str) -> bool:
    try:
        return has(name)
    except InvalidSettings:
        return False
