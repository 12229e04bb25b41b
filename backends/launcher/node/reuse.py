"""Runs of some nodes only: what the other nodes would produce is taken from earlier runs.

TFX's own partial runs take everything from one base run and fail if a single node is missing in it.
Here each node's outputs come from the latest run that has them, so that a run that failed half-way
does not stand in the way of repeating one node.
"""

from __future__ import annotations

import shlex
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional

from ml_metadata import MetadataStore
from ml_metadata.proto.metadata_store_pb2 import Execution
from tfx.orchestration import metadata as tfx_metadata
from tfx.orchestration.portable import execution_publish_utils
from tfx.orchestration.portable.mlmd import context_lib, execution_lib
from tfx.proto.orchestration import pipeline_pb2

from tfxc.backends.launcher.build.ir import Compiled
from tfxc.backends.launcher.build.names_in_tfx import nodes_of
from tfxc.backends.launcher.node import metadata
from tfxc.backends.launcher.node.output_files import verify
from tfxc.backends.launcher.node.output_folders import FOLDER
from tfxc.backends.launcher.protocol.messages import RunContext
from tfxc.schemas.conditions import channels
from tfxc.schemas.failures import Failure, WrongUse
from tfxc.schemas.plan import Plan, PlanChannel, PlanNode, ResolverComponent
from tfxc.schemas.plan_places import artifact_values
from tfxc.schemas.words.suggest import enumeration

_MOST_OPTIONS = 3
"""A command with more names in it is not shown."""


def take_over(plan: Plan, context: RunContext, compiled: Compiled) -> None:
    """Registers in this run, as cached executions, the outputs that its nodes read from others.

    Outputs that this run already has stay. Raises WrongUse for an unknown node, and Failure, before anything
    is registered, if no earlier run has an output or if its files are gone: it names all of these nodes.
    """
    chosen = set(context.nodes or ())
    for name in chosen - {node.id for node in plan.nodes}:
        raise WrongUse(f"the pipeline has no node `{name}`.")
    irs = nodes_of(compiled.pipeline, plan)
    needed: dict[str, list[tuple[str, str]]] = {}
    for node in plan.nodes:
        if node.id in chosen:
            for producer, output in _reads(node):
                if producer not in chosen:
                    needed.setdefault(producer, []).append((node.id, output))
    with metadata.connected(compiled.connection) as handle:
        found = [
            each
            for producer, readers in needed.items()
            if (each := _found(handle, plan, context.run_id, producer, readers)) is not None
        ]
        _refuse_missing(plan, found)
        for each in found:
            if each.execution is not None:
                _publish(handle, each.execution, each.artifacts, irs[each.producer])


@dataclass(frozen=True)
class _Found:
    """What the latest run of a node has for its readers, (node, output) each; None: there is no such run."""

    producer: str
    readers: Sequence[tuple[str, str]]
    execution: Optional[Execution]
    artifacts: Mapping[str, list[Any]]
    are_gone: bool = False


def _reads(node: PlanNode) -> Iterator[tuple[str, str]]:
    """Yields (node, output) of every channel that a node, its arguments or its condition read."""
    for sources in node.inputs.values():
        for source in sources:
            if isinstance(source, PlanChannel):
                yield source.node, source.output
    yield from artifact_values(node)
    if node.when is not None:
        yield from channels(node.when)


def _found(
    handle: tfx_metadata.Metadata,
    plan: Plan,
    run_id: str,
    producer: str,
    readers: list[tuple[str, str]],
) -> Optional[_Found]:
    """Returns one node's latest outputs; None if this run has them already."""
    here = metadata.node_executions(handle.store, plan, run_id, producer)
    if any(each.last_known_state in metadata.SUCCESSFUL for each in here):
        return None
    outputs = {output for _, output in readers}
    is_resolver = isinstance(plan.node(producer).component, ResolverComponent)
    latest = _latest_outputs(handle, plan, producer, set() if is_resolver else outputs)
    if latest is None:
        return _Found(producer, readers, None, {})
    execution, artifacts = latest
    try:
        verify({key: each for key, each in artifacts.items() if key in outputs})
    except RuntimeError:
        return _Found(producer, readers, execution, artifacts, are_gone=True)
    return _Found(producer, readers, execution, artifacts)


def _refuse_missing(plan: Plan, found: Sequence[_Found]) -> None:
    """Raises Failure, in which all that is missing is named, unless every output is there."""
    missing = [each for each in found if each.execution is None]
    gone = [each for each in found if each.are_gone]
    if not missing and not gone:
        return
    read = list(dict.fromkeys(node for each in (*missing, *gone) for node, _ in each.readers))
    readers = [plan.node(node).label for node in read]
    verb = "reads" if len(readers) == 1 else "read"
    made_by = [
        f"{enumeration(_short_names(plan, [each.producer for each in of]))}, {words}"
        for of, words in ((missing, "which no run has made yet"), (gone, "whose files are gone"))
        if of
    ]
    options = " ".join(f"--to {shlex.quote(name)}" for name in readers)
    help_text = (
        "a run of the whole pipeline makes"
        if len(readers) > _MOST_OPTIONS
        else f"`tfxc run` with `{options}` makes"
    )
    raise Failure(
        f"{enumeration(readers)} {verb} the outputs of {', and of '.join(made_by)}: {help_text} them, and "
        f"all that they need."
    )


def _short_names(plan: Plan, nodes: Sequence[str]) -> list[str]:
    """Returns the labels of nodes, that of a group where all of its nodes are among them."""
    names: dict[str, None] = {}
    for node in map(plan.node, nodes):
        group = next((each for each in plan.groups if each.id == node.group), None)
        members = [each.id for each in plan.nodes if each.group == node.group]
        is_whole = group is not None and set(members) <= set(nodes)
        names[group.label if group is not None and is_whole else node.label] = None
    return list(names)


def _latest_outputs(
    handle: tfx_metadata.Metadata, plan: Plan, node: str, outputs: set[str]
) -> Optional[tuple[Execution, dict[str, list[Any]]]]:
    """Returns a node's latest successful execution that has all those outputs, and its artifacts."""
    for execution in _successes(handle.store, plan, node):
        artifacts = execution_lib.get_output_artifacts(handle, execution.id)
        if outputs <= {key for key, each in artifacts.items() if each}:
            return execution, artifacts
    return None


def _successes(store: MetadataStore, plan: Plan, node: str) -> list[Execution]:
    """Returns a node's successful executions in all runs, newest first."""
    executions = metadata.executions_of(store, plan, node)
    return [each for each in reversed(executions) if each.last_known_state in metadata.SUCCESSFUL]


def _publish(
    handle: tfx_metadata.Metadata,
    execution: Execution,
    artifacts: Mapping[str, list[Any]],
    ir: pipeline_pb2.PipelineNode,
) -> None:
    """Publishes an execution of this run that has another's outputs, as TFX does for cached ones."""
    contexts = context_lib.prepare_contexts(metadata_handle=handle, node_contexts=ir.contexts)
    copy = execution_lib.prepare_execution(
        metadata_handle=handle,
        execution_type=ir.node_info.type,
        state=Execution.RUNNING,
        execution_name=str(uuid.uuid4()),
    )
    for key, value in execution.custom_properties.items():
        if key != FOLDER:  # the copy has written nothing: those folders are not its own
            copy.custom_properties[key].CopyFrom(value)
    execution_publish_utils.publish_cached_executions(
        metadata_handle=handle, contexts=contexts, executions=[copy], output_artifacts_maps=[dict(artifacts)]
    )
