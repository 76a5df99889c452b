# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Draw Things answers: some of A1111's paths, and its settings at `/` (published source, August 2026).

A later version of the app may answer more, so it is asked for all of them, and the table tells; what this
extension does with the app needs these four. By what it says to a request for a picture that it must refuse
it tells which models it has.
"""

from __future__ import annotations

from dataclasses import replace

from ..a1111 import endpoints as a1111
from ..features import Feature

ROOT, IMG2IMG, OPTIONS = a1111.ROOT, a1111.IMG2IMG, a1111.OPTIONS
TXT2IMG = replace(a1111.TXT2IMG, features=a1111.TXT2IMG.features | {Feature.FIND_MODELS})

ANSWERED = frozenset({ROOT, TXT2IMG, IMG2IMG, OPTIONS})
_OWN = {str(each): each for each in ANSWERED}
ENDPOINTS = tuple(_OWN.get(str(each), replace(each, features=frozenset())) for each in a1111.ENDPOINTS)
