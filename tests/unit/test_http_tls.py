# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""TLS over loopback: whom the artist lets vouch for a server, and what is said when nobody does."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from drawthings_addon.client.connect import connect
from drawthings_addon.client.connections import Connections
from drawthings_addon.client.http import tls
from drawthings_addon.client.http.address import Server
from drawthings_addon.client.http.failures import LetGo, SpeaksTls
from drawthings_addon.client.http.transport import Transport
from drawthings_addon.errors import AuthenticationFailed, ServerError, ServerNotVerified, WrongProtocol
from local_server import StandIn
from tests.unit import http_fakes as fakes
from tls_front import TlsFront

pytestmark = pytest.mark.timing

PATIENT = 60.0


@contextmanager
def fronted(certificates: Path, certificate: str = "trusted", *, script=None, protocols=()):
    """A server of HTTP behind TLS."""
    with (
        fakes.ScriptedServer(script or fakes.answer({})) as behind,
        TlsFront(behind.port, certificates, certificate, protocols) as front,
    ):
        yield front


def get(url: str, method: str = "get", **options):
    transport = Transport(Server(url, **options))
    if method == "post":
        return transport.post("/x", {}, limit=1000, timeout=PATIENT)
    return transport.get("/", limit=1000, timeout=PATIENT)


def refused(url: str, **options) -> ServerError:
    with pytest.raises(ServerError) as caught:
        get(url, **options)
    assert caught.value.advice.endswith(".")
    return caught.value


@pytest.fixture
def studio(certificates: Path) -> dict[str, str]:
    """The studio's own authority is trusted."""
    return {"authorities": "FILE", "authority_file": str(certificates / "authority.pem")}


class TestWhoIsTrusted:
    @pytest.mark.parametrize("file", ["authority.pem", "authority.der", "trusted.pem"])
    def test_those_of_a_file(self, certificates, file):
        with fronted(certificates) as front:
            path = str(certificates / file)
            assert get(front.url, authorities="FILE", authority_file=path).status == 200

    def test_a_server_that_signed_its_own(self, certificates):
        with fronted(certificates, "own") as front:
            path = str(certificates / "own.pem")
            assert get(front.url, authorities="FILE", authority_file=path).status == 200

    def test_a_file_as_other_programs_write_it(self, certificates, tmp_path):
        path = tmp_path / "all of them.crt"
        parts = [(certificates / f"{name}.pem").read_bytes() for name in ("other", "authority")]
        path.write_bytes("# Müller's own\r\n".encode() + b"\nSubject: x\n".join(parts) + b"\n\n")
        with fronted(certificates) as front:
            assert get(front.url, authorities="FILE", authority_file=str(path)).status == 200

    def test_those_of_the_system(self, certificates, monkeypatch):
        with fronted(certificates) as front:
            assert refused(front.url, authorities="SYSTEM").advice.startswith("Install it on this computer")
            # As if the authority was installed just now: OpenSSL's own way to name the system's store.
            monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "authority.pem"))
            assert get(front.url, authorities="SYSTEM").status == 200
            refused(front.url)

    def test_a_blender_whose_openssl_was_built_elsewhere_finds_the_systems(self, certificates, monkeypatch):
        nowhere = ssl.get_default_verify_paths()._replace(cafile=None, capath=None)
        monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: nowhere)
        monkeypatch.setenv("SSL_CERT_FILE", "/nowhere")
        monkeypatch.setattr(tls, "SYSTEM_FILES", ("/nowhere/at/all", str(certificates / "authority.pem")))
        with fronted(certificates) as front:
            assert get(front.url, authorities="SYSTEM").status == 200

    @pytest.mark.parametrize("name", ["", "ca-bundle.crt"])
    def test_a_folder_in_which_openssl_finds_none_does_not_hide_the_systems(
        self, certificates, monkeypatch, tmp_path, name
    ):
        if name:
            shutil.copy(certificates / "other.pem", tmp_path / name)
        empty = ssl.get_default_verify_paths()._replace(cafile=None, capath=str(tmp_path))
        monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: empty)
        monkeypatch.setenv("SSL_CERT_FILE", "/nowhere")
        monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
        monkeypatch.setattr(tls, "SYSTEM_FILES", (str(certificates / "authority.pem"),))
        with fronted(certificates) as front:
            assert get(front.url, authorities="SYSTEM").status == 200

    def test_a_file_that_is_replaced_counts_from_the_next_connection_on(self, certificates, tmp_path):
        path = tmp_path / "authority.pem"
        options = {"authorities": "FILE", "authority_file": str(path)}
        shutil.copy(certificates / "other.pem", path)
        with fronted(certificates) as front:
            refused(front.url, **options)
            shutil.copy(certificates / "authority.pem", path)
            assert get(front.url, **options).status == 200
            path.unlink()
            assert "does not exist" in refused(front.url, **options).what

    def test_the_home_folder_may_be_left_out(self, certificates, monkeypatch):
        monkeypatch.setenv("HOME", str(certificates))
        monkeypatch.setenv("USERPROFILE", str(certificates))
        with fronted(certificates) as front:
            assert get(front.url, authorities="FILE", authority_file="~/authority.pem").status == 200

    def test_another_choice_is_another_server(self, certificates):
        """What was found out while something else was trusted is not what is there."""
        a, b = (Server("https://x", authorities="FILE", authority_file=f"/{name}.pem") for name in ("a", "b"))
        assert len({a, b, Server("https://x"), Server("https://x", authorities="SYSTEM")}) == 4
        assert Server("https://x", authority_file="/a.pem") == Server("https://x")

    @pytest.mark.parametrize("dialect", ["DRAW_THINGS", "A1111"])
    def test_whole_clients(self, certificates, studio, dialect):
        with StandIn(dialect=dialect) as server, TlsFront(server.port, certificates) as front:
            connections = Connections()
            with pytest.raises(ServerNotVerified):
                connections.client(Server(front.url))
            client = connections.client(Server(front.url, **studio))
            client.examine(thorough=True)
            assert client.dialect.name == dialect
            assert all(row.state.name != "FAILED" for row in client.capabilities.rows)

    def test_no_redirect_and_no_password_gets_around_it(self, certificates):
        """Who is not believed is told nothing."""
        with fakes.ScriptedServer(fakes.answer({})) as behind, TlsFront(behind.port, certificates) as front:
            refused(front.url, username="ann", password="secret")
            assert behind.requests == []


