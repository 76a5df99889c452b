# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""One client for every dialect: the verbs that the layers above may call.

What not every server can do raises FeatureMissing unless its dialect has it, so a caller that asks
`capabilities.offers(feature)` first never meets that, and one that does not gets an error with advice.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, NoReturn, Self

from ..errors import FeatureMissing
from ..messages import Message
from . import bounds
from .answer import Answer, GeneratedImage
from .capabilities import Capabilities, assumed
from .catalogue import Catalogue
from .configuration import Configuration
from .dialect import Dialect
from .features import Feature
from .http.address import Server
from .http.transport import Listener
from .progress import Progress
from .request import GenerationRequest
from .training import FEATURES, Training
from .turn import Ticket, Turn
from .upscaling import UpscaleSettings

#: What a server may estimate of a picture.
DetectedMap = Literal["DEPTH", "NORMAL"]


@dataclass(frozen=True)
class NamedFiles:
    """Files of the server that settings name; empty: none."""

    model: str = ""
    loras: tuple[str, ...] = ()
    upscaler: str = ""
    refiner: str = ""
    vae: str = ""
    hires_upscaler: str = ""
    controls: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()


class Client(ABC):
    """One server, whichever dialect it speaks. Each call blocks until the answer, and may be made from any
    thread; all errors are ServerError or InvalidSettings."""

    dialect: ClassVar[Dialect]
    server: Server
    capabilities: Capabilities
    """What was found when it was connected to; before that, what is assumed of its dialect."""
    proves_pictures: bool = True
    """Whether what `generate` returns is known to decode; else a PNG that came alone is left to whoever asked
    for it: see `GeneratedImage.proof`."""
    listener: Listener
    """Told of each exchange, on the thread that made it."""
    on_settled: Callable[[Capabilities], None]
    """Told of capabilities that a first use has settled, likewise."""

    def __init__(self, server: Server, capabilities: Capabilities | None = None) -> None:
        self.server = server
        self.capabilities = capabilities or assumed(self.dialect)
        self.listener = lambda _error: None
        self.on_settled = lambda _capabilities: None

    @classmethod
    @abstractmethod
    def recognize(cls, server: Server) -> Self | None:
        """The client for what answers at `server`, with its capabilities as far as one look tells them; None
        where something else answers than a server of this dialect.

        Raises what keeps any server from answering, and UnknownServer for a server of this dialect that is
        not set up for it.
        """

    def confirm(self) -> bool:
        """Whether what answers may still be a server of this dialect. Costs one exchange at most."""
        return True

    def settle(self, place: str, *, is_there: bool) -> None:
        """A row of the table was used for the first time, or proved wrong."""
        found = self.capabilities.settled(place, is_there=is_there)
        if found is not self.capabilities:
            self.capabilities = found
            self.on_settled(found)

    def sibling(self, server: Server) -> Self:
        """A client of its own for the same server, who knows what this one found out; `server` may have
        other time-outs."""
        return type(self)(server, self.capabilities)

    # Every dialect has these

    @abstractmethod
    def generate(self, request: GenerationRequest) -> Answer:
        """Make the picture of `request`, which takes minutes, and return all pictures that come."""

    @abstractmethod
    def abort(self) -> None:
        """Stop listening, from another thread: every call that waits there raises ConnectionLost."""

    def examine(self, *, thorough: bool = False) -> None:
        """Find out what the server offers, which `capabilities` tells then; `thorough`: also what really
        answers, and how fast. Never raises, also when the server is gone, but
        LetGo when this side hangs up."""
        return

    def configuration(self) -> Configuration:
        """What is set in the server's own window, as far as a request can hold it."""
        return Configuration()

    def catalogue(self) -> Catalogue:
        """Every list that the server offers. One that fails is empty: pickers are a convenience."""
        return Catalogue()

    def missing_files(self, named: NamedFiles) -> tuple[str, ...]:
        """Which of the files the server does not have, in words that follow “The server does not have”."""
        lists = self.catalogue()
        wanted = [("model", named.model, lists.models), ("upscaler", named.upscaler, lists.upscalers)]
        wanted += [("LoRA", name, lists.loras) for name in named.loras]
        return tuple(
            in_words(kind, name)
            for kind, name, choices in wanted
            if name and name not in {choice.value for choice in choices}
        )

    def has_model(self, name: str) -> bool:
        """Whether a model of a known name is there, which the server is asked without making anything. It may
        wait behind a job that runs there. Raises InvalidSettings for what is no name of a model."""
        return not self.missing_files(NamedFiles(name))

    def has_lora(self, file: str) -> bool:
        """The same for a LoRA."""
        return not self.missing_files(NamedFiles(loras=(file,)))

    @property
    def takes_several(self) -> bool:
        """Whether `upscale` takes several pictures at once, as far as is known."""
        return True

    # What a server may lack

    def take_ticket(self) -> Ticket:
        """For the next request of this client that makes something: whoever asks about that or would have it
        stopped shows it, also through another client of the same server."""
        return Ticket()

    def progress(self, ticket: Ticket | None = None, *, with_preview: bool = True) -> Progress:
        """How far the request of the ticket is, and whose turn it is; without one what the server is at,
        whoever asked for it. Answered also while it makes a picture."""
        self._lacks(Feature.PROGRESS)

    def is_busy(self) -> bool:
        """Whether the server is at anything, for whomever; False where it does not tell. Answered at once, or
        in a few seconds where that shows in what changes alone."""
        return False

    def interrupt(self, ticket: Ticket) -> Turn:
        """Stop the request of the ticket, which is answered with what is there.

        The server is asked first whose turn it is, and told nothing unless it is OURS: others use it, too.
        Returns what it told; raises ServerError where it cannot be asked.
        """
        self._lacks(Feature.INTERRUPT)

    def skip(self, ticket: Ticket) -> Turn:
        """The same: end the present picture of the ticket's request and go on with the next of it."""
        self._lacks(Feature.SKIP)

    def upscale(
        self, images: Sequence[bytes], settings: UpscaleSettings
    ) -> tuple[GeneratedImage | None, ...]:
        """`images` (PNG or JPEG) enlarged or restored, in their order; None for one that cannot be read,
        while others can."""
        self._lacks(Feature.UPSCALE)

    def describe(self, image: bytes) -> str:
        """The picture in words that make a prompt."""
        self._lacks(Feature.DESCRIBE)

    def detect(self, image: bytes, kind: DetectedMap) -> bytes:
        """What the server estimates of a picture (PNG or JPEG), as a PNG of a size of its own: DEPTH, near is
        white, or NORMAL: red is right, green is up. Raises RequestRefused where it has nothing for that."""
        self._lacks(Feature.DETECT_MAPS)

    def read_metadata(self, image: bytes) -> str:
        """How the picture was made, as an infotext; empty when it does not tell."""
        self._lacks(Feature.READ_METADATA)

    def prepare_training(self, training: Training, *, overwrite: bool = False) -> str:
        """Create what is to be trained; returns the server's file name, empty when it does not tell. Raises
        NameTaken for what is there already, but with `overwrite`."""
        self._lacks(FEATURES[training.kind])

    def require_training(self, training: Training) -> None:  # noqa: B027 - what is not known is not missed
        """Raise RequestRefused or InvalidSettings for what cannot be trained so, as far as that can be known
        before anything is created."""

    def trained_steps(self, training: Training) -> int | None:
        """How many steps the server has taught what is to be trained, all in all; None where it does not
        tell. Raises RequestRefused for what it cannot train now."""
        return None

    def train(self, training: Training) -> str:
        """Train what was created until it has learnt `training.steps` steps all in all, which takes long;
        returns the server's file name. `progress` tells the step. Raises RequestRefused where they were done
        already."""
        self._lacks(FEATURES[training.kind])

    def load_model(self, name: str) -> None:
        """Change the server's model for good; it is loaded when this returns."""
        self._lacks(Feature.LOAD_MODEL)

    def command(self, feature: Feature) -> None:
        """Have the server do what needs nothing but to be told: refresh a list, free or reload its model,
        stop, restart, kill."""
        self._lacks(feature)

    def information(self) -> str:
        """Memory, version and extensions in a few words; what is not offered is left out."""
        self._lacks(Feature.INFORMATION)

    def _lacks(self, feature: Feature) -> NoReturn:
        raise missing(self.server, feature.title)


def missing(server: Server, title: str, place: str = "", *, is_essential: bool = False) -> FeatureMissing:
    """The error for what the server does not have: `place` is the row of its table that tells so."""
    return FeatureMissing(
        "{server} does not offer “{title}” ({place})." if place else "{server} does not offer “{title}”.",
        "Connect to a server that does, such as AUTOMATIC1111's WebUI, or do without it.",
        server=server.label,
        title=title,
        place=place,
        is_essential=is_essential,
    )


#: Characters of a name within a sentence.
_SHOWN_NAME = 120


def in_words(kind: str, name: str) -> str:
    """A file's name in a sentence."""
    return Message("the {kind} “{name}”", kind=kind, name=bounds.one_line(name, _SHOWN_NAME))
