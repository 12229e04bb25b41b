"""An Evaluator's metrics and failed thresholds, in words and numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Optional, Union

import tensorflow_model_analysis as tfma

from tfxc.backends.launcher.node.slices import empty_slices
from tfxc.backends.launcher.protocol.summaries import EvaluationSummary, Metric

OVERALL = "Overall"
PLOTS: Mapping[str, str] = {
    "confusion_matrix_at_thresholds": "ConfusionMatrixPlot",
    "calibration_histogram_buckets": "CalibrationPlot",
    "multi_class_confusion_matrix_at_thresholds": "MultiClassConfusionMatrixPlot",
    "multi_label_confusion_matrix_at_thresholds": "MultiLabelConfusionMatrixPlot",
}
"""fields of TFMA's PlotData → the metric of an eval_config that makes them"""


def read(node: str, evaluation: Any, blessings: Iterable[Any]) -> EvaluationSummary:
    """Returns what an evaluation artifact says. Raises what TFMA raises if it cannot be read."""
    blessed: Optional[bool] = None
    baseline = False
    for blessing in blessings:
        blessed = blessing.get_int_custom_property("blessed") == 1
        baseline = blessing.has_custom_property("baseline_model_id")
    records = list(tfma.load_metrics(evaluation.uri))
    metrics = [metric for record in records for metric in _metrics_of(record)]
    metrics.sort(key=lambda each: (each.slice != OVERALL, each.slice, each.name))
    failures: tuple[str, ...] = ()
    if blessed is not None:
        failures = tuple(_failures(tfma.load_validation_result(evaluation.uri)))
    plots, plotted_slices = _plots(evaluation.uri)
    return EvaluationSummary(
        node=node,
        blessed=blessed,
        metrics=tuple(metrics),
        failures=failures,
        baseline=baseline,
        empty_slices=empty_slices(evaluation.uri, (record.slice_key for record in records)),
        plots=plots,
        plotted_slices=plotted_slices,
    )


def metric_value(uri: str, name: str, slice_name: str | None, output: str | None, model: str | None) -> float:
    """Returns one number of an evaluation: by default of all examples, and of the candidate.

    ``name`` is a metric's name as reports show it, or without the output in front. Raises LookupError with a
    sentence's end if there is none such, or more than one.
    """
    records = list(tfma.load_metrics(uri))
    asked = OVERALL if slice_name is None else slice_name
    of_slice = [each for each in records if _is_slice(_slice(each.slice_key), asked)]
    if not of_slice:
        there = sorted({_slice(each.slice_key) for each in records})
        raise LookupError(f"has no slice {asked}; there are: {_listed(there)}")
    pairs = [
        (pair.key, value)
        for record in of_slice
        if not record.HasField("cross_slice_key")
        for pair in record.metric_keys_and_values
        for value in [_value(pair.value)[1]]
        if isinstance(value, float) and _is_of_model(pair.key, model)
    ]
    named = [
        (key, value)
        for key, value in pairs
        if name in (metric_name(key), _name_without_output(key)) and output in (None, key.output_name)
    ]
    if not named:
        there = sorted({metric_name(key) for key, _ in pairs})
        raise LookupError(f"has no metric {name}; there are: {_listed(there)}")
    if len(named) > 1:
        several = sorted(f"{key.output_name or 'no output'}" for key, _ in named)
        raise LookupError(f"has the metric {name} of several outputs; say which: {_listed(several)}")
    return named[0][1]


def _is_slice(found: str, asked: str) -> bool:
    return found == asked or sorted(found.split(", ")) == sorted(each.strip() for each in asked.split(","))


def _is_of_model(key: Any, model: str | None) -> bool:
    return bool(key.model_name == model if model is not None else key.model_name != "baseline")


def _name_without_output(key: Any) -> str:
    return metric_name(key).removeprefix(f"{key.output_name}.") if key.output_name else metric_name(key)


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:12])
    return f"{shown} and {len(names) - 12} more" if len(names) > 12 else shown or "none"


def _plots(uri: str) -> tuple[tuple[str, ...], int]:
    """Returns the names of the candidate's plots, and how many slices they are of."""
    names: set[str] = set()
    slices: set[str] = set()
    for record in tfma.load_plots(uri):
        if record.HasField("cross_slice_key"):
            continue
        for pair in record.plot_keys_and_values:
            made = {name for field, name in PLOTS.items() if pair.value.HasField(field)}
            if made and pair.key.model_name != "baseline":
                names |= made
                slices.add(_slice(record.slice_key))
    return tuple(name for name in PLOTS.values() if name in names), len(slices)


