# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The panel's settings become a request."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import itertools
import random
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from operator import attrgetter, itemgetter
from typing import Any, get_args

import bpy
import numpy as np

from .. import __package__ as package
from ..client import bounds
from ..client.capabilities import Capabilities
from ..client.catalogue import Catalogue
from ..client.compatibility import Incompatibility
from ..client.dialect import Dialect, MapKind
from ..client.features import Feature
from ..client.http.address import Server, password_in_clear, password_withheld
from ..client.parameters import ADVANCED, SERVER_OPTIONS, ParameterRow
from ..client.request import ROWS, Control, GenerationRequest, Lora, Operation, Script, dialect_options
from ..client.sections import HiresFix
from ..errors import InvalidSettings, OnlineAccessDenied
from ..messages import Message
from .choices import offered
from .values import any_value, parse_value, unsigned_seed

#: Rows that are not taken as their property is.
_BY_HAND = frozenset({"conditioning.prompt", "sampling.seed", "images.width", "images.height"})
PLAIN_ROWS = tuple(row for row in ROWS if row.path not in _BY_HAND)
#: Each with what takes its property from `Scene.drawthings`, and what is then done with it.
_PLAIN = tuple(
    (row, attrgetter(row.setting), row.kind is float, row.parameter.stripped) for row in PLAIN_ROWS
)


_NOTHING_SET = GenerationRequest()
#: For an empty prompt, and for who tries the first one.
EXAMPLE_PROMPT = "weathered copper, verdigris in the creases"
#: Lines of a text datablock, and entries of a list, that `draw` and `poll` look at.
LINES_LOOKED_AT = 1000
_ENTRIES_LOOKED_AT = 100


def preferences() -> bpy.types.AddonPreferences:
    """The extension's preferences."""
    return bpy.context.preferences.addons[package].preferences


def ui_scale() -> float:
    """Pixels for each unit of an editor."""
    return bpy.context.preferences.system.ui_scale or 1.0


def server() -> Server:
    """The server of the preferences, with the password only where it is that of this server.

    Raises InvalidSettings for an address that cannot be meant, and OnlineAccessDenied when it is not
    this computer and Blender is set to stay offline.
    """
    found = entered_server()
    if not found.is_loopback and not bpy.app.online_access:
        raise OnlineAccessDenied(
            "{server} is not this computer, and Blender is set to stay offline.", server=found.label
        )
    if bpy.app.background:
        _say_password_in_clear(found)
    return found


def entered_server() -> Server:
    """The same, also where it may not be asked because Blender is offline. Raises InvalidSettings."""
    chosen = preferences()
    found = Server(
        chosen.server_url,
        username=chosen.username,
        password=chosen.password,
        connect_timeout=chosen.connect_timeout,
        read_timeout=chosen.read_timeout * 60.0,
        authorities=chosen.authorities,
        authority_file=bpy.path.abspath(chosen.authority_file.strip()),
    )
    if found.password and chosen.password_origin != found.origin:
        return replace(found, username="", password="", withheld_from=chosen.password_origin)
    return found


def about_password() -> str:
    """For the password's field: that it will not be sent, or can be read on its way; else empty."""
    try:
        found = entered_server()
    except InvalidSettings:
        return ""
    withheld = password_withheld(found)
    return (
        Message("{withheld} Enter it again if it is for this server.", withheld=withheld)
        if withheld
        else password_in_clear(found)
    )


def why_password_is_not_safe() -> str:
    """Empty, or that the password can be read on its way to the server. Contacts nobody."""
    try:
        return password_in_clear(server())
    except (InvalidSettings, OnlineAccessDenied):
        return ""


#: Servers of which it was said already that a password goes there unencrypted.
_said: set[str] = set()


def say_anew() -> None:
    """The next command is another one, to which everything is said again."""
    _said.clear()


def _say_password_in_clear(server: Server) -> None:
    """Without a window no panel says it: on standard error, once for each server."""
    words = password_in_clear(server)
    if words and server.origin not in _said:
        _said.add(server.origin)
        print(words, file=sys.stderr)


def is_here() -> bool:
    """Whether the address of the preferences is this computer; also for one that cannot be meant."""
    try:
        return Server(preferences().server_url).is_loopback
    except InvalidSettings:
        return True


def is_connected(url: str) -> bool:
    """Whether this is the server of the preferences, the one whose status is shown."""
    try:
        return server().url == url
    except (InvalidSettings, OnlineAccessDenied):
        return False


