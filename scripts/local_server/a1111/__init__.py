# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""AUTOMATIC1111's web UI over HTTP.

openapi.json, published   what the program says of itself: routes, models, settings, flags
dialect, webui            a web UI as it was started, and what it has installed and set
models, app, wire         its FastAPI application, made of the description, on uvicorn
api, errors               what each of its operations does, and how it fails
order, generate, mask, control, progress   a generation from its request to its pictures
tasks                                      which request waits, is worked on or is done, by its name
lists, upscale, describe, training         its other routes
images, pixels, infotext                   pictures in and out, and the text in them
"""
