# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client for A1111's API, against servers that answer each in its own way."""

from __future__ import annotations

import gzip
import io
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from campaign import share
from drawthings_addon.client.a1111 import readers
from drawthings_addon.client.a1111.client import A1111Client
from drawthings_addon.client.features import Feature
from drawthings_addon.client.http.address import Server
from drawthings_addon.client.progress import Progress
from drawthings_addon.client.request import ROWS_BY_PATH, GenerationRequest, Script
from drawthings_addon.client.training import Training
from drawthings_addon.client.turn import Turn
from drawthings_addon.client.upscaling import UpscaleSettings
from drawthings_addon.errors import (
    AnswerInvalid,
    AnswerTooLarge,
    AuthenticationFailed,
    ConnectionLost,
    FeatureMissing,
    InvalidSettings,
    NameTaken,
    NoPicture,
    RequestRefused,
    SentElsewhere,
    ServerError,
    ServerFailed,
    ServerTimedOut,
    ServerUnreachable,
    UnknownServer,
)
from drawthings_addon.imaging import png
from tests.unit import http_fakes as fakes

REQUEST = GenerationRequest.of(prompt="copper", width=64, height=64, seed=7, sampler="Euler")
INFO = {"all_seeds": [7], "sampler_name": "Euler", "sd_model_name": "m", "index_of_first_image": 0}
STRANGE_NAMES = ["🎨 Ünïcode", "a/b\\c", "  spaces ", "two\nlines", "<b>", "x" * 255]


def client(server, **options):
    return A1111Client(Server(server.url, **options))


def answered(images, info=INFO, **more):
    text = json.dumps(info) if isinstance(info, dict) else info
    return fakes.answer(
        {"images": [fakes.base64_text(each) for each in images], "parameters": {}, "info": text, **more}
    )


def generate(*scripts, request=REQUEST, **options):
    with fakes.ScriptedServer(*scripts) as server:
        return client(server, **options).generate(request)


def asked(verb, *scripts, **options):
    with fakes.ScriptedServer(*scripts) as server:
        return verb(client(server, **options)), server.requests


def failure(kind, *scripts, verb=lambda c: c.generate(REQUEST), **options):
    with fakes.ScriptedServer(*scripts) as server:
        with pytest.raises(ServerError) as caught:
            verb(client(server, **options))
        error = caught.value
        assert type(error) is kind, error
        assert server.url.removeprefix("http://") in error.what
    assert error.advice.endswith(".")
    return error


def jpeg(width=64, height=64, file_format="JPEG"):
    stream = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(stream, file_format)
    return stream.getvalue()