def origin() -> str:
    """Scheme, host and port of the preferences' server; empty for an address that cannot be meant."""
    try:
        return Server(preferences().server_url).origin
    except InvalidSettings:
        return ""


def has_tls() -> bool:
    """Whether the preferences' server has an https:// address."""
    return origin().startswith("https://")


def why_not_server() -> str:
    """Empty, or why the server cannot be asked: for greyed buttons. Contacts nobody."""
    try:
        server()
    except (InvalidSettings, OnlineAccessDenied) as error:
        return str(error)
    return ""


def prompt(scene: bpy.types.Scene) -> str:
    """The prompt: the text datablock's where one is chosen, else the field's."""
    settings = scene.drawthings
    text = settings.prompt_text.as_string() if settings.prompt_text else settings.prompt
    return text.strip()


def set_prompt(scene: bpy.types.Scene, prompt: str) -> None:
    """Write it where it is read: into the text datablock where one is chosen, else into the field."""
    settings = scene.drawthings
    if settings.prompt_text is not None:
        settings.prompt_text.from_string(prompt)
    else:
        settings.prompt = prompt


def has_prompt(scene: bpy.types.Scene) -> bool:
    """Whether there is one, for `draw` and `poll`: a text datablock may be a whole book.

    One that begins with a thousand empty lines is taken for one: who presses the button is told.
    """
    settings = scene.drawthings
    if settings.prompt_text is None:
        return bool(settings.prompt.strip())
    return bool(first_line(settings.prompt_text)) or len(settings.prompt_text.lines) > LINES_LOOKED_AT


def first_line(text: bpy.types.Text) -> str:
    """The first line that is not empty, of those at the beginning; empty when there is none."""
    lines = itertools.islice(text.lines, LINES_LOOKED_AT)
    return next((body for line in lines if (body := line.body).strip()), "")


def request(
    scene: bpy.types.Scene, operation: Operation, dialect: Dialect | None = None
) -> GenerationRequest:
    """What the panel shows, as it is sent. Raises InvalidSettings.

    What is not sent in the server's `dialect`, where that is known, is refused for nothing that it holds.
    txt2img takes the panel's width and height; img2img's follow from its source.
    """
    text = prompt(scene)
    if not text:
        raise InvalidSettings("There is no prompt.", "Write what the picture shows into the prompt.")
    settings = scene.drawthings
    fields = for_operation(operation, own_fields(settings))
    typed = _Typed.of(settings, dialect)
    return typed.added_to(fields).changed(prompt=text, seed=_chosen_seed(settings))


def outline(scene: bpy.types.Scene, dialect: Dialect | None) -> GenerationRequest | InvalidSettings:
    """The same for panels, which ask at every redraw, or what `request` would raise: with a word for its
    prompt, and of lists and texts the beginning. See `for_operation`."""
    settings = scene.drawthings
    fields = _cut(own_fields(settings, _ENTRIES_LOOKED_AT))
    read = _read_once(_Typed.of(settings, dialect, _ENTRIES_LOOKED_AT))
    if isinstance(read, InvalidSettings):
        return read
    return fields.changed(prompt="prompt", options=read.options, script=read.script)


def for_operation(operation: Operation, fields: GenerationRequest) -> GenerationRequest:
    """What of the panel's settings goes with it."""
    if operation != "txt2img":
        # The hires fix is of new pictures alone.
        fields = fields.changed(hires_fix=HiresFix(keeps_size=fields.upscaling.hires_fix.keeps_size))
    return fields.changed(operation=operation)


_Texts = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _Typed:
    """Lists whose values are texts."""

    advanced: _Texts
    server_options: _Texts
    script: str
    script_arguments: _Texts

    @classmethod
    def of(
        cls, settings: bpy.types.PropertyGroup, dialect: Dialect | None, entries: int | None = None
    ) -> _Typed:
        """Of lists and texts the beginning, where `entries` says how many."""

        def texts(owners: Iterable[Any]) -> _Texts:
            found = ((each.name, each.value) for each in itertools.islice(owners, entries))
            if entries is None:
                return tuple(found)
            return tuple((name, value) for name, value in found if len(name) + len(value) <= bounds.MAX_NAME)

        takes_advanced = dialect is None or "advanced" in dialect.takes
        return cls(
            texts(settings.advanced) if takes_advanced else (),
            texts(settings.server_options),
            settings.script.strip(),
            texts(settings.script_arguments),
        )

    def added_to(self, request: GenerationRequest) -> GenerationRequest:
        """The request with them. Raises InvalidSettings."""
        advanced = ((name, parse_value(name, value)) for name, value in self.advanced)
        of_server = ((name.strip(), any_value(value)) for name, value in self.server_options if name.strip())
        arguments = tuple(any_value(value) for _name, value in self.script_arguments)
        return request.changed(
            options=dialect_options(ADVANCED, _by_name(advanced))
            + dialect_options(SERVER_OPTIONS, _by_name(of_server)),
            script=Script(self.script, arguments) if self.script else None,
        )


