"""What the model learns from: `preprocessing_fn`, which Transform calls."""

from __future__ import annotations

from typing import Any

import tensorflow as tf
import tensorflow_transform as tft

from features.columns import (
    BUCKETIZED,
    BUCKETS,
    COUNTED,
    LABEL,
    LABEL_COLUMNS,
    LOOKED_UP,
    SCALED,
    transformed,
)


def preprocessing_fn(inputs: dict[str, Any]) -> dict[str, tf.Tensor]:
    """Turns the columns of the CSV into numbers that a network can learn from."""
    outputs = {}
    for name in SCALED:
        outputs[transformed(name)] = _without_gaps(tft.scale_to_z_score(inputs[name]), 0.0)
    for name in BUCKETIZED:
        # A place that is not known has a bucket of its own, after the others.
        outputs[transformed(name)] = _without_gaps(tft.bucketize(inputs[name], BUCKETS), BUCKETS)
    for name, gap in LOOKED_UP.items():
        outputs[transformed(name)] = tft.compute_and_apply_vocabulary(
            _without_gaps(inputs[name], gap), num_oov_buckets=1, vocab_filename=name
        )
    for name in COUNTED:
        outputs[transformed(name)] = _without_gaps(inputs[name], 0)
    tips, fare = (_without_gaps(inputs[name], 0.0) for name in LABEL_COLUMNS)
    outputs[transformed(LABEL)] = tf.cast((fare > 0) & (tips > 0.2 * fare), tf.int64)
    return outputs


def _without_gaps(column: Any, default: float | str) -> tf.Tensor:
    """Returns a dense column. A column that has gaps in the training data arrives sparse."""
    if isinstance(column, tf.SparseTensor):
        return tft.sparse_tensor_to_dense_with_shape(column, [None, 1], default)
    return column
