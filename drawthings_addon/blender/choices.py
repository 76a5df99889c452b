# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the settings can be chosen from. Suggestions come from memory: nothing is asked while drawing.

The lists of the connected app replace the built-in ones when it has told them.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from ..client import bounds, connect, parameters
from ..client.catalogue import Catalogue, Choice
from ..client.dialect import Dialect
from ..client.models import PURPOSES, KnownModel
from ..jobs.history.entry import Facets
from ..jobs.history.query import PERIODS
from ..messages import Message

if TYPE_CHECKING:
    # Not at run time: Blender 4.2 keeps search functions beyond Python's end, and with them whatever their
    # module holds; where `bpy` is among it a script that has imported it ends by a crash.
    import bpy

#: `maxlen` of properties, in bytes: UTF-8 has up to four for a character.
MAX_NAME_BYTES = 4 * bounds.MAX_NAME
MAX_TEXT_BYTES = 1 << 18

_REPLACE = (
    'REPLACE',
    "Replace",
    "The result takes the image's place everywhere; undo brings the old one back",
)
NEW_PICTURE_TARGETS = (
    (
        'MATERIAL',
        "Material",
        "The material in the Shader Editor, else the active object's; an image where there is no object",
    ),
    ('IMAGE', "Image", "A new image, shown in an open Image Editor"),
)
ALL_TARGETS = (
    _REPLACE,
    *NEW_PICTURE_TARGETS,
)
EXTRAS_TARGETS = (
    ('IMAGE', "Image", "A new image; the one that is enlarged stays"),
    _REPLACE,
)
CANVAS_TARGETS = (
    ('IMAGE', "Image", "A new image; this one stays"),
    _REPLACE,
)
SEAMLESS_AXES = (
    ('XY', "XY", "It repeats to all sides"),
    ('X', "X", "It repeats to the left and right"),
    ('Y', "Y", "It repeats upward and downward"),
)
SEAMLESS_METHODS = (
    ('SERVER', "Server", "The server paints over where the borders meet, by the prompt"),
    (
        'BLEND',
        "Blend",
        "The picture's own pixels are laid over the seam, on this computer: no server is asked",
    ),
)
MAPS_TARGETS = (
    ('IMAGE', "Image", "New images; maps that were made before stay"),
    (
        'REPLACE',
        "Replace",
        "Each takes the place of the same map that was made of this picture before, wherever that is used",
    ),
)
#: Types of a mesh's attributes that can be a mask, each with the values that one entry has.
MASK_TYPES = {'FLOAT': 1, 'INT': 1, 'INT8': 1, 'BOOLEAN': 1, 'FLOAT_COLOR': 4, 'BYTE_COLOR': 4}
HEIGHTS_FROM = (
    ('LUMINANCE', "Bright", "What is bright stands high"),
    ('INVERTED', "Dark", "What is dark stands high"),
    ('RED', "Red", "What has much red stands high"),
    ('GREEN', "Green", "What has much green stands high"),
    ('BLUE', "Blue", "What has much blue stands high"),
    ('ALPHA', "Alpha", "What is opaque stands high"),
)
TEXTURE_OBJECTS = (
    ('ACTIVE', "Active", "The active object alone"),
    ('SELECTED', "Selected", "Every selected object that takes a texture: they share the picture"),
)
MAPPINGS = (
    ('UV', "Do Not Send", "Nothing is sent, and the panel says so: the picture would become one flat colour"),
    ('UV_PROJECT', "Smart UV Project", "The mesh gets a UV map when the picture is asked for"),
    ('BOX', "Box", "The picture is projected from six sides; the mesh stays as it is"),
)
#: Shapes of new pictures: width by height, or whose shape they get.
ASPECTS = (
    ('1:1', "1:1", "As wide as high"),
    ('5:4', "5:4", "A little wider than high"),
    ('4:3', "4:3", "As old screens and many cameras"),
    ('3:2', "3:2", "As photographs"),
    ('16:9', "16:9", "As films and screens"),
    ('21:9', "21:9", "As wide films"),
    ('4:5', "4:5", "A little higher than wide"),
    ('3:4', "3:4", "As portraits of many cameras"),
    ('2:3', "2:3", "As photographs, upright"),
    ('9:16', "9:16", "As telephones, upright"),
    ('RENDER', "As the Render", "The shape of this scene's renders"),
    ('TEXTURE', "As the Texture", "The shape of the image that is shown, or of the active texture"),
)
#: As in `jobs.history.query`.
HISTORY_KINDS = (
    ('ANY', "Any", "Every picture"),
    ('TXT2IMG', "New Pictures", "What was made of words alone"),
    ('IMG2IMG', "Restyled", "What was made of a picture"),
    ('EXTRAS', "Enlarged", "What was enlarged, or had its faces restored"),
)
HISTORY_USES = (
    ('ALL', "All Settings", "Prompt, model, seed and all other settings"),
    ('SETTINGS', "Settings Alone", "All but prompts, seed and size, which stay as they are"),
    ('PROMPT', "Prompt Alone", "The prompt and the negative prompt"),
    ('SEED', "Seed Alone", "The next picture is made with its seed, and those after it as well"),
    ('SIZE', "Size Alone", "Width and height of new pictures"),
)
HISTORY_TARGETS = (
    ('IMAGE', "Image", "An image with its recipe, packed into this file, among the results"),
    ('MATERIAL', "Active Object", "The same, applied to the active object's material"),
    ('EDITOR', "Image Editor", "The same, shown in an Image Editor; a new window opens where there is none"),
)
#: Identifiers are the sockets' names: what scripts say, and what the node says.
SOCKETS = tuple(
    (name, name, Message("Feed {name} of the Principled BSDF", name=name))
    for name in ("Base Color", "Roughness", "Metallic", "Normal", "Alpha", "Emission Color")
)


