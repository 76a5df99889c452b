# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The session begins and ends with the extension, and is told of what happens to the open file."""

from __future__ import annotations

import atexit

import bpy
from bpy.app.handlers import persistent

from ...client.connections import Connections
from ...jobs.estimates import Estimates
from ...jobs.found_models import FoundModels
from ...jobs.history.thread import HistoryThread
from ...jobs.journal import Journal
from ...jobs.kept import KeptSources
from ...jobs.prompt_history import PromptHistory
from ...jobs.queue import JobQueue
from ...jobs.thumbnails import Thumbnails
from .. import handlers, paths, previews, settings
from ..capture import render_job, scene_copy
from ..delivery import provenance
from ..delivery import target as targets
from . import pump, session
from .first_picture import FirstPicture
from .session import Session

#: Jobs that outlived the extension's being disabled; taken up again when it is enabled.
_left_running: Session | None = None


@persistent
def _file_loaded(_path: str) -> None:
    targets.new_file_loaded()
    provenance.file_loaded()
    current = session.current()
    if current is not None:
        current.file_loaded()
    # Blender ended the render with its file, and took the handlers that waited for it.
    render_job.forget()
    scene_copy.sweep()


@persistent
def _file_saved(_path: str) -> None:
    current = session.current()
    if current is not None:
        current.file_saved()


@persistent
def _step_is_undone(*_unused: object) -> None:
    current = session.current()
    if current is not None:
        current.step_is_undone()


@persistent
def _step_undone(*_unused: object) -> None:
    _follow_step(is_redo=False)


@persistent
def _step_redone(*_unused: object) -> None:
    _follow_step(is_redo=True)


def _follow_step(*, is_redo: bool) -> None:
    # Undo may bring back the scene copy of a map that was being rendered.
    scene_copy.sweep()
    current = session.current()
    if current is not None:
        current.step_undone(is_redo=is_redo)


_HANDLERS: tuple[handlers.Named, ...] = (
    ("load_post", _file_loaded),
    ("save_post", _file_saved),
    ("undo_pre", _step_is_undone),
    ("redo_pre", _step_is_undone),
    ("undo_post", _step_undone),
    ("redo_post", _step_redone),
)


def register() -> None:
    """Start the session. Contacts nobody; what earlier starts left is read when the event loop runs."""
    global _left_running
    is_taken_up = _left_running is not None
    if _left_running is not None:
        current, _left_running = _left_running, None
        current.jobs.decoder.open()
    else:
        current = _new()
    session.make_current(current)
    handlers.add(_HANDLERS)
    pump.start(current.look, _first_look)
    if is_taken_up and not bpy.app.background:
        pump.wake()
    atexit.register(current.kept.close)
    atexit.register(current.history_thread.finish)
    # The last that is registered comes first.
    atexit.register(current.jobs.finish_writing)


def _new() -> Session:
    folder = paths.user_directory()
    journal = Journal(folder / "journal")
    estimates = Estimates(folder / "estimates.json")
    connections = Connections()
    kept = KeptSources(paths.sources_directory())
    history = HistoryThread(folder)
    jobs = JobQueue(
        connections.verified,
        ask=connections.client,
        journal=journal,
        estimates=estimates,
        kept=kept,
        history=history,
        # Without panels nobody sees them, and whoever waits for a picture looks at it.
        thumbnails=Thumbnails.NEVER if bpy.app.background else Thumbnails.AFTER_THEM,
        tells_coming=bpy.app.background,
    )
    prompts = PromptHistory(folder / "prompts.json")
    first_picture = FirstPicture(folder)
    models = FoundModels(folder / "found_models.json")
    return Session(connections, jobs, journal, estimates, kept, history, first_picture, prompts, models)


def _first_look() -> None:
    current = session.get()
    session.keep_sources(settings.preferences().kept_sources)
    provenance.read_unknown()
    current.read_file()
    current.tell_of_lost_jobs()
    current.look_for_first_picture()


def unregister() -> None:
    """Stop looking. What the worker has begun it finishes, onto disk."""
    global _left_running
    pump.stop()
    handlers.remove(_HANDLERS)
    render_job.forget()
    scene_copy.stop()
    previews.free()
    current = session.current()
    if current is None:
        return
    current.jobs.decoder.close()
    current.history_thread.let_go()
    # A picture may be held back by a render or a stroke when its job has long ended.
    if current.is_needed:
        current.leave_running()
        _left_running = current
    else:
        current.journal.let_go()
        current.kept.close()
        atexit.unregister(current.kept.close)
        atexit.unregister(current.history_thread.finish)
        atexit.unregister(current.jobs.finish_writing)
        paths.remove_snapshots()
    session.make_current(None)
