"""The model: `run_fn` is called by Trainer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf
import tensorflow_transform as tft
from tfx_bsl.public import tfxio

if TYPE_CHECKING:
    from tfx.components.trainer.fn_args_utils import FnArgs

LABEL = "species"
TRANSFORMED_LABEL = "species_xf"


def run_fn(fn_args: FnArgs) -> None:
    """Trains a network with one hidden layer and saves it, with its transformation."""
    keras.utils.set_random_seed(1)
    transform = tft.TFTransformOutput(fn_args.transform_graph_path)
    names = [name for name in transform.transformed_feature_spec() if name != TRANSFORMED_LABEL]
    inputs = {name: keras.Input((1,), name=name) for name in sorted(names)}
    hidden = keras.layers.Concatenate()(list(inputs.values()))
    hidden = keras.layers.Dense(fn_args.custom_config["units"], activation="relu")(hidden)
    species = transform.vocabulary_size_by_name(LABEL)
    model = keras.Model(inputs, keras.layers.Dense(species, activation="softmax")(hidden))
    model.compile(
        keras.optimizers.Adam(0.01),
        loss="sparse_categorical_crossentropy",
        metrics=["sparse_categorical_accuracy"],
    )
    model.fit(
        _dataset(fn_args, fn_args.train_files, transform),
        steps_per_epoch=fn_args.train_steps,
        validation_data=_dataset(fn_args, fn_args.eval_files, transform),
        validation_steps=fn_args.eval_steps,
        verbose=2,
    )
    _save(model, transform, fn_args.serving_model_dir)


def _dataset(fn_args: FnArgs, files: list[str], transform: tft.TFTransformOutput) -> tf.data.Dataset:
    options = tfxio.TensorFlowDatasetOptions(batch_size=32, shuffle_seed=1, label_key=TRANSFORMED_LABEL)
    return fn_args.data_accessor.tf_dataset_factory(files, options, transform.transformed_metadata.schema)


def _save(model: keras.Model, transform: tft.TFTransformOutput, folder: str) -> None:
    """Writes a SavedModel that takes serialised `tf.Example`s, as they are before Transform."""
    module = tf.Module()
    module.weights = [variable.value for variable in model.variables]
    module.transform_layer = transform.transform_features_layer()
    names = tf.constant(transform.vocabulary_by_name(LABEL))
    columns = transform.raw_feature_spec()
    measured = {name: spec for name, spec in columns.items() if f"{name}_xf" in model.input}

    def serve(examples: tf.Tensor) -> dict[str, tf.Tensor]:
        features = module.transform_layer.call(tf.io.parse_example(examples, measured))
        probabilities = model({name: features[name] for name in model.input})
        species = tf.gather(names, tf.argmax(probabilities, axis=1))[:, tf.newaxis]
        return {"species": species, "probabilities": probabilities}

    def transform_features(examples: tf.Tensor) -> dict[str, Any]:
        return dict(module.transform_layer.call(tf.io.parse_example(examples, columns)))

    examples = [tf.TensorSpec([None], tf.string, name="examples")]
    signatures = {
        "serving_default": tf.function(serve, input_signature=examples, autograph=False),
        "transform_features": tf.function(transform_features, input_signature=examples, autograph=False),
    }
    tf.saved_model.save(module, folder, signatures=signatures)
