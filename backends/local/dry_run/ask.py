"""Asking the launcher what a run would do: in a folder of its own, which is gone afterwards."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path

from tfxc.backends.launcher.protocol.before_import import check_values
from tfxc.backends.launcher.protocol.client import LauncherUnavailable
from tfxc.backends.launcher.protocol.conversation import Conversation, Launcher
from tfxc.backends.launcher.protocol.messages import (
    DryRunReply,
    DryRunRequest,
    DryRunResult,
    ErrorReply,
    OpenRequest,
    Reply,
    RunContext,
)
from tfxc.backends.local.dry_run.outlook import Asked, NodeOutlook, outlooks
from tfxc.backends.local.running.prepare import IdentifiedRun, RunRequest, identified
from tfxc.schemas.failures import Failure

_PREFIX = "tfxc-dry-run-"


def dry_run(request: RunRequest, launcher: Launcher, now: datetime) -> tuple[NodeOutlook, ...]:
    """Returns what a run would do with each node, in the Plan's order.

    Nothing is written but in a temporary folder: no run's folder, no metadata store, nothing below the
    pipeline root. Raises WrongUse and Failure for what the run could not begin with, and Failure if the
    launcher ends.
    """
    run = identified(request, now)
    check_values(request.plan, run.values, request.nodes or tuple(node.id for node in request.plan.nodes))
    asked = Asked(request.plan, request.nodes, run.finished(request), request.cache)
    conversation = Conversation(launcher, lambda: None, None)
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as folder:
        try:
            opened = OpenRequest(id=conversation.next_id(), context=_context(request, run, Path(folder)))
            _answer(conversation, opened)
            return outlooks(
                asked, lambda node, has_inputs: _ask(conversation, run.values.run_id, node, has_inputs)
            )
        except LauncherUnavailable as gone:
            raise Failure(str(gone)) from None


def _context(request: RunRequest, run: IdentifiedRun, folder: Path) -> RunContext:
    for path, content in request.modules.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    plan = folder / "plan.json"
    plan.write_text(request.plan.to_json(), encoding="utf-8")
    return RunContext(
        plan=str(plan),
        base_folder=str(request.base_folder),
        modules_folder=str(folder / "modules"),
        run_id=run.values.run_id,
        run_date=run.values.run_date,
        parameters=dict(run.values.parameters),
        nodes=request.nodes,
        cache=request.cache,
        dry_run_folder=str(folder),
    )


def _ask(conversation: Conversation, run_id: str, node: str, has_inputs: bool) -> DryRunResult:
    request = DryRunRequest(id=conversation.next_id(), run_id=run_id, node=node, has_inputs=has_inputs)
    reply = _answer(conversation, request)
    assert isinstance(reply, DryRunReply)  # noqa: S101 - what the server answers with
    return reply.result


def _answer(conversation: Conversation, request: OpenRequest | DryRunRequest) -> Reply:
    """Returns the answer to a request. Raises Failure if it could not be carried out."""
    conversation.send(request)
    while True:
        for reply in conversation.wait():
            if isinstance(reply, ErrorReply) and reply.id in (0, request.id):
                raise Failure(reply.error.message)
            if reply.id == request.id:
                return reply
