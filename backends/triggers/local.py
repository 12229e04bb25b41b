"""Another spec, run by `tfxc run` in a process of its own, with a run folder of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tfxc.backends.launcher.protocol.values import text
from tfxc.backends.triggers.values import TriggeredRun, TriggerRequest
from tfxc.schemas.components.trigger import LocalTarget
from tfxc.schemas.failures import Failure
from tfxc.schemas.start import python_command

CHAIN = "TFXC_TRIGGERED_BY"
"""Environment variable with the specs that have started each other so far."""
_OF_THIS_RUN = ("TFXC_RUN_ID", "TFXC_RUN_DATE", "TFXC_PARAMETERS", "TFXC_FINAL_STATE")
_PROGRAM = "tfxc.compiler.cli"
_GRACE = 15.0
"""Seconds that a run has to end its nodes when this one is stopped."""


def start(target: LocalTarget, request: TriggerRequest, environment: Mapping[str, str]) -> TriggeredRun:
    """Runs a spec to its end; one that an earlier attempt began goes on. Raises Failure.

    ``environment`` is what the run inherits. When this process is stopped, so is the run.
    """
    spec = Path(os.path.realpath(target.spec))
    if not spec.is_file():
        raise Failure(f"there is no spec {spec}.")
    chain = [each for each in environment.get(CHAIN, "").split(os.pathsep) if each]
    if str(spec) in chain:
        raise Failure(f"{spec} is not started again: the pipelines {' and '.join(chain)} start each other.")
    arguments = ["run", str(spec), "--run-id", request.new_run_id]
    arguments += [] if target.environment is None else ["--env", target.environment]
    for name, value in request.parameters.items():
        arguments += ["-P", f"{name}={text(value)}"]
    command = python_command(sys.executable, _PROGRAM, arguments)
    inherited = {name: value for name, value in environment.items() if name not in _OF_THIS_RUN}
    inherited[CHAIN] = os.pathsep.join([*chain, str(spec)])
    sys.stdout.flush()
    code = _run(command, spec.parent, inherited)
    if code != 0:
        told = "its own summary is in this node's log"
        raise Failure(f"the run {request.new_run_id} of {spec} ended with code {code}: {told}.")
    return TriggeredRun(request.new_run_id, str(spec))


def _run(command: list[str], folder: Path, environment: Mapping[str, str]) -> int:
    process = subprocess.Popen(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL)
    try:
        return process.wait()
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(_GRACE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
