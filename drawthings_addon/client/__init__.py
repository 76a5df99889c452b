# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Speaks to one server. Pure: no bpy.

    http           one exchange over HTTP, whatever the server: a package of its own
    draw_things    Draw Things' dialect: a package of its own
    a1111          A1111's dialect: a package of its own

What all dialects share on top
    request        one frozen tree that is the whole request
    answer         the pictures that come back, verified
    interface      the client: its verbs are all that the layers above call
    connect        who answers at an address: the client for it
    connections    which dialect each server speaks and what it offers, kept until it proves wrong
    endpoints      everything that a server may offer
    capabilities   what one server was found to offer
    catalogue      what a server has to choose from
    compatibility  what of a request has no effect on the connected server
    control_files  which of a server's files are ControlNets, by their names
    checks         single values of a request
    budget         how much one answer may hold, by what was asked for
    bounds         how much is taken of a stranger's words
"""
