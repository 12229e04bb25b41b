"""``tfxc runs [list]``"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tfxc.compiler.commands.options import EnvironmentOption, JsonOption
from tfxc.compiler.commands.runs.reading import DEFAULT_SPEC, SpecArgument, read, write_contents
from tfxc.compiler.output import write

EXAMPLES = """
tfxc runs list pipeline.yaml --env prod
tfxc runs
tfxc runs pipeline.yaml --json | jq '.runs[] | select(.blessed) | .id'
"""


def list_runs(
    spec: SpecArgument = Path(DEFAULT_SPEC),
    env: EnvironmentOption = None,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=0, metavar="N", help="How many to show at most; 0 is all.")
    ] = 20,
    cleaned: Annotated[
        bool, typer.Option("--cleaned", help="Show those too whose files `tfxc runs clean` has removed.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """List the runs of a pipeline, the latest first.

    They are read from the metadata store that the spec names, so that those of Airflow and Kubeflow are
    among them, and from the folders of runs on this machine.
    """
    past = read(spec, env)
    from tfxc.backends.reports.past.overview import listing, overview

    newest = [run for run in past.runs[::-1] if cleaned or not run.cleaned]
    shown = [overview(run) for run in (newest[:limit] if limit else newest)]
    if json:
        from tfxc.backends.reports.past.as_json import overview_json, to_json

        runs = [overview_json(each) for each in shown]
        write(to_json({"format": "tfxc.runs/1", "pipeline": past.plan.name, "runs": runs}))
    elif not shown:
        write(f"there are no runs of {past.plan.name} yet: `tfxc run {spec}` makes one\n")
    else:
        write_contents(listing(shown, past.plan, len(newest) - len(shown)))
