# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP with a server that nobody vouches for.

address         what an artist typed, in one form
endpoints       methods of paths, of which a dialect consists
probe           which of them a server has, found out harmlessly
exchanges       all that one call exchanges, to be hung up as a whole
transport       one exchange, bounded in time and bytes
connecting      its connection: the name looked up, and given up at any moment
tls             who vouches for a server
failures        what an exchange that failed means
status_errors   what a status other than 200 means
gateways        the same, of programs before a server: proxies, tunnels, pages to log in
words           what a server says about it
answers         the JSON of an answer
untrusted_json  JSON that nobody vouches for, and long strings beside it
"""
