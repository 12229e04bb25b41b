"""Running one node of a compiled run with TFX's own driver, executor and publisher."""

from __future__ import annotations

import os
import time
import traceback
from dataclasses import replace
from typing import Literal, Optional

from ml_metadata.proto.metadata_store_pb2 import Execution
from tfx.orchestration import metadata as tfx_metadata
from tfx.orchestration.local import runner_utils
from tfx.orchestration.portable.mlmd import execution_lib
from tfx.proto.orchestration import executable_spec_pb2

from tfxc.backends.launcher.build import modules
from tfxc.backends.launcher.build.artifact_values import is_built_with_values
from tfxc.backends.launcher.build.ir import compile_run
from tfxc.backends.launcher.node import (
    compressed_csv,
    condition_values,
    explain,
    input_notes,
    metadata,
    pusher,
    queries,
    registering,
    resolvers,
    run_so_far,
    servable,
    why_failed,
    zero_values,
)
from tfxc.backends.launcher.node import container as containers
from tfxc.backends.launcher.node.artifact_values import known_values
from tfxc.backends.launcher.node.final_status import with_final_status
from tfxc.backends.launcher.node.input_content import with_content
from tfxc.backends.launcher.node.job import Job, executions_of, settle_attempts
from tfxc.backends.launcher.node.node_launcher import NodeLauncher
from tfxc.backends.launcher.node.output_files import verify
from tfxc.backends.launcher.node.plain_tfx_cache import PlainTfx
from tfxc.backends.launcher.node.put_out import artifacts_of
from tfxc.backends.launcher.processes import environment
from tfxc.backends.launcher.processes.environment import Stopped
from tfxc.backends.launcher.protocol.message import LaunchError
from tfxc.backends.launcher.protocol.messages import (
    CONTAINER_FAILURE,
    Artifact,
    ContainerCall,
    NodeResult,
    NodeState,
)
from tfxc.schemas.components import find_component_model
from tfxc.schemas.failures import Failure

_LONGEST_REASON = 1000
"""Characters of what an orchestrator says of a container: MLMD and people need no whole pod."""


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
    unexamined = False
    calls: list[ContainerCall] = []
    try:
        if job.node in job.never:
            state = "skipped"
        else:
            metadata.prepare(job.connection)
            if job.phase == "publisher":
                state, execution, error = _publish(job)
            elif job.phase == "failure":
                state, execution, error = _give_up(job)
            else:
                state, execution, error = _launch(with_values(job), calls)
            if error is not None and execution is not None:
                run_so_far.record_error(job.connection, execution.id, error.message)
            if execution is not None and state in ("succeeded", "cached") and not calls:
                artifacts = artifacts_of(job, execution.id)
                unexamined = _is_unexamined(job, execution, artifacts)
    except Failure as failure:
        state, error = "failed", LaunchError(message=str(failure))
    return NodeResult(
        node=job.node,
        state=state,
        seconds=time.monotonic() - started,
        execution_id=execution.id if execution is not None else None,
        artifacts=artifacts,
        error=error,
        unexamined=unexamined,
        container=calls[0] if calls else None,
    )


def _examines(job: Job) -> Optional[Literal["first", "afterwards"]]:
    """Returns whether the node's models are examined before they are published, or afterwards."""
    if not job.planned.execution.check_model:
        return None
    return "first" if job.examinations is None else "afterwards"


def _is_unexamined(job: Job, execution: Execution, artifacts: tuple[Artifact, ...]) -> bool:
    """Whether a model that the execution has put out is still to be examined."""
    if _examines(job) != "afterwards" or all(each.artifact_type != servable.MODEL for each in artifacts):
        return False
    return bool(servable.unexamined_models(job.connection, execution.id))


def with_values(job: Job) -> Job:
    """Returns the job with the values that its arguments have of other nodes' artifacts.

    Where TFX does not fill them in, the pipeline is built anew with them. Raises Failure.
    """
    known = known_values(job.plan, job.planned, job.context, job.connection)
    if not known:
        return job
    values = replace(job.values, artifacts=known)
    if not is_built_with_values(job.plan, job.planned):
        return replace(job, values=values)
    try:
        compiled = compile_run(job.plan, job.context, values)
    except Exception as problem:
        raise explain.explain_building(problem, job.plan, job.context) from problem
    return replace(job, values=values, pipeline=compiled.pipeline)


def _publish(job: Job) -> tuple[NodeState, Optional[Execution], Optional[LaunchError]]:
    """Publishes what a container has written that somebody else has run."""
    executions = executions_of(job)
    latest = executions[-1] if executions else None
    if latest is not None and latest.last_known_state in metadata.SUCCESSFUL:
        return "cached", latest, None
    if latest is None or latest.last_known_state not in metadata.UNFINISHED:
        again = " Run it again from its driver on." if latest is not None else ""
        raise Failure(f"`{job.node}` has no container in this run whose outputs could be published.{again}")
    try:
        make_launcher(job).publish(latest)
    except Exception as problem:  # noqa: BLE001 - a store or a file system may raise anything
        if not isinstance(problem, Failure):
            traceback.print_exc()
        return "failed", latest, why_failed.raised(job, problem)
    return "succeeded", executions_of(job)[-1], None


