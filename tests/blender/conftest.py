# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The extension inside Blender as a Python module, run from the source.

The source is linked into a temporary user folder as an installed extension, so that Blender treats
it as one (preferences, user folder, policy checks). Tests import it by the name it has there:
`from bl_ext.user_default.drawthings_addon.blender import …`.
"""

from __future__ import annotations

import atexit
import importlib.util
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from build import link_source

PACKAGE = "bl_ext.user_default.drawthings_addon"

# Blender reads its user folder once, when `bpy` is imported.
USER_FOLDER = Path(tempfile.mkdtemp(prefix="drawthings-user-"))
atexit.register(shutil.rmtree, USER_FOLDER, ignore_errors=True)
os.environ["BLENDER_USER_RESOURCES"] = str(USER_FOLDER)
link_source(USER_FOLDER)

if importlib.util.find_spec("bpy") is None:
    # `pytest tests` in an environment without Blender: this suite is not for it.
    collect_ignore_glob = ["*"]
else:
    import bpy

    # isort: split
    # Blender's own modules can be imported once `bpy` is.
    import addon_utils


@pytest.fixture(scope="session")
def extension() -> Iterator[ModuleType]:
    """The extension's package, enabled in this Blender for the whole session."""
    errors: list[Exception] = []
    module = addon_utils.enable(PACKAGE, default_set=True, handle_error=errors.append)
    if errors:
        raise errors[0]
    assert module is not None
    yield module
    # A timer that is still registered at exit crashes Blender 4.2.
    addon_utils.disable(PACKAGE, default_set=True, handle_error=errors.append)
    assert not errors, errors


@pytest.fixture(autouse=True)
def fresh_scene(extension: ModuleType) -> bpy.types.Scene:
    """Blender's own start-up scene (cube, camera, light), loaded anew for each test."""
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    return bpy.context.scene


@pytest.fixture(scope="session")
def user_folder() -> Path:
    """The temporary folder that this Blender takes for the user's."""
    return USER_FOLDER
