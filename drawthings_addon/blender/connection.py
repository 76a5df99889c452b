# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of the connected server. Memory only, for panels and polls: nobody is asked."""

from __future__ import annotations

import bpy

from ..client import bounds, connect
from ..client.capabilities import Capabilities
from ..client.compatibility import Setting
from ..client.dialect import Dialect
from ..client.features import Feature
from ..client.http.address import Server
from ..errors import BridgeError, FeatureMissing
from ..messages import Message
from . import settings
from .session import session
from .session.session import Connection

#: Characters of a name within a sentence.
_SHOWN_NAME = 120


def known() -> Capabilities | None:
    """What the connected server was found to offer; None when nobody has asked it yet."""
    return session.get().status.capabilities


def found(server: Server) -> Capabilities | None:
    """What a server was found to offer, be it by the job that runs there; None: nobody has asked yet."""
    servers = session.get().servers
    return servers.of(server.url).capabilities or servers.connections.known(server)


def capabilities() -> Capabilities:
    """What the connected server offers; before it was asked, what is most likely there."""
    return known() or connect.assumed()


def dialect() -> Dialect:
    """Which dialect the connected server speaks; before it was asked, the most likely one."""
    return capabilities().dialect


def offers(feature: Feature) -> bool:
    """Whether the connected server can do this."""
    return capabilities().offers(feature)


def has_model(scene: bpy.types.Scene) -> bool:
    """Whether the server that answered has a model to make pictures with, as far as that has to be chosen."""
    chosen = session.get().status.model or scene.drawthings.model.strip()
    return bool(chosen) or not dialect().needs_model


def takes(setting: Setting) -> bool:
    """Whether requests to the connected server may hold this."""
    return setting in dialect().takes


def may_take(setting: Setting) -> bool:
    """The same, also while nobody knows which dialect it speaks."""
    return known() is None or takes(setting)


def why_not(feature: Feature) -> str:
    """Empty, or why something that needs the feature cannot be done: for greyed buttons."""
    reason = settings.why_not_server()
    if reason:
        return reason
    if known() is None:
        return "Test the connection first, to find out what the server can do"
    return "" if offers(feature) else Message("The server does not offer “{feature}”", feature=feature.title)


def why_not_idle() -> str:
    """Empty, or why the server must not be asked now: it would wait behind, or disturb, the running job."""
    try:
        busy = session.get().jobs.is_busy(settings.server())
    except BridgeError as error:
        return str(error)
    return "A job runs there: its picture comes first" if busy else ""


def sentence() -> str:
    """How the server is, in words."""
    try:
        current, address = session.get(), settings.server()
    except BridgeError as error:
        return error.what.rstrip(".")
    if current.jobs.is_busy(address) and current.status.connection is not Connection.NO_ANSWER:
        return Message("{server} is making a picture", server=address.label)
    match current.status.connection:
        case Connection.ASKING:
            return Message("Asking {server} …", server=address.label)
        case Connection.ANSWERED:
            model = bounds.one_line(current.status.model, _SHOWN_NAME)
            return Message(
                "{server} answers · {model}", server=address.label, model=model or "model as set there"
            )
        case Connection.NO_ANSWER:
            return Message("{server} does not answer", server=address.label)
    return Message("{server} was not asked yet", server=address.label)


def require(feature: Feature) -> None:
    """Raises FeatureMissing with the reason."""
    reason = why_not(feature)
    if reason:
        raise FeatureMissing("{reason}.", "Connect to a server that does.", reason=reason)
