# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The A1111 dialect: AUTOMATIC1111's web UI 1.10.1 started with `--api`, and two of its relatives.

Its rules were measured on the running program and read from its published source. Nothing here
reaches another server, whatever a request asks for.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs

from .. import picture, sabotage, transport
from ..dialect import House, Outcome
from ..journal import without_pictures
from ..transport import Request, Response
from ..turns import Stopped
from . import control, describe, generate, images, infotext, lists, openapi, options, upscale
from . import order as orders
from . import pixels as px
from .errors import Failure, HttpError, Invalid, Speech
from .fields import Model, free_object
from .progress import Progress
from .routes import Route, table
from .tasks import Tasks
from .training import Training
from .webui import Flavour, WebUi

SPEECHES: Mapping[Flavour, Speech] = {
    "A1111": Speech(),
    "FORGE": Speech(has_middleware=False, is_newer=True),
    "SDNEXT": Speech(is_newer=True),
}
GZIPPED_FROM = 1000
"""Bytes of an answer."""


@dataclass(frozen=True)
class Call:
    """One request, its body read by the route's model."""

    request: Request
    values: dict[str, Any]
    sent: frozenset[str] = frozenset()
    """The fields that the body named."""

    def query(self, name: str) -> str:
        """What the query says; empty when it says nothing."""
        return parse_qs(self.request.query).get(name, [""])[-1]

    def asks(self, name: str) -> bool:
        """Whether the query says `name=true`."""
        return self.query(name).lower() in ("1", "true", "on", "yes")


@dataclass(frozen=True)
class Answer:
    """What a handler gives back."""

    value: Any = None
    """JSON, unless there is a response."""
    response: Response | None = None
    effective: Mapping[str, Any] | None = None
    images: int = 0


