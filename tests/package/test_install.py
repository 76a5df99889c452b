# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The zip goes in, works, and comes out again without leaving anything behind."""

from __future__ import annotations

import importlib.util
import zipfile
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import addon_utils
import bpy

if TYPE_CHECKING:
    from .conftest import Installer

PACKAGE = "bl_ext.user_default.drawthings_addon"


def class_names() -> set[str]:
    """The names of every registered class that could be ours."""
    kinds = (
        bpy.types.Operator,
        bpy.types.Panel,
        bpy.types.PropertyGroup,
        bpy.types.AddonPreferences,
        bpy.types.Menu,
        bpy.types.UIList,
    )
    return {each.__name__ for kind in kinds for each in kind.__subclasses__() if each.is_registered}


def scene_properties() -> set[str]:
    return {each.identifier for each in bpy.types.Scene.bl_rna.properties}


def test_source_is_not_importable() -> None:
    assert importlib.util.find_spec("drawthings_addon") is None


def test_zip_holds_the_package_at_its_top(built_zip: Path) -> None:
    with zipfile.ZipFile(built_zip) as archive:
        names = archive.namelist()
    assert {"blender_manifest.toml", "__init__.py", "LICENSE", "registration.py"} <= set(names)
    unwanted = [name for name in names if "__pycache__" in name or Path(name).name.startswith(".")]
    assert unwanted == []


def test_installs_and_enables_without_a_warning(installed: ModuleType) -> None:
    assert PACKAGE in bpy.context.preferences.addons
    assert addon_utils.check(PACKAGE) == (True, True)
    assert addon_utils._extensions_warnings_get() == {}
    assert Path(installed.__file__ or "").name == "__init__.py"
    assert "drawthings" in scene_properties()
    assert bpy.context.scene.drawthings.prompt == ""


def test_disabling_leaves_nothing_behind(installed: ModuleType) -> None:
    with_extension = class_names()
    addon_utils.disable(PACKAGE, default_set=True)
    without = class_names()
    assert with_extension - without, "the extension registers classes"
    assert "drawthings" not in scene_properties()

    addon_utils.enable(PACKAGE, default_set=True)
    assert class_names() == with_extension
    addon_utils.disable(PACKAGE, default_set=True)
    assert class_names() == without
    assert "drawthings" not in scene_properties()


def test_uninstalling_deletes_its_files(installer: Installer, user_folder: Path) -> None:
    folder = user_folder / "extensions" / "user_default" / "drawthings_addon"
    installer.install()
    assert (folder / "blender_manifest.toml").is_file()
    installer.uninstall()
    assert PACKAGE not in bpy.context.preferences.addons
    assert addon_utils._extensions_warnings_get() == {}
    assert not folder.exists()


def test_installing_again_updates_it(installer: Installer) -> None:
    first = installer.install()
    second = installer.install()
    assert second.__name__ == first.__name__ == PACKAGE
    assert addon_utils.check(PACKAGE) == (True, True)
    assert addon_utils._extensions_warnings_get() == {}
    assert bpy.context.scene.drawthings.prompt == ""
