# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every pure module can be imported where there is no Blender."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "drawthings_addon"
LAYERS = ("client", "imaging", "jobs")


def pure_modules() -> list[str]:
    names = ["drawthings_addon.errors"]
    for layer in LAYERS:
        name = f"drawthings_addon.{layer}"
        found = pkgutil.walk_packages([str(PACKAGE / layer)], prefix=f"{name}.")
        names += [name, *(module.name for module in found)]
    return names


def test_blender_is_not_there() -> None:
    with pytest.raises(ImportError):
        importlib.import_module("bpy")


@pytest.mark.parametrize("name", pure_modules())
def test_pure_module_imports_without_blender(name: str) -> None:
    assert importlib.import_module(name).__doc__, "a module says what it is for"
