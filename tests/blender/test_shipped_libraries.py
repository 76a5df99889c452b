# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is tested here is what the artist runs: the libraries of this Blender, not the newest ones."""

from __future__ import annotations

import importlib.metadata
import sys

import bpy
import numpy
import requests
import urllib3

from environments import SHIPPED


def test_this_blender_has_the_libraries_that_it_ships() -> None:
    shipped = SHIPPED[".".join(map(str, bpy.app.version[:2]))]
    assert sys.version_info[:2] == shipped.python
    assert {name: importlib.metadata.version(name) for name in shipped.libraries} == shipped.libraries
    # What pip has noted and what is imported may differ where something else comes first in the path.
    for module in (numpy, requests, urllib3):
        assert module.__version__ == shipped.libraries[module.__name__]
