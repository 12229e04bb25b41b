"""The check of a model that a node has made: its verdict goes to ML Metadata with the model.

A Model gets the custom properties ``servable`` (1 or 0; none if it is not known) and ``servable_reason``
(why not, or why it is not known). They come along with a cached model.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Optional

from tfx.dsl.io import fileio
from tfx.types import standard_artifacts
from tfx.types.artifact_utils import get_single_instance
from tfx.types.standard_component_specs import MODEL_KEY
from tfx.utils import io_utils, path_utils

from tfxc.backends.launcher.servable.verdict import Verdict
from tfxc.schemas.failures import Failure
from tfxc.schemas.plan import Plan, PlanChannel, PlanNode
from tfxc.schemas.plan_values import is_uri
from tfxc.schemas.start import python_command

SERVABLE = "servable"
REASON = "servable_reason"
MODEL = standard_artifacts.Model.TYPE_NAME
TIMEOUT = 300.0
"""Seconds after which an examination is given up."""
_FILES = ("saved_model.pb", "saved_model.pbtxt")
_PROGRAM = "tfxc.backends.launcher.servable.examine"
_WITHOUT_DEVICES = {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
"""A GPU is still held by who trained."""


def record(output_dict: Mapping[str, Iterable[Any]], executor_output: Any) -> None:
    """Examines the models among a node's outputs and writes the verdicts on what is to be published."""
    for key, artifacts in output_dict.items():
        for position, artifact in enumerate(artifacts):
            if artifact.type_name != MODEL:
                continue
            for properties in published_properties(key, position, artifact, executor_output):
                verdict = examine(artifact.uri)
                if verdict.servable is not None:
                    properties[SERVABLE].int_value = int(verdict.servable)
                if verdict.reason:
                    properties[REASON].string_value = verdict.reason


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
    with tempfile.TemporaryDirectory(prefix="tfxc-model-") as copy:
        io_utils.copy_dir(folder, f"{copy}/model")
        return _ask(f"{copy}/model")


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


def of_artifact(properties: Mapping[str, Any]) -> Optional[Verdict]:
    """Returns the verdict that is recorded among an artifact's custom properties; None if none is."""
    if SERVABLE not in properties and REASON not in properties:
        return None
    servable = bool(properties[SERVABLE].int_value) if SERVABLE in properties else None
    return Verdict(servable, properties[REASON].string_value if REASON in properties else "")


def require_servable(input_dict: Mapping[str, Any], node: str) -> None:
    """Raises Failure if the model among a node's inputs surely cannot be served.

    One without a verdict (it was imported, say) is examined.
    """
    if not input_dict.get(MODEL_KEY):
        return
    model = get_single_instance(input_dict[MODEL_KEY])
    verdict = of_artifact(model.mlmd_artifact.custom_properties) or examine(model.uri)
    if verdict.servable is False:
        raise Failure(
            f"`{node}` does not push a model that cannot be served: {verdict.reason} "
            f"To push it all the same, write `execution: {{check_model: false}}` in `{node}`."
        )


def is_wanted(plan: Plan, node: PlanNode) -> bool:
    """Whether a model that a node reads is to be servable: neither it nor who made the model says no."""
    makers = [source.node for source in node.inputs.get(MODEL_KEY, ()) if isinstance(source, PlanChannel)]
    return node.execution.check_model and all(plan.node(maker).execution.check_model for maker in makers)
