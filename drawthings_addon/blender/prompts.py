# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The prompt elsewhere than in its field: in a Text Editor, among those that were pressed before."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import bpy

from ..client import bounds
from ..errors import BridgeError, InvalidSettings, SourceUnavailable
from ..jobs.prompt_history import Prompt
from . import settings, windows
from .session import session

#: Marks a text that was made for a prompt, and is the extension's to remove.
_MADE_HERE = "drawthings_prompt"
#: Images of a file that are asked for their prompts.
_IMAGES_LOOKED_AT = 400


def present(scene: bpy.types.Scene) -> Prompt:
    """What the panel has now."""
    return Prompt(settings.prompt(scene), scene.drawthings.negative_prompt.strip())


def is_noted() -> bool:
    """Whether a press is noted: a script in background is nobody's work by hand, and makes thousands."""
    return not bpy.app.background


def note(scene: bpy.types.Scene) -> None:
    """A press was made with the present prompt: it is the latest of the history from now on."""
    current = session.get()
    if is_noted() and current.prompts.add(present(scene)):
        # What a full disk does not take is written with the next.
        current.read(current.prompts.write, lambda _none, _error: None)


def clear() -> None:
    """Forget all prompts that were pressed, on disk as well."""
    current = session.get()

    def answer(_none: None, error: BridgeError | None) -> None:
        if error is not None:
            # Nobody takes for forgotten what others can read.
            current.tell("The cleared prompts are still on disk.", f"{error.what} {error.advice}".strip())

    current.prompts.clear()
    current.read(current.prompts.write, answer)


def has_history() -> bool:
    """Whether any is kept."""
    return bool(session.get().prompts.latest)


def of_file() -> Iterator[Prompt]:
    """Prompts of the pictures in this .blend, the latest image first, each once. For menus."""
    count = len(bpy.data.images)
    latest = itertools.islice(bpy.data.images, max(0, count - _IMAGES_LOOKED_AT), None)
    found = (
        Prompt(made.prompt, made.negative_prompt)
        for made in (image.drawthings for image in reversed(list(latest)))
        if made.prompt.strip()
    )
    return iter(dict.fromkeys(found))


def use(chosen: bpy.types.PropertyGroup, prompt: Prompt) -> None:
    """Both prompts become these, in their fields."""
    chosen.prompt_text = None
    chosen.prompt, chosen.negative_prompt = prompt.prompt, prompt.negative_prompt


def edit(scene: bpy.types.Scene, window: bpy.types.Window | None = None, name: str = "") -> bpy.types.Text:
    """Show the prompt in a Text Editor, an open one or in a window of its own: what stands there is the
    prompt from now on. With a `name` that text becomes the prompt. Raises SourceUnavailable."""
    chosen = scene.drawthings
    text = chosen.prompt_text
    if name:
        text = bpy.data.texts.get(name)
        if text is None:
            raise SourceUnavailable("There is no text “{name}”.", "Choose another.", name=name)
        chosen.prompt_text = text
    elif text is None:
        text = bpy.data.texts.new("Prompt")
        text.from_string(chosen.prompt)
        text[_MADE_HERE] = True
        chosen.prompt_text = text
    if not bpy.app.background:
        _show(text, window)
    return text


def why_not_field(chosen: bpy.types.PropertyGroup) -> str:
    """Empty, or why the text cannot become the field's. For `poll`: of the text only the beginning is looked
    at."""
    if chosen.prompt_text is None:
        return "The prompt stands in its field."
    most = chosen.bl_rna.properties["prompt"].length_max
    length = 0
    for line in chosen.prompt_text.lines:
        body = line.body
        length += (len(body) if len(body) > most else len(body.encode())) + 1
        if length > most:
            return "The text is too long for the field."
    return ""


def use_field(chosen: bpy.types.PropertyGroup) -> None:
    """What stands in the text becomes the field's, and the text is the prompt no longer. Raises
    InvalidSettings."""
    reason = why_not_field(chosen)
    if reason:
        raise InvalidSettings(reason, "Shorten it, or let the text be the prompt.")
    text = chosen.prompt_text
    chosen.prompt = text.as_string().strip()
    chosen.prompt_text = None
    is_used = any(scene.drawthings.prompt_text == text for scene in bpy.data.scenes)
    if text.get(_MADE_HERE) and text.library is None and not is_used:
        # All of it is in the field.
        bpy.data.texts.remove(text)


def _show(text: bpy.types.Text, window: bpy.types.Window | None) -> None:
    areas = [area for each in windows.manager().windows for area in each.screen.areas]
    found = [area for area in areas if area.type == 'TEXT_EDITOR']
    own = [area for area in window.screen.areas if area.type == 'TEXT_EDITOR'] if window else []
    if own or found:
        area = max(own or found, key=lambda each: each.width * each.height)
    else:
        bpy.ops.wm.window_new()
        made = windows.manager().windows[-1]
        area = max(made.screen.areas, key=lambda each: each.width * each.height)
        area.type = 'TEXT_EDITOR'
        # Made for a prompt, not for a script.
        area.spaces.active.show_word_wrap = True
        area.spaces.active.show_line_numbers = area.spaces.active.show_syntax_highlight = False
    area.spaces.active.text = text
    area.tag_redraw()


def beginning(scene: bpy.types.Scene, most: int) -> str:
    """The first `most` characters of the prompt on one line, for `draw`: a text may be a whole book."""
    chosen = scene.drawthings
    if chosen.prompt_text is None:
        return bounds.one_line(chosen.prompt, most)
    parts: list[str] = []
    length = 0
    for line in itertools.islice(chosen.prompt_text.lines, settings.LINES_LOOKED_AT):
        if length > most:
            break
        body = line.body[: most + 1]
        if body.strip():
            parts.append(body)
            length += len(body) + 1
    return bounds.one_line(" ".join(parts), most)