@functools.lru_cache(maxsize=16)
def _read_once(typed: _Typed) -> GenerationRequest | InvalidSettings:
    try:
        return typed.added_to(_NOTHING_SET)
    except InvalidSettings as error:
        return error


@functools.lru_cache(maxsize=1024)
def as_shown(value: float) -> float:
    """A number as the panel shows it: Blender's 32 bits give 0.6 back as 0.6000000238418579.

    Panels ask for the same numbers at every redraw. -0.0 is the same one as 0.0 there, and becomes that.
    """
    return float(str(np.float32(value))) + 0.0


def _plain(settings: bpy.types.PropertyGroup) -> dict[ParameterRow, Any]:
    values = {}
    for row, of, is_float, is_stripped in _PLAIN:
        value = of(settings)
        values[row] = as_shown(value) if is_float else row.plain(value) if is_stripped else value
    return values


def own_fields(settings: bpy.types.PropertyGroup, entries: int | None = None) -> GenerationRequest:
    """The settings that have a field of their own, prompt and seed aside; of lists the first `entries`, or
    all. Never raises."""
    request = _NOTHING_SET.with_rows(_plain(settings))
    if not request.upscaling.hires_fix.enlarges:
        request = request.changed(hires_fix=HiresFix(keeps_size=request.upscaling.hires_fix.keeps_size))
    return request.changed(
        width=settings.width // 64 * 64,
        height=settings.height // 64 * 64,
        styles=tuple(each.name for each in itertools.islice(settings.styles, entries) if each.name.strip()),
        loras=tuple(
            Lora(each.name.strip(), as_shown(each.weight), each.mode)
            for each in itertools.islice(settings.loras, entries)
            if each.enabled and each.name.strip()
        ),
        controls=tuple(
            Control(
                each.name.strip(),
                weight=as_shown(each.weight),
                guidance_start=as_shown(each.guidance_start),
                guidance_end=as_shown(each.guidance_end),
                importance=each.control_importance.upper(),
                preprocessor=each.input_override.strip(),
                no_prompt=each.no_prompt,
                global_average_pooling=each.global_average_pooling,
                down_sampling_rate=as_shown(each.down_sampling_rate),
                target_blocks=tuple(filter(None, map(str.strip, each.target_blocks.split(",")))),
            )
            for each in itertools.islice(settings.controls, entries)
            if each.enabled and each.name.strip()
        ),
    )


def present(scene: bpy.types.Scene) -> GenerationRequest:
    """The panel's plain values, also while they could not be sent: what a picture does not tell stays."""
    settings = scene.drawthings
    request = GenerationRequest().with_rows(_plain(settings))
    return request.changed(
        prompt=prompt(scene),
        width=settings.width,
        height=settings.height,
        seed=unsigned_seed(settings.seed),
    )


def incompatibilities(scene: bpy.types.Scene, capabilities: Capabilities) -> tuple[Incompatibility, ...]:
    """What of the panel's settings has no effect on the server. Memory only, and for `draw`: of lists only
    the beginning is looked at, and the same settings are compared with the same server once."""
    wanted = _wanted(scene.drawthings, capabilities)
    found = _incompatibilities.of(wanted, capabilities, offered.told_in(capabilities.dialect))
    if scene.drawthings.use_free_gpu and not capabilities.offers(Feature.FREE_MEMORY):
        found = (*found, _GPU_STAYS)
    return found


_GPU_STAYS = Incompatibility(
    "use_free_gpu",
    "This server cannot free its GPU: left out.",
    is_sent=False,
    left_out="freeing the GPU while rendering",
)


