"""The model, which is the same for each city: `run_fn`, which Trainer calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import tensorflow as tf
import tensorflow_transform as tft
from tfx_bsl.public import tfxio

if TYPE_CHECKING:
    from tfx.components.trainer.fn_args_utils import FnArgs

LABEL = "short"
BATCH_SIZE = 64


def run_fn(fn_args: FnArgs) -> None:
    """Trains the model of a city and saves it, with its transformation, as a SavedModel."""
    keras.utils.set_random_seed(1)
    transform = tft.TFTransformOutput(fn_args.transform_graph_path)
    model = _build_model(transform, fn_args.custom_config["city"])
    model.fit(
        _dataset(fn_args, fn_args.train_files, transform),
        steps_per_epoch=fn_args.train_steps,
        validation_data=_dataset(fn_args, fn_args.eval_files, transform),
        validation_steps=fn_args.eval_steps,
        verbose=2,
    )
    _save(model, transform, fn_args.serving_model_dir)


def _dataset(fn_args: FnArgs, files: list[str], transform: tft.TFTransformOutput) -> tf.data.Dataset:
    """Reads transformed examples: batches of ({feature: column}, label), without end."""
    options = tfxio.TensorFlowDatasetOptions(batch_size=BATCH_SIZE, shuffle_seed=1, label_key=LABEL)
    return fn_args.data_accessor.tf_dataset_factory(files, options, transform.transformed_metadata.schema)


def _build_model(transform: tft.TFTransformOutput, city: str) -> keras.Model:
    """A small network: every transformed feature in, the probability that bikes run short out."""
    names = [name for name in transform.transformed_feature_spec() if name != LABEL]
    inputs = {name: keras.Input((1,), name=name) for name in names}
    hidden = keras.layers.Concatenate()(list(inputs.values()))
    hidden = keras.layers.Dense(24, activation="relu")(hidden)
    model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(hidden), name=city)
    model.compile(keras.optimizers.Adam(0.01), loss="binary_crossentropy", metrics=["binary_accuracy"])
    return model


def _save(model: keras.Model, transform: tft.TFTransformOutput, folder: str) -> None:
    """Writes a SavedModel that takes serialised `tf.Example`s, as they are before Transform."""
    module = tf.Module()
    # What TF Serving restores are the variables of what is saved: a Keras 3 model's are its values.
    module.weights = [variable.value for variable in model.variables]
    module.transform_layer = transform.transform_features_layer()
    columns = transform.raw_feature_spec()
    columns.pop(LABEL)

    def serve(examples: tf.Tensor) -> dict[str, tf.Tensor]:
        transformed = module.transform_layer.call(tf.io.parse_example(examples, columns))
        return {"short": model({name: transformed[name] for name in model.input})}

    examples = [tf.TensorSpec([None], tf.string, name="examples")]
    signature = tf.function(serve, input_signature=examples, autograph=False)
    tf.saved_model.save(module, folder, signatures={"serving_default": signature})
