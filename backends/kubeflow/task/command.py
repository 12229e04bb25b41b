"""One task in its container: ``python -m tfxc.backends.kubeflow.task --node ID --executor-input JSON``.

It reads what KFP passes, has the launcher run the node, and writes what KFP expects back. The exit code
is 0 for a node that succeeded, was cached or was skipped (the output parameter says which), 1 for one
that failed, 2 for wrong use. The launcher itself knows nothing of KFP.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from types import FrameType
from typing import NoReturn, get_args

from tfxc.backends.kubeflow.emit.container import plan_digest
from tfxc.backends.kubeflow.storage import names_minio, readable, s3_environment
from tfxc.backends.kubeflow.task.executor_input import TaskInput, TaskUseError, read_executor_input
from tfxc.backends.kubeflow.task.launch import Stopped, launch
from tfxc.backends.kubeflow.task.outputs import write_outputs
from tfxc.backends.launcher.protocol.client import LauncherUnavailable
from tfxc.backends.launcher.protocol.messages import FINAL_STATE, ContainerPhase, RunContext
from tfxc.schemas.failures import EXIT_DONE, EXIT_FAILED, EXIT_WRONG_USE
from tfxc.schemas.plan import Plan
from tfxc.schemas.plan_file import PlanFormatError, load_plan

BUNDLE = "TFXC_BUNDLE"
"""The environment variable that names the bundle's folder; without it, it is the working directory."""

"""How the pipeline ended, in the environment of the node that runs on exit: succeeded or failed."""

PLAN_FILE = "plan.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns the exit code. Messages go to standard error."""
    parser = argparse.ArgumentParser(prog="python -m tfxc.backends.kubeflow.task")
    parser.add_argument("--node", required=True, help="the node's id")
    parser.add_argument("--phase", choices=get_args(ContainerPhase), help="what round a container to do")
    parser.add_argument("--plan", help="the digest of the plan that the image must have")
    parser.add_argument("--executor-input", required=True, help="the executor input as JSON")
    parser.add_argument("--bundle", default=os.environ.get(BUNDLE, "."), help="the bundle's folder")
    options = parser.parse_args(arguments)
    bundle = Path(options.bundle).resolve()
    signal.signal(signal.SIGTERM, _stop)
    try:
        plan = _plan(bundle, options.plan)
        if all(node.id != options.node for node in plan.nodes):
            raise TaskUseError(f"the plan in {bundle} has no node `{options.node}`: build the image again.")
        task = read_executor_input(options.executor_input, plan, datetime.now(timezone.utc).date())
        return _run(plan, options.node, task, bundle, options.phase)
    except TaskUseError as error:
        _say(str(error))
        return EXIT_WRONG_USE
    except (LauncherUnavailable, Stopped) as error:
        _say(str(error))
        return EXIT_FAILED


def _plan(bundle: Path, digest: str | None) -> Plan:
    file = bundle / PLAN_FILE
    try:
        text = file.read_text(encoding="utf-8")
        plan = load_plan(text, str(file))
    except OSError as error:
        raise TaskUseError(f"{file} cannot be read: {error.strerror}.") from None
    except PlanFormatError as error:
        raise TaskUseError(str(error)) from None
    if digest is not None and plan_digest(text) != digest:
        raise TaskUseError(
            "the image and the uploaded pipeline.yaml are of different compilations: build and push the "
            "image, and upload pipeline.yaml, of the same bundle."
        )
    return plan


def _run(plan: Plan, node: str, task: TaskInput, bundle: Path, phase: ContainerPhase | None = None) -> int:
    """Runs the node and writes its outputs."""
    os.environ.update(s3_environment(os.environ, minio=names_minio(plan)))
    if task.final_status is not None:
        ended_well = task.final_status.get("state") in ("COMPLETE", "CACHED", "SUCCEEDED")
        os.environ[FINAL_STATE] = "succeeded" if ended_well else "failed"
    context = RunContext(
        plan=Plan.model_validate(readable(plan.model_dump(mode="json"))).model_dump_json(),
        base_folder=str(bundle),
        modules_folder=str(bundle / "modules"),
        run_id=task.run_id,
        run_date=task.run_date,
        parameters=dict(task.parameters),
    )
    with tempfile.TemporaryDirectory(prefix="tfxc-") as folder:
        launched = launch(context, plan.node(node), Path(folder), phase)
        result = launched.result
        _say(f"{node}: {result.state} after {result.seconds:.1f} s")
        if result.error is not None:
            _say(result.error.message)
        if result.state in ("succeeded", "cached", "skipped"):
            write_outputs(
                plan.node(node), task, launched
            )  # while the copies that pages are made of are there
            return EXIT_DONE
    return EXIT_WRONG_USE if launched.wrong_use else EXIT_FAILED


def _say(sentence: str) -> None:
    sys.stderr.write(f"tfxc: {sentence}\n")


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Stopped("stopped by SIGTERM")