class TestPictures:
    def test_it_has_the_seed_that_info_tells(self):
        one = fakes.picture(64, 64)
        answer = generate(answered([one], INFO | {"all_seeds": [4294967295]}))
        assert [image.png for image in answer.images] == [one]
        assert [image.seed for image in answer.images] == [4294967295]
        assert answer.images[0].configuration["model"] == "m"
        assert "all_seeds" not in answer.images[0].configuration
        assert answer.notices == ()

    def test_a_grid_before_them_and_maps_after_them_are_left_out(self):
        grid, one, depth = (fakes.picture(64, side) for side in (8, 16, 32))
        info = INFO | {"all_seeds": [7], "index_of_first_image": 1}
        answer = generate(answered([grid, one, depth], info))
        assert [image.png for image in answer.images] == [one]
        assert [image.seed for image in answer.images] == [7]
        assert answer.notices == ()

    @pytest.mark.parametrize("info", ["", INFO, INFO | {"all_seeds": [7] * 3000}])
    def test_those_that_nobody_asked_for_are_left_out_and_told_of(self, info):
        one = fakes.picture(8, 8)
        answer = generate(answered([one] * 3000, info))
        assert [image.png for image in answer.images] == [one]
        if info != INFO:
            (told,) = answer.notices
            assert "3000 pictures where 1 was asked for" in told

    def test_of_those_left_out_nothing_is_decoded(self):
        answer = generate(answered([fakes.picture(), b"broken"], ""))
        assert len(answer.images) == 1

    def test_a_script_makes_as_many_as_it_likes_within_bounds(self):
        script = REQUEST.changed(script=Script("x/y/z plot"))
        assert len(generate(answered([fakes.picture()] * 101), request=script).images) == 101
        assert len(generate(answered([fakes.picture(8, 8)] * 3000), request=script).images) == 256

    def test_far_larger_than_was_asked_for(self):
        assert generate(answered([fakes.picture(2048, 2048)])).images[0].width == 2048
        error = failure(AnswerTooLarge, answered([fakes.picture(2048, 2049)]))
        assert "2048 × 2049" in error.what
        for file_format in ("JPEG", "WEBP", "BMP", "AVIF"):
            failure(AnswerTooLarge, answered([jpeg(2048, 2049, file_format)]))

    def test_fewer_than_seeds_after_an_interrupt(self):
        answer = generate(answered([fakes.picture()], INFO | {"all_seeds": [7, 8, 9]}))
        assert [image.seed for image in answer.images] == [7]

    def test_a_scripts_grid_is_what_was_wanted(self):
        grid = fakes.picture(64, 32)
        one = fakes.picture(text={"parameters": "copper, Seed: 5\nSteps: 20, Seed: 99, Size: 64x64"})
        info = INFO | {"all_seeds": [1, 2], "index_of_first_image": 1}
        answer = generate(answered([grid, one], info), request=REQUEST.changed(script=Script("x/y/z plot")))
        assert [image.png for image in answer.images] == [grid, one]
        assert [image.seed for image in answer.images] == [None, 99]

    @pytest.mark.parametrize(
        "info",
        [
            None, "", "x", "[]", "null", 5, [], "[" * 5000,
            {"all_seeds": None}, {"all_seeds": "x"}, {"all_seeds": [None]}, {"all_seeds": ["7"]},
            {"all_seeds": [-1]}, {"all_seeds": [2**40]}, {"all_seeds": [True]},
            {"index_of_first_image": "1"}, {"index_of_first_image": 99}, {"index_of_first_image": -1},
            {"index_of_first_image": None}, {"sampler_name": 5, "sd_model_name": [], "sd_vae_name": {}},
            {"extra_generation_params": 5},
        ],
        ids=str,
    )  # fmt: skip
    def test_info_that_nobody_vouches_for(self, info):
        (image,) = generate(answered([fakes.picture()], info)).images
        assert image.seed is None

    @pytest.mark.parametrize(
        ("file_format", "name"),
        [
            ("JPEG", "JPEG"), ("WEBP", "WebP"), ("BMP", "BMP"), ("TIFF", "TIFF"), ("TGA", "TGA"),
            ("JPEG2000", "JPEG 2000"), ("AVIF", "AVIF"),
        ],
    )  # fmt: skip
    def test_another_format_is_passed_on(self, file_format, name):
        data = jpeg(64, 72, file_format)
        (image,) = generate(answered([data])).images
        assert (image.png, image.format, image.width, image.height) == (data, name, 64, 72)
        assert image.seed == 7

    @pytest.mark.parametrize("start", ["data:image/webp;base64,", "data:image/png;base64,"])
    def test_a_fork_says_what_it_is_before_it(self, start):
        data = jpeg(64, 72, "WEBP")
        body = json.dumps({"images": [start + fakes.base64_text(data)], "info": json.dumps(INFO)})
        (image,) = generate(fakes.raw(fakes.http(200, body.encode()))).images
        assert (image.png, image.format) == (data, "WebP")

    def test_what_the_picture_itself_tells(self):
        exif = Image.Exif()
        exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + "Kupfer, grün\nSteps: 5, Seed: 9".encode("utf-16-be")
        stream = io.BytesIO()
        Image.new("RGB", (64, 64)).save(stream, "WEBP", exif=exif)
        (image,) = generate(answered([stream.getvalue()])).images
        assert image.texts == {"parameters": "Kupfer, grün\nSteps: 5, Seed: 9"}

    @pytest.mark.parametrize("data", [jpeg(file_format="GIF"), b"text"])
    def test_other_formats_come_with_advice(self, data):
        assert "samples_format" in failure(AnswerInvalid, answered([data])).advice

    @pytest.mark.parametrize("data", [jpeg()[:-30], jpeg()[:20], fakes.picture()[:-20]])
    def test_cut_off_pictures(self, data):
        assert "Picture 1 of 2" in failure(AnswerInvalid, answered([data, fakes.picture()], "")).what

    def test_a_jpeg_of_more_pixels_than_memory(self):
        data = bytearray(jpeg())
        at = data.index(b"\xff\xc0") + 5
        data[at : at + 4] = b"\xff\xff\xff\xff"
        failure(AnswerTooLarge, answered([bytes(data)]))

    @pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b'{"images": [1]}', b"\xff", b"[" * 9999])
    def test_answers_that_are_none(self, body):
        failure(AnswerInvalid, fakes.raw(fakes.http(200, body)))

    def test_an_empty_list(self):
        failure(NoPicture, answered([]))

    @pytest.mark.parametrize(
        "nothing",
        [None, [None], [""], [" "], ["data:image/png;base64,"], ["", ""], "", ["None"], ["null"]],
    )
    def test_nothing_in_a_pictures_place(self, nothing):
        """KoboldCpp's way to say that it failed."""
        error = failure(NoPicture, fakes.answer({"images": nothing, "parameters": {}, "info": ""}))
        assert "could not make the picture." in error.what
        assert "samples_format" not in error.advice and "console" in error.advice
        error = failure(NoPicture, fakes.answer({"images": nothing, "detail": {"msg": "no model"}}))
        assert "could not make the picture: no model." in error.what

    @pytest.mark.parametrize("body", [b"{", b'{"images": ["iVBORw0KGg', b'{"images": [], "info": "{'])
    def test_an_answer_that_ends_early_is_told_as_cut_off(self, body):
        script = fakes.raw(b"HTTP/1.1 200 OK\r\n\r\n" + body)
        assert "cut off" in failure(ConnectionLost, script).what

    def test_an_answer_that_was_compressed_unasked(self):
        body = json.dumps({"images": [fakes.base64_text(fakes.picture())], "info": "{}"}).encode()
        script = fakes.raw(fakes.http(200, gzip.compress(body), "application/json", "Content-Encoding: gzip"))
        assert generate(script).images[0].png == fakes.picture()

    def test_extras(self):
        picture = fakes.picture(96, 136)
        script = fakes.answer({"html_info": "<p>", "image": fakes.base64_text(picture)})
        (image,), (sent,) = asked(lambda c: c.upscale([picture], UpscaleSettings("Lanczos")), script)
        assert (image.png, image.width) == (picture, 96)
        assert sent.path == "/sdapi/v1/extra-single-image"
        images, _ = asked(
            lambda c: c.upscale([picture] * 2, UpscaleSettings()),
            fakes.answer({"html_info": "", "images": [fakes.base64_text(picture)] * 2}),
        )
        assert len(images) == 2

    @pytest.mark.parametrize("answer", [{"image": None}, {"image": ""}, {"image": []}, {"images": [""]}])
    def test_extras_without_a_picture(self, answer):
        count = 2 if "images" in answer else 1
        verb = lambda c: c.upscale([fakes.picture()] * count, UpscaleSettings())  # noqa: E731
        failure(NoPicture, fakes.answer(answer), verb=verb)
        error = failure(NoPicture, fakes.answer({**answer, "errors": "no such upscaler"}), verb=verb)
        assert "no such upscaler" in error.what

    def test_extras_that_are_something_else(self):
        verb = lambda c: c.upscale([fakes.picture()], UpscaleSettings())  # noqa: E731
        failure(AnswerInvalid, fakes.answer({}), verb=verb)

    def test_one_broken_picture_of_a_batch(self):
        good = fakes.base64_text(fakes.picture())
        verb = lambda c: c.upscale([fakes.picture()] * 3, UpscaleSettings())  # noqa: E731
        images, _ = asked(verb, fakes.answer({"images": ["?", good, good[:400]]}))
        assert [image is None for image in images] == [True, False, True]
        failure(AnswerInvalid, fakes.answer({"images": ["?"] * 3}), verb=verb)

    def test_a_batch_that_lost_one(self):
        script = fakes.answer({"images": [fakes.base64_text(fakes.picture())]})
        verb = lambda c: c.upscale([fakes.picture()] * 2, UpscaleSettings())  # noqa: E731
        assert "1 pictures for 2" in failure(AnswerInvalid, script, verb=verb).what


