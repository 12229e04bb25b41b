"""``tfxc runs compare``"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tfxc.compiler.commands.options import EnvironmentOption, JsonOption
from tfxc.compiler.commands.runs.reading import DEFAULT_SPEC, SpecOption, read, write_contents
from tfxc.compiler.output import write
from tfxc.schemas.failures import WrongUse

EXAMPLES = """
tfxc runs compare latest~1 latest
tfxc runs compare 20261127 20261128-09 latest --spec pipeline.yaml
tfxc runs compare 20261128-12 latest --json | jq .metrics
"""


def compare(
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar="ID ID…",
            help="Two runs or more: ids, beginnings of ids, `latest`, or `latest~1`, the one before.",
        ),
    ],
    spec: SpecOption = Path(DEFAULT_SPEC),
    env: EnvironmentOption = None,
    json: JsonOption = False,
) -> None:
    """Show what differs between runs: parameters, pipeline, code, data, metrics and statistics.

    Changes are told against the first run that is named.
    """
    if len(runs) < 2:
        raise WrongUse("name two runs to compare, or more")
    past = read(spec, env)
    found = [past.run(name) for name in runs]
    if len({run.id for run in found}) < len(found):
        raise WrongUse("a run is named twice: name different ones")
    from tfxc.backends.reports.past import comparison
    from tfxc.backends.reports.past.found_out import found_out

    compared = comparison.compare(found, [found_out(run) for run in found])
    if json:
        from tfxc.backends.reports.past.as_json import to_json

        write(to_json(comparison.comparison_json(compared)))
    else:
        write_contents(comparison.comparison_contents(compared))
