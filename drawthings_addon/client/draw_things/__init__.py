# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Draw Things' dialect over HTTP: strict, and told to nobody else.

client         its client
app_version    what an older app does not know, found out once
model_families what is known of the app's models by their names
effects        what of a request has no effect, under its switches and with its model
keys           every parameter: spelling, type, range
payload        a request as JSON, checked against the keys
configuration  what is set in the app, and taking it over
script_configuration  the same as the app's scripts spell it, in its pictures and its clipboard
error_messages the app's words in a refusal
xmp            what its pictures tell about how they were made
"""
