# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sets of pictures: strips and grids, others like one, one kept, others thrown away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty

from ..blender import choices, prompts, readiness, settings
from ..blender.actions import from_panel, generate, results, throwing_away, variations
from ..blender.delivery.target import TargetKind
from ..blender.selection import Selection, image_named
from .meant import ABOUT_KEY, NO_RESULT, NeedsResult
from .reporting import allowed, obstacle, reported

_MOST = 100


class DRAWTHINGS_OT_variations(bpy.types.Operator):
    """Make several pictures to choose from. The first comes to its place, the others stand beside it: a click puts another there"""  # noqa: E501 - one tooltip

    bl_idname = "drawthings.variations"
    bl_label = "Make Variations"
    bl_options = {'REGISTER'}

    if TYPE_CHECKING:
        count: int
        source: from_panel.SourceKind | Literal["PROMPT"]
        target: TargetKind
        image: str
        columns: str
        column_values: str
        rows: str
        row_values: str
    else:
        count: IntProperty(
            name="Pictures",
            description="How many, with seeds one apart; a grid has one for each two of its values",
            default=4,
            min=1,
            max=_MOST,
            options={'SKIP_SAVE'},
        )
        source: EnumProperty(
            name="Source",
            items=(
                ('PROMPT', "Prompt", "Nothing: new pictures from the prompt"),
                ('VIEWPORT', "Viewport", "The 3D View as it is seen, or through the camera"),
                ('RENDER', "Render", "The last render, or a fresh one"),
                ('IMAGE', "Image", "The image in the Image Editor, or the one named"),
                ('TEXTURE', "Texture", "The texture of the active object's material"),
            ),
            default='PROMPT',
            options={'SKIP_SAVE'},
        )
        target: EnumProperty(name="Target", items=choices.ALL_TARGETS, default='IMAGE', options={'SKIP_SAVE'})
        image: StringProperty(
            name="Image", description="Name of the image datablock, for Image", options={'SKIP_SAVE'}
        )
        columns: StringProperty(
            name="Columns",
            description="What differs from left to right: a setting, words or styles, as scripts call them. "
            "Empty: nothing",
            options={'SKIP_SAVE'},
        )
        column_values: StringProperty(
            name="Values", description="Of the columns, separated by commas", options={'SKIP_SAVE'}
        )
        rows: StringProperty(
            name="Rows", description="What differs from row to row. Empty: nothing", options={'SKIP_SAVE'}
        )
        row_values: StringProperty(
            name="Values", description="Of the rows, separated by commas", options={'SKIP_SAVE'}
        )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return allowed(cls, readiness.why_not(context.scene) or obstacle(context))

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        selection = Selection.of(context)
        pictures = generate.Pictures(
            self.count,
            variations.axis(self.columns, self.column_values),
            variations.axis(self.rows, self.row_values),
        )
        image = image_named(self.image) if self.image else selection.edited_image
        variations.make(selection, self.source, self.target, image, pictures=pictures)
        prompts.note(context.scene)


class _OnResult(NeedsResult):
    """A result by its key, also in a key map, or the selected one."""

    if TYPE_CHECKING:
        result: str
    else:
        result: StringProperty(name="Result", description=ABOUT_KEY, options={'SKIP_SAVE'})

    bl_options = {'REGISTER'}


class DRAWTHINGS_OT_more_like_this(bpy.types.Operator):
    """Make others like this picture: out of it, with its own prompt and settings, to the same place. The settings in the panel stay as they are"""  # noqa: E501 - one tooltip

    bl_idname = "drawthings.more_like_this"
    bl_label = "More Like This"
    bl_options = {'REGISTER'}

    if TYPE_CHECKING:
        result: str
        image: str
        count: int
        strength: float
    else:
        result: StringProperty(
            name="Result",
            description="File of the result that is meant; empty: see Image",
            options={'SKIP_SAVE'},
        )
        image: StringProperty(
            name="Image",
            description="Name of the image datablock; empty: the selected result, else the image in the "
            "Image Editor",
            options={'SKIP_SAVE'},
        )
        count: IntProperty(
            name="Pictures", description="How many", default=4, min=1, max=_MOST, options={'SKIP_SAVE'}
        )
        strength: FloatProperty(
            name="Strength",
            description="How far they may leave the picture. Unset: as the model wants it, else half",
            default=variations.LIKENESS,
            min=0.0,
            max=1.0,
            subtype='FACTOR',
            options={'SKIP_SAVE'},
        )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        # Which picture is meant only the press knows.
        is_there = results.selected() is not None or any(each.source == 'FILE' for each in bpy.data.images)
        return allowed(cls, obstacle(context) if is_there else NO_RESULT)

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        strength = settings.as_shown(self.strength) if self.properties.is_property_set("strength") else None
        variations.more_like_this(
            Selection.of(context), self.image, self.result, count=self.count, strength=strength
        )


class DRAWTHINGS_OT_keep_result(_OnResult, bpy.types.Operator):
    """Keep this picture of its set, in its place, and throw the others away: their files go to the folder Deleted of the output folder"""  # noqa: E501 - one tooltip

    bl_idname = "drawthings.keep_result"
    bl_label = "Keep"

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        throwing_away.keep(Selection.of(context), self.result)


class DRAWTHINGS_OT_throw_away(_OnResult, bpy.types.Operator):
    """Bring back what was there before this picture came, and throw the picture away: its file goes to the folder Deleted of the output folder"""  # noqa: E501 - one tooltip

    bl_idname = "drawthings.throw_away"
    bl_label = "Throw Away"

    if TYPE_CHECKING:
        whole_set: bool
    else:
        whole_set: BoolProperty(
            name="Whole Set", description="All pictures of its set", options={'SKIP_SAVE'}
        )

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        throwing_away.throw_away(Selection.of(context), self.result, whole_set=self.whole_set)


register, unregister = bpy.utils.register_classes_factory(
    (
        DRAWTHINGS_OT_variations,
        DRAWTHINGS_OT_more_like_this,
        DRAWTHINGS_OT_keep_result,
        DRAWTHINGS_OT_throw_away,
    )
)
