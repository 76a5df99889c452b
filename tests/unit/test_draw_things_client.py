# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client's verbs, against servers that answer each in its own way."""

from __future__ import annotations

import json
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaign import share
from drawthings_addon.client.draw_things import error_messages
from drawthings_addon.client.draw_things.client import DrawThingsClient
from drawthings_addon.client.draw_things.keys import KEYS, ROWS_BY_KEY
from drawthings_addon.client.http.address import Server
from drawthings_addon.client.http.status_errors import raise_for_status
from drawthings_addon.client.http.transport import Reply
from drawthings_addon.client.http.words import server_words
from drawthings_addon.client.request import GenerationRequest
from drawthings_addon.errors import (
    AnswerInvalid,
    AnswerTooLarge,
    AuthenticationFailed,
    BridgeError,
    ConnectionLost,
    FeatureMissing,
    InvalidSettings,
    KeysUnrecognized,
    NoPicture,
    RequestRefused,
    SentElsewhere,
    ServerError,
    ServerFailed,
    ServerTimedOut,
    ServerUnreachable,
    UnknownServer,
    WrongProtocol,
)
from tests.unit import http_fakes as fakes

REQUEST = GenerationRequest.of(prompt="copper", width=128, height=128, seed=7)
TWO_FRAMES = REQUEST.with_options("DRAW_THINGS", (("num_frames", 2),))
CONFIGURATION = {"seed_mode": "Scale Alike", "guidance_scale": 4.5, "model": None}
GRPC = fakes.raw(b"\x00\x00\x00\x04\x00\x00\x00\x00\x00")
WEB_PAGE = fakes.http(200, b"<!DOCTYPE html><title>x</title>", "text/html; charset=utf-8")


def client(server, **options):
    return DrawThingsClient(Server(server.url, **options))


def generate(*scripts, request=REQUEST, **options):
    """The answer, or the error, of one request to a server of these scripts; and what was sent."""
    with fakes.ScriptedServer(*scripts) as server:
        return client(server, **options).generate(request), server.requests


def failure(kind, *scripts, request=REQUEST, **options):
    with fakes.ScriptedServer(*scripts) as server:
        with pytest.raises(ServerError) as caught:
            client(server, **options).generate(request)
        error = caught.value
        assert type(error) is kind, error
        assert server.url.removeprefix("http://") in error.what
    assert error.advice.endswith(".")
    return error


class TestGenerate:
    def test_txt2img_and_img2img_have_paths_of_their_own(self):
        picture = fakes.picture(128, 128)
        with fakes.ScriptedServer(fakes.pictures(picture)) as server:
            client(server).generate(REQUEST)
            client(server).generate(
                GenerationRequest.of(operation="img2img", width=128, height=128, init_image=picture)
            )
            first, second = server.requests
        assert (first.method, first.path) == ("POST", "/sdapi/v1/txt2img")
        assert first.json["prompt"] == "copper"
        assert (second.method, second.path) == ("POST", "/sdapi/v1/img2img")
        assert second.json["init_images"] == [fakes.base64_text(picture)]

    def test_all_frames_are_taken_as_they_are(self):
        small, large = fakes.picture(128, 128), fakes.picture(256, 192)
        answer, _ = generate(fakes.pictures(small, large), request=TWO_FRAMES)
        assert [image.png for image in answer.images] == [small, large]
        assert [(image.width, image.height) for image in answer.images] == [(128, 128), (256, 192)]
        assert answer.images[0].seed is None
        assert answer.images[0].configuration == {}
        assert answer.dropped_keys == ()

    def test_the_picture_tells_its_seed_and_configuration(self):
        comment = {"c": "x < y & z", "seed": 4242, "model": "m.ckpt", "v2": {"steps": 8}}
        escaped = json.dumps(comment).replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
        text = (
            "<x:xmpmeta><rdf:RDF><exif:UserComment><rdf:Alt><rdf:li xml:lang='x-default'>"
            f"{escaped}</rdf:li></rdf:Alt></exif:UserComment></rdf:RDF></x:xmpmeta>"
        )
        answer, _ = generate(fakes.pictures(fakes.picture(text={"XML:com.adobe.xmp": text})))
        assert answer.images[0].seed == 4242
        assert answer.images[0].configuration == comment

    def test_a_data_uri_is_read_too(self):
        data = fakes.picture()
        uri = "data:image/png;base64," + fakes.base64_text(data)
        answer, _ = generate(fakes.answer({"images": [uri], "info": "{}", "parameters": {}}))
        assert answer.images[0].png == data

    def test_settings_that_no_server_takes_are_never_sent(self):
        with fakes.ScriptedServer(fakes.answer({})) as server:
            with pytest.raises(InvalidSettings):
                client(server).generate(GenerationRequest.of(steps=0))
            assert not server.requests


