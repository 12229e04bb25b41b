"""``tfxc compile``"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tfxc.compiler.commands.checked_specs import check_spec, checked_plan
from tfxc.compiler.commands.options import (
    EnvironmentOption,
    ForceOption,
    IgnoreOption,
    OutputFolderOption,
    SpecArgument,
)
from tfxc.compiler.output import json_text, write
from tfxc.schemas.failures import EXIT_FAILED

if TYPE_CHECKING:
    from tfxc.compiler.bundle import Written
    from tfxc.compiler.driver import CheckedSpec

EXAMPLES = """
tfxc compile pipeline.yaml --backend airflow -o dags/penguin
tfxc compile pipeline.yaml --env prod --backend kubeflow -o build
tfxc compile pipeline.yaml --backend local -o build --json | jq .written
"""


def _completions(incomplete: str) -> list[str]:
    from tfxc.backends import backend_names

    return [name for name in backend_names() if name.startswith(incomplete)]


def compile_spec(
    spec: SpecArgument,
    backend: Annotated[
        str,
        typer.Option(
            "--backend", "-b", metavar="NAME", help="local, airflow, kubeflow, …", autocompletion=_completions
        ),
    ],
    output: OutputFolderOption,
    env: EnvironmentOption = None,
    force: ForceOption = False,
    ignore: IgnoreOption = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print what was written, or the mistakes, as JSON.")
    ] = False,
) -> None:
    """Write what an orchestrator needs to run a pipeline.

    The same spec gives the same bytes. A file that tfxc did not write is never replaced.
    """
    from tfxc.backends import load_backend

    chosen = load_backend(backend)
    checked = (
        check_spec(spec, env, (chosen.name,), ignore=ignore)
        if json
        else checked_plan(spec, env, (chosen.name,), ignore)
    )
    if checked.plan is None:
        write(_as_json(chosen.name, output, checked, None))
        raise typer.Exit(EXIT_FAILED)
    from tfxc.compiler.bundle import read_modules, write_bundle
    from tfxc.compiler.render.text import count

    bundle = chosen.emit(checked.plan, read_modules(checked.plan, checked.loaded.folder))
    done = write_bundle(bundle, output, chosen.name, force)
    if json:
        write(_as_json(chosen.name, output, checked, done))
        return
    changes = [f"{count(len(done.written), 'file')} written"]
    changes += [f"{len(done.unchanged)} unchanged"] if done.unchanged else []
    changes += [f"{len(done.removed)} removed"] if done.removed else []
    write(f"{output}: {', '.join(changes)}\n")


def _as_json(backend: str, output: Path, checked: CheckedSpec, done: Written | None) -> str:
    """Returns one JSON object: where the bundle is, its files by what was done, and the diagnostics."""

    from tfxc.compiler.render.machine import json_diagnostics

    files = {
        name: [path.as_posix() for path in getattr(done, name)] if done is not None else []
        for name in ("written", "unchanged", "removed")
    }
    document = {
        "format": "tfxc.compiled/1",
        "backend": backend,
        "output": str(output),
        **files,
        "diagnostics": json_diagnostics(checked.diagnostics),
    }
    return json_text(document)
