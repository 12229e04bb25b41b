"""``tfxc standby``"""

from __future__ import annotations

from typing import Annotated

import typer

from tfxc.compiler.commands.options import JsonOption
from tfxc.compiler.output import write, write_json
from tfxc.schemas.failures import Failure

EXAMPLES = """
tfxc standby
tfxc standby --stop
tfxc standby --json | jq '.[].memory'
"""


def standby(
    stop: Annotated[
        bool, typer.Option("--stop", help="Stop them, when what they have started is over.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Show or stop the processes that have TFX imported, for the next run.

    They are this user's standby launchers. `tfxc run` leaves one for some minutes, and so do Airflow's
    tasks with `warm: true`. `tfxc run --no-warm` neither uses nor leaves one, and with TFXC_STANDBY_IDLE=0
    no run does.
    """
    from tfxc.backends.launcher.protocol.standby_control import ask_all, stop_all

    found = stop_all() if stop else ask_all()
    if json:
        write_json([each.as_json() for each in found])
    elif not found:
        write("there is no standby launcher\n")
    else:
        write("".join(f"{each.sentence()}\n" for each in found))
    deaf = [each for each in found if each.state == "does not answer"]
    if stop and deaf:
        raise Failure(
            f"{len(deaf)} of them could not be stopped: process {', '.join(str(e.pid) for e in deaf)}"
        )
