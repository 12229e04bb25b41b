"""What the server's children do: build a run, run a node of it, settle a killed one, summarise.

Each function returns the bytes that the child sends back. Only children call them: they load the
user's code, open MLMD and use TensorFlow, and the server must do none of it.
"""

from __future__ import annotations

import json
import os
import pickle
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Optional

from google.protobuf.message import Message

from tfxc.backends.launcher.build import ir, runners
from tfxc.backends.launcher.build.pipeline import beam_arguments
from tfxc.backends.launcher.node import (
    copies,
    dry_run,
    explain,
    launch,
    metadata,
    metadata_calls,
    reuse,
    store_copy,
    summary,
)
from tfxc.backends.launcher.node.dead_runs import settle_dead_runs
from tfxc.backends.launcher.node.job import Job, settle_attempts
from tfxc.backends.launcher.processes import environment, fresh
from tfxc.backends.launcher.protocol.import_variables import needs_fresh_interpreter
from tfxc.backends.launcher.protocol.message import LaunchError
from tfxc.backends.launcher.protocol.messages import (
    FINAL_STATE,
    ContainerPhase,
    DryRunRequest,
    NodeRequest,
    NodeResult,
    RunContext,
)
from tfxc.backends.launcher.protocol.plan_file import read_plan
from tfxc.backends.launcher.protocol.summaries import RunSummary
from tfxc.backends.launcher.protocol.values import Values, node_variables, resolve, resolve_parameters
from tfxc.backends.launcher.speed import beam, descriptors, evaluator, pickling, transform
from tfxc.schemas.components import find_component_model
from tfxc.schemas.failures import Failure, WrongUse
from tfxc.schemas.plan import Plan
from tfxc.schemas.plan_file import load_plan
from tfxc.schemas.plan_values import is_uri


@dataclass(frozen=True)
class OpenRun:
    """A run whose IR is built, as it is handed from child to server to child."""

    plan: Plan
    context: RunContext
    values: Values
    compiled: ir.Compiled

    def job(self, node_id: str, phase: Optional[ContainerPhase] = None) -> Job:
        """Returns what launching a node of this run needs."""
        return Job(
            plan=self.plan,
            context=self.context,
            pipeline=self.compiled.pipeline,
            connection=self.compiled.connection,
            never=self.compiled.never,
            values=self.values,
            node=node_id,
            phase=phase,
        )


def open_run(plan: Plan, context: RunContext) -> OpenRun:
    """Builds the IR of a run, in the base folder. Raises Failure.

    The metadata store is opened (and created) and the pipeline root made, so that what is wrong
    with them is reported once and before the first node. A dry run gets a copy of the store, and no root.
    """
    _enter(context.base_folder)
    metadata_calls.retry_soon(servers=False)
    relative = Values(
        parameters=resolve_parameters(plan, context.parameters),
        run_id=context.run_id,
        run_date=context.run_date,
        environment=os.environ,
    )
    values = relative if ir.keeps_paths_relative(plan, relative) else _anchored(relative, context)
    if context.dry_run_folder is None:
        _make_root(str(resolve(plan.pipeline_root, values, "pipeline_root")))
    try:
        compiled = ir.compile_run(plan, context, values)
    except Exception as problem:
        raise explain.explain_building(problem, plan, context) from problem
    if context.dry_run_folder is not None:
        copy = store_copy.copy_of(compiled.connection, Path(context.dry_run_folder), plan, values)
        compiled = replace(compiled, connection=copy)
    metadata.prepare(compiled.connection)
    return OpenRun(plan=plan, context=context, values=values, compiled=compiled)


def _anchored(values: Values, context: RunContext) -> Values:
    """Returns values whose relative paths become absolute."""
    return Values(
        parameters=values.parameters,
        run_id=values.run_id,
        run_date=values.run_date,
        environment=values.environment,
        folder=context.base_folder,
    )


def _enter(folder: str) -> None:
    """Makes the base folder the working directory."""
    try:
        os.chdir(folder)
    except OSError as error:
        raise Failure(f"the pipeline's folder {folder} cannot be entered: {error.strerror}.") from None


