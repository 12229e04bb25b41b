"""What the models learn from: `preprocessing_fn` is called by Transform."""

from __future__ import annotations

from typing import Any

import tensorflow as tf
import tensorflow_transform as tft

MEASUREMENTS = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
LABEL = "species"


def preprocessing_fn(inputs: dict[str, Any]) -> dict[str, tf.Tensor]:
    """Turns the measurements into numbers around 0, and the species into its number."""
    outputs = {}
    for name in MEASUREMENTS:
        column = inputs[name]
        if isinstance(column, tf.SparseTensor):
            column = tft.sparse_tensor_to_dense_with_shape(column, [None, 1], 0)
        outputs[f"{name}_xf"] = tft.scale_to_z_score(column)
    outputs[f"{LABEL}_xf"] = tft.compute_and_apply_vocabulary(inputs[LABEL], vocab_filename=LABEL)
    return outputs
