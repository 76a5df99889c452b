# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is written on buttons, and what their tooltips say, is written as Blender writes it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import bpy
import pytest
from blender_dialects import assumed
from blender_panels import draw_everything, fill_settings, in_editor, ours

Panel = bpy.types.PropertyGroup

#: Written small inside a title, as in Blender's own.
_SMALL = frozenset(
    (
        "a",
        "an",
        "and",
        "as",
        "at",
        "by",
        "for",
        "from",
        "in",
        "into",
        "is",
        "of",
        "on",
        "onto",
        "or",
        "over",
        "per",
        "than",
        "the",
        "to",
        "via",
        "with",
        "without",
    )
)
#: What has a spelling of its own.
_NAMES = re.compile(r"^(\.blend|\d.*|[×·→–+/<>=%]+|img2img|txt2img|sd-server)$")
#: Python, or a name out of it: a call, a dotted name, words joined by underscores, a keyword argument.
_PYTHON = re.compile(r"\bbpy\b|\w+\(.*?\)\s*$|\b\w+\.\w+\(|\b[a-z]+_[a-z_]+\b|\b\w+='|\bdrawthings\.\w+")


def is_title(text: str) -> bool:
    """Whether each word begins with a capital, the small ones inside aside."""
    words = [word.strip("()[],:;“”\"'…?!") for word in text.replace("-", "- ").split()]
    words = [word.strip(".") if word != ".blend" else word for word in words]
    words = [word for word in words if word and not _NAMES.match(word)]
    for index, word in enumerate(words):
        if word in _SMALL and index > 0:
            continue
        if word[0].isalpha() and not (word[0].isupper() or any(each.isupper() for each in word[1:])):
            return False
    return True


def faults_of_label(text: str) -> list[str]:
    """What is wrong with the words on a control."""
    return [
        fault
        for fault, found in {
            "not in Title Case": not is_title(text),
            "a full stop": text.endswith(".") and not text.endswith("..."),
            "an exclamation mark": "!" in text,
            "an ellipsis that is no three dots": "…" in text,
        }.items()
        if found
    ]


def faults_of_tooltip(text: str) -> list[str]:
    """What is wrong with a description; Blender ends it with a full stop itself."""
    return [
        fault
        for fault, found in {
            "a full stop at its end": text.rstrip().endswith("."),
            "an exclamation mark": "!" in text,
            "Python": bool(_PYTHON.search(text)),
            "no capital at its beginning": bool(text) and text[0].isalpha() and text[0].islower(),
        }.items()
        if found
    ]


def as_lines(wrong: dict[object, list[str]]) -> str:
    return "\n".join(f"{where}: {', '.join(faults)}" for where, faults in wrong.items())


def rna(kind: type) -> bpy.types.Struct:
    module, _, name = kind.bl_idname.partition(".")
    return getattr(getattr(bpy.ops, module), name).get_rna_type()


def structs() -> Iterator[tuple[str, bpy.types.Struct]]:
    """Every group of properties that the extension registered, and its preferences."""
    for kind in (*ours(bpy.types.PropertyGroup), *ours(bpy.types.AddonPreferences)):
        yield kind.__name__, kind.bl_rna
    for kind in ours(bpy.types.Operator):
        yield kind.bl_idname, rna(kind)


def properties() -> Iterator[tuple[str, bpy.types.Property]]:
    base = set(bpy.types.PropertyGroup.bl_rna.properties.keys()) | {"bl_idname"}
    # Blender's own of every operator that chooses a file.
    files = {"filter_folder", "filter_image", "files", "directory", "filename", "display_type", "sort_method"}
    for where, struct in structs():
        for each in struct.properties:
            if each.identifier not in base | files and not each.identifier.startswith("filter_"):
                yield f"{where}.{each.identifier}", each


