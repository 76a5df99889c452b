# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The settings that are recommended for a model, into the panel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy

from ...client import bounds
from ...client.models import KnownModel, ModelSettings, fits, fitting_size
from ...client.parameters import ParameterRow
from ...client.request import ROWS_BY_PATH
from ...errors import InvalidSettings
from ...messages import Message
from .. import adopt, connection, settings
from ..choices import offered
from ..session import session
from ..session.notices import About
from ..values import format_value

#: Characters of a name within a sentence.
_SHOWN_NAME = 120
_STRENGTH = ROWS_BY_PATH["sampling.strength"]


def in_force(chosen: bpy.types.PropertyGroup) -> str:
    """The model that the next picture is made with, as far as it is known: the panel's, else the one that is
    set in the server's own window. For `draw`."""
    return chosen.model.strip() or session.get().status.model


def known(chosen: bpy.types.PropertyGroup) -> KnownModel | None:
    """What is known of it. For `draw`."""
    return connection.dialect().known_model(in_force(chosen))


def recommended(chosen: bpy.types.PropertyGroup, model: str = "") -> tuple[ModelSettings, ...]:
    """The settings that are recommended for a model by its name, or for the one in force; the plain ones
    first. For `draw`."""
    return connection.dialect().recommended(model.strip() or in_force(chosen))


def meant(chosen: bpy.types.PropertyGroup, model: str = "", name: str = "") -> ModelSettings | None:
    """Of `recommended` those of this name; without one the plain ones."""
    found = recommended(chosen, model)
    return next((each for each in found if not name or each.name.casefold() == name.casefold()), None)


def why_not(chosen: bpy.types.PropertyGroup) -> str:
    """Empty, or why there are none for the model in force. For `draw`."""
    model = in_force(chosen)
    if not model:
        return "No model is chosen"
    if not connection.dialect().recommended(model):
        return Message("No settings are recommended for “{model}”", model=_shown(model))
    return ""


def use(chosen: bpy.types.PropertyGroup, model: str = "", name: str = "") -> str:
    """Set the panel to what is recommended for a model, and to nothing else; returns in words what changed.

    `model` is a file, a display name, or what the settings are called, and is chosen, too; empty: the model
    in force, and the panel's field stays as it is. `name` says which, where there are several; empty: the
    plain ones. The size stays: `use_size` is for that. Raises InvalidSettings where nothing is recommended.
    """
    model = bounds.one_line(model.strip(), bounds.MAX_NAME)
    if not (model or in_force(chosen)):
        raise InvalidSettings(
            "{reason}.", "Choose one under Settings, or on the server.", reason=why_not(chosen)
        )
    picked = meant(chosen, model, name)
    if picked is None:
        raise InvalidSettings(
            "No settings “{name}” are recommended for “{model}”."
            if name
            else "No settings are recommended for “{model}”.",
            "Set steps, sampler and guidance as those who made the model say.",
            name=_shown(name),
            model=_shown(model or in_force(chosen)),
        )
    if model:
        with adopt.whole():
            chosen.model = _sendable(model, picked)
    return _told(picked, list(_apply(chosen, picked)))


def better_size(chosen: bpy.types.PropertyGroup) -> tuple[int, int] | None:
    """Width and height in pixels of the same shape that suit the panel's model; None where those that are
    set do, or nothing is known of it. For `draw`."""
    # Not of the server's own: which that is may come with a picture, and then buttons would move.
    model = connection.dialect().known_model(chosen.model.strip())
    if model is None or fits(chosen.width, chosen.height, model.pixels):
        return None
    return fitting_size(chosen.width, chosen.height, model.pixels)


def use_size(chosen: bpy.types.PropertyGroup) -> None:
    """Set the panel's size to the one that suits its model, if it does not yet; it keeps its shape."""
    chosen.width, chosen.height = better_size(chosen) or (chosen.width, chosen.height)


def about_settings(model: str) -> str:
    """Whether settings are recommended for a model. For tooltips."""
    found = connection.dialect().recommended(model)
    if not found:
        return ""
    named = ", ".join(each.name for each in found)
    return Message("Recommended settings: {named}", named=named)


def why_not_complete(picked: ModelSettings) -> str:
    """Empty, or which LoRA of these settings the server was found not to have. For `draw`."""
    lacking = [file for file in needs(picked) if offered.is_there(file) is False and not offered.lists_models]
    return Message("The server does not have its LoRA “{file}”", file=_shown(lacking[0])) if lacking else ""


def preview(chosen: bpy.types.PropertyGroup, picked: ModelSettings) -> tuple[str, ...]:
    """What these would change, in words. For `draw`."""
    return tuple(text for text, _put in _steps(chosen, picked))


def needs(picked: ModelSettings) -> tuple[str, ...]:
    """The files besides the model that a picture with these needs."""
    return tuple(lora.file for lora in picked.loras)


