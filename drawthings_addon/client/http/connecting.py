# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A connection that stands within a time, or is given up at any moment.

The system's look-up of a name can neither be bounded nor ended, and takes minutes where a network's name
server is gone. So it is done on a thread of its own, which nobody joins: quitting waits for none. Whoever
needs the same name meanwhile waits for the same look-up, so that there is one for each name at the most.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from urllib3.util.wait import wait_for_write

#: Seconds after which whoever waits looks whether it is given up.
_LOOK = 0.05
_UNDER_WAY = frozenset({errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EAGAIN})
_DROPPED = frozenset({errno.ECONNRESET, errno.ECONNABORTED, errno.EPIPE})

_Address = tuple[socket.AddressFamily, Any]


class GivenUp(OSError):
    """This side does not want the connection any more."""


class Dropped(OSError):
    """The connection was taken, and dropped at once. Without a number: urllib3 passes over some of them."""


class NoSuchName(OSError):
    """Nobody here knows the computer."""


class NoNameServer(OSError):
    """Nobody who knows names answers: the network is gone, or its name server."""


class LookUpTimedOut(TimeoutError):
    """The name was not found out in time."""


def connect(host: str, port: int, deadline: float, is_given_up: Callable[[], bool]) -> socket.socket:
    """A connection to `host`, a name or an IP address without brackets, at the first of its addresses that
    takes it. `deadline` is on the monotonic clock.

    Raises GivenUp, NoSuchName, NoNameServer, LookUpTimedOut, TimeoutError when no address answers, Dropped,
    or another OSError.
    """
    addresses = _literal(host, port) or _looked_up(host, port, deadline, is_given_up)
    failure: OSError = NoSuchName(host)
    for index, address in enumerate(addresses):
        now = time.monotonic()
        # Where the first of two is not reached by any way, the second has its time, too.
        share = max(deadline - now, 0.0) / (len(addresses) - index)
        try:
            return _connected(address, now + share, is_given_up)
        except GivenUp:
            raise
        except OSError as error:
            failure = error
    raise failure


def _connected(address: _Address, deadline: float, is_given_up: Callable[[], bool]) -> socket.socket:
    family, where = address
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setblocking(False)
        state = connection.connect_ex(where)
        while state in _UNDER_WAY:
            if is_given_up():
                raise GivenUp
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            if wait_for_write(connection, min(left, _LOOK)):
                state = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if state in _DROPPED:
            raise Dropped(os.strerror(state))
        if state:
            raise OSError(state, os.strerror(state))
    except BaseException:
        connection.close()
        raise
    return connection


def _literal(host: str, port: int) -> list[_Address]:
    """The address that `host` is; empty for a name."""
    try:
        version = ipaddress.ip_address(host).version
    except ValueError:
        return []
    return [
        (socket.AF_INET, (host, port)) if version == 4 else (socket.AF_INET6, (host, port, 0, 0)),
    ]


class _LookUp:
    """One name, being looked up."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._addresses: list[_Address] = []
        self._error: OSError | None = None
        self._is_done = threading.Event()

    def start(self, ended: Callable[[], None]) -> None:
        """Raises OSError where no thread can be had."""
        thread = threading.Thread(target=self._run, args=(ended,), name="Draw Things name", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            raise OSError(errno.EAGAIN, "no thread can be had") from error

    def _run(self, ended: Callable[[], None]) -> None:
        try:
            found = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
            self._addresses = [(family, where) for family, _, _, _, where in found]
        except (OSError, UnicodeError) as error:
            is_unknown = getattr(error, "errno", None) != socket.EAI_AGAIN
            self._error = NoSuchName(str(error)) if is_unknown else NoNameServer(str(error))
        finally:
            ended()
            self._is_done.set()

    def result(self, deadline: float, is_given_up: Callable[[], bool]) -> list[_Address]:
        while not self._is_done.wait(min(max(deadline - time.monotonic(), 0.0), _LOOK)):
            if is_given_up():
                raise GivenUp
            if time.monotonic() >= deadline:
                raise LookUpTimedOut
        if self._error is not None:
            raise self._error
        return self._addresses


_look_ups: dict[tuple[str, int], _LookUp] = {}
_lock = threading.Lock()


def _looked_up(host: str, port: int, deadline: float, is_given_up: Callable[[], bool]) -> list[_Address]:
    with _lock:
        look_up = _look_ups.get((host, port))
        if look_up is None:
            look_up = _look_ups[host, port] = _LookUp(host, port)
            try:
                look_up.start(lambda: _forget(host, port))
            except OSError:
                del _look_ups[host, port]
                raise
    return look_up.result(deadline, is_given_up)


def _forget(host: str, port: int) -> None:
    with _lock:
        _look_ups.pop((host, port), None)
