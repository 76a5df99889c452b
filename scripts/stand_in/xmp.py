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

_CAMEL = {
    "clip_weight": "clipWeight",
    "image_guidance": "imageGuidanceScale",
    "guiding_frame_noise": "guidingFrameNoise",
    "num_frames": "numFrames",
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


def document(values: Mapping[str, Any], *, width: int, height: int, seed: int) -> str:
    """The XMP packet of one picture made with the effective `values`."""
    sampler = "Euler Ancestral" if values["sampler"] == "Euler a" else values["sampler"]
    comment: dict[str, Any] = {
        "c": values["prompt"],
        "uc": values["negative_prompt"] or "",
        "steps": values["steps"],
        "sampler": sampler,
        "scale": values["guidance_scale"],
        "seed": seed,
        "size": f"{width}x{height}",
        "model": values["model"],
        "strength": values["strength"],
        "seed_mode": values["seed_mode"],
        "lora": [{"model": lora["file"], "weight": lora["weight"]} for lora in values["loras"]],
        "control": list(values["controls"]),
        "profile": {"timings": []},
        "v2": _version_2(values, width, height, seed),
    }
    if values["shift"] != 1:
        comment["shift"] = values["shift"]
    if values["upscaler"]:
        comment["upscaler"] = values["upscaler"]
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


def _version_2(values: Mapping[str, Any], width: int, height: int, seed: int) -> dict[str, Any]:
    """The whole configuration in the spelling of the app's scripts."""
    result = {_camel(name): value for name, value in values.items() if name not in _NOT_IN_V2}
    result.update(
        width=width,
        height=height,
        seed=seed,
        sampler=SAMPLERS.index(values["sampler"]),
        seedMode=SEED_MODES.index(values["seed_mode"]),
    )
    return result


def _camel(name: str) -> str:
    if name in _CAMEL:
        return _CAMEL[name]
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
