# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Draw Things' own ControlNet files whose hint the app derives from the picture that is sent.

From the published source (August 2026): pose, normal, line art, segmentation and the like need a hint that
was set in the app, which cannot be sent over HTTP.
"""

from __future__ import annotations

DEPTH = (
    "controlnet_depth_1.x_v1.1_f16.ckpt",
    "controlnet_depth_1.x_f16.ckpt",
    "controlnet_depth_2.x_f16.ckpt",
    "controlnet_depth_sdxl_v1.0_mid_f16.ckpt",
    "t2iadapter_depth_1.x_f16.ckpt",
)
LINE = (
    "controlnet_canny_1.x_v1.1_f16.ckpt",
    "controlnet_canny_1.x_f16.ckpt",
    "controlnet_canny_2.x_f16.ckpt",
    "controlnet_canny_sdxl_v1.0_mid_f16.ckpt",
    "t2iadapter_canny_1.x_f16.ckpt",
    "controlnet_softedge_1.x_v1.1_f16.ckpt",
    "controlnet_scribble_1.x_v1.1_f16.ckpt",
    "controlnet_scribble_1.x_f16.ckpt",
    "controlnet_scribble_2.x_f16.ckpt",
    "controlnet_mlsd_1.x_v1.1_f16.ckpt",
)
