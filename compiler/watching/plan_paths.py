"""The local paths that a run reads its data from, and those that it writes to."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from tfxc.backends.launcher.protocol.values import Values, resolve, resolve_parameters
from tfxc.backends.local.running.prepare import RunRequest
from tfxc.backends.metadata.run_folder import run_folder
from tfxc.compiler.pipeline.user_code import texts_in
from tfxc.schemas.components import find_component_model
from tfxc.schemas.components.markers import InputPath, WritesToPaths
from tfxc.schemas.failures import Failure
from tfxc.schemas.plan import SqliteMetadata
from tfxc.schemas.plan_values import is_uri

_RUN_ID = "run"


def values_of(request: RunRequest) -> Values:
    """Returns what the references of a Plan stand for, but for the run's id. Raises WrongUse."""
    parameters = resolve_parameters(request.plan, request.parameters)
    return Values(parameters, _RUN_ID, request.run_date or "", os.environ, str(request.base_folder))


def paths_read(request: RunRequest, values: Values) -> list[Path]:
    """Returns the files and folders of data that the run's nodes read, as far as they are known before it.

    A pattern stands for the folder that it is in.
    """
    found = []
    for text in _marked(request, values, InputPath, request.nodes):
        path = Path(text)
        while any(sign in path.name for sign in "*?[{"):
            path = path.parent
        found.append(path)
    return list(dict.fromkeys(found))


def paths_written(request: RunRequest, values: Values) -> list[Path]:
    """Returns the pipeline root, the runs' folder, the metadata store and where models go."""
    found = [Path(text) for text in _marked(request, values, WritesToPaths, None)]
    with contextlib.suppress(Failure):
        root = resolve(request.plan.pipeline_root, values, "pipeline_root")
        found += [Path(root)] if isinstance(root, str) and root and not is_uri(root) else []
        found.append(run_folder(request.plan, values, request.base_folder).path.parent)
    if isinstance(request.plan.metadata, SqliteMetadata):
        with contextlib.suppress(Failure):
            found.append(Path(str(resolve(request.plan.metadata.path, values, "metadata.sqlite.path"))))
    return list(dict.fromkeys(request.base_folder / path for path in found))


def _marked(request: RunRequest, values: Values, mark: type, nodes: tuple[str, ...] | None) -> Iterator[str]:
    """Yields the local absolute paths in arguments with a mark."""
    for node in request.plan.nodes:
        model = find_component_model(node.component.type)
        if model is None or (nodes is not None and node.id not in nodes):
            continue
        for name, field in model.model_fields.items():
            argument = node.arguments.get(name)
            if argument is None or not any(isinstance(each, mark) for each in field.metadata):
                continue
            with contextlib.suppress(Failure):
                resolved = resolve(argument.value, values, f"{node.id}.{name}")
                yield from (text for text in texts_in(resolved) if Path(text).is_absolute())
