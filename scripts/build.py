# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The installable zip, made and checked by Blender's own extension tool.

    python3 scripts/build.py            # dist/drawthings_addon-X.Y.Z.zip

The package, the manifest and the licence are put side by side in build/stage, which is what the
tool expects. The tool is that of `$BLENDER` when it is set, else that of the newest `bpy` module in
the cache folder (scripts/environments.py).
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from environments import BLENDERS, REPOSITORY, SetupError, is_possible, python

PACKAGE = REPOSITORY / "drawthings_addon"
MANIFEST = REPOSITORY / "blender_manifest.toml"
STAGE = REPOSITORY / "build" / "stage"
DIST = REPOSITORY / "dist"

_BESIDE_THE_PACKAGE = (MANIFEST, REPOSITORY / "LICENSE")
_IGNORED = shutil.ignore_patterns("__pycache__", "*.py[cod]", ".*")


class BuildError(Exception):
    """Why there is no zip, in the words of Blender's tool or of this file."""


def build() -> Path:
    """Stage, validate, build and validate again; answer the path of the zip.

    Raises BuildError when the changelog lacks the version or Blender's tool refuses, and SetupError
    when there is no tool.
    """
    manifest = tomllib.loads(MANIFEST.read_text())
    version = str(manifest["version"])
    _check_changelog(version)
    _stage()
    DIST.mkdir(exist_ok=True)
    path = DIST / f"{manifest['id']}-{version}.zip"
    path.unlink(missing_ok=True)
    tool, tags = _extension_tool()
    _run([*tool, "validate", *tags, str(STAGE)])
    _run([*tool, "build", "--source-dir", str(STAGE), "--output-filepath", str(path)])
    _run([*tool, "validate", *tags, str(path)])
    return path


def link_source(user_folder: Path) -> None:
    """Make the source an extension of the Blender whose user folder that is, by symbolic links.

    An edit is there at Blender's next start, without building. The extension still has to be
    enabled, as `bl_ext.user_default.drawthings_addon`.
    """
    extension = user_folder / "extensions" / "user_default" / PACKAGE.name
    extension.mkdir(parents=True, exist_ok=True)
    for source in (MANIFEST, *sorted(PACKAGE.iterdir())):
        if source.name != "__pycache__":
            link = extension / source.name
            # The source may have been elsewhere the last time.
            link.unlink(missing_ok=True)
            link.symlink_to(source)


def _check_changelog(version: str) -> None:
    text = (REPOSITORY / "CHANGELOG.md").read_text()
    if not re.search(rf"^## {re.escape(version)}\b", text, re.MULTILINE):
        raise BuildError(f"CHANGELOG.md has no section “## {version}”: say what the version brings.")


def _stage() -> None:
    shutil.rmtree(STAGE, ignore_errors=True)
    shutil.copytree(PACKAGE, STAGE, ignore=_IGNORED)
    for path in _BESIDE_THE_PACKAGE:
        shutil.copy2(path, STAGE)


def _extension_tool() -> tuple[list[str], list[str]]:
    """The command of Blender's extension tool, and the option with the tags that it knows."""
    named = os.environ.get("BLENDER")
    if named:
        # Blender itself knows its tags.
        return [named, "--factory-startup", "--command", "extension"], []
    for environment in reversed(BLENDERS.values()):
        if is_possible(environment):
            interpreter = python(environment)
            break
    else:
        raise SetupError("The build needs Blender's extension tool: set $BLENDER, or install Python 3.11.")
    where = "import importlib.util as u; print(*u.find_spec('bpy').submodule_search_locations)"
    answer = subprocess.run([interpreter, "-c", where], capture_output=True, text=True, check=True)
    scripts = next(Path(answer.stdout.strip()).glob("*/scripts"))
    tool = scripts / "addons_core" / "bl_pkg" / "cli" / "blender_ext.py"
    tags = scripts / "modules" / "_bpy_internal" / "extensions" / "tags.py"
    return [str(interpreter), str(tool)], ["--valid-tags", str(tags)]


def _run(command: list[str]) -> None:
    answer = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        words = (answer.stdout + answer.stderr).strip()
        raise BuildError(f"Blender's extension tool refused ({command[-1]}):\n{words}")


def main() -> int:
    """Build, and print where the zip is and its SHA-256."""
    try:
        path = build()
    except (BuildError, SetupError) as error:
        print(error, file=sys.stderr)
        return 1
    print(path)
    print(f"SHA-256 {hashlib.sha256(path.read_bytes()).hexdigest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
