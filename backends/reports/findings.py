"""What nodes found out, in words: the same sentences in the report of a run and in that of one task."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from tfxc.backends.launcher.protocol.messages import Artifact
from tfxc.backends.launcher.protocol.summaries import (
    AlertSummary,
    AnomalySummary,
    EvaluationSummary,
    ModelSummary,
    PushSummary,
    StatisticsSummary,
    TriggerSummary,
)
from tfxc.backends.reports.feature_table import feature_table
from tfxc.backends.reports.metrics_table import metrics_table
from tfxc.backends.reports.one_line import one_line
from tfxc.backends.reports.values import Column, Line, Part, Span, Statement, Table, line
from tfxc.schemas.plan_values import is_uri
from tfxc.schemas.words.wording import counted

MOST_ANOMALIES = 12
WIDE = 10_000


class Findings(Protocol):
    """What nodes found out, as the launcher tells it; a run's report has it too."""

    @property
    def evaluations(self) -> tuple[EvaluationSummary, ...]: ...
    @property
    def anomalies(self) -> tuple[AnomalySummary, ...]: ...
    @property
    def models(self) -> tuple[ModelSummary, ...]: ...
    @property
    def pushes(self) -> tuple[PushSummary, ...]: ...
    @property
    def statistics(self) -> tuple[StatisticsSummary, ...]: ...
    @property
    def alerts(self) -> tuple[AlertSummary, ...]: ...
    @property
    def triggers(self) -> tuple[TriggerSummary, ...]: ...


@dataclass(frozen=True)
class Places:
    """How nodes ended, what they put out, and the folder that paths are shown relative to, if any.

    ``labels`` is what people are shown for a node that is not called by its id, and ``report`` the command
    that shows more than there is room for, if there is one.
    """

    states: Mapping[str, str] = field(default_factory=dict)
    artifacts: Mapping[str, Sequence[Artifact]] = field(default_factory=dict)
    here: Path | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    report: str = ""

    def name(self, node: str) -> str:
        """Returns what people are shown for a node."""
        return one_line(self.labels.get(node) or node)

    def artifact(self, node: str, artifact_type: str) -> str:
        """Returns where the first artifact of a type is that a node put out."""
        for artifact in self.artifacts.get(node, ()):
            if artifact.artifact_type == artifact_type:
                return self.shown(artifact.uri)
        return "the artifact"

    def shown(self, path: str) -> str:
        """Returns a path or URI as it is shown."""
        return shown_path(path, self.here)


def shown_path(path: str, here: Path | None) -> str:
    """Returns a path as people are shown it: relative to a folder that it lies in. A URI is as it is."""
    if here is None or is_uri(path) or Path(path) == here or not Path(path).is_relative_to(here):
        return path
    return str(Path(path).relative_to(here))


def finding_parts(findings: Findings, places: Places, width: int = WIDE) -> tuple[Part, ...]:
    """Returns what nodes found out, without what there is nothing of.

    ``width`` is how many characters the tables of metrics may take.
    """
    parts = (
        Part("Data", tuple(_statistics(findings, places, width))),
        Part("Models", tuple(_models(findings, places))),
        *_evaluations(findings, places, width),
        Part("Anomalies", tuple(_anomalies(findings, places))),
        Part("Pushes", tuple(_pushes(findings, places))),
        Part("Alerts", (*_alerts(findings, places), *_triggers(findings, places))),
    )
    return tuple(part for part in parts if part.statements)


def _of_node(node: str, text: str, *more: Span) -> Line:
    return (Span(f"{node}: ", "name"), *([Span(text)] if text else ()), *more)


def _statistics(findings: Findings, places: Places, width: int) -> Iterator[Statement]:
    by_node: dict[str, list[StatisticsSummary]] = {}
    for found in findings.statistics:
        if found.output == "statistics" and found.split:
            by_node.setdefault(found.node, []).append(found)
    for node, splits in by_node.items():
        counts = [
            f"{found.examples:,}{'' if index else ' examples'} in {found.split}"
            for index, found in enumerate(splits)
        ]
        table, hidden = feature_table(splits, max(20, width - 2))
        where = places.report or places.artifact(node, "ExampleStatistics")
        more = (
            line(f"and {counted(hidden, 'more feature')}: {where}", "faint")
            if table is not None and hidden
            else ()
        )
        yield Statement(_of_node(places.name(node), ", ".join(counts)), table=table, more=more)


def _models(findings: Findings, places: Places) -> Iterator[Statement]:
    for model in findings.models:
        if model.servable is None:
            verdict = Span("it is not known whether the model is servable")
        elif model.servable:
            verdict = Span("the model is servable", "good")
        else:
            verdict = Span("the model is not servable", "warning")
        tone: Literal["notice", "plain"] = "notice" if model.servable is False else "plain"
        because = (line(f"because {one_line(model.reason)}", tone),) if model.reason else ()
        yield Statement(_of_node(places.name(model.node), "", verdict), because)


