"""``tfxc eject``"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from tfxc.compiler.commands.checked_specs import checked_plan
from tfxc.compiler.commands.options import EnvironmentOption, IgnoreOption, SpecArgument
from tfxc.compiler.output import write, write_json

EXAMPLES = """
tfxc eject pipeline.yaml -o plain
tfxc eject specs/penguin -o plain --env prod --json
"""


def eject(
    spec: SpecArgument,
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="DIR", help="The folder to make; new, or empty.", show_default=False
        ),
    ],
    env: EnvironmentOption = None,
    ignore: IgnoreOption = None,
    json: Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")] = False,
) -> None:
    """Write a spec as a program of plain TFX.

    It is readable Python with a function create_pipeline, whose arguments are the spec's parameters, and a
    LocalDagRunner; TFX's compiler makes the same IR of it as tfxc of the spec. Your modules lie beside it.
    A matrix and included specs are written out. What plain TFX does not do is a comment at its place, in the
    README and on standard error; the exit code is 0 all the same. Nothing is ever overwritten.
    """
    from tfxc.compiler.ejecting.program import PROGRAM, program_of
    from tfxc.compiler.ejecting.write import write_ejected
    from tfxc.compiler.start.write import require_new

    require_new(output)
    checked = checked_plan(spec, env, ignore=ignore)
    assert checked.plan is not None  # noqa: S101 - checked_plan says so
    ejected = program_of(checked.plan, checked.loaded.folder)
    write_ejected(ejected, output, checked.plan.name, checked.loaded.folder.resolve())
    if json:
        done = {
            "format": "tfxc.eject/1",
            "program": str(output / PROGRAM),
            "modules": [str(output / path) for path in sorted(ejected.modules)],
            "missing": list(ejected.missing),
        }
        write_json(done)
        return
    write(f"{output / PROGRAM}: {len(checked.plan.nodes)} nodes\n")
    for each in ejected.missing:
        sys.stderr.write(f"not in plain TFX: {each}\n")
