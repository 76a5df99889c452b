# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""One thing, spelled by several programs, is found in a server's list."""

from __future__ import annotations

import pytest

from drawthings_addon.client import names
from drawthings_addon.client.catalogue import Choice, plain

SD_SERVER = plain("default", "euler", "euler_a", "heun", "dpm++2s_a", "dpm++2m", "dpm++2mv2", "ddim_trailing")
KOBOLDCPP = (Choice("Euler"), Choice("Euler A", aliases=("k_euler_a",)), Choice("DPM++ 2M"), Choice("LCM"))


@pytest.mark.parametrize(
    ("name", "known", "found"),
    [
        ("Euler a", SD_SERVER, "euler_a"),
        ("Euler", SD_SERVER, "euler"),
        ("DPM++ 2M", SD_SERVER, "dpm++2m"),
        ("DPM++ 2S a", SD_SERVER, "dpm++2s_a"),
        ("k_dpmpp_2m", (Choice("DPM++ 2M", aliases=("k_dpmpp_2m",)),), "DPM++ 2M"),
        ("euler_a", KOBOLDCPP, "Euler A"),
        ("K_Euler_A", KOBOLDCPP, "Euler A"),
        ("dpmpp_2m", KOBOLDCPP, "DPM++ 2M"),
        ("karras", (Choice("karras", "Karras"),), "karras"),
        ("sgm-uniform", (Choice("sgm_uniform", "SGM Uniform"),), "sgm_uniform"),
        ("4x-UltraSharp", plain("4x_UltraSharp"), "4x_UltraSharp"),
    ],
)
def test_another_spelling_means_the_same(name, known, found):
    choice = names.find(name, known)
    assert choice is not None and choice.value == found
    assert names.spelled(name, known) == found


@pytest.mark.parametrize("name", ["UniPC Trailing", "DPM 2M", "DDIM", "", "++", "🎨"])
def test_another_name_means_nothing_of_the_list(name):
    assert names.find(name, SD_SERVER) is None
    assert names.spelled(name, SD_SERVER) == name


def test_what_is_spelled_alike_is_told_apart_by_its_letters():
    both = plain("Euler a", "euler_a")
    assert [names.spelled(each.value, both) for each in both] == ["Euler a", "euler_a"]


def test_a_name_of_signs_alone_is_found_letter_for_letter():
    assert names.spelled("🎨", plain("x", "🎨")) == "🎨"
    assert names.same("🎨", "🎨") and not names.same("🎨", "++")


def test_the_nearest_names_come_first():
    known = [choice.value for choice in SD_SERVER]
    assert names.nearest("Euler b", known)[:2] == ("euler", "euler_a")
    assert names.nearest("Zzz", known) == ()
