# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""One exchange with servers that are slow, broken, hostile, or something else altogether."""

from __future__ import annotations

import gzip
import http.client
import socket
import threading
import time
import zlib

import pytest

from drawthings_addon.client.http import transport
from drawthings_addon.client.http.address import Server
from drawthings_addon.client.http.failures import HungUp
from drawthings_addon.client.http.transport import Transport
from drawthings_addon.errors import (
    AnswerInvalid,
    AnswerTooLarge,
    ConnectionLost,
    ServerTimedOut,
    ServerUnreachable,
    WrongProtocol,
)
from tests.unit import http_fakes as fakes

LIMIT = 100_000
#: Longer than any exchange of these tests takes, also on a busy machine.
PATIENT = 60.0
#: For servers that never end: the test waits as long.
IMPATIENT = 0.5


def get(server, *, timeout=PATIENT, limit=LIMIT, **options):
    return Transport(Server(server.url, **options)).get("/", limit=limit, timeout=timeout)


@pytest.mark.timing
class TestRequest:
    def test_json_over_a_connection_of_its_own(self):
        with fakes.ScriptedServer(fakes.answer({})) as server:
            Transport(Server(server.url + "/sd")).post("/x", {"a": ["ü"]}, limit=LIMIT, timeout=PATIENT)
            get(server)
            post, plain = server.requests
        assert (post.method, post.path, post.json) == ("POST", "/sd/x", {"a": ["ü"]})
        assert post.headers["content-type"] == "application/json"
        assert post.headers["connection"] == plain.headers["connection"] == "close"
        assert post.headers["accept-encoding"] == "identity"
        assert "authorization" not in post.headers
        assert plain.method == "GET"

    def test_credentials_are_sent_unasked_and_as_utf_8(self):
        with fakes.ScriptedServer(fakes.answer({})) as server:
            get(server, username="ann", password="gehört")
            (request,) = server.requests
        assert request.headers["authorization"] == "Basic " + fakes.base64_text("ann:gehört".encode())

    def test_nothing_of_the_environment_leads_elsewhere(self, monkeypatch, tmp_path):
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login ann password hunter2\n")
        netrc.chmod(0o600)
        monkeypatch.setenv("NETRC", str(netrc))
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.delenv("no_proxy", raising=False)
        with fakes.ScriptedServer(fakes.answer({})) as server:
            assert get(server).status == 200
            assert "authorization" not in server.requests[0].headers

    def test_redirects_are_not_followed_and_their_body_is_bounded(self):
        with fakes.ScriptedServer(fakes.answer({})) as other:
            head = f"HTTP/1.1 302 Found\r\nLocation: {other.url}/x\r\n\r\n".encode()
            with fakes.ScriptedServer(fakes.endless(head, bytes(65536))) as server:
                reply = get(server, username="ann", password="hunter2")
            assert reply.status == 302
            assert reply.location == other.url + "/x"
            assert not other.requests

    @pytest.mark.parametrize("location", ["http://[", "\xff\xfe", "//", "http://a:b@c:99999"])
    def test_a_broken_redirect_is_still_an_answer(self, location):
        data = fakes.http(302, b"", "text/plain", f"Location: {location}")
        with fakes.ScriptedServer(fakes.raw(data)) as server:
            assert get(server).status == 302

    def test_a_large_body_may_take_longer_than_the_time_out_for_connecting(self):
        def slow_reader(connection, request):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            # Nothing is read for longer than the connection may take.
            threading.Event().wait(1.0)
            fakes.read_request(connection)
            connection.sendall(fakes.http(200, b"{}"))

        with fakes.ScriptedServer(slow_reader, reads=False) as server:
            sending = Transport(Server(server.url, connect_timeout=0.5))
            body = {"init_images": ["A" * (32 << 20)]}
            assert sending.post("/x", body, limit=LIMIT, timeout=PATIENT).status == 200


