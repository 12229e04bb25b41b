"""The plots of an evaluation: TFMA's PlotsForSlice, and matrices among its metrics."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Optional

from tfxc.backends.launcher.protocol.evaluation_messages import BASELINE, OVERALL, named_slice
from tfxc.backends.reports.artifacts.evaluation import files
from tfxc.backends.reports.artifacts.files import folder, parsed, records
from tfxc.backends.reports.artifacts.messages import evaluation_module

MOST_CLASSES = 25
MOST_POINTS = 400


@dataclass(frozen=True)
class Operating:
    """What a binary model does at a threshold."""

    threshold: float
    true_positives: float
    false_positives: float
    true_negatives: float
    false_negatives: float

    @property
    def recall(self) -> float:
        return _share(self.true_positives, self.false_negatives)

    @property
    def false_positive_rate(self) -> float:
        return _share(self.false_positives, self.true_negatives)

    @property
    def precision(self) -> float:
        return _share(self.true_positives, self.false_positives)


@dataclass(frozen=True)
class CalibrationPoint:
    """The examples whose predictions are near each other: their mean prediction and mean label."""

    prediction: float
    label: float
    examples: float


@dataclass(frozen=True)
class Matrix:
    """Examples by actual class (row) and predicted class (column)."""

    classes: tuple[str, ...]
    counts: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Plots:
    """The plots of a slice, of a model with several outputs or classes of one of them (``of``)."""

    slice: str
    of: str
    operating: tuple[Operating, ...] = ()
    calibration: tuple[CalibrationPoint, ...] = ()
    matrix: Optional[Matrix] = None


def read_plots(uri: str) -> tuple[Plots, ...]:
    """Returns the plots of a ModelEvaluation artifact, the whole first. Raises UnreadableError."""
    root = folder(uri)
    found: list[Plots] = []
    message = evaluation_module("metrics_for_slice_pb2").PlotsForSlice
    for path in files(root, "plots"):
        for record in records(path):
            found.extend(_plots(parsed(message, record, path)))
    return tuple(sorted(found, key=lambda each: (each.slice != OVERALL, each.slice, each.of)))


def _plots(record: Any) -> Iterator[Plots]:
    if record.HasField("cross_slice_key"):
        return
    name = named_slice(record.slice_key)
    # A plot of its own for each metric that asked: put together what is about the same thing.
    merged: dict[str, dict[str, Any]] = {}
    for pair in record.plot_keys_and_values:
        if pair.key.model_name == BASELINE:
            continue
        parts = [pair.key.output_name]
        if pair.key.sub_key.HasField("class_id"):
            parts.append(f"class {pair.key.sub_key.class_id.value}")
        known = merged.setdefault(", ".join(filter(None, parts)), {})
        data = pair.value
        if data.HasField("confusion_matrix_at_thresholds"):
            known["operating"] = _operating(data.confusion_matrix_at_thresholds.matrices)
        if data.HasField("calibration_histogram_buckets"):
            known["calibration"] = _calibration(data.calibration_histogram_buckets.buckets)
        if data.HasField("multi_class_confusion_matrix_at_thresholds"):
            known["matrix"] = _matrix(data.multi_class_confusion_matrix_at_thresholds.matrices)
    for of, known in merged.items():
        if any(known.values()):
            yield Plots(name, of, **known)


def _operating(matrices: Any) -> tuple[Operating, ...]:
    points = [
        Operating(
            float(each.threshold),
            float(each.true_positives),
            float(each.false_positives),
            float(each.true_negatives),
            float(each.false_negatives),
        )
        for each in matrices
    ]
    stretch = max(1, len(points) // MOST_POINTS)
    return tuple(points[::stretch])


def _calibration(buckets: Any) -> tuple[CalibrationPoint, ...]:
    points = []
    for each in buckets:
        examples = float(each.num_weighted_examples.value)
        if examples > 0:
            prediction = float(each.total_weighted_refined_prediction.value) / examples
            points.append(
                CalibrationPoint(prediction, float(each.total_weighted_label.value) / examples, examples)
            )
    # TFMA has ten thousand buckets: as many as one can tell apart.
    return _tenths(points) if len(points) > 60 else tuple(points)


def _tenths(points: list[CalibrationPoint]) -> tuple[CalibrationPoint, ...]:
    sums: dict[int, list[float]] = {}
    for each in points:
        known = sums.setdefault(min(19, max(0, int(each.prediction * 20))), [0.0, 0.0, 0.0])
        known[0] += each.prediction * each.examples
        known[1] += each.label * each.examples
        known[2] += each.examples
    return tuple(CalibrationPoint(a / n, b / n, n) for _, (a, b, n) in sorted(sums.items()))


def _matrix(matrices: Any) -> Optional[Matrix]:
    if not matrices:
        return None
    entries = {
        (int(each.actual_class_id), int(each.predicted_class_id)): float(each.num_weighted_examples)
        for each in matrices[0].entries
    }
    classes = sorted({each for pair in entries for each in pair})
    if not classes or len(classes) > MOST_CLASSES:
        return None
    counts = tuple(tuple(entries.get((row, column), 0.0) for column in classes) for row in classes)
    # -1: no prediction was above the threshold.
    return Matrix(tuple("none" if each < 0 else str(each) for each in classes), counts)


def _share(part: float, rest: float) -> float:
    return part / (part + rest) if part + rest > 0 else 0.0