def _evaluations(findings: Findings, places: Places, width: int) -> Iterator[Part]:
    for evaluation in findings.evaluations:
        details = [line(f"because {one_line(failure)}", "notice") for failure in evaluation.failures]
        details += [
            line(f"no example is in the slice {one_line(empty)}, which is asked for", "notice")
            for empty in evaluation.empty_slices
        ]
        fitted = metrics_table(evaluation, max(40, width - 2))
        details += _plots(evaluation, places) if evaluation.plots else []
        table: Table | None = None
        more: Line = ()
        if fitted is not None:
            head, *rows = fitted.rows
            columns = tuple(Column(name, right=index > 0) for index, name in enumerate(head))
            table = Table(columns, tuple(tuple(map(Span, row)) for row in rows))
        if fitted is not None and fitted.hidden:
            place = places.artifact(evaluation.node, "ModelEvaluation")
            more = line(f"and {fitted.hidden} in {place}", "faint")
        statement = Statement(
            _verdict(evaluation, places.name(evaluation.node)), tuple(details), table, more=more
        )
        yield Part("Evaluation", (statement,))


def _plots(evaluation: EvaluationSummary, places: Places) -> list[Line]:
    """Returns which plots there are, and where to see them."""
    count = evaluation.plotted_slices
    named = line(f"plots{f' of {count} slices' if count > 1 else ''}: {', '.join(evaluation.plots)}")
    data = places.artifact(evaluation.node, "ModelEvaluation")
    see = [line(f"  to see them: {places.report}", "faint")] if places.report else []
    return [named, *see, line(f"  their data: {data}", "faint")]


def _verdict(evaluation: EvaluationSummary, name: str) -> Line:
    if evaluation.blessed is None:
        return _of_node(name, "no verdict: it has no thresholds to bless a model by")
    if not evaluation.blessed:
        return _of_node(name, "", Span("the model is not blessed", "warning"))
    compared = "" if evaluation.baseline else " (there was no baseline model to compare with)"
    return _of_node(name, "", Span("the model is blessed", "good"), Span(compared))


def _anomalies(findings: Findings, places: Places) -> Iterator[Statement]:
    by_node: dict[str, list[Line]] = {}
    spans = {each.node: f" in span {each.span}" for each in findings.anomalies if each.span is not None}
    for anomaly in findings.anomalies:
        found = f"{anomaly.split}: {anomaly.feature or 'the data set'}: {one_line(anomaly.description)}"
        by_node.setdefault(anomaly.node, []).append(line(found))
    for node, lines in by_node.items():
        count = Span(f"{len(lines)} {'anomaly' if len(lines) == 1 else 'anomalies'}", "notice")
        more: Line = ()
        if len(lines) > MOST_ANOMALIES:
            place = places.artifact(node, "ExampleAnomalies")
            more = line(f"and {len(lines) - MOST_ANOMALIES} more in {place}", "faint")
        told = _of_node(places.name(node), "", count, Span(spans.get(node, "")))
        yield Statement(told, tuple(lines[:MOST_ANOMALIES]), more=more)


def _pushes(findings: Findings, places: Places) -> Iterator[Statement]:
    rest: tuple[Span, ...]
    for push in findings.pushes:
        state = places.states.get(push.node)
        if state == "not_run":  # the table says why, and what failed is said below
            continue
        reason = f": {one_line(push.reason)}" if push.reason else ""
        if push.alias is not None:
            words = "had registered this model" if state == "cached" else "registered the model"
            rest = (Span(f" as {push.destination} ({push.alias})"),)
            yield Statement(_of_node(places.name(push.node), "", Span(words, "good"), *rest))
            continue
        if push.pushed:
            done = Span("had pushed this model" if state == "cached" else "pushed the model", "good")
            place = f" to {places.shown(push.destination)}" if push.destination else ""
            rest = (Span(place), Span(reason, "notice"))
        else:
            done = Span("pushed nothing", "notice")
            rest = (Span(reason),)
        yield Statement(_of_node(places.name(push.node), "", done, *rest))


def _alerts(findings: Findings, places: Places) -> Iterator[Statement]:
    for alert in findings.alerts:
        done = Span(f"sent by {' and '.join(alert.sent_to)}", "good")
        verdict = done if alert.sent_to else Span("sent nothing", "notice")
        yield Statement(_of_node(places.name(alert.node), "", verdict, *_because(alert.reason)))


def _triggers(findings: Findings, places: Places) -> Iterator[Statement]:
    for trigger in findings.triggers:
        if trigger.run is None:
            verdict = [Span("started nothing", "notice")]
        else:
            where = f" ({places.shown(trigger.where)})" if trigger.where else ""
            verdict = [Span(f"started the run {trigger.run}", "good"), Span(where)]
        yield Statement(_of_node(places.name(trigger.node), "", *verdict, *_because(trigger.reason)))


def _because(reason: str) -> tuple[Span, ...]:
    return (Span(f": {one_line(reason)}"),) if reason else ()
