# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""`blender -b --command drawthings …`: what a script sees of it, in a real Blender."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from background import Background

from local_server import StandIn


def doctor(background: Background, *arguments: str) -> subprocess.CompletedProcess[str]:
    return background("-b", "--command", "drawthings", "doctor", *arguments, stderr=subprocess.PIPE)


def in_json(answer: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The one line that is JSON: Blender tells its version beside it."""
    (line,) = [line for line in answer.stdout.splitlines() if line.startswith("{")]
    told = json.loads(line)
    assert isinstance(told, dict)
    return told


def test_doctor(background: Background, stand_in: StandIn, a1111_stand_in: StandIn) -> None:
    for server, dialect in ((stand_in, "DRAW_THINGS"), (a1111_stand_in, "A1111")):
        answer = doctor(background, "--json", "--server", server.url)
        assert answer.returncode == 0, answer.stderr
        assert "Traceback" not in answer.stderr
        told = in_json(answer)
        assert (told["server"], told["dialect"], told["usable"]) == (server.url, dialect, True)
        assert len(told["endpoints"]) == 48
        assert server.journal.generations == ()


def test_doctor_in_words(background: Background, a1111_stand_in: StandIn) -> None:
    answer = doctor(background, "--server", a1111_stand_in.url)
    assert answer.returncode == 0, answer.stderr
    assert f"{a1111_stand_in.url} speaks A1111" in answer.stdout
    assert "POST /sdapi/v1/txt2img" in answer.stdout


def test_what_goes_wrong_is_an_exit_status(background: Background, stand_in: StandIn) -> None:
    stand_in.close()
    answer = doctor(background, "--json", "--server", stand_in.url)
    assert answer.returncode == 1
    assert str(stand_in.port) in in_json(answer)["error"]
    answer = doctor(background, "--server", stand_in.url)
    assert answer.returncode == 1
    assert str(stand_in.port) in answer.stderr and "Traceback" not in answer.stderr
    assert doctor(background, "--nonsense").returncode == 2
    assert doctor(background, "--help").returncode == 0