class A1111:
    """Implements `Dialect`."""

    manners = transport.UVICORN

    def __init__(
        self,
        house: House,
        app_state: WebUi | None = None,
        *,
        flavour: Flavour = "A1111",
        api_auth: str = "",
        api_server_stop: bool = False,
        controlnet: bool = True,
        nowebui: bool = False,
    ) -> None:
        """`api_auth`: `user:password,user2:password2`; `nowebui`: without the page and what it asks for.

        ValueError: no such flavour.
        """
        if flavour not in SPEECHES:
            raise ValueError(f"no such flavour: {flavour}")
        self.app_state = app_state or WebUi()
        self._house = house
        self._flavour = flavour
        self._speech = SPEECHES[flavour]
        self._accounts = frozenset(filter(None, api_auth.split(",")))
        self._stops = api_server_stop
        self._controlnet = controlnet
        self._progress = Progress(house)
        self._tasks = Tasks(house.turns)
        self._painter = generate.Painter(house, self._progress)
        self._training = Training(house, self._progress, lambda: self.app_state, self._set_state)
        self._routes = table(flavour, api_server_stop=api_server_stop, controlnet=controlnet, nowebui=nowebui)
        self._by_address = {(route.method, route.path): route for route in self._routes}
        self._handlers = self._handler_table()
        if flavour == "FORGE":
            modules = {"forge_additional_modules": [], "forge_preset": "sd"}
            self.app_state = replace(self.app_state, options={**modules, **self.app_state.options})

    def state_from_json(self, sent: Mapping[str, Any]) -> WebUi:
        """Settings by name; `strange_lists`: so many entries more in every list."""
        settings = dict(sent)
        strange = int(settings.pop("strange_lists", 0))
        ui = WebUi().with_options(settings)
        return ui.with_strange_lists(strange) if strange else ui

    def close(self) -> None:
        self._training.close()

    def _set_state(self, ui: WebUi) -> None:
        with self._house.turns.changed:
            self.app_state = ui

    # One request

    def answer(self, request: Request) -> Outcome:
        started = time.monotonic()
        outcome, is_timed = self._answered(request)
        headers = list(outcome.response.headers)
        if is_timed:
            headers.append(("X-Process-Time", f"{time.monotonic() - started:.4f}"))
        response = _compressed(request, replace(outcome.response, headers=tuple(headers)))
        # The journal is held against A1111's published models, which are not those of its relatives.
        told = outcome.answer if self._flavour == "A1111" else None
        return replace(outcome, response=response, answer=told)

    def _answered(self, request: Request) -> tuple[Outcome, bool]:
        """The outcome, and whether it passed through the part that measures the time."""
        try:
            return self._routed(request), True
        except Invalid as error:
            return _told(self._speech.invalid(error), str(error)), True
        except HttpError as error:
            return _told(self._speech.refused(error), error.detail), True
        except Failure as error:
            return _told(self._speech.failed(error), str(error)), False
        except Stopped:
            raise
        except Exception as error:
            # A mistake here must be seen; the program would answer in the same way.
            traceback.print_exc()
            failure = Failure(type(error).__name__, str(error))
            return _told(self._speech.failed(failure), str(failure)), False

    def _routed(self, request: Request) -> Outcome:
        route = self._by_address.get((request.method, request.path))
        faults = self._house.faults()
        if request.path in faults.missing:
            return _told(self._speech.not_found(), "Not Found")
        if route is None:
            methods = [known.method for known in self._routes if known.path == request.path]
            if methods:
                return _told(self._speech.wrong_method(methods), "Method Not Allowed")
            return _told(self._speech.not_found(), "Not Found")
        if route.is_guarded and request.path.startswith("/sdapi/"):
            self._check_account(request)
        if request.method == "GET":
            self._house.turns.wait(lambda: self._house.faults().delay_get)
        call = self._read(request, route)
        if request.method == "POST" and faults.refuse:
            raise HttpError(422, faults.refuse)
        answer = self._handlers[route.name](call)
        return self._outcome(answer)

    def _check_account(self, request: Request) -> None:
        if not self._accounts:
            return
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            raise HttpError(401, "Not authenticated")
        try:
            account = base64.b64decode(token).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            raise HttpError(401, "Invalid authentication credentials") from None
        if account not in self._accounts:
            raise HttpError(401, "Incorrect username or password")

    def _read(self, request: Request, route: Route) -> Call:
        kind = request.headers.get("content-type", "")
        if isinstance(route.model, Model):
            values = route.model.read(request.body, kind, is_newer=self._speech.is_newer)
            return Call(request, values, route.model.sent(request.body))
        if route.model:
            return Call(request, free_object(request.body, kind))
        return Call(request, {})

    def _outcome(self, answer: Answer) -> Outcome:
        if answer.response is not None:
            return Outcome(answer.response, answer=None)
        try:
            # As Starlette: no NaN, no Infinity.
            body = json.dumps(answer.value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        except ValueError as error:
            raise Failure("ValueError", str(error)) from None
        return Outcome(
            Response(body=body.encode("utf-8", "replace")),
            effective=dict(answer.effective or {}),
            images=answer.images,
            answer=without_pictures(answer.value),
        )

    def _handler_table(self) -> Mapping[str, Callable[[Call], Answer]]:
        handlers: dict[str, Callable[[Call], Answer]] = {
            "txt2img": lambda call: self._generate(call, img2img=False),
            "img2img": lambda call: self._generate(call, img2img=True),
            "extra_single": self._extra_single,
            "extra_batch": self._extra_batch,
            "png_info": self._png_info,
            "png_info_by_get": lambda call: self._png_info(
                replace(call, values={"image": call.query("image")})
            ),
            "progress": self._show_progress,
            "task_progress": self._show_task,
            "interrogate": self._interrogate,
            "interrupt": self._interrupt,
            "skip": self._skip,
            "options": lambda call: Answer(options.as_answered(self.app_state.values())),
            "set_options": self._set_options,
            "cmd_flags": self._flags,
            "refresh": self._refresh,
            "unload": lambda call: self._load(False),
            "reload": lambda call: self._load(True),
            "create_embedding": lambda call: self._teach(call, self._training.create_embedding),
            "create_hypernetwork": lambda call: self._teach(call, self._training.create_hypernetwork),
            "train_embedding": lambda call: self._teach(call, self._training.train_embedding),
            "train_hypernetwork": lambda call: self._teach(call, self._training.train_hypernetwork),
            "scripts": lambda call: Answer(lists.scripts(self.app_state, controlnet=self._controlnet)),
            "script_info": lambda call: Answer(
                lists.script_info(self.app_state, controlnet=self._controlnet)
            ),
            "extensions": lambda call: Answer(
                lists.extensions(self.app_state, date_is_number=self._flavour == "FORGE")
            ),
            "kill": self._kill,
            "restart": lambda call: Answer(response=Response(501, content_type="")),
            "stop": self._stop,
            "controlnet_version": lambda call: Answer({"version": 3}),
            "controlnet_models": lambda call: Answer(control.model_list(self.app_state)),
            "controlnet_modules": lambda call: Answer(control.module_list(self.app_state)),
            "controlnet_types": lambda call: Answer(control.control_types(self.app_state)),
            "controlnet_settings": lambda call: Answer({"control_net_unit_count": 3}),
            "controlnet_detect": lambda call: Answer(control.detect(call.values)),
            "web_ui": lambda call: _page("Stable Diffusion", "<p>A stand-in for the web UI.</p>"),
            "docs": self._docs,
            "openapi": lambda call: Answer(self._document()),
        }
        for name in (
            "samplers", "schedulers", "upscalers", "latent_upscale_modes", "models", "vaes", "modules",
            "hypernetworks", "face_restorers", "realesrgan_models", "styles", "embeddings", "loras",
            "memory",
        ):  # fmt: skip
            handlers[name] = self._lister(getattr(lists, name))
        return handlers

    def _lister(self, read: Callable[[WebUi], Any]) -> Callable[[Call], Answer]:
        return lambda call: Answer(read(self.app_state))

    # Pictures

    def _generate(self, call: Call, *, img2img: bool) -> Answer:
        values = dict(call.values)
        if values["infotext"]:
            found = infotext.as_fields(values["infotext"])
            values.update({name: value for name, value in found.items() if name not in call.sent})
        attached = orders.attachments(values, self.app_state, img2img=img2img, controlnet=self._controlnet)
        task = self._tasks.queue(values["force_task_id"], "img2img" if img2img else "txt2img")
        with self._house.turns.turn():
            return self._painted(task, values, attached)

    def _painted(self, task: str, values: dict[str, Any], attached: orders.Attachments) -> Answer:
        before = self.app_state
        order = orders.prepare(values, before, attached)
        job = "scripts_img2img" if order.is_img2img else "scripts_txt2img"
        with self._progress.work(job, order.ui.options):
            self._tasks.start(task)
            if not before.model_loaded or before.current != order.ui.current:
                self._wait_for_model()
            # What a request overrides is what everybody is told meanwhile.
            self._set_state(replace(self.app_state.with_options(order.overrides), model_loaded=True))
            try:
                made = self._painter.paint(order)
                self._tasks.finish(task)
            finally:
                if values["override_settings_restore_afterwards"]:
                    self._set_state(self.app_state.put_back(before, order.overrides))
            files = self._files(order, made, str(self.app_state.option("samples_format")))
        faults = self._house.faults()
        files = sabotage.pictures(files, faults)
        spoilt = sabotage.texts(files, faults)
        if spoilt:
            return Answer(response=spoilt)
        words = json.dumps(generate.info(order, made), ensure_ascii=False)
        shown = [images.to_base64(data) for data in files] if values["send_images"] else []
        value = {"images": shown, "parameters": generate.echoed(values), "info": words}
        return Answer(value, effective={**order.values, "model": order.ui.current.title}, images=len(files))

    def _files(self, order: orders.Order, made: generate.Made, samples_format: str) -> list[bytes]:
        """The files of an answer: grid, pictures, maps, masks."""
        is_plain = self._house.faults().plain_picture
        texts = [{} if is_plain else {"parameters": text} for text in made.texts]
        pairs = list(zip(made.pictures, texts, strict=True))
        if order.grid_first and len(pairs) > 1:
            pairs.insert(0, (px.grid(made.pictures), texts[0]))
        pairs += [(map_, {}) for map_ in made.maps]
        mask = order.attachments.mask
        if mask is not None and order.ui.option("return_mask"):
            pairs.append((px.rounded(mask[..., None].repeat(3, axis=2) * 255), {}))
        return [images.encoded(pixels, samples_format, text) for pixels, text in pairs]

    def _wait_for_model(self) -> None:
        self._house.turns.wait(lambda: self._house.faults().delay_load)

    def _extra_single(self, call: Call) -> Answer:
        data = _picture_data(call.values["image"])
        with self._house.turns.turn():
            done = self._processed(data, call.values)
        form = str(self.app_state.option("samples_format"))
        return Answer({"html_info": done.html_info, "image": images.to_base64(done.file(form))})

    def _extra_batch(self, call: Call) -> Answer:
        datas = [_picture_data(file["data"]) for file in call.values["imageList"]]
        with self._house.turns.turn():
            done = [self._processed(data, call.values) for data in datas]
        form = str(self.app_state.option("samples_format"))
        words = done[-1].html_info if done else ""
        return Answer({"html_info": words, "images": [images.to_base64(one.file(form)) for one in done]})

    def _processed(self, data: bytes, values: Mapping[str, Any]) -> upscale.Processed:
        house = self._house
        with self._progress.work("extras", self.app_state.options):
            house.turns.wait(lambda: house.faults().delay, until=lambda: self._progress.interrupted)
            return upscale.process(data, values, self.app_state)

    def _png_info(self, call: Call) -> Answer:
        data = images.data_of(call.values["image"].strip())
        images.decoded(call.values["image"].strip())
        text = images.text_of(data)
        others = {name: value for name, value in picture.texts(data).items() if name != "parameters"}
        found = infotext.with_defaults(infotext.read(text))
        return Answer({"info": text, "items": others, "parameters": found})

    def _interrogate(self, call: Call) -> Answer:
        pixels = images.decoded(call.values["image"])
        words = {"clip": describe.caption, "deepdanbooru": describe.tags}.get(call.values["model"])
        if words is None:
            raise HttpError(404, "Model not found")
        with self._house.turns.turn(), self._progress.work("interrogate", self.app_state.options):
            self._house.turns.wait(lambda: self._house.faults().delay)
            return Answer({"caption": words(pixels)})

    # The running job

    def _show_progress(self, call: Call) -> Answer:
        form = str(self.app_state.option("live_previews_image_format"))
        return Answer(
            self._progress.answer(
                call.asks("skip_current_image"),
                lambda pixels: images.to_base64(images.encoded(pixels, form)),
            )
        )

    def _show_task(self, call: Call) -> Answer:
        # The preview is left out: a data URI of a JPEG, as only the page shows it.
        return Answer(
            self._tasks.answer(call.values["id_task"], self._progress.answer(True, lambda _picture: ""))
        )

    def _interrupt(self, call: Call) -> Answer:
        self._progress.interrupt()
        return self._done({})

    def _skip(self, call: Call) -> Answer:
        self._progress.skip()
        return self._done(None)

    def _done(self, value: Any) -> Answer:
        """Nothing to tell; SD.Next says so with 204."""
        if self._flavour == "SDNEXT":
            return Answer(response=Response(204, content_type=""))
        return Answer(value)

    def _refresh(self, call: Call) -> Answer:
        with self._house.turns.turn():
            return self._done(None)

    def _load(self, wanted: bool) -> Answer:
        with self._house.turns.turn():
            if wanted and not self.app_state.model_loaded:
                self._wait_for_model()
            self._set_state(replace(self.app_state, model_loaded=wanted))
        return self._done({})

    # Settings

    def _set_options(self, call: Call) -> Answer:
        sent = call.values
        name = sent.get("sd_model_checkpoint")
        if name is not None and self.app_state.checkpoint(str(name)) is None:
            raise Failure("RuntimeError", f"model {name!r} not found")
        needs_turn = False
        for key, value in sent.items():
            if key not in self.app_state.options:
                # What came before it stays applied (measured).
                raise Failure("KeyError", repr(key))
            if key in options.RESTRICTED:
                continue
            changed = self.app_state.option(key) != value
            needs_turn = needs_turn or (changed and key in ("sd_model_checkpoint", "sd_vae"))
            self._set_state(self.app_state.saved({key: value}))
        if needs_turn:
            with self._house.turns.turn():
                self._wait_for_model()
                if name is not None:
                    chosen = self.app_state.checkpoint(str(name))
                    title = chosen.title if chosen else name
                    ui = self.app_state.with_options({"sd_model_checkpoint": title})
                    self._set_state(replace(ui, model_loaded=True))
        return Answer(None)

    def _flags(self, call: Call) -> Answer:
        changed = {
            "api": True,
            "api_auth": "hidden" if self._accounts else None,
            "api_server_stop": self._stops,
            "embeddings_dir": str(self._training.folder / "embeddings"),
            "hypernetwork_dir": str(self._training.folder / "hypernetworks"),
        }
        return Answer(lists.flags(changed))

    def _teach(self, call: Call, act: Callable[[Mapping[str, Any]], str]) -> Answer:
        with self._house.turns.turn():
            return Answer({"info": act(call.values)})

    # The server itself

    def _kill(self, call: Call) -> Answer:
        self._house.close(0.0)
        return Answer(response=Response(drop=True))

    def _stop(self, call: Call) -> Answer:
        self._house.close(0.3)
        return Answer(response=Response(200, b"Stopping.", content_type=""))

    def _document(self) -> dict[str, Any]:
        return openapi.document(route for route in self._routes if route.is_described)

    def _docs(self, call: Call) -> Answer:
        shown = (f"{route.method} {route.path}" for route in self._routes if route.is_described)
        rows = "".join(f"<li><code>{row}</code></li>" for row in shown)
        return _page("FastAPI - Swagger UI", f"<ul>{rows}</ul>")


def _picture_data(text: Any) -> bytes:
    """Raises HttpError when it is no picture."""
    images.decoded(text)
    return images.data_of(text)


def _page(title: str, text: str) -> Answer:
    page = openapi.page(title, text)
    return Answer(response=Response(200, page, "text/html; charset=utf-8"))


def _told(response: Response, detail: str) -> Outcome:
    try:
        answer = json.loads(response.body)
    except ValueError:
        answer = None
    return Outcome(response, detail=detail, answer=answer)


def _compressed(request: Request, response: Response) -> Response:
    """Gzip where the client accepts it and the answer is long enough."""
    accepted = request.headers.get("accept-encoding", "")
    if "gzip" not in accepted or len(response.body) < GZIPPED_FROM:
        return response
    headers = (*response.headers, ("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding"))
    return replace(response, body=gzip.compress(response.body, 1), headers=headers)