def _make_root(root: str) -> None:
    """Creates a pipeline root on this machine; raises Failure if it cannot be written."""
    if is_uri(root):
        return
    try:
        Path(root).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Failure(f"pipeline_root {Path(root).absolute()} cannot be created: {error.strerror}.") from None
    if not os.access(root, os.W_OK | os.X_OK):
        raise Failure(
            f"pipeline_root {Path(root).absolute()} is read-only: make it writable or choose another one."
        )


def dump(run: OpenRun) -> bytes:
    """Returns an open run as bytes that the server keeps without looking into them."""
    connection = run.compiled.connection
    content: dict[str, Any] = {
        "plan": run.plan.to_json(),
        "context": run.context.model_dump_json(),
        "pipeline": run.compiled.pipeline.SerializeToString(),
        "never": run.compiled.never,
        "connection": (type(connection), connection.SerializeToString()),
        "values": (dict(run.values.parameters), run.values.folder),
    }
    return pickle.dumps(content)


def load(content: bytes) -> OpenRun:
    """Returns the open run of bytes that `dump` made, and enters its base folder."""
    from tfx.proto.orchestration import pipeline_pb2

    fields = pickle.loads(content)  # noqa: S301 - our own bytes, from our own child
    connection_type, connection_bytes = fields["connection"]
    connection: Message = connection_type.FromString(connection_bytes)
    context = RunContext.model_validate_json(fields["context"])
    parameters, folder = fields["values"]
    _enter(context.base_folder)
    metadata_calls.retry_soon(servers=True)
    return OpenRun(
        plan=load_plan(fields["plan"]),
        context=context,
        values=Values(
            parameters=parameters,
            run_id=context.run_id,
            run_date=context.run_date,
            environment=os.environ,
            folder=folder,
        ),
        compiled=ir.Compiled(
            pipeline=pipeline_pb2.Pipeline.FromString(fields["pipeline"]),
            never=fields["never"],
            connection=connection,
        ),
    )


def prepare_run(run: OpenRun) -> None:
    """Settles what dead runs have left, and takes over, for a run of some nodes only, what the others
    would produce. Raises Failure."""
    if run.context.dry_run_folder is None:
        settle_dead_runs(run.job(run.plan.nodes[0].id), run.context.dead_runs)
    if run.context.nodes is not None:
        reuse.take_over(run.plan, run.context, run.compiled)


def launch_node(run: OpenRun, node_id: str, threads: Optional[int]) -> NodeResult:
    """Runs one node in this process."""
    planned = run.plan.node(node_id)
    environment.set_variables(node_variables(run.plan, node_id, run.values))
    environment.clear_arguments()
    environment.limit_threads(threads)
    arguments = beam_arguments(run.plan, planned, run.values)
    if runners.runs_in_process(arguments):
        runners.stop_packaging_tfx()
        runners.keep_workers_out_of_working_directory()
        runners.leave_prism_out()
        beam.lighten()
        if runners.workers_are_threads(arguments):
            descriptors.lighten()
            pickling.lighten()
            transform.lighten()
    model = find_component_model(planned.component.type)
    if model is not None and model.computes_metrics:
        evaluator.lighten()
    return launch.run_node(run.job(node_id))


def settle(run: OpenRun, node_id: str, reason: str) -> None:
    """Marks the unfinished execution of a node whose process was killed as failed."""
    settle_attempts(run.job(node_id), reason)


def summarise(run: OpenRun) -> RunSummary:
    """Returns what a run found out."""
    return summary.run_summary(run.plan, run.context, run.compiled.connection)


def answer_open(context: RunContext) -> bytes:
    """Opens a run; the answer's body is the open run as `dump` writes it."""

    def body() -> bytes:
        plan = read_plan(context.plan)
        run = open_run(plan, context)
        prepare_run(run)
        return dump(run)

    return _answer(body)


