"""Pages for KFP's UI: what a node did as Markdown, what it found as HTML.

KFP shows HTML in a frame without network access: everything a page needs is in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from tfxc.backends.kubeflow.emit.artifacts import KfpArtifact
from tfxc.backends.kubeflow.task.launch import Launched
from tfxc.backends.launcher.protocol.messages import AnomalySummary, EvaluationSummary, StatisticsSummary
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
    lines = [f"## {_plain(node.id)}", "", f"**{result.state}** in {result.seconds:.1f} s", ""]
    if node.description:
        lines += [_plain(node.description), ""]
    if result.state == "skipped":
        lines += ["Its condition was false, or a node that it reads from was skipped.", ""]
    if result.artifacts:
        lines += ["| output | type | URI |", "| --- | --- | --- |"]
        lines += [
            f"| {_plain(each.output)} | {_plain(each.artifact_type)} | `{each.uri.replace('|', '%7C')}` |"
            for each in result.artifacts
        ]
        lines.append("")
    for evaluation in launched.summary.evaluations:
        if evaluation.node == node.id and evaluation.blessed is not None:
            lines += [f"The model was **{'' if evaluation.blessed else 'not '}blessed**.", ""]
            lines += [f"- {_plain(failure)}" for failure in evaluation.failures]
            if evaluation.baseline:
                lines += ["", "It was compared with an earlier model.", ""]
    for evaluation in launched.summary.evaluations:
        if evaluation.node == node.id and evaluation.empty_slices:
            lines += [f"- no example is in the slice {_plain(empty)}" for empty in evaluation.empty_slices]
            lines.append("")
    anomalies = [each for each in launched.summary.anomalies if each.node == node.id]
    if anomalies:
        lines += [f"**{len(anomalies)}** anomalies.", ""]
    for model in launched.summary.models:
        if model.node == node.id:
            states = {True: "servable", False: "**not servable**", None: "perhaps not servable"}
            reason = f": {_plain(model.reason)}" if model.reason else "."
            lines += [f"The model `{model.output}` is {states[model.servable]}{reason}", ""]
    for push in launched.summary.pushes:
        if push.node == node.id:
            lines += [
                f"Pushed to `{push.destination}`." if push.pushed else f"Not pushed: {_plain(push.reason)}"
            ]
    return "\n".join(lines).rstrip() + "\n"


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


def _plain(text: str) -> str:
    """Returns a text that Markdown shows as it is, in one line."""
    joined = " ".join(text.split())
    return "".join(f"\\{character}" if character in "\\`*_{}[]<>|" else character for character in joined)
