# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renders beside the artist's own: from a copy of the scene that is gone when they are done.

The copy shares objects, materials and world with the scene; its render settings, view layers and
collection switches are its own. Its render does not replace the artist's Render Result, which Blender
keeps for each scene (measured in 4.2, 4.5, 5.0 and 5.2). Only 4.2's copying of scenes leaves something:
it counts the users of collections once too often until the file is loaded again.

Whatever is made here is found again by name: undo and file loading invalidate references, and a step
may come long after the one before. `sweep` removes what an undo step or a saved file brought back.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import bpy

from ...errors import SourceUnavailable, StorageFailed
from .. import compat, windows
from ..delivery import images
from ..preserve import preserved
from . import unavailable
from .render_job import render_at_once

#: A leading dot keeps a datablock out of Blender's menus.
PREFIX = ".Draw Things "

_POLL_SECONDS = 0.5

Steps = Generator[None, None, None]

_pending: list[SceneCopy] = []


class SceneCopy:
    """A copy of a scene, or an empty scene with its units, and the datablocks made for it.

    Use `remove` in `finally`; it may be called at any time and again.
    """

    def __init__(self, original: bpy.types.Scene, *, only: list[bpy.types.Object] | None = None) -> None:
        self._had_result = images.render_result() is not None
        if only is None:
            scene = original.copy()
        else:
            scene = bpy.data.scenes.new(PREFIX)
            scene.frame_current = original.frame_current
            scene.frame_subframe = original.frame_subframe
            for each in only:
                scene.collection.objects.link(each)
        scene.name = f"{PREFIX}{original.name}"
        self._name = scene.name
        self._made: list[tuple[str, str]] = []
        self._folders: list[Path] = []
        self._job: _Job | None = None
        _make_plain(scene)

    @property
    def scene(self) -> bpy.types.Scene:
        """Raises SourceUnavailable when another file was opened or the step was undone."""
        found = bpy.data.scenes.get(self._name)
        if found is None:
            raise SourceUnavailable("The scene was changed while it was rendered.", "Press again.")
        return found

    def add_camera(
        self, data: bpy.types.Camera | None = None, *, like: bpy.types.Object | None = None
    ) -> bpy.types.Object:
        """The copy's camera: a twin of `like` that moves as it does, else one with a copy of `data`.

        Sharp everywhere: a map of blurred depths would hold distances that nothing has.
        """
        data = like.data if like is not None else data
        twin = data.copy() if data is not None else bpy.data.cameras.new(PREFIX)
        twin.name = f"{PREFIX}Camera"
        twin.dof.use_dof = False
        self._made.append(("cameras", twin.name))
        camera = like.copy() if like is not None else bpy.data.objects.new(PREFIX, twin)
        camera.name = f"{PREFIX}Camera"
        camera.data = twin
        self._made.insert(0, ("objects", camera.name))
        scene = self.scene
        scene.collection.objects.link(camera)
        # Markers would switch to the artist's camera when the render begins.
        scene.timeline_markers.clear()
        scene.camera = camera
        return camera

    def add_world(self, strength: float) -> bpy.types.World:
        """An even white surrounding of the given strength."""
        world = bpy.data.worlds.new(f"{PREFIX}World")
        self._made.append(("worlds", world.name))
        if world.node_tree is None:
            world.use_nodes = True
        background = next(node for node in world.node_tree.nodes if node.type == 'BACKGROUND')
        background.inputs["Color"].default_value = (1.0, 1.0, 1.0, 1.0)
        background.inputs["Strength"].default_value = strength
        self.scene.world = world
        return world

    def set_size(self, width: int, height: int) -> None:
        """The size of the picture in pixels."""
        render = self.scene.render
        render.resolution_x, render.resolution_y = width, height
        render.resolution_percentage = 100

    def new_folder(self, parent: Path | None = None) -> Path:
        """A temporary folder that goes with the scene, and not while Blender may still write to it.

        Raises StorageFailed.
        """
        try:
            folder = Path(tempfile.mkdtemp(prefix=".drawthings-", dir=parent))
        except OSError as error:
            where = parent or tempfile.gettempdir()
            raise StorageFailed(
                "No folder can be made in {where}: {reason}.", where=where, reason=error.strerror
            ) from error
        self._folders.append(folder)
        return folder

    def render(self, path: Path, *, blocking: bool) -> Steps:
        """Render the copy's frame to `path`, in the format that it is set to.

        `blocking` renders in the first step; else Blender's own render job does where it is safe, and each
        step looks whether it has ended. Raises SourceUnavailable when there is no file in the end, and what
        `render_at_once` raises.
        """
        scene = self.scene
        scene.render.filepath = str(path)
        scene.render.use_file_extension = False
        if bpy.app.is_job_running('RENDER'):
            raise SourceUnavailable(unavailable.RENDERING, unavailable.WAIT)
        try:
            if blocking or compat.render_job_crashes():
                _render_at_its_frame(scene, path)
            else:
                self._job = _Job()
                _invoke(scene)
                while not self._job.is_over():
                    yield
        except RuntimeError as error:
            reason = str(error).strip()
            raise SourceUnavailable(
                "Blender could not render: {reason}", "Render it by hand.", reason=reason
            ) from error
        if not path.is_file():
            raise SourceUnavailable(
                "Blender did not finish the render.", "Press again; if that does not help, render by hand."
            )

    def remove(self) -> None:
        """Leave nothing behind; while Blender still renders the copy, as soon as it has ended."""
        if self.is_rendered():
            # Blender offers no way to stop its job, and removing what it renders would crash it.
            _pending.append(self)
            if not bpy.app.timers.is_registered(_remove_pending):
                bpy.app.timers.register(_remove_pending, first_interval=_POLL_SECONDS, persistent=True)
            return
        self._remove_now()

    def is_rendered(self) -> bool:
        """Blender's job still works on the copy."""
        return self._job is not None and not self._job.is_over()

    def _remove_now(self) -> None:
        if self._job is not None:
            self._job.forget()
            self._job = None
        scene = bpy.data.scenes.get(self._name)
        if scene is not None and len(bpy.data.scenes) > 1:
            bpy.data.scenes.remove(scene)
        for collection, name in self._made:
            datablocks = getattr(bpy.data, collection)
            found = datablocks.get(name)
            if found is not None:
                datablocks.remove(found)
        self._made.clear()
        for folder in self._folders:
            shutil.rmtree(folder, ignore_errors=True)
        self._folders.clear()
        result = images.render_result()
        if result is not None and not self._had_result:
            bpy.data.images.remove(result)


