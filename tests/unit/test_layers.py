# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the package hangs together: the way of imports, true maps, and dialects told apart in one room."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import pytest

import layers
from drawthings_addon.client.connect import CLIENTS

PACKAGE = Path(__file__).resolve().parents[2] / "drawthings_addon"
PURE = ("client", "imaging", "jobs")

#: A room imports those of a lower rank only; two of the same rank do not know each other. Operators and
#: preferences draw as panels do.
RANKS = {
    "messages": 0,
    "errors": 1,
    "imaging": 2,
    "client": 3,
    "jobs": 4,
    "blender": 5,
    "properties": 6,
    "ui": 6,
    "operators": 7,
    "preferences": 7,
    "cli": 7,
    "registration": 8,
}

MODULES = layers.read(PACKAGE)
GRAPH = layers.imports(MODULES, "drawthings_addon")


def test_every_room_has_its_rank() -> None:
    assert {module.room for module in MODULES.values()} == {"", *RANKS}


def test_imports_point_one_way() -> None:
    assert layers.against_direction(GRAPH, RANKS) == []


def test_no_modules_import_each_other() -> None:
    assert layers.circles(GRAPH) == []


def test_dialects_are_told_apart_in_the_client_alone() -> None:
    found = layers.knows_dialects(
        MODULES, GRAPH, tuple(each.dialect.name for each in CLIENTS), layers.paths(MODULES)
    )
    assert found == []


@pytest.mark.parametrize("package", [name for name, module in MODULES.items() if module.is_package])
def test_a_map_names_every_module_and_no_other(package: str) -> None:
    assert layers.wrong_in_map(MODULES, package) == []


def pure_modules() -> list[str]:
    names = ["drawthings_addon.messages", "drawthings_addon.errors"]
    for layer in PURE:
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
