# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a picture tells about itself is read leniently, and never believed to be well-formed."""

from __future__ import annotations

import json
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawthings_addon.client.draw_things import xmp
from drawthings_addon.imaging import png
from tests.unit.http_fakes import picture

COMMENT = {"c": 'say "hi" <b> & äöü 銅', "seed": 4242, "size": "64x64", "v2": {"seed": 4242, "steps": 8}}


def element(comment):
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description>\n<exif:UserComment>\n <rdf:Alt>'
        f'<rdf:li xml:lang="x-default">{escape(comment)}</rdf:li>\n</rdf:Alt></exif:UserComment>'
        "<xmp:CreatorTool>Draw Things</xmp:CreatorTool></rdf:Description></rdf:RDF></x:xmpmeta>"
    )


@pytest.mark.parametrize(
    "text",
    [
        element(json.dumps(COMMENT)),
        element(json.dumps(COMMENT, ensure_ascii=False)).replace('"hi"', "&quot;hi&quot;"),
        f"<rdf:Description exif:UserComment={quoteattr(json.dumps(COMMENT))}/>",
        f"<exif:UserComment><![CDATA[{json.dumps(COMMENT)}]]></exif:UserComment>",
        f"<exif:UserComment>{escape(json.dumps(COMMENT))}</exif:UserComment>",
    ],
)
def test_seed_and_configuration_are_read(text):
    text = text.replace("\\&quot;hi\\&quot;", '\\"hi\\"')
    metadata = xmp.read_xmp(text)
    assert metadata.seed == 4242
    assert metadata.configuration == COMMENT


def test_out_of_a_picture():
    data = picture(text={xmp.KEYWORD: element(json.dumps(COMMENT))})
    assert xmp.read_xmp(png.read_text(data)[xmp.KEYWORD]).seed == 4242


@pytest.mark.parametrize(
    ("values", "seed"),
    [
        ({"seed": 0}, 0),
        ({"seed": 2**32 - 1}, 2**32 - 1),
        ({"seed": 2**32}, None),
        ({"seed": -1}, None),
        ({"seed": True}, None),
        ({"seed": 5.0}, 5),
        ({"seed": 5.5}, None),
        ({"seed": "5"}, 5),
        ({"seed": "9" * 5000}, None),
        ({"seed": "²"}, None),
        ({"seed": None, "v2": {"seed": 6}}, 6),
        ({"v2": [5]}, None),
        ({}, None),
    ],
)
def test_seeds(values, seed):
    assert xmp.read_xmp(element(json.dumps(values))).seed == seed


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<exif:UserComment>",
        "<exif:UserComment",
        "<exif:UserComment></exif:UserComment>",
        "exif:UserComment=",
        "exif:UserComment='{",
        element("[1]"),
        element('{"seed": NaN}'),
        element("[" * 100_000),
        element('{"seed": 1e999}'),
        "<exif:UserComment>" * 50_000,
        "<!DOCTYPE a [<!ENTITY b 'c'>]><exif:UserComment>&b;</exif:UserComment>",
    ],
    ids=lambda text: repr(text[:30]),
)
def test_what_tells_nothing(text):
    assert xmp.read_xmp(text).seed is None


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(data):
    made = png.encode(picture_pixels, text={xmp.KEYWORD: data.decode("latin-1")})
    assert xmp.read_xmp(png.read_text(made).get(xmp.KEYWORD, "")).seed is None


@given(st.text() | st.text(alphabet='<>/exif:UserComment="\'{}[]seed0123,&;#'))
def test_no_text_breaks_the_reader(text):
    for whole in (
        text,
        element(text),
        f"<exif:UserComment>{text}</exif:UserComment>",
        f"exif:UserComment='{text}",
    ):
        metadata = xmp.read_xmp(whole)
        assert metadata.seed is None or 0 <= metadata.seed < 2**32
        assert isinstance(metadata.configuration, dict)


picture_pixels = png.decode(picture(8, 8))
