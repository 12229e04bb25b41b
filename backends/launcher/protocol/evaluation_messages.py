"""What TFMA's messages of an evaluation say, in words and numbers, whoever has parsed them.

Mirrors ``tensorflow_model_analysis/proto/metrics_for_slice.proto`` and ``validation_result.proto``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Optional, Union

OVERALL = "Overall"
"""What the slice of all examples is called."""
BASELINE = "baseline"
"""What TFMA calls the model that another one is compared with."""
CHANGE = " (change)"
"""The end of the name of a metric that is the difference to the baseline's."""
_LOWER_IS_BETTER = 1
"""MetricDirection of ``config.proto``."""
_LONGEST = 200

MetricValue = Optional[Union[float, str]]


def slice_keys(slice_key: Any) -> tuple[tuple[str, str], ...]:
    """Returns the columns and values of a SliceKey; none of all examples'."""
    keys = []
    for single in slice_key.single_slice_keys:
        kind = single.WhichOneof("kind")
        content = getattr(single, kind) if kind else ""
        shown = content.decode("utf-8", "replace") if isinstance(content, bytes) else str(content)
        keys.append((str(single.column), shown))
    return tuple(keys)


def slice_name(keys: Sequence[tuple[str, str]]) -> str:
    """Returns ``Overall`` or ``feature:value, …``."""
    return ", ".join(f"{column}:{value}" for column, value in keys) or OVERALL


def named_slice(slice_key: Any) -> str:
    """Returns the name of the slice of a SliceKey."""
    return slice_name(slice_keys(slice_key))


def metric_name(key: Any) -> str:
    """Returns the name of a MetricKey with what tells it from others: output, class, top k."""
    name = f"{key.output_name}.{key.name}" if key.output_name else str(key.name)
    for part in ("class_id", "k", "top_k"):
        if key.sub_key.HasField(part):
            name += f"@{part}:{getattr(key.sub_key, part).value}"
    return name


def name_with_change(key: Any) -> str:
    """Returns the name of a MetricKey, and whether it is the difference to the baseline's."""
    return f"{metric_name(key)}{CHANGE if key.is_diff else ''}"


def value_of(value: Any) -> tuple[bool, MetricValue]:
    """Returns whether a MetricValue can be shown, and what it is: plots and matrices cannot."""
    kind = value.WhichOneof("type")
    if kind == "double_value":
        return True, float(value.double_value.value)
    if kind == "bounded_value":
        return True, float(value.bounded_value.value.value)
    if kind == "bytes_value":
        return True, value.bytes_value.decode("utf-8", "replace")[:_LONGEST]
    if kind == "debug_message":
        return True, str(value.debug_message)[:_LONGEST]
    return False, None


def missed_threshold(failure: Any) -> str:
    """Returns which bound a metric misses, with both numbers, of a ValidationFailure."""
    _, value = value_of(failure.metric_value)
    name = name_with_change(failure.metric_key)
    if isinstance(value, float) and math.isnan(value):
        return f"{name} is NaN, which is within no bounds: the model or the data gives no number for it"
    shown = f"{value:.6g}" if isinstance(value, float) else str(value)
    threshold = failure.metric_threshold
    if threshold.HasField("value_threshold") and not failure.metric_key.is_diff:
        return f"{name} is {shown}, {_missed_bound(value, threshold.value_threshold)}"
    if threshold.HasField("change_threshold"):
        return f"{name} is {shown}, but must be {_change_bounds(threshold.change_threshold)}"
    return f"{name} is {shown}: {failure.message}" if failure.message else f"{name} is {shown}"


def _missed_bound(value: MetricValue, bounds: Any) -> str:
    below = f"below its lower bound {bounds.lower_bound.value:g}"
    if bounds.HasField("lower_bound") and isinstance(value, float) and value < bounds.lower_bound.value:
        return below
    return f"above its upper bound {bounds.upper_bound.value:g}" if bounds.HasField("upper_bound") else below


def _change_bounds(change: Any) -> str:
    word = "at most" if change.direction == _LOWER_IS_BETTER else "at least"
    limits = []
    if change.HasField("absolute"):
        limits.append(f"{word} {change.absolute.value:g}")
    if change.HasField("relative"):
        limits.append(f"{word} {change.relative.value:g} of the baseline")
    return " and ".join(limits)


def missing_slice(missing: Any) -> str:
    """Returns what is to say of a slice with a threshold, a SlicingSpec, that no example is in."""
    parts = [f"{name}:{value}" for name, value in sorted(missing.feature_values.items())]
    parts += [f"{name}:*" for name in missing.feature_keys]
    return f"no example is in the slice {', '.join(parts) or OVERALL}, which has a threshold"
