# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that can go wrong in words for the artist.

    BridgeError                 the base: what failed, and what to do about it
    ├─ OrderCancelled           what was waited for in background was cancelled
    ├─ InvalidSettings          a value that no server would take; found before anything is sent
    ├─ SourceUnavailable        there is nothing to send: no render yet, no camera, no image
    ├─ TargetUnavailable        the result has no place to go: no material, a linked image
    │  ├─ MaterialUnsuitable    the material has no Principled BSDF within reach, or not this input
    │  └─ UVMapMissing          the picture could not lie on the mesh: one flat colour
    ├─ StorageFailed            a picture could not be written to disk
    ├─ PictureInvalid           bytes that are not a picture this extension reads
    └─ ServerError              talking to the server failed
       ├─ ServerUnreachable     nothing listens there, or the host is unknown
       │  └─ ServerNotVerified  TLS: nobody who is trusted vouches for what answers there
       ├─ WrongProtocol         something listens, but it does not speak HTTP (gRPC)
       ├─ UnknownServer         an HTTP server, but of none of the dialects
       │  └─ SentElsewhere      a redirect, or a page for logging in
       ├─ OnlineAccessDenied    the address is not this computer and Blender is offline
       ├─ AuthenticationFailed  401: the name or password is wrong or missing
       ├─ FeatureMissing        404: the server does not offer this
       ├─ RequestRefused        422: the server's own words say why
       │  └─ KeysUnrecognized   422 that names keys which this version does not know
       ├─ ServerFailed          any other status
       ├─ ServerTimedOut        no answer within the time-out
       ├─ ConnectionLost        cut off in the middle of an answer
       ├─ AnswerInvalid         not JSON, not base64, not a picture
       ├─ AnswerTooLarge        more bytes or pixels than are accepted
       └─ NoPicture             status 200 with an empty list

