# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Blender's context is the operators' and the panels': what they call is told what is meant."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import layers

PACKAGE = Path(__file__).resolve().parents[2] / "drawthings_addon"

#: What reads the context all the same, and why. The list may only shrink.
READS_CONTEXT = {
    "blender.selection": "the one place where it becomes data",
    "blender.settings": "preferences are reached by the context alone",
    "blender.windows": "a status bar is redrawn by its workspace, in the context of its window",
    "blender.compare.comparison": "Blender calls what draws over an editor with that in the context alone",
    "blender.compare.overlay": "the same, over a 3D View",
    "blender.compare.keys": "key maps are reached by the context alone where the extension registers",
    "blender.painting.overlay": "the same: the mask that is painted, over an Image Editor",
    "blender.painting.mesh_veil": "and over the mesh in a 3D View",
    "blender.painting.kept": "Blender's own operators set modes and editors back",
    "blender.dialogs": "the region of a dialog is known by the context of its drawing alone",
    "blender.undo": "an undo step is made where the context allows it",
    "blender.choices": "Blender calls a search with it",
    "blender.capture.scene_copy": "Blender's own render operator renders in it",
    "blender.delivery.editors": "Blender's own operator fits a picture into an editor",
    "blender.capture.written": "Blender's own operator writes what the context's Image Editor shows",
}


_NAMES = frozenset({"bpy.context", "bpy.types.Context"})


def reads(tree: ast.AST) -> Iterator[int]:
    """The lines that name `bpy.context`, or take a context."""
    for node in ast.walk(tree):
        is_named = isinstance(node, ast.Attribute) and ast.unparse(node) in _NAMES
        if is_named or (isinstance(node, ast.arg) and node.arg.lstrip("_") == "context"):
            yield node.lineno


def test_what_reads_the_context_is_found() -> None:
    assert list(reads(ast.parse("import bpy\nhere = bpy.context.scene"))) == [2]
    assert list(reads(ast.parse("def draw(self, _context):\n    pass"))) == [1]
    assert list(reads(ast.parse("def show(where: bpy.types.Context) -> None: ..."))) == [1]
    assert list(reads(ast.parse("import contextlib\nbpy.data.scenes"))) == []


def test_actions_need_no_context() -> None:
    modules = layers.read(PACKAGE)
    found = {
        name
        for name, module in modules.items()
        if module.room in {"blender", "jobs", "client", "imaging"} and any(reads(module.tree))
    }
    assert found == set(READS_CONTEXT)
