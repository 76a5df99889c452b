# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pictures as numpy arrays; knows nothing of Blender or of servers.

pixels.py   what a picture is: uint8 (height, width, channels), row 0 at the top
png.py      PNG in and out; built on png_chunks.py, png_filters.py and png_text.py
jpeg.py     the size of a JPEG
fit.py      any size to one that a server takes, and back
alpha.py    transparency kept aside while the colours travel
colour.py   sRGB and linear, floats and bytes, rounded as Blender does
scale.py    resampling and thumbnails
"""
