# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Joins jobs to Blender: takes orders from operators, and delivers what comes back. The contract of threads:

    Blender's main thread                one server = two threads; one for all = disk, helper, history
    ─────────────────────                ─────────────────────────────────────────────────────────────
    operators ── submit, order ───────▶  tasks    jobs and orders that wait in the server's queue, in turn
              ── ask, cancel, skip ───▶  answers  orders to stop, before progress, before questions
              ── read ────────────────▶  disk     journal, kept sources, files
                                         helper   what a task does in two at once, and thumbnails
                                         history  every picture that was made
    pump ◀───────── mailbox ◀──────────  all of them

main thread  Alone touches `bpy` and what this package keeps. With a window it waits for nobody; in background
             it turns the pump until what was ordered is done. Panels read what is in memory.
pump         A timer while there is work. Each look takes what is in the mailbox. What would cut a stroke or a
             render in two stays there: of a job's progress the latest alone, and none after its end.
             It decodes what Blender alone decodes, for workers that wait for the pixels with the file on disk
             (`jobs.decoder`).
tasks        What makes the server busy, one after another, so that nothing lands in the middle of a job.
             What is done here, without a server, has one thread more: it waits for none, and none for it.
answers      What is answered at once, the most urgent first, also between two exchanges of a long question.
             Each exchange is bounded in time. A question in the way of an order to stop is hung up and asked
             again. Such an order means one request: it is dropped when that has ended before, and the
             request's end waits for one on its way. Only a request that was left, after a time-out or hung
             up, is asked about until it is over, to be stopped in its turn. No picture waits for a question.
threads      Each starts with its first call, and ends when idle for seconds. Nobody joins them, so quitting
             waits for no server and no disk. They are started in `jobs.serial_executor` alone; where none can
             be had, whoever asked is told. A name has one of its own while it is looked up, as nothing ends
             that (`client.http.connecting`).
locks        The queue's, then an executor's or the mailbox's: held for moments, and never while a server, a
             disk or Blender is asked for anything.