def without_effect(scene: bpy.types.Scene, dialect: Dialect, model: str) -> dict[str, str]:
    """The settings that have no effect on a server, by the parameter's name, each with the reason in a
    sentence. `model` is the one that is set there. Memory only, and for `draw`."""
    return dict(dialect.without_effect(_shown_request(scene.drawthings), model))


def about_strength(scene: bpy.types.Scene, dialect: Dialect, model: str) -> str:
    """What is to be said beside the strength for the model; else empty. Memory only, and for `draw`."""
    return dialect.about_strength(_shown_request(scene.drawthings), model)


def _shown_request(settings: bpy.types.PropertyGroup) -> GenerationRequest:
    """The settings that can rule others; of advanced ones those at the beginning that are values."""
    advanced = []
    for each in itertools.islice(settings.advanced, _ENTRIES_LOOKED_AT):
        if len(each.value) <= bounds.MAX_NAME:
            with contextlib.suppress(InvalidSettings):
                advanced.append((each.name, parse_value(each.name, each.value)))
    cut: GenerationRequest = _cut(own_fields(settings, 0).with_options(ADVANCED, advanced))
    return cut


class _Incompatibilities:
    """The latest answers, for one server and its lists."""

    #: Scenes that are shown at the same time, in windows of their own.
    _KEPT = 8

    def __init__(self) -> None:
        self._server: tuple[Capabilities, Catalogue] | None = None
        self._found: dict[GenerationRequest, tuple[Incompatibility, ...]] = {}

    def of(
        self, wanted: GenerationRequest, capabilities: Capabilities, catalogue: Catalogue
    ) -> tuple[Incompatibility, ...]:
        known = self._server
        # By identity: lists of thousands are not compared at every redraw.
        if known is None or known[0] is not capabilities or known[1] is not catalogue:
            self._server = capabilities, catalogue
            self._found.clear()
        found = self._found.get(wanted)
        if found is None:
            found = capabilities.incompatibilities(wanted, catalogue)
            if len(self._found) >= self._KEPT:
                self._found.clear()
            self._found[wanted] = found
        return found


_incompatibilities = _Incompatibilities()


def _wanted(settings: bpy.types.PropertyGroup, capabilities: Capabilities) -> GenerationRequest:
    """The settings as far as they can misfit: names, which are enough, whatever their values."""
    # The same switches name what a server derives by itself.
    derived = capabilities.dialect.derived_maps
    kinds = [kind for kind in get_args(MapKind) if kind not in derived]
    controls = [getattr(settings.scene_controls, kind) for kind in kinds]
    wanted = own_fields(settings, _ENTRIES_LOOKED_AT)
    advanced = itertools.islice(settings.advanced, _ENTRIES_LOOKED_AT)
    server_options = itertools.islice(settings.server_options, _ENTRIES_LOOKED_AT)
    wanted = wanted.changed(
        options=dialect_options(ADVANCED, ((each.name, None) for each in advanced))
        + dialect_options(
            SERVER_OPTIONS, ((each.name.strip(), None) for each in server_options if each.name.strip())
        ),
        script=Script(settings.script.strip()) if settings.script.strip() else None,
        controls=wanted.controls
        + tuple(
            Control(model=control.model.strip(), source=kind.upper())
            for kind, control in zip(kinds, controls, strict=True)
            if control.use
        ),
    )
    cut: GenerationRequest = _cut(wanted)
    return cut


def _cut(value: Any) -> Any:
    """Without a text that is longer than a name: what is longer is in no list, whatever its end."""
    if isinstance(value, str):
        return value[: bounds.MAX_NAME + 1] if len(value) > bounds.MAX_NAME else value
    if isinstance(value, tuple):
        return tuple(map(_cut, value)) if value else value
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return value
    parts = vars(value)
    cut = {name: _cut(part) for name, part in parts.items()}
    # Mostly nothing is too long, and nothing is made anew.
    return value if all(cut[name] is part for name, part in parts.items()) else replace(value, **cut)


def _by_name(entries: Iterable[tuple[str, Any]]) -> tuple[tuple[str, Any], ...]:
    """In the order of their names alone: values of one name that is there twice may not compare."""
    return tuple(sorted(entries, key=itemgetter(0)))


def random_seed() -> int:
    """Below 2^31: such a seed can be typed into the field as it is shown."""
    return random.randrange(2**31)


def _chosen_seed(settings: bpy.types.PropertyGroup) -> int:
    return random_seed() if settings.use_random_seed else unsigned_seed(settings.seed)