class TestUnknownKeys:
    def test_optional_ones_are_dropped_and_told(self):
        refusal = fakes.refusal('Unrecognized keys: ["tiled_decoding", "restore_faces"]')
        answer, (first, second) = generate(refusal, fakes.pictures(fakes.picture()))
        assert answer.dropped_keys == ("tiled_decoding", "restore_faces")
        assert first.json.keys() - second.json.keys() == {"tiled_decoding", "restore_faces"}
        assert second.json.items() <= first.json.items()

    def test_the_words_may_be_in_another_language(self):
        refusal = fakes.refusal('Nicht erkannte Schlüssel: ["tiled_decoding"]')
        answer, _ = generate(refusal, fakes.pictures(fakes.picture()))
        assert answer.dropped_keys == ("tiled_decoding",)

    @pytest.mark.parametrize("key", ["prompt", "guidance_scale", "seed", "sampler", "strength", "never_sent"])
    def test_without_the_others_the_picture_would_be_another(self, key):
        with fakes.ScriptedServer(fakes.refusal(f'Unrecognized keys: ["tea_cache", "{key}"]')) as server:
            with pytest.raises(KeysUnrecognized) as caught:
                client(server).generate(REQUEST)
            assert len(server.requests) == 1
        assert caught.value.keys == ("tea_cache", key)
        assert "Update" in caught.value.advice
        assert key in caught.value.what

    def test_it_is_tried_once_more_and_not_again(self):
        scripts = [
            fakes.refusal(f'Unrecognized keys: ["{key}"]') for key in ("fps", "tea_cache", "sharpness")
        ]
        with fakes.ScriptedServer(*scripts) as server:
            with pytest.raises(KeysUnrecognized) as caught:
                client(server).generate(REQUEST)
            assert len(server.requests) == 2
        assert caught.value.keys == ("tea_cache",)


