"""What the launcher's command line takes: its commands, their options and their help."""

from __future__ import annotations

import argparse
from typing import get_args

from tfxc.backends.launcher.protocol.messages import ContainerPhase

_EXAMPLES = """\
examples:
  python -m tfxc.backends.launcher run-node --plan plan.json --node trainer --run-id 2026-01-31
  python -m tfxc.backends.launcher run-node --plan plan.json --node trainer --run-id 7 \\
      --parameters '{"train_steps": 500}' --result trainer.json

exit codes: 0 succeeded or re-used, 99 skipped, 1 failed, 2 wrong use
"""


def command_parser() -> argparse.ArgumentParser:
    """Returns the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tfxc.backends.launcher",
        description="Runs nodes of a compiled pipeline with TFX.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    run = commands.add_parser(
        "run-node",
        help="run one node in a process of its own and exit",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    run.add_argument("--plan", required=True, metavar="FILE", help="the bundle's plan.json, or the bundle")
    run.add_argument("--node", required=True, metavar="ID", help="the node to run")
    run.add_argument("--run-id", help="the run it belongs to; or the environment variable TFXC_RUN_ID")
    run.add_argument("--run-date", help="the run's logical date (default: TFXC_RUN_DATE, or today)")
    run.add_argument("--parameters", metavar="JSON", help="an object of parameter values; or TFXC_PARAMETERS")
    run.add_argument(
        "--base-folder", metavar="DIR", help="where relative paths start (default: the plan's folder)"
    )
    run.add_argument("--modules-folder", metavar="DIR", help="default: `modules` in the plan's folder")
    run.add_argument("--no-cache", action="store_true", help="run the node even if nothing has changed")
    run.add_argument(
        "--threads", type=int, metavar="N", help="cap the thread pools of TensorFlow and its like"
    )
    run.add_argument("--timeout", type=float, metavar="SECONDS", help="stop the node after this time")
    run.add_argument(
        "--phase",
        choices=get_args(ContainerPhase),
        help="of a container that somebody else starts: what comes before it, after it, or after its failure",
    )
    run.add_argument("--result", metavar="FILE", help="write how the node ended to this file, as JSON")
    run.add_argument("--summary", action="store_true", help="print how the node ended and what it put out")
    run.add_argument(
        "--result-line",
        action="store_true",
        help="print how the node ended as one line of JSON, the last one",
    )
    run.add_argument(
        "--end-with-parent",
        action="store_true",
        help="stop the node when the process that started this one is gone (on Linux)",
    )
    run.add_argument(
        "--warm",
        action="store_true",
        help="run the node in this user's standby launcher, which has TFX imported; start it if need be",
    )
    standby = commands.add_parser("standby", help="start commands by a fork (not for people)")
    standby.add_argument("--socket", required=True)
    standby.add_argument("--client", type=int, required=True)
    standby.add_argument("--lock", type=int, required=True)
    commands.add_parser("serve", help="import TFX once and serve the requests of tfxc run (not for people)")
    work = commands.add_parser("work", help="run one node of the open run on standard input (not for people)")
    work.add_argument("--node", required=True)
    work.add_argument("--threads", type=int)
    return parser
