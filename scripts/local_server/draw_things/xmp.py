# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The metadata that the app writes into its pictures: XMP with JSON in `exif:UserComment`.

The fields follow what the app's published image converter writes (August 2026); the exact layout of the
XML is that of macOS and may differ between systems.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from .keys import SAMPLERS, SEED_MODES
from .library import Library

_CAMEL = {
    "image_guidance": "imageGuidanceScale",
    "original_width": "originalImageWidth",
    "original_height": "originalImageHeight",
    "negative_original_width": "negativeOriginalImageWidth",
    "negative_original_height": "negativeOriginalImageHeight",
    "target_width": "targetImageWidth",
    "target_height": "targetImageHeight",
    "t5_text_encoder_decoding": "t5TextEncoder",
    "upscaler_scale": "upscalerScaleFactor",
}
_NOT_IN_V2 = ("prompt", "negative_prompt")
_OF_A_CONTROL = {
    "file": "file",
    "weight": "weight",
    "noPrompt": "no_prompt",
    "guidanceStart": "guidance_start",
    "guidanceEnd": "guidance_end",
}


def document(
    values: Mapping[str, Any],
    *,
    width: int,
    height: int,
    seed: int,
    library: Library,
    face_restoration: str | None = None,
) -> str:
    """The XMP packet of one picture made with the effective `values`."""
    sampler = "Euler Ancestral" if values["sampler"] == "Euler a" else values["sampler"]
    comment: dict[str, Any] = {
        "c": values["prompt"].strip(),
        "uc": (values["negative_prompt"] or "").strip(),
        "steps": values["steps"],
        "sampler": sampler,
        "scale": values["guidance_scale"],
        "seed": seed,
        "size": f"{width}x{height}",
        "model": values["model"],
        "strength": values["strength"],
        "seed_mode": values["seed_mode"],
        "profile": {"timings": []},
        "v2": configuration(values, width=width, height=height, seed=seed, face_restoration=face_restoration),
        **_what_was_on(values, library),
    }
    text = escape(json.dumps(comment, ensure_ascii=False))
    description = escape(
        f"{values['prompt']}\n{'-' + values['negative_prompt'] if values['negative_prompt'] else ''}\n"
        f"Steps: {values['steps']}, Sampler: {sampler}, Guidance Scale: {values['guidance_scale']}, "
        f"Seed: {seed}, Size: {width}x{height}, Model: {values['model']}"
    )
    return f"""<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 6.0.0">
   <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
      <rdf:Description rdf:about=""
            xmlns:dc="http://purl.org/dc/elements/1.1/"
            xmlns:exif="http://ns.adobe.com/exif/1.0/"
            xmlns:xmp="http://ns.adobe.com/xap/1.0/">
         <dc:description>
            <rdf:Alt>
               <rdf:li xml:lang="x-default">{description}</rdf:li>
            </rdf:Alt>
         </dc:description>
         <exif:UserComment>
            <rdf:Alt>
               <rdf:li xml:lang="x-default">{text}</rdf:li>
            </rdf:Alt>
         </exif:UserComment>
         <xmp:CreatorTool>Draw Things</xmp:CreatorTool>
      </rdf:Description>
   </rdf:RDF>
</x:xmpmeta>
"""


def configuration(
    values: Mapping[str, Any],
    *,
    width: int,
    height: int,
    seed: int,
    face_restoration: str | None = None,
) -> dict[str, Any]:
    """The whole configuration as the app's scripts spell it, and as Copy Configuration gives it.

    Its encoder leaves out what is nil.
    """
    result = {_camel(name): value for name, value in values.items() if name not in _NOT_IN_V2}
    result.update(
        id=0,
        width=width,
        height=height,
        seed=seed,
        sampler=SAMPLERS.index(values["sampler"]),
        seedMode=SEED_MODES.index(values["seed_mode"]),
        stage2Steps=10,
        faceRestoration=face_restoration,
        loras=[dict(lora) for lora in values["loras"]],
        controls=[dict(control) for control in values["controls"]],
    )
    return {name: value for name, value in result.items() if value is not None}


def _what_was_on(values: Mapping[str, Any], library: Library) -> dict[str, Any]:
    """What the comment has only where it matters."""
    found: dict[str, Any] = {}
    if values["upscaler"] in library.upscalers:
        found["upscaler"] = values["upscaler"]
    if values["shift"] != 1:
        found["shift"] = values["shift"]
    if values["clip_skip"] > 1:
        found["clip_skip"] = values["clip_skip"]
    if values["sharpness"] > 0:
        found["sharpness"] = values["sharpness"]
    if values["mask_blur"] > 0:
        found["mask_blur"] = values["mask_blur"]
    if values["mask_blur_outset"] != 0:
        found["mask_blur_outset"] = values["mask_blur_outset"]
    if values["hires_fix"]:
        found["hires_fix"] = True
        found["first_stage_size"] = f"{values['hires_fix_width']}x{values['hires_fix_height']}"
        found["second_stage_strength"] = values["hires_fix_strength"]
    if values["refiner_model"]:
        found |= {"refiner": values["refiner_model"], "refiner_start": values["refiner_start"]}
    for kind in ("decoding", "diffusion"):
        sides = [f"{kind}_tile_{side}" for side in ("width", "height")]
        is_larger = any(values[tile] < values[tile.rpartition("_")[2]] for tile in sides)
        if values[f"tiled_{kind}"] and is_larger:
            names = (f"tiled_{kind}", *sides, f"{kind}_tile_overlap")
            found |= {name: values[name] for name in names}
    if values["sampler"] == "TCD":
        found["stochastic_sampling_gamma"] = values["stochastic_sampling_gamma"]
    loras = [lora for lora in values["loras"] if lora["file"] in library.loras]
    if loras:
        found["lora"] = [{"model": lora["file"], "weight": lora["weight"]} for lora in loras]
    controls = [control for control in values["controls"] if control["file"]]
    if controls:
        found["control"] = [
            {name: control[camel] for camel, name in _OF_A_CONTROL.items()} for control in controls
        ]
    return found


def _camel(name: str) -> str:
    if name in _CAMEL:
        return _CAMEL[name]
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
