"""What the report of a run says: what it found out first, then what went wrong and where to look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from tfxc.backends.launcher.protocol.messages import EvaluationSummary
from tfxc.backends.reports.log_excerpt import is_written, log_excerpt
from tfxc.backends.reports.metrics_table import metrics_table
from tfxc.backends.reports.run_report import NodeReport, RunReport
from tfxc.backends.reports.states import FAILED, GOOD, shown_seconds, shown_state
from tfxc.backends.reports.values import (
    Column,
    Contents,
    Line,
    Part,
    Quotation,
    Span,
    Statement,
    Table,
    line,
)
from tfxc.schemas.plan_values import is_uri

MOST_NODES = 40
MOST_ANOMALIES = 12
MOST_FAILURES = 5
WIDE = 10_000

_NODE_COLUMNS = (Column("Node"), Column("State", width=9), Column("Time", right=True, width=7), Column(""))


def run_contents(report: RunReport, here: Path, width: int = WIDE) -> Contents:
    """Returns what a report says. Paths below ``here`` are shown relative to it.

    ``width`` is how many characters the tables of metrics may take. Reads the logs of failed nodes.
    """
    parts = (
        _nodes(report),
        Part("Data", tuple(_statistics(report))),
        Part("Models", tuple(_models(report))),
        *_evaluations(report, here, width),
        Part("Anomalies", tuple(_anomalies(report, here))),
        Part("Pushes", tuple(_pushes(report, here))),
        *(Part(f"Failed: {node.node}", (_failure(node, here),)) for node in _failed(report)[:MOST_FAILURES]),
        Part("End", tuple(_ending(report, here))),
    )
    return Contents(_title(report), tuple(part for part in parts if part.statements))


def _title(report: RunReport) -> Line:
    return (
        Span(report.pipeline, "name"),
        Span(f"  run {report.run_id}  "),
        Span(report.state, report.state),
        Span(f" in {shown_seconds(report.seconds)}"),
    )


def _nodes(report: RunReport) -> Part:
    nodes = report.nodes
    if not any(node.attempts or node.state in GOOD for node in nodes):
        return Part("Nodes", ())
    details: tuple[Line, ...] = ()
    if len(nodes) > MOST_NODES:
        slowest = sorted(nodes, key=lambda node: -node.seconds)[: MOST_NODES // 4]
        bad = [node for node in nodes if node.state in FAILED][: MOST_NODES // 2]
        shown = {node.node for node in (*slowest, *bad)}
        counts = Counter(node.state for node in nodes)
        totals = ", ".join(f"{count} {shown_state(state)}" for state, count in counts.items())
        details = (line(f"{len(nodes)} nodes: {totals}; the slowest and those that did not end well:"),)
        nodes = tuple(node for node in nodes if node.node in shown)
    table = Table(_NODE_COLUMNS, tuple(map(_node_row, nodes)), has_plain_head=False)
    return Part("Nodes", (Statement(details=details, table=table),))


def _node_row(node: NodeReport) -> tuple[Span, ...]:
    return (
        Span(node.node),
        Span(shown_state(node.state), node.state),
        Span(shown_seconds(node.seconds) if node.attempts else ""),
        Span(_remark(node), "faint"),
    )


def _remark(node: NodeReport) -> str:
    attempts = f"{node.attempts} attempts" if node.attempts > 1 else ""
    reason = "" if node.error is not None else _one_line(node.reason)
    return ", ".join(part for part in (attempts, reason) if part)


def _of_node(node: str, text: str, *more: Span) -> Line:
    return (Span(f"{node}: ", "name"), *([Span(text)] if text else ()), *more)


def _statistics(report: RunReport) -> Iterator[Statement]:
    by_node: dict[str, list[str]] = {}
    for found in report.statistics:
        if found.output == "statistics" and found.split:
            counts = by_node.setdefault(found.node, [])
            counts.append(f"{found.examples:,}{'' if counts else ' examples'} in {found.split}")
    for node, counts in by_node.items():
        yield Statement(_of_node(node, ", ".join(counts)))


def _models(report: RunReport) -> Iterator[Statement]:
    for model in report.models:
        if model.servable is None:
            verdict = Span("it is not known whether the model is servable")
        elif model.servable:
            verdict = Span("the model is servable", "good")
        else:
            verdict = Span("the model is not servable", "warning")
        tone: Literal["notice", "plain"] = "notice" if model.servable is False else "plain"
        because = (line(f"because {_one_line(model.reason)}", tone),) if model.reason else ()
        yield Statement(_of_node(model.node, "", verdict), because)


def _evaluations(report: RunReport, here: Path, width: int) -> Iterator[Part]:
    for evaluation in report.evaluations:
        details = [line(f"because {_one_line(failure)}", "notice") for failure in evaluation.failures]
        details += [
            line(f"no example is in the slice {_one_line(empty)}, which is asked for", "notice")
            for empty in evaluation.empty_slices
        ]
        fitted = metrics_table(evaluation, max(40, width - 2))
        table: Table | None = None
        more: Line = ()
        if fitted is not None:
            head, *rows = fitted.rows
            columns = tuple(Column(name, right=index > 0) for index, name in enumerate(head))
            table = Table(columns, tuple(tuple(map(Span, row)) for row in rows))
        if fitted is not None and fitted.hidden:
            place = _artifact(report, evaluation.node, "ModelEvaluation", here)
            more = line(f"and {fitted.hidden} in {place}", "faint")
        statement = Statement(_verdict(evaluation), tuple(details), table, more=more)
        yield Part("Evaluation", (statement,))


def _verdict(evaluation: EvaluationSummary) -> Line:
    if evaluation.blessed is None:
        return _of_node(evaluation.node, "no verdict: it has no thresholds to bless a model by")
    if not evaluation.blessed:
        return _of_node(evaluation.node, "", Span("the model is not blessed", "warning"))
    compared = "" if evaluation.baseline else " (there was no baseline model to compare with)"
    return _of_node(evaluation.node, "", Span("the model is blessed", "good"), Span(compared))


def _anomalies(report: RunReport, here: Path) -> Iterator[Statement]:
    by_node: dict[str, list[Line]] = {}
    for anomaly in report.anomalies:
        found = f"{anomaly.split}: {anomaly.feature or 'the data set'}: {_one_line(anomaly.description)}"
        by_node.setdefault(anomaly.node, []).append(line(found))
    for node, lines in by_node.items():
        count = Span(f"{len(lines)} {'anomaly' if len(lines) == 1 else 'anomalies'}", "notice")
        more: Line = ()
        if len(lines) > MOST_ANOMALIES:
            place = _artifact(report, node, "ExampleAnomalies", here)
            more = line(f"and {len(lines) - MOST_ANOMALIES} more in {place}", "faint")
        yield Statement(_of_node(node, "", count), tuple(lines[:MOST_ANOMALIES]), more=more)


def _pushes(report: RunReport, here: Path) -> Iterator[Statement]:
    states = {node.node: node.state for node in report.nodes}
    rest: tuple[Span, ...]
    for push in report.pushes:
        state = states.get(push.node)
        if state == "not_run":  # the table says why, and what failed is said below
            continue
        reason = f": {_one_line(push.reason)}" if push.reason else ""
        if push.pushed:
            done = Span("had pushed this model" if state == "cached" else "pushed the model", "good")
            place = f" to {_shown_path(push.destination, here)}" if push.destination else ""
            rest = (Span(place), Span(reason, "notice"))
        else:
            done = Span("pushed nothing", "notice")
            rest = (Span(reason),)
        yield Statement(_of_node(push.node, "", done, *rest))


def _failed(report: RunReport) -> list[NodeReport]:
    return [node for node in report.nodes if node.state == "failed"]


def _failure(node: NodeReport, here: Path) -> Statement:
    message = node.error.message if node.error is not None else node.reason or "no reason was given"
    name = "" if node.node in message else f"{node.node}: "
    quotations: list[Quotation] = []
    if node.error is not None and node.error.traceback.strip():
        frames = node.error.traceback.strip("\n").splitlines()
        quotations.append(Quotation(tuple(frame.rstrip() for frame in frames)))
    more: Line = ()
    if node.log is not None:
        excerpt = log_excerpt(Path(node.log))
        log = _shown_path(node.log, here)
        if excerpt:
            quotations.append(Quotation(tuple(excerpt), f"the end of its log, {log}:"))
        elif is_written(Path(node.log)):
            more = line(f"its log: {log}")
    return Statement(line(f"{name}{message}", "error"), quotations=tuple(quotations), more=more)


def _ending(report: RunReport, here: Path) -> Iterator[Statement]:
    if report.error:
        yield Statement(line(_one_line(report.error), "error"))
    for note in report.notes:
        yield Statement(line(_one_line(note), "notice"))
    failures = len(_failed(report))
    if failures > MOST_FAILURES:
        more = f"{failures - MOST_FAILURES} more nodes failed; their logs are in the run's folder."
        yield Statement(line(more))
    if report.state != "succeeded":
        finished = sum(node.state in GOOD for node in report.nodes)
        if finished:
            counted = f"{finished} of {len(report.nodes)} nodes"
            yield Statement(line(f"finished: {counted}; running it again re-uses what is finished."))
    yield Statement(line(f"logs and events: {_shown_path(report.folder, here)}", "faint"))


def _artifact(report: RunReport, node: str, artifact_type: str, here: Path) -> str:
    for each in report.nodes:
        for artifact in each.artifacts if each.node == node else ():
            if artifact.artifact_type == artifact_type:
                return _shown_path(artifact.uri, here)
    return "the artifact"


def _shown_path(path: str, here: Path) -> str:
    if is_uri(path) or Path(path) == here or not Path(path).is_relative_to(here):
        return path
    return str(Path(path).relative_to(here))


def _one_line(text: str) -> str:
    return " ".join(text.split())
