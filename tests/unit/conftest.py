# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pure layers, imported from the source; `import bpy` fails here, as it must not be needed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

# None in sys.modules makes an import fail, also in an environment that has Blender's module.
sys.modules.setdefault("bpy", None)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def threads_end_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else each test that looks for threads that are left would wait for seconds."""
    monkeypatch.setattr("drawthings_addon.jobs.serial_executor.LINGER", 0.05)