def _give_up(job: Job) -> tuple[NodeState, Optional[Execution], Optional[LaunchError]]:
    """Marks the execution failed whose container has failed for good; skipped if there is none."""
    reason = os.environ.get(CONTAINER_FAILURE, "").strip()
    message = "its container failed" + (f": {reason[:_LONGEST_REASON]}" if reason else ".")
    waiting = [each for each in executions_of(job) if each.last_known_state in metadata.UNFINISHED]
    if not waiting:
        return "skipped", None, None
    settle_attempts(job, message)
    return "failed", waiting[-1], LaunchError(message=message)


def _launch(
    job: Job, calls: list[ContainerCall]
) -> tuple[NodeState, Optional[Execution], Optional[LaunchError]]:
    """Launches the node and reads from MLMD what became of it.

    Of a container that the orchestrator starts, only the driver is run, and the container's command is put
    among the calls.
    """
    earlier = settle_attempts(job, "the process of an earlier attempt was killed")
    for execution in reversed(earlier):
        if execution.last_known_state in metadata.SUCCESSFUL and stands(job, execution):
            return "cached", execution, None
    known = {execution.id for execution in earlier}
    error: Optional[LaunchError] = None
    state: NodeState = "failed"
    try:
        launcher = make_launcher(job)
        if job.phase == "driver":
            calls += launcher.prepare()
        else:
            launcher.launch()
    except Stopped:
        state, error = "cancelled", LaunchError(message=f"`{job.node}` was stopped.", exception="Stopped")
    except BaseException as problem:  # noqa: BLE001 - executors run anyone's code, and it may call sys.exit
        if not isinstance(problem, Failure):
            traceback.print_exc()
        error = why_failed.raised(job, problem)
    if error is not None:
        settle_attempts(job, error.message)
    attempts = [each for each in executions_of(job) if each.id not in known]
    execution = attempts[-1] if attempts else None
    if error is not None:
        return state, execution, error
    if execution is None:
        return "skipped", None, None
    if calls:
        return "succeeded", execution, None
    if execution.last_known_state in metadata.SUCCESSFUL:
        error = why_failed.found_anomalies(job, execution)
        if error is not None:
            return "failed", execution, error
    if execution.last_known_state == Execution.COMPLETE:
        return "succeeded", execution, None
    if execution.last_known_state == Execution.CACHED:
        return "cached", execution, None
    if launcher.undecided:
        return "failed", execution, LaunchError(message=str(launcher.undecided[0]))
    return "failed", execution, why_failed.unresolved(job, execution)


def stands(job: Job, execution: Execution) -> bool:
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


def make_launcher(job: Job) -> NodeLauncher:
    """Returns TFX's launcher for the node, with its module importable."""
    deployment = runner_utils.extract_local_deployment_config(job.pipeline)
    executor_spec = runner_utils.extract_executor_spec(deployment, job.planned.id_in_tfx)
    if not isinstance(executor_spec, executable_spec_pb2.BeamExecutableSpec):
        environment.collect_garbage_as_python_does()
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
        executor_spec=executor_spec,
        custom_driver_spec=runner_utils.extract_custom_driver_spec(deployment, job.planned.id_in_tfx),
        custom_executor_operators=containers.container_operators(
            job.planned, lambda: containers.container_name(job.node, launcher.output_folder)
        ),
    )
    resolvers.leave_out_what_is_not_there()
    queries.look_at_properties()
    launcher.undecided = condition_values.give_to_artifacts(job.plan, job.planned, job.values)
    root = job.pipeline.runtime_spec.pipeline_root.field_value.string_value
    launcher.plain_tfx = PlainTfx(job.plan, job.planned, job.context, root)
    launcher.stands = lambda execution: stands(job, execution)
    notes = input_notes.InputNotes(job.planned, job.values)
    launcher.check, launcher.remark = notes.check, notes.record
    compressed_csv.read_compressed_csv()
    zero_values.keep_zero_values()
    launcher.examines_models = _examines(job)
    pusher.push_whole(launcher, job.connection, job.require_servable)
    model = find_component_model(job.planned.component.type)
    if model is not None and model.computes_metrics:
        from tfxc.backends.launcher.node import logged_answers  # with TFMA, which takes seconds

        logged_answers.judge_without_model(launcher)
    launcher.published = registering.give_labels(launcher, job.plan, job.connection)
    registering.give_lineage(launcher, job.plan, job.planned, job.values.parameters, job.require_servable)
    run_so_far.give_run(launcher, job.plan, job.context, job.node, job.values, job.connection)
    return launcher
