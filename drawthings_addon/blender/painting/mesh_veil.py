# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The mask's red veil on the mesh that is painted on.

Solid shading shows the canvas, which is the mask: there the picture is drawn, too. Other shadings show the
material, and the veil alone lies over it. The mesh goes to the GPU once, and again when its geometry changes.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import bpy
import numpy as np
from bpy.app.handlers import persistent

from .. import handlers, painted, windows
from ..compare import painter
from ..compare.textures import DrawnImage
from . import overlay

if TYPE_CHECKING:
    import gpu

_VERTEX = """
void main()
{
  vec4 world = object * vec4(position, 1.0);
  gl_Position = projection * (view * world);
  // In front of what Blender has drawn at the same place.
  gl_Position.z -= 2e-6 * gl_Position.w;
  place = uv;
  facing = (view * (object * vec4(normal, 0.0))).xyz;
}
"""

_FRAGMENT = "".join(
    (
        painter.STRIPED,
        """
vec3 displayed(vec3 light)
{
  vec3 low = light * 12.92;
  vec3 high = 1.055 * pow(max(light, vec3(0.0)), vec3(1.0 / 2.4)) - 0.055;
  return mix(high, low, vec3(lessThan(light, vec3(0.0031308))));
}

void main()
{
  vec2 at = place - tile.xy;
  if (tile.z > 0.5) {
    if (any(lessThan(at, vec2(0.0))) || any(greaterThanEqual(at, vec2(1.0)))) {
      discard;
    }
  }
  else {
    at = fract(at);
  }
  vec3 white = clamp(textureLod(mask, at, 0.0).rgb, 0.0, 1.0);
  if (is_data == 0) {
    white = displayed(white);
  }
  float cover = dot(white, vec3(0.2126, 0.7152, 0.0722)) * tint.a;
  vec3 veil = striped(tint.rgb);
  vec3 shown = veil;
  if (opacity > 0.0) {
    vec3 found = displayed(clamp(textureLod(picture, at, 0.0).rgb, 0.0, 1.0));
    float lit = 0.4 + 0.6 * abs(normalize(facing).z);
    shown = mix(found * lit, veil, cover);
    cover = opacity;
  }
  color = vec4((srgbTarget ? pow(shown, vec3(2.2)) : shown) * cover, cover);
}
""",
    )
)

_handle: object | None = None
#: The mesh as the GPU has it; None: it has to be taken anew.
_batch: gpu.types.GPUBatch | None = None


@functools.cache
def _shader() -> gpu.types.GPUShader:
    import gpu

    info = gpu.types.GPUShaderCreateInfo()
    for kind, name in (
        ('MAT4', "object"), ('VEC4', "tint"), ('VEC4', "tile"), ('FLOAT', "opacity"), ('INT', "is_data"),
        ('BOOL', "srgbTarget"),
    ):  # fmt: skip
        info.push_constant(kind, name)
    info.typedef_source("struct DrawThingsEye { mat4 view; mat4 projection; };")
    info.uniform_buf(0, "DrawThingsEye", "eye")
    info.sampler(0, 'FLOAT_2D', "mask")
    info.sampler(1, 'FLOAT_2D', "picture")
    info.vertex_in(0, 'VEC3', "position")
    info.vertex_in(1, 'VEC2', "uv")
    info.vertex_in(2, 'VEC3', "normal")
    between = gpu.types.GPUStageInterfaceInfo("drawthings_mesh_veil")
    between.smooth('VEC2', "place")
    between.smooth('VEC3', "facing")
    info.vertex_out(between)
    info.fragment_out(0, 'VEC4', "color")
    info.vertex_source(_VERTEX.replace("projection *", "eye.projection *").replace("view *", "eye.view *"))
    info.fragment_source(_FRAGMENT)
    return gpu.shader.create_from_info(info)


def show() -> None:
    """From now on."""
    global _handle
    if _handle is None and not bpy.app.background:
        painting = painted.now()
        assert painting is not None
        overlay.below.cache_clear()
        overlay.below(painting.picture)
        _handle = bpy.types.SpaceView3D.draw_handler_add(draw, (), 'WINDOW', 'POST_VIEW')
        handlers.add(_HANDLERS)
        windows.redraw_views()


def hide() -> None:
    """Also where nothing is shown."""
    global _handle, _batch
    _batch = None
    if _handle is not None:
        bpy.types.SpaceView3D.draw_handler_remove(_handle, 'WINDOW')
        _handle = None
        handlers.remove(_HANDLERS)
        windows.redraw_views()


def free() -> None:
    """Forget what the GPU has."""
    hide()
    _shader.cache_clear()
    _eye.cache_clear()


@functools.cache
def _eye() -> gpu.types.GPUUniformBuf:
    import gpu

    return gpu.types.GPUUniformBuf(gpu.types.Buffer('FLOAT', 32))