def model_changed(chosen: bpy.types.PropertyGroup) -> None:
    """The panel's model was set: by hand, from a list, or by a script. With `use_model_settings` what is
    recommended for it is set at once, before a script's next line. What brings settings of its own, as a
    recipe does, says so by `adopt.whole`, and is left as it is; so is what sets the model that is set."""
    is_another = chosen.model != chosen.last_model
    chosen.last_model = chosen.model
    if not is_another or not chosen.use_model_settings or adopt.is_whole() or not chosen.model.strip():
        return
    if not connection.dialect().known_models():
        # Nobody recommends anything there, and nothing in the panel lets one expect it.
        return
    found = recommended(chosen)
    if found:
        told = _told(found[0], list(_apply(chosen, found[0])))
    else:
        told = Message(
            "No settings are recommended for “{model}”: they stay as they are.",
            model=_shown(offered.described(chosen.model).title),
        )
    session.get().tell(told, about=About("model", settings.origin()))


def _sendable(model: str, picked: ModelSettings) -> str:
    """`model`, unless that is what the settings are called, and no model is called so."""
    known = connection.dialect().known_model(model)
    is_model = known is not None and model in (known.file, known.title)
    return picked.model if not is_model and model.casefold() == picked.name.casefold() else model


def _told(picked: ModelSettings, changes: list[str]) -> str:
    if not changes:
        return Message("{name}: all is set so already.", name=picked.name)
    told = Message("{name}: {changes}.", name=picked.name, changes=", ".join(changes))
    if picked.loras:
        return Message("{told} Check Files tells whether the server has the LoRA.", told=told)
    return told


def _apply(chosen: bpy.types.PropertyGroup, picked: ModelSettings) -> Iterator[str]:
    for text, put in list(_steps(chosen, picked)):
        put()
        yield text
    if _STRENGTH not in picked.values:
        # It is the artist's own again, or has been all the time.
        chosen.own_strength = 0.0


_Step = tuple[str, Any]


def _steps(chosen: bpy.types.PropertyGroup, picked: ModelSettings) -> Iterator[_Step]:
    """What is to change, in words, each with the function that does it."""
    yield from _rows(chosen, picked)
    yield from _loras(chosen, picked)
    yield from _options(chosen, picked)


def _rows(chosen: bpy.types.PropertyGroup, picked: ModelSettings) -> Iterator[_Step]:
    base = settings.own_fields(chosen, 0)
    values = picked.values_for(base)
    if _STRENGTH not in values and chosen.own_strength and base.sampling.strength == 1.0:
        # An edit model's was set in place of the artist's own.
        values[_STRENGTH] = settings.as_shown(chosen.own_strength)
    for row, value in values.items():
        was = row.of(base)
        if was != value:
            text = Message(
                "{label} {was} → {value}",
                label=row.parameter.label, was=_value(row, was), value=_value(row, value),
            )  # fmt: skip
            yield text, lambda row=row, was=was, value=value: _put(chosen, row, was, value)


def _put(chosen: bpy.types.PropertyGroup, row: ParameterRow, was: Any, value: Any) -> None:
    if row is _STRENGTH:
        chosen.own_strength = was if value == 1.0 else 0.0
    row.put(chosen, value)


def _value(row: ParameterRow, value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if row.is_text:
        return bounds.one_line(value, _SHOWN_NAME) or row.parameter.placeholder or "none"
    return f"{value:g}"


def _loras(chosen: bpy.types.PropertyGroup, picked: ModelSettings) -> Iterator[_Step]:
    own = {lora.file: lora for lora in picked.loras}
    for entry in chosen.loras:
        if entry.name in picked.brought and entry.name not in own:
            text = Message("LoRA {file} removed", file=_shown(entry.name))
            yield text, lambda name=entry.name: _remove(chosen.loras, name)
    there = {entry.name: entry for entry in chosen.loras}
    for file, lora in own.items():
        entry = there.get(file)
        present = entry is not None and (entry.enabled, entry.weight, entry.mode)
        if present != (True, lora.weight, lora.mode):
            text = Message("LoRA {file}", file=file)
            yield text, lambda lora=lora: _add_lora(chosen.loras, lora)


def _add_lora(loras: Any, lora: Any) -> None:
    index = loras.find(lora.file)
    entry = loras[index] if index >= 0 else loras.add()
    entry.name, entry.weight, entry.mode, entry.enabled = lora.file, lora.weight, lora.mode, True


def _options(chosen: bpy.types.PropertyGroup, picked: ModelSettings) -> Iterator[_Step]:
    for name, value in picked.options.items():
        index = chosen.advanced.find(name)
        label = name.replace("_", " ").title()
        if value is None:
            if index >= 0:
                text = Message("{label} removed", label=label)
                yield text, lambda name=name: _remove(chosen.advanced, name)
            continue
        wanted = format_value(value)
        if index < 0 or chosen.advanced[index].value.strip() != wanted:
            text = Message("{label} {value}", label=label, value=wanted)
            yield text, lambda name=name, wanted=wanted: _set_option(chosen.advanced, name, wanted)


def _set_option(options: Any, name: str, value: str) -> None:
    index = options.find(name)
    entry = options[index] if index >= 0 else options.add()
    entry.name, entry.value = name, value


def _remove(entries: Any, name: str) -> None:
    for index in reversed(range(len(entries))):
        if entries[index].name == name:
            entries.remove(index)


def _shown(name: str) -> str:
    return bounds.one_line(name, _SHOWN_NAME)
