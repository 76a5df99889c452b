# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lint, types and every suite, on every Blender that this machine can have.

    python3 scripts/test.py                          # all but the window
    python3 scripts/test.py --window                 # and the window, in Debian's 4.3 and 5.2
    python3 scripts/test.py --only unit blender --blender 4.2
    python3 scripts/test.py --only unit -- -k fit    # what follows -- goes to pytest

The environments are made on first use (scripts/environments.py). Each suite runs in a process of
its own; its log and its results are in build/test. The last line counts all tests. The exit status
is 0 only when nothing failed and tests were run.
"""

from __future__ import annotations

import argparse
import sys

from suites import add_options, plan_of


def main() -> int:
    """Run what was asked for; answer the exit status."""
    parser = argparse.ArgumentParser(description="Lint, types and every suite, on every Blender.")
    add_options(parser)
    return plan_of(parser.parse_args()).run()


if __name__ == "__main__":
    sys.exit(main())
