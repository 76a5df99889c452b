# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Image datablocks of results and their recipes."""

from __future__ import annotations

import collections
import contextlib
import os
from pathlib import Path

import bpy

from ...client import bounds
from ...errors import PictureInvalid, SourceUnavailable
from ...imaging import formats
from ...jobs.history import scan
from ...jobs.recipe import BY_HAND, CHUNK, Recipe
from ...jobs.task import Picture
from .. import compat
from ..values import signed_seed
from . import succession

# Blender makes no image of source FILE without a file. One that is made by `images.new` and then told
# its source costs a redraw of 80 ms more: all that shows an image is evaluated anew (5.2, software OpenGL).
_BLANK = Path(__file__).with_name("blank.png")
#: Ends the name of what lost its place to another.
BEFORE = ".before"
#: Bytes of a path, with the one that ends it (FILE_MAX in Blender 4.2 to 5.2).
_MAX_PATH = 1024


def new_from_data(path: Path, data: bytes) -> bpy.types.Image:
    """An image datablock named after the file, with the picture packed: no file can vanish under it.

    `path` need not be there. 1 ms at 1024 × 1024; a PNG is decoded when it is first shown (measured on 5.2),
    others at once. Raises PictureInvalid for one that this Blender cannot read.
    """
    image = bpy.data.images.load(str(_BLANK))
    image.name = path.stem
    # Before packing, which notes where the picture is unpacked to.
    image.filepath_raw = path.name if _is_too_long(path) else str(path)
    image.pack(data=data, data_len=len(data))
    if formats.known(data) is not formats.PNG:
        if is_light(image):
            set_color_space(image, 'Linear Rec.709')
            # As such a file has it, and Blender when it opens one.
            image.alpha_mode = 'PREMUL'
        _require_pixels(image, path)
    return image


def _require_pixels(image: bpy.types.Image, path: Path) -> None:
    """Raises PictureInvalid, and removes the image, when Blender could not decode it."""
    if not all(image.size):
        bpy.data.images.remove(image)
        raise PictureInvalid(
            "Blender {version} cannot read “{file}”.",
            "Have the server answer with PNG: its option “samples_format”.",
            version=bpy.app.version_string,
            file=path.name,
        )


def is_light(image: bpy.types.Image) -> bool:
    """Whether its file is of a format of linear light; the picture is not decoded for that."""
    suffix = Path(image.filepath_raw).suffix.lower()
    return any(each.is_light and suffix in each.suffixes for each in formats.ALL)


def new_from_picture(picture: Picture, *, packed: bool = True) -> bpy.types.Image:
    """The datablock of a result, with its recipe, kept when the file is saved.

    Packed as well where its file is gone already, or has another content, or a path that Blender cannot hold.
    Raises PictureInvalid for one that this Blender cannot read.
    """
    image = None if packed else _from_file(picture)
    if image is None:
        image = new_from_data(picture.path, picture.png)
    image.use_fake_user = True
    read_as_made(image, picture.recipe)
    remember(image, picture.path, picture.recipe)
    return image


def read_as_made(image: bpy.types.Image, recipe: Recipe) -> None:
    """Set the colour space that the picture's numbers stand for, where its file does not tell it."""
    if recipe.floats == "DATA" or recipe.map not in {"", "ALBEDO"}:
        set_color_space(image, 'Non-Color')
    elif recipe.space:
        set_color_space(image, recipe.space)


def _from_file(picture: Picture) -> bpy.types.Image | None:
    try:
        if _is_too_long(picture.path) or picture.path.stat().st_size != len(picture.png):
            return None
        image = bpy.data.images.load(str(picture.path))
    except (OSError, RuntimeError):
        return None
    image.name = picture.path.stem
    if formats.known(picture.png) is not formats.PNG:
        _require_pixels(image, picture.path)
    return image


def _is_too_long(path: Path) -> bool:
    """Blender cuts longer ones without a word, and then they lead nowhere."""
    return len(os.fsencode(path)) >= _MAX_PATH


def has_file(image: bpy.types.Image, before: Path, path: Path) -> None:
    """A picture that was in its datablock alone is on disk by now: name it after its file, and know that."""
    if image.filepath_raw == str(before):
        image.filepath_raw = str(path)
    if image.drawthings.file == str(before):
        image.drawthings.file = str(path)
    if image.name == before.stem:
        image.name = path.stem


