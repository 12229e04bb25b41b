"""``tfxc lineage``"""

from __future__ import annotations

import sys
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from tfxc.compiler.commands.options import EnvironmentOption
from tfxc.compiler.commands.runs.reading import DEFAULT_SPEC, SpecOption, read
from tfxc.compiler.output import is_unicode, write
from tfxc.schemas.failures import WrongUse

if TYPE_CHECKING:
    from tfxc.backends.metadata.lineage import Lineage, Step

EXAMPLES = """
tfxc lineage pusher.pushed_model
tfxc lineage serving/1795868924 --spec pipeline.yaml
tfxc lineage 13 --format dot | dot -Tsvg > lineage.svg
tfxc lineage trainer.model --json | jq '.before[].execution.node'
"""


class Format(str, Enum):
    """How lineage is written."""

    TEXT = "text"
    MERMAID = "mermaid"
    DOT = "dot"
    JSON = "json"


def lineage(
    artifact: Annotated[
        str,
        typer.Argument(
            metavar="ARTIFACT", help="An artifact's id, its path or URI, where it was pushed, or NODE.OUTPUT."
        ),
    ],
    spec: SpecOption = Path(DEFAULT_SPEC),
    env: EnvironmentOption = None,
    run: Annotated[
        Optional[str],
        typer.Option(
            metavar="ID", help="With NODE.OUTPUT: whose; the latest run's that has it if not given."
        ),
    ] = None,
    format: Annotated[Format, typer.Option("--format", "-f", help="How to write it.")] = Format.TEXT,
    json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Show what made an artifact, and what came of it, through all runs."""
    if json and format not in (Format.TEXT, Format.JSON):
        raise WrongUse("--json and --format exclude each other; give one of the two")
    past = read(spec, env)
    from tfxc.backends.metadata.lineage import find_artifact
    from tfxc.backends.metadata.lineage import lineage as lineage_of

    found = lineage_of(past, find_artifact(past, artifact, run, Path.cwd()))
    if json or format is Format.JSON:
        write(_json(found))
        return
    from tfxc.compiler.draw import lineage as draw
    from tfxc.schemas.words.printable import printable

    if format is Format.TEXT:
        text = draw.draw_text(found, Path.cwd(), is_unicode(sys.stdout))
        write("".join(f"{printable(line)}\n" for line in text.splitlines()))
    else:
        write(draw.draw_dot(found) if format is Format.DOT else draw.draw_mermaid(found))


def _json(found: Lineage) -> str:
    from tfxc.backends.reports.past.as_json import artifact_json, to_json

    return to_json(
        {
            "format": "tfxc.lineage/1",
            "artifact": found.artifact.id,
            "artifacts": [artifact_json(each) for each in found.artifacts.values()],
            "before": [_step_json(step) for step in found.before.values()],
            "after": [_step_json(step) for step in found.after.values()],
        }
    )


def _step_json(step: Step) -> dict[str, Any]:
    execution = step.execution
    return {
        "execution": {
            "id": execution.id,
            "type": execution.type,
            "state": execution.state,
            "pipeline": execution.pipeline,
            "run_id": execution.run_id,
            "node": execution.node,
        },
        "inputs": [{"key": key, "artifact": each} for key, each in step.inputs],
        "outputs": [{"key": key, "artifact": each} for key, each in step.outputs],
    }
