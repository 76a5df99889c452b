# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What paints the pictures of the demo: the engine `neural` of the local server.

neural      the engine: materials, restyled by a small network or painted with brushes
materials   seeded pictures of materials that repeat without a seam, by the words of a prompt
styles      from the words of a prompt to the styles of the network
oil         a picture in strokes of oil paint
watercolour a picture in washes and ink
filters     what both see a picture through
"""
