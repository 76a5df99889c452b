# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is asked of the server besides pictures, each on the artist's click and off the main thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from operator import methodcaller
from typing import Any, Literal, TypeVar

import bpy

from ...client import bounds
from ...client.capabilities import Capabilities
from ...client.catalogue import Catalogue, usable
from ...client.configuration import Configuration
from ...client.features import Feature
from ...client.http.address import Server
from ...client.interface import Client, NamedFiles
from ...errors import (
    UNUSABLE,
    BridgeError,
    InvalidSettings,
    ServerBusy,
    ServerError,
    UnknownServer,
)
from ...jobs.server_worker import Answer
from ...messages import Message
from .. import adopt, connection, settings, undo
from ..choices import offered
from ..delivery.target import Reference
from ..session import session
from ..session.notices import About, Thing
from ..session.server_state import Connection, ServerStatus

_Told = TypeVar("_Told")
RefreshKind = Literal['MODELS', 'VAES', 'EMBEDDINGS', 'LORAS']
ServerAction = Literal['STOP', 'RESTART', 'KILL']

_REFRESH: dict[RefreshKind, Feature] = {
    'MODELS': Feature.REFRESH_MODELS,
    'VAES': Feature.REFRESH_VAES,
    'EMBEDDINGS': Feature.REFRESH_EMBEDDINGS,
    'LORAS': Feature.REFRESH_LORAS,
}
SERVER_ACTIONS: dict[ServerAction, Feature] = {
    'STOP': Feature.STOP,
    'RESTART': Feature.RESTART,
    'KILL': Feature.KILL,
}


#: Characters of a name within a sentence.
_SHOWN_NAME = 120
#: Names in a sentence.
_SHOWN_NAMES = 8


def check() -> None:
    """Ask who answers, what it offers and what there is to choose from. In background raises BridgeError."""
    address = settings.server()
    current = session.get()
    current.status = replace(current.status, connection=Connection.ASKING, error=None)
    current.connections.forget(address)

    def question(client: Client) -> tuple[Client, Configuration, BridgeError | None, Catalogue | None]:
        client.examine(thorough=True)
        current.connections.keep(client)
        configuration, untold = Configuration(), None
        try:
            configuration = client.configuration()
        except UNUSABLE as error:
            # As A1111's settings are once one of them has a value of a wrong type: pictures are made as ever.
            untold = error
        waits = client.capabilities.dialect.lists_wait
        return client, configuration, untold, None if waits else client.catalogue()

    def take_lists(catalogue: Catalogue | None, error: BridgeError | None) -> None:
        if _is_of_another_server(address):
            return
        if error is not None:
            _no_answer(error)
        elif catalogue is not None:
            offered.take(catalogue, connection.dialect())

    def answer(
        found: tuple[Client, Configuration, BridgeError | None, Catalogue | None] | None,
        error: BridgeError | None,
    ) -> None:
        if _is_of_another_server(address):
            return
        if error is not None or found is None:
            _no_answer(error)
            return
        client, configuration, untold, catalogue = found
        if untold is not None:
            current.tell(
                Message("The settings of the server cannot be read. {reason}", reason=untold.what),
                "Pictures can be made all the same. Look among the server's own settings for one with a "
                "strange value.",
                _about("settings"),
            )
        else:
            current.settle(_about("settings"))
        _met(configuration, client.capabilities)
        if catalogue is not None:
            offered.take(catalogue, client.capabilities.dialect)
        else:
            # Behind a job that runs they would not be told in time.
            current.order_when_idle(address, lambda client: client.catalogue(), take_lists)

    current.ask(address, question, answer)
    _raise_in_background(current.status.error)


def take_over_settings(scene: bpy.types.Scene) -> None:
    """Set the panel to what is set in the app. In background raises BridgeError."""
    address = settings.server()
    current = session.get()
    reference = Reference.to(scene)
    failure: list[BridgeError] = []

    def question(client: Client) -> tuple[Client, Configuration]:
        return client, client.configuration()

    def answer(found: tuple[Client, Configuration] | None, error: BridgeError | None) -> None:
        if _is_of_another_server(address):
            return
        if isinstance(error, UNUSABLE):
            current.tell(error.what, error.advice)
        elif error is not None or found is None:
            _no_answer(error)
        if error is not None or found is None:
            failure.extend([error] if error else [])
            return
        client, configuration = found
        _met(configuration, connection.known() or client.capabilities)
        scene_now = reference.resolve()
        if scene_now is not None:
            adopt.configuration(scene_now.drawthings, configuration, client.dialect)
            undo.push("Draw Things: Copy Settings")

    current.ask(address, question, answer)
    _raise_in_background(*failure)


