# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a server may be able to do, whichever dialect it speaks: panels, operators and jobs ask for these."""

from __future__ import annotations

from enum import Enum


class Feature(Enum):
    """One thing that a server can do. The value is its title, for messages."""

    TEXT_TO_IMAGE = "Text to Image"
    IMAGE_TO_IMAGE = "Image to Image"
    UPSCALE = "Upscale"
    """Enlarge or restore one picture."""
    UPSCALE_SEVERAL = "Upscale Several"
    """The same for several in one job."""
    DESCRIBE = "Describe Picture"
    """A prompt from a picture."""
    READ_METADATA = "PNG Info"
    """How a picture was made, as the server reads it."""
    TRAIN_EMBEDDING = "Train Embedding"
    TRAIN_HYPERNETWORK = "Train Hypernetwork"

    PROGRESS = "Progress"
    """How far the server is, and the picture so far."""
    INTERRUPT = "Interrupt"
    SKIP = "Skip"

    LOAD_MODEL = "Change Options"
    """Another model for good, loaded at once."""
    FREE_MEMORY = "Free GPU"
    """The graphics card for somebody else, as for Blender's renders."""
    RELOAD_MODEL = "Reload Model"
    FIND_MODELS = "Find Models"
    """Whether a model is there, by a list or by asking for it; nothing is made."""
    REFRESH_MODELS = "Refresh Models"
    """Look for new files, as of the three below."""
    REFRESH_VAES = "Refresh VAEs"
    REFRESH_EMBEDDINGS = "Refresh Embeddings"
    REFRESH_LORAS = "Refresh LoRAs"
    INFORMATION = "Memory"
    """What the server tells about itself: memory, extensions, how it was started."""
    DOCUMENTATION = "Documentation"
    """A page of the server for the browser."""
    STOP = "Stop Server"
    RESTART = "Restart Server"
    KILL = "Kill Server"

    SCHEDULERS = "Schedulers"
    STYLES = "Prompt Styles"
    SCRIPTS = "Script Arguments"
    LORAS = "LoRAs"
    """A list of them, which tells that a request may name some."""
    CONTROL_MAPS = "ControlNet Models"
    """Maps of a scene guide the picture."""
    DETECT_MAPS = "Depth and Normals of a Picture"
    """What the server makes of a picture for that: its estimate of depth, and of normals."""

    @property
    def title(self) -> str:
        return self.value