def remember(image: bpy.types.Image, path: Path, recipe: Recipe) -> None:
    """Write how the picture was made onto its datablock, and to which file it was written."""
    notes = image.drawthings
    notes.file = str(path)
    notes.operation = recipe.request.operation
    notes.prompt = recipe.request.conditioning.prompt
    notes.negative_prompt = recipe.request.conditioning.negative_prompt
    notes.seed = signed_seed(recipe.request.sampling.seed)
    notes.model = recipe.request.models.model or recipe.model_used
    notes.server = recipe.server
    notes.recipe = recipe.text
    notes.map = recipe.map
    # One tile of several repeats no more than its neighbours let it.
    notes.is_seamless = any(recipe.repeats) and image.source != 'TILED'


class _Recipes:
    """Recipes by their texts. Panels ask at every redraw, and a text is parsed once."""

    #: As many as are looked at by turns, and as much text as is kept for that.
    _KEPT = 32
    _KEPT_CHARACTERS = 4 << 20

    def __init__(self) -> None:
        self._found: collections.OrderedDict[str, Recipe | PictureInvalid] = collections.OrderedDict()

    def read(self, text: str) -> Recipe:
        """Raises PictureInvalid, each time anew for a text that is none."""
        if len(text) > bounds.MAX_METADATA:
            raise PictureInvalid("This picture's recipe is too long to be one.", BY_HAND)
        found = self._found.get(text)
        if found is None:
            try:
                found = Recipe.from_json(text)
            except PictureInvalid as error:
                found = PictureInvalid(error.what, error.advice)
            self._keep(text, found)
        if isinstance(found, PictureInvalid):
            # Another one: an exception that is raised again and again grows by each way that it went.
            raise PictureInvalid(found.what, found.advice)
        return found

    def _keep(self, text: str, found: Recipe | PictureInvalid) -> None:
        self._found[text] = found
        while len(self._found) > self._KEPT or sum(map(len, self._found)) > self._KEPT_CHARACTERS:
            self._found.popitem(last=False)


_recipes = _Recipes()


def recipe_of(image: bpy.types.Image | None) -> Recipe | None:
    """How the picture was made, or None when it is not one of ours. Raises PictureInvalid."""
    if image is None:
        return None
    text = image.drawthings.recipe
    return _recipes.read(text) if text else None


def require_recipe(image: bpy.types.Image) -> Recipe:
    """The same of one that has to be ours. Raises SourceUnavailable, PictureInvalid."""
    found = recipe_of(image) or _recipe_in_file(image)
    if found is None:
        raise untold()
    return found


def _recipe_in_file(image: bpy.types.Image) -> Recipe | None:
    """That of one that was opened by hand. Of a file on disk the head alone is read."""
    if image.source != 'FILE':
        return None
    text = ""
    with contextlib.suppress(OSError, PictureInvalid):
        if image.packed_file is not None:
            text = formats.texts(bytes(image.packed_file.data)).get(CHUNK, "")
        elif image.filepath_raw:
            carried = scan.carried(Path(_path_of(image)))
            text = carried.recipe if carried is not None else ""
    return _recipes.read(text) if text else None


def untold() -> SourceUnavailable:
    """The error where a picture has no recipe."""
    return SourceUnavailable(
        "This picture does not tell how it was made.", "Choose one that Draw Things Bridge made."
    )


def has_recipe(image: bpy.types.Image | None) -> bool:
    """Cheap enough for `draw` and `poll`: the text, which may be long, is not even copied."""
    return image is not None and image.drawthings.is_property_set("recipe")


def readable_recipe(image: bpy.types.Image | None) -> Recipe | None:
    """`recipe_of`, with a damaged recipe as none: for panels."""
    try:
        return recipe_of(image)
    except PictureInvalid:
        return None


def of_file(path: Path) -> bpy.types.Image | None:
    """The picture that was written to `path`, when the open file has it: be it one tile of the image, or an
    image that the artist saved elsewhere since."""
    ours = [each for each in bpy.data.images if has_recipe(each) and each.library is None]
    by_notes = (each for each in ours if each.drawthings.file == str(path))
    # Up to version 0.1.0 the image's own path alone told it.
    by_path = (each for each in ours if not each.drawthings.file and _path_of(each) == str(path))
    return next(by_notes, None) or next(by_path, None)


def _path_of(image: bpy.types.Image) -> str:
    found: str = bpy.path.abspath(image.filepath_raw)
    return found


