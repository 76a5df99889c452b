# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The built zip in Blender as a Python module, installed by Blender's own installer.

The source must not be importable here: what is tested is what the zip brings.
"""

from __future__ import annotations

import atexit
import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

PACKAGE = "bl_ext.user_default.drawthings_addon"

# Blender reads its user folder once, when `bpy` is imported.
USER_FOLDER = Path(tempfile.mkdtemp(prefix="drawthings-user-"))
atexit.register(shutil.rmtree, USER_FOLDER, ignore_errors=True)
os.environ["BLENDER_USER_RESOURCES"] = str(USER_FOLDER)

if importlib.util.find_spec("bpy") is None:
    # `pytest tests` in an environment without Blender: this suite is not for it.
    collect_ignore_glob = ["*"]
else:
    import bpy

    # isort: split
    # Blender's own modules can be imported once `bpy` is.
    import addon_utils


@pytest.fixture(scope="session")
def user_folder() -> Path:
    """The temporary folder that this Blender takes for the user's."""
    return USER_FOLDER


class Installer:
    """Blender's own installer, for one zip."""

    def __init__(self, zip_path: Path) -> None:
        self.zip_path = zip_path

    def install(self) -> ModuleType:
        """Install the zip into the user's repository and enable it, as dropping it on Blender does."""
        result = bpy.ops.extensions.package_install_files(
            filepath=str(self.zip_path), repo='user_default', enable_on_install=True
        )
        assert result == {'FINISHED'}
        return sys.modules[PACKAGE]

    def uninstall(self) -> None:
        """Disable the extension and delete its files, as the button in the preferences does."""
        errors: list[Exception] = []
        if PACKAGE in bpy.context.preferences.addons:
            addon_utils.disable(PACKAGE, default_set=True, handle_error=errors.append)
        modules = [each.module for each in bpy.context.preferences.extensions.repos]
        result = bpy.ops.extensions.package_uninstall(
            repo_index=modules.index('user_default'), pkg_id="drawthings_addon"
        )
        assert result == {'FINISHED'}
        assert not errors, errors


@pytest.fixture
def installer(built_zip: Path) -> Iterator[Installer]:
    """Installs and uninstalls the zip; whatever is installed afterwards is uninstalled."""
    each = Installer(built_zip)
    yield each
    if (USER_FOLDER / "extensions" / "user_default" / "drawthings_addon").exists():
        each.uninstall()


@pytest.fixture
def installed(installer: Installer) -> ModuleType:
    """The extension, installed from the zip and enabled; uninstalled afterwards."""
    return installer.install()
