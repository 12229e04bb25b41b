"""From columns to what the model learns from: `preprocessing_fn`, which Transform calls."""

from __future__ import annotations

import math
from typing import Any

import tensorflow as tf
import tensorflow_transform as tft

LABEL = "energy_kwh"
CYCLES = {"hour": 24, "day_of_year": 365}  # what comes again, and after how many
WEEKEND = 5  # Monday is 0


def preprocessing_fn(inputs: dict[str, Any]) -> dict[str, tf.Tensor]:
    """Turns the columns into numbers around zero: an hour is a place on the clock's face, a day likewise."""
    outputs = {
        "temperature_xf": tft.scale_to_z_score(inputs["temperature"]),
        "is_weekend": tf.cast(inputs["weekday"] >= WEEKEND, tf.float32),
        "energy_xf": tf.cast(inputs[LABEL], tf.float32),
    }
    for name, length in CYCLES.items():
        angle = tf.cast(inputs[name], tf.float32) * (2 * math.pi / length)
        outputs[f"{name}_x"], outputs[f"{name}_y"] = tf.cos(angle), tf.sin(angle)
    return outputs
