"""How a node is run: the keys of ``execution``, and what a component says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfxc.compiler.lower.values import ValueLowering, without_nulls
from tfxc.compiler.models.markers import marked_keys
from tfxc.compiler.pipeline.execution import written_execution
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.nodes import Node
from tfxc.schemas.components.markers import ExecutionKey
from tfxc.schemas.plan import COMPLETED, NONE_FAILED, Accelerator, PlanExecution, Resources
from tfxc.schemas.quantities import parse_duration, parse_memory

_WITH_REFERENCES = ("env", "beam_pipeline_args")


def execution_of(
    node: Node, given: Mapping[str, Any], pipeline: Pipeline, values: ValueLowering, around: Mapping[str, Any]
) -> PlanExecution:
    """Returns how a node is run, with what its component says of itself.

    ``given`` are the component's keys without those that are null, ``around`` what a spec that includes this
    one says of all nodes here.
    """
    lowered = _lowered({**written_execution(node, pipeline, around), **_execution_keys(node, given)}, values)
    model = node.model
    if model is not None and not model.cached:
        lowered = lowered.model_copy(update={"cache": False})
    if model is None or not model.runs_without_skipped or lowered.trigger_strategy == COMPLETED:
        return lowered
    return lowered.model_copy(update={"trigger_strategy": NONE_FAILED})


def execution_inside(node: Node, pipeline: Pipeline, around: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what a component that includes a spec says of all nodes of that, without what may have
    references of its own document: see `environment_inside`."""
    found = written_execution(node, pipeline, around)
    return {key: value for key, value in found.items() if key not in _WITH_REFERENCES}


def environment_inside(node: Node, pipeline: Pipeline, values: ValueLowering) -> PlanExecution:
    """Returns the rest of what a component that includes a spec says of all nodes of that."""
    found = written_execution(node, pipeline)
    return _lowered({key: found[key] for key in _WITH_REFERENCES if key in found}, values)


def _execution_keys(node: Node, given: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the arguments of a component that say how it is run."""
    model = node.model
    keys = marked_keys(model, ExecutionKey) if model is not None else {}
    return {name: given[name] for name in keys if name in given}


def _lowered(execution: Mapping[str, Any], values: ValueLowering) -> PlanExecution:
    """Returns the keys of ``execution``, durations in seconds and memory in bytes."""
    given = without_nulls(execution)
    resources = without_nulls(given.pop("resources", {}))
    lowered: dict[str, Any] = dict(given)
    for key in ("retry_delay", "timeout"):
        if key in given:
            lowered[key] = parse_duration(given[key])
    if "beam_pipeline_args" in given:
        lowered["beam_pipeline_args"] = tuple(
            values.text(argument) for argument in given["beam_pipeline_args"]
        )
    if "env" in given:
        lowered["env"] = {name: values.text(value) for name, value in given["env"].items()}
    if resources:
        accelerator = resources.get("accelerator")
        lowered["resources"] = Resources(
            cpu=resources.get("cpu"),
            memory=parse_memory(resources["memory"]) if "memory" in resources else None,
            accelerator=Accelerator(**without_nulls(accelerator)) if accelerator is not None else None,
        )
    return PlanExecution(**lowered)
