# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Draw Things app's HTTP API: the rules that a client meets. Importable with numpy alone.

keys, library, state   what the app knows: parameters, models, the user's settings
swift                  JSON and its errors as the app's language has them
rules                  routes, order of checks, words
app                    one request to the app
xmp                    the metadata of its pictures
"""