def draw() -> None:
    """Of the 3D View's region that is drawn."""
    global _batch
    painting, context = painted.now(), bpy.context
    owner = painting.owner.resolve() if painting is not None and painting.owner is not None else None
    mask = painting.mask.resolve() if painting is not None else None
    if painting is None or not isinstance(owner, bpy.types.Object) or not isinstance(mask, bpy.types.Image):
        return
    if not owner.visible_get() or owner.mode != 'TEXTURE_PAINT':
        return
    if _batch is None:
        _batch = _taken(owner, context.evaluated_depsgraph_get())
    if _batch is None:
        return
    is_solid = context.space_data.shading.type in {'SOLID', 'WIREFRAME'}
    found = overlay.below(painting.picture)
    white = DrawnImage(painting.mask).texture()
    if white is None:
        return
    _prepare(context, owner, mask, white.texture)
    if not is_solid:
        if not found.has_tiles:
            _draw(white.texture, (0.0, 0.0, 0.0, 0.0), 0.0)
        return
    for number, drawn in found.tiles:
        texture = drawn.texture()
        if texture is not None and number:
            column, row = (number - 1001) % 10, (number - 1001) // 10
            _draw(texture.texture, (float(column), float(row), 1.0, 0.0), overlay.OVER_TILES)
        elif texture is not None:
            _draw(texture.texture, (0.0, 0.0, 0.0, 0.0), 1.0)


def _prepare(context: Any, owner: bpy.types.Object, mask: bpy.types.Image, white: Any) -> None:
    import gpu

    shader, region_3d, eye = _shader(), context.region_data, _eye()
    columns = np.array([region_3d.view_matrix.transposed(), region_3d.window_matrix.transposed()], np.float32)
    eye.update(gpu.types.Buffer('FLOAT', 32, columns.ravel()))
    shader.bind()
    shader.uniform_block("eye", eye)
    shader.uniform_float("object", owner.matrix_world)
    shader.uniform_int("is_data", mask.colorspace_settings.is_data)
    shader.uniform_sampler("mask", white)


def _draw(picture: Any, tile: tuple[float, float, float, float], opacity: float) -> None:
    import gpu

    shader = _shader()
    # What lies under each tile of the mask is drawn by Blender: only the first one's texture is known.
    r, g, b, a = overlay.VEIL
    shader.uniform_float("tint", (r, g, b, 0.0 if tile[2] else a))
    shader.uniform_float("tile", tile)
    shader.uniform_float("opacity", opacity)
    shader.uniform_sampler("picture", picture)
    gpu.state.blend_set('ALPHA_PREMULT')
    gpu.state.depth_test_set('LESS_EQUAL')
    gpu.state.depth_mask_set(False)
    assert _batch is not None
    try:
        _batch.draw(shader)
    finally:
        gpu.state.blend_set('NONE')
        gpu.state.depth_test_set('NONE')


def _taken(owner: bpy.types.Object, depsgraph: bpy.types.Depsgraph) -> gpu.types.GPUBatch | None:
    """The mesh as it is seen, with its modifiers; None where it has no UV map or no faces."""
    import gpu

    mesh = owner.evaluated_get(depsgraph).data
    layer = mesh.uv_layers.active if isinstance(mesh, bpy.types.Mesh) else None
    if layer is None or not mesh.loops:
        return None
    positions = np.empty(3 * len(mesh.vertices), np.float32)
    mesh.attributes["position"].data.foreach_get("vector", positions)
    corners = np.empty(len(mesh.loops), np.int32)
    mesh.loops.foreach_get("vertex_index", corners)
    uvs = np.empty(2 * len(mesh.loops), np.float32)
    layer.uv.foreach_get("vector", uvs)
    normals = np.empty(3 * len(mesh.loops), np.float32)
    mesh.corner_normals.foreach_get("vector", normals)
    mesh.calc_loop_triangles()
    triangles = np.empty(3 * len(mesh.loop_triangles), np.int32)
    mesh.loop_triangles.foreach_get("loops", triangles)
    shape = gpu.types.GPUVertFormat()
    shape.attr_add(id="position", comp_type='F32', len=3, fetch_mode='FLOAT')
    shape.attr_add(id="uv", comp_type='F32', len=2, fetch_mode='FLOAT')
    shape.attr_add(id="normal", comp_type='F32', len=3, fetch_mode='FLOAT')
    points = gpu.types.GPUVertBuf(shape, len(corners))
    points.attr_fill("position", np.ascontiguousarray(positions.reshape(-1, 3)[corners]))
    points.attr_fill("uv", uvs.reshape(-1, 2))
    points.attr_fill("normal", normals.reshape(-1, 3))
    return gpu.types.GPUBatch(
        type='TRIS', buf=points, elem=gpu.types.GPUIndexBuf(type='TRIS', seq=triangles.reshape(-1, 3))
    )


@persistent
def _scene_changed(_scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> None:
    global _batch
    painting = painted.now()
    if painting is None or painting.owner is None:
        return
    for update in depsgraph.updates:
        if update.is_updated_geometry and isinstance(update.id, bpy.types.Object | bpy.types.Mesh):
            owner = painting.owner.resolve()
            if isinstance(owner, bpy.types.Object) and update.id.original in (owner, owner.data):
                _batch = None
                return


_HANDLERS: tuple[handlers.Named, ...] = (("depsgraph_update_post", _scene_changed),)
