# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose turn it is at a server that others use too, seen from one request of ours."""

from __future__ import annotations

import enum


class Turn(enum.Enum):
    """What a server is at, for one request."""

    WAITING = "waiting"
    """The request has not begun: it waits behind another's, or is on its way."""
    OURS = "ours"
    """It is what the server works on, and nothing else is."""
    OVER = "over"
    """The server has done with it, or with all of it that could be stopped."""
    UNKNOWN = "unknown"
    """That cannot be told, and will not be."""


class Ticket:
    """One request of ours that makes something, as its server may know it: whoever asks about the request, or
    would have it stopped, shows it. A dialect keeps in it what was seen of the request."""

    is_sent = True
    """It is on its way to the server, as far as that is known."""
