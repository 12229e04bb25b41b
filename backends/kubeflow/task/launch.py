"""Running one node through the launcher's server, its log copied to standard output as it grows."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tfxc.backends.launcher.protocol.client import LauncherClient
from tfxc.backends.launcher.protocol.conversation import Conversation
from tfxc.backends.launcher.protocol.message import LaunchError
from tfxc.backends.launcher.protocol.messages import (
    CancelRequest,
    ContainerPhase,
    CopyRequest,
    ErrorReply,
    FinishedReply,
    NodeRequest,
    NodeResult,
    OpenRequest,
    RunContext,
    SummaryReply,
    SummaryRequest,
)
from tfxc.backends.launcher.protocol.summaries import RunSummary
from tfxc.schemas.artifacts import is_reported
from tfxc.schemas.plan import PlanNode
from tfxc.schemas.plan_values import is_uri

_WRONG_USE = "WrongUse"
_INTERVAL = 0.5
_STOP_GRACE = 20.0
"""Seconds between SIGTERM and SIGKILL of the node; Kubernetes gives a pod thirty in all."""


class Stopped(BaseException):
    """SIGTERM arrived. Not an Exception, so that nothing swallows it on the way."""


@dataclass(frozen=True)
class Launched:
    """How a node ended, and what its run found out so far. ``wrong_use`` is for exit code 2.

    ``copies`` are the folders here with what lies in an object store, by URI: of what has a page.
    """

    result: NodeResult
    summary: RunSummary
    wrong_use: bool = False
    copies: Mapping[str, str] = field(default_factory=dict)


def launch(
    context: RunContext, node: PlanNode, folder: Path, phase: ContainerPhase | None = None
) -> Launched:
    """Runs one node of a run and returns how it ended.

    ``folder`` is for log files and copies. On SIGTERM (`Stopped`) the node is stopped, and is marked failed
    in MLMD. Raises LauncherUnavailable if TFX cannot be imported or the server dies.
    """
    log = folder / "node.log"
    log.touch()
    with LauncherClient(log=folder / "launcher.log") as client, log.open("rb") as written:
        conversation = Conversation(client, lambda: _copy(written.read()), _INTERVAL)
        opened = conversation.ask(OpenRequest(id=client.new_id(), context=context))
        if isinstance(opened, ErrorReply):
            return _failed(node, opened.error)
        threads = node.execution.resources.cpu
        request = NodeRequest(
            id=client.new_id(),
            run_id=context.run_id,
            node=node.id,
            log=str(log),
            threads=math.ceil(threads) if threads else None,
            timeout=node.execution.timeout if phase is None else None,
            phase=phase,
        )
        try:
            finished = conversation.ask(request)
        except Stopped:
            conversation.send(CancelRequest(id=client.new_id(), target=request.id, grace=_STOP_GRACE))
            finished = conversation.end_of(request.id)
        _copy(written.read())
        if isinstance(finished, ErrorReply):
            return _failed(node, finished.error)
        assert isinstance(finished, FinishedReply)  # noqa: S101 - the only other answer to a node request
        summary = RunSummary()
        if finished.result.state in ("succeeded", "cached"):
            answer = conversation.ask(SummaryRequest(id=client.new_id(), run_id=context.run_id))
            if isinstance(answer, SummaryReply):
                summary = answer.summary
        copies = _copied(finished.result, folder)
        if copies:
            conversation.ask(CopyRequest(id=client.new_id(), folders=copies))
        return Launched(finished.result, summary, copies=copies)


def _copied(result: NodeResult, folder: Path) -> dict[str, str]:
    """Returns where to copy what has a page and lies in an object store."""
    return {
        artifact.uri: str(folder / "copies" / str(index))
        for index, artifact in enumerate(result.artifacts)
        if is_uri(artifact.uri) and is_reported(artifact.artifact_type)
    }


def _copy(content: bytes) -> None:
    if content:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()


def _failed(node: PlanNode, error: LaunchError) -> Launched:
    result = NodeResult(node=node.id, state="failed", seconds=0.0, error=error)
    return Launched(result, RunSummary(), wrong_use=error.exception == _WRONG_USE)
