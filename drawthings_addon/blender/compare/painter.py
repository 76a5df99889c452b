# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pictures, lines and words drawn by the GPU into an editor's region, in pixels from its lower left corner.

A picture has the colours of its file. What is drawn after Blender's own pixels lies in a layer that Blender
blends over them as linear light and encodes with an exponent of 2.2 (measured on 4.3 and 5.2, in the 3D View
and in the Image Editor): that is taken into account, so that the bytes on the screen are those of the file.
The layer holds 8 bits by sRGB's curve: near black, below 7 of 255, it has one step.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import gpu

Color = tuple[float, float, float, float]


@dataclass(frozen=True)
class Rectangle:
    """In a region: pixels from its left and lower edges, not rounded."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def is_empty(self) -> bool:
        return self.right <= self.left or self.top <= self.bottom

    def within(self, other: Rectangle) -> Rectangle:
        """The part that both have."""
        return Rectangle(
            max(self.left, other.left),
            max(self.bottom, other.bottom),
            min(self.right, other.right),
            min(self.top, other.top),
        )


@dataclass(frozen=True)
class Texture:
    """A picture on the GPU, row 0 at the bottom."""

    texture: gpu.types.GPUTexture
    is_linear: bool = True
    """What is read from it is linear light; else it is as it is displayed."""
    is_premultiplied: bool = False
    is_packed: bool = False
    """Its alpha is a channel like the others, and hides nothing of them."""


@dataclass(frozen=True)
class Ground:
    """What is seen through a picture where it covers what is below: squares, as Blender draws them."""

    first: tuple[float, float, float] = (0.2, 0.2, 0.2)
    second: tuple[float, float, float] = (0.15, 0.15, 0.15)
    edge: float = 8.0
    """Pixels; 0: the picture is shown as if it were opaque."""


_VERTEX = """
void main()
{
  place = mix(part.xy, part.zw, corner);
  gl_Position = vec4(mix(where.xy, where.zw, corner), 0.0, 1.0);
}
"""

# Texels are fetched and mixed here: how a texture of Blender's is filtered is the affair of whoever drew
# it last.
_SAMPLED = """
vec3 displayed(vec3 light)
{
  vec3 low = light * 12.92;
  vec3 high = 1.055 * pow(max(light, vec3(0.0)), vec3(1.0 / 2.4)) - 0.055;
  return mix(high, low, vec3(lessThan(light, vec3(0.0031308))));
}

vec4 texel(ivec2 at, ivec2 size)
{
  vec4 found = texelFetch(picture, clamp(at, ivec2(0), size - 1), 0);
  if (is_premultiplied == 0) {
    found.rgb *= found.a;
  }
  return found;
}

vec4 smooth_texel(vec2 at, ivec2 size)
{
  vec2 low = floor(at - 0.5);
  vec2 share = at - 0.5 - low;
  ivec2 first = ivec2(low);
  vec4 below = mix(texel(first, size), texel(first + ivec2(1, 0), size), share.x);
  vec4 above = mix(texel(first + ivec2(0, 1), size), texel(first + ivec2(1, 1), size), share.x);
  return mix(below, above, share.y);
}

vec4 sampled()
{
  ivec2 size = textureSize(picture, 0);
  vec2 middle = place * vec2(size);
  if (taps == 0) {
    return texel(ivec2(floor(middle)), size);
  }
  if (taps == 1) {
    return smooth_texel(middle, size);
  }
  vec4 found = vec4(0.0);
  for (int row = 0; row < taps; row++) {
    for (int column = 0; column < taps; column++) {
      vec2 off = (vec2(column, row) + 0.5) / float(taps) - 0.5;
      found += texel(ivec2(floor(middle + off * footprint)), size);
    }
  }
  return found / float(taps * taps);
}
"""

_FRAGMENT = """
vec3 light(vec3 shown)
{
  vec3 exact = pow(shown, vec3(2.2));
  return max(exact, step(vec3(3.2 / 255.0), shown) * 1.6e-4);
}

