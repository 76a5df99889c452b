# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting, running, cancelled, tried again: one lane a server, and one for what is done here.

A server makes one picture after another, so a second request would only wait there, where it can be
neither reordered nor cancelled. The threads are those of the head of `blender.session.session`.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..client.http.address import Server
from ..client.interface import Client
from ..client.turn import Turn
from ..errors import REPORT_IT, BridgeError
from .asking import asking
from .decoder import Decoder
from .endings import finishes_alone, why_not_skipped
from .entries import Entry, Lane, restore_order, too_many
from .estimates import Estimates
from .group import Group
from .groups import Groups
from .helper import Helper
from .history.thread import HistoryThread
from .job import (
    GroupDone,
    Job,
    JobEnded,
    JobState,
    JobStatus,
    ProgressChanged,
    of_job,
)
from .journal import Journal
from .journal_entry import LostJob
from .kept import KeptSources
from .mailbox import Mailbox
from .orders import Orders
from .records import Records
from .server_worker import Answer, Question, ServerWorker, call_elsewhere, no_thread
from .task import (
    Began,
    Keeps,
    LocalTask,
    Picture,
    PictureComing,
    PictureDone,
    Stored,
    TaskEvent,
    TaskIO,
    Waits,
)
from .thumbnails import Thumbnails, making

log = logging.getLogger(__name__)


