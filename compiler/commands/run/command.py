"""``tfxc run``: the command line."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Annotated, Optional

import typer

from tfxc.compiler.commands import completion
from tfxc.compiler.commands.options import (
    EnvironmentOption,
    IgnoreOption,
    JobsOption,
    ParameterOption,
    RunDateOption,
    ToOption,
    nodes_option,
    spec_in_folder,
)
from tfxc.compiler.commands.run.once import Asked, run_once
from tfxc.schemas.failures import WrongUse

EXAMPLES = """
tfxc run pipeline.yaml
tfxc run specs/penguin
tfxc run pipeline.yaml -P train_steps=500 -P data=/data/2026
tfxc run pipeline.yaml --from trainer
tfxc run pipeline.yaml --only evaluator --no-cache
tfxc run pipeline.yaml --json | jq .evaluations
tfxc run pipeline.yaml --watch --to trainer
tfxc run pipeline.yaml --dry-run -P train_steps=500
tfxc run build/penguin
"""


def run(
    spec: Annotated[
        Path,
        typer.Argument(
            metavar="SPEC",
            help="The spec's file, or the folder of its pipeline.yaml or of a bundle for `local`.",
            callback=spec_in_folder,
        ),
    ],
    parameter: ParameterOption = None,
    parameters_file: Annotated[
        Optional[Path],
        typer.Option(metavar="FILE", help="A YAML or JSON file with values of parameters; -P wins over it."),
    ] = None,
    env: EnvironmentOption = None,
    ignore: IgnoreOption = None,
    from_nodes: Annotated[
        Optional[list[str]], nodes_option("--from", "Run this node and all below it")
    ] = None,
    to_nodes: ToOption = None,
    only: Annotated[Optional[list[str]], nodes_option("--only", "Run just this node")] = None,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Run every node, whether it has changed or not.")
    ] = False,
    run_id: Annotated[
        Optional[str],
        typer.Option(
            metavar="ID",
            help="The run's id. That of an earlier run: go on with it.",
            autocompletion=completion.run_ids,
        ),
    ] = None,
    run_date: RunDateOption = None,
    jobs: JobsOption = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print the report as JSON, and nothing else, to standard output.")
    ] = False,
    no_warm: Annotated[
        bool,
        typer.Option(
            "--no-warm",
            help="Import TFX for this run alone: use none that an earlier run has left, and leave none.",
        ),
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print nothing while it runs, only the summary.")
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", "-n", help="Tell for each node whether it would run, and why; run and write nothing."
        ),
    ] = False,
    watch: Annotated[
        bool,
        typer.Option(
            "--watch",
            "-w",
            help="Run again after each edit of the spec, its modules or its data; Ctrl-C ends it.",
        ),
    ] = False,
) -> None:
    """Run a pipeline on this machine.

    Nodes that were run before with the same inputs, arguments and code are re-used; `--dry-run` tells which.
    Ctrl-C stops a run; running it again re-uses every node that was finished.

    The exit code is 0 when the run went well (a node that is skipped and a model that is not blessed are
    no failure), 1 when a node failed or the spec has mistakes, 2 for wrong use, 130 after Ctrl-C.
    """
    gc.enable()
    asked = Asked(
        spec=spec,
        assignments=tuple(parameter or ()),
        parameters_file=parameters_file,
        environment=env,
        ignore=tuple(ignore or ()),
        from_nodes=tuple(from_nodes or ()),
        to_nodes=tuple(to_nodes or ()),
        only=tuple(only or ()),
        cache=not no_cache,
        run_id=run_id,
        run_date=run_date,
        jobs=jobs,
        json=json,
        warm=not no_warm,
        quiet=quiet,
        dry=dry_run,
    )
    raise typer.Exit(_run_on_edits(asked) if watch else run_once(asked))


def _run_on_edits(asked: Asked) -> int:
    """Runs the pipeline after each edit, until it is interrupted. Raises WrongUse for what is not edited."""
    from tfxc.backends.local.running.bundle import is_bundle
    from tfxc.compiler.source.read import STANDARD_INPUT
    from tfxc.compiler.watching.loop import do_on_edits

    if asked.run_id is not None:
        raise WrongUse(
            "--watch makes a new run after each edit, so it cannot go on with one: leave --run-id out"
        )
    if asked.spec == STANDARD_INPUT or is_bundle(asked.spec):
        raise WrongUse(f"{asked.spec}: --watch needs the file of a spec, which can be edited")
    return do_on_edits(lambda seen: run_once(asked, seen), _tell)


def _tell(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()
