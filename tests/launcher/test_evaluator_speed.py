"""Keras metrics give the same without AutoGraph."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.tfx


def computed() -> list[Any]:
    """Returns what some metrics of tf_keras compute, eagerly and in a graph."""
    import tensorflow as tf
    import tf_keras  # type: ignore[import-untyped]

    labels, scores = [[0], [1], [1], [0], [1]], [[0.1], [0.7], [0.4], [0.6], [0.9]]
    weights = [1.0, 2.0, 1.0, 0.5, 1.0]
    classes = [[0.1, 0.9], [0.8, 0.2], [0.3, 0.7], [0.6, 0.4], [0.2, 0.8]]
    found = []
    for metric, predictions in (
        (tf_keras.metrics.AUC(num_thresholds=50), scores),
        (tf_keras.metrics.Precision(thresholds=[0.3, 0.6]), scores),
        (tf_keras.metrics.BinaryCrossentropy(), scores),
        (tf_keras.metrics.SparseCategoricalAccuracy(), classes),
    ):
        metric.update_state(labels, predictions, sample_weight=weights)
        metric.update_state(labels, predictions)
        found.append(metric.result().numpy().tolist())
    mean = tf_keras.metrics.Mean()

    @tf.function  # type: ignore[untyped-decorator]
    def in_a_graph(value: Any) -> Any:
        if value > 1.0:
            mean.update_state(value)
        return mean.result()

    in_a_graph(tf.constant(0.5))
    found.append(in_a_graph(tf.constant(3.0)).numpy().tolist())
    return found


def test_metrics_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    from tf_keras.src.metrics import base_metric  # type: ignore[import-untyped]

    from tfxc.backends.launcher.speed import evaluator

    before = computed()
    autograph = base_metric.tf.__internal__.autograph
    original = autograph.tf_convert
    # What `lighten` replaces is put back after the test.
    monkeypatch.setattr(autograph, "tf_convert", original)
    evaluator.lighten()
    assert autograph.tf_convert is not original
    assert computed() == before
