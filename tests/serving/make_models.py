"""A program that makes the models of these tests: ``make_models.py FOLDER``.

``half_plus_two`` is TensorFlow Serving's own example; ``mixed`` has inputs and outputs of many types;
``sequence`` takes rows of any length; ``slow`` takes about a second.
"""

from __future__ import annotations

import sys
from pathlib import Path

import tensorflow as tf

FLOATS = tf.TensorSpec([None], tf.float32, name="x")
EXAMPLES = tf.TensorSpec([None], tf.string, name="inputs")


def half_plus(folder: Path, added: float) -> None:
    """y = x / 2 + added, of numbers and of examples with a feature x."""
    module = tf.Module()
    module.a, module.b = tf.Variable(0.5), tf.Variable(added)

    def value(x: tf.Tensor) -> tf.Tensor:
        return module.a * x + module.b

    def parsed(examples: tf.Tensor) -> tf.Tensor:
        return tf.io.parse_example(examples, {"x": tf.io.FixedLenFeature([1], tf.float32)})["x"]

    def classify(inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        y = value(parsed(inputs))
        classes = tf.tile(tf.constant([["low", "high"]]), [tf.shape(y)[0], 1])
        return {"classes": classes, "scores": tf.concat([10.0 - y, y], axis=1)}

    signatures = {
        "serving_default": tf.function(lambda x: {"y": value(x)}, input_signature=[FLOATS]),
        "regress_x": tf.function(
            lambda inputs: {"outputs": value(parsed(inputs))}, input_signature=[EXAMPLES]
        ),
        "classify_x": tf.function(classify, input_signature=[EXAMPLES]),
    }
    tf.saved_model.save(module, str(folder), signatures=signatures)


def mixed(folder: Path) -> None:
    """Inputs and outputs of many types, with shapes."""

    def serve(a: tf.Tensor, b: tf.Tensor, t: tf.Tensor, f: tf.Tensor) -> dict[str, tf.Tensor]:
        return {
            "total": tf.reduce_sum(a, axis=1) + tf.cast(b, tf.float32),
            "pair": a,
            "number": b,
            "text": tf.strings.join([t, "!"]),
            "text_bytes": t,
            "flag": tf.logical_not(f),
        }

    signature = [
        tf.TensorSpec([None, 2], tf.float32, name="a"),
        tf.TensorSpec([None], tf.int64, name="b"),
        tf.TensorSpec([None], tf.string, name="t"),
        tf.TensorSpec([None], tf.bool, name="f"),
    ]
    scalar = tf.function(lambda x: {"sum": tf.reduce_sum(x)}, input_signature=[FLOATS])
    text = tf.function(
        lambda t: {"text": tf.strings.join([t, "!"])},
        input_signature=[tf.TensorSpec([None], tf.string, name="t")],
    )
    doubles = tf.function(
        lambda d: {"d": d / 3.0}, input_signature=[tf.TensorSpec([None], tf.float64, name="d")]
    )
    module = tf.Module()
    module.one = tf.Variable(1.0)
    tf.saved_model.save(
        module,
        str(folder),
        signatures={
            "serving_default": tf.function(serve, input_signature=signature),
            "scalar": scalar,
            "text": text,
            "doubles": doubles,
        },
    )


def sequence(folder: Path) -> None:
    """Sums of rows of any length."""
    module = tf.Module()
    module.one = tf.Variable(1.0)
    spec = tf.TensorSpec([None, None], tf.float32, name="x")
    signature = tf.function(
        lambda x: {"length": tf.reduce_sum(x * 0 + module.one, axis=1)}, input_signature=[spec]
    )
    tf.saved_model.save(module, str(folder), signatures=signature)


def slow(folder: Path) -> None:
    """x after a second or so."""
    module = tf.Module()
    module.one = tf.Variable(1.0)

    def serve(x: tf.Tensor) -> dict[str, tf.Tensor]:
        matrix = tf.ones([400, 400]) * module.one / 400.0
        result = tf.while_loop(
            lambda step, value: step < 400, lambda step, value: (step + 1, value @ matrix), (0, matrix)
        )[1]
        return {"y": x + 0.0 * result[0, 0]}

    tf.saved_model.save(module, str(folder), signatures=tf.function(serve, input_signature=[FLOATS]))


def main() -> None:
    """Makes all of them."""
    folder = Path(sys.argv[1])
    half_plus(folder / "half_plus_two" / "1", 2.0)
    half_plus(folder / "half_plus_three", 3.0)
    mixed(folder / "mixed" / "1")
    sequence(folder / "sequence" / "1")
    slow(folder / "slow" / "1")


if __name__ == "__main__":
    main()
