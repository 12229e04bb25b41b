"""What the folder of a run on this machine tells of it: parameters, states, times and logs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Optional, get_args

from tfxc.backends.metadata.events import Event, read_events
from tfxc.backends.metadata.history import in_plans_order
from tfxc.backends.metadata.liveness import life
from tfxc.backends.metadata.run_folder import RunFolder, RunRecord, earlier_record
from tfxc.backends.metadata.values import NodeRun, NodeState, Revision, Run, RunState
from tfxc.schemas.plan import Plan

GONE = "its process ended without a word"


@dataclass(frozen=True)
class FolderNode:
    """A node as the events of a run have it."""

    node: str
    state: NodeState = "waiting"
    began: Optional[datetime] = None
    ended: Optional[datetime] = None
    execution_id: Optional[int] = None
    reason: str = ""
    traceback: str = ""
    logs: tuple[str, ...] = ()


@dataclass(frozen=True)
class FolderRun:
    """A run as its folder has it."""

    folder: RunFolder
    record: RunRecord
    pipeline: str
    state: RunState
    began: datetime
    ended: Optional[datetime]
    nodes: Mapping[str, FolderNode]
    error: str = ""

    @property
    def run_id(self) -> str:
        return self.record.run_id

    def alone(self, plan: Plan) -> Run:
        """Returns the run, if the store does not know it."""
        bare = Run(self.run_id, self.pipeline, self.state, self.began, self.ended, (), in_store=False)
        return with_folder(bare, self, plan)


def read_folder_run(folder: RunFolder) -> FolderRun | None:
    """Returns the run of a folder; None if there is none in it that can be read."""
    record = earlier_record(folder)
    if record is None:
        return None
    try:
        events = list(read_events(folder.events))
    except OSError:
        return None
    start = next((event for event in events if event.event in ("run_started", "run_resumed")), None)
    if start is None:
        return None
    over = events[-1].event == "run_finished"
    living = "ended" if over else life(folder)
    state, error = _state(events[-1], living)
    return FolderRun(
        folder,
        record,
        start.pipeline or "",
        state,
        start.time,
        None if state == "running" else events[-1].time,
        _nodes(events, folder, gone=living == "gone"),
        error,
    )


def _state(last: Event, living: str) -> tuple[RunState, str]:
    if living == "gone":
        return "failed", GONE
    if living == "ended" and last.state in ("succeeded", "failed", "cancelled"):
        state: RunState = last.state  # type: ignore[assignment]  # narrowed by the line above
        return state, last.reason or ""
    return "running", ""


def _nodes(events: list[Event], folder: RunFolder, gone: bool) -> dict[str, FolderNode]:
    nodes: dict[str, FolderNode] = {}
    for event in events:
        if event.event in ("run_started", "run_resumed"):
            nodes.update({name: nodes.get(name, FolderNode(name)) for name in event.nodes or ()})
        if event.node is not None:
            nodes[event.node] = _after(nodes.get(event.node, FolderNode(event.node)), event, folder)
    if gone:
        return {name: _gone(node) for name, node in nodes.items()}
    return nodes


def _after(node: FolderNode, event: Event, folder: RunFolder) -> FolderNode:
    """Returns a node after an event of it."""
    if event.event == "node_started":
        # By its name, not its path: the folder may have been moved.
        log = folder.logs / Path(event.log or "").name
        logs = (*node.logs, str(log)) if event.log else node.logs
        began = event.time if node.state in ("waiting", "not_run") or node.began is None else node.began
        return replace(node, state="running", began=began, ended=None, reason="", logs=logs)
    if event.event == "node_retrying":
        return replace(node, state="waiting", reason=event.reason or "")
    if event.event != "node_finished" or event.state not in get_args(NodeState):
        return node
    finished: NodeState = event.state  # type: ignore[assignment]  # one of them, by the line above
    if finished == "cached" and node.state in ("succeeded", "cached"):
        return node  # it had finished in an earlier part of this run
    return replace(
        node,
        state=finished,
        ended=event.time if node.began is not None else None,
        execution_id=event.execution_id,
        reason=event.reason or (event.error.message if event.error is not None else ""),
        traceback=event.error.traceback if event.error is not None else "",
    )


def _gone(node: FolderNode) -> FolderNode:
    if node.state == "running":
        return replace(node, state="failed", reason=GONE)
    return replace(node, state="not_run", reason=GONE) if node.state == "waiting" else node


def with_folder(run: Run, found: FolderRun, plan: Plan) -> Run:
    """Returns a run with what its folder knows better: states, times, parameters and logs."""
    record = found.record
    nodes = {node.node: node for node in run.nodes}
    types = {node.id: node.component.type for node in plan.nodes}
    for name, node in found.nodes.items():
        known = nodes.get(name, NodeRun(name, types.get(name, ""), node.state))
        nodes[name] = replace(
            known,
            state=node.state,
            began=node.began or known.began,
            ended=node.ended or (None if node.state in ("running", "waiting") else known.ended),
            reason=node.reason or (known.reason if node.state == known.state else ""),
            traceback=node.traceback,
            logs=node.logs,
        )
    revision = record.revision
    return replace(
        run,
        state=found.state,
        began=found.began,
        ended=found.ended,
        nodes=tuple(in_plans_order(nodes.values(), plan)),
        parameters=_plain(record.parameters),
        run_date=record.run_date,
        folder=str(found.folder.path),
        tfx_version=record.tfx_version or run.tfx_version,
        tfxc_version=record.tfxc_version,
        revision=None if revision is None else Revision(revision.commit, revision.dirty),
        error=found.error,
    )


def _plain(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return dict(parameters)
