# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The mask's red veil on the mesh that is painted on.

Solid shading shows the canvas, which is the mask: there the picture is drawn, too. Other shadings show the
material, and the veil alone lies over it. Faces with materials that do not show the picture have no veil, and
in Solid shading their own texture. The mesh goes to the GPU once, and again when its geometry changes.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import bpy
import numpy as np
from bpy.app.handlers import persistent

from .. import handlers, painted, subject, udim, windows
from ..capture import faces
from ..compare import painter
from ..compare.painter import Texture
from ..compare.textures import Drawn, DrawnImage, DrawnPixels
from ..delivery.target import Reference
from . import overlay

if TYPE_CHECKING:
    import gpu
    from numpy.typing import NDArray

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


@dataclass(frozen=True)
class _Part:
    """Faces as the GPU has them."""

    batch: gpu.types.GPUBatch
    shows: Drawn | None = None
    """None: the picture that lies under the mask."""


#: The mesh; None: it has to be taken anew.
_parts: tuple[_Part, ...] | None = None


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
    global _handle, _parts
    _parts = None
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
    global _parts
    painting, context = painted.now(), bpy.context
    owner = painting.owner.resolve() if painting is not None and painting.owner is not None else None
    mask = painting.mask.resolve() if painting is not None else None
    if painting is None or not isinstance(owner, bpy.types.Object) or not isinstance(mask, bpy.types.Image):
        return
    if not owner.visible_get() or owner.mode != 'TEXTURE_PAINT':
        return
    if _parts is None:
        _parts = _taken(owner, painting.seen(), context)
    is_solid = context.space_data.shading.type in {'SOLID', 'WIREFRAME'}
    found = overlay.below(painting.picture)
    white = DrawnImage(painting.mask).texture()
    if white is None:
        return
    _prepare(context, owner, mask, white.texture)
    for part in _parts:
        if part.shows is not None:
            drawn = part.shows.texture() if is_solid else None
            if drawn is not None:
                _draw(part, drawn.texture, opacity=1.0, has_veil=False)
        elif is_solid:
            _draw_picture(part, found)
        elif not found.has_tiles:
            _draw(part, white.texture)


def _draw_picture(part: _Part, found: overlay.Below) -> None:
    for number, drawn in found.tiles:
        texture = drawn.texture()
        if texture is not None and number:
            # Each tile of the mask is drawn by Blender: only the first one's texture is known.
            column, row = udim.column_and_row(number)
            tile = float(column), float(row), 1.0, 0.0
            _draw(part, texture.texture, tile, opacity=overlay.OVER_TILES, has_veil=False)
        elif texture is not None:
            _draw(part, texture.texture, opacity=1.0)


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


def _draw(
    part: _Part,
    picture: Any,
    tile: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0),
    *,
    opacity: float = 0.0,
    has_veil: bool = True,
) -> None:
    import gpu

    shader = _shader()
    r, g, b, a = overlay.VEIL
    shader.uniform_float("tint", (r, g, b, a if has_veil else 0.0))
    shader.uniform_float("tile", tile)
    shader.uniform_float("opacity", opacity)
    shader.uniform_sampler("picture", picture)
    gpu.state.blend_set('ALPHA_PREMULT')
    gpu.state.depth_test_set('LESS_EQUAL')
    gpu.state.depth_mask_set(False)
    try:
        part.batch.draw(shader)
    finally:
        gpu.state.blend_set('NONE')
        gpu.state.depth_test_set('NONE')


def _taken(owner: bpy.types.Object, picture: bpy.types.Image | None, context: Any) -> tuple[_Part, ...]:
    """The mesh as it is seen, with its modifiers; nothing where it has no UV map or no faces."""
    import gpu

    mesh = owner.evaluated_get(context.evaluated_depsgraph_get()).data
    layer = mesh.uv_layers.active if isinstance(mesh, bpy.types.Mesh) else None
    if layer is None or not mesh.loops:
        return ()
    positions = np.empty(3 * len(mesh.vertices), np.float32)
    mesh.attributes["position"].data.foreach_get("vector", positions)
    corners = np.empty(len(mesh.loops), np.int32)
    mesh.loops.foreach_get("vertex_index", corners)
    uvs = np.empty(2 * len(mesh.loops), np.float32)
    layer.uv.foreach_get("vector", uvs)
    normals = np.empty(3 * len(mesh.loops), np.float32)
    mesh.corner_normals.foreach_get("vector", normals)
    mesh.calc_loop_triangles()
    loops = np.empty(3 * len(mesh.loop_triangles), np.int32)
    mesh.loop_triangles.foreach_get("loops", loops)
    triangles = loops.reshape(-1, 3)
    shape = gpu.types.GPUVertFormat()
    shape.attr_add(id="position", comp_type='F32', len=3, fetch_mode='FLOAT')
    shape.attr_add(id="uv", comp_type='F32', len=2, fetch_mode='FLOAT')
    shape.attr_add(id="normal", comp_type='F32', len=3, fetch_mode='FLOAT')
    points = gpu.types.GPUVertBuf(shape, len(corners))
    points.attr_fill("position", np.ascontiguousarray(positions.reshape(-1, 3)[corners]))
    points.attr_fill("uv", uvs.reshape(-1, 2))
    points.attr_fill("normal", normals.reshape(-1, 3))

    def part(chosen: NDArray[np.int32], shows: Drawn | None = None) -> _Part:
        order = gpu.types.GPUIndexBuf(type='TRIS', seq=np.ascontiguousarray(chosen))
        return _Part(gpu.types.GPUBatch(type='TRIS', buf=points, elem=order), shows)

    slots = faces.slots_with(picture, owner) if picture is not None else []
    if not any(slots) or all(slots):
        return (part(triangles),)
    found = np.empty(len(triangles), np.int32)
    mesh.loop_triangles.foreach_get("material_index", found)
    found = np.minimum(found, len(slots) - 1)
    its_own = np.array(slots)[found]
    # An index buffer of nothing draws everything.
    parts = [part(triangles[its_own])] if its_own.any() else []
    for slot in {*found[~its_own].tolist()}:
        material = owner.material_slots[slot].material
        parts.append(part(triangles[found == slot], _own(material, context.scene.render.engine)))
    return tuple(parts)


def _own(material: bpy.types.Material | None, engine: str) -> Drawn:
    """What faces with another material show: its texture, else its colour."""
    import gpu

    for each in subject.of_material(material, engine) if material is not None else ():
        if each.image is not None and each.image.source in {'FILE', 'GENERATED'}:
            return DrawnImage(Reference.to(each.image))
    color = material.diffuse_color if material is not None else (0.8, 0.8, 0.8, 1.0)
    flat = gpu.types.GPUTexture((1, 1), format='RGBA16F', data=gpu.types.Buffer('FLOAT', 4, list(color)))
    return DrawnPixels(Texture(flat))


@persistent
def _scene_changed(_scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> None:
    global _parts
    painting = painted.now()
    if painting is None or painting.owner is None:
        return
    for update in depsgraph.updates:
        if update.is_updated_geometry and isinstance(update.id, bpy.types.Object | bpy.types.Mesh):
            owner = painting.owner.resolve()
            if isinstance(owner, bpy.types.Object) and update.id.original in (owner, owner.data):
                _parts = None
                return


_HANDLERS: tuple[handlers.Named, ...] = (("depsgraph_update_post", _scene_changed),)
