# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the web UI's code says that something went wrong; `app` turns both into answers."""

from __future__ import annotations


class HttpError(Exception):
    """The API refuses: a status and a sentence."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class Failure(Exception):
    """Something inside the program threw an exception of the class `name`: no mistake of this server's."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(f"{name}: {text}")
        self.name = name
        self.text = text
