# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pictures as numpy arrays; knows nothing of Blender or of servers.

pixels        what a picture is: uint8 (height, width, channels), row 0 at the top
png           PNG in and out
png_chunks    a PNG's chunks, one after the other
png_filters   the filters of a PNG's rows
png_text      texts in a PNG
formats       in which a picture can come, told by its first bytes
jpeg          the size of a JPEG, and whether it is whole
webp          the same of a WebP
headers       the sizes of the rarer formats
exif          the comment in a picture's Exif block
tga           uncompressed TGA, as Blender writes bytes as they are
exr           OpenEXR in and out: layers, and floats that stay floats
steps         what is done to a picture before it is sent and undone on the way back, as a row of steps
fit           any size to one that a server takes, and back
masks         where a picture is made anew: grown, feathered, blended
region        the part of a picture around a mask, and the size at which it is worked on
fill          what lies under a mask before it is sent
seams         a picture that repeats without a seam, made of its own pixels
borders       whether the border of a picture is one to look at where it repeats
cuts          cuts of least difference between two bands that lie on one another
poisson       steps along such cuts taken away in the gradient domain
uv_mask       faces of a mesh as a mask, drawn through their UVs
alpha         transparency kept aside while the colours travel
colour        sRGB and linear, floats and bytes, rounded as Blender does
scale         resampling and thumbnails, whole pictures and parts
tiles         a picture as tiles that overlap, and put together from them
contact_sheet  pictures in rows and columns, labelled
lettering     lines of text as triangles, drawn with smooth edges
maps          the maps of a material, out of one picture
heights       heights out of a picture, and the normals, occlusion and roughness that follow
shading       the coarse light of a picture, and its colours without that
control_maps  depth and normals as ControlNet models read them
lines         the drawn lines of depth and normals
"""
