# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Joins jobs to Blender.

session      one timer that lives while there is work; takes orders, delivers what workers give
status       how the server is, as far as it is known
notices      sentences that stay in the panel until they are dismissed
"""