class TestNoPicture:
    def test_an_empty_list_is_a_failure_with_advice(self):
        error = failure(NoPicture, fakes.answer({"images": []}))
        assert "Open a project" in error.advice

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"null",
            b"[]",
            b'"x"',
            b"{}",
            b'{"images": "x"}',
            b'{"images": [5]}',
            b'{"images": ["*"]}',
            b'{"images": ["iVBORw0KGgo"]}',
            b'{"images": ["\\u00e9"]}',
            b'{"images": [NaN]}',
            b"\xff\xfe{}",
            b"[" * 100_000,
            b"[" + b"[]," * 300_000 + b"[]]",
            b'{"images": ' + b"9" * 10_000 + b"}",
        ],
        ids=lambda body: repr(body[:30]),
    )
    def test_an_answer_that_is_none(self, body):
        failure(AnswerInvalid, fakes.raw(fakes.http(200, body)))

    @pytest.mark.parametrize("body", [b"{", b'{"images": ["iVBORw0KGg', b'{"images": []', b'{"images": [nul'])
    def test_an_answer_that_ends_early_is_told_as_cut_off(self, body):
        """Where neither a length nor chunks tell it: to the end of the connection."""
        script = fakes.raw(b"HTTP/1.1 200 OK\r\n\r\n" + body)
        assert "cut off" in failure(ConnectionLost, script).what
        failure(ConnectionLost, fakes.raw(fakes.http(200, body)))

    @pytest.mark.parametrize(
        "nothing", [None, {}, [None], [[]], [""], ["  \n"], ["data:image/png;base64,"], ["", None], "", False]
    )
    def test_nothing_in_a_pictures_place(self, nothing):
        """KoboldCpp's way to say that it failed."""
        error = failure(NoPicture, fakes.answer({"images": nothing}))
        assert "could not make the picture." in error.what and "Open a project" in error.advice
        error = failure(NoPicture, fakes.answer({"images": nothing, "error": "out of memory"}))
        assert "could not make the picture: out of memory." in error.what

    def test_a_failure_that_is_told_with_status_200(self):
        error = failure(NoPicture, fakes.answer({"detail": "no model is loaded"}))
        assert "could not make the picture: no model is loaded." in error.what

    def test_one_of_several_is_nothing(self):
        answer, _ = generate(
            fakes.answer({"images": ["", fakes.base64_text(fakes.picture(128, 128))]}), request=TWO_FRAMES
        )
        assert len(answer.images) == 1
        assert "Picture 1 of 2" in answer.notices[0] and "was not made" in answer.notices[0]

    @pytest.mark.parametrize(
        "data",
        [
            b"This is a text.",
            b"\xff\xd8\xff\xe0" + bytes(100),
            fakes.picture()[:-20],
            fakes.picture()[:60],
            fakes.picture().replace(b"IDAT", b"IDAX"),
        ],
        ids=["text", "jpeg", "no end", "cut", "no pixels"],
    )
    def test_bytes_that_are_no_picture(self, data):
        error = failure(AnswerInvalid, fakes.pictures(data))
        assert "Picture 1 of 1" in error.what

    def test_one_broken_frame_does_not_cost_the_good_ones(self):
        good = fakes.picture()
        for frames in ((good, good[:-20]), (good[:-20], good)):
            answer, _ = generate(fakes.pictures(*frames), request=TWO_FRAMES)
            assert [image.png for image in answer.images] == [good]
            assert f"Picture {frames.index(good[:-20]) + 1} of 2" in answer.notices[0]
        assert (
            "Picture 1 of 2"
            in failure(AnswerInvalid, fakes.pictures(good[:-20], b"x"), request=TWO_FRAMES).what
        )

    @pytest.mark.parametrize("size", [(100_000, 100_000), (40_000, 1), (2**31 - 1, 1), (16_385, 8192)])
    def test_more_pixels_than_memory(self, size):
        chunk = b"IHDR" + struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0)
        data = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
        error = failure(AnswerTooLarge, fakes.pictures(data))
        assert f"{size[0]} × {size[1]}" in error.what

    def test_more_bytes_than_any_picture(self):
        failure(AnswerTooLarge, fakes.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n"))


class TestRefusals:
    @pytest.mark.parametrize(
        ("detail", "advice"),
        [
            ("Missing 'model' parameter", "Choose a model"),
            ('Unrecognized model name "x" (see --help for a list of available models)', "exact name"),
            ("Missing file: x.ckpt (in CLI, see --help to see the lists of files)", "Download"),
            ("Missing files for model, see --help for a list of which files this model needs", "downloads"),
            ('Invalid value for sampler (options: ["DDIM", "TCD"])', "Choose one of the values"),
            ("init_images height doesn't match 512 from the parameter 1024", "picture size"),
            (
                'More than one key for X specified (must only specify one of ["fps", "fps"])',
                "advanced settings",
            ),
            ("Der Wert für Schritte muss zwischen 1 und 150 liegen (war 200)", "Change the setting"),
            ("", "Change the setting"),
        ],
    )
    def test_the_apps_own_words_and_what_to_do(self, detail, advice):
        error = failure(RequestRefused, fakes.refusal(detail))
        assert error.detail == detail
        assert detail in error.what
        assert advice in error.advice

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            (
                b'{"detail": [{"loc": ["body", "steps"], "msg": "not an integer", "type": "x"}]}',
                "steps: not an integer",
            ),
            (b'{"detail": [{"loc": ["body", "a", 0], "msg": "m"}, {"loc": 5, "msg": "n"}]}', "a.0: m; n"),
            (b'{"detail": {"x": 1}}', "why"),
            (b'{"detail": null, "errors": "out of memory"}', "out of memory"),
            (b"not json", "why"),
            (b"", "why"),
        ],
    )
    def test_the_words_of_other_servers(self, body, words):
        error = failure(RequestRefused, fakes.raw(fakes.http(422, body)))
        assert words in error.what

    def test_a_long_list_is_read_whole_though_it_is_not_shown_whole(self):
        keys = [name for name, key in KEYS.items() if key.optional and key.sendable and key.kind != "LIST"]
        keys.remove("tea_cache_end")
        refusal = fakes.refusal(f"Unrecognized keys: {json.dumps(keys)}")
        answer, _ = generate(refusal, fakes.pictures(fakes.picture()))
        assert list(answer.dropped_keys) == keys

    def test_words_are_short_and_on_one_line(self):
        error = failure(RequestRefused, fakes.refusal("a\nb\x1b[31m\u202e" + "x" * 100_000))
        assert error.what.isprintable()
        assert len(error.what) < 1000

    @pytest.mark.parametrize(
        ("status", "kind", "words"),
        [
            (301, SentElsewhere, "another address"),
            (302, SentElsewhere, "another address"),
            (304, SentElsewhere, "another address"),
            (400, WrongProtocol, "400"),
            (401, AuthenticationFailed, "password"),
            (403, AuthenticationFailed, "403"),
            (404, FeatureMissing, "404"),
            (405, UnknownServer, "405"),
            (408, ServerTimedOut, "408"),
            (413, ServerFailed, "413"),
            (415, ServerFailed, "415"),
            (418, ServerFailed, "418"),
            (426, WrongProtocol, "426"),
            (429, ServerFailed, "429"),
            (500, ServerFailed, "500"),
            (501, UnknownServer, "501"),
            (502, ServerFailed, "502"),
            (503, ServerFailed, "503"),
            (504, ServerTimedOut, "504"),
            (505, WrongProtocol, "505"),
            (599, ServerFailed, "599"),
            (204, ServerFailed, "204"),
        ],
    )
    def test_every_other_status(self, status, kind, words):
        data = b"HTTP/1.1 %d Words\r\nContent-Length: 0\r\n\r\n" % status
        error = failure(kind, fakes.raw(data))
        assert words in error.what
        if kind is ServerFailed:
            assert error.status == status

    def test_the_reason_of_a_failure_is_told(self):
        body = b'{"error": "OutOfMemoryError", "detail": "", "body": "", "errors": "MPS out of memory"}'
        assert "MPS out of memory" in failure(ServerFailed, fakes.raw(fakes.http(500, body))).what

    def test_a_redirect_tells_where_to_but_no_more(self):
        data = fakes.http(302, b"", "text/plain", "Location: http://ann:hunter2@elsewhere:9/x?secret=1")
        error = failure(SentElsewhere, fakes.raw(data))
        assert "(elsewhere)" in error.what
        assert "hunter2" not in str(error)
        assert "secret" not in str(error)

    @pytest.mark.parametrize("status", [200, 404, 400])
    def test_a_web_page_is_another_program(self, status):
        page = fakes.http(status, b"<html>", "text/html")
        failure(UnknownServer, fakes.raw(page))

    def test_grpc_over_http_1(self):
        failure(WrongProtocol, fakes.raw(fakes.http(415, b"", "application/grpc-web")))

    @pytest.mark.parametrize("status", [422, 401, 500])
    def test_a_password_that_comes_back_is_blotted_out(self, status):
        def echo(connection, request):
            words = f"{request.headers['authorization']} hunter2"
            connection.sendall(fakes.http(status, json.dumps({"detail": words}).encode()))

        with fakes.ScriptedServer(echo) as server, pytest.raises(ServerError) as caught:
            client(server, username="ann", password="hunter2").generate(REQUEST)
        assert "hunter2" not in str(caught.value)
        assert fakes.base64_text(b"ann:hunter2") not in str(caught.value)
        assert "hunter2" not in getattr(caught.value, "detail", "")


