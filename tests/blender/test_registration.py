# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The extension registers itself under the names that scripts and key maps rely on."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import addon_utils
import bpy


def test_enabled_as_an_extension(extension: ModuleType) -> None:
    assert extension.__name__ in bpy.context.preferences.addons
    assert addon_utils._extensions_warnings_get() == {}


def test_scene_has_its_settings(fresh_scene: bpy.types.Scene) -> None:
    assert fresh_scene.drawthings.prompt == ""


def test_has_a_folder_of_the_users(extension: ModuleType, user_folder: Path) -> None:
    folder = Path(bpy.utils.extension_path_user(extension.__name__, path="", create=True))
    assert folder.is_relative_to(user_folder)
