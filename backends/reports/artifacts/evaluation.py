"""Evaluations: what TFMA writes, MetricsForSlice and ValidationResult, and the thresholds that it had."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional, Union

from tfxc.backends.launcher.protocol.evaluation_messages import (
    BASELINE,
    OVERALL,
    MetricValue,
    metric_name,
    missed_threshold,
    missing_slice,
    slice_keys,
    slice_name,
    value_of,
)
from tfxc.backends.reports.artifacts.files import UnreadableError, folder, parsed, read, records
from tfxc.backends.reports.artifacts.messages import evaluation_module

_CONFIG = "eval_config.json"


@dataclass(frozen=True)
class Metric:
    """A metric of a slice. ``low`` and ``high`` are its confidence interval; ``change`` is the
    difference to the baseline's value ``baseline``."""

    value: Union[float, str, None] = None
    low: Optional[float] = None
    high: Optional[float] = None
    baseline: Optional[float] = None
    change: Optional[float] = None


@dataclass(frozen=True)
class Slice:
    """The metrics of a slice, by name, and a sentence for each threshold that it misses."""

    keys: tuple[tuple[str, str], ...]
    metrics: Mapping[str, Metric]
    failures: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return slice_name(self.keys)


@dataclass(frozen=True)
class Threshold:
    """What a metric must reach, and in which slices, in words. ``value`` is a bound on the value itself."""

    metric: str
    where: str
    bound: str


@dataclass(frozen=True)
class Evaluation:
    """What an Evaluator wrote; ``is_good`` is the verdict, None if nothing was to be validated."""

    slices: tuple[Slice, ...]
    thresholds: tuple[Threshold, ...]
    is_good: Optional[bool] = None
    remarks: tuple[str, ...] = ()
    metric_names: tuple[str, ...] = field(default=())


def read_evaluation(uri: str) -> Evaluation:
    """Returns what a ModelEvaluation artifact holds. Raises UnreadableError."""
    root = folder(uri)
    message = evaluation_module("metrics_for_slice_pb2").MetricsForSlice
    found: dict[tuple[tuple[str, str], ...], dict[str, Metric]] = {}
    for path in files(root, "metrics"):
        for record in records(path):
            each = parsed(message, record, path)
            if not each.HasField("cross_slice_key"):
                found.setdefault(slice_keys(each.slice_key), {}).update(_metrics(each))
    if not found:
        raise UnreadableError(f"{uri} holds no metrics")
    failures, is_good, remarks = _validation(root)
    names = dict.fromkeys(name for metrics in found.values() for name in metrics)
    slices = tuple(Slice(keys, metrics, failures.get(keys, ())) for keys, metrics in found.items())
    return Evaluation(slices, tuple(_thresholds(root)), is_good, remarks, tuple(names))


def files(root: Path, stem: str) -> list[Path]:
    """Returns the files of one kind in an evaluation, whatever they are called by the version of TFMA."""
    return sorted(
        path
        for path in root.iterdir()
        if path.is_file() and re.fullmatch(rf"{stem}(-\d+-of-\d+)?(\.tfrecord)?", path.name)
    )


def _metrics(record: Any) -> dict[str, Metric]:
    """Returns the metrics of a slice that are numbers or texts; plots and matrices are none."""
    values: dict[str, dict[str, Any]] = {}
    for pair in record.metric_keys_and_values:
        is_there, value, low, high = _value(pair)
        name = metric_name(pair.key)
        if not is_there or not pair.key.name:
            continue
        known = values.setdefault(name, {})
        if pair.key.is_diff:
            known["change"] = value
        elif pair.key.model_name == BASELINE:
            known["baseline"] = value
        else:
            known.update(value=value, low=low, high=high)
    return {name: Metric(**known) for name, known in values.items()}


def _value(pair: Any) -> tuple[bool, MetricValue, Optional[float], Optional[float]]:
    """Returns whether a value can be shown, it, and the ends of its confidence interval."""
    found, value = value_of(pair.value)
    if pair.value.HasField("bounded_value"):
        bounds = pair.value.bounded_value
        return found, value, float(bounds.lower_bound.value), float(bounds.upper_bound.value)
    return (found, value, *(_interval(pair) if isinstance(value, float) else (None, None)))


