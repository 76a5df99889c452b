# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of Draw Things' models by their names, of those that the app itself offers.

From the app's published source and its lists of models (drawthingsai, August 2026). A model that is neither
here nor in `model_list`, such as one that somebody imported, is unknown, and nothing is said of it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from .. import bounds
from .model_list import ListedModel, listed

Guidance = Literal["SCALE", "EMBEDDED", "SWITCHED_OFF", "NONE", "UNKNOWN"]
Kind = Literal["SD", "SDXL", "KANDINSKY", "CASCADE", "SVD", "EDITING", "OTHER"]


@dataclass(frozen=True)
class Family:
    """Models that take their settings alike."""

    title: str
    stems: tuple[str, ...]
    """How their files and their display names begin, as `plain` makes them; after it comes how the model is
    stored, such as "_q6p" or "_8_bit", and nothing else. Besides those of `model_list`."""
    kind: Kind = "OTHER"
    guidance: Guidance = "SCALE"
    """SCALE: classifier-free guidance. EMBEDDED: a number that the model itself was taught, beside it.
    SWITCHED_OFF: as embedded, but the model takes no such number. NONE: distilled without any."""
    shifts_by_size: bool = False
    """The app computes the shift from the picture's size unless told otherwise."""
    skips_clip: bool = False
    """The app heeds CLIP Skip."""
    edits: bool = False
    """It changes a picture as the prompt says, and takes it whole as its reference."""
    makes_frames: bool = False
    """As many pictures as `num_frames` says, or nothing is known of it."""
    open: bool = False
    """Whatever comes after the stem is of the family, too."""
    maker: str = ""
    """What artists call it together with its relatives; empty: as its title."""

    @property
    def name(self) -> str:
        return self.maker or self.title


def _flux_1(title: str, *stems: str, guidance: Guidance = "EMBEDDED", edits: bool = False) -> Family:
    # The app leaves the shift of models that are distilled to few steps alone.
    is_distilled = guidance == "NONE"
    return Family(
        title,
        stems,
        guidance=guidance,
        shifts_by_size=not is_distilled,
        skips_clip=True,
        edits=edits,
        maker="FLUX.1",
    )


def _sized(
    title: str, *stems: str, guidance: Guidance = "SCALE", edits: bool = False, maker: str = ""
) -> Family:
    return Family(title, stems, guidance=guidance, shifts_by_size=True, edits=edits, maker=maker)


