# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The models that Draw Things knows: those that the app brings in its own list, and those that it offers for
download (published lists, August 2026). Over HTTP the app tells none of it.

A table for people, read at its first use. A line with `=` begins a family: its title in `model_families`,
what its models are for, and the side in pixels of the square that they were taught. Then each model: its
title, and below it how its files begin, and how each of them is stored, with the words that its title in the
app has for that.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from ..models import PURPOSES, Purpose

_LIST = """
= Z Image | TEXT | 1024
Z Image Turbo 1.0
    z_image_turbo_1.0: q8p | i8x (8-bit S) | q6p (6-bit) | f16 (Exact)
Z Image Base 1.0
    z_image_1.0: q8p | i8x (8-bit S) | q6p (6-bit) | f16 (Exact)

= FLUX.2 [klein] | TEXT EDIT | 1024
FLUX.2 [klein] 4B
    flux_2_klein_4b: q8p | i8x (8-bit S) | q6p (6-bit) | f16 (Exact)
FLUX.2 [klein] 4B Base
    flux_2_klein_base_4b: q8p | i8x (8-bit S) | q6p (6-bit) | f16 (Exact)
FLUX.2 [klein] 9B
    flux_2_klein_9b: q8p | q6p (6-bit) | f16 (Exact)
FLUX.2 [klein] 9B KV
    flux_2_klein_9b_kv: q8p | q6p (6-bit) | f16 (Exact)
FLUX.2 [klein] 9B Base
    flux_2_klein_base_9b: q8p | q6p (6-bit) | f16 (Exact)

= FLUX.2 [dev] | TEXT EDIT | 1024
FLUX.2 [dev]
    flux_2_dev: q8p | q6p (6-bit) | f16 (Exact)

= Qwen Image | TEXT | 1024
Qwen Image 2512
    qwen_image_2512: q8p | i8x (8-bit S) | q6p (6-bit)
    qwen_image_2512: bf16_q8p (BF16) | bf16_i8x (BF16, 8-bit S) | bf16_q6p (BF16, 6-bit) | bf16 (BF16, Exact)
Qwen Image 1.0
    qwen_image_1.0: q8p | q6p (6-bit) | f16 (Exact)
    qwen_image_1.0: bf16_q8p (BF16) | bf16_q6p (BF16, 6-bit) | bf16 (BF16, Exact)

= Qwen Image | EDIT | 1024
Qwen Image Layered 1.0
    qwen_image_layered_1.0: bf16_q8p (BF16) | bf16_q6p (BF16, 6-bit)

= Qwen Image Edit | EDIT | 1024
Qwen Image Edit 2511
    qwen_image_edit_2511: q8p | i8x (8-bit S) | q6p (6-bit)
    qwen_image_edit_2511: bf16_q8p (BF16) | bf16_i8x (BF16, 8-bit S) | bf16_q6p (BF16, 6-bit)
Qwen Image Edit 2509
    qwen_image_edit_2509: q8p | q6p (6-bit) | f16 (Exact)
    qwen_image_edit_2509: bf16_q8p (BF16) | bf16_q6p (BF16, 6-bit) | bf16 (BF16, Exact)
Qwen Image Edit 1.0
    qwen_image_edit_1.0: q8p | q6p (6-bit)

= FLUX.1 [schnell] | TEXT | 1024
FLUX.1 [schnell]
    flux_1_schnell: q8p | q5p (5-bit)
PixelWave FLUX.1 Schnell 04
    pixelwave_flux_1_schnell_04: q8p | q5p_svd (5-bit, SVDQuant)

= FLUX.1 [dev] | TEXT | 1024
FLUX.1 [dev]
    flux_1_dev: q8p | q5p (5-bit) | f16 (Exact)

= FLUX.1 Krea [dev] | TEXT | 1024
FLUX.1 Krea [dev]
    flux_1_krea_dev: q8p | q5p (5-bit)

= FLUX.1 Kontext [dev] | EDIT | 1024
FLUX.1 Kontext [dev]
    flux_1_kontext_dev: q8p | q5p (5-bit) | f16 (Exact)

= FLUX.1 Fill [dev] | INPAINT | 1024
FLUX.1 Fill [dev]
    flux_1_fill_dev: q8p | q5p (5-bit)

= FLUX.1 Depth [dev] | CONTROL | 1024
FLUX.1 Depth [dev]
    flux_1_depth_dev: q8p | q5p (5-bit)

= FLUX.1 Canny [dev] | CONTROL | 1024
FLUX.1 Canny [dev]
    flux_1_canny_dev: q8p | q5p (5-bit)

= FLUX.1 [dev] De-distill | TEXT | 1024
FLUX.1 [dev] De-distill
    flux_1_dev_de_distill: q8p | q5p (5-bit)

= Chroma | TEXT | 1024
Chroma1 HD
    chroma_1_hd_r0.1: q8p | q5p (5-bit)
Chroma v48 Detail Calibrated
    chroma_v48_detail_calibrated: q8p | q5p (5-bit)
Chroma v47 Detail Calibrated
    chroma_v47_detail_calibrated: q8p | q5p (5-bit)

= Shuttle | TEXT | 1024
Shuttle v3.1 Aesthetic
    shuttle_v3.1_aesthetic: q8p | q5p_svd (5-bit, SVDQuant)
Shuttle Jaguar
    shuttle_jaguar: q8p | q5p_svd (5-bit, SVDQuant)

= devMODE Turbo | TEXT | 1024
devMODE v0.3 Turbo
    devmode_v0.3_turbo: q8p | q5p_svd (5-bit, SVDQuant)

= schnellMODE | TEXT | 1024
schnellMODE v3.3
    schnellmode_v3.3: q8p | q5p_svd (5-bit, SVDQuant)

= Artsy Vibe | TEXT | 1024
Artsy Vibe v1
    artsy_vibe_v1: q8p | q5p_svd (5-bit, SVDQuant)

= RayFLUX | TEXT | 1024
RayFLUX v3.0
    rayflux_v3.0_aio: q8p | q5p (5-bit)

= HiDream I1 [fast] | TEXT | 1024
HiDream I1 [fast]
    hidream_i1_fast: q8p | i8x (8-bit S) | q5p (5-bit) | f16 (Exact)

= HiDream I1 [dev] | TEXT | 1024
HiDream I1 [dev]
    hidream_i1_dev: q8p | i8x (8-bit S) | q5p (5-bit) | f16 (Exact)

= HiDream I1 [full] | TEXT | 1024
HiDream I1 [full]
    hidream_i1_full: q8p | i8x (8-bit S) | q5p (5-bit) | f16 (Exact)

= HiDream E1 | EDIT | 1024
HiDream E1-1
    hidream_e1_1: q8p | q5p (5-bit) | f16 (Exact)

= HiDream E1 | EDIT | 768
HiDream E1 [full]
    hidream_e1_full: q8p | q5p (5-bit)

= ERNIE Image | TEXT | 1024
ERNIE Image Turbo 1.0
    ernie_image_turbo: q8p | i8x (8-bit S) | q6p (6-bit)
ERNIE Image Base 1.0
    ernie_image: q8p | i8x (8-bit S) | q6p (6-bit)

= SD3 | TEXT | 1024
SD3 Large 3.5
    sd3_large_3.5: q8p | q6p (6-bit) | f16 (Exact)
SD3 Medium 3.5
    sd3_medium_3.5: f16 | q8p (8-bit)
SD3 Medium
    sd3_medium: f16 | q8p (8-bit)

= SD3 Large Turbo | TEXT | 1024
SD3 Large Turbo 3.5
    sd3_large_turbo_3.5: q8p | q6p (6-bit)

= SDXL | TEXT | 1024
SDXL Base (v1.0)
    sd_xl_base_1.0: f16
SDXL Base v1.0
    sd_xl_base_1.0: q6p_q8p (8-bit)
SDXL Base (v0.9)
    sd_xl_base_0.9: f16
Kwai Kolors 1.0
    kwai_kolors_1.0: f16 | q6p_q8p (8-bit)
Playground v2.5
    playground_v2.5: f16 | q6p_q8p (8-bit)
Playground v2
    playground_v2: f16 | q6p_q8p (8-bit)
SSD 1B (Segmind SDXL)
    ssd_1b: f16 | q6p_q8p (8-bit)
Juggernaut XL Ragnarok
    juggernaut_xl_ragnarok: f16 | q6p_q8p (8-bit)
Juggernaut XL v9
    juggernaut_xl_v9: f16 | q6p_q8p (8-bit)
Animagine XL v3.1
    animagine_xl_v3.1: f16 | q6p_q8p (8-bit)
DreamShaper XL v2.1 Turbo
    dreamshaper_xl_v2.1_turbo: f16 | q6p_q8p (8-bit)
Juggernaut XL v9 Lightning
    juggernaut_xl_v9_lightning: f16 | q6p_q8p (8-bit)
PixelWave v9
    pixelwave_v9: f16 | q6p_q8p (8-bit)
PixelWave 10
    pixelwave_10: f16 | q6p_q8p (8-bit)
RealVisXL v4.0
    realvisxl_v4.0: f16 | q6p_q8p (8-bit)
Juggernaut XL X
    juggernaut_xl_x: f16 | q6p_q8p (8-bit)
iCatcher Realistic
    icatcher_realistic: f16 | q6p_q8p (8-bit)
iCatcher Cartoon
    icatcher_cartoon: f16 | q6p_q8p (8-bit)
ColorfulXL v6.0
    colorfulxl_v6.0: f16 | q6p_q8p (8-bit)
Proteus v0.3
    proteus_v0.3: f16 | q6p_q8p (8-bit)

= SDXL | REFINER | 1024
SDXL Refiner (v1.0)
    sd_xl_refiner_1.0: f16
SDXL Refiner v1.0
    sd_xl_refiner_1.0: q6p_q8p (8-bit)
SDXL Refiner (v0.9)
    sd_xl_refiner_0.9: f16

= SDXL | INPAINT | 1024
Fooocus Inpaint SDXL v2.6
    fooocus_inpaint_sd_xl_v2.6: f16 | q6p_q8p (8-bit)
Kwai Kolors Inpainting 1.0
    kwai_kolors_inpainting_1.0: f16 | q6p_q8p (8-bit)

= SDXL Turbo | TEXT | 512
SDXL Turbo
    sd_xl_turbo: f16 | q6p_q8p (8-bit)

= Stable Diffusion | TEXT | 512
Stable Diffusion v1.4
    sd_v1.4: f16
Stable Diffusion v1.5
    sd_v1.5: f16
Stable Diffusion v2.0
    sd_v2.0: f16
Stable Diffusion v2.1
    sd_v2.1: f16
Disney Pixar Cartoon Type B
    disney_pixar_cartoon_type_b: q6p_q8p (8-bit)
Counterfeit v3.0
    counterfeit_v3.0: f16 | q6p_q8p (8-bit)
MajicMIX Realistic v7
    majicmix_realistic_v7: f16 | q6p_q8p (8-bit)
Rev Animated v1.22
    rev_animated_v1.22: f16 | q6p_q8p (8-bit)
Anime (Waifu Diffusion v1.3)
    wd_v1.3: f16
Multi-Style (Nitro Diffusion v1)
    nitro_v1: f16
Cyberpunk Anime
    cyberpunk_anime: f16
3D Model (Redshift v1)
    redshift_v1: f16
Dungeons and Diffusion (30000)
    dnd_30000: f16
Tron Legacy
    trnlgcy: f16
Openjourney
    mdjrny_v4: f16
Anime (Anything v3)
    anything_v3: f16
Classic Animation (v1)
    classicanim_v1: f16
Modern Disney (v1)
    modi_v1: f16
Arcane (v3)
    arcane_v3: f16
Hassanblend (v1.5.1.2)
    hassanblend_v1.5.1.2: f16
Van Gogh Style (Lvngvncnt v2)
    lvngvncnt_v2: f16
Spider-Verse (v1)
    spiderverse_v1: f16
Elden Ring (v3)
    eldenring_v3: f16
Paper Cut (v1)
    papercut_v1: f16
VoxelArt (v1)
    voxelart_v1: f16
Balloon Art (v1)
    balloonart_v1: f16
F222
    f222: f16
Super Mario Nation (v2)
    supermarionation_v2: f16
Inkpunk (v2)
    inkpunk_v2: f16
SamDoesArt (v3)
    samdoesart_v3: f16
Ghibli (v1)
    ghibli_v1: f16
Analog (v1)
    analog_v1: f16
DnD Classes and Species
    dnd_classes_and_species: f16
AloeVera's SimpMaker 3K1
    aloeveras_simpmaker_3k1: f16
H&A's 3DKX 1.1
    hna_3dkx_1.1: f16
Deliberate v2.0
    deliberate_v2: q6p_q8p (8-bit)

= Stable Diffusion | INPAINT | 512
Stable Diffusion v1.5 Inpainting
    sd_v1.5_inpainting: f16
Stable Diffusion v2.0 Inpainting
    sd_v2.0_inpainting: f16

= Stable Diffusion | TEXT | 768
Stable Diffusion v2.0 768-v
    sd_v2.0_768_v: f16
Stable Diffusion v2.1 768-v
    sd_v2.1_768_v: f16
Juggernaut Reborn
    juggernaut_reborn: f16 | q6p_q8p (8-bit)
Realistic Vision v5.1
    realistic_vision_v5.1: f16 | q6p_q8p (8-bit)
DreamShaper v8
    dreamshaper_v8: f16 | q6p_q8p (8-bit)
3D Model 768 (Redshift 768)
    redshift_768_v: f16

= Stable Diffusion | CONTROL | 512
Stable Diffusion v2.0 Depth
    sd_v2.0_depth: f16

= Stable Diffusion | TEXT | 256
MiniSD v1.4
    minisd_v1.4: f16

= Stable Diffusion | EDIT | 1024
Outfitting Fusion Virtual Try-on (Upper-Body)
    ootd_vton_upper_body_1.0: f16
Outfitting Fusion Virtual Try-on (Full-Body)
    ootd_vton_full_body_1.0: f16

= Stable Diffusion | TEXT | 640
seek.art MEGA (v1)
    seek_art_mega_v1: f16

= Instruct Pix2Pix | EDIT | 512
Instruct Pix2Pix
    instruct_pix2pix_22000: f16

= Stable Cascade | TEXT | 1024
Stable Cascade (Würstchen v3.0)
    wurstchen_3.0_stage_c: f32_f16 | f32_q6p_q8p (8-bit)

= PixArt Sigma | TEXT | 1024
PixArt Sigma XL 1K
    pixart_sigma_xl_2_1024_ms: f16 | q8p (8-bit)

= PixArt Sigma | TEXT | 512
PixArt Sigma XL 512
    pixart_sigma_xl_2_512_ms: f16 | q8p (8-bit)

= AuraFlow | TEXT | 1024
AuraFlow v0.1
    auraflow_v0.1: q8p | q5p (8-bit)
AuraFlow v0.2
    auraflow_v0.2: q8p | q5p (8-bit)

= Kandinsky | TEXT | 768
Kandinsky v2.1
    kandinsky: f16

= LTX-2 | VIDEO | 768
LTX-2.3 22B [distilled] 1.1
    ltx_2.3_22b_distilled_1.1: q8p | i8x (8-bit S) | q6p (6-bit)
LTX-2.3 22B [distilled]
    ltx_2.3_22b_distilled: q8p | i8x (8-bit S) | q6p (6-bit) | f16 (Exact)
LTX-2.3 22B [dev]
    ltx_2.3_22b_dev: q8p | i8x (8-bit S) | q6p (6-bit) | f16 (Exact)
LTX-2 19B [distilled]
    ltx_2_19b_distilled: q8p | q6p (6-bit)
LTX-2 19B [dev]
    ltx_2_19b_dev: q8p | q6p (6-bit)

= Wan | VIDEO | 768
Wan 2.2 High Noise Expert T2V A14B
    wan_v2.2_a14b_hne_t2v: q8p | i8x (8-bit S) | q6p_svd (6-bit, SVDQuant)
Wan 2.2 High Noise Expert I2V A14B
    wan_v2.2_a14b_hne_i2v: q8p | i8x (8-bit S) | q6p_svd (6-bit, SVDQuant)
Wan 2.2 TI2V 5B
    wan_v2.2_5b_ti2v: f16 | q8p (8-bit)
Wan 2.1 T2V 14B
    wan_v2.1_14b_720p: q8p | q6p_svd (6-bit, SVDQuant) | q5p_svd (5-bit, SVDQuant)
Wan 2.1 I2V 14B 720p
    wan_v2.1_14b_i2v_720p: q8p | q6p_svd (6-bit, SVDQuant)
Wan v2.2 High Noise Expert T2V A14B Lightning 250928
    wan_v2.2_a14b_hne_t2v_lightning_250928: q8p | q6p_svd (6-bit, SVDQuant)
Wan 2.1 14B T2V FusionX
    wan_2.1_14b_t2v_fusionx: q8p | q6p_svd (6-bit, SVDQuant)
Wan 2.1 14B I2V FusionX
    wan_2.1_14b_i2v_fusionx: q8p | q6p_svd (6-bit, SVDQuant)
Wan 2.1 14B v1.1 Fun InP
    wan_2.1_14b_v1.1_fun_inp: q8p | q6p_svd (6-bit, SVDQuant)
AniSora v3.2 I2V Wan 2.2 A14B High Noise Expert
    anisora_v3.2_i2v_wan_2.2_a14b_hne: q8p | q6p_svd (6-bit, SVDQuant)
SkyReels v2 I2V 14B 540p
    skyreels_v2_i2v_14b_540p: q8p | q6p_svd (6-bit, SVDQuant)
SkyReels v2 I2V 14B 720p
    skyreels_v2_i2v_14b_720p: q8p | q6p_svd (6-bit, SVDQuant)
SkyReels v2 T2V 14B 540p
    skyreels_v2_t2v_14b_540p: q8p | q6p_svd (6-bit, SVDQuant)
SkyReels v2 T2V 14B 720p
    skyreels_v2_t2v_14b_720p: q8p | q6p_svd (6-bit, SVDQuant)
Wan 2.1 14B Fun InP
    wan_2.1_14b_fun_inp: q8p | q6p_svd (6-bit, SVDQuant)

= Wan | REFINER | 768
Wan 2.2 Low Noise Expert T2V A14B
    wan_v2.2_a14b_lne_t2v: q8p | i8x (8-bit S) | q6p_svd (6-bit, SVDQuant)
Wan 2.2 Low Noise Expert I2V A14B
    wan_v2.2_a14b_lne_i2v: q8p | i8x (8-bit S) | q6p_svd (6-bit, SVDQuant)
AniSora v3.2 I2V Wan 2.2 A14B Low Noise Expert
    anisora_v3.2_i2v_wan_2.2_a14b_lne: q8p | q6p_svd (6-bit, SVDQuant)

= Wan | VIDEO | 512
Wan 2.1 T2V 1.3B
    wan_v2.1_1.3b_480p: f16 | q8p (8-bit)
Wan 2.1 I2V 14B 480p
    wan_v2.1_14b_i2v_480p: q8p | q6p_svd (6-bit, SVDQuant)
Wan 2.1 1.3B v1.1 Fun InP
    wan_2.1_1.3b_v1.1_fun_inp: f16 | q8p (8-bit)
SkyReels v2 I2V 1.3B 540p
    skyreels_v2_i2v_1.3b_540p: f16 | q8p (8-bit)
Wan 2.1 1.3B Fun InP
    wan_2.1_1.3b_fun_inp: f16 | q8p (8-bit)

= Wan | EDIT | 960
ChronoEdit 14B
    chronoedit_14b: q8p | q6p_svd (6-bit, SVDQuant)

= Hunyuan Video | VIDEO | 768
Hunyuan Video T2V 720p
    hunyuan_video_t2v_720p: q8p | q5p_svd (5-bit, SVDQuant)
SkyReels v1 Hunyuan T2V 544p
    skyreels_v1_hunyuan_t2v: q8p | q5p_svd (5-bit, SVDQuant)
SkyReels v1 Hunyuan I2V 544p
    skyreels_v1_hunyuan_i2v: q8p | q5p_svd (5-bit, SVDQuant)

= Stable Video Diffusion | VIDEO | 512
Stable Video Diffusion I2V XT v1.0
    svd_i2v_xt_1.0: f16
Stable Video Diffusion I2V XT 1.0
    svd_i2v_xt_1.0: q6p_q8p (8-bit)
Stable Video Diffusion I2V XT v1.1
    svd_i2v_xt_1.1: f16 | q6p_q8p (8-bit)
Stable Video Diffusion I2V v1.0
    svd_i2v_1.0: f16 | q6p_q8p (8-bit)
AnimateLCM SVD XT v1.1
    animatelcm_svd_xt_v1.1: f16 | q6p_q8p (8-bit)

= SeedVR2 | UPSCALE | 1536
SeedVR2 3B
    seedvr2_3b: q8p | i8x (8-bit S) | q6p (6-bit)
SeedVR2 7B
    seedvr2_7b: q8p | i8x (8-bit S) | q6p (6-bit)
"""

