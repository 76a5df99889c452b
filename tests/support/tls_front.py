# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""TLS in front of a server that has none, as a reverse proxy puts it there."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Sequence
from pathlib import Path


class TlsFront:
    """Listens on 127.0.0.1 with a certificate of `certificates.make`, and hands on what comes to `port`."""

    def __init__(
        self,
        port: int,
        folder: Path,
        certificate: str = "trusted",
        protocols: Sequence[str] = (),
        *,
        mutual: bool = False,
        version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
    ) -> None:
        """With `mutual` a client needs a certificate of the studio's authority, too."""
        self._behind = port
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(folder / f"{certificate}.pem", folder / f"{certificate}.key")
        self._context.maximum_version = version
        if mutual:
            self._context.verify_mode = ssl.CERT_REQUIRED
            self._context.load_verify_locations(folder / "authority.pem")
        if protocols:
            self._context.set_alpn_protocols(list(protocols))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"https://127.0.0.1:{self.port}"
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> TlsFront:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in tuple(self._open):
            with contextlib.suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        # A client that does not like the certificate, or speaks no TLS, hangs up or is hung up on.
        with (
            contextlib.suppress(OSError),
            plain,
            self._context.wrap_socket(plain, server_side=True) as front,
            socket.create_connection(("127.0.0.1", self._behind)) as behind,
        ):
            self._open.add(front)
            try:
                self._relay(front, behind)
            finally:
                self._open.discard(front)

    def _relay(self, front: socket.socket, behind: socket.socket) -> None:
        """One exchange of HTTP/1 with a connection of its own: the request, then the answer to its end."""
        asking = threading.Thread(target=_hand_on, args=(front, behind), daemon=True)
        asking.start()
        _hand_on(behind, front)
        with contextlib.suppress(OSError):
            socket.socket.shutdown(front, socket.SHUT_RDWR)
        asking.join(10)


def _hand_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
