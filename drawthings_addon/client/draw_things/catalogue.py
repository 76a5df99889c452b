# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a Draw Things app has to choose from, before it was asked."""

from __future__ import annotations

from ..catalogue import Catalogue, plain
from . import control_files, keys

#: Of August 2026 (published source).
BUILT_IN = Catalogue(
    samplers=plain(*keys.SAMPLERS),
    seed_modes=plain(*keys.SEED_MODES),
    upscalers=plain(*keys.UPSCALERS),
    control_models=plain(*control_files.DEPTH, *control_files.LINE),
)
