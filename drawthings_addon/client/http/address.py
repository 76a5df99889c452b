# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server's address as an artist types it, brought to one form."""

from __future__ import annotations

import ipaddress
import math
import re
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote, urlsplit

from ...errors import InvalidSettings
from ...messages import Message

#: Draw Things' port for HTTP; 7859 is its port for gRPC.
DEFAULT_PORT = 7860
_ADVICE = "Write it as http://127.0.0.1:7860."
_PORT = re.compile(r"[0-9]{1,5}")
_HOST_NAME = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*")
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff]")
#: What this computer is called in a browser or in the app's own IP setting. The app listens on IPv4
#: only, and `localhost` may be looked up as ::1 first.
_THIS_COMPUTER = {"localhost": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}
_USUAL_PORTS = {"http": 80, "https": 443}
#: What an address that is copied from a page or a message has around it, or between its letters unseen.
_AROUND = " \t\r\n\"'`<>()“”‘’«»＜＞（）、，"
_INVISIBLE = dict.fromkeys((0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2060, 0xFEFF))
#: What an East Asian keyboard writes, as the signs that divide an address; its letters and digits are the
#: host's affair, and its digits no port's.
_DIVIDERS = {0xFF0E: ".", 0x3002: ".", 0xFF61: ".", 0xFF1A: ":", 0xFF0F: "/", 0xFF20: "@", 0x3000: " "}
#: What names a page of the server or its API, at the end of a path; what is before it is a reverse proxy's.
_PAGE = re.compile(
    r"/+(sdapi(/.*)?|(controlnet|internal)/[a-z_-]+|docs(/oauth2-redirect)?|redoc|openapi\.json|index\.html"
    r"|file=.*)/*$",
    re.IGNORECASE,
)
#: A scheme where the host should be, or one whose slashes are too few.
_SCHEME = re.compile(r"https?(:|/|$)", re.IGNORECASE)


_IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

#: Whose certificates are trusted: those that Blender brings, the operating system's, or those of a file.
Authorities = Literal["BUNDLED", "SYSTEM", "FILE"]


@dataclass(frozen=True)
class Server:
    """One server: its address in normal form, the credentials for it, and how long to wait.

    Raises InvalidSettings for an address or a time-out that cannot be meant.
    """

    url: str
    """Scheme, host, port and path, without a slash at the end: http://127.0.0.1:7860."""
    username: str = ""
    password: str = field(default="", repr=False)
    connect_timeout: float = 5.0
    """Seconds."""
    read_timeout: float = 1800.0
    """Seconds from the connection to the last byte of the answer."""
    authorities: Authorities = "BUNDLED"
    """Whose certificates are trusted, for an https address."""
    authority_file: str = ""
    """With FILE: the whole path of a file of certificates, in PEM or DER; else empty."""
    withheld_from: str | None = field(default=None, compare=False)
    """There is a password, but it was entered for the server of this origin, so this one does not get it.
    Empty: it was entered while there was no address that could be meant. None: nothing is withheld."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "url", normalise(self.url))
        if self.authorities != "FILE":
            object.__setattr__(self, "authority_file", "")
        for name, seconds in (("connection", self.connect_timeout), ("answer", self.read_timeout)):
            if isinstance(seconds, bool) or not math.isfinite(seconds) or seconds <= 0:
                raise InvalidSettings(
                    "The timeout for the {name} is not a number of seconds above zero.",
                    "Enter another in the preferences.",
                    name=name,
                )
        if ":" in self.username:
            raise InvalidSettings(
                "A user name cannot contain a colon.", "Enter the password in its own field."
            )

    @property
    def host(self) -> str:
        """The host without brackets."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """Also one that goes without saying."""
        parts = urlsplit(self.url)
        return parts.port or _USUAL_PORTS[parts.scheme]

    @property
    def has_tls(self) -> bool:
        """Whether the address begins with https://."""
        return self.url.startswith("https://")

    @property
    def label(self) -> str:
        """Host and port, for messages."""
        return urlsplit(self.url).netloc

    @property
    def origin(self) -> str:
        """Scheme, host and port, which a password is entered for; a port that goes without saying is left
        out, as it makes no other server."""
        parts = urlsplit(self.url)
        host = parts.netloc
        if parts.port == _USUAL_PORTS[parts.scheme]:
            host = host.removesuffix(f":{parts.port}")
        return f"{parts.scheme}://{host}"

    @property
    def has_credentials(self) -> bool:
        """Whether requests carry a user name or a password."""
        return bool(self.username or self.password)

    @property
    def sends_password_in_clear(self) -> bool:
        """Whether the password can be read on its way to another computer."""
        return bool(self.password) and self.url.startswith("http://") and not self.is_loopback

    @property
    def is_loopback(self) -> bool:
        """Whether the address is this computer. Names are not looked up: they count as elsewhere."""
        address = _ip(self.host)
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            return address.ipv4_mapped.is_loopback
        return address is not None and address.is_loopback


@dataclass(frozen=True)
class _ThisComputer(Server):
    """Nobody is asked: it has no address that anything could be sent to, nor credentials."""

    url: str = ""

    def __post_init__(self) -> None:
        """There is nothing to bring to a normal form."""

    @property
    def port(self) -> int:
        return 0

    @property
    def label(self) -> str:
        return "this computer"

    @property
    def origin(self) -> str:
        return ""


#: In a server's place for what is done here: Blender itself may do it offline, whatever address is entered.
THIS_COMPUTER: Server = _ThisComputer()


