# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the stand-in asks of each of the two servers that it can pretend to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from .engine import Engine
from .faults import Faults
from .transport import Manners, Request, Response
from .turns import Turns


@dataclass(frozen=True)
class Outcome:
    """An answer together with what the journal shall know about it."""

    response: Response
    detail: str = ""
    effective: dict[str, Any] = field(default_factory=dict)
    images: int = 0
    answer: Any = None
    """The JSON of the answer, with every picture replaced by its length."""


@dataclass(frozen=True)
class House:
    """What both dialects work with."""

    engine: Engine
    turns: Turns
    faults: Callable[[], Faults]
    """The switches as they are now."""
    close: Callable[[float], object]
    """Stop the whole server after so many seconds, from any thread and without waiting for it."""


class Dialect(Protocol):
    """One server's routes and rules. `answer` is called in several threads at once."""

    manners: Manners
    app_state: Any
    """What its user has set; replaced as a whole."""

    def answer(self, request: Request) -> Outcome:
        """Raises Stopped when the server goes down meanwhile."""
        ...

    def state_from_json(self, sent: Mapping[str, Any]) -> Any:
        """An `app_state` from what is sent to `/__stand_in__/app_state`. KeyError, ValueError."""
        ...

    def close(self) -> None: ...
