"""``tfxc compile``"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tfxc.compiler.commands.options import EnvironmentOption, IgnoreOption, SpecArgument, checked_plan
from tfxc.compiler.output import write

EXAMPLES = """
tfxc compile pipeline.yaml --backend airflow -o dags/penguin
tfxc compile pipeline.yaml --env prod --backend kubeflow -o build
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
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="The folder to write to.")],
    env: EnvironmentOption = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace files of an earlier bundle that were changed since.")
    ] = False,
    ignore: IgnoreOption = None,
) -> None:
    """Write what an orchestrator needs to run a pipeline.

    The same spec gives the same bytes. A file that tfxc did not write is never replaced.
    """
    from tfxc.backends import load_backend

    chosen = load_backend(backend)
    checked = checked_plan(spec, env, (chosen.name,), ignore)
    assert checked.plan is not None  # noqa: S101 - checked_plan says so
    from tfxc.compiler.bundle import read_modules, write_bundle
    from tfxc.compiler.render.text import count

    bundle = chosen.emit(checked.plan, read_modules(checked.plan, checked.loaded.folder))
    done = write_bundle(bundle, output, chosen.name, force)
    changes = [f"{count(len(done.written), 'file')} written"]
    changes += [f"{len(done.unchanged)} unchanged"] if done.unchanged else []
    changes += [f"{len(done.removed)} removed"] if done.removed else []
    write(f"{output}: {', '.join(changes)}\n")
