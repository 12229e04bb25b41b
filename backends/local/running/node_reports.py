"""How the nodes of a run and the run ended, from its events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tfxc.backends.launcher.protocol.messages import Artifact
from tfxc.backends.launcher.protocol.property_names import SERVABLE, SERVABLE_REASON
from tfxc.backends.launcher.protocol.summaries import ModelSummary
from tfxc.backends.metadata.events import Event
from tfxc.backends.reports.run_report import NodeReport
from tfxc.backends.reports.states import FAILED, RunState
from tfxc.schemas.plan import Plan


def node_reports(plan: Plan, events: Iterable[Event]) -> tuple[NodeReport, ...]:
    """Returns the report of each node that the events say the run has, in the Plan's order."""
    reports: dict[str, NodeReport] = {}
    latest: dict[str, list[Event]] = {}
    for event in events:
        if event.node is not None:
            latest.setdefault(event.node, []).append(event)
    for node in plan.nodes:
        history = latest.get(node.id, [])
        final = next((event for event in reversed(history) if event.event == "node_finished"), None)
        if final is None:
            continue
        tried = [event for event in history if event.event in ("node_retrying", "node_finished")]
        reports[node.id] = NodeReport(
            node=node.id,
            label=node.label,
            type=node.component.type,
            state=final.state,
            reason=final.reason or "",
            attempts=sum(1 for event in history if event.event == "node_started"),
            seconds=round(sum(event.seconds or 0.0 for event in tried), 3),
            peak_memory=max((event.peak_memory or 0 for event in tried), default=0),
            execution_id=final.execution_id,
            log=next((event.log for event in reversed(history) if event.event == "node_started"), None),
            artifacts=final.artifacts,
            error=final.error,
        )
    return tuple(reports.values())


def with_verdicts(reports: Iterable[NodeReport], models: Iterable[ModelSummary]) -> tuple[NodeReport, ...]:
    """Returns the reports of nodes with what was found out about their models since they were published."""
    verdicts = {(model.node, model.output): model for model in models}
    return tuple(
        report.model_copy(
            update={
                "artifacts": tuple(
                    _with_verdict(artifact, verdicts.get((report.node, artifact.output)))
                    for artifact in report.artifacts
                )
            }
        )
        for report in reports
    )


def _with_verdict(artifact: Artifact, verdict: ModelSummary | None) -> Artifact:
    if verdict is None or artifact.artifact_type != "Model":
        return artifact
    found: dict[str, Any] = {}
    if verdict.servable is not None:
        found[SERVABLE] = int(verdict.servable)
    if verdict.reason:
        found[SERVABLE_REASON] = verdict.reason
    return artifact.model_copy(update={"properties": artifact.properties | found})


def run_state(nodes: Iterable[NodeReport], stopped: bool, error: str) -> RunState:
    """Returns how the run as a whole ended. A signal that came too late to stop anything changes nothing."""
    complete = not error and all(node.state not in FAILED for node in nodes)
    if complete:
        return "succeeded"
    return "cancelled" if stopped else "failed"
