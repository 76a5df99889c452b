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

    _done: dict[str, dict[int, tuple[Job, tuple[Path, ...]]]] = field(default_factory=dict)
    """By the group's id and the member's index: the job, and its pictures."""

    def done(self, job: Job, pictures: tuple[Path, ...]) -> GroupDone | None:
        """A member is done; the whole group where it was the last."""
        assert job.member is not None
        group = job.member.group
        members = self._done.setdefault(group.id, {})
        members[job.member.index] = job, pictures
        if len(members) < group.size:
            return None
        del self._done[group.id]
        in_order = [members[index] for index in range(group.size)]
        return GroupDone(group, tuple(job for job, _ in in_order), tuple(made for _, made in in_order))

    def is_open(self, group: Group) -> bool:
        """Some of its members are done, and not all."""
        return group.id in self._done

    def give_up(self, group: Group) -> tuple[Job, ...]:
        """It is never whole: forget it; its members that are done."""
        return tuple(job for job, _ in self._done.pop(group.id, {}).values())

    def unfinished(self) -> tuple[Group, ...]:
        """Those of which some members are done."""
        found = []
        for members in self._done.values():
            member = next(iter(members.values()))[0].member
            assert member is not None
            found.append(member.group)
        return tuple(found)
