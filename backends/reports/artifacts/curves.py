"""Training curves: the scalars of TensorBoard's event files in a ModelRun."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from tfxc.backends.reports.artifacts.files import UnreadableError, folder, records
from tfxc.backends.reports.artifacts.messages import tensorboard_module

MOST_POINTS = 600
_EVENT_FILE = "*tfevents*"
_KERAS_VALIDATION = re.compile(r"evaluation_(.+)_vs_iterations")
_EPOCH = "epoch_"
_BATCH = "batch_"


@dataclass(frozen=True)
class Series:
    """One line: steps and values, of a kind of data (``train``, ``validation``)."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Chart:
    """The lines of one metric over steps or epochs."""

    title: str
    axis: str
    series: tuple[Series, ...]


def read_curves(uri: str) -> tuple[Chart, ...]:
    """Returns the charts of a ModelRun artifact; none if nothing was logged. Raises UnreadableError."""
    root = folder(uri)
    event = tensorboard_module("event_pb2").Event
    points: dict[tuple[str, str], dict[float, float]] = {}
    for path in sorted(root.rglob(_EVENT_FILE)):
        writer = path.parent.relative_to(root).as_posix()
        for tag, step, value in _scalars(path, event):
            points.setdefault((tag, "" if writer == "." else writer), {})[step] = value
    return tuple(_charts(points))


def _scalars(path: Path, event_type: Any) -> Iterator[tuple[str, float, float]]:
    from google.protobuf.message import DecodeError

    try:
        for record in records(path):
            event = event_type.FromString(record)
            for value in event.summary.value:
                number = _number(value)
                if number is not None and math.isfinite(number):
                    yield value.tag, float(event.step), number
    except (DecodeError, UnreadableError):
        return  # what was read before is shown


def _number(value: Any) -> Optional[float]:
    if value.HasField("simple_value"):
        return float(value.simple_value)
    if not value.HasField("tensor") or value.metadata.plugin_data.plugin_name not in ("scalars", ""):
        return None
    tensor = value.tensor
    for name in ("float_val", "double_val", "int_val", "int64_val"):
        if len(getattr(tensor, name)) == 1:
            return float(getattr(tensor, name)[0])
    # DataType of types.proto: 1 float, 2 double.
    form = {1: "<f", 2: "<d"}.get(tensor.dtype)
    if form is None or len(tensor.tensor_content) != struct.calcsize(form):
        return None
    return float(struct.unpack(form, tensor.tensor_content)[0])


def _charts(points: dict[tuple[str, str], dict[float, float]]) -> Iterator[Chart]:
    """Yields charts. Keras' names are taken apart, so that training and validation share a chart."""
    charts: dict[tuple[str, str], list[Series]] = {}
    for (tag, writer), values in sorted(points.items()):
        match = _KERAS_VALIDATION.fullmatch(tag)
        if match:
            title, axis = match[1], "step"
        elif tag.startswith(_BATCH):
            title, axis = tag.removeprefix(_BATCH), "step"
        elif tag.startswith(_EPOCH):
            title, axis = tag.removeprefix(_EPOCH), "epoch"
        else:
            title, axis = tag, "step"
        series = Series(writer or "train", _thinned(sorted(values.items())))
        charts.setdefault((title, axis), []).append(series)
    is_curve = {key: any(len(each.points) > 1 for each in found) for key, found in charts.items()}
    for title, axis in sorted(charts, key=lambda key: (key[1] != "step", "loss" not in key[0], key)):
        # One epoch is one point, and no curve.
        if is_curve[title, axis] or not any(is_curve.values()):
            found = sorted(charts[title, axis], key=lambda each: each.name)
            yield Chart(title, axis, tuple(found))


def _thinned(points: list[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Returns at most `MOST_POINTS`: of each stretch the lowest and the highest, so that peaks stay."""
    if len(points) <= MOST_POINTS:
        return tuple(points)
    stretch = math.ceil(2 * len(points) / MOST_POINTS)
    kept: list[tuple[float, float]] = []
    for start in range(0, len(points), stretch):
        part = points[start : start + stretch]
        ends = {min(part, key=lambda each: each[1]), max(part, key=lambda each: each[1])}
        kept.extend(sorted(ends))
    return tuple(kept)