def _interval(pair: Any) -> tuple[Optional[float], Optional[float]]:
    if not pair.HasField("confidence_interval"):
        return None, None
    interval = pair.confidence_interval
    return float(interval.lower_bound.double_value.value), float(interval.upper_bound.double_value.value)


def _validation(root: Path) -> tuple[dict[Any, tuple[str, ...]], Optional[bool], tuple[str, ...]]:
    """Returns the failed thresholds by slice, the verdict, and what else there is to say of it."""
    failures: dict[Any, tuple[str, ...]] = {}
    remarks: list[str] = []
    verdict: Optional[bool] = None
    message = evaluation_module("validation_result_pb2").ValidationResult
    for path in files(root, "validations"):
        for record in records(path):
            result = parsed(message, record, path)
            if result.missing_thresholds:
                continue  # nothing was to be validated
            verdict = bool(result.validation_ok) and verdict is not False
            for each in result.metric_validations_per_slice:
                keys = slice_keys(each.slice_key)
                failures[keys] = (*failures.get(keys, ()), *map(missed_threshold, each.failures))
            for missing in result.missing_slices:
                remarks.append(missing_slice(missing))
            if result.rubber_stamp:
                remarks.append("there was no baseline model: thresholds on the change were not looked at")
    return failures, verdict, tuple(dict.fromkeys(remarks))


def _thresholds(root: Path) -> Iterator[Threshold]:
    """Yields the thresholds of the EvalConfig that lies beside the metrics; none if it cannot be read."""
    try:
        config = json.loads(read(root / _CONFIG)).get("evalConfig", {})
        for spec in config.get("metricsSpecs", ()):
            for metric in spec.get("metrics", ()):
                yield from _of_metric(_name(metric), metric)
            for name, threshold in spec.get("thresholds", {}).items():
                yield from _bounds(name, "every slice", threshold)
            for name, listed in spec.get("perSliceThresholds", {}).items():
                yield from _of_metric(name, {"perSliceThresholds": listed.get("thresholds", ())})
    except (UnreadableError, ValueError, AttributeError, TypeError):
        return


def _of_metric(name: str, metric: Mapping[str, Any]) -> Iterator[Threshold]:
    if "threshold" in metric:
        yield from _bounds(name, "every slice", metric["threshold"])
    for each in metric.get("perSliceThresholds", ()):
        where = "; ".join(_spec_text(spec) for spec in each.get("slicingSpecs", ())) or "every slice"
        yield from _bounds(name, where, each.get("threshold", {}))


def _spec_text(spec: Mapping[str, Any]) -> str:
    parts = [f"each {name}" for name in spec.get("featureKeys", ())]
    parts += [f"{name}:{value}" for name, value in spec.get("featureValues", {}).items()]
    return ", ".join(parts) or OVERALL


def _bounds(name: str, where: str, threshold: Mapping[str, Any]) -> Iterator[Threshold]:
    value = threshold.get("valueThreshold", {})
    if "lowerBound" in value:
        yield Threshold(name, where, f"≥ {value['lowerBound']:g}")
    if "upperBound" in value:
        yield Threshold(name, where, f"≤ {value['upperBound']:g}")
    change = threshold.get("changeThreshold", {})
    sign = "≤" if change.get("direction") == "LOWER_IS_BETTER" else "≥"
    if "absolute" in change:
        yield Threshold(name, where, f"change {sign} {change['absolute']:g}")
    if "relative" in change:
        yield Threshold(name, where, f"relative change {sign} {change['relative']:g}")


def _name(metric: Mapping[str, Any]) -> str:
    """Returns the name that TFMA gives a metric: of its configuration, or of its class."""
    given = json.loads(metric["config"] or "{}") if isinstance(metric.get("config"), str) else {}
    if isinstance(given, dict) and given.get("name"):
        return str(given["name"])
    name = str(metric.get("className", ""))
    return name.lower() if name.isupper() else re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
