# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Blender of its own for a copy of the extension: what becomes of its parameter `eta`, as JSON.

python one_row.py <user folder, in which the copy is an extension>
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any


def main(user_folder: str) -> dict[str, Any]:
    os.environ["BLENDER_USER_RESOURCES"] = user_folder
    import bpy

    # isort: split
    import addon_utils
    import numpy as np
    from blender_panels import PACKAGE, draw_tab

    addon_utils.enable(PACKAGE, default_set=True)
    from bl_ext.user_default.drawthings_addon.blender import adopt, in_force, settings
    from bl_ext.user_default.drawthings_addon.client import capabilities, compatibility, connect
    from bl_ext.user_default.drawthings_addon.client.draw_things.configuration import read_configuration
    from bl_ext.user_default.drawthings_addon.imaging import png
    from bl_ext.user_default.drawthings_addon.jobs import metadata
    from bl_ext.user_default.drawthings_addon.jobs.recipe import Recipe

    scene = bpy.context.scene
    panel = scene.drawthings
    declared = panel.bl_rna.properties["eta"]
    drawn = [
        [given["property"], given["data"].bl_rna.properties[given["property"]].name]
        for method, given in draw_tab().calls
        if method == "prop" and given["data"] == panel
    ]
    panel.prompt, panel.eta = "moss", 0.75
    request = settings.request(scene, "txt2img")
    recipe = Recipe(request, "http://127.0.0.1:7860")

    def from_png(**texts: str) -> float:
        """What the panel has after a picture's file was read."""
        data = png.encode(np.zeros((2, 2, 3), np.uint8), text=texts)
        panel.eta = 0.1
        made = metadata.read(data, settings.present(scene))
        assert made is not None
        adopt.metadata(panel, made)
        return round(panel.eta, 6)

    def body(name: str) -> dict[str, Any]:
        from bl_ext.user_default.drawthings_addon.client.a1111 import payload as a1111
        from bl_ext.user_default.drawthings_addon.client.draw_things import payload as draw_things

        build = {"DRAW_THINGS": draw_things.build, "A1111": a1111.build}[name]
        return dict(build(request))

    texts = recipe.png_text()
    found: dict[str, Any] = {
        "property": [declared.name, declared.description, declared.type, declared.default],
        "range": [declared.hard_min, declared.hard_max],
        "drawn": drawn,
        "draw_things": body("DRAW_THINGS").get("eta"),
        "a1111": body("A1111").get("eta"),
        "recipe": json.loads(texts["drawthings"])["request"]["sampling"].get("eta"),
        "parameters": texts["parameters"],
        "from recipe": from_png(**texts),
        "from infotext": from_png(parameters=texts["parameters"]),
        "not told": from_png(parameters=texts["parameters"].replace(", Eta: 0.75", "")),
    }
    panel.eta = 0.1
    told = read_configuration({"eta": 0.5, "steps": 8})
    adopt.configuration(panel, told, connect.named("DRAW_THINGS"))
    found["from the app"] = round(panel.eta, 6)
    adopt.request(panel, request)
    taken = capabilities.assumed(connect.named("A1111")).incompatibilities(request)
    found["left out where it is known"] = [str(each.sentence) for each in taken]
    without = compatibility.left_out("This server", request, ())
    found["left out elsewhere"] = [str(each.sentence) for each in without]
    panel.eta = 0.75
    in_force.clear(panel, "eta")
    found["cleared"] = panel.eta
    return found


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    print(json.dumps(main(sys.argv[1])), flush=True)
    # Blender 4.2 as a module dies of its own end while somebody holds a scene.
    os._exit(0)