def _metrics_of(record: Any) -> Iterable[Metric]:
    """Yields the candidate's metrics of one slice that are numbers or short texts.

    The baseline's own metrics are left out; the difference to it is named ``… (change)``.
    """
    if record.HasField("cross_slice_key"):
        return
    for pair in record.metric_keys_and_values:
        key = pair.key
        if key.model_name == "baseline" or (not key.name and not key.is_diff):
            continue
        found, value = _value(pair.value)
        if found:
            yield Metric(slice=_slice(record.slice_key), name=metric_name(key), value=value)


def metric_name(key: Any) -> str:
    """Returns a metric's name with what tells it from others: output, class, top k, change."""
    name = str(key.name)
    if key.output_name:
        name = f"{key.output_name}.{name}"
    sub_key = key.sub_key
    for part in ("class_id", "k", "top_k"):
        if sub_key.HasField(part):
            name += f"@{part}:{getattr(sub_key, part).value}"
    return f"{name} (change)" if key.is_diff else name


def _value(value: Any) -> tuple[bool, Optional[Union[float, str]]]:
    """Returns whether a metric's value can be shown, and the value; plots and matrices cannot."""
    kind = value.WhichOneof("type")
    if kind == "double_value":
        return True, float(value.double_value.value)
    if kind == "bounded_value":
        return True, float(value.bounded_value.value.value)
    if kind == "bytes_value":
        return True, value.bytes_value.decode("utf-8", "replace")[:200]
    if kind == "debug_message":
        return True, str(value.debug_message)[:200]
    return False, None


def _slice(slice_key: Any) -> str:
    """Returns ``Overall`` or ``feature:value, …``."""
    parts = []
    for single in slice_key.single_slice_keys:
        kind = single.WhichOneof("kind")
        content = getattr(single, kind) if kind else ""
        shown = content.decode("utf-8", "replace") if isinstance(content, bytes) else str(content)
        parts.append(f"{single.column}:{shown}")
    return ", ".join(parts) or OVERALL


def _failures(result: Any) -> Iterable[str]:
    """Yields a sentence for every threshold that was not met, and for slices that are missing."""
    if result.missing_thresholds:
        yield "no thresholds are set, and without one no model is blessed"
    found = [
        (_slice(validation.slice_key), _failure(failure))
        for validation in result.metric_validations_per_slice
        for failure in validation.failures
    ]
    for where, failure in sorted(found, key=lambda each: (each[0] != OVERALL, each)):
        yield f"{where}: {failure}"
    for missing in result.missing_slices:
        parts = [f"{name}:{value}" for name, value in sorted(missing.feature_values.items())]
        parts += [f"{name}:*" for name in missing.feature_keys]
        yield f"no example is in the slice {', '.join(parts) or OVERALL}, which has a threshold"
    for missing in result.missing_cross_slices:
        yield f"no examples are in the cross slice {' '.join(str(missing).split())}, which has a threshold"


def _failure(failure: Any) -> str:
    """Returns which bound a metric misses, with both numbers."""
    found, value = _value(failure.metric_value)
    name = metric_name(failure.metric_key)
    shown = f"{value:.6g}" if found and isinstance(value, float) else str(value)
    threshold = failure.metric_threshold
    if isinstance(value, float) and math.isnan(value):
        return f"{name} is NaN, which is within no bounds: the model or the data gives no number for it"
    if threshold.HasField("value_threshold") and not failure.metric_key.is_diff:
        bounds = threshold.value_threshold
        if bounds.HasField("lower_bound") and isinstance(value, float) and value < bounds.lower_bound.value:
            return f"{name} is {shown}, below its lower bound {bounds.lower_bound.value:g}"
        if bounds.HasField("upper_bound"):
            return f"{name} is {shown}, above its upper bound {bounds.upper_bound.value:g}"
        return f"{name} is {shown}, below its lower bound {bounds.lower_bound.value:g}"
    if threshold.HasField("change_threshold"):
        change = threshold.change_threshold
        lower_is_better = change.direction == tfma.MetricDirection.LOWER_IS_BETTER
        word = "at most" if lower_is_better else "at least"
        limits = []
        if change.HasField("absolute"):
            limits.append(f"{word} {change.absolute.value:g}")
        if change.HasField("relative"):
            limits.append(f"{word} {change.relative.value:g} of the baseline")
        return f"{name} is {shown}, but must be {' and '.join(limits)}"
    return f"{name} is {shown}: {failure.message}" if failure.message else f"{name} is {shown}"
