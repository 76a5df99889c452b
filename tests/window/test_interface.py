# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The interface does not stand still because of a job: scripts/benchmarks/interface.py, with a bar."""

from __future__ import annotations

import pytest
from desk import Desk

from benchmarks.interface import BAR, Stopwatch, is_own_code_quick, is_within, noise, table

_RUNS = 3


def test_a_job_holds_nothing_up(desk: Desk) -> None:
    watch = Stopwatch(desk.window, desk.server)
    runs = []
    for _ in range(_RUNS):
        runs.append(watch.measure())
        print(table(runs[-1]))
        if is_within(runs[-1]) and is_own_code_quick(runs[-1]):
            return
    told = "\n".join(table(run) for run in runs)
    # Processor time of our own code: no other program changes much of it.
    assert any(is_own_code_quick(run) for run in runs), told
    if noise(runs) > BAR:
        pytest.skip(f"Without a job the same redraw differs by {noise(runs) * 1e3:.0f} ms between runs here.")
    pytest.fail(told)