class JobQueue:
    """Takes frozen jobs, gives frozen events. Every method returns at once and may be called anywhere."""

    def __init__(
        self,
        connect: Callable[[Server], Client],
        *,
        ask: Callable[[Server], Client] | None = None,
        journal: Journal | None = None,
        estimates: Estimates | None = None,
        kept: KeptSources | None = None,
        history: HistoryThread | None = None,
        decoder: Decoder | None = None,
        thumbnails: Thumbnails = Thumbnails.WITH_PICTURES,
        tells_coming: bool = False,
    ) -> None:
        """`connect` gives a client for a job, `ask` one for what is asked besides; both may ask a server.

        With `tells_coming` there is a `PictureComing` for a picture that is still looked at.
        """
        self.mailbox = Mailbox()
        self._connect = connect
        self._ask = ask or connect
        self._estimates = estimates or Estimates()
        self.decoder = decoder or Decoder()
        self._helper = Helper()
        self._thumbnails = thumbnails
        self._tells_coming = tells_coming
        self._records = Records(journal, kept, self.mailbox.put, history)
        self._disk = self._records.disk
        self._lock = threading.RLock()
        self._lanes: dict[str, Lane] = {}
        self._failed: list[Entry] = []
        self._groups = Groups()

    # What the artist does

    def submit(self, job: Job, target: Callable[[], str] | None = None) -> None:
        """Queue a job behind the others of its server. `target` is called here, where the journal keeps the
        job, for the text that tells where its results go."""
        if target is not None and Keeps.JOURNAL in job.task.keeps:
            job = replace(job, target=target())
        self._submit(Entry(job))

    def _submit(self, entry: Entry) -> None:
        with self._lock:
            lane = self._lane(entry.job.server)
            lane.waiting.append(entry)
            entry.kept = self._records.begin(entry.job)
            if not lane.worker.tasks.add(lambda: self._run_next(lane), keeps=False):
                lane.waiting.remove(entry)
                self._fail(entry, no_thread())

    def take_up(self, lost: Iterable[LostJob], why: BridgeError) -> None:
        """What Blender did not live to see the end of may be tried again: it is among those that failed,
        because of `why`."""
        with self._lock:
            for each in lost:
                if each.owed is not None:
                    self._failed.append(Entry(each.owed, JobState.FAILED, error=why, is_offered=True))
                if each.done is not None:
                    self._member_done(each.done, each.pictures)
            owed = {entry.group for entry in self._failed}
            for group in self._groups.unfinished():
                if group not in owed:
                    self._give_up(group)

    def cancel(self, job_id: str) -> None:
        """Take a waiting job out; let go of a running one: the server is interrupted where it offers that,
        as soon as it works on this job and on no other; else it finishes alone. Its answer is dropped.

        Later jobs wait for that, so that its time is not counted as theirs. Cancelling the same job
        again stops the waiting too, as does a server that cannot tell whose picture it makes, which a notice
        says then. An unknown id is no error: the job may have ended just now.
        """
        abandoned = None
        with self._lock:
            for lane in self._lanes.values():
                running = lane.running
                if running is not None and running.job.id == job_id:
                    if running.state is JobState.RUNNING:
                        if running.job.task.ends_when_cancelled:
                            running.state = JobState.STOPPING
                        else:
                            running.state = JobState.LET_GO
                            # It stops by itself, in moments: nothing of that is worth showing.
                            running.is_abandoned = isinstance(running.job.task, LocalTask)
                            self._end(running, JobState.CANCELLED)
                        if running.orders is not None:
                            running.orders.interrupt()
                    else:
                        if running.state is JobState.STOPPING:
                            running.state = JobState.LET_GO
                            self._end(running, JobState.CANCELLED)
                        running.is_abandoned = True
                        abandoned = running.client
                        if running.orders is not None:
                            running.orders.abandon()
                    if running.state is JobState.LET_GO:
                        # Who answers there need not be known any more.
                        running.connecting.abort()
                    break
                waiting = next((entry for entry in lane.waiting if entry.job.id == job_id), None)
                if waiting is not None:
                    lane.waiting.remove(waiting)
                    self._end(waiting, JobState.CANCELLED)
                    self._release(waiting)
                    break
        if abandoned is not None:
            abandoned.abort()

    def cancel_all(self) -> None:
        """Cancel everything that waits or runs."""
        with self._lock:
            # Those that wait first, so that none of them begins meanwhile.
            for status in reversed(self.statuses()):
                if status.state in {JobState.WAITING, JobState.RUNNING}:
                    self.cancel(status.job.id)

    def skip(self, server: Server, answer: Answer) -> None:
        """End the picture that the server makes for the job that runs: it comes unfinished.

        What comes after it is not meant, nor is anybody else's: nothing is sent when it is there before the
        server was told, nor where no job runs. Then `answer(None, error)` is in the mailbox.
        """

        def told(turn: Turn, error: BridgeError | None) -> None:
            reason = error or why_not_skipped(turn)
            self.mailbox.put_answer(lambda: answer(None, reason))

        with self._lock:
            self.mailbox.promise_answer()
            running = self._lane(server).running
            orders = running.orders if running is not None else None
            is_told = orders is not None and orders.skip(told)
        if not is_told:
            told(Turn.OVER, None)

    def move(self, job_id: str, offset: int) -> None:
        """Move a waiting job by `offset` places: -1 is one earlier. Stops at the ends."""
        with self._lock:
            for lane in self._lanes.values():
                for index, entry in enumerate(lane.waiting):
                    if entry.job.id == job_id:
                        del lane.waiting[index]
                        lane.waiting.insert(max(index + offset, 0), entry)
                        restore_order(lane.waiting)
                        return

    def redirect(self, targets: Mapping[str, str]) -> None:
        """The jobs of these ids have other targets from now on, as far as they are not made yet."""
        with self._lock:
            for entry in self._entries():
                target = targets.get(entry.job.id, entry.job.target)
                if target != entry.job.target:
                    entry.job = replace(entry.job, target=target)
                    self._records.redirect(entry.job)

    def owed_with(self, job_id: str) -> tuple[str, ...]:
        """The ids of the failed jobs that are tried again with this one: those of its group, in order."""
        with self._lock:
            found = next((entry for entry in self._failed if entry.job.id == job_id), None)
            if found is None or found.group is None:
                return (job_id,)
            members = [entry for entry in self._failed if entry.group == found.group]
            return tuple(entry.job.id for entry in sorted(members, key=lambda entry: entry.index))

    def retry(self, job_id: str, as_it_was: Job | None = None) -> Job | None:
        """Queue a failed job again for the pictures that it still owes; the new job, or None.

        One whose entry in the journal stays has the same id again. `as_it_was` is the job with what no
        journal holds.

        Of those with a source the latest `KEPT_FAILED` can be tried again, of all the latest
        `KEPT_FAILED_IN_ALL`.
        """
        with self._lock:
            for entry in self._failed:
                if entry.job.id == job_id:
                    self._failed.remove(entry)
                    old = as_it_was or entry.job
                    job_id = old.id if entry.keeps_record else uuid.uuid4().hex
                    job = replace(old, id=job_id, task=(entry.owed or old.task).remaining(entry.made))
                    self._submit(Entry(job, is_offered=entry.is_offered))
                    # The files that Blender wrote are the new one's.
                    self._records.done(entry.job.task)
                    self._records.done(entry.kept)
                    return job
        return None

    def dismiss(self, job_id: str) -> None:
        """Forget a failed job."""
        with self._lock:
            for entry in self._failed:
                if entry.job.id == job_id:
                    self._forget(entry)
                    return

    # What is done besides jobs

    def ask(self, server: Server, question: Question, answer: Answer) -> None:
        """Ask the server at once, whatever it is at; then `answer(result, error)` is in the mailbox.

        `question` may be called several times, and changes nothing at the server.
        """
        self._lane(server).worker.ask(lambda: self._ask(server), question, answer)

    def order(self, server: Server, order: Question, answer: Answer) -> None:
        """The same for what waits in the server's own queue: it is done between two jobs, in its turn."""
        self._lane(server).worker.order(lambda: self._ask(server), order, answer)

    def order_when_idle(self, server: Server, order: Question, answer: Answer) -> bool:
        """The same, but only when nothing waits or runs there; else False, and nothing is done."""
        with self._lock:
            lane = self._lane(server)
            if lane.running is not None or lane.waiting or not lane.worker.tasks.is_idle:
                return False
            self.order(server, order, answer)
            return True

    def call_on_disk(self, call: Callable[[], Any], answer: Answer) -> None:
        """The same for what reads or writes files, and asks no server."""
        call_elsewhere(self._disk, call, answer, self.mailbox)

    def write_beside(self, call: Callable[[], None]) -> None:
        """Do `call`, which writes a file, on the thread for that; nobody waits for it."""
        self._disk.add(call)

    def finish_writing(self, longest: float = 2.0) -> None:
        """Before the process ends: what is on its way to disk gets there, for so many seconds at the most.
        Else a job that ended right before would be taken for one that was cut off."""
        until = time.monotonic() + longest
        while not self._disk.is_idle and time.monotonic() < until:
            time.sleep(0.002)

    def beside(self, call: Callable[[], None]) -> None:
        """Do `call` on another thread some time; nobody waits for it."""
        self._helper.begin(call)

    # What the panel and the pump ask

    def unwritten_data(self, path: Path) -> bytes | None:
        """The bytes of a picture that no folder took yet, by the file that it is to have."""
        return self._records.unwritten.data(path)

    def write_unwritten(self, folder: Path | None = None) -> None:
        """Try soon to write the pictures that no folder took: to `folder` or where they belong."""
        self._disk.add(lambda: self._records.unwritten.write(folder))

    @property
    def is_unwritten_due(self) -> bool:
        """It is time to try that again."""
        return self._records.unwritten.is_due

    @property
    def unwritten_count(self) -> int:
        """How many pictures no folder took yet."""
        return len(self._records.unwritten)

    def acknowledge(self, job: Job) -> None:
        """The end of the job has been shown to the artist: once its pictures have files nothing of it can be
        lost any more."""
        with self._lock:
            is_owed = any(entry.keeps_record and entry.job.id == job.id for entry in self._entries())
            is_waited_for = job.member is not None and self._groups.is_open(job.member.group)
        if not is_owed and not is_waited_for:
            self._records.close(job)

    def acknowledge_group(self, done: GroupDone) -> None:
        """What happens when all of a group is done has happened."""
        with self._lock:
            self._groups.close(done.group)
        for job in done.jobs:
            self._records.close(job)

    def statuses(self) -> tuple[JobStatus, ...]:
        """Running, then waiting, then failed jobs, in the order of the panel."""
        with self._lock:
            lanes = list(self._lanes.values())
            running = (lane.running for lane in lanes)
            entries = [entry for entry in running if entry is not None and not entry.is_abandoned]
            entries += [entry for lane in lanes for entry in lane.waiting]
            now = time.monotonic()
            return tuple(self._status(entry, now) for entry in (*entries, *self._failed))

    @property
    def is_idle(self) -> bool:
        """Nothing waits or runs, and everything was taken out of the mailbox."""
        with self._lock:
            lanes = self._lanes.values()
            is_working = any(lane.waiting or lane.running or not lane.worker.tasks.is_idle for lane in lanes)
            is_beside = not (self._helper.is_idle and self._disk.is_idle)
            return not (is_working or is_beside) and self.mailbox.is_empty

    def is_busy(self, server: Server) -> bool:
        """A job runs there: it must not be asked anything that waits in the same queue."""
        with self._lock:
            lane = self._lanes.get(server.url)
            return lane is not None and (lane.running is not None or bool(lane.waiting))

    def is_stopping(self, job_id: str) -> bool:
        """The job was cancelled, and its server is to be told so, or has not stopped yet."""
        with self._lock:
            running = (lane.running for lane in self._lanes.values())
            entry = next((one for one in running if one is not None and one.job.id == job_id), None)
            if entry is None or entry.is_abandoned or not entry.is_stopping:
                return False
            return entry.orders is not None and entry.orders.can_interrupt

    def is_working(self, server: Server) -> bool:
        """A job or an order is being carried out there, or waits for that."""
        return not self._lane(server).worker.tasks.is_idle

    # On the server's thread

    def _lane(self, server: Server) -> Lane:
        with self._lock:
            lane = self._lanes.get(server.url)
            if lane is None:
                lane = self._lanes[server.url] = Lane(ServerWorker(self.mailbox, self.decoder))
            return lane

    def _run_next(self, lane: Lane) -> None:
        """Called as often as jobs were queued: of those that wait the first is done, if any does still."""
        with self._lock:
            if not lane.waiting:
                return
            entry = lane.running = lane.waiting.pop(0)
            entry.state = JobState.RUNNING
            entry.began = time.monotonic()
            error = self._why_not_now(entry)
        if error is None and entry.state is JobState.RUNNING:
            error = self._work(lane, entry)
        # One lock for all of it: a panel sees the job either run or ended, and once.
        with self._lock:
            if entry.state is JobState.LET_GO:
                self._release(entry)
            elif error is not None:
                self._fail(entry, error)
            else:
                is_stopping = entry.state is JobState.STOPPING
                self._end(entry, JobState.CANCELLED if is_stopping else JobState.DONE)
                self._release(entry)
            lane.running = None

    def _work(self, lane: Lane, entry: Entry) -> BridgeError | None:
        """Run the job to its end; what stopped it, or None. Takes the lock for moments only."""
        job = entry.job

        def answered(timing_key: str, seconds: float | None) -> None:
            with self._lock:
                entry.made += 1
                if entry.progress is not None and entry.made < job.part_count:
                    # The next part has not begun.
                    entry.progress = replace(
                        entry.progress, fraction=0.0, step=0, eta_seconds=None, preview=None
                    )
            if seconds is not None:
                self._estimates.learn(job.server.url, timing_key, seconds)
                self._disk.add(self._estimates.write)

        try:
            io = TaskIO(
                job_id=job.id,
                server=job.server,
                blend=job.blend,
                is_cancelled=lambda: entry.state is not JobState.RUNNING,
                told=lambda fraction, text: self._tell_progress(entry, fraction, text),
                answered=answered,
                begin=self._helper.begin,
                do_all=self._helper.side_by_side,
                coming=lambda picture: self._tell_coming(entry, picture),
                makes_thumbnails=self._thumbnails is Thumbnails.WITH_PICTURES,
                decode=lambda data: self.decoder.pixels(data, lambda: entry.state is not JobState.RUNNING),
            )
            if isinstance(job.task, LocalTask):
                events = job.task.with_sources(self._records.displayed).work(io)
            else:
                client, beside = self._reach(lane, entry)
                io = replace(
                    io, asking=lambda: asking(self._lock, lane.worker, entry, beside, self.mailbox.put)
                )
                events = job.task.with_sources(self._records.displayed).run(client, io)
            with making(self._thumbnails, self._helper, self.mailbox.put) as pictured:
                self._records.wait_begun(job)
                for event in events:
                    self._emit(entry, event)
                    if isinstance(event, PictureDone):
                        pictured(event.picture)
        except BridgeError as told:
            return told
        except MemoryError:
            return BridgeError(
                "There is not enough memory for this picture.", "Close other programs, or take a smaller one."
            )
        except Exception as unforeseen:
            # A mistake of ours ends this job and not the lane behind it.
            log.exception("The job “%s” met a fault of the extension", job.title)
            return BridgeError(
                "The extension failed at this job ({kind}).",
                REPORT_IT,
                kind=type(unforeseen).__name__,
            )
        return None

    def _reach(self, lane: Lane, entry: Entry) -> tuple[Client, Client]:
        """Clients of whoever answers at the job's server: for the task, and for what is asked meanwhile."""
        job = entry.job
        with entry.connecting.here():
            client = self._connect(job.server)
        # Others for what is asked and ordered meanwhile, so that each can be hung up alone; those must
        # not hang as long as what is waited for may take.
        beside, ordering = (_beside(client, client.server) for _ in range(2))
        if job.task.patience > job.server.read_timeout:
            client = _beside(client, replace(job.server, read_timeout=job.task.patience))
        with self._lock:
            entry.client = client
            entry.orders = Orders(
                lane.worker.answers, ordering, client.abort, lambda: self._finishes_alone(entry)
            )
            if entry.state is JobState.STOPPING:
                entry.orders.interrupt()
        return client, beside

    def _finishes_alone(self, entry: Entry) -> None:
        """The job was cancelled, and nobody can tell when the server works on it: it is not waited for."""
        client = None
        with self._lock:
            if entry.is_stopping and not entry.is_abandoned:
                if entry.state is JobState.STOPPING:
                    entry.state = JobState.LET_GO
                    self._end(entry, JobState.CANCELLED)
                entry.is_abandoned = True
                client = entry.client
                if entry.orders is not None:
                    entry.orders.abandon()
                self.mailbox.put(finishes_alone(entry.job))
        if client is not None:
            client.abort()

    def _emit(self, entry: Entry, event: TaskEvent) -> None:
        if isinstance(event, PictureDone):
            self._records.made(event.picture)
        with self._lock:
            if not entry.is_worked_on:
                if isinstance(event, PictureDone) and event.picture.recipe.set is not None:
                    # It was being written when the job was cancelled. The history has all of the set.
                    picture = replace(event.picture, title=entry.job.title)
                    self.mailbox.put(PictureDone(self._records.hold(picture, entry.kept), is_wanted=False))
                return
            if isinstance(event, Began):
                if event.owed is not None:
                    entry.owed = event.owed
                    self._records.record(replace(entry.job, task=event.owed), made=entry.made)
                entry.progress = ProgressChanged(entry.job, 0.0, 0, event.steps, None)
                return
            if isinstance(event, Waits):
                entry.progress = ProgressChanged(entry.job, 0.0, 0, 0, None, is_waiting=True)
                return
            if isinstance(event, PictureDone):
                picture = replace(event.picture, title=entry.job.title)
                event = PictureDone(self._records.hold(picture, entry.kept))
                entry.paths += tuple(each.path for each in picture.set if each.stored is not Stored.MEMORY)
                self._records.record(entry.job, entry.paths, made=entry.made + 1)
            self.mailbox.put(of_job(entry.job, event))

    def _tell_progress(self, entry: Entry, fraction: float, text: str) -> None:
        """What is done here is so far."""
        with self._lock:
            if entry.is_worked_on:
                before = entry.progress.fraction if entry.progress is not None else 0.0
                entry.progress = ProgressChanged(entry.job, max(before, fraction), 0, 0, None, text)
                self.mailbox.put(entry.progress)

    def _tell_coming(self, entry: Entry, picture: Picture) -> None:
        with self._lock:
            if self._tells_coming and entry.is_worked_on:
                self.mailbox.put(PictureComing(picture))

    def _fail(self, entry: Entry, error: BridgeError) -> None:
        entry.error = error
        self._failed.append(entry)
        self._end(entry, JobState.FAILED)
        kept, entry.kept = entry.kept, None
        if entry.group is not None and not entry.is_offered and kept is not None and self._records.has(kept):
            # However many of a group fail: files instead of pixels.
            entry.job = replace(entry.job, task=kept)
        else:
            # Another try keeps them anew.
            self._records.done(kept)
        for oldest in too_many(self._failed):
            self._forget(oldest)

    def _end(self, entry: Entry, state: JobState) -> None:
        if entry.state is not JobState.LET_GO:
            entry.state = state
            entry.ended = time.monotonic()
        job = entry.job
        # A member that failed is owed.
        is_over = state is not JobState.FAILED or job.member is None
        made = job.part_count if state is JobState.DONE else entry.made
        self._records.record(job, entry.paths, made=made, ended=is_over)
        self.mailbox.put(JobEnded(job, state, entry.error))
        if entry.group is not None and state is JobState.CANCELLED:
            self._give_up(entry.group)
        if entry.group is not None and state is JobState.DONE:
            self._member_done(job, entry.paths)

    def _entries(self) -> Iterator[Entry]:
        """All that is not made yet."""
        for lane in self._lanes.values():
            yield from lane.waiting
            if lane.running is not None:
                yield lane.running
        yield from self._failed

    def _forget(self, entry: Entry) -> None:
        """A failed job is not tried again."""
        self._failed.remove(entry)
        self._release(entry)
        if entry.keeps_record:
            self._records.close(entry.job)
        if entry.group is not None:
            self._give_up(entry.group)

    def _release(self, entry: Entry) -> None:
        """Nothing that the job is made from is needed any longer."""
        self._records.done(entry.job.task)
        self._records.done(entry.kept)
        if not entry.is_offered:
            self._records.discard_sources(entry.job.task)

    # Groups

    def _why_not_now(self, entry: Entry) -> BridgeError | None:
        """Why a member of a group in order cannot be made; it is cancelled where that group is given up."""
        if entry.job.member is None or not entry.job.member.group.in_order:
            return None
        group = entry.job.member.group
        if self._groups.is_given_up(group):
            entry.state = JobState.LET_GO
            self._end(entry, JobState.CANCELLED)
            return None
        if any(each.group == group and each.index < entry.index for each in self._failed):
            return BridgeError(
                "What comes before it failed.", "Try again: all of it that is not there is made in order."
            )
        return None

    def _member_done(self, job: Job, pictures: tuple[Path, ...]) -> None:
        done = self._groups.done(job, pictures)
        if done is not None:
            self.mailbox.put(done)

    def _give_up(self, group: Group) -> None:
        """A member was cancelled or dismissed: what was to happen when all are done does not."""
        for job in self._groups.give_up(group):
            self._records.close(job)

    # What is told

    def _status(self, entry: Entry, now: float) -> JobStatus:
        job = entry.job
        return JobStatus(
            job=job,
            state=entry.state,
            parts_done=entry.made,
            seconds=(entry.ended or now) - entry.began if entry.began else 0.0,
            waited=entry.waited + (entry.watched.waited_until(now) if entry.watched is not None else 0.0),
            estimate=self._estimates.of_all(job.server.url, job.task.timings),
            error=entry.error,
            progress=entry.progress,
        )


def _beside(client: Client, server: Server) -> Client:
    """A client of its own for the same server, whose exchanges are told of to the same listener."""
    sibling = client.sibling(server)
    sibling.listener = client.listener
    return sibling
