"""The thresholds of an Evaluator's ``eval_config``, wherever in it they stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tfxc.compiler.pipeline.nodes import Node
from tfxc.schemas.diagnostics import Path
from tfxc.schemas.protos.base import json_name


@dataclass(frozen=True)
class Threshold:
    """One bound that a metric must meet.

    ``kind`` is ``value`` or ``change``; ``path`` leads to its mapping ``values``. ``metric`` is the
    class of the metric (None where only its name is known), ``slices`` the slices that it is for, with
    their paths (empty: all that are computed).
    """

    kind: str
    path: Path
    values: Mapping[str, Any]
    metric: str | None
    slices: tuple[tuple[Path, Mapping[str, Any]], ...]


def field(message: Any, name: str) -> Any:
    """Returns a field of a config message by either of its names; None if it is not given."""
    if not isinstance(message, dict):
        return None
    value = message.get(name)
    return message.get(json_name(name)) if value is None else value


def field_key(message: Any, name: str) -> str:
    """Returns the name by which a config message gives a field."""
    return name if isinstance(message, dict) and name in message else json_name(name)


def items(message: Any, name: str) -> Iterator[tuple[tuple[str, int], Any]]:
    """Yields the items of a repeated field with their paths below the message."""
    value = field(message, name)
    if isinstance(value, list):
        key = field_key(message, name)
        for index, item in enumerate(value):
            yield (key, index), item


def thresholds(node: Node) -> Iterator[Threshold]:
    """Yields the thresholds of an Evaluator in document order."""
    config = node.values.get("eval_config")
    base: Path = (*node.path, "eval_config")
    for spec_path, spec in items(config, "metrics_specs"):
        for metric_path, metric in items(spec, "metrics"):
            name = field(metric, "class_name")
            own_class = field(metric, "module") is None and isinstance(name, str)
            yield from _of_metric(metric, (*base, *spec_path, *metric_path), name if own_class else None)
        yield from _of_names(spec, (*base, *spec_path))


def _of_metric(metric: Any, path: Path, class_name: str | None) -> Iterator[Threshold]:
    whole = field(metric, "threshold")
    yield from _bounds(whole, (*path, field_key(metric, "threshold")), class_name, ())
    for name in ("per_slice_thresholds", "cross_slice_thresholds"):
        for item_path, item in items(metric, name):
            yield from _of_slices(item, (*path, *item_path), class_name)


def _of_names(spec: Any, path: Path) -> Iterator[Threshold]:
    """The thresholds of metrics that a model computes itself: metric's name → threshold."""
    for key, whole in _entries(field(spec, "thresholds")):
        yield from _bounds(whole, (*path, field_key(spec, "thresholds"), key), None, ())
    for name in ("per_slice_thresholds", "cross_slice_thresholds"):
        for key, several in _entries(field(spec, name)):
            for item_path, item in items(several, "thresholds"):
                yield from _of_slices(item, (*path, field_key(spec, name), key, *item_path), None)


def _of_slices(item: Any, path: Path, class_name: str | None) -> Iterator[Threshold]:
    slices = tuple(
        ((*path, *slice_path), slice_)
        for slice_path, slice_ in items(item, "slicing_specs")
        if isinstance(slice_, dict)
    )
    whole = field(item, "threshold")
    yield from _bounds(whole, (*path, field_key(item, "threshold")), class_name, slices)


def _bounds(
    whole: Any, path: Path, class_name: str | None, slices: tuple[tuple[Path, Mapping[str, Any]], ...]
) -> Iterator[Threshold]:
    for kind in ("value", "change"):
        name = f"{kind}_threshold"
        values = field(whole, name)
        if isinstance(values, dict):
            yield Threshold(kind, (*path, field_key(whole, name)), values, class_name, slices)


def _entries(mapping: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(mapping, dict):
        yield from mapping.items()
