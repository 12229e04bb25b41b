"""The launcher's command line: ``run-node`` and ``serve``."""

from __future__ import annotations

import argparse
import datetime
import gc
import json
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, Optional

from tfxc.backends.launcher.command_parser import command_parser
from tfxc.backends.launcher.processes import environment
from tfxc.backends.launcher.processes.standby_client import run_in_standby
from tfxc.backends.launcher.protocol.before_import import check_before_import
from tfxc.backends.launcher.protocol.import_variables import needs_fresh_interpreter
from tfxc.backends.launcher.protocol.messages import NodeResult, RunContext
from tfxc.backends.launcher.protocol.plan_file import read_plan
from tfxc.backends.launcher.protocol.values import Scalar, Values, node_variables, resolve_parameters
from tfxc.schemas.failures import EXIT_DONE, EXIT_FAILED, EXIT_SKIPPED, EXIT_WRONG_USE, Failure, WrongUse
from tfxc.schemas.plan import ContainerComponent
from tfxc.schemas.whole_files import write_whole


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Runs the command line and returns the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = command_parser().parse_args(given)
    if options.command == "serve":
        code = _serve()
        sys.stderr.flush()
        # Taking a process with TensorFlow in it down properly takes a moment, and nobody needs it.
        os._exit(code)
    if options.command == "standby":
        _standby(options)
    if options.command == "work":
        _work(options)
    try:
        return _run_node(options, os.environ, given)
    except WrongUse as wrong:
        return _complain(wrong, EXIT_WRONG_USE)
    except Failure as failure:
        return _complain(failure, EXIT_FAILED)


def _serve() -> int:
    """Serves requests on standard input and output until the client is gone. Returns the exit code."""
    environment.before_imports()
    requests, replies = _own_standard_streams()
    environment.end_with_client(requests)
    environment.clear_arguments()
    from tfxc.backends.launcher.processes.server import Server

    return Server(requests, replies).run()


def _standby(options: argparse.Namespace) -> NoReturn:
    """Waits for commands until it was idle for long enough."""
    from tfxc.backends.launcher.processes.standby import Standby

    environment.clear_arguments()
    os.set_inheritable(options.lock, False)
    first = socket.socket(fileno=options.client)
    first.set_inheritable(False)
    code = Standby(Path(options.socket), options.lock, first, _forked).run()
    sys.stderr.flush()
    os._exit(code)


def _forked(arguments: list[str]) -> int:
    """Runs a command line in a fork of the standby launcher and returns the exit code."""
    if arguments != ["serve"]:
        return main(arguments)
    sys.stderr.write(f"forked from the standby launcher, process {os.getppid()}\n")
    return _serve()


def _work(options: argparse.Namespace) -> NoReturn:
    """Runs a node of the open run that comes in on standard input, and answers on standard output."""
    from tfxc.backends.launcher.processes import children

    environment.before_imports()
    children.die_with(os.getppid())
    environment.stop_on_sigterm()
    requests, replies = _own_standard_streams()
    try:
        with os.fdopen(requests, "rb") as stream:
            content = stream.read()
        from tfxc.backends.launcher.processes import warm

        warm.import_tfx()
        gc.enable()
        from tfxc.backends.launcher.processes import work

        answer = work.answer_fresh_node(content, options.node, options.threads)
    except environment.Stopped:
        os._exit(128 + signal.SIGTERM)
    with os.fdopen(replies, "wb") as stream:
        stream.write(answer)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _own_standard_streams() -> tuple[int, int]:
    """Returns standard input and output for a protocol, which whatever libraries print must not reach."""
    requests, replies = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return requests, replies


