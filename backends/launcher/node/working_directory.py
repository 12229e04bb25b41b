"""Executors run the user's code, and it may change the working directory (one ``os.chdir``).

Where a project can be moved, what ML Metadata records is relative to its folder. An executor is given
absolute paths in place of those, so that it finds its inputs and writes its outputs wherever it is; what
it gives back is made relative again, and the working directory is what it was before.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import attr
from ml_metadata.proto import metadata_store_pb2

from tfxc.backends.launcher.build.modules import kept_working_directory
from tfxc.schemas.plan_values import is_absolute

Artifacts = Mapping[str, Iterable[Any]]


def guard_operators(launcher: Any, pipeline_root: str) -> None:
    """Makes the executor and the driver of a TFX launcher leave the working directory as it was.

    The working directory must be the base folder of the run. ``pipeline_root`` is that of the run: where
    it is absolute all paths are, and nothing is changed.
    """
    driver, executor = launcher._driver_operator, launcher._executor_operator
    if driver is not None:
        driver.run_driver = _keeping(driver.run_driver)
    if executor is not None:
        run = _keeping(executor.run_executor)
        executor.run_executor = run if is_absolute(pipeline_root) else _with_absolute_paths(run)


def _keeping(run: Callable[..., Any]) -> Callable[..., Any]:
    def run_and_return(*arguments: Any, **more: Any) -> Any:
        with kept_working_directory():
            return run(*arguments, **more)

    return run_and_return


def _with_absolute_paths(run: Callable[..., Any]) -> Callable[..., Any]:
    base = str(Path.cwd())

    def run_with_absolute_paths(execution_info: Any, *arguments: Any, **more: Any) -> Any:
        absolute = attr.evolve(
            execution_info,
            input_dict=_absolute_artifacts(execution_info.input_dict, base),
            output_dict=_absolute_artifacts(execution_info.output_dict, base),
            execution_output_uri=_absolute(execution_info.execution_output_uri, base),
            stateful_working_dir=_absolute(execution_info.stateful_working_dir, base),
            tmp_dir=_absolute(execution_info.tmp_dir, base),
        )
        output = run(absolute, *arguments, **more)
        for artifacts in output.output_artifacts.values():
            for artifact in artifacts.artifacts:
                _make_relative(artifact, base)
        return output

    return run_with_absolute_paths


def _absolute(path: Any, base: str) -> Any:
    return path if not path or is_absolute(path) else f"{base.rstrip('/')}/{path}"


def _absolute_artifacts(artifacts: Artifacts, base: str) -> dict[str, list[Any]]:
    """Returns copies of artifacts, whose URIs do not depend on the working directory."""
    copies = {key: [copy.deepcopy(each) for each in listed] for key, listed in artifacts.items()}
    for listed in copies.values():
        for each in listed:
            each.uri = _absolute(each.uri, base)
    return copies


def _make_relative(artifact: metadata_store_pb2.Artifact, base: str) -> None:
    """Takes the base folder off an artifact's URI and off its properties that are paths below it."""
    prefix = base.rstrip("/") + "/"
    artifact.uri = artifact.uri.removeprefix(prefix)
    for properties in (artifact.properties, artifact.custom_properties):
        for value in properties.values():
            if value.WhichOneof("value") == "string_value":
                value.string_value = value.string_value.removeprefix(prefix)
