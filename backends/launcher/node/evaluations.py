"""An Evaluator's metrics and failed thresholds, in words and numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Optional

import tensorflow_model_analysis as tfma

from tfxc.backends.launcher.node.slices import empty_slices
from tfxc.backends.launcher.protocol.evaluation_messages import (
    BASELINE,
    OVERALL,
    missed_threshold,
    missing_slice,
    name_with_change,
    named_slice,
    value_of,
)
from tfxc.backends.launcher.protocol.summaries import EvaluationSummary, Metric

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
    of_slice = [each for each in records if _is_slice(named_slice(each.slice_key), asked)]
    if not of_slice:
        there = sorted({named_slice(each.slice_key) for each in records})
        raise LookupError(f"has no slice {asked}; there are: {_listed(there)}")
    pairs = [
        (pair.key, value)
        for record in of_slice
        if not record.HasField("cross_slice_key")
        for pair in record.metric_keys_and_values
        for value in [value_of(pair.value)[1]]
        if isinstance(value, float) and _is_of_model(pair.key, model)
    ]
    named = [
        (key, value)
        for key, value in pairs
        if name in (name_with_change(key), _name_without_output(key)) and output in (None, key.output_name)
    ]
    if not named:
        there = sorted({name_with_change(key) for key, _ in pairs})
        raise LookupError(f"has no metric {name}; there are: {_listed(there)}")
    if len(named) > 1:
        several = sorted(f"{key.output_name or 'no output'}" for key, _ in named)
        raise LookupError(f"has the metric {name} of several outputs; say which: {_listed(several)}")
    return named[0][1]


def _is_slice(found: str, asked: str) -> bool:
    return found == asked or sorted(found.split(", ")) == sorted(each.strip() for each in asked.split(","))


def _is_of_model(key: Any, model: str | None) -> bool:
    return bool(key.model_name == model if model is not None else key.model_name != BASELINE)


def _name_without_output(key: Any) -> str:
    name = name_with_change(key)
    return name.removeprefix(f"{key.output_name}.") if key.output_name else name


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
            if made and pair.key.model_name != BASELINE:
                names |= made
                slices.add(named_slice(record.slice_key))
    return tuple(name for name in PLOTS.values() if name in names), len(slices)


def _metrics_of(record: Any) -> Iterable[Metric]:
    """Yields the candidate's metrics of one slice that are numbers or short texts.

    The baseline's own metrics are left out; the difference to it is named ``… (change)``.
    """
    if record.HasField("cross_slice_key"):
        return
    for pair in record.metric_keys_and_values:
        key = pair.key
        if key.model_name == BASELINE or (not key.name and not key.is_diff):
            continue
        found, value = value_of(pair.value)
        if found:
            yield Metric(slice=named_slice(record.slice_key), name=name_with_change(key), value=value)


def _failures(result: Any) -> Iterable[str]:
    """Yields a sentence for every threshold that was not met, and for slices that are missing."""
    if result.missing_thresholds:
        yield "no thresholds are set, and without one no model is blessed"
    found = [
        (named_slice(validation.slice_key), missed_threshold(failure))
        for validation in result.metric_validations_per_slice
        for failure in validation.failures
    ]
    for where, failure in sorted(found, key=lambda each: (each[0] != OVERALL, each)):
        yield f"{where}: {failure}"
    for missing in result.missing_slices:
        yield missing_slice(missing)
    for missing in result.missing_cross_slices:
        yield f"no examples are in the cross slice {' '.join(str(missing).split())}, which has a threshold"
