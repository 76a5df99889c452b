# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The only place that touches `bpy.data`. Everything here runs on the main thread.

What runs
    session      joins jobs to Blender: one timer that lives while there is work
    status       how the server is, as far as it is known
    connection   what is asked of the server besides pictures, and what is known of it
    generate     txt2img and img2img as functions
    readiness    why no picture can be made at all now
    gpu_memory   the server's GPU freed while Blender renders
What is meant
    subject       what an order about a material means: the editor's own subject first
    node_reading  which image carries a colour, and which shader shows
What is sent
    settings     the panel's settings become a request
    in_force     what is set besides prompt and plain numbers, named and cleared
    adopt        a recipe, or what is set in the app, becomes the panel's settings
    taken        what somebody else's picture brought into the panel, in words
    values       values as their text fields hold them
    capture      viewport, render and image become a frozen Source: a package of its own
    udim         one tile of a tiled image
    written      pictures that Blender itself writes, as it displays them
    controlnet   which maps of the scene guide a picture
    control_maps depth, normal and line maps of the scene
    camera_ring  pictures of an object from all around, as a data set
    render_job   a fresh render without a frozen window
    scene_copy   renders from a copy of the scene that is gone when they are done
What comes back
    deliver      a picture becomes an image datablock, a material's texture, or replaces what was sent
    target       where a result goes, in a form that survives undo and file loading
    result       a picture that arrived, with what makes it again
    results      what can be done with it
    again        another picture like one that is there, to the same place
    provenance   what a picture was made from and where it went, on its datablock
    editors      what Image Editors show, also after undo and redo
    images       image datablocks of results and their recipes
    materials    the image that feeds a socket of the Principled BSDF
    preflight    where a press would bring its picture, and what stands in the way
    node_placing where a new node has room
    coordinates  by what an image node looks its picture up: UV maps, or others
    uv           how a picture lies on an object: UV map, Smart UV Project, box projection
    notices      sentences that stay in the panel until they are dismissed
    windows      what of ours is redrawn, and whether the artist's hands are full
    previews     thumbnails and dots as icons
Underneath
    choices      what the settings can be chosen from
    handlers     Blender's application handlers, added and removed
    preserve     scene settings put back whatever happens
    reports      what Blender itself says when something fails
    paths        folders and files, as people type them
    compat       every difference between Blender versions
"""
