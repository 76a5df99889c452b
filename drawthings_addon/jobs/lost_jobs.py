# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences about the jobs that Blender did not live to see the end of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..client import bounds
from ..messages import Message
from .journal_entry import LostJob

#: So many kinds of lost jobs are told one by one.
_TOLD_ONE_BY_ONE = 200


def about_lost(lost: Iterable[LostJob]) -> Iterator[str]:
    """A sentence for each kind of job that Blender did not live to see the end of, and one for those of which
    there are too many to be read one by one."""
    kinds: dict[tuple[str, str], list[LostJob]] = {}
    for job in lost:
        kinds.setdefault((job.title, job.prompt), []).append(job)
    groups = list(kinds.values())
    for jobs in groups[:_TOLD_ONE_BY_ONE]:
        told = Message(
            "Blender ended during {job}."
            if len(jobs) == 1
            else "Blender ended {count} times, each time during {job}.",
            count=len(jobs),
            job=_named(jobs[0]),
        )
        yield _with_their_pictures(told, jobs)
    others = [job for jobs in groups[_TOLD_ONE_BY_ONE:] for job in jobs]
    if others:
        told = Message("Blender ended during {count} other jobs as well.", count=len(others))
        yield _with_their_pictures(told, others)


def _named(job: LostJob) -> Message:
    """Not every kind of job has a prompt."""
    return Message(
        "“{title}” ({prompt})" if job.prompt else "“{title}”",
        title=bounds.one_line(job.title, 80),
        prompt=bounds.one_line(job.prompt, 60),
    )


def _with_their_pictures(told: Message, jobs: Sequence[LostJob]) -> Message:
    pictures = [path for job in jobs for path in job.pictures]
    if not pictures:
        return told
    folders = dict.fromkeys(str(path.parent) for path in pictures[:_TOLD_ONE_BY_ONE])
    return Message(
        "{told} {count} of its pictures are in {folders}."
        if len(jobs) == 1
        else "{told} {count} of their pictures are in {folders}.",
        told=told,
        count=len(pictures),
        folders=", ".join(folders),
    )
