"""What the server's children do: build a run, run a node of it, settle a killed one, summarise.

Each function returns the bytes that the child sends back. Only children call them: they load the
user's code, open MLMD and use TensorFlow, and the server must do none of it.
"""

from __future__ import annotations

import json
import os
import traceback
from collections.abc import Callable, Mapping
from typing import Optional

from tfxc.backends.launcher.build import ir
from tfxc.backends.launcher.node import (
    copies,
    dry_run,
    explain,
    launch,
    servable,
)
from tfxc.backends.launcher.processes import environment, fresh
from tfxc.backends.launcher.processes.open_run import (
    dump,
    launch_node,
    load,
    open_run,
    prepare_run,
    settle,
    summarise,
)
from tfxc.backends.launcher.protocol.import_variables import needs_fresh_interpreter
from tfxc.backends.launcher.protocol.message import LaunchError
from tfxc.backends.launcher.protocol.messages import (
    FINAL_STATE,
    ContainerPhase,
    DryRunRequest,
    NodeRequest,
    RunContext,
)
from tfxc.backends.launcher.protocol.plan_file import read_plan
from tfxc.backends.launcher.protocol.values import node_variables
from tfxc.schemas.failures import Failure, WrongUse


def answer_open(context: RunContext) -> bytes:
    """Opens a run; the answer's body is the open run as `dump` writes it."""

    def body() -> bytes:
        plan = read_plan(context.plan)
        run = open_run(plan, context)
        prepare_run(run)
        return dump(run)

    return _answer(body)


def answer_node(content: bytes, request: NodeRequest, examinations: tuple[int, ...]) -> bytes:
    """Runs a node; the answer's body is a NodeResult. ``examinations`` are those of a `Job`."""
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
            return launch_node(run, node_id, threads, examinations).model_dump_json().encode()
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


def answer_examination(content: bytes, execution_id: int) -> bytes:
    """Examines the models that an execution has published; the body is empty."""
    run = load(content)

    def body() -> bytes:
        servable.examine_published(run.compiled.connection, execution_id)
        return b""

    return _answer(body)


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
