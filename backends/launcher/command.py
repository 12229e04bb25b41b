"""The launcher's command line."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Optional

from tfxc.backends.launcher import environment


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Runs the command line and returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tfxc.backends.launcher")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="import TFX once and serve requests")
    parser.parse_args(arguments)
    return _serve()


def _serve() -> int:
    """Serves requests on standard input and output until the client is gone."""
    environment.before_imports()
    requests, replies = os.dup(0), os.dup(1)
    # Whatever libraries print must not get between the protocol's lines.
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.argv[1:] = []
    from tfxc.backends.launcher.server import Server

    return Server(requests, replies).run()
