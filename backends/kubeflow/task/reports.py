"""Pages for KFP's UI: what a node did as Markdown, what it found as HTML.

KFP shows HTML in a frame without network access: everything a page needs is in it, and it is made of the
same sections as the page of `tfxc report`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tfxc.backends.kubeflow.emit.artifacts import KfpArtifact
from tfxc.backends.kubeflow.task.launch import Launched
from tfxc.backends.launcher.protocol.messages import Artifact
from tfxc.backends.launcher.protocol.summaries import RunSummary
from tfxc.backends.reports.findings import Places, finding_parts
from tfxc.backends.reports.html.artifact_page import artifact_page, skipped_page
from tfxc.backends.reports.markdown import markdown
from tfxc.backends.reports.states import shown_seconds
from tfxc.backends.reports.values import Column, Contents, Part, Span, Statement, Table, Tone, line
from tfxc.schemas.plan import PlanNode


def summary_text(node: PlanNode, launched: Launched) -> str:
    """Returns what one node did, as Markdown."""
    result = launched.result
    tone: Tone = "failed" if result.state == "timed_out" else result.state
    title = (Span(node.id), Span(": "), Span(result.state.replace("_", " "), tone))
    about = (
        Part("Node", tuple(Statement(line(text)) for text in _about(node, launched) if text)),
        Part("Artifacts", (Statement(table=_artifacts(result.artifacts)),) if result.artifacts else ()),
    )
    places = Places({node.id: result.state}, {node.id: result.artifacts})
    found = finding_parts(_of_node(node.id, launched.summary), places)
    return markdown(Contents(title, (*(part for part in about if part.statements), *found)))


def _of_node(node: str, summary: RunSummary) -> RunSummary:
    """Returns what one node found out of what the whole run did."""
    return RunSummary(
        evaluations=tuple(each for each in summary.evaluations if each.node == node),
        anomalies=tuple(each for each in summary.anomalies if each.node == node),
        models=tuple(each for each in summary.models if each.node == node),
        pushes=tuple(each for each in summary.pushes if each.node == node),
        statistics=tuple(each for each in summary.statistics if each.node == node),
        alerts=tuple(each for each in summary.alerts if each.node == node),
        triggers=tuple(each for each in summary.triggers if each.node == node),
    )


def _about(node: PlanNode, launched: Launched) -> tuple[str, ...]:
    result = launched.result
    why = "its condition was false, or a node that it reads from was skipped"
    return (
        " ".join(node.description.split()),
        f"it took {shown_seconds(result.seconds)}",
        why if result.state == "skipped" else "",
        result.error.message if result.error is not None else "",
    )


def _artifacts(artifacts: Sequence[Artifact]) -> Table:
    rows = tuple((Span(each.output), Span(each.artifact_type), Span(each.uri)) for each in artifacts)
    return Table((Column("Output"), Column("Type"), Column("URI")), rows)


def report_page(node: PlanNode, artifact: KfpArtifact, launched: Launched, now: datetime) -> str:
    """Returns the HTML page of what a node put out under a key."""
    output = artifact.output or ""
    if launched.result.state == "skipped":
        return skipped_page(node.id, output, now)
    output_type = node.outputs.get(output, "")
    result, copies = launched.result, launched.copies
    return artifact_page(node.id, output, output_type, result.artifacts, copies, launched.summary, now)
