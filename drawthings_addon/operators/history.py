# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be done with the history of every picture that was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty, EnumProperty, IntProperty, StringProperty

from ..blender import choices
from ..blender.actions import history
from ..blender.selection import Selection
from ..jobs.history.query import ANY, MAX_LIMIT, Query, day
from .reporting import UnlessStopped, reported


class DRAWTHINGS_OT_search_history(UnlessStopped, bpy.types.Operator):
    """Look for pictures among all that were ever made"""

    bl_idname = "drawthings.search_history"
    bl_label = "Search History"
    bl_options = {'INTERNAL'}

    if TYPE_CHECKING:
        words: str
        model: str
        kind: str
        blend: str
        since: str
        until: str
        favourites: bool
        deleted: bool
        set: str
        limit: int
        offset: int
    else:
        words: StringProperty(
            name="Words", description="Each begins a word of the prompt, or of a name", options={'SKIP_SAVE'}
        )
        model: StringProperty(
            name="Model", description="Its name, or a part of that", options={'SKIP_SAVE'}
        )  # fmt: skip
        kind: EnumProperty(name="Kind", items=choices.HISTORY_KINDS, default=ANY, options={'SKIP_SAVE'})
        blend: StringProperty(
            name="Blend File", description="Its name, or a part of that", options={'SKIP_SAVE'}
        )  # fmt: skip
        since: StringProperty(
            name="Since", description="The first day, such as 2026-01-31 or This Week", options={'SKIP_SAVE'}
        )
        until: StringProperty(
            name="Until", description="The last day, such as 2026-12-31 or Last Month", options={'SKIP_SAVE'}
        )
        favourites: BoolProperty(name="Favourites", description="Those alone", options={'SKIP_SAVE'})
        deleted: BoolProperty(
            name="Deleted", description="What was thrown away, and can be brought back", options={'SKIP_SAVE'}
        )
        set: StringProperty(name="Set", description="The id of a set", options={'SKIP_SAVE'})
        limit: IntProperty(
            name="Limit",
            description="So many at most",
            default=60,
            min=0,
            max=MAX_LIMIT,
            options={'SKIP_SAVE'},
        )
        offset: IntProperty(
            name="Offset", description="The first so many are left out", min=0, options={'SKIP_SAVE'}
        )

    @classmethod
    def description(cls, _context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        return "List what one press made together with this picture" if properties.set else cls.__doc__ or ""

    @reported
    def execute(self, _context: bpy.types.Context) -> None:
        history.search(
            Query(
                words=self.words,
                model=self.model,
                kind=self.kind,
                blend=self.blend,
                since=day(self.since),
                until=day(self.until, last=True),
                favourites=self.favourites,
                deleted=self.deleted,
                set=self.set,
                limit=self.limit,
                offset=self.offset,
            )
        )


class _OnPicture(UnlessStopped):
    """A picture of the history by its identity."""

    if TYPE_CHECKING:
        identity: str
    else:
        identity: StringProperty(
            name="Picture", description="Its identity in the history", options={'SKIP_SAVE'}
        )  # fmt: skip

    bl_options = {'INTERNAL'}


class DRAWTHINGS_OT_history_reuse(_OnPicture, bpy.types.Operator):
    """Set the panel to what this picture was made with"""

    bl_idname = "drawthings.history_reuse"
    bl_label = "Use"

    if TYPE_CHECKING:
        what: history.Use
        use_server_options: bool
    else:
        what: EnumProperty(name="What", items=choices.HISTORY_USES, default='ALL', options={'SKIP_SAVE'})
        use_server_options: BoolProperty(
            name="Server Options and Script",
            description="Take these from a picture of somebody else as well: they can do anything on the "
            "server that it lets others do",
            options={'SKIP_SAVE'},
        )

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        history.reuse(
            Selection.of(context), self.identity, self.what, use_server_options=self.use_server_options
        )


class DRAWTHINGS_OT_history_bring(_OnPicture, bpy.types.Operator):
    """Bring this picture into the open file, with all that it tells about how it was made"""

    bl_idname = "drawthings.history_bring"
    bl_label = "Into the Scene"

    if TYPE_CHECKING:
        target: history.BringTo
    else:
        target: EnumProperty(
            name="Target", items=choices.HISTORY_TARGETS, default='IMAGE', options={'SKIP_SAVE'}
        )  # fmt: skip

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        history.bring(Selection.of(context), self.identity, self.target)


class DRAWTHINGS_OT_history_again(_OnPicture, bpy.types.Operator):
    """Make another picture like this one, with another seed. The settings in the panel stay as they are"""

    bl_idname = "drawthings.history_again"
    bl_label = "Make Again"

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        history.again(Selection.of(context), self.identity)


class DRAWTHINGS_OT_history_favourite(_OnPicture, bpy.types.Operator):
    """Favourites are found again at once: the history lists them alone when it is asked to"""

    bl_idname = "drawthings.history_favourite"
    bl_label = "Favourite"

    if TYPE_CHECKING:
        value: bool
        result: str
    else:
        value: BoolProperty(name="Is Favourite", default=True, options={'SKIP_SAVE'})
        result: StringProperty(
            name="Result",
            description="File of the result that is meant, instead of an identity",
            options={'HIDDEN', 'SKIP_SAVE'},
        )

    @classmethod
    def description(cls, _context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        if properties.value:
            return "Make this picture a favourite: the history lists these alone when it is asked to"
        return "Make this picture no favourite any more"

    @reported
    def execute(self, _context: bpy.types.Context) -> None:
        if self.identity:
            history.favourite(self.identity, self.value)
        else:
            history.favourite_result(self.result, self.value)


class DRAWTHINGS_OT_history_delete(_OnPicture, bpy.types.Operator):
    """Throw this picture away: its file goes into the folder Deleted beside it, from where it can be brought back until you empty that"""  # noqa: E501 - one tooltip

    bl_idname = "drawthings.history_delete"
    bl_label = "Delete"

    @reported
    def execute(self, _context: bpy.types.Context) -> None:
        history.delete(self.identity)


class DRAWTHINGS_OT_history_restore(_OnPicture, bpy.types.Operator):
    """Bring this picture back to where it was before it was thrown away"""

    bl_idname = "drawthings.history_restore"
    bl_label = "Restore"

    @reported
    def execute(self, _context: bpy.types.Context) -> None:
        history.restore(self.identity)


class DRAWTHINGS_OT_history_reveal(_OnPicture, bpy.types.Operator):
    """Open the folder that this picture's file is in"""

    bl_idname = "drawthings.history_reveal"
    bl_label = "Open Folder"

    @reported
    def execute(self, _context: bpy.types.Context) -> None:
        history.reveal(self.identity)


class DRAWTHINGS_OT_rebuild_history(bpy.types.Operator):
    """Make the history anew from what the pictures' files tell. Favourites and what was thrown away stay as they are"""  # noqa: E501 - one tooltip

    bl_idname = "drawthings.rebuild_history"
    bl_label = "Rebuild History"
    bl_options = {'INTERNAL'}

    @reported
    def execute(self, _context: bpy.types.Context) -> None:
        history.rebuild()


register, unregister = bpy.utils.register_classes_factory(
    (
        DRAWTHINGS_OT_search_history,
        DRAWTHINGS_OT_history_reuse,
        DRAWTHINGS_OT_history_bring,
        DRAWTHINGS_OT_history_again,
        DRAWTHINGS_OT_history_favourite,
        DRAWTHINGS_OT_history_delete,
        DRAWTHINGS_OT_history_restore,
        DRAWTHINGS_OT_history_reveal,
        DRAWTHINGS_OT_rebuild_history,
    )
)