void main()
{
  vec4 found = sampled();
  vec3 shown = found.a > 0.0 ? found.rgb / found.a : found.rgb;
  if (is_linear != 0) {
    shown = displayed(shown);
  }
  vec3 lit = light(clamp(shown, 0.0, 1.0));
  float cover = clamp(found.a, 0.0, 1.0);
  if (first.a > 0.0) {
    vec2 square = floor(gl_FragCoord.xy / max(second.a, 1.0));
    vec3 ground = mod(square.x + square.y, 2.0) < 0.5 ? first.rgb : second.rgb;
    lit = second.a > 0.0 ? mix(light(ground), lit, cover) : lit;
    cover = 1.0;
  }
  cover *= opacity;
  color = vec4((srgbTarget ? lit : pow(lit, vec3(1.0 / 2.2))) * cover, cover);
}
"""

#: A veil has lines, so that it is seen over a picture of its own colour, too.
STRIPED = """
vec3 striped(vec3 tint)
{
  return mod(gl_FragCoord.x + gl_FragCoord.y, 10.0) < 2.0 ? mix(tint, vec3(1.0), 0.75) : tint;
}
"""

#: How white a mask is, and black where it is transparent.
_VEIL = "".join(
    (
        STRIPED,
        """
void main()
{
  vec3 found = clamp(sampled().rgb, 0.0, 1.0);
  if (is_linear != 0) {
    found = displayed(found);
  }
  float cover = dot(found, vec3(0.2126, 0.7152, 0.0722)) * tint.a;
  vec3 shown = striped(tint.rgb);
  color = vec4((srgbTarget ? pow(shown, vec3(2.2)) : shown) * cover, cover);
}
""",
    )
)

_FLAT = """
void main()
{
  color = vec4((srgbTarget ? pow(tint.rgb, vec3(2.2)) : tint.rgb) * tint.a, tint.a);
}
"""

_CORNERS = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0))
#: More of a picture's pixels than these, squared, are not looked at for one of the screen's.
_MOST_TAPS = 4


@dataclass(frozen=True)
class _Program:
    """A shader and the one rectangle that it draws."""

    shader: gpu.types.GPUShader
    batch: gpu.types.GPUBatch


def _compiled(
    name: str, fragment: str, numbers: tuple[tuple[str, str], ...], *, has_picture: bool
) -> _Program:
    import gpu
    from gpu_extras.batch import batch_for_shader

    info = gpu.types.GPUShaderCreateInfo()
    for kind, number in numbers:
        info.push_constant(kind, number)
    # Blender sets it to whether the target encodes what it is given.
    info.push_constant('BOOL', "srgbTarget")
    if has_picture:
        info.sampler(0, 'FLOAT_2D', "picture")
    info.vertex_in(0, 'VEC2', "corner")
    between = gpu.types.GPUStageInterfaceInfo(name)
    between.smooth('VEC2', "place")
    info.vertex_out(between)
    info.fragment_out(0, 'VEC4', "color")
    info.vertex_source(_VERTEX)
    info.fragment_source("".join((_SAMPLED, fragment)) if has_picture else fragment)
    shader = gpu.shader.create_from_info(info)
    return _Program(shader, batch_for_shader(shader, 'TRI_STRIP', {"corner": _CORNERS}))


@functools.cache
def _pictures() -> _Program:
    numbers = (
        ('VEC4', "where"), ('VEC4', "part"), ('VEC4', "first"), ('VEC4', "second"), ('VEC2', "footprint"),
        ('FLOAT', "opacity"), ('INT', "taps"), ('INT', "is_premultiplied"), ('INT', "is_linear"),
    )  # fmt: skip
    return _compiled("drawthings_picture", _FRAGMENT, numbers, has_picture=True)


@functools.cache
def _flat() -> _Program:
    numbers = (('VEC4', "where"), ('VEC4', "part"), ('VEC4', "tint"))
    return _compiled("drawthings_flat", _FLAT, numbers, has_picture=False)


@functools.cache
def _veils() -> _Program:
    numbers = (
        ('VEC4', "where"), ('VEC4', "part"), ('VEC4', "tint"), ('VEC2', "footprint"), ('INT', "taps"),
        ('INT', "is_premultiplied"), ('INT', "is_linear"),
    )  # fmt: skip
    return _compiled("drawthings_veil", _VEIL, numbers, has_picture=True)


def free() -> None:
    """Forget the shaders."""
    _veils.cache_clear()
    _pictures.cache_clear()
    _flat.cache_clear()


def picture(
    region: Any,
    texture: Texture,
    whole: Rectangle,
    part: Rectangle,
    *,
    opacity: float = 1.0,
    is_smooth: bool = True,
    ground: Ground | None = None,
) -> None:
    """Draw of a picture that lies at `whole` what is in `part`, with an opacity from 0 to 1.

    One that is enlarged is smooth, or shows its pixels as squares. With a ground nothing below is seen.
    """
    seen = part.within(whole)
    if seen.is_empty or opacity <= 0.0:
        return
    program = _pictures()
    _place(program.shader, region, texture, whole, seen, is_smooth=is_smooth)
    shader = program.shader
    shader.uniform_float("first", (*ground.first, 1.0) if ground else (0.0, 0.0, 0.0, 0.0))
    shader.uniform_float("second", (*ground.second, ground.edge) if ground else (0.0, 0.0, 0.0, 1.0))
    shader.uniform_float("opacity", opacity)
    _draw(program)


def veil(region: Any, texture: Texture, whole: Rectangle, tint: Color, *, is_data: bool) -> None:
    """Draw a mask that lies at `whole` as a veil, whose alpha is that of `tint` where the mask is white.
    `is_data`: its numbers are how white it is, though the texture is taken for linear light."""
    seen = whole.within(Rectangle(0.0, 0.0, region.width, region.height))
    if seen.is_empty:
        return
    program = _veils()
    _place(program.shader, region, replace(texture, is_linear=not is_data), whole, seen, is_smooth=True)
    program.shader.uniform_float("tint", tint)
    _draw(program)


def _place(
    shader: gpu.types.GPUShader,
    region: Any,
    texture: Texture,
    whole: Rectangle,
    seen: Rectangle,
    *,
    is_smooth: bool,
) -> None:
    """Bind a shader for the part of a picture at `whole` that is seen."""
    width, height = whole.right - whole.left, whole.top - whole.bottom
    # A picture's pixels for one of the screen's.
    across, up = texture.texture.width / width, texture.texture.height / height
    taps = min(-int(-max(across, up) // 1), _MOST_TAPS)
    shader.bind()
    shader.uniform_float("where", _in_clip_space(region, seen))
    shader.uniform_float(
        "part",
        (
            (seen.left - whole.left) / width,
            (seen.bottom - whole.bottom) / height,
            (seen.right - whole.left) / width,
            (seen.top - whole.bottom) / height,
        ),
    )
    shader.uniform_float("footprint", (across, up))
    shader.uniform_int("taps", taps if taps > 1 else int(is_smooth))
    shader.uniform_int("is_premultiplied", texture.is_premultiplied)
    shader.uniform_int("is_linear", texture.is_linear)
    shader.uniform_sampler("picture", texture.texture)


def box(region: Any, where: Rectangle, color: Color) -> None:
    """Draw a rectangle of one colour, as it is displayed, with straight alpha."""
    if where.is_empty:
        return
    program = _flat()
    program.shader.bind()
    program.shader.uniform_float("where", _in_clip_space(region, where))
    program.shader.uniform_float("tint", color)
    _draw(program)


def words(text: str, left: float, bottom: float, size: float, *, from_right: bool = False) -> None:
    """Draw white words with a dark rim that end at `left` with `from_right`, else begin there."""
    import blf

    blf.size(0, size)
    if from_right:
        left -= blf.dimensions(0, text)[0]
    blf.enable(0, blf.SHADOW)
    blf.shadow(0, 5, 0.0, 0.0, 0.0, 1.0)
    blf.shadow_offset(0, 0, 0)
    blf.color(0, 1.0, 1.0, 1.0, 1.0)
    blf.position(0, left, bottom, 0)
    blf.draw(0, text)
    blf.disable(0, blf.SHADOW)


def _in_clip_space(region: Any, where: Rectangle) -> tuple[float, float, float, float]:
    width, height = max(region.width, 1) / 2, max(region.height, 1) / 2
    return (
        where.left / width - 1.0,
        where.bottom / height - 1.0,
        where.right / width - 1.0,
        where.top / height - 1.0,
    )


def _draw(program: _Program) -> None:
    import gpu

    gpu.state.blend_set('ALPHA_PREMULT')
    try:
        program.batch.draw(program.shader)
    finally:
        gpu.state.blend_set('NONE')
