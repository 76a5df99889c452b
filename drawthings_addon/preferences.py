# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Add-on preferences: which server, how long to wait, where pictures go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty

from . import __package__ as package
from .blender import compat, settings
from .blender.session import session
from .ui import server as server_ui


def _server_changed(_self: bpy.types.AddonPreferences, _context: bpy.types.Context) -> None:
    session.server_changed()


def _password_changed(self: bpy.types.AddonPreferences, _context: bpy.types.Context) -> None:
    self.password_origin = settings.origin() if self.password else ""
    session.server_changed()


def _kept_changed(self: bpy.types.AddonPreferences, _context: bpy.types.Context) -> None:
    session.keep_sources(self.kept_sources)


class DrawThingsPreferences(bpy.types.AddonPreferences):
    """The password is kept here, readable in Blender's own preferences file, and nowhere else."""

    bl_idname = package

    if TYPE_CHECKING:
        server_url: str
        username: str
        password: str
        password_origin: str
        authorities: str
        authority_file: str
        output_directory: str
        kept_sources: float
        use_show_in_view: bool
        connect_timeout: float
        read_timeout: int
    else:
        server_url: StringProperty(
            name="Server",
            description="Address of Draw Things' API server, or of another server with the same API",
            default="http://127.0.0.1:7860",
            update=_server_changed,
        )
        username: StringProperty(
            name="User Name",
            description="Only for servers that ask for one; Draw Things does not",
            update=_server_changed,
        )
        password: StringProperty(
            name="Password",
            description="Sent to this server only, and never written to a .blend, a picture or a log. "
            "Blender keeps it in its preferences file, where it can be read",
            subtype='PASSWORD',
            update=_password_changed,
        )
        password_origin: StringProperty(
            name="Password's Server",
            description="The server that the password was entered for; no other one gets it",
            options={'HIDDEN'},
        )
        authorities: EnumProperty(
            name="Certificates",
            description="Whom Blender trusts to vouch for a server with an https:// address",
            items=[
                ('BUNDLED', "Blender's", "The public authorities that come with Blender"),
                (
                    'SYSTEM',
                    "This Computer's",
                    "The authorities that the operating system trusts, with those that a studio installs "
                    "there. On a Mac not those of the keychain: choose a file for these",
                ),
                ('FILE', "A File", "The authorities, or the server's own certificate, in a file"),
            ],
            default='BUNDLED',
            update=_server_changed,
        )
        authority_file: StringProperty(
            name="Certificate File",
            description="Certificates that are trusted, in PEM or DER (.pem, .crt, .cer): an authority's, or "
            "the server's own. Not its private key",
            subtype='FILE_PATH',
            options=compat.blend_relative(),
            update=_server_changed,
        )
        output_directory: StringProperty(
            name="Output Folder",
            description="Every picture is written here first: a whole path, ~ for the home folder, or // for "
            "that of the .blend. Empty, or beside a .blend that is not saved yet: a folder of the "
            "extension's own",
            subtype='DIR_PATH',
            options=compat.blend_relative(),
        )
        kept_sources: FloatProperty(
            name="Keep Sources (GiB)",
            description="How much of what pictures were made from is kept until Blender quits, so that each "
            "can be made again from the same pixels. The oldest go first",
            default=2.0,
            min=0.0,
            soft_max=64.0,
            max=1024.0,
            precision=1,
            step=50,
            update=_kept_changed,
        )
        use_show_in_view: BoolProperty(
            name="Show Textures in the 3D View",
            description="When a texture comes that no 3D View of the window shows, switch the largest one to "
            "Material Preview. Else the panel tells of it, with a button that does the same",
        )
        connect_timeout: FloatProperty(
            name="Connection Timeout",
            description="How long to wait until the server takes the connection",
            default=5.0,
            min=0.5,
            max=120.0,
            subtype='TIME_ABSOLUTE',
        )
        read_timeout: IntProperty(
            name="Answer Timeout",
            description="How many minutes a picture may take",
            default=30,
            min=1,
            max=24 * 60,
        )

    def draw(self, context: bpy.types.Context) -> None:
        server_ui.draw_preferences(self.layout, self, context)


_register, _unregister = bpy.utils.register_classes_factory((DrawThingsPreferences,))


def register() -> None:
    _register()


def unregister() -> None:
    _unregister()