Being cancelled is an outcome and not an error: in background alone it is told as one, to whoever waits, and
operators say so. Operators and the command line catch `BridgeError` and
nothing wider, so that a mistake in this code is still seen as one.
"""

from __future__ import annotations

from collections.abc import Sequence

from .messages import Message

#: The advice where this extension itself is at fault.
REPORT_IT = "Please report it with the text in the console."


class BridgeError(Exception):
    """What failed, in one sentence, and what to do, in another.

    Both are templates for the artist, without secrets, and share the values:
    `ServerUnreachable("Nothing listens at {server}.", server=server.label)`. A Message, such as another
    error's, is taken as it is. `str(error)` joins the two.
    """

    #: Advice for every error of the class whose call site knows nothing better.
    default_advice = ""

    def __init__(self, what: str, advice: str = "", /, **values: object) -> None:
        self.what = what if isinstance(what, Message) else Message(what, **values)
        advice = advice or self.default_advice
        self.advice = advice if isinstance(advice, Message) else Message(advice, **values)
        super().__init__(f"{self.what} {self.advice}".strip())


class OrderCancelled(BridgeError):
    """In background: what was waited for was cancelled, or given up with Ctrl+C. An outcome and no error:
    operators return CANCELLED, and whoever calls an action is told so in this way."""


class InvalidSettings(BridgeError):
    """A value that no server would take, found before anything is sent."""


class SourceUnavailable(BridgeError):
    """There is nothing to send: no render yet, no camera, no image."""


class TargetUnavailable(BridgeError):
    """The result has no place to go."""


class MaterialUnsuitable(TargetUnavailable):
    """The material has no Principled BSDF that a texture can feed, or it lacks the input."""


class UVMapMissing(TargetUnavailable):
    """The mesh has no UVs, so that the whole of it would show one colour of the picture."""


class StorageFailed(BridgeError):
    """A picture could not be written to disk."""

    default_advice = "Choose another output folder in the preferences, or free some space."


class PictureInvalid(BridgeError):
    """Bytes that are not a picture this extension reads."""


class ServerBusy(BridgeError):
    """What others have the server make comes first."""

    default_advice = "Wait until it is done, then try again."


class ServerError(BridgeError):
    """Talking to the server failed."""


class ServerUnreachable(ServerError):
    """Nothing listens at the address, or the host is unknown."""

    default_advice = "Open Draw Things, then Settings → Advanced → API Server: on, Protocol HTTP."


class ServerNotVerified(ServerUnreachable):
    """TLS: nobody who is trusted vouches for what answers, or who is to be trusted cannot be read."""

    default_advice = "Choose in the extension's preferences, under Certificates, whom Blender trusts."


class WrongProtocol(ServerError):
    """Something listens there that does not speak HTTP."""

    default_advice = "In Draw Things set Settings → Advanced → API Server → Protocol to HTTP."


class UnknownServer(ServerError):
    """An HTTP server answers, but in none of the dialects."""

    default_advice = "Check the port: Draw Things shows it under Settings → Advanced → API Server."


class SentElsewhere(UnknownServer):
    """A redirect, which is not followed, or a page for logging in, in place of what was asked for."""

    default_advice = "Enter the address at which the server itself answers."


class OnlineAccessDenied(ServerError):
    """The address is not this computer, and Blender is set to stay offline."""

    default_advice = "Switch on Preferences → System → Network → Allow Online Access."


class AuthenticationFailed(ServerError):
    """401: the name or the password is wrong or missing."""

    default_advice = "Enter the server's user name and password in the extension's preferences."


class FeatureMissing(ServerError):
    """The server does not offer this.

    `place` is the row of its table that proved wrong, where that is known. What lacks something
    `is_essential` is not the server that it was taken for.
    """

    def __init__(
        self,
        what: str,
        advice: str = "",
        /,
        *,
        place: str = "",
        is_essential: bool = False,
        **values: object,
    ) -> None:
        super().__init__(what, advice, place=place, **values)
        self.place = place
        self.is_essential = is_essential


class RequestRefused(ServerError):
    """422: the server refused the request; `detail` holds its own words."""

    def __init__(self, what: str, advice: str = "", /, *, detail: str = "", **values: object) -> None:
        super().__init__(what, advice, detail=detail, **values)
        self.detail = detail


class KeysUnrecognized(RequestRefused):
    """422 that names keys which this version of the app does not know."""

    def __init__(
        self, what: str, advice: str = "", /, *, detail: str = "", keys: Sequence[str] = (), **values: object
    ) -> None:
        super().__init__(what, advice, detail=detail, **values)
        self.keys = tuple(keys)


class NameTaken(RequestRefused):
    """What was to be created is there already."""


class ServerFailed(ServerError):
    """Any status that has no class of its own; `status` is the HTTP number."""

    def __init__(self, what: str, advice: str = "", /, *, status: int = 0, **values: object) -> None:
        super().__init__(what, advice, status=status, **values)
        self.status = status


class ServerTimedOut(ServerError):
    """No answer within the time-out that the artist set."""

    default_advice = "Raise the timeout in the preferences, or ask for a smaller picture or fewer steps."


class ConnectionLost(ServerError):
    """Cut off in the middle: the app quit, crashed, or went to sleep."""

    default_advice = "See whether the app is still open, then try again."


class AnswerInvalid(ServerError):
    """The answer is not JSON, not base64, or not a picture; `data` is what came in a picture's place."""

    def __init__(self, what: str, advice: str = "", /, *, data: bytes = b"", **values: object) -> None:
        super().__init__(what, advice, **values)
        self.data = data


class AnswerTooLarge(ServerError):
    """More bytes or pixels than are accepted."""


class NoPicture(ServerError):
    """Status 200 with an empty list: the app made nothing."""

    default_advice = (
        "Open a project in Draw Things, check that the model's files are all downloaded, "
        "and that nobody cancelled there."
    )


#: A server is there, and one of its answers is of no use.
UNUSABLE = (UnknownServer, FeatureMissing, RequestRefused, ServerFailed, AnswerInvalid, AnswerTooLarge)