FAMILIES = (
    _flux_1("FLUX.1 [dev]", "flux_1_dev"),
    _flux_1("FLUX.1 Kontext [dev]", "flux_1_kontext_dev", edits=True),
    _flux_1("FLUX.1 Krea [dev]", "flux_1_krea_dev"),
    _flux_1("FLUX.1 Fill [dev]", "flux_1_fill_dev"),
    _flux_1("FLUX.1 Depth [dev]", "flux_1_depth_dev"),
    _flux_1("FLUX.1 Canny [dev]", "flux_1_canny_dev"),
    _flux_1("Artsy Vibe", "artsy_vibe_v1"),
    _flux_1("RayFLUX", "rayflux_v3_0", "rayflux_v3_0_aio"),
    _flux_1("FLUX.1 [dev] De-distill", "flux_1_dev_de_distill", guidance="SCALE"),
    _flux_1(
        "Chroma",
        "chroma_1_hd_r0_1",
        "chroma1_hd",
        "chroma_v47_detail_calibrated",
        "chroma_v48_detail_calibrated",
        guidance="SCALE",
    ),
    _flux_1("FLUX.1 [schnell]", "flux_1_schnell", guidance="NONE"),
    _flux_1("Shuttle", "shuttle_jaguar", "shuttle_v3_1_aesthetic", guidance="NONE"),
    _flux_1("devMODE Turbo", "devmode_v0_3_turbo", guidance="NONE"),
    _flux_1("schnellMODE", "schnellmode_v3_3", guidance="NONE"),
    _sized("FLUX.2 [dev]", "flux_2_dev", guidance="EMBEDDED", edits=True, maker="FLUX.2"),
    _sized(
        "FLUX.2 [klein]",
        "flux_2_klein_4b",
        "flux_2_klein_9b",
        "flux_2_klein_9b_kv",
        "flux_2_klein_base_4b",
        "flux_2_klein_base_9b",
        "flux_2_klein_4b_base",
        "flux_2_klein_9b_base",
        edits=True,
        maker="FLUX.2",
    ),
    Family(
        "SD3",
        ("sd3_medium", "sd3_medium_3_5", "sd3_large_3_5"),
        shifts_by_size=True,
        skips_clip=True,
    ),
    Family("SD3 Large Turbo", ("sd3_large_turbo_3_5",), guidance="NONE", skips_clip=True, maker="SD3"),
    Family("HiDream I1 [fast]", ("hidream_i1_fast",), guidance="NONE", skips_clip=True, maker="HiDream"),
    Family(
        "HiDream I1 [dev]",
        ("hidream_i1_dev",),
        guidance="SWITCHED_OFF",
        shifts_by_size=True,
        skips_clip=True,
        maker="HiDream",
    ),
    Family("HiDream I1 [full]", ("hidream_i1_full",), shifts_by_size=True, skips_clip=True, maker="HiDream"),
    Family(
        "HiDream E1",
        ("hidream_e1_1", "hidream_e1_full"),
        kind="EDITING",
        shifts_by_size=True,
        skips_clip=True,
        maker="HiDream",
    ),
    Family(
        "HiDream O1",
        ("hidream_o1",),
        guidance="UNKNOWN",
        shifts_by_size=True,
        open=True,
        maker="HiDream",
    ),
    _sized("Qwen Image", "qwen_image_1_0", "qwen_image_2512", "qwen_image_layered_1_0"),
    _sized(
        "Qwen Image Edit",
        "qwen_image_edit_1_0",
        "qwen_image_edit_2509",
        "qwen_image_edit_2511",
        edits=True,
        maker="Qwen Image",
    ),
    _sized("Z Image", "z_image_turbo_1_0", "z_image_1_0", "z_image_base_1_0"),
    _sized(
        "ERNIE Image",
        "ernie_image",
        "ernie_image_turbo",
        "ernie_image_turbo_1_0",
        "ernie_image_base_1_0",
    ),
    _sized("Ideogram 4", "ideogram_4"),
    _sized("Krea 2", "krea_2_turbo", "krea_2_raw"),
    _sized("Anima", "anima_base_1_0"),
    Family(
        "Hunyuan Video",
        (
            "hunyuan_video_t2v_720p",
            "skyreels_v1_hunyuan_t2v",
            "skyreels_v1_hunyuan_t2v_544p",
            "skyreels_v1_hunyuan_i2v",
            "skyreels_v1_hunyuan_i2v_544p",
        ),
        guidance="EMBEDDED",
        skips_clip=True,
        makes_frames=True,
    ),
    Family("Wan", ("wan_v2_1", "wan_v2_2", "wan_2_1", "wan_2_2"), makes_frames=True, open=True),
    Family("LTX-2", ("ltx_2", "ltx_2_3"), makes_frames=True, open=True),
    Family("SeedVR2", ("seedvr2",), guidance="UNKNOWN", makes_frames=True, open=True),
    Family("PixArt Sigma", ("pixart_sigma_xl",), open=True),
    Family("AuraFlow", ("auraflow_v0_1", "auraflow_v0_2")),
    Family(
        "Stable Video Diffusion",
        ("svd_i2v", "stable_video_diffusion"),
        kind="SVD",
        makes_frames=True,
        open=True,
    ),
    Family("Kandinsky", ("kandinsky", "kandinsky_v2_1"), kind="KANDINSKY", skips_clip=True),
    Family(
        "Stable Cascade",
        ("wurstchen_3_0_stage_c", "stable_cascade"),
        kind="CASCADE",
        skips_clip=True,
        open=True,
    ),
    Family(
        "Stable Diffusion",
        (
            "sd_v1_4",
            "sd_v1_5",
            "sd_v2_0",
            "sd_v2_0_768_v",
            "sd_v2_1",
            "sd_v2_1_768_v",
            "stable_diffusion_v1_4",
            "stable_diffusion_v1_5",
            "stable_diffusion_v2_0",
            "stable_diffusion_v2_0_768_v",
            "stable_diffusion_v2_1",
            "stable_diffusion_v2_1_768_v",
        ),
        kind="SD",
        skips_clip=True,
    ),
    Family(
        "SDXL",
        (
            "sd_xl_base_0_9",
            "sd_xl_base_1_0",
            "sd_xl_refiner_0_9",
            "sd_xl_refiner_1_0",
            "sdxl_base_v0_9",
            "sdxl_base_v1_0",
            "sdxl_refiner_v0_9",
            "sdxl_refiner_v1_0",
            "ssd_1b",
            "ssd_1b_segmind_sdxl",
        ),
        kind="SDXL",
        skips_clip=True,
    ),
    Family("SDXL Turbo", ("sd_xl_turbo",), kind="SDXL", guidance="NONE", skips_clip=True, maker="SDXL"),
    Family(
        "Instruct Pix2Pix",
        ("instruct_pix2pix_22000",),
        kind="EDITING",
        skips_clip=True,
        maker="Stable Diffusion",
    ),
)

#: How a model is stored, at the end of its file's name or of its display name.
_STORED = re.compile(r"(_(q\dp|i8x|b?f16|f32|svd(quant)?|exact|\d_bit(_s)?|ckpt))*$")
_BY_TITLE: Mapping[str, Family] = {family.title: family for family in FAMILIES}
_BY_STEM = sorted(
    ((stem, family) for family in FAMILIES for stem in family.stems),
    key=lambda entry: len(entry[0]),
    reverse=True,
)


def plain(name: str) -> str:
    """ "FLUX.1 [dev] (5-bit)" → "flux_1_dev_5_bit"."""
    return re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")


@functools.lru_cache(1024)
def stem(name: str) -> str:
    """A file or display name without its folder and without how the model is stored: "flux_1_dev" for
    "flux_1_dev_q5p.ckpt" and for "FLUX.1 [dev] (5-bit)". Empty for what is no name."""
    if not bounds.is_name(name):
        return ""
    # Typed or noted by another server with its folder.
    return _STORED.sub("", plain(re.split(r"[/\\]", name)[-1]), count=1)


@functools.cache
def _listed_stems() -> Mapping[str, ListedModel]:
    """The first of the list for each stem of its files and titles."""
    found: dict[str, ListedModel] = {}
    for model in listed():
        for name in (model.file, model.title):
            found.setdefault(stem(name), model)
    return found


def listed_like(name: str) -> ListedModel | None:
    """The model of the list with that file or display name; else the first of those that are the same model,
    stored otherwise; None where there is none."""
    same = (model for model in listed() if name in (model.file, model.title))
    return next(same, None) or _listed_stems().get(stem(name))


@functools.lru_cache(1024)
def family_of(name: str) -> Family | None:
    """The family of a model by its file or display name; None where nothing is known."""
    wanted = stem(name)
    known = _listed_stems().get(wanted)
    if known is not None:
        return _BY_TITLE[known.family]
    for each, family in _BY_STEM:
        if wanted == each or (wanted.startswith(f"{each}_") and family.open):
            return family
    return None
