"""An open run, in a child: built from its Plan, a node of it run or settled, what it found out told.

Only children import this: it loads the user's code, opens MLMD and uses TensorFlow."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any, Optional

from google.protobuf.message import Message

from tfxc.backends.launcher.build import ir, runners
from tfxc.backends.launcher.build.pipeline import beam_arguments
from tfxc.backends.launcher.node import (
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
from tfxc.backends.launcher.processes import environment
from tfxc.backends.launcher.protocol.messages import (
    ContainerPhase,
    NodeResult,
    RunContext,
)
from tfxc.backends.launcher.protocol.summaries import RunSummary
from tfxc.backends.launcher.protocol.values import Values, node_variables, resolve, resolve_parameters
from tfxc.backends.launcher.speed import replacements
from tfxc.schemas.components import find_component_model
from tfxc.schemas.failures import Failure
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

    def job(
        self,
        node_id: str,
        phase: Optional[ContainerPhase] = None,
        examinations: Optional[tuple[int, ...]] = None,
    ) -> Job:
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
            examinations=examinations,
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


def launch_node(
    run: OpenRun, node_id: str, threads: Optional[int], examinations: Optional[tuple[int, ...]] = None
) -> NodeResult:
    """Runs one node in this process. ``examinations`` are those of a `Job`."""
    planned = run.plan.node(node_id)
    environment.set_variables(node_variables(run.plan, node_id, run.values))
    environment.clear_arguments()
    environment.limit_threads(threads)
    arguments = beam_arguments(run.plan, planned, run.values)
    if runners.runs_in_process(arguments):
        runners.stop_packaging_tfx()
        runners.keep_workers_out_of_working_directory()
        runners.leave_prism_out()
        _lighten(replacements.FOR_BEAM)
        if runners.workers_are_threads(arguments):
            _lighten(replacements.FOR_BEAM_IN_THREADS)
    model = find_component_model(planned.component.type)
    if model is not None and model.computes_metrics:
        _lighten(replacements.FOR_METRICS)
    return launch.run_node(run.job(node_id, examinations=examinations))


def _lighten(modules: Iterable[ModuleType]) -> None:
    for module in modules:
        module.lighten()


def settle(run: OpenRun, node_id: str, reason: str) -> None:
    """Marks the unfinished execution of a node whose process was killed as failed."""
    settle_attempts(run.job(node_id), reason)


def summarise(run: OpenRun) -> RunSummary:
    """Returns what a run found out."""
    return summary.run_summary(run.plan, run.context, run.compiled.connection)
