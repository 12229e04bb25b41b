"""``tfxc runs logs``"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, Optional

import typer

from tfxc.compiler.commands.options import EnvironmentOption
from tfxc.compiler.commands.runs.reading import DEFAULT_SPEC, RunArgument, SpecOption, read
from tfxc.compiler.output import write_json
from tfxc.schemas.failures import Failure, WrongUse
from tfxc.schemas.words.wording import counted

if TYPE_CHECKING:
    from tfxc.backends.metadata.past import Past
    from tfxc.backends.metadata.run_folder import RunFolder
    from tfxc.backends.metadata.values import NodeRun, Run

EXAMPLES = """
tfxc runs logs latest trainer
tfxc runs logs latest trainer -f
tfxc runs logs 20261128-12 trainer --attempt 1
"""

_PAUSE = 0.3
"""Seconds between two looks at a log that is being written."""


def logs(
    run: RunArgument,
    node: Annotated[str, typer.Argument(metavar="NODE", help="A node of the run.")],
    spec: SpecOption = Path(DEFAULT_SPEC),
    env: EnvironmentOption = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on as long as the node runs, through its retries.")
    ] = False,
    attempt: Annotated[
        Optional[int],
        typer.Option("--attempt", min=1, metavar="N", help="Which attempt's; the last one's if not given."),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Say where the log of each attempt is, as JSON.")
    ] = False,
) -> None:
    """Print all that a node printed.

    Logs lie in the folders of runs on this machine. Those of Airflow and Kubeflow are where these keep
    them.
    """
    past = read(spec, env)
    found = past.run(run)
    if json:
        if follow or attempt is not None:
            raise WrongUse("--json tells of all attempts as they are now: leave --follow and --attempt out")
        told = _node(found, node)
        _log(found, told, None)
        content = {"format": "tfxc.logs/1", "run": found.id, "node": told.node, "state": told.state}
        write_json({**content, "logs": [str(each) for each in told.logs]})
        return
    if not follow:
        _print_whole(_log(found, _node(found, node), attempt))
        return
    if attempt is not None:
        raise WrongUse("--follow follows the last attempt: leave --attempt out")
    _follow(spec, env, past, found.id, node)


def _node(run: Run, node: str) -> NodeRun:
    try:
        return run.node(node)
    except KeyError:
        from tfxc.schemas.words.suggest import did_you_mean

        names = [each.node for each in run.nodes]
        near = did_you_mean(node, names)
        hint = near[0] if near else f"it has {', '.join(names)}"
        raise WrongUse(f"run {run.id} has no node `{node}`; {hint}") from None


def _log(run: Run, node: NodeRun, attempt: int | None) -> Path:
    if run.folder is None:
        raise Failure(f"run {run.id} has no folder on this machine: the logs are with what ran it")
    if not node.logs:
        raise Failure(f"`{node.node}` has no log in run {run.id}: it is {node.state.replace('_', ' ')}")
    if attempt is not None and attempt > len(node.logs):
        raise WrongUse(f"`{node.node}` had {counted(len(node.logs), 'attempt')} in run {run.id}")
    return Path(node.logs[(attempt or len(node.logs)) - 1])


def _print_whole(log: Path) -> None:
    with log.open("rb") as file:
        _print_rest(file)


def _print_rest(file: BinaryIO) -> None:
    """Prints what is there from here on, as it is: a log is the user's own."""
    sys.stdout.flush()
    while chunk := file.read(1 << 16):
        sys.stdout.buffer.write(chunk)
    sys.stdout.buffer.flush()


def _follow(spec: Path, environment: str | None, past: Past, run_id: str, name: str) -> None:
    """Prints a node's logs until the node is over, one attempt after the other."""
    from tfxc.backends.metadata.folder_runs import read_folder_run, with_folder

    run = past.run(run_id)
    folder = past.folders.get(run_id)
    if folder is None:
        _log(run, _node(run, name), None)
        return
    printed = len(_node(run, name).logs[:-1])
    while True:
        fresh = read_folder_run(folder)
        run = with_folder(run, fresh, past.plan) if fresh is not None else run
        node = _node(run, name)
        if printed < len(node.logs):
            _print_as_written(Path(node.logs[printed]), folder, name, printed + 1)
            printed += 1
        elif run.state != "running" or node.state not in ("running", "waiting"):
            if not node.logs:
                _log(run, node, None)
            return
        else:
            time.sleep(_PAUSE)


def _print_as_written(log: Path, folder: RunFolder, name: str, attempt: int) -> None:
    from tfxc.backends.metadata.folder_runs import read_folder_run

    with log.open("rb") as file:
        while True:
            fresh = read_folder_run(folder)
            node = fresh.nodes.get(name) if fresh is not None else None
            over = (
                fresh is None
                or node is None
                or fresh.state != "running"
                or node.state != "running"
                or len(node.logs) > attempt
            )
            _print_rest(file)
            if over:
                return
            time.sleep(_PAUSE)