def replace(old: bpy.types.Image, new: bpy.types.Image, *, press: str = "") -> None:
    """Put `new` wherever `old` is used, under `old`'s name; `old` stays, as `name.before`. `press` is what
    the new one came by, as `succession.came` has it.

    The old pixels are never written to, so that undo brings back even what was painted and not saved:
    Blender's undo does not store an image's pixels (seen on 4.2 and 5.2).
    """
    # The tiles of a tiled one are of several files, which are as they were.
    if new.source != 'TILED':
        look_like(new, old)
    new.seam_margin = old.seam_margin
    name = old.name
    give_users(old, new)
    old.name = _before(name)
    new.name = name
    succession.came(old, new, press)


def put_back(old: bpy.types.Image, new: bpy.types.Image) -> None:
    """The same with one that had the place before, and looks as it did then; they change names."""
    name, other = old.name, new.name
    if not _was_there(new):
        # It has stood beside the others until now.
        other = _before(name)
    give_users(old, new)
    # Blender gives no name twice.
    new.name = _before(other)
    old.name = other
    new.name = name
    new.use_fake_user = True
    succession.returned(old, new)


def give_users(old: bpy.types.Image, new: bpy.types.Image) -> None:
    """Put `new` wherever `old` is used; both keep their names, and `old` stays."""
    with succession.kept():
        old.user_remap(new)
    old.use_fake_user = True


def look_like(new: bpy.types.Image, old: bpy.types.Image) -> None:
    """Have a result read as `old` is where it takes its place: data as data, colours as what was sent."""
    if is_light(new):
        if old.is_float and old.alpha_mode in {'CHANNEL_PACKED', 'NONE'}:
            new.alpha_mode = old.alpha_mode
        return
    space = old.colorspace_settings.name
    is_kept = is_plain(old) and not (old.is_float and not old.colorspace_settings.is_data)
    # One whose bytes are stored as the old one's has its colour space by now.
    if new.colorspace_settings.name != space:
        set_color_space(new, space if is_kept else 'sRGB')
    # A result's own alpha is never multiplied into its colours.
    new.alpha_mode = 'STRAIGHT' if old.alpha_mode == 'PREMUL' else old.alpha_mode


def read_as(image: bpy.types.Image, *, is_data: bool) -> bpy.types.Image:
    """The image, where it can be read as data, or as colours, with nothing that uses it looking otherwise;
    else a copy that was brought nowhere yet: colour spaces are images' own, not those of what they feed."""
    if image.colorspace_settings.is_data == is_data or not succession.users(image):
        return image
    copied = image.copy()
    copied.use_fake_user = True
    for name in ("applied", "places", "place", "version", "is_replaced", "replaces", "press", "file"):
        copied.drawthings.property_unset(name)
    return copied


def is_plain(image: bpy.types.Image) -> bool:
    """Whether the image's pixels are what is displayed: bytes as they are, floats by sRGB's curve.

    Others depend on their colour space, which Blender alone knows. In a studio's own OpenColorIO
    configuration without these names all are taken as they are.
    """
    settings = image.colorspace_settings
    if settings.is_data or 'sRGB' not in settings.bl_rna.properties["name"].enum_items:
        return True
    if image.is_float:
        # Read from a file with sRGB's curve they are linear as well; those of no file are not (5.2).
        is_linear = settings.name == 'Linear Rec.709' or (settings.name == 'sRGB' and image.source == 'FILE')
        return is_linear and compat.works_in_rec709()
    return settings.name == 'sRGB'


def set_color_space(image: bpy.types.Image, name: str) -> None:
    """Blender's name of a colour space. A studio's own OpenColorIO configuration may know none of these:
    then the role for data serves for Non-Color, and colours stay as they were read."""
    try:
        image.colorspace_settings.name = name
    except TypeError:
        if name == 'Non-Color':
            image.colorspace_settings.is_data = True


def _was_there(image: bpy.types.Image) -> bool:
    """Whether it has the name of one that lost its place to another."""
    return BEFORE in image.name


def _before(name: str) -> str:
    return name_ending(name, BEFORE)


def name_ending(name: str, end: str) -> str:
    """The name with this end, cut so that Blender does not cut that off: 63 bytes before 5.0, then 255."""
    longest = bpy.types.ID.bl_rna.properties["name"].length_max - 1
    # Five bytes are left for the number that makes a name unique.
    stem = name.encode()[: longest - len(end.encode()) - 5].decode(errors="ignore")
    return f"{stem}{end}"


def render_result() -> bpy.types.Image | None:
    """The image that shows renders, whatever it is called: others may have its name."""
    return next((each for each in bpy.data.images if each.type == 'RENDER_RESULT'), None)