PURPOSE_ITEMS = (
    ('ANY', "Any Purpose", "Whatever the models are for"),
    *((identifier, name, about) for identifier, (name, about) in PURPOSES.items()),
)
MODEL_STATES = (
    ('UNKNOWN', "Not Known", "Nobody asked whether the server has it"),
    ('THERE', "There", "The server has it"),
    ('NOT_THERE', "Not There", "The server does not have it: download it there"),
)
#: Any family of models.
ANY_FAMILY = 'ANY'

#: Models that are remembered of a server without a list of them.
_MET_MODELS = 100
#: Suggestions of a field, which Blender asks for again at each letter: more than all but the very largest
#: collections have. Its own search forgives a typing error, and takes the beginnings of words.
_SUGGESTIONS = 5000
#: Before a server was asked.
_ASSUMED = connect.assumed().dialect
#: Characters of what is typed that are looked for, and the words in it.
_LOOKED_FOR, _WORDS = bounds.MAX_NAME, 16


class _Offered:
    """The connected server's lists, for the search callbacks, which get no session."""

    def __init__(self) -> None:
        self.catalogue = _ASSUMED.built_in
        self.dialect = _ASSUMED
        self.version = 0
        """Counts the changes."""
        self._met_models: tuple[Choice, ...] = ()
        self.made_with: tuple[Choice, ...] = ()
        """Models of the pictures in the history."""
        self.made_in: tuple[Choice, ...] = ()
        """The .blend files that they were made in."""
        self._there: Mapping[str, bool] = {}

    def take(self, catalogue: Catalogue, dialect: Dialect) -> None:
        """The server told its lists; those that it did not tell are as they are built in."""
        told = {
            field.name: getattr(catalogue, field.name)
            for field in fields(Catalogue)
            if getattr(catalogue, field.name)
        }
        self.catalogue, self.dialect = replace(dialect.built_in, **told), dialect
        self.version += 1

    def speak(self, dialect: Dialect) -> None:
        """The server was found to speak this one, and may not have told any list."""
        if dialect is not self.dialect:
            self.catalogue, self.dialect = dialect.built_in, dialect
            self.version += 1

    def told_in(self, dialect: Dialect) -> Catalogue:
        """The lists, unless they are the built-in ones of another dialect: nobody has told any yet."""
        return dialect.built_in if self.catalogue is _ASSUMED.built_in else self.catalogue

    def forget(self) -> None:
        """Another server: back to the built-in lists."""
        self.catalogue, self.dialect, self._met_models, self._there = _ASSUMED.built_in, _ASSUMED, (), {}
        self.version += 1

    def meet_model(self, name: str) -> None:
        """A model that was used or is set in the app: Draw Things has no list of all."""
        choice = Choice(name)
        if bounds.is_name(name) and choice not in self._met_models:
            self._met_models = (choice, *self._met_models)[:_MET_MODELS]
            self.version += 1

    def find(self, there: Mapping[str, bool]) -> None:
        """Which models a server that lists none was found to have."""
        self._there = there
        self.version += 1

    @property
    def lists_models(self) -> bool:
        """Whether the server has told which it has."""
        return bool(self.catalogue.models)

    def is_there(self, model: str) -> bool | None:
        """None where it is not known."""
        return True if self.lists_models else self._there.get(model)

    def take_history(self, facets: Facets) -> None:
        """What the pictures in the history were made with, and in."""
        self.made_with = tuple(Choice(name) for name, _count in facets.models)
        self.made_in = tuple(Choice(name) for name, _count in facets.blends)

    @property
    def models(self) -> tuple[Choice, ...]:
        """The server's own list; else those that were met."""
        return self.catalogue.models or self._met_models

    @property
    def has_models(self) -> bool:
        """There are some to choose from. For `draw`: of a list of thousands nothing is looked at."""
        return bool(self.models) or (not self.lists_models and bool(self.dialect.known_models()))

    @property
    def all_models(self) -> tuple[KnownModel, ...]:
        """The same with what is known of each; where the server lists none also those that its dialect
        knows."""
        found = tuple(map(self._known, self.models))
        if self.lists_models:
            return found
        met = {each.file for each in found}
        return (*found, *(each for each in self.dialect.known_models() if each.file not in met))

    @property
    def model_choices(self) -> tuple[Choice, ...]:
        """The same for the model's field."""
        if self.lists_models:
            return self.catalogue.models
        return tuple(Choice(each.file, self._about(each)) for each in self.all_models)

    def described(self, model: str) -> KnownModel:
        """What is known of a model by its name."""
        return self._known(next((each for each in self.models if each.value == model), Choice(model)))

    def _known(self, choice: Choice) -> KnownModel:
        known = self.dialect.known_model(choice.value)
        if known is not None and choice.value in (known.file, known.title):
            return replace(known, file=choice.value)
        return KnownModel(choice.value, choice.label or choice.value)

    def _about(self, model: KnownModel) -> str:
        there = {True: "there", False: "not there", None: ""}[self.is_there(model.file)]
        title = "" if model.title == model.file else model.title
        return " · ".join(filter(None, (title, model.about, there)))

    @property
    def hires_upscalers(self) -> tuple[Choice, ...]:
        """Both kinds, each name once."""
        both = (*self.catalogue.latent_upscale_modes, *self.catalogue.upscalers)
        return tuple({choice.value: choice for choice in both}.values())


