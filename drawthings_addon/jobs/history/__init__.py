# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every picture that was made, found again. No `bpy` anywhere below.

deleting   pictures are put away, into a folder that the artist empties, and brought back
"""
