# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Speaks to one server. Pure: no bpy.

    http           one exchange over HTTP, whatever the server: a package of its own
    draw_things    Draw Things' dialect: a package of its own
    a1111          A1111's dialect: a package of its own

What all dialects share on top
    parameters     what there is to know of one parameter: a row of the table
    sections       the table: a request's sections, each field a row
    request        one frozen tree that is the whole request
    answer         the pictures that come back, verified
    progress       how far a server is
    turn           whose turn it is at a server that others use too
    upscaling      how pictures are enlarged or restored
    training       what a server is to learn
    features       what a server may be able to do: all that the layers above ask for
    table          the same for people: a row for each thing that a server may have
    configuration  what is set in a server's own window
    metadata       how a picture was made, as its file tells
    catalogue      what a server has to choose from
    models         what is known of models by their names, and the settings that are recommended for them
    names          which entry of a list a name means, however it is spelled
    compatibility  what of a request has no effect on the connected server
    dialect        what is known of a dialect without asking a server
    capabilities   what one server was found to offer
    interface      the client: its verbs are all that the layers above call
    connect        the row of dialects, and who answers at an address
    connections    which dialect each server speaks and what it offers, kept until it proves wrong
    checks         single values of a request
    budget         how much one answer may hold, by what was asked for
    bounds         how much is taken of a stranger's words
"""
