"""What a run is given beside its components: environment variables, Beam arguments, a place for MLMD."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tfxc.compiler.language.references import is_templated
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.schemas.diagnostics import Finding, Path
from tfxc.schemas.plan_values import is_uri
from tfxc.schemas.words.wording import dotted, shortened

_VARIABLE = re.compile(r"[A-Za-z_.-][A-Za-z0-9_.-]*", re.ASCII)
"""What Kubernetes takes, which every operating system takes too."""


def variable_names(pipeline: Pipeline) -> Iterator[Finding]:
    """S105: a key of ``execution.env`` that cannot be the name of an environment variable."""
    for path, execution in _executions(pipeline):
        variables = execution.get("env")
        for name in variables if isinstance(variables, dict) else ():
            if not _VARIABLE.fullmatch(name) and not is_templated(name):
                shown = f"`{shortened(name)}`" if name else "an empty text"
                yield Finding(
                    "S105",
                    f"{shown} cannot be the name of an environment variable",
                    (*path, "env", name),
                    at_key=True,
                    help=("use letters, digits, `_`, `-` and `.`, no digit first",),
                )


def beam_arguments(pipeline: Pipeline) -> Iterator[Finding]:
    """W716: a Beam argument that is neither an option nor the value of one: Beam ignores it."""
    yield from _stray_arguments(pipeline.document.get("beam_pipeline_args"), ("beam_pipeline_args",))
    for path, execution in _executions(pipeline):
        yield from _stray_arguments(execution.get("beam_pipeline_args"), (*path, "beam_pipeline_args"))


def _executions(pipeline: Pipeline) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Yields every ``execution`` of a document with its path: that of all components first."""
    shared = pipeline.document.get("execution")
    if isinstance(shared, dict):
        yield ("execution",), shared
    for node in pipeline.nodes.values():
        execution = node.values.get("execution")
        if isinstance(execution, dict):
            yield (*node.path, "execution"), execution


def local_database(pipeline: Pipeline) -> Iterator[Finding]:
    """S111: a SQLite file that is not in a file system of the machine."""
    metadata = pipeline.document.get("metadata")
    sqlite = metadata.get("sqlite") if isinstance(metadata, dict) else None
    path = sqlite.get("path") if isinstance(sqlite, dict) else None
    if isinstance(path, str) and is_uri(path):
        yield Finding(
            "S111",
            f"`metadata.sqlite.path`: SQLite cannot keep a file in {path.partition('://')[0]}://",
            ("metadata", "sqlite", "path"),
            help=("name a file on this machine, or use `mysql`, `postgresql` or `grpc`",),
        )


def _stray_arguments(arguments: Any, path: Path) -> Iterator[Finding]:
    takes_value = False
    for index, argument in enumerate(arguments if isinstance(arguments, list) else ()):
        if not isinstance(argument, str):
            return
        is_option = argument.startswith("-") or is_templated(argument)
        if not is_option and not takes_value:
            yield Finding(
                "W716",
                f"`{shortened(argument)}` in `{dotted(path)}` is no option, so Beam ignores it",
                (*path, index),
                help=(f"write `--{shortened(argument)}`" if "=" in argument else "options begin with `--`",),
                fix=f"--{argument}" if "=" in argument else None,
            )
        takes_value = is_option and "=" not in argument