def password_in_clear(server: Server) -> str:
    """What to say before a password is sent that can be read on its way; empty when it cannot, or there is
    none. One sentence for panels, tooltips and the command line."""
    if not server.sends_password_in_clear:
        return ""
    return Message(
        "The password goes to {server} unencrypted: whoever is in between can read it. "
        "Use an https:// address, or a network that you trust.",
        server=server.label,
    )


def password_withheld(server: Server) -> str:
    """Why a password that is there is not sent to this server; empty when nothing is withheld."""
    if server.withheld_from is None:
        return ""
    entered = (
        Message("for {origin}", origin=server.withheld_from)
        if server.withheld_from
        else "while there was no usable address"
    )
    return Message(
        "The password was entered {entered}, so {origin} does not get it.",
        entered=entered,
        origin=server.origin,
    )


def normalise(typed: str) -> str:
    """The address in the form that `Server.url` has.

    The scheme may be missing (http), and so may the port: then it is 7860, unless the address is https or has
    a path, as a reverse proxy's has. Spaces and quotes around it, slashes at its end, a query, a fragment and
    what names a page of the server or its API are taken away. Raises InvalidSettings, whose words never hold
    what may be a password.
    """
    text = typed.translate(_INVISIBLE).translate(_DIVIDERS).strip(_AROUND).replace("\\", "/")
    if "@" in text:
        raise InvalidSettings(
            "The server's address holds a user name or a password.",
            "Enter these in their own fields of the preferences, and the address without them.",
        )
    # At the end of a sentence it has the sentence's full stop.
    text = re.split(r"[?#]", text, maxsplit=1)[0].rstrip(_AROUND + ".,;")
    if not text:
        raise InvalidSettings("There is no server address.", _ADVICE)
    if len(text) > 1000 or _UNPRINTABLE.search(text):
        raise InvalidSettings("The server's address holds a space or a control character.", _ADVICE)
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = "http", text
    if _SCHEME.match(rest):
        raise InvalidSettings("The server's address does not begin with http:// once.", _ADVICE)
    scheme = scheme.lower()
    if scheme not in ("http", "https"):
        raise InvalidSettings(
            "An address that starts with {scheme}:// is not supported.", _ADVICE, scheme=scheme[:20]
        )
    authority, path = re.match(r"([^/]*)(.*)", rest).groups()  # type: ignore[union-attr]
    host, port = _split_authority(authority)
    host = _normal_host(host)
    path = _normal_path(path)
    if port is None and scheme == "http" and not path:
        port = DEFAULT_PORT
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}{'' if port is None else f':{port}'}{path}"


def _split_authority(authority: str) -> tuple[str, int | None]:
    if _ip(authority) is not None:
        return authority, None
    if authority.count(":") > 1 and "%" in authority:
        raise InvalidSettings(
            "“{authority}” names a network card of one computer after “%”.",
            "Write the computer's name, or an address without “%”.",
            authority=authority[:80],
        )
    if authority.startswith("["):
        host, bracket, rest = authority[1:].partition("]")
        is_whole = bracket and rest[:1] in ("", ":")
        if not is_whole or not isinstance(_ip(host), ipaddress.IPv6Address):
            raise InvalidSettings("“{authority}” is not an IPv6 address.", _ADVICE, authority=authority[:80])
        _, colon, port = rest.partition(":")
    else:
        host, colon, port = authority.partition(":")
    if not colon:
        return host, None
    if not _PORT.fullmatch(port) or not 1 <= int(port) <= 65535:
        raise InvalidSettings(
            "“{port}” is not a port: these are numbers from 1 to 65535.",
            "Draw Things shows its port under Settings → Advanced → API Server.",
            port=port[:20],
        )
    return host, int(port)


def _normal_host(host: str) -> str:
    if not host:
        raise InvalidSettings("The server's address names no host.", _ADVICE)
    ascii_host = host.lower()
    if not host.isascii():
        # The names of a home network may hold any letter: büro.local. Before anything else, because this
        # also turns ① into 1.
        try:
            ascii_host = host.encode("idna").decode("ascii").lower()
        except UnicodeError:
            ascii_host = ""
    if ascii_host.endswith("."):
        ascii_host = ascii_host[:-1]
    ascii_host = _THIS_COMPUTER.get(ascii_host, ascii_host)
    address = _ip(ascii_host)
    if address is not None:
        return str(address)
    is_number = re.fullmatch(r"[0-9.]+", ascii_host)
    if is_number or len(ascii_host) > 253 or not _HOST_NAME.fullmatch(ascii_host):
        raise InvalidSettings(
            "“{host}” is neither the name of a computer nor an IP address.", _ADVICE, host=host[:80]
        )
    return ascii_host


def _normal_path(path: str) -> str:
    path = _without_page(path)
    path = quote(path, safe="/%~!$&'()*+,;=:-._")
    if re.search(r"%(?![0-9A-Fa-f]{2})", path) or re.search(r"(^|/)\.{1,2}(/|$)", path):
        raise InvalidSettings("The path in the server's address cannot be used.", _ADVICE)
    return path


def _without_page(path: str) -> str:
    """The path of the server itself, without a slash at its end."""
    while found := _PAGE.search(path):
        path = path[: found.start()]
    return path.rstrip("/")


def _ip(text: str) -> _IpAddress | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    # A zone such as %en0 belongs to one computer's network card and is not part of an HTTP address.
    return None if "%" in text else address