class _Job:
    """Blender's render job from before it is started until `forget`."""

    def __init__(self) -> None:
        self._has_ended = False
        self._handlers = (bpy.app.handlers.render_complete, bpy.app.handlers.render_cancel)
        for each in self._handlers:
            each.append(self._end)

    def is_over(self) -> bool:
        """A job that waits for a preview render to give way is neither running nor over.

        Until it has told its end, it is over only when the operator that waits for it is gone: then it
        was ended before it began.
        """
        if bpy.app.is_job_running('RENDER'):
            return False
        return self._has_ended or not any(
            operator.bl_idname == 'RENDER_OT_render'
            for window in windows.manager().windows
            for operator in compat.modal_operators(window)
        )

    def forget(self) -> None:
        for each in self._handlers:
            if self._end in each:
                each.remove(self._end)

    @bpy.app.handlers.persistent
    def _end(self, *_unused: object) -> None:
        self._has_ended = True


def sweep() -> int:
    """Remove scene copies that an undo step or a saved file brought back; how many datablocks those were.

    Does nothing while Blender renders.
    """
    if bpy.app.is_job_running('RENDER'):
        return 0
    count = 0
    for collection in (bpy.data.scenes, bpy.data.objects, bpy.data.cameras, bpy.data.worlds):
        for each in [each for each in collection if each.name.startswith(PREFIX)]:
            collection.remove(each)
            count += 1
    return count


def stop() -> None:
    """Wait for no render any more, when the extension is switched off or Blender ends."""
    if bpy.app.timers.is_registered(_remove_pending):
        bpy.app.timers.unregister(_remove_pending)
    _remove_pending()


def _remove_pending() -> float | None:
    for each in list(_pending):
        if not each.is_rendered():
            _pending.remove(each)
            each._remove_now()
    return _POLL_SECONDS if _pending else None


def run(steps: Generator[None, None, object]) -> object:
    """Make all steps at once, and give what they return."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def _make_plain(scene: bpy.types.Scene) -> None:
    """One whole picture of the frame, and nothing that the artist set up around renders."""
    render = scene.render
    render.use_border = False
    render.use_crop_to_border = False
    # A File Output node would write over the artist's files.
    render.use_compositing = False
    render.use_multiview = False
    render.use_single_layer = False
    render.use_sequencer = False
    render.use_overwrite = True
    render.use_placeholder = False
    render.use_lock_interface = False
    render.use_persistent_data = False
    render.use_stamp = False


def _render_at_its_frame(scene: bpy.types.Scene, path: Path) -> None:
    """The render operator renders a scene that is not the context's at the context's frame. Raises what
    `render_at_once` raises.

    Where that is another one an animation of the one frame is rendered, which has the scene's own frames. The
    context is changed only for what no animation has: while threads run, 4.2 and 5.0 crash within ten
    renders under `temp_override` (see `undo.push`), and not in 250 without it.
    """
    now = bpy.context.scene
    frame, subframe = scene.frame_current, scene.frame_subframe
    if (now.frame_current, now.frame_subframe) == (frame, subframe):
        render_at_once(scene, write_still=True)
    elif frame < 0 or subframe:
        with bpy.context.temp_override(scene=scene):
            render_at_once(scene, write_still=True)
    else:
        scene.frame_start = scene.frame_end = frame
        render_at_once(scene, animation=True)
        written = Path(scene.render.frame_path(frame=frame))
        if written.is_file():
            written.replace(path)


def _invoke(scene: bpy.types.Scene) -> None:
    view = bpy.context.preferences.view
    dirty = bpy.context.preferences.is_dirty
    with (
        bpy.context.temp_override(window=bpy.context.window or windows.first(), scene=scene),
        # Read when the job starts: no window is opened, no editor is switched to the render.
        preserved(view, "render_display_type"),
    ):
        view.render_display_type = 'NONE'
        result = bpy.ops.render.render('INVOKE_DEFAULT', write_still=True, scene=scene.name)
    bpy.context.preferences.is_dirty = dirty
    if 'CANCELLED' in result:
        raise SourceUnavailable(unavailable.NOT_STARTED, "Press again.")
