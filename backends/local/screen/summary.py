"""The report of a run for people: what it found out first, then what went wrong and where to look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rich.text import Text

from tfxc.backends.local.planning.scheduler import FAILED, GOOD
from tfxc.backends.local.screen.board import STATE_STYLES, shown_seconds, shown_state
from tfxc.backends.local.screen.log_excerpt import is_written, log_excerpt
from tfxc.backends.local.screen.metrics_table import metrics_table
from tfxc.backends.local.screen.report import NodeReport, RunReport
from tfxc.schemas.plan_values import is_uri

MOST_NODES = 40
MOST_ANOMALIES = 12
MOST_FAILURES = 5
INDENT = "  "


def summary_lines(report: RunReport, width: int, here: Path) -> Iterator[Text]:
    """Yields the lines of the summary. Paths below ``here`` are shown relative to it."""
    yield _title(report)
    if any(node.attempts or node.state in GOOD for node in report.nodes):
        yield Text()
        yield from _nodes(report)
    for part in (_statistics, _models, _evaluations, _anomalies, _pushes):
        lines = list(part(report, width, here))
        if lines:
            yield Text()
            yield from lines
    for node in _failed(report)[:MOST_FAILURES]:
        yield Text()
        yield from _failure(node, here)
    yield Text()
    yield from _ending(report, here)


def _title(report: RunReport) -> Text:
    text = Text()
    text.append(report.pipeline, style="bold")
    text.append(f"  run {report.run_id}  ")
    text.append(report.state, style=STATE_STYLES[report.state])
    text.append(f" in {shown_seconds(report.seconds)}")
    return text


def _nodes(report: RunReport) -> Iterator[Text]:
    nodes = report.nodes
    if len(nodes) > MOST_NODES:
        slowest = sorted(nodes, key=lambda node: -node.seconds)[: MOST_NODES // 4]
        bad = [node for node in nodes if node.state in FAILED][: MOST_NODES // 2]
        shown = {node.node for node in (*slowest, *bad)}
        counts = Counter(node.state for node in nodes)
        totals = ", ".join(f"{count} {shown_state(state)}" for state, count in counts.items())
        yield Text(f"{INDENT}{len(nodes)} nodes: {totals}; the slowest and those that did not end well:")
        nodes = tuple(node for node in nodes if node.node in shown)
    name_width = max(len(node.node) for node in nodes)
    for node in nodes:
        text = Text(INDENT)
        text.append(node.node.ljust(name_width))
        text.append(f"  {shown_state(node.state):<9}", style=STATE_STYLES[node.state])
        text.append(f"  {shown_seconds(node.seconds) if node.attempts else '':>7}")
        remark = _remark(node)
        if remark:
            text.append(f"  {remark}", style="dim")
        yield text


def _remark(node: NodeReport) -> str:
    attempts = f"{node.attempts} attempts" if node.attempts > 1 else ""
    reason = "" if node.error is not None else _one_line(node.reason)
    return ", ".join(part for part in (attempts, reason) if part)


def _statistics(report: RunReport, width: int, here: Path) -> Iterator[Text]:
    by_node: dict[str, list[str]] = {}
    for found in report.statistics:
        if found.output == "statistics" and found.split:
            counts = by_node.setdefault(found.node, [])
            counts.append(f"{found.examples:,}{'' if counts else ' examples'} in {found.split}")
    for node, counts in by_node.items():
        text = Text()
        text.append(f"{node}: ", style="bold")
        text.append(", ".join(counts))
        yield text


def _models(report: RunReport, width: int, here: Path) -> Iterator[Text]:
    for model in report.models:
        text = Text()
        text.append(f"{model.node}: ", style="bold")
        if model.servable is None:
            text.append("it is not known whether the model is servable")
        elif model.servable:
            text.append("the model is servable", style="green")
        else:
            text.append("the model is not servable", style="bold yellow")
        yield text
        if model.reason:
            yield Text(
                f"{INDENT}because {_one_line(model.reason)}",
                style="yellow" if model.servable is False else "",
            )


def _evaluations(report: RunReport, width: int, here: Path) -> Iterator[Text]:
    for position, evaluation in enumerate(report.evaluations):
        if position:
            yield Text()
        text = Text()
        text.append(f"{evaluation.node}: ", style="bold")
        if evaluation.blessed is None:
            text.append("no verdict: it has no thresholds to bless a model by")
        elif evaluation.blessed:
            compared = "" if evaluation.baseline else " (there was no baseline model to compare with)"
            text.append("the model is blessed", style="green")
            text.append(compared)
        else:
            text.append("the model is not blessed", style="bold yellow")
        yield text
        for failure in evaluation.failures:
            yield Text(f"{INDENT}because {_one_line(failure)}", style="yellow")
        for empty in evaluation.empty_slices:
            yield Text(
                f"{INDENT}no example is in the slice {_one_line(empty)}, which is asked for", style="yellow"
            )
        table = metrics_table(evaluation, max(40, width - len(INDENT)))
        if table is None:
            continue
        widths = [max(map(len, column)) for column in zip(*table.rows, strict=True)]
        for number, row in enumerate(table.rows):
            cells = [
                row[0].ljust(widths[0]),
                *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True)),
            ]
            yield Text(INDENT + "  ".join(cells).rstrip(), style="dim" if number == 0 else "")
        if table.hidden:
            place = _artifact(report, evaluation.node, "ModelEvaluation", here)
            yield Text(f"{INDENT}and {table.hidden} in {place}", style="dim")


def _anomalies(report: RunReport, width: int, here: Path) -> Iterator[Text]:
    by_node: dict[str, list[str]] = {}
    for anomaly in report.anomalies:
        by_node.setdefault(anomaly.node, []).append(
            f"{anomaly.split}: {anomaly.feature or 'the data set'}: {_one_line(anomaly.description)}"
        )
    for node, lines in by_node.items():
        text = Text()
        text.append(f"{node}: ", style="bold")
        text.append(f"{len(lines)} {'anomaly' if len(lines) == 1 else 'anomalies'}", style="yellow")
        yield text
        for line in lines[:MOST_ANOMALIES]:
            yield Text(INDENT + line)
        if len(lines) > MOST_ANOMALIES:
            more = len(lines) - MOST_ANOMALIES
            place = _artifact(report, node, "ExampleAnomalies", here)
            yield Text(f"{INDENT}and {more} more in {place}", style="dim")


def _pushes(report: RunReport, width: int, here: Path) -> Iterator[Text]:
    states = {node.node: node.state for node in report.nodes}
    for push in report.pushes:
        state = states.get(push.node)
        if state == "not_run":  # the table says why, and what failed is said below
            continue
        text = Text()
        text.append(f"{push.node}: ", style="bold")
        if push.pushed:
            text.append("had pushed this model" if state == "cached" else "pushed the model", style="green")
            text.append(f" to {_shown_path(push.destination, here)}" if push.destination else "")
            text.append(f": {_one_line(push.reason)}" if push.reason else "", style="yellow")
        else:
            text.append("pushed nothing", style="yellow")
            text.append(f": {_one_line(push.reason)}" if push.reason else "")
        yield text


def _failed(report: RunReport) -> list[NodeReport]:
    return [node for node in report.nodes if node.state == "failed"]


def _failure(node: NodeReport, here: Path) -> Iterator[Text]:
    message = node.error.message if node.error is not None else node.reason or "no reason was given"
    text = Text()
    if node.node not in message:
        text.append(f"{node.node}: ", style="bold red")
    text.append(message, style="bold red")
    yield text
    if node.error is not None and node.error.traceback.strip():
        for line in node.error.traceback.strip("\n").splitlines():
            yield Text(INDENT + line.rstrip(), style="dim")
    if node.log is None:
        return
    excerpt = log_excerpt(Path(node.log))
    log = _shown_path(node.log, here)
    if not excerpt:
        if is_written(Path(node.log)):
            yield Text(f"{INDENT}its log: {log}")
        return
    yield Text(f"{INDENT}the end of its log, {log}:")
    for line in excerpt:
        yield Text(f"{INDENT}| {line}", style="dim")


def _ending(report: RunReport, here: Path) -> Iterator[Text]:
    if report.error:
        yield Text(_one_line(report.error), style="bold red")
    for note in report.notes:
        yield Text(_one_line(note), style="yellow")
    failures = len(_failed(report))
    if failures > MOST_FAILURES:
        yield Text(f"{failures - MOST_FAILURES} more nodes failed; their logs are in the run's folder.")
    if report.state != "succeeded":
        finished = sum(node.state in GOOD for node in report.nodes)
        if finished:
            counted = f"{finished} of {len(report.nodes)} nodes"
            yield Text(f"finished: {counted}; running it again re-uses what is finished.")
    yield Text(f"logs and events: {_shown_path(report.folder, here)}", style="dim")


def _artifact(report: RunReport, node: str, artifact_type: str, here: Path) -> str:
    for each in report.nodes:
        for artifact in each.artifacts if each.node == node else ():
            if artifact.artifact_type == artifact_type:
                return _shown_path(artifact.uri, here)
    return "the artifact"


def _shown_path(path: str, here: Path) -> str:
    try:
        return str(Path(path).relative_to(here)) if not is_uri(path) else path
    except ValueError:
        return path


def _one_line(text: str) -> str:
    return " ".join(text.split())
