"""From the bytes of an image to its pixels: `preprocessing_fn`, which Transform calls.

It is traced once, and becomes a part of the model: who asks sends PNG files too.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

IMAGE = "image"
LABEL = "digit"
SHAPE = (8, 8, 1)  # rows, columns, and one channel: grey


def preprocessing_fn(inputs: dict[str, Any]) -> dict[str, tf.Tensor]:
    """Turns each image into numbers from 0 (black) to 1 (white)."""
    pixels = tf.map_fn(_decode, tf.squeeze(inputs[IMAGE], axis=1), fn_output_signature=tf.uint8)
    return {"pixels": tf.cast(pixels, tf.float32) / 255, LABEL: inputs[LABEL]}


def _decode(png: tf.Tensor) -> tf.Tensor:
    """Returns the pixels of one image. An image of another size is an error, not a stretched one."""
    return tf.ensure_shape(tf.io.decode_png(png, channels=1), SHAPE)