class TestWhatWasReallyUsed:
    """The server replaces what it does not know, without a word."""

    def notices(self, info, **asked):
        return generate(answered([fakes.picture()], INFO | info), request=REQUEST.changed(**asked)).notices

    @pytest.mark.parametrize(
        ("asked", "used", "is_told"),
        [
            ("UniPC Trailing", "DPM++ 2M", True),
            ("DPM++ 2M Trailing", "DPM++ 2M", True),
            ("k_euler_a", "DPM++ 2M", True),
            ("DPM++ 2M Karras", "DPM++ 2M", False),
            ("DPM++ SDE Exponential", "DPM++ SDE", False),
            ("Euler a", "Euler a", False),
            ("Euler", "", False),
            ("", "Euler", False),
            (" ", "Euler", False),
            ("Euler a", "euler_a", False),
            ("dpm++2m", "DPM++ 2M", False),
        ],
    )
    def test_sampler(self, asked, used, is_told):
        notices = self.notices({"sampler_name": used}, sampler=asked)
        assert bool(notices) is is_told
        assert all(asked in notice and notice.endswith(".") for notice in notices)

    @pytest.mark.parametrize(
        ("asked", "used", "is_told"),
        [
            ("", "m", False),
            ("m", "m", False),
            ("m.safetensors", "m", False),
            ("sub/otherTiny.safetensors [0123456789]", "otherTiny", False),
            ("sub_otherTiny", "otherTiny", False),
            ("/srv/models/otherTiny.ckpt", "otherTiny", False),
            ("C:\\models\\otherTiny.ckpt", "otherTiny", False),
            ("0123456789", "otherTiny", False),
            ("0123456789abcdef" * 4, "otherTiny", False),
            ("nope", "otherTiny", True),
            ("otherTiny2", "otherTiny", True),
            ("Tiny", "otherTiny", True),
            ("my_otherTiny.safetensors", "otherTiny", True),
            ("sub/otherTiny.safetensors [9876543210]", "otherTiny", True),
            ("sub/my_otherTiny.ckpt [9876543210]", "otherTiny", True),
        ],
    )
    def test_model(self, asked, used, is_told):
        info = {"sd_model_name": used, "sd_model_hash": "0123456789"}
        assert bool(self.notices(info, model=asked)) is is_told

    @pytest.mark.parametrize(
        ("asked", "used", "is_told"),
        [
            ("v.pt", "v.pt", False),
            ("v.pt", "V", False),
            ("v.pt", None, True),
            ("v.pt", "w.pt", True),
            ("Automatic", "w.pt", False),
            ("None", None, False),
            ("", "w.pt", False),
        ],
    )
    def test_vae(self, asked, used, is_told):
        assert bool(self.notices({"sd_vae_name": used}, vae=asked)) is is_told

    @pytest.mark.parametrize(
        ("asked", "used", "is_told"),
        [
            ("karras", "Karras", False),
            ("sgm_uniform", "SGM Uniform", False),
            ("Nope", "Karras", True),
            ("Nope", "Automatic", True),
            ("", "Karras", False),
            ("Automatic", "Karras", False),
        ],
    )
    def test_scheduler(self, asked, used, is_told):
        info = {"extra_generation_params": {"Schedule type": used}}
        assert bool(self.notices(info, scheduler=asked)) is is_told
        info = {"infotexts": [f"x\nSteps: 20, Schedule type: {used}, Seed: 7"]}
        assert bool(self.notices(info, scheduler=asked)) is is_told


