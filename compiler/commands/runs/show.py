"""``tfxc runs show``"""

from __future__ import annotations

from pathlib import Path

from tfxc.compiler.commands.options import EnvironmentOption, JsonOption
from tfxc.compiler.commands.runs.reading import (
    DEFAULT_SPEC,
    RunArgument,
    SpecOption,
    output_width,
    read,
    write_contents,
)
from tfxc.compiler.output import write

EXAMPLES = """
tfxc runs show latest
tfxc runs show 20261128-12 --spec pipeline.yaml
tfxc runs show latest --json | jq '.nodes[] | {node, state, seconds}'
"""


def show(
    run: RunArgument = "latest",
    spec: SpecOption = Path(DEFAULT_SPEC),
    env: EnvironmentOption = None,
    json: JsonOption = False,
) -> None:
    """Show a run: what it was made with, its nodes and artifacts, and what it found out."""
    found = read(spec, env).run(run)
    from tfxc.backends.reports.past.overview import overview

    if json:
        from tfxc.backends.reports.past.as_json import run_json, to_json

        write(to_json({"format": "tfxc.run_page/1", **run_json(overview(found))}))
        return
    from tfxc.backends.reports.past.page import run_page

    write_contents(run_page(overview(found), Path.cwd(), output_width()))