def check_files(scene: bpy.types.Scene) -> None:
    """Ask which of the files named in the settings the server does not have, and tell in the panel."""
    reason = connection.why_not_idle()
    if reason:
        raise InvalidSettings("{reason}.", "Ask again when it is done.", reason=reason)
    chosen = scene.drawthings
    controls = (getattr(chosen.scene_controls, kind) for kind in ("depth", "normal", "line"))
    named = NamedFiles(
        chosen.model,
        tuple(each.name for each in chosen.loras if each.enabled and each.name),
        chosen.upscaler,
        refiner=chosen.refiner_model,
        vae=chosen.vae,
        hires_upscaler=chosen.hires.upscaler if chosen.hires.use else "",
        controls=tuple(each.model for each in controls if each.use and each.model),
        styles=tuple(each.name for each in chosen.styles if each.name),
    )
    _order_and_tell(
        "files",
        lambda client: client.missing_files(named),
        lambda missing: (
            (
                Message("The server does not have {missing}.", missing=_enumerated(missing)),
                "Download it there, or choose another.",
            )
            if missing
            else ("The server has all files named in Settings.", "")
        ),
    )


def refresh(kind: RefreshKind) -> None:
    """Have the server look for new files, then read its lists again."""
    feature = _REFRESH[kind]
    connection.require(feature)

    def refreshed(client: Client) -> Catalogue:
        client.command(feature)
        return client.catalogue()

    _order_about_itself(refreshed, lambda catalogue: offered.take(catalogue, connection.dialect()))


def load_model(name: str) -> None:
    """Change the server's own model, which loads it. Others who use the server get it too; not while it is
    at a job of theirs, which would go on with it."""
    connection.require(Feature.LOAD_MODEL)
    if not name:
        raise InvalidSettings("No model is chosen.", "Choose one in Settings.")

    def loaded(client: Client) -> Configuration:
        _require_rest(client)
        client.load_model(name)
        return usable(client.configuration) or Configuration()

    _order_about_itself(loaded, lambda configuration: _met(configuration, connection.capabilities()))


def unload_model() -> None:
    """Free the server's GPU, for rendering; not from under somebody else's job."""
    connection.require(Feature.FREE_MEMORY)

    def unloaded(client: Client) -> None:
        _require_rest(client)
        client.command(Feature.FREE_MEMORY)

    _order_and_tell(
        "gpu",
        unloaded,
        lambda _none: ("The server's GPU is free: its model is unloaded until the next picture.", ""),
    )


def reload_model() -> None:
    """Load the server's model again."""
    connection.require(Feature.RELOAD_MODEL)
    _order_and_tell(
        "gpu",
        methodcaller("command", Feature.RELOAD_MODEL),
        lambda _none: ("The server's model is loaded.", ""),
    )


def control_server(action: ServerAction, *, though_busy: bool = False) -> None:
    """Stop, restart or kill the server. With a job running there, ours or somebody else's, only when
    `though_busy` says so too."""
    feature = SERVER_ACTIONS[action]
    connection.require(feature)
    reason = connection.why_not_idle()
    if reason and not though_busy:
        raise InvalidSettings(
            "{reason}.", "Wait for it, or confirm that its picture may be lost.", reason=reason
        )
    current = session.get()
    address = settings.server()

    def done(_none: object) -> None:
        current.connections.forget(address)
        current.status = replace(current.status, connection=Connection.NOT_ASKED, error=None)
        current.tell(
            Message("{server} was told to {action}.", server=address.label, action=action.lower()),
            "Test the connection before the next job.",
            About("connection", address.url),
        )

    def ended(client: Client) -> None:
        if not though_busy:
            _require_rest(client, "Wait for it, or confirm that its picture may be lost.")
        client.command(feature)

    ask(ended, done)


def skip() -> None:
    """End the picture that is made for the job that runs; the server goes on with the next of the request.

    Nothing is told to the server when that picture is there before it.
    """
    connection.require(Feature.SKIP)
    address = settings.server()
    follow(lambda answer: session.get().skip(address, answer), lambda _none: None, address)


