"""The model: `run_fn`, which Trainer calls. Will the passenger tip more than a fifth of the fare?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import tensorflow as tf
import tensorflow_transform as tft
from tfx_bsl.public import tfxio

from features.columns import BUCKETIZED, BUCKETS, COUNTED, LABEL, LOOKED_UP, SCALED, transformed

if TYPE_CHECKING:
    from tfx.components.trainer.fn_args_utils import FnArgs

BATCH_SIZE = 64


def run_fn(fn_args: FnArgs) -> None:
    """Trains the model and saves it, with its transformation, as a SavedModel."""
    keras.utils.set_random_seed(1)
    transform = tft.TFTransformOutput(fn_args.transform_graph_path)
    model = _build_model(transform)
    model.fit(
        _dataset(fn_args, fn_args.train_files, transform),
        steps_per_epoch=fn_args.train_steps,
        validation_data=_dataset(fn_args, fn_args.eval_files, transform),
        validation_steps=fn_args.eval_steps,
        callbacks=[_training_curves(fn_args.model_run_dir)],
        verbose=2,
    )
    _save(model, transform, fn_args.serving_model_dir)


def _training_curves(folder: str) -> keras.callbacks.Callback:
    """Writes loss and metrics of every twentieth step, for `tensorboard --logdir`."""
    return keras.callbacks.TensorBoard(folder, update_freq=20, write_graph=False)


def _dataset(fn_args: FnArgs, files: list[str], transform: tft.TFTransformOutput) -> tf.data.Dataset:
    """Reads transformed examples: batches of ({feature: column}, label), without end."""
    options = tfxio.TensorFlowDatasetOptions(
        batch_size=BATCH_SIZE, shuffle_seed=1, label_key=transformed(LABEL)
    )
    return fn_args.data_accessor.tf_dataset_factory(files, options, transform.transformed_metadata.schema)


def _build_model(transform: tft.TFTransformOutput) -> keras.Model:
    """A wide and deep network: one-hot categories straight to the output, scaled numbers through layers."""
    deep_inputs = {transformed(name): keras.Input((1,), name=transformed(name)) for name in SCALED}
    sizes = dict(COUNTED)
    sizes |= dict.fromkeys(BUCKETIZED, BUCKETS + 1)
    sizes |= {name: transform.vocabulary_size_by_name(name) + 1 for name in LOOKED_UP}
    wide_inputs = {
        transformed(name): keras.Input((1,), name=transformed(name), dtype="int64") for name in sizes
    }
    wide = keras.layers.Concatenate()(
        [
            keras.layers.CategoryEncoding(size, output_mode="one_hot")(wide_inputs[transformed(name)])
            for name, size in sizes.items()
        ]
    )
    deep = keras.layers.Concatenate()([*deep_inputs.values(), wide])
    for units in (64, 32):
        deep = keras.layers.Dense(units, activation="relu")(deep)
    output = keras.layers.Dense(1, activation="sigmoid")(keras.layers.Concatenate()([wide, deep]))
    model = keras.Model({**deep_inputs, **wide_inputs}, output)
    model.compile(
        optimizer=keras.optimizers.Adam(0.001),
        loss="binary_crossentropy",
        metrics=[keras.metrics.AUC(name="auc")],
    )
    return model


def _save(model: keras.Model, transform: tft.TFTransformOutput, folder: str) -> None:
    """Writes a SavedModel that takes serialised `tf.Example`s, as they are before Transform.

    `serving_default` is for TF Serving and the Evaluator; `transform_features` gives the Evaluator
    the label as the model knows it.
    """
    # TF Serving restores the variables that are part of what is saved. Of a Keras 3 model these are the
    # values of its variables: with the model itself the file loads, but no request can be answered.
    module = tf.Module()
    module.weights = [variable.value for variable in model.variables]
    # With its vocabularies. It is used through `call`: called as a Keras layer it would be saved a
    # second time, which takes seconds.
    module.transform_layer = transform.transform_features_layer()
    all_columns = transform.raw_feature_spec()
    columns_to_serve = {name: all_columns[name] for name in (*SCALED, *BUCKETIZED, *LOOKED_UP, *COUNTED)}

    def serve(examples: tf.Tensor) -> dict[str, tf.Tensor]:
        columns = module.transform_layer.call(tf.io.parse_example(examples, columns_to_serve))
        return {"probability": model(columns)}

    def transform_features(examples: tf.Tensor) -> dict[str, tf.Tensor]:
        return dict(module.transform_layer.call(tf.io.parse_example(examples, all_columns)))

    # Without autograph: there is no control flow to convert, and looking for some takes seconds.
    examples = [tf.TensorSpec([None], tf.string, name="examples")]
    signatures = {
        "serving_default": tf.function(serve, input_signature=examples, autograph=False),
        "transform_features": tf.function(transform_features, input_signature=examples, autograph=False),
    }
    tf.saved_model.save(module, folder, signatures=signatures)