@pytest.mark.timing
class TestNobodyThere:
    def test_nothing_listens(self):
        with fakes.unused_port() as port, pytest.raises(ServerUnreachable) as caught:
            Transport(Server(f"127.0.0.1:{port}")).get("/", limit=LIMIT, timeout=PATIENT)
        assert f"127.0.0.1:{port}" in caught.value.what
        assert "API Server" in caught.value.advice

    def test_the_host_is_unknown(self):
        with pytest.raises(ServerUnreachable) as caught:
            Transport(Server("no-such-computer.invalid:7860")).get("/", limit=LIMIT, timeout=PATIENT)
        assert "no-such-computer.invalid" in caught.value.what

    def test_a_full_backlog_ends_with_the_time_out_for_connecting(self):
        with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
            address = listener.getsockname()
            fillers = [socket.socket() for _ in range(3)]
            for filler in fillers:
                filler.setblocking(False)
                filler.connect_ex(address)
            transport = Transport(Server(f"127.0.0.1:{address[1]}", connect_timeout=0.3))
            try:
                with pytest.raises((ServerUnreachable, ServerTimedOut)):
                    transport.get("/", limit=LIMIT, timeout=1)
            finally:
                for filler in fillers:
                    filler.close()

    def test_tls_where_there_is_none(self):
        with fakes.ScriptedServer(fakes.raw(b"HTTP/1.1 400 Bad Request\r\n\r\n"), reads=False) as server:
            url = server.url.replace("http:", "https:")
            with pytest.raises(WrongProtocol) as caught:
                Transport(Server(url)).get("/", limit=LIMIT, timeout=PATIENT)
        assert "http://" in caught.value.advice


SETTINGS_FRAME = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
GOAWAY_FRAME = b"\x00\x00\x08\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"
TLS_ALERT = b"\x15\x03\x01\x00\x02\x02\x46"


@pytest.mark.timing
class TestWrongProtocol:
    @pytest.mark.parametrize(
        "words",
        [
            SETTINGS_FRAME,
            SETTINGS_FRAME + GOAWAY_FRAME,
            TLS_ALERT,
            b"SSH-2.0-OpenSSH_9.6\r\n",
            b"220 mail\r\n",
            b"\r\n\r\n",
            b"H\n",
        ],
    )
    @pytest.mark.parametrize("stays", [False, True])
    def test_words_that_are_not_http(self, words, stays):
        script = fakes.raw_then_wait(words) if stays else fakes.raw(words)
        with fakes.ScriptedServer(script) as server, pytest.raises(WrongProtocol) as caught:
            get(server)
        assert server.url.removeprefix("http://") in caught.value.what
        assert "Protocol to HTTP" in caught.value.advice

    @pytest.mark.parametrize(
        "words",
        [b"HTTP/1.1\n\n", b"HTTP/9.9 abc\r\n\r\n", b"HTTP/2 200 OK\r\n\r\n", b"HTTP/1.1 " + b"9" * 70_000],
    )
    def test_words_that_begin_like_http(self, words):
        with fakes.ScriptedServer(fakes.raw(words)) as server, pytest.raises(WrongProtocol):
            get(server)

    def test_more_headers_than_anybody_sends(self):
        words = b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000
        with fakes.ScriptedServer(fakes.raw(words)) as server, pytest.raises(WrongProtocol):
            get(server)

    @pytest.mark.parametrize("script", [fakes.raw(b""), fakes.reset])
    def test_closed_without_a_word(self, script):
        with fakes.ScriptedServer(script) as server, pytest.raises(HungUp) as caught:
            get(server)
        assert isinstance(caught.value, ConnectionLost)


