"""The check of a model that a node has made: its verdict goes to ML Metadata with the model, or after it.

A Model gets the custom properties of `tfxc.backends.launcher.protocol.property_names`, which come along with
a cached model.
"""

from __future__ import annotations

import contextlib
import copy
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Optional

from tfx.dsl.io import fileio
from tfx.orchestration.portable import cache_utils
from tfx.types import standard_artifacts
from tfx.types.artifact_utils import get_single_instance
from tfx.types.standard_component_specs import MODEL_KEY
from tfx.utils import io_utils, path_utils

from tfxc.backends.launcher.node import metadata
from tfxc.backends.launcher.protocol.property_names import SERVABLE, SERVABLE_REASON
from tfxc.backends.launcher.servable.verdict import Verdict
from tfxc.schemas.failures import Failure
from tfxc.schemas.plan import Plan, PlanChannel, PlanNode
from tfxc.schemas.plan_values import is_uri
from tfxc.schemas.start import python_command

_EXAMINED = "__tfxc_examined__"
"""A custom property of a model that has a verdict, or gets one: TFX's cache keys are made without it."""
MODEL = standard_artifacts.Model.TYPE_NAME
TIMEOUT = 300.0
"""Seconds after which an examination is given up."""
_FILES = ("saved_model.pb", "saved_model.pbtxt")
_PROGRAM = "tfxc.backends.launcher.servable.examine"
_WITHOUT_DEVICES = {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
"""A GPU is still held by who trained."""


def record(output_dict: Mapping[str, Iterable[Any]], executor_output: Any) -> None:
    """Examines the models among a node's outputs and writes the verdicts on what is to be published."""
    for artifact, properties in _models(output_dict, executor_output):
        _write(examine(artifact.uri), properties)


def announce(output_dict: Mapping[str, Iterable[Any]], executor_output: Any) -> None:
    """Marks the models among a node's outputs as examined: before they are published, or soon after."""
    for _, properties in _models(output_dict, executor_output):
        properties[_EXAMINED].int_value = 1


@contextlib.contextmanager
def keys_as_published() -> Iterator[None]:
    """Makes TFX's cache keys the same before and after the verdict on a model: they hold all of an artifact.
    For one thread."""
    key_of = cache_utils.get_cache_context

    def key(**arguments: Any) -> Any:
        inputs = arguments.get("input_artifacts") or {}
        published = {name: [_as_published(each) for each in listed] for name, listed in inputs.items()}
        return key_of(**{**arguments, "input_artifacts": published})

    cache_utils.get_cache_context = key
    try:
        yield
    finally:
        cache_utils.get_cache_context = key_of


def _as_published(artifact: Any) -> Any:
    """Returns an examined model as it is without its verdict, and all else as it is."""
    if _EXAMINED not in artifact.mlmd_artifact.custom_properties:
        return artifact
    model = copy.deepcopy(artifact)
    message = model.mlmd_artifact
    message.last_update_time_since_epoch = message.create_time_since_epoch
    for name in (SERVABLE, SERVABLE_REASON):
        message.custom_properties.pop(name, None)
    return model


def _models(output_dict: Mapping[str, Iterable[Any]], executor_output: Any) -> Iterator[tuple[Any, Any]]:
    """Yields the models among a node's outputs with the custom properties that are published of them."""
    for key, artifacts in output_dict.items():
        for position, artifact in enumerate(artifacts):
            if artifact.type_name == MODEL:
                for properties in published_properties(key, position, artifact, executor_output):
                    yield artifact, properties


def _write(verdict: Verdict, properties: Any) -> None:
    """Writes a verdict among an artifact's custom properties."""
    if verdict.servable is not None:
        properties[SERVABLE].int_value = int(verdict.servable)
    if verdict.reason:
        properties[SERVABLE_REASON].string_value = verdict.reason


def published_properties(key: str, position: int, artifact: Any, executor_output: Any) -> Iterator[Any]:
    """Yields the custom properties of the artifact that TFX publishes: the executor's, if it gave one."""
    given = executor_output.output_artifacts if executor_output is not None else {}
    if key not in given:
        yield artifact.mlmd_artifact.custom_properties
    elif position < len(given[key].artifacts):
        yield given[key].artifacts[position].custom_properties


def examine(uri: str) -> Verdict:
    """Returns the verdict on a model by its artifact's URI. Nothing that happens to it is raised."""
    folder = next((each for each in _folders(uri) if _holds_model(each)), None)
    if folder is None:
        return Verdict(None, "it is no SavedModel.")
    if not is_uri(folder):
        return _ask(str(Path(folder).absolute()))
    with tempfile.TemporaryDirectory(prefix="tfxc-model-") as here:
        io_utils.copy_dir(folder, f"{here}/model")
        return _ask(f"{here}/model")


def _folders(uri: str) -> tuple[str, str]:
    """Returns where a SavedModel may lie: where a Trainer's is, or in the artifact's folder itself."""
    return path_utils.serving_model_path(uri), uri


def _holds_model(folder: str) -> bool:
    return any(fileio.exists(f"{folder}/{name}") for name in _FILES)


def _ask(folder: str) -> Verdict:
    """Runs the program that loads and calls the model."""
    try:
        done = subprocess.run(
            python_command(sys.executable, _PROGRAM, [folder]),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            timeout=TIMEOUT,
            env={**os.environ, **_WITHOUT_DEVICES},
            check=False,
        )
        answer = json.loads(done.stdout)
        return Verdict(answer["servable"], answer["reason"])
    except subprocess.TimeoutExpired:
        return Verdict(None, f"loading and calling it took longer than {TIMEOUT:.0f} seconds.")
    except (OSError, ValueError, KeyError, TypeError):
        return Verdict(None, "the process that tried it came to no end: see the log.")


def unexamined_models(connection: Any, execution_id: int) -> list[Any]:
    """Returns the models that an execution has put out which are still to be examined."""
    with metadata.connected(connection) as handle:
        events = handle.store.get_events_by_execution_ids([execution_id])
        ids = [event.artifact_id for event in events if event.type in metadata.OUTPUT_EVENTS]
        artifacts = handle.store.get_artifacts_by_id(ids)
    announced = [each for each in artifacts if _EXAMINED in each.custom_properties]
    return [each for each in announced if of_artifact(each.custom_properties) is None]


def examine_published(connection: Any, execution_id: int) -> None:
    """Examines the models that an execution has published without a verdict, and records the verdicts."""
    for published in unexamined_models(connection, execution_id):
        verdict = examine(published.uri)
        with metadata.connected(connection) as handle:
            (model,) = handle.store.get_artifacts_by_id([published.id])
            _write(verdict, model.custom_properties)
            handle.store.put_artifacts([model])


def of_artifact(properties: Mapping[str, Any]) -> Optional[Verdict]:
    """Returns the verdict that is recorded among an artifact's custom properties; None if none is."""
    if SERVABLE not in properties and SERVABLE_REASON not in properties:
        return None
    servable = bool(properties[SERVABLE].int_value) if SERVABLE in properties else None
    return Verdict(
        servable, properties[SERVABLE_REASON].string_value if SERVABLE_REASON in properties else ""
    )


def no_examination(_model: Any) -> None:
    """Says that nobody else examines a model."""


def require_servable(
    input_dict: Mapping[str, Any], node: str, examined: Callable[[Any], Optional[Verdict]] = no_examination
) -> None:
    """Raises Failure if the model among a node's inputs surely cannot be served.

    One without a verdict is being ``examined`` by somebody else, or (it was imported, say) is examined here.
    """
    if not input_dict.get(MODEL_KEY):
        return
    model = get_single_instance(input_dict[MODEL_KEY])
    known = of_artifact(model.mlmd_artifact.custom_properties) or examined(model)
    verdict = known or examine(model.uri)
    if verdict.servable is False:
        raise Failure(
            f"`{node}` does not push a model that cannot be served: {verdict.reason} "
            f"To push it all the same, write `execution: {{check_model: false}}` in `{node}`."
        )


def is_wanted(plan: Plan, node: PlanNode) -> bool:
    """Whether a model that a node reads is to be servable: neither it nor who made the model says no."""
    makers = [source.node for source in node.inputs.get(MODEL_KEY, ()) if isinstance(source, PlanChannel)]
    return node.execution.check_model and all(plan.node(maker).execution.check_model for maker in makers)
