# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is asked of the server besides pictures, each on the artist's click and off the main thread."""

from __future__ import annotations

import bpy

from ..client.catalogue import Catalogue, plain
from ..client.configuration import AppConfiguration
from ..client.draw_things import DrawThingsClient
from ..client.request import GenerationRequest
from ..errors import BridgeError, InvalidSettings, ServerError
from . import deliver, session, settings
from .choices import offered
from .session import Connection, ServerStatus
from .target import Reference


def check() -> None:
    """Ask who answers; when no job runs there, also for its lists. In background raises BridgeError."""
    address = settings.server()
    current = session.get()
    client = DrawThingsClient(address)
    busy = current.jobs.is_busy(address)
    current.status = ServerStatus(Connection.ASKING)

    def question() -> tuple[AppConfiguration, tuple[str, ...], tuple[str, ...]]:
        configuration = client.configuration()
        if busy:
            return configuration, (), ()
        try:
            return configuration, client.samplers(), client.seed_modes()
        except ServerError:
            # The lists are a convenience: the built-in ones serve.
            return configuration, (), ()

    def answer(
        found: tuple[AppConfiguration, tuple[str, ...], tuple[str, ...]] | None, error: BridgeError | None
    ) -> None:
        if error is not None or found is None:
            current.status = ServerStatus(Connection.NO_ANSWER, error)
            return
        configuration, samplers, seed_modes = found
        offered.take(Catalogue(samplers=plain(*samplers), seed_modes=plain(*seed_modes)))
        _met(configuration)

    current.ask(question, answer)
    _raise_in_background(current.status.error)


def sentence() -> str:
    """How the server is, in words. Contacts nobody."""
    try:
        current, address = session.get(), settings.server()
    except BridgeError as error:
        return error.what.rstrip(".")
    if current.jobs.is_busy(address):
        return f"{address.label} is making a picture"
    match current.status.connection:
        case Connection.ASKING:
            return f"Asking {address.label} …"
        case Connection.ANSWERED:
            return f"{address.label} answers · {current.status.model or 'model as set in the app'}"
        case Connection.NO_ANSWER:
            return f"{address.label} does not answer"
    return f"{address.label} was not asked yet"


def take_over_settings(scene: bpy.types.Scene) -> None:
    """Set the panel to what is set in the app. In background raises BridgeError."""
    client = DrawThingsClient(settings.server())
    current = session.get()
    reference = Reference.to(scene)
    failure: list[BridgeError] = []

    def answer(configuration: AppConfiguration | None, error: BridgeError | None) -> None:
        if error is not None or configuration is None:
            current.status = ServerStatus(Connection.NO_ANSWER, error)
            failure.extend([error] if error else [])
            return
        _met(configuration)
        found = reference.resolve()
        if found is not None:
            settings.adopt_configuration(found.drawthings, configuration)
            deliver.push_undo("Draw Things: Take Over Settings")

    current.ask(client.configuration, answer)
    _raise_in_background(*failure)


def why_not_probe() -> str:
    """Empty, or why files cannot be asked for now: a probe would wait behind the running picture."""
    try:
        busy = session.get().jobs.is_busy(settings.server())
    except BridgeError as error:
        return str(error)
    return "A job runs there: its picture comes first" if busy else ""


def check_files(scene: bpy.types.Scene) -> None:
    """Ask which of the files named in the settings the app does not have, and tell in the panel."""
    reason = why_not_probe()
    if reason:
        raise InvalidSettings(f"{reason}.", "Ask again when it is done.")
    chosen = scene.drawthings
    client = DrawThingsClient(settings.server())
    current = session.get()
    wanted = GenerationRequest(model=chosen.model, upscaler=chosen.upscaler)
    loras = tuple(each.name for each in chosen.loras if each.enabled and each.name)

    def question() -> list[str]:
        missing = []
        if wanted.model:
            state = client.model_state(wanted.model)
            if state == "NOT_DOWNLOADED":
                missing.append(f"the model “{wanted.model}” (known to the app, but not downloaded)")
            elif state == "UNKNOWN":
                missing.append(f"the model “{wanted.model}” (the app knows no such name)")
        missing += [f"the LoRA “{name}”" for name in loras if not client.has_lora(name)]
        if wanted.upscaler and not client.has_upscaler(wanted.upscaler):
            missing.append(f"the upscaler “{wanted.upscaler}”")
        return missing

    def answer(missing: list[str] | None, error: BridgeError | None) -> None:
        if error is not None:
            current.tell(error.what, error.advice)
        elif missing:
            current.tell(
                f"The app does not have {', '.join(missing)}.", "Download it there, or choose another."
            )
        else:
            current.tell("The app has all files named in Settings.")

    current.ask(question, answer)


def _met(configuration: AppConfiguration) -> None:
    session.get().status = ServerStatus(Connection.ANSWERED, model=configuration.model)
    offered.meet_model(configuration.model)


def _raise_in_background(*errors: BridgeError | None) -> None:
    for error in errors:
        if bpy.app.background and error is not None:
            raise error