@pytest.mark.timing
class TestCutOff:
    @pytest.mark.parametrize(
        "data",
        [
            fakes.http(200, b'{"images": []}')[:-5],
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"ima",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"ima\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{\"ima\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n",
        ],
    )
    def test_an_answer_that_ends_early(self, data):
        with fakes.ScriptedServer(fakes.raw(data)) as server, pytest.raises(ConnectionLost) as caught:
            get(server)
        assert "middle" in caught.value.what
        assert not isinstance(caught.value, HungUp)

    @pytest.mark.parametrize(("coding", "compress"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
    @pytest.mark.parametrize("cut", [4, 12, 40])
    def test_a_compressed_answer_that_ends_early(self, coding, compress, cut):
        """Also where lengths and chunks are right: what was compressed had been cut off before."""
        body = compress(bytes(range(256)) * 4)[:-cut]
        data = fakes.http(200, body, "application/json", f"Content-Encoding: {coding}")
        with fakes.ScriptedServer(fakes.raw(data)) as server, pytest.raises(ConnectionLost) as caught:
            get(server)
        assert "cut off" in caught.value.what

    @pytest.mark.parametrize(
        "rest",
        [
            b"Content-Length: 9999\r\n\r\nToo large",
            b"Transfer-Encoding: chunked\r\n\r\n9\r\nToo large\r\n",
            b"Content-Encoding: br\r\nContent-Length: 3\r\n\r\nxyz",
            b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nxyz",
        ],
    )
    def test_of_an_error_the_status_counts_more_than_its_page(self, rest):
        with fakes.ScriptedServer(fakes.raw(b"HTTP/1.1 413 Too Large\r\n" + rest)) as server:
            assert get(server).status == 413

    def test_an_error_page_that_never_ends_is_not_waited_for(self, monkeypatch):
        monkeypatch.setattr(transport, "_PAGE_SECONDS", 0.3)
        script = fakes.raw_then_wait(b"HTTP/1.1 502 Bad\r\nContent-Length: 99\r\n\r\nBad")
        began = time.monotonic()
        with fakes.ScriptedServer(script) as server:
            assert get(server).status == 502
        assert time.monotonic() - began < PATIENT / 2

    def test_who_refuses_a_request_before_it_is_whole_is_heard(self):
        """As proxies refuse what is too large: the answer, and a reset, while the picture is still sent."""

        def refuse(connection, request):
            while b"\r\n\r\n" not in connection.recv(1 << 16):
                pass
            connection.sendall(fakes.http(413, b"<html>Too Large", "text/html"))

        with fakes.ScriptedServer(refuse, reads=False) as server:
            reply = Transport(Server(server.url)).post(
                "/x", {"init_images": ["A" * (32 << 20)]}, limit=LIMIT, timeout=PATIENT
            )
        assert reply.status == 413

    @pytest.mark.parametrize("error", [BrokenPipeError, ConnectionResetError, ConnectionAbortedError])
    def test_in_which_words_a_system_says_that_a_request_is_refused(self, monkeypatch, error):
        """Windows has another one than others have."""

        def send(self, data):
            if len(data) > 1 << 20:
                raise error
            sent(self, data)

        sent = http.client.HTTPConnection.send
        monkeypatch.setattr(http.client.HTTPConnection, "send", send)
        script = fakes.raw(fakes.http(413, b"<html>Too Large", "text/html"))
        with fakes.ScriptedServer(script, reads=False) as server:
            reply = Transport(Server(server.url)).post("/x", {"a": "A" * (2 << 20)}, limit=LIMIT, timeout=9)
        assert reply.status == 413

    def test_a_refusal_without_a_word_of_what_is_large_is_told_as_one(self):
        def refuse(connection, request):
            connection.recv(1 << 16)

        with fakes.ScriptedServer(refuse, reads=False) as server:
            transport = Transport(Server(server.url))
            with pytest.raises(ConnectionLost) as caught:
                transport.post("/x", {"init_images": ["A" * (32 << 20)]}, limit=LIMIT, timeout=PATIENT)
            assert "before it had the whole request" in caught.value.what
            assert "smaller picture" in caught.value.advice and "still open" in caught.value.advice
            with pytest.raises(ConnectionLost) as caught:
                transport.post("/x", {}, limit=LIMIT, timeout=PATIENT)
        assert "without an answer" in caught.value.what

    def test_reset_in_the_middle(self):
        data = fakes.http(200, bytes(50_000))[:30_000]
        with fakes.ScriptedServer(fakes.reset_after(data)) as server, pytest.raises(ConnectionLost) as caught:
            get(server)
        assert "middle" in caught.value.what

    def test_hanging_up_lets_go_of_the_server_at_once(self):
        with fakes.ScriptedServer(fakes.raw_then_wait(b"")) as server:
            transport = Transport(Server(server.url))
            errors = []

            def wait():
                try:
                    transport.get("/", limit=LIMIT, timeout=PATIENT)
                except ConnectionLost as error:
                    errors.append(error)

            thread = threading.Thread(target=wait)
            thread.start()
            while not server.requests:
                time.sleep(0.01)
            transport.abort()
            thread.join(PATIENT / 2)
            assert not thread.is_alive()
        assert len(errors) == 1

    def test_hanging_up_with_nothing_under_way(self):
        transport = Transport(Server("127.0.0.1:1"))
        transport.abort()

    def test_a_half_answer_without_length_is_no_answer_after_hanging_up(self):
        def half_an_answer(connection, request):
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n{}")
            fakes.wait_until_read(connection)
            transport.abort()

        with fakes.ScriptedServer(half_an_answer) as server:
            transport = Transport(Server(server.url))
            with pytest.raises(ConnectionLost):
                transport.get("/", limit=LIMIT, timeout=PATIENT)


@pytest.mark.timing
class TestTime:
    @pytest.mark.parametrize(
        "script",
        [
            fakes.raw_then_wait(b""),
            fakes.raw_then_wait(b"HTTP"),
            fakes.raw_then_wait(b"HTTP/1.1 200 OK\r\nContent-Len"),
            fakes.raw_then_wait(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"),
            fakes.dribble(b"HTTP/1.1 200 OK\r\n" + b"X: yyyyyyyyyyyyyyyy\r\n" * 90, 0.05),
            fakes.dribble(fakes.http(200, b" " * 5000), 0.05),
            fakes.dribble(b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 5000, 0.05),
            fakes.dribble(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\n \r\n" * 900, 0.05
            ),
        ],
        ids=["silence", "half word", "half header", "half body", "headers", "body", "no length", "chunks"],
    )
    def test_the_answer_is_whole_within_the_time_out_or_not_at_all(self, script):
        started = time.monotonic()
        with fakes.ScriptedServer(script) as server, pytest.raises(ServerTimedOut) as caught:
            get(server, timeout=IMPATIENT)
        # The dribbling would last for more than a minute.
        assert time.monotonic() - started < 30
        assert "0.5 s" in caught.value.what

    def test_an_answer_in_pieces_is_put_together(self):
        with fakes.ScriptedServer(fakes.dribble(fakes.http(200, b'{"a": 1}'), 0.001)) as server:
            assert get(server).body == b'{"a": 1}'

    def test_a_server_that_takes_nothing_of_what_is_sent(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            server = Server(f"127.0.0.1:{listener.getsockname()[1]}")
            with pytest.raises(ServerTimedOut):
                Transport(server).post("/", {"a": "b" * (64 << 20)}, limit=LIMIT, timeout=IMPATIENT)

    def test_no_thread_looks_at_the_clock(self, monkeypatch):
        """One for each exchange would have to be found when Blender has no room for another."""
        with fakes.ScriptedServer(fakes.answer({})) as server:
            main, started = threading.current_thread(), []
            start = threading.Thread.start

            def noting(thread):
                if threading.current_thread() is main:
                    started.append(thread)
                start(thread)

            monkeypatch.setattr(threading.Thread, "start", noting)
            get(server)
            assert started == []


@pytest.mark.timing
class TestSize:
    def test_an_announced_body_is_refused_before_it_is_read(self):
        script = fakes.raw_then_wait(b"HTTP/1.1 200 OK\r\nContent-Length: 100001\r\n\r\n")
        with fakes.ScriptedServer(script) as server, pytest.raises(AnswerTooLarge) as caught:
            get(server)
        assert server.url.removeprefix("http://") in caught.value.what

    @pytest.mark.parametrize("head", [b"", b"Content-Length: abc\r\n", b"Content-Length: -5\r\n"])
    def test_an_endless_body_is_left_at_the_limit(self, head):
        script = fakes.endless(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n", bytes(65536))
        with fakes.ScriptedServer(script) as server, pytest.raises((AnswerTooLarge, AnswerInvalid)):
            get(server)

    def test_endless_chunks_are_left_at_the_limit(self):
        chunk = b"10000\r\n" + bytes(65536) + b"\r\n"
        script = fakes.endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", chunk)
        with fakes.ScriptedServer(script) as server, pytest.raises(AnswerTooLarge):
            get(server)

    def test_a_body_of_exactly_the_limit_is_taken(self):
        with fakes.ScriptedServer(fakes.raw(fakes.http(200, b"x" * LIMIT))) as server:
            assert len(get(server).body) == LIMIT

    def test_an_error_page_is_cut_instead(self):
        script = fakes.endless(b"HTTP/1.1 500 Oh\r\n\r\n", b"x" * 65536)
        with fakes.ScriptedServer(script) as server:
            reply = get(server)
        assert reply.status == 500
        assert len(reply.body) == 1 << 20


class TestCompression:
    @pytest.mark.parametrize(("coding", "compress"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
    def test_it_is_undone_though_nobody_asked_for_it(self, coding, compress):
        body = b'{"a": 1}' * 100
        data = fakes.http(200, compress(body), "application/json", f"Content-Encoding: {coding}")
        with fakes.ScriptedServer(fakes.raw(data)) as server:
            assert get(server).body == body

    def test_a_bomb_does_not_go_off(self):
        bomb = gzip.compress(bytes(200 << 20), 9)
        assert len(bomb) < 1 << 20
        data = fakes.http(200, bomb, "application/json", "Content-Encoding: gzip")
        with fakes.ScriptedServer(fakes.raw(data)) as server, pytest.raises(AnswerTooLarge):
            get(server, limit=1 << 20)

    @pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "x"])
    def test_an_unknown_one_is_refused(self, coding):
        data = fakes.http(200, b"{}", "application/json", f"Content-Encoding: {coding}")
        with fakes.ScriptedServer(fakes.raw(data)) as server, pytest.raises(AnswerInvalid):
            get(server)

    def test_a_damaged_one_is_refused(self):
        data = fakes.http(200, b"not gzip", "application/json", "Content-Encoding: gzip")
        with fakes.ScriptedServer(fakes.raw(data)) as server, pytest.raises(AnswerInvalid):
            get(server)