def _run_node(options: argparse.Namespace, variables: Mapping[str, str], given: Sequence[str]) -> int:
    """Runs one node and returns the exit code. ``given`` is the command line. Raises Failure."""
    if options.end_with_parent:
        environment.stop_with_parent()
    plan_file = Path(options.plan).absolute()
    if plan_file.is_dir():
        plan_file = plan_file / "plan.json"
    plan = read_plan(str(plan_file))
    if options.node not in [node.id for node in plan.nodes]:
        raise WrongUse(f"the pipeline has no node `{options.node}`.")
    if options.phase and not isinstance(plan.node(options.node).component, ContainerComponent):
        raise WrongUse(f"`{options.node}` is no container: it has no --phase.")
    parameters = _parameters(options.parameters, variables)
    # Wrong parameters are reported before TFX is imported, which takes seconds.
    values = resolve_parameters(plan, parameters)
    context = RunContext(
        plan=str(plan_file),
        base_folder=str(Path(options.base_folder or plan_file.parent).absolute()),
        modules_folder=str(Path(options.modules_folder or plan_file.parent / "modules").absolute()),
        run_id=_run_id(options.run_id, variables),
        run_date=options.run_date or variables.get("TFXC_RUN_DATE") or _today(),
        parameters=parameters,
        cache=not options.no_cache,
    )
    known = _values(context, values)
    check_before_import(plan, known, (options.node,))
    # They are set before libraries that read some are imported.
    own_variables = node_variables(plan, options.node, known)
    if options.warm and not needs_fresh_interpreter(own_variables):
        code = run_in_standby([word for word in given if word not in ("--warm", "--end-with-parent")])
        if code is not None:
            return code
    environment.set_variables(own_variables)
    environment.clear_arguments()
    environment.before_imports()
    from tfxc.backends.launcher.processes.single import run_single

    result, summary = run_single(context, options.node, options.threads, options.timeout, options.phase)
    if options.result:
        _write(Path(options.result), result.model_dump_json(indent=2) + "\n")
    if options.summary:
        from tfxc.backends.launcher.node.report import node_report

        sys.stdout.write(node_report(result, summary))
    elif result.error is not None:
        sys.stderr.write(f"{result.error.traceback}error: {result.error.message}\n")
    if options.result_line:
        from tfxc.backends.launcher.node.report import result_line

        sys.stderr.flush()
        sys.stdout.write(result_line(result, summary) + "\n")
        sys.stdout.flush()
    if options.phase == "failure" and result.state == "failed" and result.execution_id is not None:
        return EXIT_DONE  # to mark the node failed is what was asked for
    return exit_code(result)


def _values(context: RunContext, parameters: Mapping[str, Scalar]) -> Values:
    """Returns what references stand for in a run."""
    return Values(
        parameters=parameters,
        run_id=context.run_id,
        run_date=context.run_date,
        environment=dict(os.environ),
        folder=context.base_folder,
    )


def exit_code(result: NodeResult) -> int:
    """Returns the exit code that says how a node ended."""
    if result.state in ("succeeded", "cached"):
        return EXIT_DONE
    return EXIT_SKIPPED if result.state == "skipped" else EXIT_FAILED


def _parameters(text: Optional[str], variables: Mapping[str, str]) -> dict[str, Any]:
    """Returns the parameters of the command line or of TFXC_PARAMETERS. Raises WrongUse."""
    given = text if text is not None else variables.get("TFXC_PARAMETERS", "").strip() or "{}"
    where = "--parameters" if text is not None else "TFXC_PARAMETERS"
    try:
        parsed = json.loads(given)
    except json.JSONDecodeError as error:
        raise WrongUse(f"{where} is not JSON: {error}.") from None
    if not isinstance(parsed, dict):
        raise WrongUse(f'{where} must be a JSON object such as {{"train_steps": 500}}.')
    return parsed


def _run_id(given: Optional[str], variables: Mapping[str, str]) -> str:
    """Returns the run id. Raises WrongUse if there is none."""
    run_id = given or variables.get("TFXC_RUN_ID")
    if not run_id:
        raise WrongUse("say which run this is: --run-id ID, or the environment variable TFXC_RUN_ID.")
    return run_id


def _today() -> str:
    """Returns today's date in UTC."""
    return datetime.datetime.now(datetime.timezone.utc).date().isoformat()


def _write(path: Path, text: str) -> None:
    """Writes a file, with the folders it lies in, all at once. Raises Failure."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text)
    except OSError as error:
        raise Failure(f"{path} cannot be written: {error.strerror}.") from None


def _complain(failure: Failure, code: int) -> int:
    """Prints a failure and returns the exit code."""
    sys.stderr.write(f"error: {failure}\n")
    return code
