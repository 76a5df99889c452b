# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each operation of the web UI's API does, under the name that the program's own function has.

Its rules were measured on the running program and read from its published source. Nothing here reaches
another server, whatever a request asks for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .. import sabotage
from ..dialect import House
from ..transport import Response
from . import control, describe, generate, images, infotext, lists, upscale
from . import order as orders
from . import pixels as px
from .errors import Failure, HttpError
from .progress import Progress
from .published import FLAGS, RESTRICTED
from .tasks import Tasks
from .training import Training
from .webui import Flavour, WebUi


@dataclass
class Call:
    """One request, read by its model, and what the journal shall know of it."""

    values: dict[str, Any]
    """The body with its defaults, or the query."""
    sent: frozenset[str] = frozenset()
    """The fields that were named."""
    effective: dict[str, Any] = field(default_factory=dict)
    images: int = 0
    is_spoilt: bool = False
    """The answer is none that the program would give."""
    drop: bool = False
    """The connection ends without an answer."""
    stops: float | None = None
    """The server stops so many seconds after the answer."""


class Api:
    """The operations, each called in a thread that may wait. HttpError, Failure: as the program answers."""

    def __init__(
        self,
        house: House,
        app_state: WebUi,
        *,
        flavour: Flavour = "A1111",
        accounts: frozenset[str] = frozenset(),
        api_server_stop: bool = False,
        controlnet: bool = True,
    ) -> None:
        self.app_state = app_state
        self.house = house
        self.flavour = flavour
        self.accounts = accounts
        """`user:password` each."""
        self._stops = api_server_stop
        self._controlnet = controlnet
        self._progress = Progress(house)
        self._tasks = Tasks(house.turns)
        self._painter = generate.Painter(house, self._progress)
        self.training = Training(house, self._progress, lambda: self.app_state, self._set_state)

    def operation(self, name: str) -> Callable[[Call], Any]:
        """The function called so. A list needs nothing but what is installed."""
        own: Callable[[Call], Any] | None = getattr(self, name, None)
        if own is not None:
            return own
        read: Callable[[WebUi], Any] = getattr(lists, name.removeprefix("get_"))
        return lambda call: read(self.app_state)

    def _set_state(self, ui: WebUi) -> None:
        with self.house.turns.changed:
            self.app_state = ui

    # Pictures

    def text2imgapi(self, call: Call) -> Any:
        return self._generate(call, img2img=False)

    def img2imgapi(self, call: Call) -> Any:
        return self._generate(call, img2img=True)

    def _generate(self, call: Call, *, img2img: bool) -> Any:
        values = dict(call.values)
        if values["infotext"]:
            found = infotext.as_fields(values["infotext"])
            values.update({name: value for name, value in found.items() if name not in call.sent})
        attached = orders.attachments(values, self.app_state, img2img=img2img, controlnet=self._controlnet)
        task = self._tasks.queue(values["force_task_id"], "img2img" if img2img else "txt2img")
        with self.house.turns.turn():
            return self._painted(call, task, values, attached)

    def _painted(self, call: Call, task: str, values: dict[str, Any], attached: orders.Attachments) -> Any:
        before = self.app_state
        order = orders.prepare(values, before, attached)
        job = "scripts_img2img" if order.is_img2img else "scripts_txt2img"
        with self._progress.work(job, order.ui.options):
            self._tasks.start(task)
            if not before.model_loaded or before.current != order.ui.current:
                self._wait_for_model()
            # What a request overrides is what everybody is told meanwhile.
            ui = self.app_state.with_options(order.overrides)
            self._set_state(ui.used(ui.current))
            try:
                made = self._painter.paint(order)
                self._tasks.finish(task)
            finally:
                if values["override_settings_restore_afterwards"]:
                    self._set_state(self.app_state.put_back(before, order.overrides))
            files = self._files(order, made, str(self.app_state.option("samples_format")))
        faults = self.house.faults()
        files = sabotage.pictures(files, faults)
        spoilt = sabotage.texts(files, faults)
        if spoilt:
            call.is_spoilt = True
            return spoilt
        call.effective = {**order.values, "model": order.ui.current.title}
        call.images = len(files)
        words = json.dumps(generate.info(order, made), ensure_ascii=False)
        shown = [images.to_base64(data) for data in files] if values["send_images"] else []
        return {"images": shown, "parameters": generate.echoed(values), "info": words}

    def _files(self, order: orders.Order, made: generate.Made, samples_format: str) -> list[bytes]:
        """The files of an answer: grid, pictures, maps, masks."""
        is_plain = self.house.faults().plain_picture
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
        self.house.turns.wait(lambda: self.house.faults().delay_load)

    def extras_single_image_api(self, call: Call) -> Any:
        data = _picture_data(call.values["image"])
        with self.house.turns.turn():
            (done,) = self._processed([data], call.values)
        form = str(self.app_state.option("samples_format"))
        return {"html_info": done.html_info, "image": images.to_base64(done.file(form))}

    def extras_batch_images_api(self, call: Call) -> Any:
        datas = [_picture_data(file["data"]) for file in call.values["imageList"]]
        with self.house.turns.turn():
            done = self._processed(datas, call.values)
        form = str(self.app_state.option("samples_format"))
        words = done[-1].html_info if done else ""
        return {"html_info": words, "images": [images.to_base64(one.file(form)) for one in done]}

    def _processed(self, datas: list[bytes], values: Mapping[str, Any]) -> list[upscale.Processed]:
        """One job for all; an interrupt is the end of it, but not of the picture that is being made."""
        house, done = self.house, []
        with self._progress.work("extras", self.app_state.options):
            self._progress.count(len(datas))
            for data in datas:
                if self._progress.interrupted:
                    break
                self._progress.next_job()
                self._progress.name("Upscale")
                house.turns.wait(lambda: house.faults().delay, until=lambda: self._progress.interrupted)
                done.append(upscale.process(data, values, self.app_state))
        return done

    def pnginfoapi(self, call: Call) -> Any:
        data = _picture_data(call.values["image"].strip())
        text, others = images.texts_of(data)
        return {"info": text, "items": others, "parameters": infotext.with_defaults(infotext.read(text))}

    def interrogateapi(self, call: Call) -> Any:
        pixels = images.decoded(call.values["image"])
        words = {"clip": describe.caption, "deepdanbooru": describe.tags}.get(call.values["model"])
        if words is None:
            raise HttpError(404, "Model not found")
        with self.house.turns.turn(), self._progress.work("interrogate", self.app_state.options):
            self.house.turns.wait(lambda: self.house.faults().delay)
            return {"caption": words(pixels)}

    def detect(self, call: Call) -> Any:
        return control.detect(call.values)

    # The running job

    def progressapi(self, call: Call) -> Any:
        # Not in the format that is set for previews, which the page alone gets.
        form = str(self.app_state.option("samples_format"))
        return self._progress.answer(
            call.values["skip_current_image"],
            lambda pixels: images.to_base64(images.encoded(pixels, form)),
        )

    def task_progress(self, call: Call) -> Any:
        # The preview is left out: a data URI of a JPEG, as only the page shows it.
        return self._tasks.answer(call.values["id_task"], self._progress.answer(True, lambda _picture: ""))

    def interruptapi(self, call: Call) -> Any:
        self._progress.interrupt()
        return self._done({})

    def skip(self, call: Call) -> Any:
        self._progress.skip()
        return self._done(None)

    def _done(self, value: Any) -> Any:
        """Nothing to tell; SD.Next says so with 204."""
        return Response(204, content_type="") if self.flavour == "SDNEXT" else value

    def refresh_checkpoints(self, call: Call) -> Any:
        with self.house.turns.turn():
            return self._done(None)

    refresh_vae = refresh_loras = refresh_checkpoints

    def refresh_embeddings(self, call: Call) -> Any:
        with self.house.turns.turn():
            self.training.refresh_embeddings()
            return self._done(None)

    def unloadapi(self, call: Call) -> Any:
        """At once, and on a card from under a running job: it takes no lock."""
        if self.app_state.has_cuda:
            self._progress.take_weights()
        self._set_state(replace(self.app_state, model_loaded=False))
        return self._done({})

    def reloadapi(self, call: Call) -> Any:
        if not self.app_state.model_loaded:
            self._wait_for_model()
        self._set_state(replace(self.app_state, model_loaded=True))
        return self._done({})

    # Settings

    def get_config(self, call: Call) -> Any:
        return self.app_state.values()

    def set_config(self, call: Call) -> Any:
        sent = call.values
        name = sent.get("sd_model_checkpoint")
        if name is not None and self.app_state.checkpoint(str(name)) is None:
            raise Failure("RuntimeError", f"model {name!r} not found")
        needs_turn = False
        for key, value in sent.items():
            if key not in self.app_state.options:
                # What came before it stays applied (measured).
                raise Failure("KeyError", repr(key))
            if key in RESTRICTED:
                continue
            changed = self.app_state.option(key) != value
            needs_turn = needs_turn or (changed and key in ("sd_model_checkpoint", "sd_vae"))
            self._set_state(self.app_state.saved({key: value}))
        if needs_turn:
            with self.house.turns.turn():
                self._wait_for_model()
                if name is not None:
                    ui = self.app_state.used(self.app_state.current)
                    self._set_state(ui.with_options({"sd_model_checkpoint": ui.current.title}))
        return None

    def get_cmd_flags(self, call: Call) -> Any:
        return {
            **FLAGS,
            "api": True,
            "api_auth": "hidden" if self.accounts else None,
            "api_server_stop": self._stops,
            "embeddings_dir": str(self.training.folder / "embeddings"),
            "hypernetwork_dir": str(self.training.folder / "hypernetworks"),
            "textual_inversion_templates_dir": str(self.training.templates),
        }

    def get_scripts_list(self, call: Call) -> Any:
        return lists.scripts_list(self.app_state, controlnet=self._controlnet)

    def get_script_info(self, call: Call) -> Any:
        return lists.script_info(self.app_state, controlnet=self._controlnet)

    def get_extensions_list(self, call: Call) -> Any:
        return lists.extensions_list(self.app_state, date_is_number=self.flavour == "FORGE")

    # Training

    def create_embedding(self, call: Call) -> Any:
        return self._created("embedding", lambda: self.training.create_embedding(call.values))

    def create_hypernetwork(self, call: Call) -> Any:
        return self._created("hypernetwork", lambda: self.training.create_hypernetwork(call.values))

    def _created(self, kind: str, create: Callable[[], str]) -> Any:
        with self._progress.work(f"create_{kind}", self.app_state.options):
            return {"info": create()}

    def train_embedding(self, call: Call) -> Any:
        return {"info": self.training.train_embedding(call.values)}

    def train_hypernetwork(self, call: Call) -> Any:
        return {"info": self.training.train_hypernetwork(call.values)}

    # The server itself

    def kill_webui(self, call: Call) -> Any:
        call.drop, call.stops = True, 0.0

    def restart_webui(self, call: Call) -> Any:
        return Response(501, content_type="")

    def stop_webui(self, call: Call) -> Any:
        call.stops = 0.3
        return Response(200, b"Stopping.", content_type="")


def _picture_data(text: Any) -> bytes:
    """Raises HttpError when it is no picture."""
    images.decoded(text)
    return images.data_of(text)
