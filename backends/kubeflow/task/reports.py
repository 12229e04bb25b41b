"""Pages for KFP's UI: what a node did as Markdown, what it found as HTML.

KFP shows HTML in a frame without network access: everything a page needs is in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from tfxc.backends.kubeflow.emit.artifacts import KfpArtifact
from tfxc.backends.kubeflow.task.launch import Launched
from tfxc.backends.launcher.protocol.messages import (
    AnomalySummary,
    Artifact,
    EvaluationSummary,
    RunSummary,
    StatisticsSummary,
)
from tfxc.backends.reports.findings import Places, finding_parts
from tfxc.backends.reports.markdown import markdown
from tfxc.backends.reports.states import shown_seconds
from tfxc.backends.reports.values import Column, Contents, Part, Span, Statement, Table, Tone, line
from tfxc.schemas.plan import PlanNode

_STYLE = (
    "body{font:14px/1.45 system-ui,sans-serif;margin:16px;color:#202124}"
    "h1{font-size:18px;margin:0 0 12px}h2{font-size:15px;margin:20px 0 6px}"
    "table{border-collapse:collapse}th,td{border-bottom:1px solid #dadce0;padding:4px 12px;text-align:left}"
    "td.n{text-align:right;font-variant-numeric:tabular-nums}.bad{color:#b3261e}.good{color:#146c2e}"
)
_STATISTICS_COLUMNS = (
    "feature",
    "type",
    "there",
    "missing",
    "zeros",
    "mean",
    "std. dev.",
    "minimum",
    "median",
    "maximum",
    "unique",
    "most frequent",
)
_NOTHING = "<p>Nothing to report.</p>"


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


def report_page(node: PlanNode, artifact: KfpArtifact, launched: Launched) -> str:
    """Returns the HTML page of a node's statistics, anomalies or evaluation."""
    output_type = node.outputs.get(artifact.output or "", "")
    if launched.result.state == "skipped":
        body = "<p>The node was skipped.</p>"
    elif output_type == "ModelEvaluation":
        body = "".join(_evaluation(each) for each in launched.summary.evaluations if each.node == node.id)
    elif output_type == "ExampleAnomalies":
        body = _anomalies([each for each in launched.summary.anomalies if each.node == node.id])
    else:
        body = "".join(
            _statistics(each)
            for each in launched.summary.statistics
            if each.node == node.id and each.output == artifact.output
        )
    return page(f"{node.id}: {artifact.output}", body or _NOTHING)


def page(title: str, body: str) -> str:
    """Returns a whole HTML page. ``body`` is HTML, ``title`` text."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>{body}</body></html>\n"
    )


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Returns an HTML table; numbers stand at the right."""
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    return f"<table><tr>{head}</tr>{''.join(_row(row) for row in rows)}</table>"


def _row(row: Sequence[object]) -> str:
    return f"<tr>{''.join(_cell(value) for value in row)}</tr>"


def _cell(value: object) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return (
            f'<td class="n">{value:.6g}</td>' if isinstance(value, float) else f'<td class="n">{value}</td>'
        )
    return f"<td>{escape('' if value is None else str(value))}</td>"


def _evaluation(evaluation: EvaluationSummary) -> str:
    verdict = ""
    if evaluation.blessed is not None:
        word, look = ("blessed", "good") if evaluation.blessed else ("not blessed", "bad")
        verdict = f'<p class="{look}">The model was {word}.</p>'
    failures = "".join(f"<li>{escape(failure)}</li>" for failure in evaluation.failures)
    rows = [(metric.slice, metric.name, metric.value) for metric in evaluation.metrics]
    return verdict + (f"<ul>{failures}</ul>" if failures else "") + table(("slice", "metric", "value"), rows)


def _anomalies(anomalies: Sequence[AnomalySummary]) -> str:
    if not anomalies:
        return '<p class="good">No anomalies.</p>'
    rows = [(each.split, each.feature, each.severity, each.description) for each in anomalies]
    return table(("split", "feature", "severity", "what"), rows)


def _statistics(statistics: StatisticsSummary) -> str:
    rows = [
        (
            feature.name,
            feature.type.lower(),
            feature.count,
            feature.missing,
            feature.zeros,
            feature.mean,
            feature.std_dev,
            feature.min,
            feature.median,
            feature.max,
            feature.unique,
            ", ".join(f"{value} ({count:.6g})" for value, count in feature.top),
        )
        for feature in statistics.features
    ]
    split = escape(statistics.split or "all")
    return f"<h2>{split}: {statistics.examples} examples</h2>{table(_STATISTICS_COLUMNS, rows)}"