class TestWhy:
    @pytest.mark.parametrize(
        ("certificate", "what", "advice"),
        [
            ("trusted", "not among those that come with Blender", "This Computer's"),
            ("own", "signed by nobody but itself", "A File"),
        ],
    )
    def test_nobody_vouches(self, certificates, certificate, what, advice):
        with fronted(certificates, certificate) as front:
            error = refused(front.url)
            assert type(error) is ServerNotVerified
            assert what in error.what and advice in error.advice
            assert "Certificates" in error.advice

    @pytest.mark.parametrize(
        ("certificate", "what", "advice"),
        [
            ("expired", "has expired", "renewed"),
            ("not_yet", "not valid yet", "clock"),
            ("elsewhere", "for another name than “127.0.0.1”", "name that the certificate is made for"),
            ("elsewhere", "for another name than “127.0.0.1”", "subjectAltName"),
        ],
    )
    def test_what_is_wrong_with_one_of_a_trusted_authority(
        self, certificates, studio, certificate, what, advice
    ):
        with fronted(certificates, certificate) as front:
            error = refused(front.url, **studio)
            assert type(error) is ServerNotVerified
            assert what in error.what and advice in error.advice

    def test_whom_the_file_knows(self, certificates):
        path = str(certificates / "other.pem")
        with fronted(certificates) as front:
            error = refused(front.url, authorities="FILE", authority_file=path)
        assert "those of “other.pem”" in error.what
        assert "stands between" in error.advice and "A File" not in error.advice

    @pytest.mark.parametrize(
        ("content", "what"),
        [
            (None, "does not exist"),
            (b"", "no certificate that can be read"),
            (b"hello", "no certificate that can be read"),
            (b"\x30\x82\x01\x01hello", "no certificate that can be read"),
            (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "no certificate that can"),
            (b"-----BEGIN CERTIFICATE-----\nMIIC", "no certificate that can be read"),
            ("own.key", "a private key and no certificate"),
        ],
        ids=["missing", "empty", "text", "half DER", "nonsense", "half PEM", "key"],
    )
    def test_a_file_that_cannot_be_used(self, certificates, tmp_path, content, what):
        path = tmp_path / "chosen.pem"
        if isinstance(content, str):
            content = (certificates / content).read_bytes()
        if content is not None:
            path.write_bytes(content)
        with fakes.ScriptedServer(fakes.answer({})) as server:
            url = server.url.replace("http:", "https:")
            error = refused(url, authorities="FILE", authority_file=str(path))
            assert type(error) is ServerNotVerified
            assert what in error.what and "chosen.pem" in error.what
            assert "Certificates" in error.advice

    @pytest.mark.parametrize("path", ["authority.pem", "./authority.pem", "~nobody-of-that-name/x.pem"])
    def test_a_path_that_begins_nowhere(self, certificates, monkeypatch, path):
        """As that of a file beside a .blend that is not saved, or in the home of somebody unknown."""
        monkeypatch.chdir(certificates)
        error = refused("https://127.0.0.1:1", authorities="FILE", authority_file=path)
        assert "is not the whole path" in error.what and Path(path).name in error.what
        assert "Certificates" in error.advice and "saved" in error.advice

    def test_a_file_that_may_not_be_read(self, certificates, tmp_path, monkeypatch):
        path = tmp_path / "chosen.pem"
        path.write_bytes(b"")

        def refuse(*_args, **_options):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", refuse)
        error = refused("https://127.0.0.1:1", authorities="FILE", authority_file=str(path))
        assert "cannot be read: Permission denied." in error.what

    def test_a_file_that_is_far_too_large_is_not_read(self, tmp_path):
        with (tmp_path / "disk.img").open("wb") as file:
            file.truncate(1 << 40)
        error = refused("https://127.0.0.1:1", authorities="FILE", authority_file=str(tmp_path / "disk.img"))
        assert "larger than any file of certificates" in error.what

    @pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
    def test_a_server_that_wants_one_of_this_computer(self, certificates, studio, version):
        with (
            fakes.ScriptedServer(fakes.answer({})) as behind,
            TlsFront(behind.port, certificates, mutual=True, version=version) as front,
        ):
            error = refused(front.url, **studio)
            assert "gRPC" not in str(error)
            if version is ssl.TLSVersion.TLSv1_3:
                assert type(error) is AuthenticationFailed
                assert "a certificate of this computer" in error.what
            with pytest.raises(ServerError) as caught:
                connect(Server(front.url, **studio))
            assert "gRPC" not in str(caught.value)

    def test_none_is_chosen(self):
        assert "No file" in refused("https://127.0.0.1:1", authorities="FILE").what

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="only there are pipes among the files")
    def test_what_is_no_file_is_not_waited_for(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        for path in (tmp_path / "pipe", tmp_path, Path("/dev/zero")):
            error = refused("https://127.0.0.1:1", authorities="FILE", authority_file=str(path))
            assert "no ordinary file" in error.what

    def test_it_does_not_matter_without_tls(self):
        with fakes.ScriptedServer(fakes.answer({})) as server:
            assert get(server.url, authorities="FILE", authority_file="/nowhere").status == 200


class TestTheOtherScheme:
    @pytest.mark.parametrize("protocols", [(), ("http/1.1",), ("h2", "http/1.1"), ("http/1.1", "h2")])
    def test_a_tls_server_that_is_asked_without(self, certificates, protocols):
        with fronted(certificates, protocols=protocols) as front:
            error = refused(front.url.replace("https:", "http:"))
            assert type(error) is SpeaksTls
            assert "https://" in error.advice and "Draw Things" not in str(error)

    def test_connecting_says_the_same(self, certificates):
        with fronted(certificates) as front, pytest.raises(WrongProtocol) as caught:
            connect(Server(front.url.replace("https:", "http:")))
        assert "https://" in caught.value.advice and "gRPC" not in str(caught.value)

    @pytest.mark.parametrize("scheme", ["http", "https"])
    @pytest.mark.parametrize("protocols", [("h2",), ("grpc-exp", "h2")])
    def test_draw_things_grpc_port_is_told_as_what_it_is(self, certificates, scheme, protocols):
        with fronted(certificates, "own", protocols=protocols) as front:
            error = refused(front.url.replace("https", scheme))
            assert type(error) is WrongProtocol
            assert "gRPC" in error.what and "Protocol to HTTP" in error.advice

    def test_grpc_without_tls(self):
        settings = b"\x00\x00\x06\x04\x00\x00\x00\x00\x00" + b"\x00\x03\x00\x00\x00\x64"
        with fakes.ScriptedServer(fakes.raw(settings)) as server:
            error = refused(server.url)
            assert "gRPC" in error.what and "Protocol to HTTP" in error.advice

    def test_an_order_is_followed_by_no_further_connection(self, certificates):
        with fakes.ScriptedServer(fakes.raw(b""), fakes.answer({})) as server:
            refused(server.url, method="post")
            assert get(server.url).status == 200

    @pytest.mark.parametrize(
        "script",
        [
            fakes.raw(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"),
            fakes.raw(b""),
            fakes.reset,
        ],
        ids=["400", "closed", "reset"],
    )
    def test_a_plain_server_that_is_asked_with_tls(self, script):
        with fakes.ScriptedServer(script, reads=False) as server:
            error = refused(server.url.replace("http:", "https:"))
            assert type(error) is WrongProtocol
            assert "http://" in error.advice and "gRPC" not in str(error)

    def test_a_plain_server_that_waits_for_more(self):
        with fakes.ScriptedServer(fakes.raw_then_wait(b""), reads=False) as server:
            began = time.monotonic()
            error = refused(server.url.replace("http:", "https:"), connect_timeout=0.5)
            assert time.monotonic() - began < 5
            assert type(error) is WrongProtocol
            assert "within 0.5 s" in error.what and "http://" in error.advice

    def test_a_handshake_can_be_given_up(self):
        with fakes.ScriptedServer(fakes.raw_then_wait(b""), reads=False) as server:
            transport = Transport(Server(server.url.replace("http:", "https:"), connect_timeout=PATIENT))
            threading.Timer(0.3, transport.abort).start()
            began = time.monotonic()
            with pytest.raises(LetGo):
                transport.get("/", limit=1000, timeout=PATIENT)
            assert time.monotonic() - began < PATIENT / 2

    def test_too_old_a_tls_is_not_called_none(self):
        """A server's own words in TLS: it does not know any version that is offered."""
        alert = b"\x15\x03\x01\x00\x02\x02\x46"

        def refusing(connection: socket.socket, _request: object) -> None:
            connection.recv(4096)
            connection.sendall(alert)

        with fakes.ScriptedServer(refusing, reads=False) as server:
            error = refused(server.url.replace("http:", "https:"))
            assert type(error) is WrongProtocol
            assert "agree on no way to speak TLS" in error.what
