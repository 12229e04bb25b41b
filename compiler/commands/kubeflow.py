"""``tfxc kubeflow``: what can be done with a compiled Kubeflow pipeline without a cluster."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from tfxc.compiler.cli import command_group, guarded
from tfxc.compiler.output import write
from tfxc.schemas.failures import EXIT_FAILED, Failure, WrongUse
from tfxc.schemas.plan_values import is_uri

if TYPE_CHECKING:
    from tfxc.backends.kubeflow.simulator.simulate import SimulatedRun
    from tfxc.schemas.plan import Plan

app = command_group(
    no_args_is_help=True,
    help="Check and run compiled Kubeflow pipelines without a cluster.",
)

_TRUTHS = {"true": True, "false": False}


@app.callback()
def kubeflow() -> None:
    """Check and run compiled Kubeflow pipelines without a cluster."""


@app.command(epilog="\b\nExamples:\n  tfxc kubeflow check build/pipeline.yaml")
@guarded
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A pipeline.yaml, of any compiler.")],
) -> None:
    """Report what the open-source backend would refuse in a pipeline.yaml, or never run right."""
    from tfxc.backends.kubeflow.conformance.check import check_text
    from tfxc.backends.kubeflow.conformance.rules import sentence

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUse(f"`{file}` cannot be read: {getattr(error, 'strerror', error)}") from None
    findings = check_text(text).findings
    for each in findings:
        write(f"{sentence(each)}\n")
    if findings:
        raise typer.Exit(EXIT_FAILED)
    write(f"{file}: nothing is wrong\n")


@app.command(
    epilog="\b\nExamples:\n  tfxc kubeflow simulate build -P data=/data/penguins\n"
    "  tfxc kubeflow simulate build --as-compiled"
)
@guarded
def simulate(
    bundle: Annotated[
        Path, typer.Argument(metavar="BUNDLE", help="A folder that `tfxc compile --backend kubeflow` wrote.")
    ],
    parameter: Annotated[
        Optional[list[str]],
        typer.Option(
            "--parameter", "-P", metavar="NAME=VALUE", help="A pipeline parameter; can be repeated."
        ),
    ] = None,
    folder: Annotated[
        Path, typer.Option("--folder", metavar="DIR", help="Where logs, artifacts and metadata go.")
    ] = Path("kubeflow-simulation"),
    as_compiled: Annotated[
        bool,
        typer.Option(
            "--as-compiled", help="Use the bundle's pipeline root and metadata, and not the folder's own."
        ),
    ] = False,
    jobs: Annotated[
        Optional[int],
        typer.Option("--jobs", "-j", min=1, help="Tasks side by side; the number of cores if not given."),
    ] = None,
) -> None:
    """Run a compiled pipeline on this machine, as the cluster would run it.

    Tasks are started, skipped, retried and given their inputs as Kubeflow Pipelines does it; a
    container's command runs as a process of this machine, and images are not used. Later runs with the
    same folder find the artifacts of earlier ones. The exit code is 0 when no task failed, 1 when one
    did, 2 for wrong use.
    """
    from tfxc.backends.kubeflow.simulator import simulate as runner

    try:
        documents, plan = runner.read_bundle(bundle)
    except runner.BundleError as error:
        raise WrongUse(str(error)) from None
    values = _values(parameter or [], runner.parameter_types(documents), plan)
    try:
        run = runner.simulate(
            bundle,
            documents,
            plan,
            values,
            folder,
            local=not as_compiled,
            jobs=jobs or os.cpu_count() or 1,
            tell=lambda line: write(f"{line}\n"),
        )
    except ValueError as error:
        raise WrongUse(str(error)) from None
    except OSError as error:
        raise Failure(f"{error.filename or folder}: {error.strerror}") from None
    _say_how_it_ended(run, plan)


def _say_how_it_ended(run: SimulatedRun, plan: Plan) -> None:
    counts: dict[str, int] = {}
    for result in run.results:
        counts[result.state] = counts.get(result.state, 0) + 1
    numbers = ", ".join(f"{count} {state.lower()}" for state, count in sorted(counts.items()))
    write(f"\nrun {run.run_id} of {plan.name}: {numbers}\nlogs and outputs: {run.folder}\n")
    if not run.succeeded:
        raise typer.Exit(EXIT_FAILED)


def _values(given: list[str], types: Mapping[str, str], plan: Plan) -> dict[str, Any]:
    """Returns parameters with the types that KFP's UI would give them; paths become absolute."""
    paths = {parameter.name for parameter in plan.parameters if parameter.type == "path"}
    values: dict[str, Any] = {}
    for text in given:
        name, separator, value = text.partition("=")
        if not separator:
            raise WrongUse(f"`{text}` is not NAME=VALUE")
        if name in paths and not is_uri(value):
            value = str(Path(value).resolve())
        values[name] = _value(value, types.get(name, "STRING"))
    return values


def _value(text: str, kind: str) -> Any:
    if kind == "BOOLEAN":
        return _TRUTHS.get(text.lower(), text)
    if kind == "STRING":
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
