# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the stand-in asks of each of the servers that it can pretend to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from .engine import Engine
from .faults import Faults
from .transport import Response
from .turns import Turns

if TYPE_CHECKING:
    from .service import Service

DialectName = Literal["DRAW_THINGS", "A1111", "KOBOLDCPP", "SD_SERVER"]


@dataclass(frozen=True)
class Outcome:
    """An answer together with what the journal shall know about it."""

    response: Response
    detail: str = ""
    effective: dict[str, Any] = field(default_factory=dict)
    images: int = 0
    answer: Any = None
    """The JSON of the answer, where the journal shall have it."""
    is_told: bool = True
    """False: the journal shall not know of it."""


@dataclass(frozen=True)
class House:
    """What both dialects work with."""

    engine: Engine
    turns: Turns
    faults: Callable[[], Faults]
    """The switches as they are now."""
    close: Callable[[float], object]
    """Stop the whole server after so many seconds, from any thread and without waiting for it."""


class Listener(Protocol):
    """What speaks HTTP for a server."""

    host: str
    port: int

    def close(self) -> None:
        """Stop listening, and drop every connection."""
        ...


class Dialect(Protocol):
    """One server's routes and rules."""

    app_state: Any
    """What its user has set; replaced as a whole."""

    def listen(self, service: Service, host: str, port: int) -> Listener:
        """Answer requests from now on. OSError: the port is taken."""
        ...

    def state_from_json(self, sent: Mapping[str, Any]) -> Any:
        """An `app_state` from what is sent to `/__stand_in__/app_state`. KeyError, ValueError."""
        ...

    def close(self) -> None: ...
