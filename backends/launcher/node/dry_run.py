"""What running a node would do: TFX's own driver is asked, on a copy of the metadata store.

The driver resolves the inputs, looks at the data, decides the condition and looks into the cache, just as in
a run. What it publishes for a node that is cached lies in the copy, where the nodes below it find it.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Optional

from ml_metadata.proto.metadata_store_pb2 import Event, Execution
from tfx.components.example_gen import utils as example_gen_utils
from tfx.orchestration.portable.mlmd import execution_lib
from tfx.types import standard_component_specs

from tfxc.backends.launcher.node import metadata, why_failed
from tfxc.backends.launcher.node.job import Job, executions_of
from tfxc.backends.launcher.node.launch import make_launcher, stands, with_values
from tfxc.backends.launcher.node.node_launcher import NodeLauncher
from tfxc.backends.launcher.processes import environment
from tfxc.backends.launcher.protocol.messages import DryRunResult, EarlierExecution, PropertyChange
from tfxc.backends.launcher.protocol.property_names import (
    CONTENT_CHECKSUM,
    MODULE_CHECKSUM,
    WORKING_DIRECTORY,
)
from tfxc.backends.launcher.protocol.values import node_variables
from tfxc.schemas.failures import Failure

_OF_IDENTITY = (MODULE_CHECKSUM, CONTENT_CHECKSUM, WORKING_DIRECTORY)
"""Internal execution properties that are part of the cache key."""
_OF_DRIVER = (
    standard_component_specs.INPUT_CONFIG_KEY,
    example_gen_utils.FINGERPRINT_PROPERTY_NAME,
    example_gen_utils.SPAN_PROPERTY_NAME,
    example_gen_utils.VERSION_PROPERTY_NAME,
)
"""Execution properties that the driver of an ExampleGen fills in when it has looked at the data."""
_OTHER = "tfxc_"
"""Begins the names of what an execution of ours did in the world outside."""


def what_would_be_done(job: Job, has_inputs: bool) -> DryRunResult:
    """Returns what running the node would do, and publishes in the copy of the store what it would take from
    the cache. Raises nothing: what would fail is in the result.

    A node that does not have its inputs yet runs, if the values of this run do not skip it.
    """
    if job.node in job.never:
        return DryRunResult(node=job.node, state="skipped")
    if not has_inputs:
        return DryRunResult(node=job.node, state="runs")
    try:
        environment.set_variables(node_variables(job.plan, job.node, job.values))
        metadata.prepare(job.connection)
        return _asked(with_values(job))
    except Failure as failure:
        return DryRunResult(node=job.node, state="fails", reason=str(failure))
    except Exception as problem:  # noqa: BLE001 - drivers are anyone's code
        traceback.print_exc()
        return DryRunResult(node=job.node, state="fails", reason=why_failed.raised(job, problem).message)


def _asked(job: Job) -> DryRunResult:
    """Asks the driver."""
    earlier = executions_of(job)
    for execution in reversed(earlier):
        if execution.last_known_state in metadata.SUCCESSFUL and stands(job, execution):
            return DryRunResult(node=job.node, state="cached", earlier=_maker(job, execution))
    launcher = make_launcher(job)
    # Folders that a driver makes are no outputs: the URIs of outputs are no part of a cache key.
    launcher._output_resolver._node_dir = str(Path(str(job.context.dry_run_folder), "nodes", job.node))
    prepared = None
    if launcher._system_node_handler is not None:
        launcher.launch()
    else:
        prepared = launcher._prepare_execution()
    known = {execution.id for execution in earlier}
    new = [each for each in executions_of(job) if each.id not in known]
    if not new:
        return DryRunResult(node=job.node, state="skipped")
    execution = new[-1]
    if execution.last_known_state in metadata.SUCCESSFUL:
        anomalies = why_failed.found_anomalies(job, execution)
        if anomalies is not None:
            return DryRunResult(node=job.node, state="fails", reason=anomalies.message)
    if execution.last_known_state == Execution.CACHED:
        return DryRunResult(node=job.node, state="cached", earlier=_maker(job, execution))
    if execution.last_known_state == Execution.FAILED:
        told = (str(each) for each in launcher.undecided)
        reason = next(told, None) or why_failed.unresolved(job, execution).message
        return DryRunResult(node=job.node, state="fails", reason=reason)
    return _runs(job, launcher, execution, prepared)


def _runs(job: Job, launcher: NodeLauncher, execution: Execution, prepared: Any) -> DryRunResult:
    """Returns that a node runs, and how it differs from its latest success.

    Of one that was cached, what made its outputs is looked at: it has the same key, and what its driver said.
    """
    success = _latest_success(job, {execution.id})
    latest = None if success is None else _origin(job, success)
    caching = launcher._pipeline_node.execution_options.caching_options
    told: dict[str, Any] = {
        "node": job.node,
        "state": "runs",
        "looks_in_cache": prepared is None or caching.enable_cache,
        "refused": tuple(dict.fromkeys(launcher.refused)),
    }
    if latest is None:
        return DryRunResult(**told)
    with metadata.connected(job.connection) as handle:
        inputs = execution_lib.get_input_artifacts(handle, latest.id)
    now = _properties(execution)
    new_inputs: tuple[str, ...] = ()
    if prepared is not None:
        info = prepared.execution_info
        new_inputs = tuple(_other_inputs(inputs, info.input_dict))
        # What the driver says is in the store when an execution is published, and not before.
        now |= {
            name: str(value)
            for name, value in info.exec_properties.items()
            if name in _OF_DRIVER and value is not None
        }
    changes = tuple(_changes(_properties(latest), now))
    return DryRunResult(**told, earlier=_earlier(job, latest), changes=changes, new_inputs=new_inputs)


def _latest_success(job: Job, without: set[int]) -> Optional[Execution]:
    with metadata.connected(job.connection) as handle:
        executions = metadata.executions_of(handle.store, job.plan, job.node)
    done = [
        each for each in executions if each.last_known_state in metadata.SUCCESSFUL and each.id not in without
    ]
    return done[-1] if done else None


def _maker(job: Job, execution: Execution) -> EarlierExecution:
    return _earlier(job, _origin(job, execution))


def _origin(job: Job, execution: Execution) -> Execution:
    """Returns the execution that made the outputs of one, which may be cached."""
    with metadata.connected(job.connection) as handle:
        outputs = execution_lib.get_output_artifacts(handle, execution.id)
        ids = [artifact.id for artifacts in outputs.values() for artifact in artifacts]
        events = handle.store.get_events_by_artifact_ids(ids) if ids else []
        makers = [event.execution_id for event in events if event.type == Event.OUTPUT]
        (found,) = handle.store.get_executions_by_id([min(makers, default=execution.id)])
    origin: Execution = found
    return origin


def _earlier(job: Job, execution: Execution) -> EarlierExecution:
    with metadata.connected(job.connection) as handle:
        contexts = handle.store.get_contexts_by_execution(execution.id)
    runs = [str(context.name) for context in contexts if context.type == "pipeline_run"]
    return EarlierExecution(execution_id=execution.id, run_id=runs[0] if runs else "")


def _properties(execution: Execution) -> dict[str, str]:
    """Returns the execution properties that are part of a cache key, as text."""
    return {
        name: str(getattr(value, value.WhichOneof("value") or "string_value"))
        for properties in (execution.properties, execution.custom_properties)
        for name, value in properties.items()
        if name in _OF_IDENTITY or not name.startswith(("__", _OTHER))
    }


def _changes(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[PropertyChange]:
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield PropertyChange(name=name, old=old.get(name), new=new.get(name))


def _other_inputs(old: Mapping[str, Iterable[Any]], new: Mapping[str, Iterable[Any]]) -> Iterator[str]:
    """Yields the inputs that are other artifacts than they were."""
    for key in sorted(old.keys() | new.keys()):
        if [each.id for each in old.get(key, ())] != [each.id for each in new.get(key, ())]:
            yield key
