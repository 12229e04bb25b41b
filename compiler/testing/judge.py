"""What a run of a test must show, whatever the spec's own tests ask: each point with how it came out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tfxc.backends.reports.run_report import NodeReport
from tfxc.backends.reports.states import GOOD, shown_state
from tfxc.compiler.testing.record import TestRecord

Verdict = Literal["passed", "failed", "told", "skipped"]
"""``told`` is what does not fail the test, but is worth a line; ``skipped`` is what was not run."""
Severity = Literal["auto", "fail", "tell"]
"""What comes of anomalies, or of a model that is not blessed. ``auto``: what is not blessed fails the test
only where the run was what the spec says, on all of its data; anomalies always do."""


NODE = "node "
"""What the names of the points of nodes begin with."""


@dataclass(frozen=True)
class Point:
    """One thing that was looked at. ``message`` says what was wrong, or why it was not run."""

    name: str
    verdict: Verdict
    message: str = ""


def judged(record: TestRecord, not_blessed: Severity, anomalies: Severity) -> tuple[Point, ...]:
    """Returns every point of a run that is over."""
    return (
        *_nodes(record),
        *_anomalies(record, anomalies),
        *_blessings(record, not_blessed),
        *_models(record),
    )


def is_good(points: tuple[Point, ...]) -> bool:
    """Whether nothing failed."""
    return all(point.verdict != "failed" for point in points)


def _nodes(record: TestRecord) -> Iterator[Point]:
    if record.run.error:
        yield Point("run", "failed", record.run.error)
    for node in record.run.nodes:
        yield Point(f"{NODE}{node.name}", _verdict(node), _why(node))
    for node_id, why in record.left_out.items():
        yield Point(f"{NODE}{node_id}", "skipped", f"left out: {why}")


def _verdict(node: NodeReport) -> Verdict:
    if node.state in GOOD:
        return "passed"
    return "skipped" if node.state == "skipped" else "failed"


def _why(node: NodeReport) -> str:
    if node.state in GOOD:
        return ""
    if node.state == "skipped":
        return node.reason
    reason = node.error.message if node.error is not None else node.reason
    return f"{shown_state(node.state)}: {reason}" if reason else shown_state(node.state)


def _anomalies(record: TestRecord, severity: Severity) -> Iterator[Point]:
    """Yields a point for each validator with anomalies; one for all if there are none."""
    found = record.run.anomalies
    by_node: dict[str, list[str]] = {}
    for each in found:
        split = f" ({each.split})" if each.split else ""
        what = f"{each.feature or 'the data set'}{split}: {each.description}"
        if each.severity != "ERROR":
            yield Point(f"anomalies of {each.node}", "told", f"a {each.severity.lower()}, {what}")
        else:
            by_node.setdefault(each.node, []).append(what)
    for node, said in by_node.items():
        verdict: Verdict = "told" if severity == "tell" else "failed"
        yield Point(f"anomalies of {node}", verdict, "; ".join(said))
    validators = [
        node.node
        for node in record.run.nodes
        if node.state in GOOD and any(each.artifact_type == "ExampleAnomalies" for each in node.artifacts)
    ]
    for node in validators:
        if node not in {each.node for each in found}:
            yield Point(f"anomalies of {node}", "passed")


def _blessings(record: TestRecord, severity: Severity) -> Iterator[Point]:
    for each in record.run.evaluations:
        if each.blessed is None:
            continue
        if each.blessed:
            yield Point(f"blessing of {each.node}", "passed")
            continue
        fails = severity == "fail" or (severity == "auto" and record.is_whole)
        why = "; ".join(each.failures) or "the model is not blessed"
        told = "" if fails or severity == "tell" else f" ({_why_only_told(record)})"
        yield Point(f"blessing of {each.node}", "failed" if fails else "told", f"not blessed{told}: {why}")


def _why_only_told(record: TestRecord) -> str:
    if not all(sample.is_whole for sample in record.samples):
        return "by a sample of the data, which says little"
    return "in a run with other values than the spec's"


def _models(record: TestRecord) -> Iterator[Point]:
    for each in record.run.models:
        if each.servable is False:
            yield Point(f"model of {each.node}", "failed", f"it cannot be served: {each.reason}")
        elif each.servable:
            yield Point(f"model of {each.node}", "passed")
