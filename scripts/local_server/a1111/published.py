# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""`openapi.json`: what AUTOMATIC1111's web UI 1.10.1 says of itself, read as data.

Its settings and command-line flags are in it with their defaults, as models of the answers that tell them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

DOCUMENT: Mapping[str, Any] = json.loads(Path(__file__).with_name("openapi.json").read_text("utf-8"))
SCHEMAS: Mapping[str, Any] = DOCUMENT["components"]["schemas"]


def _defaults(model: str) -> dict[str, Any]:
    return {name: schema.get("default") for name, schema in SCHEMAS[model]["properties"].items()}


OPTIONS: Mapping[str, Any] = _defaults("Options")
"""The settings of a fresh web UI."""
FLAGS: Mapping[str, Any] = _defaults("Flags")

RESTRICTED = frozenset(name for name in OPTIONS if name.startswith("outdir_")) | {
    "samples_filename_pattern", "grid_zip_filename_pattern", "temp_dir", "font",
    "directories_filename_pattern", "profiling_filename", "clean_temp_dir_at_start",
}  # fmt: skip
"""Settings with paths on the server's disk; the API ignores them silently."""
