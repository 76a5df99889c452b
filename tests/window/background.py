# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Blender without a window, with the extension installed from the zip."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from debian_blender import find


class Background:
    """Each call runs a Blender with these arguments to its end; the user's files stay between calls.

    They are in `folder`, which has the extension only once it was installed or copied.
    """

    def __init__(self, blender: str, folder: Path) -> None:
        self._program = find(blender)
        self._visible: list[Path] = []
        self._environment = {
            "PATH": os.environ["PATH"] if self._program.root is None else "/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8",
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "BLENDER_USER_RESOURCES": str(folder / "user"),
        }
        self.user = folder / "user"
        self.user.mkdir()

    def install(self, built_zip: Path) -> None:
        """As an artist does; Blender tells of nothing that is wrong with it."""
        self._visible = [built_zip.parent]
        answer = self("--command", "extension", "install-file", "-r", "user_default", "-e", built_zip)
        assert answer.returncode == 0, answer.stdout
        assert "arning" not in answer.stdout, answer.stdout

    def copy(self, installed: Path) -> None:
        """The user's files of another one that has it."""
        shutil.copytree(installed, self.user, dirs_exist_ok=True)

    def __call__(
        self, *arguments: str | Path, stderr: int = subprocess.STDOUT
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self._program.blender(*arguments, visible=self._visible),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            env=self._environment,
            timeout=180,
            check=False,
        )

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        """The same without waiting for its end; what it says goes to one pipe."""
        return subprocess.Popen(
            self._program.blender(*arguments, visible=self._visible),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self._environment,
        )
