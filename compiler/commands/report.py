"""``tfxc report``"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from tfxc.compiler.commands.options import EnvironmentOption, spec_in_folder
from tfxc.compiler.commands.runs.reading import DEFAULT_SPEC, SpecOption
from tfxc.compiler.output import write, write_json
from tfxc.schemas.failures import Failure, WrongUse, because

if TYPE_CHECKING:
    from tfxc.backends.metadata.past import Past
    from tfxc.backends.metadata.run_folder import RunFolder, RunRecord
    from tfxc.backends.metadata.values import Run
    from tfxc.schemas.plan import Plan

EXAMPLES = """
tfxc report --open
tfxc report specs/penguin/pipeline.yaml -o penguin.html
tfxc report 20261128-12 --spec pipeline.yaml
tfxc report runs/.tfxc/20261128-123830-bcec -o - > run.html
"""

STANDARD_OUTPUT = "-"
_SUFFIXES = (".yaml", ".yml", ".json")


def report(
    target: Annotated[
        str,
        typer.Argument(
            metavar="SPEC|RUN",
            help="A spec, whose latest run it is; a run's folder, its id or the beginning of one; `latest`.",
        ),
    ] = "latest",
    output: Annotated[
        Optional[str],
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where to write it, if not to PIPELINE-RUN.html; - is standard output.",
        ),
    ] = None,
    spec: SpecOption = Path(DEFAULT_SPEC),
    env: EnvironmentOption = None,
    open_page: Annotated[bool, typer.Option("--open", help="Show it in the browser.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Say what was written as JSON.")] = False,
) -> None:
    """Write a run as one HTML page.

    It shows graph, data, training, evaluation, models and lineage, and loads nothing from anywhere: it can be
    mailed, archived and opened without a network. Runs of Airflow and Kubeflow are found too; of their
    artifacts it shows those that can be read from here.
    """
    if open_page and output == STANDARD_OUTPUT:
        raise WrongUse("--open needs a file: leave `-o -` out")
    if json and output == STANDARD_OUTPUT:
        raise WrongUse("standard output is for the page or for --json: name a file with -o")
    plan, run = _found(target, spec, env)
    from datetime import datetime

    from tfxc.backends.reports.html.page import run_page

    page = run_page(plan, run, datetime.now().astimezone())
    if output == STANDARD_OUTPUT:
        write(page)
        return
    path = Path(output) if output is not None else Path(f"{plan.name}-{run.id}.html")
    if path.is_dir():
        path = path / f"{plan.name}-{run.id}.html"
    _write(path, page)
    size = len(page.encode())
    if json:
        told = {"format": "tfxc.report/1", "file": str(path), "pipeline": plan.name, "run": run.id}
        write_json({**told, "state": run.state, "bytes": size})
    else:
        sys.stderr.write(f"{path}: run {run.id} of {plan.name}, {size // 1000:,} kB\n")
    if open_page:
        _open(path)


def _found(target: str, spec: Path, environment: str | None) -> tuple[Plan, Run]:
    """Returns the run that the command line names, and the Plan as it was run."""
    from tfxc.backends.metadata.past import LATEST
    from tfxc.backends.metadata.run_folder import RunFolder
    from tfxc.compiler.commands.runs.reading import read

    path = Path(target)
    if RunFolder(path).record.is_file():
        past = _past_of_folder(RunFolder(path.absolute()))
        return _as_run(past, path.absolute().name)
    if path.suffix in _SUFFIXES or path.is_dir():
        return _as_run(read(spec_in_folder(path) or path, environment), LATEST)
    return _as_run(read(spec, environment), target)


def _as_run(past: Past, name: str) -> tuple[Plan, Run]:
    """Returns a run with the Plan that it was run with, or the pipeline's of today if it left none."""
    from tfxc.backends.metadata.past import plan_of

    run = past.run(name)
    return plan_of(past, run), run


def _past_of_folder(folder: RunFolder) -> Past:
    """Returns the past of the pipeline that a run's folder is of."""
    from tfxc.backends.metadata.past import read_past
    from tfxc.backends.metadata.run_folder import earlier_plan, earlier_record

    plan, record = earlier_plan(folder), earlier_record(folder)
    if plan is None or record is None:
        raise Failure(f"{folder.path} holds no plan or record of a run that this version of tfxc reads.")
    return read_past(plan, _base_folder(folder, plan, record), record.parameters)


def _base_folder(folder: RunFolder, plan: Plan, record: RunRecord) -> Path:
    """Returns the folder where relative paths of a run start: its own place says how far up that is."""
    from tfxc.backends.launcher.protocol.values import Values
    from tfxc.backends.metadata.run_folder import run_folder

    values = Values(record.parameters, record.run_id, record.run_date, os.environ, None)
    inside = run_folder(plan, values, Path()).path
    steps = 3 if inside.is_absolute() else len(inside.parts)
    return folder.path.parents[min(steps, len(folder.path.parents)) - 1]


def _write(path: Path, page: str) -> None:
    from tfxc.schemas.whole_files import write_whole

    try:
        write_whole(path, page)
    except OSError as error:
        raise Failure(f"the report cannot be written, {because(error, path)}.") from None


def _open(path: Path) -> None:
    import webbrowser

    if not webbrowser.open(path.absolute().as_uri()):
        sys.stderr.write("no browser was found: open the file yourself\n")
