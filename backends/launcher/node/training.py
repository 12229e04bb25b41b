"""A training that ended with a loss that is no number, as its event files tell."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Optional

import tensorflow as tf
from tfx.dsl.io import fileio

_EVENT_FILES = ("*tfevents*", "*/*tfevents*", "*/*/*tfevents*")
_MOST_EVENTS = 200_000
"""Events of one file that are looked at."""
_VALIDATION = re.compile(r"evaluation_(.+)_vs_iterations")
_EPOCH, _BATCH = "epoch_", "batch_"
_VALIDATION_FOLDER = "validation"
_LOSS = "loss"


class _End(NamedTuple):
    """How a curve ends: since which step it has been no number, and whether that is NaN."""

    metric: str
    axis: str
    step: int
    is_nan: bool


def notes(uri: str) -> Iterator[str]:
    """Yields a sentence about the loss, or else the metrics, of a ModelRun that ended as no number.

    What cannot be read tells nothing. The names are those that Keras' TensorBoard callback gives.
    """
    ends: list[_End] = []
    for pattern in _EVENT_FILES:
        for file in sorted(fileio.glob(f"{uri}/{pattern}")):
            ends.extend(_ends(file))
    losses = [each for each in ends if each.metric.endswith(_LOSS)]
    epochs = [each for each in losses or ends if each.axis == "epoch"]
    chosen = sorted(epochs or losses or ends, key=lambda each: (each.metric != _LOSS, each.step))
    if not chosen:
        return
    first = chosen[0]
    what = "the loss" if first.metric == _LOSS else f"`{first.metric}`"
    yield (
        f"{what} is {'NaN' if first.is_nan else 'infinite'} from {first.axis} {first.step} on: "
        + (
            "the model has learned nothing that can be used"
            if losses
            else "look at what the metric is computed of"
        )
    )


def of_outputs(outputs: Iterable[Any]) -> Iterator[str]:
    """Yields the sentences about the ModelRuns among some artifacts, each once."""
    yield from dict.fromkeys(note for artifact in outputs for note in notes(artifact.uri))


def _ends(file: str) -> Iterator[_End]:
    """Yields the curves of a file that end as no number."""
    last: dict[str, Optional[_End]] = {}
    is_validation = f"/{_VALIDATION_FOLDER}/" in file
    for tag, step, number in _scalars(file):
        if math.isfinite(number):
            last[tag] = None
        elif last.get(tag) is None:
            last[tag] = _named(tag, step, math.isnan(number), is_validation)
    yield from (end for end in last.values() if end is not None)


def _named(tag: str, step: int, is_nan: bool, is_validation: bool) -> _End:
    validation = _VALIDATION.fullmatch(tag)
    prefix = "val_" if is_validation else ""
    if validation is not None:
        return _End(f"val_{validation[1]}", "step", step, is_nan)
    if tag.startswith(_EPOCH):
        return _End(prefix + tag.removeprefix(_EPOCH), "epoch", step + 1, is_nan)
    return _End(prefix + tag.removeprefix(_BATCH), "step", step, is_nan)


def _scalars(file: str) -> Iterator[tuple[str, int, float]]:
    try:
        for count, event in enumerate(tf.compat.v1.train.summary_iterator(file)):
            if count >= _MOST_EVENTS:
                return
            for value in event.summary.value:
                number = _number(value)
                if number is not None:
                    yield value.tag, event.step, number
    except (tf.errors.OpError, ValueError):
        return


def _number(value: Any) -> Optional[float]:
    if value.HasField("simple_value"):
        return float(value.simple_value)
    if not value.HasField("tensor") or value.metadata.plugin_data.plugin_name not in ("scalars", ""):
        return None
    content = tf.make_ndarray(value.tensor)
    return float(content) if content.ndim == 0 and content.dtype.kind in "fiu" else None
