"""The section about an evaluation: verdict, metrics by slice, plots, fairness."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional

from tfxc.backends.launcher.protocol.evaluation_messages import OVERALL
from tfxc.backends.metadata.values import Artifact
from tfxc.backends.reports.artifacts.curves import Chart, Series
from tfxc.backends.reports.artifacts.evaluation import Evaluation, Metric, Slice
from tfxc.backends.reports.artifacts.plots import Matrix, Plots
from tfxc.backends.reports.html.drawing import LineChart, lines_in_frame
from tfxc.backends.reports.html.numbers import shown_number
from tfxc.backends.reports.html.sections import DataTable, Heading, Row, Section
from tfxc.backends.reports.metrics_table import FAIRNESS

MOST_METRICS = 12
MOST_PLOTS = 8
MOST_BARS = 40
_COUNTS = ("example_count", "weighted_example_count")
_FAIRNESS = re.compile(r"(?:.*\.)?fairness_indicators_metrics/(false_positive_rate|false_negative_rate)@(.+)")


@dataclass(frozen=True)
class FairnessBar:
    """A rate of a slice, and where it ends; ``off`` says how far it is from that of all examples."""

    slice: str
    value: str
    width: float
    off: str


@dataclass(frozen=True)
class FairnessChart:
    """A rate at a threshold for the slices of one feature, with that of all examples as a line."""

    title: str
    feature: str
    overall: str
    overall_width: float
    bars: tuple[FairnessBar, ...]
    more: int = 0


def evaluation_section(
    identity: str,
    title: str,
    evaluation: Evaluation,
    plots: Sequence[Plots],
    blessing: Optional[Artifact],
    notes: Sequence[str],
) -> Section:
    """Returns what an Evaluator found; slices that miss a threshold come first, then the worst."""
    remarks = list(notes)
    slices = _sorted(evaluation)
    names = [name for name in evaluation.metric_names if not _FAIRNESS.fullmatch(name)]
    names.sort(key=lambda name: (FAIRNESS in name, name not in _main_metrics(evaluation), name in _COUNTS))
    if len(names) > MOST_METRICS:
        remarks.append(f"metrics that are left out: {len(names) - MOST_METRICS:,}")
        names = names[:MOST_METRICS]
    blessed = blessing.custom_properties.get("blessed") if blessing is not None else None
    view = {
        "verdict": None if blessing is None else blessed == 1,
        "is_good": evaluation.is_good,
        "had_baseline": blessing is not None and "baseline_model_id" in blessing.custom_properties,
        "reasons": _reasons(slices, evaluation, blessed),
        "remarks": evaluation.remarks,
        "thresholds": evaluation.thresholds,
        "table": _table(identity, slices, names),
        "plots": [_plot_view(each) for each in plots[:MOST_PLOTS]],
        "fairness": list(_fairness(evaluation)),
    }
    if len(plots) > MOST_PLOTS:
        remarks.append(f"slices whose plots are left out: {len(plots) - MOST_PLOTS:,}")
    return Section(identity, title, "evaluation.html.jinja2", view, tuple(remarks))


def _reasons(slices: Sequence[Slice], evaluation: Evaluation, blessed: Any) -> list[str]:
    failures = [f"{each.name}: {failure}" for each in slices for failure in each.failures]
    if blessed is not None and blessed != 1 and not failures and evaluation.is_good is None:
        failures.append("no thresholds are set, and without one no model is blessed")
    return failures


def _main_metrics(evaluation: Evaluation) -> set[str]:
    return {threshold.metric for threshold in evaluation.thresholds}


def _sorted(evaluation: Evaluation) -> list[Slice]:
    """Returns the slices: the whole, those that miss a threshold, then the worst by their main metric."""
    mains = _main_metrics(evaluation)
    main = next((name for name in evaluation.metric_names if name in mains), None)
    if main is None:
        main = next((name for name in evaluation.metric_names if name not in _COUNTS), None)
    down = any(each.bound.startswith("≤") for each in evaluation.thresholds if each.metric == main)

    def key(each: Slice) -> tuple[Any, ...]:
        metric = each.metrics.get(main or "", Metric())
        value = metric.value if isinstance(metric.value, float) else math.nan
        known = math.isfinite(value)
        return (
            each.name != OVERALL,
            not each.failures,
            not known,
            (-value if down else value) if known else 0.0,
            each.name,
        )

    return sorted(evaluation.slices, key=key)


def _table(identity: str, slices: Sequence[Slice], names: Sequence[str]) -> DataTable:
    headings: list[Heading] = [Heading("Slice")]
    columns: list[tuple[str, str]] = []
    for name in names:
        metrics = [each.metrics[name] for each in slices if name in each.metrics]
        columns.append((name, "value"))
        headings.append(Heading(name, number=any(isinstance(each.value, float) for each in metrics)))
        if any(each.low is not None for each in metrics):
            columns.append((name, "interval"))
            headings.append(Heading("confidence interval", number=True))
        if name not in _COUNTS and any(each.change is not None for each in metrics):
            columns.append((name, "change"))
            headings.append(Heading("change", number=True, hint=f"{name}: difference to the baseline"))
    rates = {name for name in names if _is_rate(slices, name)}
    has_failures = any(each.failures for each in slices)
    if has_failures:
        headings.append(Heading("Missed thresholds"))
    rows = []
    for each in slices:
        cells = [each.name]
        cells += [_cell(each.metrics.get(name, Metric()), what, name in rates) for name, what in columns]
        if has_failures:
            cells.append("; ".join(each.failures))
        rows.append(Row(tuple(cells), "bad" if each.failures else ""))
    return DataTable(f"{identity}-slices", "Slices", tuple(headings), tuple(rows))


def _is_rate(slices: Sequence[Slice], name: str) -> bool:
    """Whether the values of a metric are small and not all whole: then all get four decimals."""
    values = [each.metrics[name].value for each in slices if name in each.metrics]
    numbers = [value for value in values if isinstance(value, float) and math.isfinite(value)]
    return any(value % 1 for value in numbers) and all(
        1e-3 < abs(value) < 10 or not value for value in numbers
    )


def _cell(metric: Metric, what: str, is_rate: bool) -> str:
    def shown(value: Any) -> str:
        is_plain = is_rate and isinstance(value, float) and math.isfinite(value)
        return f"{value:.4f}".replace("-", "−") if is_plain else shown_number(value)

    if what == "value":
        return shown(metric.value)
    if what == "interval":
        return (
            "" if metric.low is None or metric.high is None else f"{shown(metric.low)} – {shown(metric.high)}"
        )
    if metric.change is None:
        return ""
    return f"{'+' if metric.change > 0 else ''}{shown(metric.change)}"


def _plot_view(plots: Plots) -> Mapping[str, Any]:
    title = f"{plots.slice} · {plots.of}" if plots.of else plots.slice
    return {
        "title": title,
        "roc": _roc(plots),
        "calibration": _calibration(plots),
        "matrix": _matrix_view(plots.matrix) if plots.matrix is not None else None,
        "binary": _binary(plots),
    }


def _roc(plots: Plots) -> Optional[LineChart]:
    if len(plots.operating) < 2:
        return None
    points = sorted((each.false_positive_rate, each.recall) for each in plots.operating)
    chart = Chart("ROC", "false positive rate", (Series("true positive rate", tuple(points)),))
    return lines_in_frame(chart, (0.0, 1.0), (0.0, 1.0))


def _calibration(plots: Plots) -> Optional[LineChart]:
    if len(plots.calibration) < 2:
        return None
    points = sorted((each.prediction, each.label) for each in plots.calibration)
    chart = Chart("Calibration", "mean prediction", (Series("mean label", tuple(points)),))
    xs, ys = [point[0] for point in points], [point[1] for point in points]
    return lines_in_frame(chart, (min(0.0, *xs), max(1.0, *xs)), (min(0.0, *ys), max(1.0, *ys)))


def _binary(plots: Plots) -> Optional[Mapping[str, Any]]:
    """Returns the confusion matrix at the threshold that is nearest to a half."""
    if not plots.operating:
        return None
    half = min(plots.operating, key=lambda each: abs(each.threshold - 0.5))
    matrix = Matrix(
        ("negative", "positive"),
        ((half.true_negatives, half.false_positives), (half.false_negatives, half.true_positives)),
    )
    return {"threshold": shown_number(half.threshold), **_matrix_view(matrix)}


def _matrix_view(matrix: Matrix) -> Mapping[str, Any]:
    """Returns a confusion matrix; the shade of a cell, 0 to 9, is its share of the actual class."""
    rows = []
    for name, counts in zip(matrix.classes, matrix.counts, strict=True):
        whole = sum(counts) or 1.0
        cells = [
            {
                "count": shown_number(count),
                "share": f"{100 * count / whole:.0f}%",
                "shade": int(9 * count / whole),
            }
            for count in counts
        ]
        rows.append({"name": name, "cells": cells})
    return {"classes": matrix.classes, "rows": rows}


def _fairness(evaluation: Evaluation) -> Iterator[FairnessChart]:
    """Yields the false positive and false negative rates of the slices of each single feature."""
    overall = next((each for each in evaluation.slices if not each.keys), None)
    features = dict.fromkeys(each.keys[0][0] for each in evaluation.slices if len(each.keys) == 1)
    for name in evaluation.metric_names:
        match = _FAIRNESS.fullmatch(name)
        if match is None:
            continue
        whole = _rate(overall, name)
        for feature in features:
            rates = [
                (each.keys[0][1], rate)
                for each in evaluation.slices
                if len(each.keys) == 1 and each.keys[0][0] == feature
                for rate in [_rate(each, name)]
                if rate is not None
            ]
            if not rates:
                continue
            # The farthest from all examples first.
            rates.sort(key=lambda pair: -abs(pair[1] - (whole or 0.0)))
            bars = tuple(
                FairnessBar(
                    value,
                    shown_number(rate),
                    round(200 * min(1.0, max(0.0, rate)), 1),
                    f"{rate - whole:+.3f}" if whole is not None else "",
                )
                for value, rate in rates[:MOST_BARS]
            )
            yield FairnessChart(
                f"{match[1].replace('_', ' ')} at {match[2]}",
                feature,
                shown_number(whole),
                round(200 * min(1.0, max(0.0, whole or 0.0)), 1),
                bars,
                max(0, len(rates) - MOST_BARS),
            )


def _rate(each: Optional[Slice], name: str) -> Optional[float]:
    value = each.metrics.get(name, Metric()).value if each is not None else None
    return value if isinstance(value, float) and math.isfinite(value) else None
