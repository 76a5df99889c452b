# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The installed zip makes pictures, and goes on doing so after an update."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import addon_utils
import bpy

from local_server import StandIn

if TYPE_CHECKING:
    from .conftest import Installer

PACKAGE = "bl_ext.user_default.drawthings_addon"


def preferences() -> bpy.types.AddonPreferences:
    return bpy.context.preferences.addons[PACKAGE].preferences


def make_texture(server: StandIn) -> bpy.types.Image:
    """A texture on the start-up scene's cube, through the operator."""
    preferences().server_url = server.url
    settings = bpy.context.scene.drawthings
    settings.prompt = "weathered copper"
    settings.width = settings.height = 128
    before = set(bpy.data.images.keys())
    assert bpy.ops.drawthings.txt2img(target='MATERIAL') == {'FINISHED'}
    (name,) = set(bpy.data.images.keys()) - before
    return bpy.data.images[name]


def newer(zip_path: Path, folder: Path) -> Path:
    """The same zip with the next version in its manifest."""
    copy = folder / "newer.zip"
    with zipfile.ZipFile(zip_path) as old, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename == "blender_manifest.toml":
                version = tomllib.loads(data.decode())["version"]
                major, minor, patch = (int(part) for part in re.findall(r"\d+", version)[:3])
                bumped = f'version = "{major}.{minor}.{patch + 1}"'
                data = data.replace(f'version = "{version}"'.encode(), bumped.encode())
            new.writestr(entry, data)
    return copy


def installed_version() -> str:
    folder = Path(bpy.utils.user_resource('EXTENSIONS')) / "user_default" / "drawthings_addon"
    return tomllib.loads((folder / "blender_manifest.toml").read_text("utf-8"))["version"]


def test_makes_a_texture(installed: ModuleType) -> None:
    with StandIn(engine="pattern") as server:
        image = make_texture(server)
        assert image.size[:] == (128, 128)
        assert image.packed_file is not None
        assert image.drawthings.prompt == "weathered copper"
        assert not list(server.journal.refused)
    tree = bpy.context.object.active_material.node_tree
    assert [node.image for node in tree.nodes if node.type == 'TEX_IMAGE'] == [image]
    assert addon_utils._extensions_warnings_get() == {}


def test_works_after_an_update(installer: Installer, built_zip: Path, tmp_path: Path) -> None:
    installer.install()
    old_version = installed_version()
    with StandIn(engine="pattern") as server:
        preferences().output_directory = str(tmp_path / "pictures")
        make_texture(server)

        installer.zip_path = newer(built_zip, tmp_path)
        installer.install()
        assert installed_version() != old_version
        assert preferences().output_directory == str(tmp_path / "pictures"), "preferences outlive an update"
        make_texture(server)
    assert len(list((tmp_path / "pictures").glob("*.png"))) == 2
    assert addon_utils._extensions_warnings_get() == {}
    assert addon_utils.check(PACKAGE) == (True, True)


def test_a_script_that_has_enabled_it_ends_as_any_other(tmp_path: Path) -> None:
    """Blender 4.2 dies at its exit when a function that it keeps holds on to `bpy`."""
    program = (
        "import os, sys\n"
        "os.environ['BLENDER_USER_RESOURCES'] = sys.argv[1]\n"
        "import bpy\n"
        "bpy.ops.extensions.package_install_files(filepath=sys.argv[2], repo='user_default', "
        "enable_on_install=True)\n"
        "assert 'bl_ext.user_default.drawthings_addon' in bpy.context.preferences.addons\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path), os.environ["DRAWTHINGS_ZIP"]]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr


_ONE_PICTURE = """
import sys
import bpy
zip_path, url = sys.argv[1:]
bpy.ops.extensions.package_install_files(filepath=zip_path, repo='user_default', enable_on_install=True)
bpy.context.preferences.addons["bl_ext.user_default.drawthings_addon"].preferences.server_url = url
settings = bpy.context.scene.drawthings
settings.prompt = "weathered copper"
settings.width = settings.height = 128
bpy.ops.drawthings.txt2img(target='IMAGE')
"""


def test_a_script_that_ends_with_its_picture_leaves_nothing_open(built_zip: Path, tmp_path: Path) -> None:
    """Else the next window greets, and offers the picture again as one that was never made."""
    with StandIn(engine="pattern") as server:
        for _ in range(3):
            subprocess.run(
                [sys.executable, "-P", "-c", _ONE_PICTURE, str(built_zip), server.url],
                env={**os.environ, "BLENDER_USER_RESOURCES": str(tmp_path)},
                check=True,
            )
    (own,) = tmp_path.rglob(".user/user_default/drawthings_addon")
    # It tells of a picture as the file of that does, which is only written where it comes before this one.
    assert (own / "estimates.json").exists()
    assert list(own.glob("journal/*.json")) == []
    assert len(list(own.glob("pictures/*.png"))) == 3
