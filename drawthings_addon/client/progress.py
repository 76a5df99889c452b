# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far a server is with what it makes, as it says itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from .turn import Turn


@dataclass(frozen=True)
class Progress:
    """What the server is at."""

    fraction: float = 0.0
    """0 to 1 of everything under way; 0 also when nothing is."""
    eta_seconds: float | None = None
    """The server's estimate, extrapolated and jumpy; None when it makes none."""
    step: int = 0
    steps: int = 0
    """Of the present pass; after a job they stay at its last values."""
    job_no: int = 0
    job_count: int = 0
    """Passes of this request: the hires fix makes two of one picture. 0: idle; -1 for a moment at the
    start."""
    preview: bytes | None = field(default=None, repr=False)
    """The picture so far, of any of imaging.formats, rough and not verified beyond its header."""
    interrupted: bool = False
    skipped: bool = False
    """Both stay true after a job until the next begins."""
    turn: Turn = Turn.OURS
    """Whose turn it is for the request that was asked about. The numbers above are that request's; where it
    waits, `job_count` alone is told, which is another's then. A server of one user has it always."""
    is_known: bool = True
    """False: nothing is told but whose turn it is."""
    text: str = ""
    """What the server's own page would show, without markup; training tells its loss here."""

    @property
    def is_idle(self) -> bool:
        return self.job_count == 0
