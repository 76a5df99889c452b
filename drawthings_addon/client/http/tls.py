# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""TLS: who may vouch for a server, why a certificate is refused, and what speaks TLS without being asked.

Certificates are always checked. Which authorities are trusted is the artist's choice: those that come with
Blender (certifi), the operating system's, or those of a file, as of a studio's or a home's own.
"""

from __future__ import annotations

import contextlib
import functools
import re
import socket
import ssl
import stat
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

import certifi

from ...errors import ServerNotVerified
from ...messages import Message
from . import connecting
from .address import Authorities, Server

#: Where systems keep the authorities that they trust. Python asks its OpenSSL, and the one in Blender was
#: built for another computer. The last is a Mac's.
SYSTEM_FILES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
#: Seconds after which the system is asked again whom it trusts.
_SYSTEM_STAYS = 10.0
_MAX_FILE = 16 << 20
_CERTIFICATES = re.compile(rb"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----")
#: What OpenSSL calls a certificate of a folder.
_HASHED = re.compile(r"[0-9a-f]{8}\.[0-9]+")
_PRIVATE_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----")

# OpenSSL's numbers for what is wrong with a certificate (openssl/x509_vfy.h).
_NOT_YET_VALID, _EXPIRED = 9, 10
_SELF_SIGNED = 18
_UNKNOWN_AUTHORITY = frozenset({2, 19, 20, 21})
_REVOKED = 23
_OTHER_NAME = frozenset({62, 64})
_TOO_WEAK = frozenset({66, 67, 68})

#: What to do about an authority that is unknown, by whom the artist trusts.
_TRUST: Mapping[Authorities, str] = {
    "BUNDLED": (
        "In the extension's preferences, under Certificates, choose This Computer's if it is installed "
        "there, or A File that holds it."
    ),
    "SYSTEM": (
        "Install it on this computer, or choose A File that holds it in the extension's preferences, under "
        "Certificates."
    ),
    "FILE": (
        "In the extension's preferences, under Certificates, choose a file that holds it; where another one "
        "stands between, that one's certificate too, unless the server sends it."
    ),
}


def context(server: Server) -> ssl.SSLContext:
    """What decides whether the server is believed. Reads a file or the system's store; the same one is given
    again while nothing has changed there.

    Raises ServerNotVerified when the file cannot be used.
    """
    if server.authorities == "FILE":
        path = Path(server.authority_file)
        with contextlib.suppress(RuntimeError):  # The home of somebody unknown.
            path = path.expanduser()
        return _of_file(path, _stamp(path))
    if server.authorities == "SYSTEM":
        paths = ssl.get_default_verify_paths()
        known = tuple(path for path in (paths.cafile, paths.capath) if path and _holds_some(Path(path)))
        others = () if known else tuple(path for path in SYSTEM_FILES if Path(path).is_file())[:1]
        stamps = tuple(_changed(Path(path)) for path in known + others)
        return _of_system(others, stamps, _now())
    return _of_blender()


def _trusting(load: Callable[[ssl.SSLContext], None]) -> ssl.SSLContext:
    # Not create_default_context: from Python 3.13 on (Blender 5.2) it is strict about extensions, which an
    # authority made by hand lacks, and Draw Things' own. Name and certificate are checked all the same.
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # What is trusted itself needs no authority: a server's own certificate.
    found.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    load(found)
    found.set_alpn_protocols(["http/1.1"])
    return found


@functools.lru_cache(maxsize=1)
def _of_blender() -> ssl.SSLContext:
    return _trusting(lambda found: found.load_verify_locations(certifi.where()))


@functools.lru_cache(maxsize=1)
def _of_system(others: tuple[str, ...], _stamps: object, _time: int) -> ssl.SSLContext:
    def load(found: ssl.SSLContext) -> None:
        found.load_default_certs(ssl.Purpose.SERVER_AUTH)
        for path in others:
            with contextlib.suppress(OSError):
                found.load_verify_locations(path)

    return _trusting(load)


@functools.lru_cache(maxsize=4)
def _of_file(path: Path, _stamp: object) -> ssl.SSLContext:
    data = _file(path)

    def load(found: ssl.SSLContext) -> None:
        # One by one: Python lets no other thread run meanwhile, and a bundle takes 50 ms.
        for certificate in _certificates(data):
            found.load_verify_locations(cadata=certificate)

    try:
        return _trusting(load)
    except (ssl.SSLError, ValueError) as error:
        raise ServerNotVerified(
            "The file “{file}” holds a private key and no certificate."
            if _PRIVATE_KEY.search(data)
            else "The file “{file}” holds no certificate that can be read.",
            "Choose one with the certificate of the authority or of the server, in PEM or DER, in the "
            "extension's preferences, under Certificates.",
            file=path.name,
        ) from error


def _certificates(data: bytes) -> list[str] | list[bytes]:
    """Those of a file: in PEM, without what stands between them, or one in DER."""
    found = _CERTIFICATES.findall(data)
    if found:
        return [certificate.decode("ascii") for certificate in found]
    if data[:1] != b"\x30":
        raise ValueError("neither PEM nor DER")
    return [data]


def _stamp(path: Path) -> object:
    """What tells that the file is another one. Raises ServerNotVerified when there is none."""
    if not path.name:
        raise ServerNotVerified(
            "No file of certificates is chosen.",
            "Choose it in the extension's preferences, under Certificates.",
        )
    if not path.is_absolute():
        # Where Blender was started from is not what anybody means by it.
        raise ServerNotVerified(
            "“{file}” is not the whole path of a file of certificates.",
            "Choose the file in the extension's preferences, under Certificates. One that begins with // is "
            "found from the .blend's folder, once that is saved.",
            file=str(path)[:300],
        )
    try:
        found = path.stat()
    except (OSError, ValueError) as error:
        raise _not_read(path, error) from error
    if not stat.S_ISREG(found.st_mode):
        # A pipe would be waited for, a device has no end.
        raise _not_read(path, Message("it is no ordinary file"))
    if found.st_size > _MAX_FILE:
        raise _not_read(path, Message("it is larger than any file of certificates"))
    return found.st_mtime_ns, found.st_size, found.st_ino


def _file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MAX_FILE)
    except OSError as error:
        raise _not_read(path, error) from error


def _not_read(path: Path, reason: OSError | ValueError | Message) -> ServerNotVerified:
    if isinstance(reason, FileNotFoundError | NotADirectoryError):
        what = "The file of certificates “{file}” does not exist."
    else:
        what = "The file of certificates “{file}” cannot be read: {reason}."
    words = reason.strerror if isinstance(reason, OSError) else reason
    return ServerNotVerified(
        what,
        "Choose another one in the extension's preferences, under Certificates.",
        file=str(path)[:300],
        reason=str(words or type(reason).__name__)[:200],
    )


def _holds_some(path: Path) -> bool:
    """Whether OpenSSL finds any there: a folder may be empty, or hold bundles whose names it does not look
    for."""
    try:
        return path.is_file() or any(_HASHED.fullmatch(each.name) for each in path.iterdir())
    except OSError:
        return False


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _now() -> int:
    return int(time.monotonic() / _SYSTEM_STAYS)


def refused(server: Server, error: ssl.SSLCertVerificationError) -> ServerNotVerified:
    """Why the certificate was not believed, in words."""
    code = error.verify_code
    if code == _EXPIRED:
        return ServerNotVerified(
            "The certificate of {server}, or of its authority, has expired.",
            "Have it renewed there. If it is valid, set this computer's clock.",
            server=server.label,
        )
    if code == _NOT_YET_VALID:
        return ServerNotVerified(
            "The certificate of {server}, or of its authority, is not valid yet.",
            "Set this computer's clock. If it is right, have the certificate made anew there.",
            server=server.label,
        )
    if code in _OTHER_NAME:
        return ServerNotVerified(
            "The certificate of {server} is for another name than “{host}”.",
            "Enter the name that the certificate is made for as the address, or have it made anew with "
            "“{host}” among its alternative names (subjectAltName), which alone count.",
            server=server.label,
            host=server.host,
        )
    if code == _SELF_SIGNED:
        return ServerNotVerified(
            "The certificate of {server} is signed by nobody but itself.",
            "If it is your own, choose A File in the extension's preferences, under Certificates, and that "
            "certificate as the file.",
            server=server.label,
        )
    if code in _UNKNOWN_AUTHORITY:
        return ServerNotVerified(
            "The certificate of {server} is from an authority that is not among {authorities}.",
            _TRUST[server.authorities],
            server=server.label,
            authorities=_whom(server),
        )
    if code == _REVOKED:
        return ServerNotVerified(
            "The certificate of {server} was revoked.", "Have it renewed there.", server=server.label
        )
    if code in _TOO_WEAK:
        return ServerNotVerified(
            "The certificate of {server} is too weak for what is secure today.",
            "Have it made anew there, with a longer key.",
            server=server.label,
        )
    return ServerNotVerified(
        "The certificate of {server} is not accepted: {reason}.",
        server=server.label,
        reason=error.verify_message[:200],
    )


def _whom(server: Server) -> Message:
    if server.authorities == "FILE":
        return Message("those of “{file}”", file=Path(server.authority_file).name)
    if server.authorities == "SYSTEM":
        return Message("those of this computer")
    return Message("those that come with Blender")


def spoken(
    server: Server, deadline: float, is_given_up: Callable[[], bool]
) -> Literal["HTTP", "GRPC"] | None:
    """What a port speaks within TLS, found out by the beginning of a handshake; None: no TLS.

    Nothing is sent in it, and it never ends well: nobody is trusted. What the server chooses of the protocols
    that are offered comes before its certificate. A gRPC server has HTTP/2 alone.
    """
    chosen = _chosen(server, ["h2", "http/1.1"], deadline, is_given_up)
    if chosen != "h2":
        return None if chosen is None else "HTTP"
    chosen = _chosen(server, ["http/1.1"], deadline, is_given_up)
    return "HTTP" if chosen == "http/1.1" else "GRPC"


def _chosen(
    server: Server, protocols: list[str], deadline: float, is_given_up: Callable[[], bool]
) -> str | None:
    """The protocol of those offered; empty when the server has no opinion; None: no TLS."""
    trusting_nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting_nobody.set_alpn_protocols(protocols)
    connection: socket.socket | None = None
    try:
        connection = connecting.connect(server.host, server.port, deadline, is_given_up)
        with trusting_nobody.wrap_socket(
            connection, server_hostname=server.host, do_handshake_on_connect=False
        ) as secured:
            secured.settimeout(max(deadline - time.monotonic(), 0.01))
            try:
                secured.do_handshake()
            except ssl.SSLCertVerificationError:
                return secured.selected_alpn_protocol() or ""
            except ssl.SSLError as error:
                # A server that has none of these says so in TLS' own words.
                return "" if "ALERT" in (error.reason or "") else None
            return None
    except OSError:
        return None
    finally:
        if connection is not None:
            connection.close()
