# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which members of groups are done, until all are."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from .group import Group
from .job import GroupDone, Job


@dataclass(eq=False)
class Groups:
    """Under the lock of the queue that has it."""

    _done: dict[Group, dict[int, tuple[Job, tuple[Path, ...]]]] = field(default_factory=dict)
    """By the member's index: the job, and its pictures."""
    _given_up: set[Group] = field(default_factory=set)

    def done(self, job: Job, pictures: tuple[Path, ...]) -> GroupDone | None:
        """A member is done; the whole group where it was the last."""
        assert job.member is not None
        group = job.member.group
        if group in self._given_up:
            return None
        members = self._done.setdefault(group, {})
        members[job.member.index] = job, pictures
        if len(members) < group.size:
            return None
        in_order = [members[index] for index in range(group.size)]
        return GroupDone(group, tuple(job for job, _ in in_order), tuple(made for _, made in in_order))

    def is_open(self, group: Group) -> bool:
        """Members of it are done, and what happens when all are has not happened."""
        return group in self._done

    def is_given_up(self, group: Group) -> bool:
        """A member of it was cancelled or dismissed."""
        return group in self._given_up

    def close(self, group: Group) -> None:
        """What happens when all are done has happened."""
        self._done.pop(group, None)

    def give_up(self, group: Group) -> tuple[Job, ...]:
        """It is never whole; its members that are done."""
        self._given_up.add(group)
        return tuple(job for job, _ in self._done.pop(group, {}).values())

    def unfinished(self) -> tuple[Group, ...]:
        """Those of which some members are done, and not all."""
        return tuple(group for group, members in self._done.items() if len(members) < group.size)
