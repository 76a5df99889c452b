# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Blender of its own for a copy of the extension: what becomes of the parameters that it has more, as JSON.

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
    found["others"] = others()
    return found


#: What is set of the parameters besides `eta`.
SET: dict[str, Any] = {
    "noise_seed": -7,
    "half_noise": True,
    "noise_kind": "PINK",
    "second_vae": " x.vae ",
    "hires.hidden": 0.75,
}
KEYS = {"noise_seed", "eta_noise_seed_delta", "half_noise", "noise_kind", "second_vae", "hidden"}


def others() -> dict[str, Any]:
    """What becomes of them."""
    import bpy
    import numpy as np
    from bl_ext.user_default.drawthings_addon.blender import adopt, connection, in_force, settings
    from bl_ext.user_default.drawthings_addon.client import compatibility, connect
    from bl_ext.user_default.drawthings_addon.client.a1111 import payload as a1111
    from bl_ext.user_default.drawthings_addon.client.draw_things import payload as draw_things
    from bl_ext.user_default.drawthings_addon.client.draw_things.configuration import read_configuration
    from bl_ext.user_default.drawthings_addon.errors import InvalidSettings
    from bl_ext.user_default.drawthings_addon.imaging import png
    from bl_ext.user_default.drawthings_addon.jobs import metadata
    from bl_ext.user_default.drawthings_addon.jobs.recipe import Recipe
    from blender_panels import draw_tab

    scene = bpy.context.scene
    panel = scene.drawthings
    asked_first = connection.dialect

    def values() -> dict[str, Any]:
        found = {name: panel.path_resolve(name) for name in SET}
        return {name: round(each, 6) if isinstance(each, float) else each for name, each in found.items()}

    def clear() -> None:
        for name in SET:
            in_force.clear(panel, name)

    def put() -> None:
        for name, value in SET.items():
            group, _, last = name.rpartition(".")
            setattr(panel.path_resolve(group) if group else panel, last, value)

    def named() -> list[str]:
        return sorted({each.setting for each in in_force.of(scene)} & SET.keys())

    def drawn(name: str) -> list[str]:
        connection.dialect = lambda: connect.named(name)
        calls = [given["property"] for method, given in draw_tab().calls if method == "prop"]
        connection.dialect = asked_first
        return sorted(set(calls) & SET.keys())

    def from_png(**texts: str) -> dict[str, Any]:
        clear()
        made = metadata.read(png.encode(np.zeros((2, 2, 3), np.uint8), text=texts), settings.present(scene))
        assert made is not None
        adopt.metadata(panel, made)
        return values()

    def sent_to_webui() -> dict[str, Any]:
        body = a1111.build(settings.request(scene, "txt2img"))
        body |= body["override_settings"]
        return {key: body[key] for key in body if key in KEYS}

    found: dict[str, Any] = {"in force when new": named(), "sent when new": sent_to_webui()}
    put()
    request = settings.request(scene, "txt2img")
    texts = Recipe(request, "http://127.0.0.1:7860").png_text()
    app = draw_things.build(request)
    found |= {
        "in force": named(),
        "drawn": {name: drawn(name) for name in ("DRAW_THINGS", "A1111")},
        "sent": {
            "DRAW_THINGS": {key: app[key] for key in app if key in KEYS},
            "A1111": sent_to_webui(),
        },
        "parameters": texts["parameters"],
        "left out elsewhere": sorted(
            {str(each.setting) for each in compatibility.left_out("This server", request, ())} & SET.keys()
        ),
        "from recipe": from_png(**texts),
        "from infotext": from_png(parameters=texts["parameters"]),
    }
    try:
        a1111.build(request.changed(noise_kind="BLUE"))
    except InvalidSettings as error:
        found["another word in A1111"] = str(error.what)
    clear()
    found["cleared"] = values()
    told = read_configuration({"noise_seed": 99, "noise_kind": "PINK", "hidden": 0.25, "steps": 8})
    adopt.configuration(panel, told, connect.named("DRAW_THINGS"))
    found["from the app"] = values()
    return found


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    print(json.dumps(main(sys.argv[1])), flush=True)
    # Blender 4.2 as a module dies of its own end while somebody holds a scene.
    os._exit(0)