def answer_node(content: bytes, request: NodeRequest) -> bytes:
    """Runs a node; the answer's body is a NodeResult."""
    run = load(content)
    node_id, threads = request.node, request.threads
    if request.final_state is not None:
        os.environ[FINAL_STATE] = request.final_state

    def body() -> bytes:
        if node_id not in [each.id for each in run.plan.nodes]:
            raise WrongUse(f"the pipeline has no node `{node_id}`.")
        if request.phase is not None:
            return launch.run_node(run.job(node_id, request.phase)).model_dump_json().encode()
        variables = node_variables(run.plan, node_id, run.values)
        if not needs_fresh_interpreter(variables):
            return launch_node(run, node_id, threads).model_dump_json().encode()
        answer = fresh.run_fresh(content, node_id, threads, variables)
        if answer[:1] != b"+":
            raise Failure(LaunchError.model_validate_json(answer[1:]).message)
        return answer[1:]

    return _answer(body)


def answer_dry_run(content: bytes, request: DryRunRequest) -> bytes:
    """Tells what running a node would do; the answer's body is a DryRunResult."""
    run = load(content)

    def body() -> bytes:
        environment.clear_arguments()
        result = dry_run.what_would_be_done(run.job(request.node), request.has_inputs)
        return result.model_dump_json().encode()

    return _answer(body)


def answer_fresh_node(content: bytes, node_id: str, threads: Optional[int]) -> bytes:
    """Runs a node in this interpreter, which was started for it; the body is a NodeResult."""
    run = load(content)
    return _answer(lambda: launch_node(run, node_id, threads).model_dump_json().encode())


def answer_settle(content: bytes, node_id: str, reason: str) -> bytes:
    """Settles a killed node; the body is empty."""
    run = load(content)

    def body() -> bytes:
        settle(run, node_id, reason)
        return b""

    return _answer(body)


def answer_summary(content: bytes) -> bytes:
    """Summarises a run; the body is a RunSummary."""
    run = load(content)
    return _answer(lambda: summarise(run).model_dump_json().encode())


def answer_ir(content: bytes) -> bytes:
    """Returns the IR of a run; the body is its JSON."""
    run = load(content)
    return _answer(lambda: json.dumps(ir.ir_json(run.compiled.pipeline)).encode())


def answer_copy(folders: Mapping[str, str]) -> bytes:
    """Copies artifacts to this machine; the body is JSON, why by URI of what could not be copied."""
    return _answer(lambda: json.dumps(copies.copy_all(folders)).encode())


def answer_single(
    context: RunContext, node_id: str, threads: Optional[int], phase: Optional[ContainerPhase] = None
) -> bytes:
    """Opens a run and runs one node of it, or a phase of it; the body is a NodeResult."""

    def body() -> bytes:
        run = open_run(read_plan(context.plan), context)
        if phase is not None:
            return launch.run_node(run.job(node_id, phase)).model_dump_json().encode()
        return launch_node(run, node_id, threads).model_dump_json().encode()

    return _answer(body)


def answer_single_settle(context: RunContext, node_id: str, reason: str) -> bytes:
    """Opens a run and settles a killed node of it; the body is empty."""

    def body() -> bytes:
        settle(open_run(read_plan(context.plan), context), node_id, reason)
        return b""

    return _answer(body)


def answer_single_summary(context: RunContext, node_id: str) -> bytes:
    """Opens a run and summarises one node of it; the body is a RunSummary."""
    one = context.model_copy(update={"nodes": (node_id,)})
    return _answer(lambda: summarise(open_run(read_plan(context.plan), one)).model_dump_json().encode())


def _answer(body: Callable[[], bytes]) -> bytes:
    """Returns ``+`` and the body, or ``-`` and the LaunchError that stood in its way."""
    try:
        return b"+" + body()
    except environment.Stopped:
        raise
    except BaseException as problem:  # noqa: BLE001 - a child's every failure is an answer
        if not isinstance(problem, Failure) or problem.traceback:
            traceback.print_exc()
        return b"-" + explain.outside_a_node(problem).model_dump_json().encode()
