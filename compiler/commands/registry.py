"""``tfxc registry``: the models of a registry, and which version an alias means."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from tfxc.compiler.cli import command_group, guarded
from tfxc.compiler.commands.options import JsonOption, YesOption
from tfxc.compiler.commands.registry_options import KubeflowOption, MlflowOption, open_named
from tfxc.compiler.output import write, write_json
from tfxc.schemas.failures import Failure, WrongUse
from tfxc.schemas.words.columns import aligned

if TYPE_CHECKING:
    from tfxc.backends.registry.base import Registry
    from tfxc.backends.registry.values import Version

app = command_group(
    no_args_is_help=True,
    help="List, show, promote and download the models of a registry.",
)
ModelArgument = Annotated[
    str, typer.Argument(metavar="MODEL", help="`models:/NAME/VERSION` or `models:/NAME@ALIAS`.")
]


@app.callback()
def registry() -> None:
    """List, show, promote and download the models of a registry.

    Tokens are read from the environment: MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and
    MLFLOW_TRACKING_PASSWORD; for Kubeflow MODEL_REGISTRY_TOKEN.
    """


@app.command(
    "list",
    epilog="\b\nExamples:\n  tfxc registry list\n  tfxc registry list penguin --json | jq '.[0].version'",
)
@guarded
def list_models(
    name: Annotated[
        Optional[str], typer.Argument(metavar="NAME", help="A model, whose versions are listed.")
    ] = None,
    mlflow: MlflowOption = None,
    kubeflow: KubeflowOption = None,
    json: JsonOption = False,
) -> None:
    """List the models of a registry, or the versions of one."""
    opened = open_named(mlflow, kubeflow)
    if name is None:
        models = opened.models()
        if json:
            write_json(
                [{"name": each.name, "latest": each.latest, "aliases": dict(each.aliases)} for each in models]
            )
            return
        rows = [
            (
                each.name,
                each.latest or "-",
                ", ".join(f"{key}: {value}" for key, value in each.aliases.items()),
            )
            for each in models
        ]
        _write_table(("model", "latest", "aliases"), rows, "no model is registered")
        return
    versions = opened.versions(name)
    if json:
        write_json([_as_json(each) for each in versions])
        return
    listed = [
        (
            each.version,
            ", ".join(each.aliases) or "-",
            _time(each.created),
            each.tags.get("tfxc.pipeline", "-"),
            each.tags.get("tfxc.run_id", "-"),
        )
        for each in versions
    ]
    _write_table(("version", "aliases", "created", "pipeline", "run"), listed, f"`{name}` has no versions")


@app.command(epilog="\b\nExamples:\n  tfxc registry show models:/penguin@champion")
@guarded
def show(
    model: ModelArgument,
    mlflow: MlflowOption = None,
    kubeflow: KubeflowOption = None,
    json: JsonOption = False,
) -> None:
    """Show one version: its aliases, metrics, parameters and where it comes from."""
    from tfxc.backends.registry.base import resolve

    version = resolve(open_named(mlflow, kubeflow), model)
    if json:
        write_json(_as_json(version))
        return
    write(f"{_printable(version.uri)}\n\n")
    facts = {
        "aliases": ", ".join(version.aliases) or "-",
        "created": _time(version.created),
        "source": version.source or "-",
    }
    _write_pairs(facts)
    numbers = {key: f"{value:.6g}" for key, value in version.metrics.items()}
    for heading, values in (("Metrics", numbers), ("Parameters", version.parameters), ("Tags", version.tags)):
        if values:
            write(f"\n{heading}\n")
            _write_pairs(dict(sorted(values.items())))


@app.command(
    epilog="\b\nExamples:\n  tfxc registry promote models:/penguin/3 --alias champion\n"
    "  tfxc registry promote models:/penguin@challenger --alias champion --if-better auc --yes"
)
@guarded
def promote(
    model: ModelArgument,
    alias: Annotated[str, typer.Option("--alias", metavar="ALIAS", help="The alias to move.")],
    if_better: Annotated[
        Optional[str],
        typer.Option(
            "--if-better",
            metavar="METRIC",
            help="Only if this metric is higher than that of the version which has the alias.",
        ),
    ] = None,
    lower_is_better: Annotated[
        bool, typer.Option("--lower-is-better", help="With --if-better: lower is better.")
    ] = False,
    yes: YesOption = False,
    mlflow: MlflowOption = None,
    kubeflow: KubeflowOption = None,
    json: JsonOption = False,
) -> None:
    """Let an alias mean another version: what serves `models:/NAME@ALIAS` will serve this one.

    Moving it back is how to roll back.
    """
    from tfxc.backends.registry.base import resolve
    from tfxc.schemas.components.registry import RESERVED_ALIASES

    if RESERVED_ALIASES.fullmatch(alias):
        raise WrongUse(f"--alias: registries keep `{alias}` for versions: name it `champion`, say.")
    if lower_is_better and if_better is None:
        raise WrongUse("--lower-is-better says how --if-better compares: give that too.")
    opened = open_named(mlflow, kubeflow)
    version = resolve(opened, model)
    before = _holder(opened, version.name, alias)
    same = before is not None and before.version == version.version
    if not same:
        if if_better is not None and before is not None:
            _require_better(version, before, if_better, lower_is_better)
        if not yes:
            _ask(version, before, alias)
        opened.set_alias(version.name, version.version, alias)
    if json:
        write_json(
            {
                "name": version.name,
                "alias": alias,
                "version": version.version,
                "before": before.version if before is not None else None,
            }
        )
        return
    already = "already " if same else ""
    was = f" (it was {before.version})" if before is not None and not same else ""
    write(_printable(f"{alias} of {version.name} is {already}version {version.version}{was}") + "\n")


@app.command(epilog="\b\nExamples:\n  tfxc registry download models:/penguin@champion -o serving/3")
@guarded
def download(
    model: ModelArgument,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="DIR", help="The folder to make; it cannot be there yet."),
    ],
    mlflow: MlflowOption = None,
    kubeflow: KubeflowOption = None,
    json: JsonOption = False,
) -> None:
    """Download the files of a version, checked against what was registered: all of them, or none."""
    from tfxc.backends.registry.base import resolve, verified_download

    opened = open_named(mlflow, kubeflow)
    version = resolve(opened, model)
    verified_download(opened, version, output)
    if json:
        write_json({**_as_json(version), "folder": str(output)})
        return
    write(_printable(f"{version.uri} is in {output}") + "\n")


def _holder(opened: Registry, name: str, alias: str) -> Version | None:
    """Returns the version that has an alias; None if none has."""
    held = next((each.aliases.get(alias) for each in opened.models() if each.name == name), None)
    return opened.version(name, held) if held is not None else None


def _require_better(version: Version, before: Version, metric: str, lower: bool) -> None:
    """Raises Failure unless a metric of a version is better than that of another."""
    for each in (version, before):
        if metric not in each.metrics:
            known = ", ".join(sorted(each.metrics)) or "none"
            raise WrongUse(_printable(f"{each.uri} has no metric `{metric}`; there are: {known}."))
    new, old = version.metrics[metric], before.metrics[metric]
    if not (new < old if lower else new > old):
        raise Failure(
            _printable(
                f"{version.uri} is not better: its {metric} is {new:.6g}, "
                f"that of version {before.version} is {old:.6g}."
            )
        )


def _ask(version: Version, before: Version | None, alias: str) -> None:
    """Asks on a terminal. Raises WrongUse where nobody can answer, typer.Abort if the answer is no."""
    if not sys.stdin.isatty():
        raise WrongUse("nobody is there to ask: give --yes.")
    metrics = sorted({*version.metrics, *(before.metrics if before is not None else ())})
    if before is not None and metrics:
        columns = (before, version)
        rows = [
            (metric, *(f"{each.metrics[metric]:.6g}" if metric in each.metrics else "-" for each in columns))
            for metric in metrics
        ]
        _write_table(("metric", f"version {before.version}", f"version {version.version}"), rows, "")
    was = f" instead of version {before.version}" if before is not None else ""
    question = f"Let {alias} of {version.name} be version {version.version}{was}?"
    typer.confirm(_printable(question), abort=True)


def _as_json(version: Version) -> dict[str, Any]:
    return {
        "name": version.name,
        "version": version.version,
        "uri": version.uri,
        "aliases": list(version.aliases),
        "created": version.created,
        "source": version.source,
        "metrics": dict(version.metrics),
        "parameters": dict(version.parameters),
        "tags": dict(version.tags),
    }


def _write_table(heading: Sequence[str], rows: Iterable[Sequence[str]], otherwise: str) -> None:
    """Writes rows below their heading; without any, a sentence."""
    lines = [tuple(_printable(cell) for cell in row) for row in rows]
    if not lines:
        write(f"{_printable(otherwise)}\n")
        return
    write("".join(f"{line}\n" for line in aligned([heading, *lines])))


def _write_pairs(values: Mapping[str, str]) -> None:
    rows = [(_printable(key), _printable(value)) for key, value in values.items()]
    write("".join(f"  {line}\n" for line in aligned(rows)))


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")


def _printable(text: str) -> str:
    """Returns a text of a registry's, which anybody may have written, in one line that does nothing."""
    from tfxc.schemas.words.printable import printable

    return printable(" ".join(text.split()))
