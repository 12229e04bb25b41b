"""Where a model comes from and what it can do, as tags and metrics of its registered version."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf
from google.protobuf import text_format
from google.protobuf.message import DecodeError
from tensorflow.core.protobuf import saved_model_pb2
from tfx import version as tfx_version

from tfxc.backends.launcher.node import evaluations
from tfxc.backends.launcher.protocol.evaluation_messages import OVERALL
from tfxc.backends.registry.values import SERVED_VERSION
from tfxc.schemas.failures import Failure
from tfxc.schemas.version import tfxc_version

_SERVE = "serve"


def tags_of_run(context: Any) -> dict[str, str]:
    """Returns the tags of the run and the node that register, from the context of a TFX executor."""
    node = context.pipeline_node.node_info.id if context.pipeline_node is not None else ""
    return {
        "tfxc.pipeline": str(context.pipeline_info.id) if context.pipeline_info is not None else "",
        "tfxc.run_id": str(context.pipeline_run_id or ""),
        "tfxc.node": str(node),
        "mlmd.execution_id": str(context._unique_id or ""),
    }


def tags_of_inputs(input_dict: Mapping[str, Any]) -> dict[str, str]:
    """Returns the ids of the artifacts that are read, ``mlmd.INPUT_artifact_id``; several with commas."""
    return {
        f"mlmd.{key}_artifact_id": ",".join(str(each.id) for each in artifacts)
        for key, artifacts in input_dict.items()
        if artifacts
    }


def tags_of_served(input_dict: Mapping[str, Any]) -> dict[str, str]:
    """Returns where a Pusher has put the model, if it is said and if it has."""
    for pushed in input_dict.get("served_model") or ():
        if pushed.get_int_custom_property("pushed") == 1:
            return {
                SERVED_VERSION: pushed.get_string_custom_property("pushed_version"),
                "tfxc.served_from": pushed.get_string_custom_property("pushed_destination"),
            }
    return {}


def versions() -> dict[str, str]:
    """Returns the versions of what trained the model and registers it."""
    return {
        "tfxc.version": tfxc_version(),
        "tfxc.tfx_version": str(tfx_version.__version__),
        "tfxc.tensorflow_version": str(tf.__version__),
    }


def overall_metrics(input_dict: Mapping[str, Any]) -> dict[str, float]:
    """Returns the metrics over all examples that are numbers; what is not finite no registry takes."""
    found: dict[str, float] = {}
    for artifact in input_dict.get("evaluation") or ():
        for metric in evaluations.read("", artifact, ()).metrics:
            value = metric.value
            if metric.slice == OVERALL and isinstance(value, float) and math.isfinite(value):
                found[metric.name] = value
    return found


def signatures(folder: Path) -> dict[str, Any]:
    """Returns the signatures of a SavedModel: name → inputs and outputs, each with type and shape."""
    message = saved_model_pb2.SavedModel()
    binary = folder / "saved_model.pb"
    if binary.is_file():
        try:
            message.ParseFromString(binary.read_bytes())
        except DecodeError:
            raise Failure(f"{binary} is damaged: it is no SavedModel.") from None
    else:
        text_format.Parse((folder / "saved_model.pbtxt").read_text(encoding="utf-8"), message)
    for graph in message.meta_graphs:
        if _SERVE in graph.meta_info_def.tags:
            return {
                name: {"inputs": _tensors(each.inputs), "outputs": _tensors(each.outputs)}
                for name, each in sorted(graph.signature_def.items())
                if not name.startswith("__")
            }
    return {}


def _tensors(tensors: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {
            "dtype": tf.dtypes.as_dtype(each.dtype).name,
            "shape": None if each.tensor_shape.unknown_rank else [dim.size for dim in each.tensor_shape.dim],
        }
        for name, each in sorted(tensors.items())
    }
