# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What artists type as an address."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawthings_addon.client.http.address import Server, normalise
from drawthings_addon.errors import InvalidSettings


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("127.0.0.1:7860", "http://127.0.0.1:7860"),
        ("http://127.0.0.1:7860", "http://127.0.0.1:7860"),
        ("  http://mac.local:7860/  ", "http://mac.local:7860"),
        ("http://mac.local:7860///", "http://mac.local:7860"),
        ("HTTP://Mac.Local:7860", "http://mac.local:7860"),
        ("localhost", "http://127.0.0.1:7860"),
        ("LocalHost:7888", "http://127.0.0.1:7888"),
        ("localhost.", "http://127.0.0.1:7860"),
        ("0.0.0.0:7860", "http://127.0.0.1:7860"),
        ("mac", "http://mac:7860"),
        ("192.168.1.20", "http://192.168.1.20:7860"),
        ("192.168.1.20:07860", "http://192.168.1.20:7860"),
        ("::1", "http://[::1]:7860"),
        ("[::1]:7860", "http://[::1]:7860"),
        ("http://[FE80::0001]:7860/", "http://[fe80::1]:7860"),
        ("[::]:7860", "http://[::1]:7860"),
        ("https://mac.example", "https://mac.example"),
        ("https://mac.example:8443/", "https://mac.example:8443"),
        ("http://host/sd/", "http://host/sd"),
        ("http://host:80/a/b", "http://host:80/a/b"),
        ("http://127.0.0.1:7860/?__theme=dark#x", "http://127.0.0.1:7860"),
        ("http://127.0.0.1:7860/sdapi/v1/txt2img", "http://127.0.0.1:7860"),
        ("http:\\\\mac", "http://mac:7860"),
        ("１２７.0.0.1:7860", "http://127.0.0.1:7860"),
        ("ⓛocalhost", "http://127.0.0.1:7860"),
        ("127.0.0.1.:7860", "http://127.0.0.1:7860"),
        ("büro.local:7860", "http://xn--bro-hoa.local:7860"),
        ("127.0.0.1:7860\n", "http://127.0.0.1:7860"),
        ("http://127.0.0.1:7860/docs", "http://127.0.0.1:7860"),
        ("http://127.0.0.1:7860/docs/", "http://127.0.0.1:7860"),
        ("http://127.0.0.1:7860/docs#/default/text2imgapi_sdapi_v1_txt2img_post", "http://127.0.0.1:7860"),
        ("http://127.0.0.1:7860/redoc?x=1", "http://127.0.0.1:7860"),
        ("127.0.0.1:7860/openapi.json", "http://127.0.0.1:7860"),
        ("127.0.0.1:7860/sdapi", "http://127.0.0.1:7860"),
        ("127.0.0.1:7860/sdapi/v1/", "http://127.0.0.1:7860"),
        ("127.0.0.1:7860//sdapi/v1/options", "http://127.0.0.1:7860"),
        ("127.0.0.1:7860/controlnet/model_list", "http://127.0.0.1:7860"),
        ("https://host/sd/docs/docs", "https://host/sd"),
        ("mac/docs", "http://mac:7860"),
        ("https://mac.example/docs", "https://mac.example"),
        ("https://host/sd/docs", "https://host/sd"),
        ("https://host/sd/openapi.json", "https://host/sd"),
        ("https://host/sd/sdapi/v1/sd-models", "https://host/sd"),
        ("https://host/sd/?__theme=dark", "https://host/sd"),
        ("https://host/sd/#/tab", "https://host/sd"),
        ("https://host/docs/sd", "https://host/docs/sd"),
        ("https://host/my-docs", "https://host/my-docs"),
        ("https://host/sdapi-proxy/", "https://host/sdapi-proxy"),
        ("localhost:7860/", "http://127.0.0.1:7860"),
        ("localhost:7860?__theme=dark", "http://127.0.0.1:7860"),
        ("localhost:7860/?q=a b", "http://127.0.0.1:7860"),
        ("localhost:7860/?" + "q" * 2000, "http://127.0.0.1:7860"),
        ("localhost:7860#", "http://127.0.0.1:7860"),
        ("[::1]:7860/docs", "http://[::1]:7860"),
        ("<http://127.0.0.1:7860/>", "http://127.0.0.1:7860"),
        ('"http://127.0.0.1:7860"', "http://127.0.0.1:7860"),
        ("\ufeffhttp://127.0.0.1:7860\u200b", "http://127.0.0.1:7860"),
        ("http：／／127．0．0．1：7860／docs", "http://127.0.0.1:7860"),
        ("192。168。1。20:7860", "http://192.168.1.20:7860"),
        ("http://127.0.0.1:7860.", "http://127.0.0.1:7860"),
        ("http://127.0.0.1:7860/docs,", "http://127.0.0.1:7860"),
        ("(http://127.0.0.1:7860).", "http://127.0.0.1:7860"),
        ("＜http://127.0.0.1:7860＞、", "http://127.0.0.1:7860"),
        ("HTTP://127.0.0.1:7860/DOCS", "http://127.0.0.1:7860"),
        ("http://127.0.0.1:7860/file=/tmp/a.png", "http://127.0.0.1:7860"),
        ("https://host/sd/internal/ping", "https://host/sd"),
    ],
)
def test_brings_an_address_to_one_form(typed, url):
    assert normalise(typed) == url
    assert normalise(url) == url


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "http://",
        ":7860",
        "7860",
        "1.2.3",
        "²",
        "xn--\ufffd",
        "127.0.0.256:7860",
        "127.0.0.1:0",
        "127.0.0.1:65536",
        "127.0.0.1:-1",
        "127.0.0.1:http",
        "127.0.0.1:７８６０",
        "127.0.0.1:7860:7861",
        "mac local",
        "mac\x00local",
        "mac\r\nX-Header: 1",
        "http://mac\tlocal",
        "ftp://mac",
        "grpc://mac:7859",
        "file:///etc/passwd",
        "[::1",
        "[127.0.0.1]:7860",
        "[::1]7860",
        "fe80::1%en0",
        "-mac",
        "mac:",
        "http:/mac",
        "mac..local",
        "a" * 64,
        "a." * 200 + "b",
        "http://mac/../x",
        "http://mac/%zz",
        "mac!",
        "\ud800",
    ],
)
def test_refuses_what_is_no_address_and_shows_how_to_write_one(typed):
    with pytest.raises(InvalidSettings) as caught:
        normalise(typed)
    assert caught.value.what.endswith(".")
    assert caught.value.advice.endswith(".")


