"""A SavedModel as Python servers have it: loaded by TensorFlow, called by its signature."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import tensorflow as tf


class SavedModel:
    """Answers rows: examples in base64, or numbers."""

    def __init__(self, folder: str) -> None:
        self._model = tf.saved_model.load(folder)
        self._call = self._model.signatures["serving_default"]
        ((self._input, spec),) = self._call.structured_input_signature[1].items()
        self._is_text = spec.dtype == tf.string

    def answer(self, rows: list[Any]) -> dict[str, Any]:
        """Returns the outputs as JSON values."""
        values = [b64decode(row) for row in rows] if self._is_text else rows
        outputs = self._call(**{self._input: tf.constant(values, tf.string if self._is_text else tf.float32)})
        return {
            name: [[each.decode() for each in row] for row in value.numpy()]
            if value.dtype == tf.string
            else value.numpy().tolist()
            for name, value in outputs.items()
        }
