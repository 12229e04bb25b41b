"""Runs side by side: what was different in what they were given, and in what they found out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Optional, Union

from tfxc.backends.launcher.protocol.evaluation_messages import CHANGE, OVERALL
from tfxc.backends.launcher.protocol.summaries import RunSummary
from tfxc.backends.metadata.values import Run
from tfxc.backends.reports.metrics_table import shown_metric
from tfxc.backends.reports.one_line import one_line
from tfxc.backends.reports.past.differences import (
    Difference,
    code_differences,
    data_differences,
    file_differences,
    made_with,
    parameter_differences,
    pipeline_differences,
)
from tfxc.backends.reports.past.drift import Drift, drifts
from tfxc.backends.reports.past.overview import shown_duration, shown_time, state_span
from tfxc.backends.reports.values import Column, Contents, Part, Span, Statement, Table, line

MOST_ROWS = 40
_LONGEST = 48

Value = Optional[Union[float, str]]


@dataclass(frozen=True)
class MetricRow:
    """A metric of a slice in each run."""

    node: str
    slice: str
    name: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Comparison:
    """All that differs between runs; metrics are there whether they differ or not.

    ``files`` and ``drifts`` are of each run but the first, against the first.
    """

    runs: tuple[Run, ...]
    parameters: tuple[Difference, ...]
    made_with: tuple[Difference, ...]
    pipeline: tuple[Difference, ...]
    code: tuple[Difference, ...]
    files: tuple[tuple[tuple[str, int, int], ...], ...]
    data: tuple[Difference, ...]
    metrics: tuple[MetricRow, ...]
    drifts: tuple[tuple[Drift, ...], ...]


def compare(runs: Sequence[Run], found: Sequence[RunSummary]) -> Comparison:
    """Compares runs. ``found`` is what each has found out."""
    first = found[0].statistics
    return Comparison(
        tuple(runs),
        parameter_differences(runs),
        made_with(runs),
        pipeline_differences(runs),
        code_differences(runs),
        tuple(file_differences(runs[0], other) for other in runs[1:]),
        data_differences(runs),
        tuple(_metrics(found)),
        tuple(drifts(first, each.statistics) for each in found[1:]),
    )


def _metrics(found: Sequence[RunSummary]) -> Iterator[MetricRow]:
    values = [
        {
            (each.node, metric.slice, metric.name): metric.value
            for each in one.evaluations
            for metric in each.metrics
        }
        for one in found
    ]
    keys = dict.fromkeys(key for each in values for key in each)
    for node, slice_name, name in sorted(keys, key=lambda key: (key[0], key[1] != OVERALL, key[1:])):
        row = tuple(each.get((node, slice_name, name)) for each in values)
        yield MetricRow(node, slice_name, name, row)


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """Returns a comparison as JSON has it."""
    ids = [run.id for run in comparison.runs]

    def by_run(values: Sequence[Any]) -> dict[str, Any]:
        return dict(zip(ids, values, strict=True))

    def listed(differences: Sequence[Difference]) -> list[dict[str, Any]]:
        return [{"name": each.name, "values": by_run(each.values)} for each in differences]

    return {
        "format": "tfxc.comparison/1",
        "runs": ids,
        "parameters": listed(comparison.parameters),
        "made_with": listed(comparison.made_with),
        "pipeline": listed(comparison.pipeline),
        "code": listed(comparison.code),
        "files": {
            run: [{"file": name, "added": added, "removed": removed} for name, added, removed in files]
            for run, files in zip(ids[1:], comparison.files, strict=True)
        },
        "data": listed(comparison.data),
        "metrics": [
            {"node": row.node, "slice": row.slice, "name": row.name, "values": by_run(row.values)}
            for row in comparison.metrics
        ],
        "drift": {
            run: [asdict(drift) for drift in found]
            for run, found in zip(ids[1:], comparison.drifts, strict=True)
        },
    }


def comparison_contents(comparison: Comparison) -> Contents:
    """Returns a comparison as contents, without what there is nothing of."""
    runs = comparison.runs
    head = tuple(Column(run.id) for run in runs)
    heading = Table(
        (Column(""), *head),
        (
            (Span("state"), *(state_span(run.state) for run in runs)),
            (Span("began"), *(Span(shown_time(run.began)) for run in runs)),
            (Span("took"), *(Span(shown_duration(run.seconds)) for run in runs)),
        ),
    )
    parts = [Part("Runs", (Statement(table=heading),))]
    for title, differences, same in (
        ("Parameters", comparison.parameters, "the same parameters"),
        ("Made with", comparison.made_with, ""),
        ("Pipeline", comparison.pipeline, "the same pipeline"),
        ("Code", comparison.code, "the same code"),
        ("Data", comparison.data, "the same data"),
    ):
        if differences:
            parts.append(Part(title, (_differences(title, differences, head),)))
        elif same:
            parts.append(Part(title, (Statement(line(same, "faint")),)))
        if title == "Code":
            parts += list(_files(comparison))
    parts += [each for each in (_metric_part(comparison), *_drift_parts(comparison)) if each is not None]
    return Contents(line(runs[0].pipeline, "name"), tuple(parts))


def _differences(title: str, differences: Sequence[Difference], head: tuple[Column, ...]) -> Statement:
    rows = tuple(
        (
            Span(each.name),
            *(Span(_shown(value), "faint" if value is None else "plain") for value in each.values),
        )
        for each in differences[:MOST_ROWS]
    )
    return Statement(
        line(title, "name"), table=Table((Column(""), *head), rows), more=_more(len(differences) - len(rows))
    )


def _files(comparison: Comparison) -> Iterator[Part]:
    for run, files in zip(comparison.runs[1:], comparison.files, strict=True):
        if files:
            changes = ", ".join(f"{name} (+{added} −{removed})" for name, added, removed in files[:MOST_ROWS])
            yield Part("Files", (Statement(line(f"files in {run.id}: {one_line(changes)}")),))


def _metric_part(comparison: Comparison) -> Part | None:
    metrics = [row for row in comparison.metrics if not row.name.endswith(CHANGE)]
    if not metrics:
        return None
    two = len(comparison.runs) == 2
    columns = [Column("slice"), Column("metric"), *(Column(run.id, right=True) for run in comparison.runs)]
    columns += [Column("change", right=True)] if two else []
    rows = []
    for row in metrics[:MOST_ROWS]:
        cells = [
            Span(one_line(row.slice)),
            Span(row.name),
            *(Span(shown_metric(row.name, value)) for value in row.values),
        ]
        rows.append((*cells, _change(row.values)) if two else tuple(cells))
    statement = Statement(
        line("Metrics", "name"),
        table=Table(tuple(columns), tuple(rows)),
        more=_more(len(metrics) - len(rows)),
    )
    return Part("Metrics", (statement,))


def _change(values: tuple[Value, ...]) -> Span:
    before, after = values
    if not isinstance(before, (int, float)) or not isinstance(after, (int, float)) or before == after:
        return Span("")
    return Span(f"{after - before:+.4g}", "notice")


def _drift_parts(comparison: Comparison) -> Iterator[Part]:
    for run, found in zip(comparison.runs[1:], comparison.drifts, strict=True):
        if found:
            rows = tuple(
                (
                    Span(f"{each.node}.{each.output}" + (f" {each.split}" if each.split else "")),
                    Span(one_line(each.feature) or "all"),
                    Span(one_line(each.change), "notice"),
                )
                for each in found[:MOST_ROWS]
            )
            title = line(f"Statistics of {run.id} that differ from {comparison.runs[0].id}", "name")
            table = Table((Column("statistics"), Column("feature"), Column("change")), rows)
            yield Part("Drift", (Statement(title, table=table, more=_more(len(found) - len(rows))),))


def _more(hidden: int) -> tuple[Span, ...]:
    return line(f"and {hidden} more: --json has all", "faint") if hidden > 0 else ()


def _shown(value: Any) -> str:
    text = "–" if value is None else one_line(str(value))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