class TestStatuses:
    @pytest.mark.parametrize(
        ("status", "body", "kind", "what", "advice"),
        [
            (404, {"detail": "Not Found"}, FeatureMissing, "Text to Image", "Connect"),
            (405, {"detail": "Method Not Allowed"}, FeatureMissing, "Text to Image", "Connect"),
            (404, {"error": "HTTPException", "detail": "Init image not found"}, RequestRefused, "Init", "."),
            (400, {"detail": "Sampler not found"}, RequestRefused, "no sampler “Euler”", "or none"),
            (422, {"detail": "Script 'x' not found"}, RequestRefused, "Script 'x'", "script of the"),
            (
                422,
                {"detail": [{"loc": ["body", "steps"], "msg": "value is not a valid integer", "type": "x"}]},
                RequestRefused,
                "steps: value is not",
                "Change the setting",
            ),
            (422, {}, RequestRefused, "why", "."),
            (
                500,
                {"error": "AssertionError", "detail": "", "errors": "could not find upscaler named nope"},
                ServerFailed,
                "upscaler named nope",
                "upscaler of the server",
            ),
            (
                500,
                {"error": "HTTPException", "detail": "Invalid image format", "errors": ""},
                ServerFailed,
                "Invalid image format",
                "samples_format",
            ),
            (
                500,
                {"error": "OutOfMemoryError", "detail": "", "errors": "CUDA out of memory. Tried"},
                ServerFailed,
                "CUDA out of memory",
                "smaller picture",
            ),
            (
                500,
                {"error": "OutOfMemoryError", "detail": "", "errors": ""},
                ServerFailed,
                "Memory",
                "smaller",
            ),
            (
                500,
                {"error": "KeyError", "detail": "", "errors": "'nope_key'"},
                ServerFailed,
                "nope_key",
                "server settings",
            ),
            (500, {"error": "AssertionError", "errors": ""}, ServerFailed, "AssertionError", "console"),
            (500, None, ServerFailed, "failed", "console"),
            (501, None, FeatureMissing, "by itself", "by hand"),
            (503, {"detail": "busy"}, ServerFailed, "busy", "try again"),
            (413, None, ServerFailed, "413", "smaller"),
            (302, None, SentElsewhere, "another address", "."),
        ],
    )
    def test_in_words_with_advice(self, status, body, kind, what, advice):
        error = failure(kind, fakes.answer(body, status))
        assert what in error.what
        assert advice in error.advice

    def test_forge_fails_in_plain_text(self):
        script = fakes.raw(fakes.http(500, b"Internal Server Error", "text/plain; charset=utf-8"))
        assert "Internal Server Error" in failure(ServerFailed, script).what

    def test_a_web_page_where_json_belongs(self):
        failure(UnknownServer, fakes.raw(fakes.http(200, b"<!doctype html>", "text/html")))

    def test_wrong_credentials_and_none(self):
        script = fakes.answer(
            {"error": "HTTPException", "detail": "Incorrect", "body": "", "errors": ""}, 401
        )
        error = failure(AuthenticationFailed, script, username="ann", password="hunter2")
        assert "does not accept" in error.what
        assert "hunter2" not in str(error)
        assert "asks for" in failure(AuthenticationFailed, script).what

    def test_credentials_are_sent_unasked(self):
        _, (request,) = asked(lambda c: c.vaes(), fakes.answer([]), username="ann", password="hunter2")
        assert request.headers["authorization"] == "Basic " + fakes.base64_text(b"ann:hunter2")

    def test_a_password_that_comes_back_is_blotted_out(self):
        script = fakes.answer({"detail": "hunter2 is wrong"}, 422)
        assert "hunter2" not in str(failure(RequestRefused, script, username="ann", password="hunter2"))

    @pytest.mark.parametrize(
        "body", [b"HTTP/1.1 204 No Content\r\n\r\n", fakes.http(200, b"null"), fakes.http(200, b"{}")]
    )
    def test_orders_are_answered_with_anything_or_nothing(self, body):
        commands = (Feature.REFRESH_MODELS, Feature.FREE_MEMORY, Feature.REFRESH_LORAS)
        for verb in (lambda c, each=each: c.command(each) for each in commands):
            value, (request,) = asked(verb, fakes.raw(body))
            assert value is None
            assert request.method == "POST"

    def test_204_where_an_answer_belongs(self):
        failure(AnswerInvalid, fakes.raw(b"HTTP/1.1 204 No Content\r\n\r\n"))

    def test_a_killed_server_need_not_answer(self):
        asked(lambda c: c.command(Feature.KILL), fakes.raw(b""))
        asked(lambda c: c.command(Feature.KILL), fakes.reset)
        asked(lambda c: c.command(Feature.STOP), fakes.raw(fakes.http(200, b"Stopping.", "text/plain")))
        failure(FeatureMissing, fakes.raw(fakes.http(501)), verb=lambda c: c.command(Feature.RESTART))
        with fakes.unused_port() as port, pytest.raises(ServerUnreachable):
            A1111Client(Server(f"127.0.0.1:{port}")).command(Feature.KILL)

    def test_hanging_up_and_time_outs(self):
        failure(ServerTimedOut, fakes.raw_then_wait(b""), read_timeout=0.3)
        failure(ConnectionLost, fakes.raw(fakes.http(200, b'{"images": ["AAAA"]}')[:-4]))

    def test_settings_that_no_server_takes_are_never_sent(self):
        with fakes.ScriptedServer(fakes.answer({})) as server:
            with pytest.raises(InvalidSettings):
                client(server).generate(REQUEST.changed(steps=0))
            assert not server.requests


