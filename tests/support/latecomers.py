# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whoever may be late is late: races that a busy computer shows once in a thousand runs show at once.

`pytest --late SEED` is for tests marked `timing`. Threads begin late, the stand-in notes an answer late and
sends it late, and what a test waited for was so for a while when the test goes on. A test that waits for
what it means does not mind.
"""

from __future__ import annotations

import random
import site
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: Seconds at the most: more than anything takes here that is not waited for.
_LATE = 0.08


def come_late(seed: int) -> None:
    """For the rest of this process."""
    from local_server import remote

    be_late(seed)
    remote.do(site.addsitedir, str(Path(__file__).parent))
    remote.do(be_late, seed)


def be_late(seed: int) -> None:
    """This process alone, not the one in which A1111's servers run."""
    from local_server import StandIn
    from local_server.a1111.progress import Progress
    from local_server.service import Service

    chance = random.Random(seed)

    def nap() -> None:
        time.sleep(chance.random() * _LATE)

    def late(
        function: Callable[..., Any], *, before: bool = False, after: bool = False
    ) -> Callable[..., Any]:
        def called(*arguments: Any, **more: Any) -> Any:
            if before:
                nap()
            result = function(*arguments, **more)
            if after:
                nap()
            return result

        return called

    threading.Thread.run = late(threading.Thread.run, before=True)  # type: ignore[method-assign]
    Service.record = late(Service.record, before=True, after=True)  # type: ignore[method-assign]
    StandIn.wait_until = late(StandIn.wait_until, after=True)  # type: ignore[method-assign]
    for name in ("count", "next_job"):
        setattr(Progress, name, late(getattr(Progress, name), after=True))