_FAMILY = re.compile(r"= (?P<family>.+) \| (?P<purposes>[A-Z ]+) \| (?P<pixels>\d+)")
_FILES = re.compile(r"    (?P<stem>\S+): (?P<stored>.+)")
_STORED = re.compile(r"(?P<ending>\w+)(?: \((?P<words>[^)]+)\))?")


@dataclass(frozen=True)
class ListedModel:
    """One file of the list."""

    file: str
    title: str
    """As the app shows it."""
    family: str
    """The title of one of `model_families`."""
    purposes: tuple[Purpose, ...]
    pixels: int
    """The side of the square that it was taught."""


@functools.cache
def listed() -> tuple[ListedModel, ...]:
    """Every model, those of a family together, the newest families first."""
    found = []
    family, pixels, title = "", 0, ""
    purposes: tuple[Purpose, ...] = ()
    for line in filter(None, _LIST.splitlines()):
        if head := _FAMILY.fullmatch(line):
            family, pixels = head["family"], int(head["pixels"])
            purposes = tuple(each for each in PURPOSES if each in head["purposes"].split())
        elif files := _FILES.fullmatch(line):
            for ending, words in _STORED.findall(files["stored"]):
                shown = f"{title} ({words})" if words else title
                file = f"{files['stem']}_{ending}.ckpt"
                found.append(ListedModel(file, shown, family, purposes, pixels))
        else:
            title = line
    return tuple(found)
