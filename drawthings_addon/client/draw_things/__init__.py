# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Draw Things' dialect over HTTP: strict, and told to nobody else.

client         its client
dialect        what is known of it without asking the app
endpoints      what the app answers
catalogue      what there is to choose from, before the app tells
control_files  which of the app's files are ControlNets, by their names
compatibility  what of a request has no effect, whatever the model
app_version    what an older app does not know, found out once
model_list     the models that the app knows
model_families what is known of them by their names
recommendations  the settings that are recommended for them
effects        what of a request has no effect, under its switches and with its model
keys           every parameter: spelling, type, range
payload        a request as JSON, checked against the keys
options        its parameters without a field in a request
configuration  what is set in the app, and taking it over
script_configuration  the same as the app's scripts spell it, in its pictures and its clipboard
error_messages the app's words in a refusal
xmp            what its pictures tell about how they were made
"""
