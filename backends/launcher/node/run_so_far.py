"""How a run is going and what was done in it, for the components that tell of it or act on it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from ml_metadata.proto.metadata_store_pb2 import Event, Execution
from tfx.orchestration.portable import launcher as tfx_launcher
from tfx.orchestration.portable.mlmd import execution_lib

from tfxc.backends.launcher.components.run_so_far import RunSoFar
from tfxc.backends.launcher.node import explain, metadata
from tfxc.backends.launcher.processes import environment
from tfxc.backends.launcher.protocol.messages import FINAL_STATE, RunContext
from tfxc.backends.launcher.protocol.property_names import ERROR
from tfxc.backends.launcher.protocol.summaries import FailedNode
from tfxc.backends.launcher.protocol.values import Values
from tfxc.schemas.plan import Plan, PlanChannel

_DONE = "tfxc_done_"
"""What the names of an execution's custom properties begin with that say what it did in the world outside."""
_COMPONENTS = "tfxc.backends.launcher.components"
_EXECUTORS = frozenset({f"{_COMPONENTS}.alert_executor", f"{_COMPONENTS}.trigger_executor"})
"""Their modules are imported where there is such a node."""


def give_run(
    launcher: tfx_launcher.Launcher, plan: Plan, context: RunContext, node: str, values: Values, config: Any
) -> None:
    """Gives the executor of an Alert or PipelineTrigger the run; another node's is left alone."""
    operator = launcher._executor_operator
    executor = getattr(operator, "_executor_cls", None)
    if executor is None or getattr(executor, "__module__", "") not in _EXECUTORS:
        return
    state = {"succeeded": "succeeded", "failed": "failed"}.get(os.environ.get(FINAL_STATE, ""), "running")
    run = RunSoFar(
        pipeline=plan.name,
        node=node,
        values=replace(values, environment=os.environ),
        state=state,  # type: ignore[arg-type]  # one of three texts
        failed=tuple(_failed(plan, context, node, config)) if state == "failed" else (),
        report=f"tfxc report {shlex.quote(_shown_run(context))}",
        environment=environment.of_the_user(),
        maker=partial(_maker, plan, config),
        published={
            key: tuple(_published(plan, context, node, key, config)) for key in plan.node(node).inputs
        },
        done=partial(_done, plan, context, node, config),
        record=partial(_record, plan, context, node, config),
    )
    operator._executor_cls = partial(executor, run=run)


def _shown_run(context: RunContext) -> str:
    """Returns what to ask `tfxc report` for: the folder of a run on this machine, else the run's id."""
    folder = Path(context.plan).parent
    return str(folder) if folder.name == context.run_id else context.run_id


def record_error(config: Any, execution_id: int, error: str) -> None:
    """Writes down why an execution failed, so that others can tell."""
    with metadata.connected(config) as handle:
        (execution,) = handle.store.get_executions_by_id([execution_id])
        execution.custom_properties[ERROR].string_value = error
        handle.store.put_executions([execution])


def _failed(plan: Plan, context: RunContext, own: str, config: Any) -> Iterator[FailedNode]:
    """Yields the nodes of a run whose last attempt failed, in the Plan's order."""
    with metadata.connected(config) as handle:
        for node in plan.nodes:
            executions = metadata.node_executions(handle.store, plan, context.run_id, node.id)
            if node.id == own or not executions or executions[-1].last_known_state != Execution.FAILED:
                continue
            told = executions[-1].custom_properties[ERROR].string_value
            error = told or explain.from_execution(node.id, executions[-1]).message
            yield FailedNode(node=node.id, error=error)


def _published(plan: Plan, context: RunContext, node: str, key: str, config: Any) -> Iterator[Any]:
    """Yields the anomalies for which a validator failed that a node reads from."""
    for source in plan.node(node).inputs[key]:
        if not isinstance(source, PlanChannel) or plan.node(source.node).execution.on_anomaly != "fail":
            continue
        with metadata.connected(config) as handle:
            executions = metadata.node_executions(handle.store, plan, context.run_id, source.node)
            if executions and executions[-1].last_known_state == Execution.FAILED:
                outputs = execution_lib.get_output_artifacts(handle, executions[-1].id)
                yield from outputs.get(source.output, ())


def _maker(plan: Plan, config: Any, artifact: Any) -> str:
    """Returns the node that made an artifact, of whatever run; its type if nobody has said so."""
    with metadata.connected(config) as handle:
        for event in handle.store.get_events_by_artifact_ids([artifact.id]):
            if event.type == Event.OUTPUT:
                contexts = handle.store.get_contexts_by_execution(event.execution_id)
                names = {context.type: str(context.name) for context in contexts}
                if "node" in names and "pipeline" in names:
                    return _node_called(plan, names["pipeline"], names["node"])
    return str(artifact.type_name)


def _node_called(plan: Plan, pipeline: str, context: str) -> str:
    """Returns the node of a context called ``<pipeline>.<node>``; the Plan's id of one of its own."""
    node = context.removeprefix(f"{pipeline}.")
    if pipeline != plan.name_in_tfx:
        return node
    return next((each.id for each in plan.nodes if each.id_in_tfx == node), node)


def _done(plan: Plan, context: RunContext, node: str, config: Any) -> Mapping[str, str]:
    """Returns what all attempts of a node in a run have done, the latest last."""
    with metadata.connected(config) as handle:
        return {
            name.removeprefix(_DONE): value.string_value
            for execution in metadata.node_executions(handle.store, plan, context.run_id, node)
            for name, value in execution.custom_properties.items()
            if name.startswith(_DONE)
        }


def _record(plan: Plan, context: RunContext, node: str, config: Any, what: str, key: str) -> None:
    """Writes down what the running attempt of a node has done."""
    with metadata.connected(config) as handle:
        latest = metadata.node_executions(handle.store, plan, context.run_id, node)[-1]
        latest.custom_properties[_DONE + what].string_value = key
        handle.store.put_executions([latest])