@pytest.mark.parametrize(
    "typed",
    [
        "http://ann:hunter2@mac:7860",
        "ann:hunter2@mac",
        "https://hunter2@mac/",
        "http://ann:hun/ter2@mac",
        "http://ann:hunter2@",
        "http://ann:hun#ter2@mac",
        "http://ann:hun?ter2@mac",
        "http://ann:hunter2＠mac",
    ],
)
def test_a_password_in_the_address_is_refused_and_not_repeated(typed):
    with pytest.raises(InvalidSettings) as caught:
        Server(typed)
    assert "hunter2" not in str(caught.value)
    assert "ter2" not in str(caught.value)
    assert "field" in caught.value.advice


@pytest.mark.parametrize(
    ("typed", "what"),
    [
        *((each, "http:// once") for each in (
            "http://http://mac:7860", "https://http://mac", "http:/mac:7860", "http:mac", "http:7860",
            "http//mac:7860", "HTTPS:7860",
        )),
        *((each, "network card") for each in ("fe80::1%en0", "[fe80::1%en0]:7860", "http://[fe80::1%25en0]/docs")),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_address_is_said(typed: str, what: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        normalise(typed)
    assert what in caught.value.what


def test_a_server_never_shows_its_password():
    server = Server("mac:7860", username="ann", password="hunter2")
    assert "hunter2" not in repr(server)
    assert server.url == "http://mac:7860"
    assert server.label == "mac:7860"


@pytest.mark.parametrize(
    ("typed", "is_loopback"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.255.3.4:1", True),
        ("[::1]", True),
        ("[::ffff:127.0.0.1]", True),
        ("0.0.0.0", True),
        ("[::ffff:10.0.0.1]", False),
        ("192.168.0.1", False),
        ("mac.local", False),
        ("localhost.example.com", False),
        ("127.0.0.1.example.com", False),
        ("0x7f000001", False),
        ("http://example.com/127.0.0.1", False),
    ],
)
def test_only_this_computer_is_loopback(typed, is_loopback):
    assert Server(typed).is_loopback is is_loopback


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), True])
def test_time_outs_are_numbers_above_zero(seconds):
    with pytest.raises(InvalidSettings):
        Server("mac", connect_timeout=seconds)
    with pytest.raises(InvalidSettings):
        Server("mac", read_timeout=seconds)


def test_a_user_name_with_a_colon_would_become_part_of_the_password():
    with pytest.raises(InvalidSettings):
        Server("mac", username="a:b")


@given(st.text() | st.from_regex(r"(https?://)?[\w.\[\]:%-]{0,20}(:\d{0,6})?(/\S*)?", fullmatch=True))
def test_any_text_is_an_address_or_is_refused_in_words(typed):
    try:
        server = Server(typed)
    except InvalidSettings as error:
        assert error.what
        assert error.advice
        return
    parts = urlsplit(server.url)
    assert parts.scheme in ("http", "https")
    assert parts.hostname
    assert parts.username is None
    assert not (parts.query or parts.fragment)
    assert server.url.isascii()
    assert server.url.isprintable()
    assert not server.url.endswith("/")
    assert parts.port is None or 1 <= parts.port <= 65535
    assert Server(server.url) == server
    if server.is_loopback:
        address = ipaddress.ip_address(parts.hostname)
        mapped = getattr(address, "ipv4_mapped", None)
        assert (mapped or address).is_loopback
