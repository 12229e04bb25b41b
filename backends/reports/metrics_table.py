"""An Evaluator's metrics as a table: slices down, metrics across."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from tfxc.backends.launcher.protocol.evaluation_messages import CHANGE, OVERALL
from tfxc.backends.launcher.protocol.summaries import EvaluationSummary, Metric

MOST_SLICES = 12
COUNTS = ("example_count", "weighted_example_count")
FAIRNESS = "fairness_indicators_metrics/"
"""What the rates of FairnessIndicators begin with: ten for each of its thresholds."""
MIDDLING = ("loss",)


@dataclass(frozen=True)
class MetricsTable:
    """Cells as text, the header first. ``hidden`` says what had no room, if anything."""

    rows: tuple[tuple[str, ...], ...]
    hidden: str = ""


def metrics_table(evaluation: EvaluationSummary, width: int) -> MetricsTable | None:
    """Returns the metrics as they fit ``width`` columns, or None if there are none.

    The slice over everything comes first; metrics of a threshold that failed, then others, then the
    loss, counts, rates of fairness, and changes from the baseline.
    """
    values = {(metric.slice, metric.name): metric.value for metric in evaluation.metrics}
    slices = sorted({name for name, _ in values}, key=lambda name: (name != OVERALL, _natural(name)))
    names = _by_importance(evaluation)
    if not slices or not names:
        return None
    shown_slices = slices[:MOST_SLICES]
    columns: list[list[str]] = [["slice", *(_shortened(name) for name in shown_slices)]]
    used = _width(columns[0])
    shown = 0
    for name in names:
        column = [name, *(shown_metric(name, values.get((each, name))) for each in shown_slices)]
        if shown and used + 2 + _width(column) > width:
            continue
        columns.append(column)
        used += 2 + _width(column)
        shown += 1
    return MetricsTable(
        tuple(zip(*columns, strict=True)), _hidden(len(names) - shown, len(slices) - len(shown_slices))
    )


def main_metrics(evaluation: EvaluationSummary, most: int) -> tuple[Metric, ...]:
    """Returns the most important metrics over everything that are numbers, without counts and changes."""
    overall = {
        metric.name: metric
        for metric in evaluation.metrics
        if metric.slice == OVERALL and isinstance(metric.value, float)
    }
    names = [name for name in _by_importance(evaluation) if name in overall and _rank(name) < 2]
    return tuple(overall[name] for name in names[:most])


def shown_metric(name: str, value: float | str | None) -> str:
    """Returns a metric as `shown_value` has it; of counts small ones are whole numbers too."""
    is_count = name in COUNTS and isinstance(value, float) and value.is_integer()
    return f"{value:,.0f}" if is_count else shown_value(value)


def shown_value(value: float | str | None) -> str:
    """Returns a metric with four significant digits, whole numbers whole."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return _shortened(" ".join(value.split()))
    if (
        math.isfinite(value)
        and value == int(value)
        and abs(value) < 1e15
        and (abs(value) >= 10 or value == 0)
    ):
        return f"{int(value):,}"
    if math.isfinite(value) and 1000 <= abs(value) < 1e9:
        return f"{value:,.1f}"
    return f"{value:#.4g}" if math.isfinite(value) else str(value)


def _by_importance(evaluation: EvaluationSummary) -> list[str]:
    pointless = {name + CHANGE for name in COUNTS}
    names = dict.fromkeys(metric.name for metric in evaluation.metrics if metric.name not in pointless)
    return sorted(names, key=lambda name: (not _has_failed(name, evaluation), _rank(name)))


def _has_failed(name: str, evaluation: EvaluationSummary) -> bool:
    named = re.compile(rf"(?<![\w.@]){re.escape(name)} is ")
    return any(named.search(failure) for failure in evaluation.failures)


def _rank(name: str) -> int:
    if name.endswith(CHANGE):
        return 4
    if FAIRNESS in name:
        return 3
    return 2 if name in COUNTS else int(name in MIDDLING)


def _hidden(metrics: int, slices: int) -> str:
    parts = [
        f"{count} more {what}{'' if count == 1 else 's'}"
        for count, what in ((metrics, "metric"), (slices, "slice"))
        if count
    ]
    return " and ".join(parts)


def _natural(name: str) -> tuple[str, float, str]:
    feature, _, value = name.partition(":")
    try:
        return (feature, float(value), "")
    except ValueError:
        return (feature, math.inf, value)


def _width(column: Sequence[str]) -> int:
    return max(len(cell) for cell in column)


def _shortened(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
