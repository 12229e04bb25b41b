"""What the model learns from: `preprocessing_fn`, which Transform calls."""

from __future__ import annotations

from typing import Any

import tensorflow as tf
import tensorflow_transform as tft

from features.columns import CATEGORIES, LABEL, MEASUREMENTS, transformed


def preprocessing_fn(inputs: dict[str, Any]) -> dict[str, tf.Tensor]:
    """Turns one column of the CSV into one number a row: what the model learns from."""
    outputs = {}
    for name in MEASUREMENTS:
        # The mean is 0 now: a penguin that was not measured counts as an average one.
        outputs[transformed(name)] = _without_gaps(tft.scale_to_z_score(inputs[name]), 0.0)
    for name in CATEGORIES:
        # An unknown value, or none, gets the number after the last one of the vocabulary.
        outputs[transformed(name)] = tft.compute_and_apply_vocabulary(
            _without_gaps(inputs[name], ""), num_oov_buckets=1, vocab_filename=name
        )
    outputs[transformed(LABEL)] = tft.compute_and_apply_vocabulary(inputs[LABEL], vocab_filename=LABEL)
    return outputs


def _without_gaps(column: Any, default: float | str) -> tf.Tensor:
    """Returns a dense column. A column that has gaps in the training data arrives sparse."""
    if isinstance(column, tf.SparseTensor):
        return tft.sparse_tensor_to_dense_with_shape(column, [None, 1], default)
    return column