"""

from __future__ import annotations

import collections
import logging
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import bpy

from ...client.connections import Connections
from ...client.http.address import THIS_COMPUTER, Server
from ...errors import REPORT_IT, BridgeError, InvalidSettings, OrderCancelled
from ...jobs.estimates import Estimates
from ...jobs.found_models import FoundModels
from ...jobs.history.history import History
from ...jobs.history.thread import HistoryThread
from ...jobs.job import (
    Event,
    GroupDone,
    Job,
    JobEnded,
    JobNotice,
    JobState,
    JobStatus,
    JobText,
    PictureWritten,
    ProgressChanged,
    ThumbnailMade,
)
from ...jobs.journal import Journal
from ...jobs.journal_entry import LostJob
from ...jobs.kept import KeptSources
from ...jobs.lost_jobs import about_lost
from ...jobs.prompt_history import PromptHistory
from ...jobs.queue import JobQueue
from ...jobs.server_worker import Answer, Question
from ...jobs.storage import sweep
from ...jobs.task import Picture, PictureComing, PictureDone
from ...messages import Message
from .. import decoding, dialogs, paths, previews, settings, visibility
from ..capture import render_job
from ..choices import offered
from ..delivery import provenance
from ..delivery import target as targets
from ..delivery.destination import Destination
from ..delivery.result import Result
from ..delivery.target import Target
from ..windows import hands_full as _hands_full
from ..windows import redraw_sidebars
from . import background, completions, notices, pump, thrown_away
from .enlarged import Enlarged
from .first_picture import FirstPicture
from .history import ShownHistory
from .map_preview import MapPreview
from .model_search import ModelSearch
from .notices import About, Notice
from .result_pictures import ResultPictures
from .results import Results, Standing, preview_key
from .server_state import Connection as Connection
from .server_state import ServerStates, ServerStatus
from .thrown_away import ThrownAway
from .troubles import Troubles

log = logging.getLogger(__name__)

#: Seconds between two redraws of a sidebar that shows elapsed time.
REDRAW_INTERVAL = 0.5
_OFFERED = "Try again to have it made as it was ordered. The server may have finished it: look in the app."


@dataclass(eq=False)
class Session:
    """What runs and what came of it, while Blender is open. Main thread only."""

    connections: Connections
    jobs: JobQueue
    journal: Journal
    estimates: Estimates
    kept: KeptSources
    """What the results were made from."""
    history_thread: HistoryThread
    """Every picture that was made."""
    first_picture: FirstPicture
    prompts: PromptHistory = field(default_factory=PromptHistory)
    """Those that were pressed."""
    models: FoundModels = field(default_factory=FoundModels)
    model_search: ModelSearch | None = None
    """The latest one."""
    servers: ServerStates = field(init=False)
    history: ShownHistory = field(init=False)
    """What panels show of every picture that was made."""
    notices: collections.deque[Notice] = field(default_factory=collections.deque)
    """Oldest first."""
    enlarged: Enlarged = field(init=False)
    """The selected result, as large as the panel shows it."""
    sent: Enlarged = field(init=False)
    """What the job that runs makes its pictures from, as large as the panel shows it."""
    troubles: Troubles = field(default_factory=Troubles)
    _results: Results = field(init=False)
    maps: MapPreview = field(init=False)
    """What the maps of a picture would look like."""
    pictures: ResultPictures = field(init=False)
    """How results look."""
    _is_file_read: bool = False
    _unended: set[str] = field(default_factory=set)
    """The ids of jobs that may be tried again, or were cancelled just now."""
    _ended: dict[str, JobEnded] = field(default_factory=dict)
    _told_to_wait: set[str] = field(default_factory=set)
    """In background: the ids of jobs of which it was said that they wait behind another."""
    _troubles: dict[str, list[str]] = field(default_factory=dict)
    """In background: what to say at the end of a job that did not come to all it was meant for."""
    _tasks: list[Callable[[], bool]] = field(default_factory=list)
    _rendered: list[Callable[[], None]] = field(default_factory=list)
    _redrawn: float = 0.0
    _left_scenes: frozenset[int] = frozenset()
    """session_uids of the file's scenes when the extension was disabled, until the next look."""

    def __post_init__(self) -> None:
        self.servers = ServerStates(self.connections)
        self.history = ShownHistory(self.ask_history, self.jobs, _folders)
        self._results = Results(
            self.kept,
            lambda result: self.pictures.want(result),
            ThrownAway(self._file_moved),
            lambda path: self.jobs.unwritten_data(path) or path.read_bytes(),
        )
        self.pictures = ResultPictures(self.jobs, self._results.seen)
        self.enlarged, self.sent = Enlarged("result", self.jobs), Enlarged("source", self.jobs)
        self.maps = MapPreview(self.jobs)
        self.jobs.decoder.open()

    # Orders

    def submit(
        self,
        job: Job,
        *target: Target,
        packed: bool = True,
        words_to: Callable[[str], None] | None = None,
    ) -> None:
        """Queue a job; in background run it to its end, and raise what it raised.

        Of several targets each is that of one picture, in the order of the job's sources. `words_to` takes
        what comes of a job that asks for words.
        """
        self.servers.asked_anew(job.server)
        self.look_away()
        job = replace(job, blend=paths.blend_name())
        destination = Destination(target, packed)
        self._results.expect(job.id, destination, words_to)
        self.jobs.submit(job, lambda: destination.to_text(job.task.sources))
        self.follow(job)

    def follow(self, job: Job) -> None:
        """With a window: make sure that the timer runs. In background: wait for the job's end."""
        if bpy.app.background:
            background.wait_for(job, self.jobs, self.step, lambda: job.id in self._ended)
            ended = self._ended.pop(job.id)
            if ended.error is not None:
                self.jobs.dismiss(job.id)
            background.raise_outcome(ended, self._troubles.pop(job.id, ()))
        else:
            pump.wake()

    def retry(self, job_id: str) -> None:
        """Run a failed job again, to the same target, and with it what else of its group failed.

        Raises BridgeError where it cannot be, as in another file than it was ordered in.
        """
        for each in self.jobs.owed_with(job_id):
            self._retry(each)

    def retry_all(self) -> None:
        """Run every failed job again. One that cannot be is in no other's way: it stays, and when all were
        tried the first error is raised."""
        error = None
        for each in self.statuses():
            if each.state is JobState.FAILED:
                try:
                    self.retry(each.job.id)
                except OrderCancelled:
                    raise
                except BridgeError as told:
                    error = error or told
        if error is not None:
            raise error

    def _retry(self, job_id: str) -> None:
        job = self.jobs.retry(job_id, None if self._results.knows(job_id) else self._as_it_was(job_id))
        if job is not None:
            self._results.order_again(job.id, instead_of=job_id)
            self.follow(job)

    def _as_it_was(self, job_id: str) -> Job | None:
        """A job of before Blender ended, with what no file knows."""
        found = next((each.job for each in self.jobs.statuses() if each.job.id == job_id), None)
        if found is None:
            return None
        server = found.server if found.server == THIS_COMPUTER else settings.server()
        if server.url != found.server.url:
            # Neither a password nor a picture goes anywhere because a file says so.
            raise InvalidSettings(
                "This was ordered from {server}.",
                "Connect to it in the preferences, then try again.",
                server=found.server.label,
            )
        destination = Destination.from_text(found.target)
        self._results.expect(job_id, destination)
        return replace(found, server=server, task=destination.with_origins(found.task))

    def dismiss(self, job_id: str) -> None:
        """Forget a failed job."""
        self.jobs.dismiss(job_id)
        self._results.forget_destination(job_id)

    def ask(self, server: Server, question: Question, answer: Answer) -> None:
        """Ask a server at once, elsewhere, then call `answer(result, error)` here; in background wait for it.

        `question` may be called again, and changes nothing at the server.
        """
        self.follow_answer(lambda told: self.jobs.ask(server, question, told), answer)

    def order(self, server: Server, order: Question, answer: Answer) -> None:
        """The same for what waits in the server's own queue: it is done between two jobs, in its turn."""
        self.follow_answer(lambda told: self.jobs.order(server, order, told), answer)

    def order_when_idle(self, server: Server, order: Question, answer: Answer) -> None:
        """The same where no job waits or runs there; else nothing is done."""

        def start(told: Answer) -> None:
            if not self.jobs.order_when_idle(server, order, told):
                self.jobs.mailbox.put_call(lambda: told(None, None))

        self.follow_answer(start, answer)

    def read(self, call: Callable[[], Any], answer: Answer) -> None:
        """The same for what reads or writes files, and asks no server."""
        self.follow_answer(lambda told: self.jobs.call_on_disk(call, told), answer)

    def ask_history(
        self, question: Callable[[History], Any], answer: Answer, *, takes_long: bool = False
    ) -> None:
        """The same for what the history of pictures knows or is told; see `HistoryThread.ask`."""

        def start(told: Answer) -> None:
            self.history_thread.ask(question, told, self.jobs.mailbox, takes_long=takes_long)

        self.follow_answer(start, answer)

    def skip(self, server: Server, answer: Answer) -> None:
        """The same for an order to end the picture that the server makes for the job that runs."""
        self.follow_answer(lambda told: self.jobs.skip(server, told), answer)

    def order_from_render(self, server: Server, order: Question, *, when_idle: bool = False) -> bool:
        """`order`, also from the thread of Blender's render job; what goes wrong is told in the panel.

        With `when_idle` only when no job waits or runs there; else False. In background waits for it.
        """

        def answer(_none: None, error: BridgeError | None) -> None:
            if error is not None:
                self.tell_failed(server, error)

        if when_idle:
            if not self.jobs.order_when_idle(server, order, answer):
                return False
        else:
            self.jobs.order(server, order, answer)
        if bpy.app.background:
            # Blender renders: of what comes meanwhile nothing can be delivered.
            while self.jobs.is_working(server):
                time.sleep(0.005)
            self._take_answers()
        return True

    def follow_answer(self, start: Callable[[Answer], None], answer: Answer) -> None:
        """`answer` is called with what `start` begins: that is given what to call with the result and the
        error. In background wait for it."""
        answered: list[bool] = []

        def told(result: Any, error: BridgeError | None) -> None:
            answered.append(True)
            answer(result, error)

        start(told)
        if bpy.app.background:
            background.wait(self.jobs, self.step, lambda: bool(answered))
        else:
            pump.wake()

    def attend(self, step: Callable[[], bool]) -> None:
        """Call `step()` at every look until it returns False; its errors are told in the panel.

        In background wait for that, and raise what it raises.
        """
        if bpy.app.background:
            background.wait(self.jobs, self.step, lambda: not step())
        else:
            self._tasks.append(step)
            pump.wake()

    def after_render(self, scene: bpy.types.Scene, call: Callable[[], None]) -> None:
        """Render the scene's frame with Blender's own render job, then `call` from the pump."""

        def ended(finished: bool) -> None:
            if finished:
                self._rendered.append(call)
            else:
                self.tell("The render was cancelled, so nothing was restyled.")

        # It ends on the thread of Blender's render job.
        mailbox = self.jobs.mailbox
        render_job.start_render(scene, lambda finished: mailbox.put_call(lambda: ended(finished)))
        pump.wake()

    def chosen(self) -> None:
        """The artist selected a result; see `Results.chosen`."""
        self._results.chosen()
        self.look_away()

    def look_away(self) -> None:
        """The artist looks at something else than what went wrong until now."""
        failed = (status.error for status in self.statuses() if status.state is JobState.FAILED)
        self.troubles.look_away((*failed, self.status.error))

    # For panels: memory only

    @property
    def status(self) -> ServerStatus:
        """How the server in the preferences is."""
        return self.servers.connected

    @status.setter
    def status(self, status: ServerStatus) -> None:
        self.servers.connected = status

    @property
    def results(self) -> collections.deque[Result]:
        """The latest pictures: those that the open file holds first, each newest first."""
        if bpy.app.background and not self._is_file_read:
            # With a window the first look does it.
            self.read_file()
        return self._results.latest

    def read_file(self) -> None:
        """Another file is open, or the extension was enabled in one: its results are listed. Not for
        `draw`."""
        self._is_file_read = True
        self.pictures.forget()
        self._results.read_file()

    def list_image(self, image: bpy.types.Image) -> Result:
        """An image that was brought into the file is among the results; see `Results.list_image`."""
        return self._results.list_image(image)

    def discard(self, results: Mapping[Result, Standing], files: Mapping[Path, Path] | None = None) -> None:
        """Take results off that list; see `Results.discard`."""
        self._results.discard(results, files)

    def put_away(self, files: Sequence[Path]) -> dict[Path, Path]:
        """Have files lie with what was thrown away; see `ThrownAway.put_away`."""
        return self._results.thrown_away.put_away(files)

    def keep_shown(self) -> bool:
        """What the open file shows from files that were thrown away it holds itself from now on, and that is
        told. Whether there was any. Pushes no undo step."""
        kept = thrown_away.keep_shown()
        if kept:
            self.tell(
                Message("“{image}” was thrown away: this file holds it itself now.", image=kept[0].name)
                if len(kept) == 1
                else Message(
                    "{count} pictures of this file were thrown away: it holds them itself now.",
                    count=len(kept),
                ),
                "They are in the folder Deleted." if len(kept) > 1 else "It is in the folder Deleted.",
            )
        return bool(kept)

    def _file_moved(self, before: Path, path: Path) -> None:
        """The history knows it before it is asked anything else. Not waited for: this may be in an undo."""
        self.history_thread.ask(
            lambda history: history.moved(before, path),
            lambda _none, _error: self.history.changed(),
            self.jobs.mailbox,
        )
        self.wake()

    def bring(self, result: Result, data: Callable[[], bytes]) -> bpy.types.Image | None:
        """Bring one of a set to its place; see `Results.bring`."""
        return self._results.bring(result, data)

    def tell(self, text: str, advice: str = "", about: About | None = None) -> None:
        """Put a sentence into the panel; without one onto standard error."""
        if bpy.app.background:
            print(f"{text} {advice}".strip(), file=sys.stderr)
        notices.add(self.notices, text, advice, about)

    def settle(self, about: About) -> None:
        """What was told about this does not hold any more."""
        notices.settle(self.notices, lambda each: each.about == about)

    def tell_failed(self, server: Server, error: BridgeError) -> None:
        """Something that a server was asked for failed. What keeps it from answering is said by the panel
        itself, as long as that is so."""
        self.servers.failed(server, error)
        is_said = self.status.error is error and not bpy.app.background
        if not is_said:
            self.tell(error.what, error.advice)

    def statuses(self) -> tuple[JobStatus, ...]:
        return self.jobs.statuses()

    def show_found_models(self) -> None:
        """Which models the server in the preferences was found to have, in the pickers."""
        offered.find(self.models.of(settings.origin()))

    def wake(self) -> None:
        """Have the timer run, where something came from a thread that could not start it."""
        if self.has_work and not bpy.app.background:
            pump.wake()

    # The pump

    def step(self) -> None:
        """Deliver what has come. Called by the timer, and by tests and background runs."""
        self._notice_file_loaded_while_disabled()
        mailbox = self.jobs.mailbox
        changed = self._take_answers()
        if self.jobs.is_unwritten_due:
            self.jobs.write_unwritten(paths.usable_output_directory(settings.preferences()))
        changed |= self.servers.hear()
        changed |= notices.settle(self.notices, self._is_settled)
        self.enlarged.step()
        self.sent.step()
        self.maps.step()
        self.pictures.step()
        self.history.step()
        if not _hands_full():
            self.jobs.decoder.work(decoding.read)
        # What cannot be delivered now stays in the mailbox, which keeps of progress the latest alone.
        while mailbox.has_events and not _hands_full():
            event = mailbox.next_event()
            if event is not None:
                self._handle(event)
            changed = True
        while self._rendered and not bpy.app.is_job_running('RENDER'):
            self._attempt(self._rendered.pop(0))
            changed = True
        for _ in range(len(self._tasks)):
            # Out of the list while it works: what it submits may come back here before it is done.
            task = self._tasks.pop(0) if self._tasks else None
            if task is not None and self._still_needed(task):
                self._tasks.append(task)
            else:
                changed = True
        now = time.monotonic()
        is_counting = self._tasks or self.jobs.statuses() or render_job.is_waiting()
        if changed or (is_counting and now - self._redrawn > REDRAW_INTERVAL):
            self._redrawn = now
            redraw_sidebars()
            dialogs.outdate()
        dialogs.redraw_when_due()

    def _is_settled(self, notice: Notice) -> bool:
        about = notice.about
        if about is None:
            return False
        answers = self.servers.of(about.server).connection is Connection.ANSWERED
        return not settings.is_connected(about.server) or (about.thing == "connection" and answers)

    def _take_answers(self) -> bool:
        """Do what follows from questions and orders; whether there was any."""
        changed = False
        while (answer := self.jobs.mailbox.next_answer()) is not None:
            # What was heard on the way to it, before what follows from it.
            self.servers.hear()
            self._attempt(answer)
            changed = True
        return changed

    def look(self) -> bool:
        """What the timer calls; whether it must go on."""
        try:
            self.step()
        except Exception:
            log.exception("The pump met a fault of the extension")
        return self.has_work

    def file_loaded(self) -> None:
        """Another file is open."""
        self.keep_shown()
        self.maps.forget()
        self.read_file()

    def file_saved(self) -> None:
        """The names that everything has now, also the file itself, are those that outlive a crash."""
        self.jobs.redirect(self._results.destinations(status.job for status in self.statuses()))

    def step_is_undone(self) -> None:
        """Blender is about to take a step back, or again."""
        self._results.before_undo()

    def step_undone(self, *, is_redo: bool) -> None:
        """Blender took a step back, or again."""
        for error in self._results.follow_undo(is_redo=is_redo):
            self.tell(error.what, error.advice)
        self.keep_shown()

    def leave_running(self) -> None:
        """The extension is disabled: from now on nobody tells when a file is loaded."""
        self._left_scenes = frozenset(scene.session_uid for scene in bpy.data.scenes)

    def _notice_file_loaded_while_disabled(self) -> None:
        # Not when it is enabled: Blender hides its data from an extension that registers.
        if self._left_scenes and self._left_scenes.isdisjoint(scene.session_uid for scene in bpy.data.scenes):
            targets.new_file_loaded()
            provenance.file_loaded()
            self.read_file()
        self._left_scenes = frozenset()

    @property
    def is_needed(self) -> bool:
        """Something of it would be lost with the session."""
        return not self.jobs.is_idle or bool(self.jobs.unwritten_count)

    @property
    def is_working(self) -> bool:
        """Something runs, waits, or was not handled yet."""
        is_ordered = bool(self._rendered or self._tasks or render_job.is_waiting())
        is_shown = self.enlarged.is_wanted or self.sent.is_wanted or self.pictures.is_wanted
        is_shown = is_shown or self.maps.is_wanted
        return is_ordered or is_shown or self.history.is_working or not self.jobs.is_idle

    @property
    def has_work(self) -> bool:
        """The timer must go on, be it for a disk that has room again."""
        return self.is_working or bool(self.jobs.unwritten_count) or dialogs.is_outdated()

    def _attempt(self, call: Callable[[], None]) -> None:
        """Call what an operator left for later: its errors are told in the panel."""
        try:
            call()
        except BridgeError as error:
            self.tell(error.what, error.advice)

    def _still_needed(self, task: Callable[[], bool]) -> bool:
        """One step of a task; one that raises is not called again."""
        try:
            return task()
        except BridgeError as error:
            self.tell(error.what, error.advice)
        except Exception:
            log.exception("A task met a fault of the extension")
            self.tell("The extension failed at a task.", REPORT_IT)
        return False

    def _handle(self, event: Event) -> None:
        match event:
            case PictureComing(picture):
                self._results.decode(picture)
            case PictureDone(picture, is_wanted):
                self._deliver(picture, is_wanted=is_wanted)
            case ThumbnailMade(path, thumbnail):
                self._results.show(path, thumbnail)
            case PictureWritten(picture, before):
                self._written(picture, before)
            case JobNotice(job, text, advice):
                self.tell(text, advice)
            case JobText(job, text):
                self._results.take_words(job.id, text)
                self.servers.answered(job.server)
            case GroupDone():
                self._attempt(lambda: completions.carry_out(event))
                self.jobs.acknowledge_group(event)
            case ProgressChanged():
                self._show_progress(event)
            case JobEnded(job, state, error):
                previews.forget(preview_key(job))
                self._end(job, state, error)
                if bpy.app.background:
                    self._ended[job.id] = event

    def _show_progress(self, event: ProgressChanged) -> None:
        if bpy.app.background:
            if event.is_waiting and event.job.id not in self._told_to_wait:
                self._told_to_wait.add(event.job.id)
                sentence = Message("Waiting behind another job at {server}.", server=event.job.server.label)
                print(sentence, file=sys.stderr, flush=True)
        elif event.preview is not None:
            previews.update(preview_key(event.job), event.preview)

    def _deliver(self, picture: Picture, *, is_wanted: bool) -> None:
        arrival = self._results.deliver(picture, is_wanted=is_wanted)
        if bpy.app.background:
            self._troubles.setdefault(picture.job_id, []).extend(arrival.troubles)
        if arrival.notice:
            self.tell(arrival.notice)
        self.look_away()
        if settings.preferences().use_show_in_view and not bpy.app.background:
            visibility.show_texture(self.results[0])
        if settings.is_connected(picture.recipe.server):
            offered.meet_model(picture.recipe.request.models.model)
        self.servers.delivered(picture)
        if self.status.capabilities is not None:
            offered.speak(self.status.capabilities.dialect)
        self.history.changed()
        if picture.recipe.server and not self.first_picture.was_made:
            self.first_picture.was_made = True
            if bpy.app.background:
                # Blender may end right after this picture, and with it the disk's thread.
                self.first_picture.remember()
            else:
                self.jobs.write_beside(self.first_picture.remember)

    def _written(self, picture: Picture, before: Path) -> None:
        self._results.written(picture, before)
        self.history.changed()
        # Its name there is no other's.
        notices.settle(self.notices, lambda each: before.stem in each.text)
        self.tell(
            Message("A picture that was in Blender alone is on disk by now: {path}.", path=picture.path)
        )

    def _end(self, job: Job, state: JobState, error: BridgeError | None) -> None:
        self._results.take_back(job.id)
        self.jobs.acknowledge(job)
        if error is not None:
            self.servers.failed(job.server, error)
        if state is JobState.DONE:
            self._results.forget_destination(job.id)
            return
        # Of many failed jobs the queue keeps the latest; of a cancelled one a picture may be on its way.
        self._unended.add(job.id)
        gone = self._unended - {status.job.id for status in self.jobs.statuses()}
        self._unended -= gone
        for job_id in gone:
            self._results.forget_destination(job_id)

    def tell_of_lost_jobs(self) -> None:
        """Read what earlier starts left open, elsewhere, and put it into the panel, where what is owed can be
        tried again; sweep up behind them."""
        output = paths.usable_output_directory(settings.preferences())

        def question() -> tuple[LostJob, ...]:
            self.estimates.load()
            self.prompts.load()
            self.models.load()
            if output is not None:
                sweep(output)
            sweep(paths.sources_directory())
            return self.journal.take_lost()

        def answer(lost: tuple[LostJob, ...] | None, _error: BridgeError | None) -> None:
            self.show_found_models()
            news = [each for each in lost or () if not each.is_told and (each.pictures or not each.owed)]
            for sentence in about_lost(news):
                self.tell(sentence, "The server may have finished it: look in the app, or make it again.")
            for each in lost or ():
                if each.owed is not None:
                    # Where it goes is what the journal says.
                    self._results.forget_destination(each.owed.id)
            self.jobs.take_up(lost or (), BridgeError("Blender ended before this was made.", _OFFERED))

        self.read(question, answer)

    def look_for_first_picture(self) -> None:
        """Find out, elsewhere, whether there ever was a picture."""
        self.read(self.first_picture.is_on_disk, lambda found, _error: self.first_picture.found(bool(found)))


def _folders() -> tuple[Path, ...]:
    """That pictures are written to now."""
    found = paths.usable_output_directory(settings.preferences())
    return (found,) if found is not None else ()


_session: Session | None = None


def current() -> Session | None:
    """The session; None while the extension is not enabled."""
    return _session


def get() -> Session:
    """The session. Raises BridgeError when the extension is not enabled."""
    if _session is None:
        raise BridgeError("Draw Things Bridge is not enabled.", "Enable it in Preferences → Add-ons.")
    return _session


def make_current(session: Session | None) -> None:
    """The extension is enabled with this one, or disabled."""
    global _session
    _session = session


def server_changed() -> None:
    """The preferences name another server: nothing is known of it."""
    offered.forget()
    if _session is not None:
        _session.show_found_models()
        _session.servers.forget_connected()
        notices.settle(_session.notices, _session._is_settled)


def keep_sources(gibibytes: float) -> None:
    """As much of what pictures were made from is kept from now on."""
    if _session is not None:
        _session.kept.limit(round(gibibytes * 2**30))
