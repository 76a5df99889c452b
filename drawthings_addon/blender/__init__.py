# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The only place that touches `bpy.data`. Everything here runs on the main thread.

    actions      what operators do: a package of its own
    capture      viewport, render, image and maps become what is sent: a package of its own
    delivery     a picture becomes a datablock, a texture, or replaces what was sent: a package of its own
    session      joins jobs to Blender: a package of its own
    compare      before and after, drawn by the GPU: a package of its own
    painting     the mask of Only Here, painted with Blender's brushes: a package of its own
What is meant
    selection    where the artist presses and what is selected: Blender's context as data
    mask_image   the image that is the mask of Only Here, made and kept in the file
    painted      the mask that is painted now, and the picture below it
    subject      what a press about a material means: the editor's own subject first
    node_reading which image carries a colour, and which shader shows
    readiness    why no picture can be made at all now
    connection   what is known of the connected server
The panel's settings
    settings     become a request
    map_settings the settings of maps, there and back
    canvas_settings  those of pictures that repeat, and of larger ones
    prompts      the prompt in a Text Editor, and those that were pressed before
    picture_size the width and height of new pictures: aspects and swap
    in_force     what is set besides prompt and plain numbers, named and cleared
    adopt        a recipe, or what is set in the app, becomes the panel's settings
    taken        what somebody else's picture brought into the panel, in words
    values       values as their text fields hold them
    axes         what the sides of a grid can be of
    grids        what a press would make of the grid in the panel
    model_entries the models that the server has or may have, in the window manager
    choices      what the settings can be chosen from
Underneath
    gpu_memory   the server's GPU freed while Blender renders
    windows      what of ours is redrawn, and whether the artist's hands are full
    dialogs      a dialog of ours that stays open, redrawn
    decoding     pixels of what Blender alone decodes
    lettering    texts as triangles, by Blender's fonts
    summary      a result in a few words
    history_words  an entry of the history, and what was found
    visibility   whether a 3D View shows textures
    previews     thumbnails and dots as icons
    udim         one tile of a tiled image
    undo         named undo steps
    temporary    what is shown for a moment, ended before anything builds on it
    handlers     Blender's application handlers, added and removed
    breaking     Ctrl+C in background
    preserve     scene settings put back whatever happens
    reports      what Blender itself says when something fails
    bug_report   what a report of a bug needs to tell
    paths        folders and files, as people type them
    compat       every difference between Blender versions
"""
