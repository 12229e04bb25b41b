"""A notice in words: a title, plain text for people, and JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from tfxc.backends.alerts.notice import Notice
from tfxc.backends.launcher.protocol.evaluation_messages import OVERALL
from tfxc.backends.launcher.protocol.summaries import EvaluationSummary
from tfxc.backends.reports.findings import Places, finding_parts
from tfxc.backends.reports.one_line import one_line
from tfxc.backends.reports.text import text_lines
from tfxc.backends.reports.values import Contents, Part, Span, Statement, line
from tfxc.schemas.words.wording import counted

FORMAT = "tfxc.alert/1"
WIDTH = 90
MOST_LINES = 60
MOST_FAILURES = 8
_LONGEST_TITLE = 200
_LONGEST_LINE = 400


def title(notice: Notice) -> str:
    """Returns a notice in one line: the pipeline, what was found, the run."""
    found = "; ".join(_found(notice)) or {"succeeded": "succeeded", "running": "found nothing"}[notice.state]
    text = one_line(f"{notice.pipeline}: {found} (run {notice.run_id})")
    return text if len(text) <= _LONGEST_TITLE else f"{text[: _LONGEST_TITLE - 1]}…"


def _found(notice: Notice) -> Iterator[str]:
    if notice.state == "failed":
        names = [each.node for each in notice.failed]
        listed = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        yield f"failed at {listed}" if names else "failed"
    count = len(notice.found.anomalies)
    if count:
        features = len({each.feature for each in notice.found.anomalies})
        what = "1 anomaly" if count == 1 else f"{count} anomalies"
        yield f"{what} in {features} feature{'' if features == 1 else 's'}"
    if notice.not_blessed:
        yield f"the model is not blessed by {' and '.join(notice.not_blessed)}"


def text(notice: Notice) -> str:
    """Returns a notice as plain text of at most `MOST_LINES` lines, with a final newline."""
    written = [_shortened(each.plain.rstrip()) for each in text_lines(contents(notice))]
    ending = [f"more: {notice.report_url}"] if notice.report_url else []
    ending += [f"more: {notice.report}"] if notice.report else []
    if len(written) > MOST_LINES:
        written = [*written[:MOST_LINES], f"… and {counted(len(written) - MOST_LINES, 'more line')}"]
    return "\n".join([*written, *(["", *ending] if ending else [])]) + "\n"


def contents(notice: Notice) -> Contents:
    """Returns a notice in the words of the reports."""
    about = {"running": "is still running", "succeeded": "succeeded", "failed": "failed"}[notice.state]
    head = (Span(title(notice), "name"),)
    run = Statement(line(f"run {notice.run_id} of {notice.pipeline} {about}"))
    parts = [Part("Run", (run, *_failures(notice)))]
    found = notice.found.model_copy(update={"evaluations": tuple(map(_overall, notice.found.evaluations))})
    parts += finding_parts(found, Places(), WIDTH)
    refused = [node for node in notice.not_blessed if node not in {each.node for each in found.evaluations}]
    if refused:
        statements = tuple(
            Statement((Span(f"{one_line(node)}: ", "name"), Span("the model is not blessed", "warning")))
            for node in refused
        )
        parts.append(Part("Blessings", statements))
    return Contents(head, tuple(map(_without_verdicts, parts)))


def _failures(notice: Notice) -> Iterator[Statement]:
    for each in notice.failed[:MOST_FAILURES]:
        yield Statement(line(_shortened(one_line(each.error)), "error"))
    if len(notice.failed) > MOST_FAILURES:
        yield Statement(line(f"and {counted(len(notice.failed) - MOST_FAILURES, 'more node')} failed"))
    if notice.state == "failed" and not notice.failed:
        yield Statement(line("which node failed, its orchestrator knows: none has said so in ML Metadata"))


def _overall(evaluation: EvaluationSummary) -> EvaluationSummary:
    """Returns an evaluation with the metrics over everything: the slices that matter are told as failures."""
    kept = tuple(metric for metric in evaluation.metrics if metric.slice == OVERALL)
    return evaluation.model_copy(update={"metrics": kept, "plots": ()})


def _without_verdicts(part: Part) -> Part:
    """Returns a part without what it says of a verdict that nobody was asked for."""
    if part.title != "Evaluation":
        return part
    no_verdict = "no verdict"
    statements = tuple(
        replace(each, line=(each.line[0], Span("metrics")))
        if any(no_verdict in span.text for span in each.line)
        else each
        for each in part.statements
    )
    return replace(part, statements=statements)


def body(notice: Notice) -> Mapping[str, Any]:
    """Returns a notice as JSON has it. Within a ``format``, fields are added, never renamed or removed."""
    return {
        "format": FORMAT,
        "title": title(notice),
        "text": text(notice),
        "pipeline": notice.pipeline,
        "run_id": notice.run_id,
        "run_date": notice.run_date,
        "node": notice.node,
        "state": notice.state,
        "reasons": list(notice.reasons),
        "anomalies": [each.model_dump(mode="json") for each in notice.found.anomalies],
        "evaluations": [
            {
                "node": each.node,
                "blessed": each.blessed,
                "failures": list(each.failures),
                "metrics": {metric.name: metric.value for metric in each.metrics if metric.slice == OVERALL},
            }
            for each in notice.found.evaluations
        ],
        "not_blessed": list(notice.not_blessed),
        "failed_nodes": [{"node": each.node, "error": each.error} for each in notice.failed],
        "report_url": notice.report_url,
        "key": notice.key,
    }


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_LINE else f"{text[: _LONGEST_LINE - 1]}…"
