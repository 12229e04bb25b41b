"""What the models of all cities learn from: `preprocessing_fn`, which Transform calls."""

from __future__ import annotations

import math
from typing import Any

import tensorflow as tf
import tensorflow_transform as tft

LABEL = "short"
MEASURED = ["temperature", "rain"]


def preprocessing_fn(inputs: dict[str, Any]) -> dict[str, tf.Tensor]:
    """Turns the columns into numbers around zero; an hour is a place on the clock's face."""
    angle = tf.cast(inputs["hour"], tf.float32) * (2 * math.pi / 24)
    return {
        "hour_x": tf.cos(angle),
        "hour_y": tf.sin(angle),
        "hour_x2": tf.cos(2 * angle),
        "hour_y2": tf.sin(2 * angle),
        "is_weekend": tf.cast(inputs["weekend"], tf.float32),
        **{f"scaled_{name}": tft.scale_to_z_score(inputs[name]) for name in MEASURED},
        LABEL: inputs[LABEL],
    }