NAMED_LISTS = {
    "samplers": "name",
    "schedulers": "name",
    "upscalers": "name",
    "models": "title",
    "vaes": "model_name",
    "hypernetworks": "name",
    "face_restorers": "name",
    "realesrgan_models": "name",
    "prompt_styles": "name",
    "extensions": "name",
    "loras": "name",
    "script_info": "name",
    "latent_upscale_modes": "name",
}


class TestLists:
    @pytest.mark.parametrize("verb", NAMED_LISTS)
    def test_strange_names_each_once_and_nothing_that_is_none(self, verb):
        key = NAMED_LISTS[verb]
        entries = [{key: name} for name in STRANGE_NAMES * 2]
        noise = [None, 5, "x", [], {}, {key: None}, {key: 5}, {key: ""}, {key: " "}, {key: []}]
        noise += [{key: "\ud800"}, {key: "a\0b"}, {key: "x" * 256}, {key: "x" * 100_000}]
        found, _ = asked(lambda c: getattr(c, verb)(), fakes.answer(noise + entries + noise))
        names = [each if isinstance(each, str) else getattr(each, _attribute(verb)) for each in found]
        assert names == STRANGE_NAMES

    @pytest.mark.parametrize("verb", NAMED_LISTS)
    def test_five_thousand_entries(self, verb):
        key = NAMED_LISTS[verb]
        more = {"hash": "0" * 10, "filename": "/models/" + "x" * 40, "metadata": {"ss": ["a"] * 20}}
        entries = [{key: f"{number} 🎨", **more} for number in range(5000)]
        found, _ = asked(lambda c: getattr(c, verb)(), fakes.answer(entries))
        assert len(found) == 5000

    @pytest.mark.parametrize("verb", NAMED_LISTS)
    @pytest.mark.parametrize("body", [b"null", b"{}", b'"x"', b"5", b"", b"[NaN]"])
    def test_what_is_no_list(self, verb, body):
        failure(AnswerInvalid, fakes.raw(fakes.http(200, body)), verb=lambda c: getattr(c, verb)())

    @pytest.mark.parametrize("verb", NAMED_LISTS)
    def test_a_list_that_ends_early(self, verb):
        failure(ConnectionLost, fakes.raw(fakes.http(200, b"[")), verb=lambda c: getattr(c, verb)())

    def test_control_nets_lists(self):
        names, (request,) = asked(
            lambda c: c.controlnet_models(), fakes.answer({"model_list": ["a [1]", "a [1]", "", None, "🎨"]})
        )
        assert names == ("a [1]", "🎨")
        assert request.path == "/controlnet/model_list?update=true"
        assert asked(lambda c: c.controlnet_modules(), fakes.answer({}))[0] == ()

    def test_embeddings_are_an_object(self):
        told = {"loaded": {"🎨/x": {"vectors": 8.0, "shape": 768}, "y": None, "": {}}, "skipped": []}
        found, _ = asked(lambda c: c.embeddings(), fakes.answer(told))
        assert [(each.name, each.vectors) for each in found.loaded] == [("🎨/x", 8), ("y", None)]
        assert found.skipped == ()

    def test_forges_dates_are_numbers(self):
        told = [{"name": "a", "commit_date": 1700000000}, {"name": "b", "commit_date": "2024"}]
        found, _ = asked(lambda c: c.extensions(), fakes.answer(told))
        assert [each.date for each in found] == ["1700000000", "2024"]

    def test_scripts_keep_the_places_of_their_arguments(self):
        told = [
            {"name": "s", "is_img2img": is_img2img, "args": [None, {"label": "Weight", "value": 1}, 5]}
            for is_img2img in (False, True, True)
        ]
        found, _ = asked(lambda c: c.script_info(), fakes.answer(told))
        assert [each.is_img2img for each in found] == [False, True]
        assert [each.label for each in found[0].args] == ["", "Weight", ""]

    def test_memory_without_a_graphics_card(self):
        told = {"ram": {"free": 1.5e9, "used": 2, "total": "x"}, "cuda": {"error": "unavailable"}}
        found, _ = asked(lambda c: c.memory(), fakes.answer(told))
        assert (found.ram_free, found.ram_used, found.ram_total) == (1_500_000_000, 2, None)
        assert found.vram_total is None

    def test_options_come_as_floats(self):
        told = {"sd_model_checkpoint": "m [1]", "CLIP_stop_at_last_layers": 2.0, "sd_vae": None}
        found, _ = asked(lambda c: c.configuration(), fakes.answer(told))
        assert (found.model, found.values[ROWS_BY_PATH["conditioning.clip_skip"]]) == ("m [1]", 2)
        options, _ = asked(lambda c: c.options(), fakes.answer(told))
        assert (options.model, options.vae, options.samples_format) == ("m [1]", "", "")

    def test_an_image_without_data_has_no_parameters(self):
        told = {"info": "", "items": {}, "parameters": {"Clip skip": "1"}}
        found, _ = asked(lambda c: c.png_info(fakes.picture()), fakes.answer(told))
        assert (found.text, found.parameters) == ("", {})


