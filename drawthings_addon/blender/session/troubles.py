# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which errors are news: the latest stands where the picture is, until the artist looks at something else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ...errors import BridgeError


@dataclass(eq=False)
class Troubles:
    """Main thread only."""

    _seen: list[BridgeError] = field(default_factory=list)

    def is_news(self, error: BridgeError) -> bool:
        """Nobody has looked at something else since it came."""
        return all(error is not each for each in self._seen)

    def look_away(self, errors: Iterable[BridgeError | None]) -> None:
        """A result was selected or came, or a button was pressed: of these errors, which are all that there
        are, nothing but a line is shown any more."""
        self._seen = [each for each in errors if each is not None]