class TestConnection:
    def test_the_wrong_protocol(self):
        assert "HTTP" in failure(WrongProtocol, GRPC).advice

    @pytest.mark.parametrize("script", [fakes.raw(b""), fakes.reset])
    def test_closing_every_connection_is_the_wrong_protocol_too(self, script):
        assert "gRPC" in failure(WrongProtocol, script).what

    def test_an_app_that_crashed_on_this_request_only(self):
        failure(ConnectionLost, fakes.reset, fakes.answer(CONFIGURATION))

    def test_cut_off_in_the_middle(self):
        failure(ConnectionLost, fakes.raw(fakes.http(200, b'{"images": ["AAAA"]}')[:-4]))

    def test_the_time_out_is_the_artists(self):
        error = failure(ServerTimedOut, fakes.raw_then_wait(b""), read_timeout=0.4)
        assert "0.4 s" in error.what
        assert "timeout" in error.advice

    def test_nobody_there(self):
        with fakes.unused_port() as port, pytest.raises(ServerUnreachable):
            DrawThingsClient(Server(f"127.0.0.1:{port}")).generate(REQUEST)


class TestConfiguration:
    def test_it_is_read_by_get(self):
        with fakes.ScriptedServer(fakes.answer({**CONFIGURATION, "model": "m.ckpt", "steps": 8})) as server:
            configuration = client(server).configuration()
            (request,) = server.requests
        assert (request.method, request.path) == ("GET", "/")
        assert (configuration.model, configuration.values[ROWS_BY_KEY["steps"]]) == ("m.ckpt", 8)

    @pytest.mark.parametrize(
        ("script", "kind"),
        [
            (fakes.raw(WEB_PAGE), UnknownServer),
            (fakes.answer({"detail": "Not Found"}, 404), UnknownServer),
            (fakes.raw(fakes.http(404)), UnknownServer),
            (fakes.answer({"samples_save": True}), UnknownServer),
            (fakes.answer([]), UnknownServer),
            (fakes.answer(None), UnknownServer),
            (fakes.raw(fakes.http(200, b"OK", "text/plain")), UnknownServer),
            (fakes.raw(fakes.http(200)), UnknownServer),
            (fakes.raw(fakes.http(405)), UnknownServer),
            (fakes.raw(fakes.http(401)), AuthenticationFailed),
            (fakes.raw(fakes.http(400)), WrongProtocol),
            (fakes.raw(fakes.http(500)), ServerFailed),
            (GRPC, WrongProtocol),
            (fakes.raw(b""), WrongProtocol),
            (fakes.reset, WrongProtocol),
            (fakes.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n"), AnswerTooLarge),
            (fakes.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"), ConnectionLost),
        ],
    )
    def test_something_else_answers(self, script, kind):
        with fakes.ScriptedServer(script) as server, pytest.raises(ServerError) as caught:
            client(server).configuration()
        assert type(caught.value) is kind
        assert caught.value.advice


class TestProbes:
    def test_the_samplers_are_in_the_refusal(self):
        detail = 'Invalid value for sampler (options: ["DPM++ 2M Karras", "Euler a"])'
        with fakes.ScriptedServer(fakes.refusal(detail)) as server:
            assert client(server).samplers() == ("DPM++ 2M Karras", "Euler a")
            assert client(server).seed_modes() == ("DPM++ 2M Karras", "Euler a")
            sent = [request.json for request in server.requests]
        assert sent[0]["sampler"] == sent[1]["seed_mode"] == "?"
        for body in sent:
            assert body.items() >= {"prompt": None, "steps": 1, "width": 128, "height": 128}.items()

    @pytest.mark.parametrize(
        "detail", ["Missing prompt", "", "(options: [])", 'Unrecognized keys: ["sampler"]']
    )
    def test_a_refusal_that_lists_nothing(self, detail):
        with fakes.ScriptedServer(fakes.refusal(detail)) as server, pytest.raises(RequestRefused) as caught:
            client(server).samplers()
        assert "Sampler" in caught.value.what

    def test_a_server_that_takes_anything(self):
        with fakes.ScriptedServer(fakes.pictures(fakes.picture())) as server:
            for ask in (client(server).samplers, client(server).seed_modes):
                with pytest.raises(AnswerInvalid):
                    ask()

    @pytest.mark.parametrize(
        ("detail", "state"),
        [
            ("Missing prompt", "USABLE"),
            ("Missing files for model, see --help for a list", "NOT_DOWNLOADED"),
            ('Unrecognized model name "m" (see --help)', "UNKNOWN"),
        ],
    )
    def test_a_models_state(self, detail, state):
        with fakes.ScriptedServer(fakes.refusal(detail)) as server:
            assert client(server).model_state("m") == state
            (request,) = server.requests
        assert request.path == "/sdapi/v1/txt2img"
        assert request.json == {
            "model": "m", "prompt": None, "loras": [], "controls": [], "upscaler": None, "steps": 1,
            "width": 128, "height": 128, "batch_count": 1, "batch_size": 1,
        }  # fmt: skip

    @pytest.mark.parametrize("verb", ["has_lora", "has_upscaler"])
    def test_files(self, verb):
        for detail, there in (
            ("Missing file: y.ckpt (in CLI, see --help to see the lists of files)", False),
            ("Missing prompt", True),
            ("Missing files for model, see --help", True),
        ):
            with fakes.ScriptedServer(fakes.refusal(detail)) as server:
                assert getattr(client(server), verb)("y.ckpt") is there
        with fakes.ScriptedServer(fakes.refusal("Missing 'model' parameter")) as server:
            with pytest.raises(RequestRefused, match="Choose a model"):
                getattr(client(server), verb)("y.ckpt")
            for file in ("", "a/b", "..", "a\\b"):
                with pytest.raises(InvalidSettings):
                    getattr(client(server), verb)(file)
            assert len(server.requests) == 1


class TestPhrases:
    @pytest.mark.parametrize(
        ("detail", "keys"),
        [
            ('Unrecognized keys: ["a"]', ("a",)),
            ('Unrecognized key: ["a", "b"]', ("a", "b")),
            ('未対応のキー：["a"]', ("a",)),
            ('Unrecognized keys: ["a", "b', ("a",)),
            ("Unrecognized keys: []", ()),
            ('Unrecognized model name "a"', ()),
            ('Invalid value for sampler (options: ["a"])', ()),
            ('More than one key for X specified (must only specify one of ["a", "a"])', ()),
            ("", ()),
        ],
    )
    def test_unrecognized_keys(self, detail, keys):
        assert error_messages.unrecognized_keys(detail) == keys

    @given(st.text(alphabet='Unrecogizdkys: ["]\\,(){}aé\n') | st.text())
    def test_no_words_break_the_reader(self, detail):
        for text in (
            detail,
            f"Unrecognized keys: [{detail}",
            f"options: [{detail}]",
            f"Missing file: {detail}",
        ):
            assert all(isinstance(key, str) for key in error_messages.unrecognized_keys(text))
            assert all(error_messages.options(text))
            assert isinstance(error_messages.missing_file(text), str)
            assert error_messages.advice(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["detail", "errors", "error", "msg", "loc", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)
bodies = st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode())


@settings(max_examples=share(3000))
@given(
    st.integers(100, 999),
    st.sampled_from(["application/json", "text/plain", "text/html", "", "application/grpc"]),
    st.text(max_size=30) | st.sampled_from(["http://[", "//a@b", "http://h:x"]),
    bodies,
)
def test_any_answer_is_an_error_in_words(status, content_type, location, body):
    server = Server("127.0.0.1:7860", username="ann", password="hunter2")
    reply = Reply(status, content_type, location, body)
    assert "\n" not in server_words(server, reply)
    try:
        raise_for_status(server, reply)
    except BridgeError as error:
        assert "127.0.0.1:7860" in error.what
        assert error.advice
        str(error).encode()
    else:
        assert status == 200
