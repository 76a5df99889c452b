# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""AUTOMATIC1111's web UI over HTTP.

app                     one request to the web UI
webui, options          what it has installed and set
routes, fields, errors, openapi            its table of routes, and bodies in and out
order, generate, mask, control, progress   a generation from its request to its pictures
tasks                                      which request waits, is worked on or is done, by its name
lists, upscale, describe, training         its other routes
images, pixels, infotext                   pictures in and out, and the text in them
"""
