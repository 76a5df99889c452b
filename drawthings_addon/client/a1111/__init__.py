# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A1111's dialect: AUTOMATIC1111's WebUI, Forge, SD.Next and others.

client         its client
turns          its client, as far as it makes something, asks how far that is, and has it stopped
ticket         one request among those of others: whose turn it is
lists          its client, as far as it tells what there is
scripts        its client, as far as it has scripts run, whose choices may be wanted by their places
settings       its client, as far as it asks for the server's settings and changes them
exchange       its client, as far as it sends and receives
dialect        what is known of it without asking a server
endpoints      everything that a server may answer
types          what it tells, as frozen types
payload        a request as JSON, checked
overrides      which settings a request changes for itself, and what puts them back
files          by which names a model, VAE or LoRA is found
bodies         the bodies of everything else that is sent
teaching       what it needs to train, and how far it is
answers        its pictures, and what was really used for them
readers        JSON as the frozen types
compatibility  what of a request has no effect
status_errors  its statuses and its words
samplers       samplers and schedulers, before a server tells its own
spelling       a request's names as the server spells them
"""
