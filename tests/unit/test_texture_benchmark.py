# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the benchmark of the texture bench times is there, and is done, on small pictures."""

from __future__ import annotations

import pytest

from benchmarks.texture import STEPS, Step


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_each_step_is_done(step: Step) -> None:
    step.prepare(256)()
