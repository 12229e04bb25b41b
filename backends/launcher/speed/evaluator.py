"""The Evaluator's Keras metrics without AutoGraph, which takes a third of a small evaluation.

TFMA computes each metric eagerly, where Python's own control flow does what AutoGraph would write
out. tf_keras converts the metric's code all the same, and everything that it calls, at every start.
"""

from __future__ import annotations

import importlib
from typing import Any


def lighten() -> None:
    """Keeps tf_keras from converting what is called eagerly, in this process: a node's own.

    Code that runs while a graph is traced is converted as ever. Where tf_keras or what is replaced
    is not there, nothing is done.
    """
    try:
        base_metric = importlib.import_module("tf_keras.src.metrics.base_metric")
        status = importlib.import_module("tensorflow.python.autograph.core.ag_ctx").Status
        autograph = base_metric.tf.__internal__.autograph
        convert, executing_eagerly = autograph.tf_convert, base_metric.tf.executing_eagerly
    except (ImportError, AttributeError):
        return

    def tf_convert(function: Any, context: Any, *arguments: Any, **options: Any) -> Any:
        if context.status == status.UNSPECIFIED and executing_eagerly():
            return function
        return convert(function, context, *arguments, **options)

    autograph.tf_convert = tf_convert