def docs_url() -> str:
    """Where a browser finds the server's documentation."""
    return connection.dialect().docs_url(settings.server())


def describe_server() -> None:
    """Ask for memory, flags and extensions, and tell the essence in the panel."""
    label = settings.server().label

    def tell(told: str) -> None:
        sentence = "{server}: {told}." if told else "{server} tells nothing about itself."
        session.get().tell(Message(sentence, server=label, told=told), about=_about("information"))

    ask(methodcaller("information"), tell)


# Helpers, also for what other modules ask


def _require_rest(client: Client, advice: str = "") -> None:
    """What would hurt a job that runs there waits for its end, whoever ordered it. Raises ServerBusy."""
    if client.is_busy():
        raise ServerBusy("Somebody else's job is running on {server}.", advice, server=client.server.label)


def ask(question: Callable[[Client], _Told], done: Callable[[_Told], None]) -> None:
    """Ask the connected server at once, then `done(answer)` here; an error is told in the panel.

    `question` may be called again, and changes nothing at the server. In background raises BridgeError.
    """
    address = settings.server()
    follow(lambda answer: session.get().ask(address, question, answer), done, address)


def order(
    order: Callable[[Client], _Told], done: Callable[[_Told], None], *, server: Server | None = None
) -> None:
    """The same for what waits in the server's own queue: it is done between two jobs, in its turn."""
    address = server or settings.server()
    follow(lambda answer: session.get().order(address, order, answer), done, address)


def follow(
    start: Callable[[Answer], None], done: Callable[[_Told], None], server: Server | None = None
) -> None:
    """The same for what `start` begins, which is given what to call with the answer and the error."""
    current = session.get()
    failure: list[BridgeError] = []

    def answer(told: Any, error: BridgeError | None) -> None:
        if error is None:
            if server is not None:
                current.servers.answered(server)
            done(told)
            return
        if server is not None:
            current.tell_failed(server, error)
        else:
            current.tell(error.what, error.advice)
        failure.append(error)

    start(answer)
    _raise_in_background(*failure)


def _order_about_itself(carried_out: Callable[[Client], _Told], done: Callable[[_Told], None]) -> None:
    """`order` for what is told of the server: of no use when another one is connected by then."""
    address = settings.server()

    def still_there(told: _Told) -> None:
        if not _is_of_another_server(address):
            done(told)

    order(carried_out, still_there)


def _order_and_tell(
    thing: Thing, carried_out: Callable[[Client], _Told], words: Callable[[_Told], tuple[str, str]]
) -> None:
    """Order, and put words and advice about what came of it into the panel."""
    about = _about(thing)
    order(carried_out, lambda told: session.get().tell(*words(told), about))


def _about(thing: Thing) -> About:
    """Something of the connected server."""
    return About(thing, settings.server().url)


def _enumerated(found: Sequence[str]) -> str:
    names, more = ", ".join(found[:_SHOWN_NAMES]), len(found) - _SHOWN_NAMES
    return Message("{names}, and {more} more", names=names, more=more) if more > 0 else names


def _met(configuration: Configuration, found: Capabilities) -> None:
    # A name that is longer than any is none that could be chosen: as if the server had not told it.
    model = configuration.model if bounds.is_name(configuration.model) else ""
    session.get().status = ServerStatus(
        Connection.ANSWERED, configuration.harm, model=model, capabilities=found
    )
    offered.speak(found.dialect)
    offered.meet_model(model)


def _no_answer(error: BridgeError | None) -> None:
    """What was known of the server stays on the panels, unless somebody else answers there now."""
    current = session.get()
    found = None if isinstance(error, UnknownServer) else current.status.capabilities
    current.status = ServerStatus(Connection.NO_ANSWER, error, capabilities=found)


def _is_of_another_server(asked: Server) -> bool:
    """The preferences name another server or user by now: the answer is of no use."""
    try:
        now = settings.server()
    except (InvalidSettings, ServerError):
        return True
    return (now.url, now.username, now.password) != (asked.url, asked.username, asked.password)


def _raise_in_background(*errors: BridgeError | None) -> None:
    for error in errors:
        if bpy.app.background and error is not None:
            raise error
