"""Running one node of a compiled run with TFX's own driver, executor and publisher."""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass
from typing import Any, Optional

from ml_metadata.proto import metadata_store_pb2
from ml_metadata.proto.metadata_store_pb2 import Execution
from tfx.orchestration import metadata as tfx_metadata
from tfx.orchestration.local import runner_utils
from tfx.orchestration.portable import outputs_utils
from tfx.orchestration.portable.mlmd import execution_lib
from tfx.proto.orchestration import pipeline_pb2

from tfxc.backends.launcher.build import modules
from tfxc.backends.launcher.node import (
    anomalies,
    condition_values,
    csv_input,
    deprecated_columns,
    explain,
    labels,
    metadata,
    pusher,
    queries,
    registering,
    resolvers,
    run_so_far,
    servable,
)
from tfxc.backends.launcher.node import container as containers
from tfxc.backends.launcher.node.final_status import with_final_status
from tfxc.backends.launcher.node.input_content import with_content
from tfxc.backends.launcher.node.node_launcher import NodeLauncher
from tfxc.backends.launcher.node.output_files import verify
from tfxc.backends.launcher.node.output_folders import remove_output_folders
from tfxc.backends.launcher.processes.environment import Stopped
from tfxc.backends.launcher.protocol.messages import (
    Artifact,
    ContainerCall,
    ContainerPhase,
    LaunchError,
    NodeResult,
    NodeState,
    RunContext,
)
from tfxc.backends.launcher.protocol.values import Values, base_folder_relative
from tfxc.schemas.components import find_component_model
from tfxc.schemas.failures import Failure
from tfxc.schemas.plan import Plan, PlanNode

INTERNAL = "__"
"""What the names of properties begin with that TFX, and the launcher, keep to themselves."""


@dataclass(frozen=True)
class Job:
    """What one node's launch needs."""

    plan: Plan
    context: RunContext
    pipeline: pipeline_pb2.Pipeline
    connection: Any
    never: tuple[str, ...]
    values: Values
    node: str
    phase: Optional[ContainerPhase] = None

    @property
    def planned(self) -> PlanNode:
        """The node in the Plan."""
        return self.plan.node(self.node)

    @property
    def ir(self) -> pipeline_pb2.PipelineNode:
        """The node in TFX's IR."""
        (found,) = (
            entry.pipeline_node
            for entry in self.pipeline.nodes
            if entry.pipeline_node.node_info.id == self.node
        )
        return found

    def require_servable(self, input_dict: Any) -> None:
        """Raises Failure if the model that the node reads cannot be served and nobody said to bear that."""
        if servable.is_wanted(self.plan, self.planned):
            servable.require_servable(input_dict, self.node)


def run_node(job: Job) -> NodeResult:
    """Runs one node and returns how it ended; MLMD says the same.

    A node that already succeeded in this run is not run again. An attempt of this run that was left
    unfinished (its process was killed) is marked failed and its output folders are removed first.
    Raises nothing but `Stopped`'s kin: every failure is in the result.
    """
    started = time.monotonic()
    state: NodeState
    error: Optional[LaunchError] = None
    execution: Optional[Execution] = None
    artifacts: tuple[Artifact, ...] = ()
    calls: list[ContainerCall] = []
    try:
        if job.node in job.never:
            state = "skipped"
        else:
            metadata.prepare(job.connection)
            if job.phase == "publisher":
                state, execution, error = _publish(job)
            else:
                state, execution, error = _launch(job, calls)
            if error is not None and execution is not None:
                run_so_far.record_error(job.connection, execution.id, error.message)
            if execution is not None and state in ("succeeded", "cached") and not calls:
                artifacts = _artifacts(job, execution.id)
    except Failure as failure:
        state, error = "failed", LaunchError(message=str(failure))
    return NodeResult(
        node=job.node,
        state=state,
        seconds=time.monotonic() - started,
        execution_id=execution.id if execution is not None else None,
        artifacts=artifacts,
        error=error,
        container=calls[0] if calls else None,
    )


def _publish(job: Job) -> tuple[NodeState, Optional[Execution], Optional[LaunchError]]:
    """Publishes what a container has written that somebody else has run."""
    executions = _executions(job)
    latest = executions[-1] if executions else None
    if latest is not None and latest.last_known_state in metadata.SUCCESSFUL:
        return "cached", latest, None
    if latest is None or latest.last_known_state not in metadata.UNFINISHED:
        raise Failure(f"`{job.node}` has no container in this run whose outputs could be published.")
    try:
        _make_launcher(job).publish(latest)
    except Exception as problem:  # noqa: BLE001 - a store or a file system may raise anything
        if not isinstance(problem, Failure):
            traceback.print_exc()
        return "failed", latest, _explain(job, problem)
    return "succeeded", _executions(job)[-1], None


