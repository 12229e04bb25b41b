"""The model: `run_fn`, which Trainer calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import tensorflow as tf
import tensorflow_transform as tft
from tfx_bsl.public import tfxio

if TYPE_CHECKING:
    from tfx.components.trainer.fn_args_utils import FnArgs

LABEL = "digit"
DIGITS = 10
BATCH_SIZE = 64


def run_fn(fn_args: FnArgs) -> None:
    """Trains the model and saves it, with its transformation, as a SavedModel."""
    keras.utils.set_random_seed(1)
    transform = tft.TFTransformOutput(fn_args.transform_graph_path)
    model = _build_model(tuple(transform.transformed_feature_spec()["pixels"].shape))
    model.fit(
        _dataset(fn_args, fn_args.train_files, transform),
        steps_per_epoch=fn_args.train_steps,
        validation_data=_dataset(fn_args, fn_args.eval_files, transform),
        validation_steps=fn_args.eval_steps,
        callbacks=[keras.callbacks.TensorBoard(fn_args.model_run_dir, update_freq=20, write_graph=False)],
        verbose=2,
    )
    _save(model, transform, fn_args.serving_model_dir)


def _dataset(fn_args: FnArgs, files: list[str], transform: tft.TFTransformOutput) -> tf.data.Dataset:
    """Reads decoded images: batches of ({"pixels": images}, digits), without end."""
    options = tfxio.TensorFlowDatasetOptions(batch_size=BATCH_SIZE, shuffle_seed=1, label_key=LABEL)
    return fn_args.data_accessor.tf_dataset_factory(files, options, transform.transformed_metadata.schema)


def _build_model(shape: tuple[int, ...]) -> keras.Model:
    """A small convolutional network: pixels in, a probability for each digit out."""
    pixels = keras.Input(shape, name="pixels")
    hidden = keras.layers.Conv2D(32, 3, padding="same", activation="relu")(pixels)
    hidden = keras.layers.MaxPooling2D()(hidden)
    hidden = keras.layers.Conv2D(64, 3, padding="same", activation="relu")(hidden)
    hidden = keras.layers.MaxPooling2D()(hidden)
    hidden = keras.layers.Dropout(0.25)(keras.layers.Flatten()(hidden))
    model = keras.Model({"pixels": pixels}, keras.layers.Dense(DIGITS, activation="softmax")(hidden))
    model.compile(
        keras.optimizers.Adam(0.003),
        loss="sparse_categorical_crossentropy",
        metrics=["sparse_categorical_accuracy"],
    )
    return model


def _save(model: keras.Model, transform: tft.TFTransformOutput, folder: str) -> None:
    """Writes a SavedModel that takes serialised `tf.Example`s, with images as they are before Transform."""
    module = tf.Module()
    # What TF Serving restores are the variables of what is saved: a Keras 3 model's are its values.
    module.weights = [variable.value for variable in model.variables]
    module.transform_layer = transform.transform_features_layer()
    columns = transform.raw_feature_spec()
    columns.pop(LABEL)

    def serve(examples: tf.Tensor) -> dict[str, tf.Tensor]:
        transformed = module.transform_layer.call(tf.io.parse_example(examples, columns))
        probabilities = model({"pixels": transformed["pixels"]})
        return {"digit": tf.argmax(probabilities, axis=1), "probabilities": probabilities}

    examples = [tf.TensorSpec([None], tf.string, name="examples")]
    signature = tf.function(serve, input_signature=examples, autograph=False)
    tf.saved_model.save(module, folder, signatures={"serving_default": signature})