offered = _Offered()

#: Parameters that have no field of their own in the panel.
ADVANCED = connect.named(parameters.ADVANCED).option_names


_Found = list[str] | list[tuple[str, str]]
_Search = Callable[[Any, "bpy.types.Context", str], _Found]


def _search(choices: Callable[[], tuple[Choice, ...]]) -> _Search:
    """A search callback over one of the connected server's lists, as they are when it is called.

    The whole list, in its order, of which Blender shows what fits: all of it when the field was only opened,
    though it hands over the field's text then, too (seen in 4.3 and 5.2). Of a list that is longer than
    any that is quickly searched, what holds each word that is typed.
    """

    def search(owner: Any, _context: bpy.types.Context, text: str) -> _Found:
        offered = choices()
        if len(offered) <= _SUGGESTIONS:
            return [(choice.value, choice.label) for choice in offered]
        if _is_as_it_was(owner, text):
            # The list's beginning, and before it what is chosen, wherever it stands.
            chosen = [choice for choice in offered if choice.value == text]
            offered = (*chosen[:1], *(choice for choice in offered if choice.value != text))
            text = ""
        words = text[:_LOOKED_FOR].casefold().split()[:_WORDS]
        fitting = (
            (choice.value, choice.label)
            for choice in offered
            if all(word in choice.value.casefold() or word in choice.label.casefold() for word in words)
        )
        return list(itertools.islice(fitting, _SUGGESTIONS))

    return search


def _is_as_it_was(owner: Any, text: str) -> bool:
    """Whether one of the owner's fields holds this text: it was opened, and nothing was typed yet."""
    import bpy

    if not isinstance(owner, bpy.types.PropertyGroup):
        return False
    texts = (each.identifier for each in owner.bl_rna.properties if each.type == 'STRING')
    return any(getattr(owner, name) == text for name in texts)


search_samplers = _search(lambda: offered.catalogue.samplers)
search_schedulers = _search(lambda: offered.catalogue.schedulers)
search_seed_modes = _search(lambda: offered.catalogue.seed_modes)
search_models = _search(lambda: offered.model_choices)
search_vaes = _search(lambda: offered.catalogue.vaes)
search_upscalers = _search(lambda: offered.catalogue.upscalers)
search_hires_upscalers = _search(lambda: offered.hires_upscalers)
search_loras = _search(lambda: offered.catalogue.loras)
search_styles = _search(lambda: offered.catalogue.styles)
search_scripts = _search(lambda: offered.catalogue.scripts)
search_history_models = _search(lambda: offered.made_with)
search_history_blends = _search(lambda: offered.made_in)
search_control_models = _search(lambda: offered.catalogue.control_models)


def search_periods(_self: object, _context: bpy.types.Context, _text: str) -> _Found:
    return [(each, "") for each in PERIODS]


def search_mesh_attributes(_self: object, context: bpy.types.Context, _text: str) -> _Found:
    """What of the active object's mesh can be a mask."""
    owner = context.view_layer.objects.active if context.view_layer is not None else None
    if owner is None or owner.type != 'MESH':
        return []
    found = [(each.name, "Vertex group") for each in owner.vertex_groups]
    for each in owner.data.attributes:
        if each.domain != 'EDGE' and each.data_type in MASK_TYPES and not each.is_internal:
            found.append((each.name, each.domain.title()))
    return found


def model_families(_owner: Any, _context: bpy.types.Context) -> list[tuple[str, str, str]]:
    """The items of an enumeration: the families of all models, as they are now. Blender asks several times
    in a drawing of the list, and does not keep the texts."""
    return _families(offered.version)


@functools.lru_cache(maxsize=1)
def _families(_version: int) -> list[tuple[str, str, str]]:
    families = dict.fromkeys(each.family for each in offered.all_models if each.family)
    return [(ANY_FAMILY, "Any Family", "Models of every family")] + [
        (family, family, Message("Models of the family {family}", family=family)) for family in families
    ]


def search_parameters(_self: object, _context: bpy.types.Context, _text: str) -> _Found:
    return list(ADVANCED)