def _launch(
    job: Job, calls: list[ContainerCall]
) -> tuple[NodeState, Optional[Execution], Optional[LaunchError]]:
    """Launches the node and reads from MLMD what became of it.

    Of a container that the orchestrator starts, only the driver is run, and the container's command is put
    among the calls.
    """
    earlier = settle_attempts(job, "the process of an earlier attempt was killed")
    for execution in reversed(earlier):
        if execution.last_known_state in metadata.SUCCESSFUL and _stands(job, execution):
            return "cached", execution, None
    known = {execution.id for execution in earlier}
    error: Optional[LaunchError] = None
    state: NodeState = "failed"
    try:
        launcher = _make_launcher(job)
        if job.phase == "driver":
            calls += launcher.prepare()
        else:
            launcher.launch()
    except Stopped:
        state, error = "cancelled", LaunchError(message=f"`{job.node}` was stopped.", exception="Stopped")
    except BaseException as problem:  # noqa: BLE001 - executors run anyone's code, and it may call sys.exit
        if not isinstance(problem, Failure):
            traceback.print_exc()
        error = _explain(job, problem)
    if error is not None:
        settle_attempts(job, error.message)
    attempts = [each for each in _executions(job) if each.id not in known]
    execution = attempts[-1] if attempts else None
    if error is not None:
        return state, execution, error
    if execution is None:
        return "skipped", None, None
    if calls:
        return "succeeded", execution, None
    if execution.last_known_state in metadata.SUCCESSFUL:
        error = _anomalies(job, execution)
        if error is not None:
            return "failed", execution, error
    if execution.last_known_state == Execution.COMPLETE:
        return "succeeded", execution, None
    if execution.last_known_state == Execution.CACHED:
        return "cached", execution, None
    if launcher.undecided:
        return "failed", execution, LaunchError(message=str(launcher.undecided[0]))
    return "failed", execution, _unresolved(job, execution)


def _anomalies(job: Job, execution: Execution) -> Optional[LaunchError]:
    """Returns why a node that anomalies fail has failed, and says so in MLMD; None if it has not.

    What it found stays published: it is what somebody now looks at.
    """
    if job.planned.execution.on_anomaly != "fail":
        return None
    with metadata.connected(job.connection) as handle:
        outputs = execution_lib.get_output_artifacts(handle, execution.id)
        try:
            found = [
                anomalies.sentence(job.node, artifact.uri)
                for key, artifact_type in job.planned.outputs.items()
                if artifact_type == "ExampleAnomalies"
                for artifact in outputs.get(key, ())
            ]
        except OSError as error:
            raise Failure(f"the anomalies that `{job.node}` found cannot be read: {error}.") from None
        told = " | ".join(each for each in found if each is not None)
        if not told:
            return None
        message = f"`{job.node}` found anomalies {told}."
        metadata.fail(handle.store, [execution], message)
    return LaunchError(message=message, exception="Anomalies")


def _stands(job: Job, execution: Execution) -> bool:
    """Whether a success of the node in this run is one still: a run that goes on does not repeat it.

    An on-exit node ends every part of a run, and outputs may have been deleted.
    """
    if job.node == job.plan.on_exit:
        return False
    with metadata.connected(job.connection) as handle:
        try:
            verify(execution_lib.get_output_artifacts(handle, execution.id))
        except RuntimeError:
            return False
    return True


def _explain(job: Job, problem: BaseException) -> LaunchError:
    """Returns the sentence for what the launch raised."""
    error = explain.explain(problem, job.plan, job.context, job.node)
    if isinstance(problem, Failure):
        return error
    broken = (
        csv_input.broken_line(job.planned, job.values)
        or labels.missing_label(job.planned, job.values, problem, lambda: _inputs(job, labels.EXAMPLES))
        or deprecated_columns.missing_column(problem, lambda: _inputs(job, deprecated_columns.SCHEMA))
    )
    if broken is not None:
        error = error.model_copy(update={"message": f"`{job.node}` failed: {broken}"})
    return error


