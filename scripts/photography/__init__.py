# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Photographs of the panels in a real window.

studio      a window with the demo's scene, connected to the local servers: what an artist does there
states      what is photographed, and how to get there
bench       the same of what becomes of a picture further
sheets      many photographs on one page, each with its name
film        a short film of a texture that comes
"""
