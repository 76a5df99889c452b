# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two small servers of the A1111 API, as far as a client meets them. Neither describes itself, and a GET on a
route that takes a POST is a 404.

installed     what they have: a model, samplers, LoRAs
api           what the two have in common: a request to its route, a picture
koboldcpp     KoboldCpp
sd_server     stable-diffusion.cpp's own server
"""