def _attribute(verb):
    return "title" if verb == "models" else "name"


class TestProgress:
    def progress(self, value):
        return asked(lambda c: c.progress(), fakes.answer(value))[0]

    def test_what_is_told(self):
        preview = fakes.picture()
        state = {
            "job_count": 2, "job_no": 1, "sampling_step": 5, "sampling_steps": 20, "interrupted": True,
        }  # fmt: skip
        found = self.progress(
            {
                "progress": 0.63,
                "eta_relative": 4.5,
                "state": state,
                "current_image": fakes.base64_text(preview),
                "textinfo": "<p>Loss: 0.1<br/>Step: 5</p>",
            }
        )
        told = {"turn": Turn.UNKNOWN, "text": "Loss: 0.1 Step: 5"}
        assert found == Progress(0.63, 4.5, 5, 20, 1, 2, preview, True, False, **told)
        assert not found.is_idle

    @pytest.mark.parametrize(("number", "count", "done"), [(1, 1, 0), (1, 3, 0), (2, 3, 1), (3, 3, 2)])
    def test_a_picture_that_is_being_enlarged_is_not_done(self, number, count, done):
        """It is counted when it begins; the steps are those of the picture before."""
        state = {"job": "extras", "job_count": count, "job_no": number, "sampling_steps": 20}
        found = self.progress({"progress": number / count, "eta_relative": 0.1, "state": state})
        assert found == Progress(done / count, job_no=done, job_count=count, turn=Turn.UNKNOWN)

    @pytest.mark.parametrize(
        "value",
        [
            {},
            {"progress": None, "eta_relative": None, "state": None, "current_image": None, "textinfo": None},
            {"progress": "x", "eta_relative": -5, "state": [], "current_image": "%%%", "textinfo": 5},
            {"progress": -1, "state": {"sampling_step": "x", "job_count": None}, "current_image": "AAAA"},
            {"progress": True, "current_image": fakes.base64_text(jpeg(file_format="GIF"))},
        ],
    )
    def test_what_is_not(self, value):
        assert self.progress(value) == Progress(turn=Turn.UNKNOWN)

    def test_more_than_all(self):
        assert self.progress({"progress": 1e300}).fraction == 0
        assert self.progress({"progress": 1.01}).fraction == 1

    def test_a_preview_is_not_asked_for_when_nobody_looks(self):
        _, (request,) = asked(lambda c: c.progress(with_preview=False), fakes.answer({}))
        assert request.path == "/sdapi/v1/progress?skip_current_image=true"

    def test_a_preview_of_enormous_size_is_none(self):
        big = bytearray(png.encode(np.zeros((8, 8, 3), np.uint8)))
        big[16:24] = b"\x00\x00\x7f\xff\x00\x00\x7f\xff"
        assert self.progress({"current_image": fakes.base64_text(bytes(big))}).preview is None


