# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is told where there is nothing to capture, as far as several modules find it out."""

from __future__ import annotations

NO_VIEW = "No 3D View is open."
OPEN_VIEW = "Open one."
NO_CAMERA = "The scene has no camera."
ADD_CAMERA = "Add one (Add → Camera), then press again."
RENDERING = "Blender is rendering."
WAIT = "Wait for it, then press again."
NOT_STARTED = "Blender did not start to render."
RENDER_BY_HAND = "Render the scene by hand."
NO_PIXELS = "“{name}” has no pixels."
FIND_FILE = "Find it: File → External Data."
