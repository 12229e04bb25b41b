"""From columns to what the model learns from: `preprocessing_fn`, which Transform calls.

A model that goes on from the last one must be given features that mean the same as before. So nothing here
is learnt from the days of a window, no mean and no vocabulary: constants scale, and names are hashed.
"""

from __future__ import annotations

import math
from typing import Any

import tensorflow as tf
import tensorflow_transform as tft

LABEL = "late"
TYPICAL = {"distance_km": 5.0, "weight_kg": 5.0, "rain_mm": 2.0}
DISTRICT = "district"
DISTRICTS = 32
"""hash buckets: a new district needs no new network"""


def preprocessing_fn(inputs: dict[str, Any]) -> dict[str, tf.Tensor]:
    """Turns the columns into numbers around one, and an hour into a place on the clock's face."""
    angle = tf.cast(inputs["hour"], tf.float32) * (2 * math.pi / 24)
    return {
        **{f"{name}_xf": inputs[name] / typical for name, typical in TYPICAL.items()},
        **{f"hour_x{turns}": tf.cos(turns * angle) for turns in (1, 2, 3)},
        **{f"hour_y{turns}": tf.sin(turns * angle) for turns in (1, 2, 3)},
        "district_xf": tft.hash_strings(inputs[DISTRICT], hash_buckets=DISTRICTS),
        "late_xf": inputs[LABEL],
    }