class TestWords:
    @pytest.mark.parametrize(
        ("caption", "words"),
        [("a cat, ink", "a cat, ink"), ("a cat<error>", "a cat"), ("a cat, <error>", "a cat")],
    )
    def test_a_description(self, caption, words):
        assert asked(lambda c: c.describe(fakes.picture()), fakes.answer({"caption": caption}))[0] == words

    @pytest.mark.parametrize("caption", ["<error>", "", None, 5])
    def test_none(self, caption):
        verb = lambda c: c.describe(fakes.picture())  # noqa: E731
        assert "describe" in failure(ServerFailed, fakes.answer({"caption": caption}), verb=verb).what

    @pytest.mark.parametrize(
        ("info", "file"),
        [
            ("train embedding complete: filename: /e/a b.pt error: None", "/e/a b.pt"),
            ("create embedding filename: /e/x.pt", "/e/x.pt"),
            ("create hypernetwork filename: None", ""),
        ],
    )
    def test_what_was_made(self, info, file):
        found, _ = asked(lambda c: c.train(Training("x", "/data")), fakes.answer({"info": info}))
        assert found == file

    @pytest.mark.parametrize(
        ("info", "reason"),
        [
            (
                "train embedding complete: filename:  error: Dataset directory doesn't exist",
                "Dataset directory",
            ),
            ("train embedding error: 'x'", "'x'"),
            ("", "why"),
            (None, "why"),
            ("something else", "something else"),
        ],
    )
    def test_failures_come_with_status_200(self, info, reason):
        verb = lambda c: c.train(Training("x", "/data"))  # noqa: E731
        assert reason in failure(RequestRefused, fakes.answer({"info": info}), verb=verb).what

    def test_a_name_that_is_taken_is_told_apart(self):
        verb = lambda c: c.prepare_training(Training("x", "/data"))  # noqa: E731
        info = "create embedding error: file /e/x.pt already exists"
        assert "already exists" in failure(NameTaken, fakes.answer({"info": info}), verb=verb).what


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["name", "title", "args", "ram", "state", "loaded", "info", "parameters", "progress"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=share(2000))
@given(JSON)
def test_no_value_makes_reading_fail(value):
    functions = [
        each
        for name, each in vars(readers).items()
        if callable(each) and getattr(each, "__module__", "") == readers.__name__ and name.islower()
        and name not in ("items", "plain_text") and not name.startswith("_")
    ]  # fmt: skip
    assert len(functions) > 15
    for read in functions:
        read(value)