def tooltips(kind: type, context: bpy.types.Context) -> Iterator[str]:
    """What an operator's tooltip says, with each of its choices."""
    yield rna(kind).description
    if not hasattr(getattr(kind, "description", None), "__func__"):
        return
    given = context.window_manager.operator_properties_last(kind.bl_idname)
    for each in rna(kind).properties:
        if each.type == 'ENUM' and not each.is_enum_flag:
            before = getattr(given, each.identifier)
            for item in each.enum_items:
                setattr(given, each.identifier, item.identifier)
                yield kind.description(context, given)
            setattr(given, each.identifier, before)
    yield kind.description(context, given)


def test_names_of_everything(extension: object) -> None:
    labels = {}
    for base in (bpy.types.Operator, bpy.types.Panel, bpy.types.Menu):
        labels |= {kind.__name__: kind.bl_label for kind in ours(base)}
    for where, each in properties():
        labels[where] = each.name
        if each.type == 'ENUM':
            labels |= {f"{where} {item.identifier}": item.name for item in each.enum_items_static}
    wrong = {(where, text): faults for where, text in labels.items() if (faults := faults_of_label(text))}
    assert not wrong, as_lines(wrong)


def test_tooltips_of_properties(extension: object) -> None:
    told = {}
    for where, each in properties():
        told[where] = each.description
        if each.type == 'ENUM':
            told |= {f"{where} {item.identifier}": item.description for item in each.enum_items_static}
    wrong = {(where, text): faults for where, text in told.items() if (faults := faults_of_tooltip(text))}
    assert not wrong, as_lines(wrong)


@pytest.mark.parametrize("editor", ['VIEW_3D', 'IMAGE_EDITOR', 'NODE_EDITOR'])
def test_tooltips_of_operators(panel: Panel, editor: str) -> None:
    wrong = {}
    with in_editor(editor) as context:
        for kind in ours(bpy.types.Operator):
            for text in tooltips(kind, context):
                assert text, kind.bl_idname
                if faults := faults_of_tooltip(text):
                    wrong[kind.bl_idname, text] = faults
    assert not wrong, as_lines(wrong)


@pytest.mark.parametrize("name", ["DRAW_THINGS", "A1111"])
@pytest.mark.parametrize("step", range(2))
def test_what_is_written_on_controls(panel: Panel, session: object, name: str, step: int) -> None:
    fill_settings(panel, step=step)
    session.get().status = session.ServerStatus(session.Connection.ANSWERED, capabilities=assumed(name))
    session.get().tell("Something was told.")
    record = draw_everything()
    written = {
        (method, each["text"])
        for method, each in record.calls
        if method
        in {"operator", "popover", "menu", "prop", "operator_menu_enum", "prop_enum", "prop_menu_enum"}
        and str(each.get("text") or "").strip()
        # Prompts that were pressed are the artist's words.
        and each.get("operator") != "drawthings.use_prompt"
    }
    # Behind a colon stands what was set, in its own words.
    wrong = {each: faults for each in written if (faults := faults_of_label(each[1].split(":")[0]))}
    assert not wrong, as_lines(wrong)


# The rules find what they are for


@pytest.mark.parametrize(
    "text", ["Free the GPU", "Pack into .blend", "Save As...", "Width × Height", "LoRAs"]
)
def test_good_labels(text: str) -> None:
    assert faults_of_label(text) == []


@pytest.mark.parametrize("text", ["Free the gpu", "try again", "Done.", "Edit…", "Go!", "In background"])
def test_bad_labels(text: str) -> None:
    assert faults_of_label(text)


@pytest.mark.parametrize(
    "text",
    [
        "Send it.",
        "Send it\nbpy.ops.drawthings.x()",
        "Name, for source='IMAGE'",
        "As use_pack says",
        "Go!",
        "do",
    ],
)
def test_bad_tooltips(text: str) -> None:
    assert faults_of_tooltip(text)


@pytest.mark.parametrize(
    "text", ["Send it again. Off: as it is", "Keep it (img2img)", "Folder, as //pictures", ""]
)
def test_good_tooltips(text: str) -> None:
    assert faults_of_tooltip(text) == []