def _make_launcher(job: Job) -> NodeLauncher:
    """Returns TFX's launcher for the node, with its module importable."""
    deployment = runner_utils.extract_local_deployment_config(job.pipeline)
    for module in reversed(job.planned.modules()):
        folder = modules.source_folder(job.plan, module, job.context)
        modules.check_name_is_free(module, folder)
        if folder is not None:
            modules.put_first(folder)
    launcher = NodeLauncher(
        pipeline_node=with_final_status(
            with_content(job.ir, job.planned, job.values),
            job.plan,
            job.planned,
            job.context.run_id,
            job.connection,
        ),
        mlmd_connection=tfx_metadata.Metadata(job.connection),
        pipeline_info=job.pipeline.pipeline_info,
        pipeline_runtime_spec=job.pipeline.runtime_spec,
        executor_spec=runner_utils.extract_executor_spec(deployment, job.node),
        custom_driver_spec=runner_utils.extract_custom_driver_spec(deployment, job.node),
        custom_executor_operators=containers.container_operators(
            job.planned, lambda: containers.container_name(job.node, launcher.output_folder)
        ),
    )
    resolvers.leave_out_what_is_not_there()
    queries.look_at_properties()
    launcher.undecided = condition_values.give_to_artifacts(job.planned, job.values)
    launcher.stands = lambda execution: _stands(job, execution)
    launcher.check = lambda: csv_input.check(job.planned, job.values)
    launcher.examines_models = job.planned.execution.check_model
    pusher.push_whole(launcher, job.connection, job.require_servable)
    model = find_component_model(job.planned.component.type)
    if model is not None and model.computes_metrics:
        from tfxc.backends.launcher.node import logged_answers  # with TFMA, which takes seconds

        logged_answers.judge_without_model(launcher)
    launcher.published = registering.give_labels(launcher, job.plan, job.connection)
    registering.give_lineage(launcher, job.plan, job.planned, job.values.parameters, job.require_servable)
    run_so_far.give_run(launcher, job.plan, job.context, job.node, job.values, job.connection)
    return launcher


def settle_attempts(job: Job, reason: str) -> list[Execution]:
    """Marks unfinished attempts of the node in this run failed, and removes their output folders.

    Returns all attempts, oldest first.
    """
    with metadata.connected(job.connection) as handle:
        executions = metadata.node_executions(handle.store, job.plan.name, job.context.run_id, job.node)
        unfinished = [each for each in executions if each.last_known_state in metadata.UNFINISHED]
        metadata.fail(handle.store, unfinished, reason)
    containers.end_containers(job.planned, unfinished)
    for execution in unfinished:
        folder = outputs_utils.get_node_dir(job.pipeline.runtime_spec, job.node)
        remove_output_folders(folder, job.planned.outputs, execution)
        pusher.remove_unfinished(job.connection, execution)
    return executions


def _executions(job: Job) -> list[Execution]:
    """Returns the node's executions in this run, oldest first."""
    with metadata.connected(job.connection) as handle:
        return metadata.node_executions(handle.store, job.plan.name, job.context.run_id, job.node)


def _inputs(job: Job, key: str) -> list[Any]:
    """Returns the artifacts that the node's latest execution reads under a key."""
    latest = _executions(job)[-1]
    with metadata.connected(job.connection) as handle:
        found = execution_lib.get_input_artifacts(handle, latest.id)
    return list(found.get(key, []))


def _unresolved(job: Job, execution: Execution) -> LaunchError:
    """Returns why TFX could not resolve the inputs of a node: which input, and whose output it is."""
    with metadata.connected(job.connection) as handle:
        missing = explain.missing_inputs(handle.store, job.plan, job.context.run_id, job.planned, job.ir)
    if missing:
        return LaunchError(message=f"`{job.node}` cannot start: {missing}.", exception="InputResolutionError")
    return explain.from_execution(job.node, execution)


def _artifacts(job: Job, execution_id: int) -> tuple[Artifact, ...]:
    """Returns what an execution put out (or, of a Resolver, what it found)."""
    with metadata.connected(job.connection) as handle:
        events = [
            event
            for event in handle.store.get_events_by_execution_ids([execution_id])
            if event.type in metadata.OUTPUT_EVENTS
        ]
        found = {each.id: each for each in handle.store.get_artifacts_by_id([e.artifact_id for e in events])}
    return tuple(
        Artifact(
            output=event.path.steps[0].key,
            artifact_type=found[event.artifact_id].type,
            id=event.artifact_id,
            uri=base_folder_relative(found[event.artifact_id].uri, job.context.base_folder),
            properties=_properties(found[event.artifact_id]),
        )
        for event in events
    )


def _properties(artifact: metadata_store_pb2.Artifact) -> dict[str, Any]:
    """Returns an artifact's properties and custom properties as plain values."""
    values: dict[str, Any] = {}
    for properties in (artifact.properties, artifact.custom_properties):
        for name, value in properties.items():
            if name.startswith(INTERNAL):
                continue
            kind = value.WhichOneof("value")
            if kind in ("int_value", "double_value", "string_value", "bool_value"):
                values[name] = getattr(value, kind)
    return values
