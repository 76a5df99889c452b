# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON off the wire."""

from __future__ import annotations

import json

import pytest

from drawthings_addon.client.wire import parse_json


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (r'"\ud83c\udfa8 paint"', "\U0001f3a8 paint"),
        (r'"half \ud83c"', "half \ufffd"),
        (r'"half \uDFA8"', "half \ufffd"),
        (r'"wrong way \udfa8\ud83c"', "wrong way \ufffd\ufffd"),
        (r'"first half twice \ud83c\ud83c\udfa8"', "first half twice \ufffd\U0001f3a8"),
        (r'"a folder \\ud83c"', r"a folder \ud83c"),
        (r'"a backslash and half \\\ud83c"', "a backslash and half \\\ufffd"),
    ],
)
def test_half_of_a_surrogate_pair_reaches_nobody(sent: str, read: str) -> None:
    """Neither a label, a property of Blender, nor a file in UTF-8 can hold one."""
    assert parse_json(sent.encode()) == read
    assert parse_json(f'{{{sent}: [{sent}]}}'.encode()) == {read: [read]}
    assert json.dumps(read, ensure_ascii=False).encode()
