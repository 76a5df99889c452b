# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose names a parameter has: the identifiers of the dialects, as they stand in saved requests."""

from __future__ import annotations

from typing import Final

DRAW_THINGS: Final = "DRAW_THINGS"
A1111: Final = "A1111"

#: Of the panel's lists of options whose names they hold.
ADVANCED: Final = DRAW_THINGS
SERVER_OPTIONS: Final = A1111
