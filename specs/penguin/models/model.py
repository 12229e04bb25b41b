"""The model: `run_fn`, which Trainer calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf
import tensorflow_transform as tft
from tfx_bsl.public import tfxio

from features.columns import CATEGORIES, LABEL, MEASUREMENTS, transformed

if TYPE_CHECKING:
    from tfx.components.trainer.fn_args_utils import FnArgs

BATCH_SIZE = 32


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
    """A small network: measurements and one-hot categories in, a probability per species out."""
    inputs = {}
    columns = []
    for name in MEASUREMENTS:
        inputs[transformed(name)] = keras.Input((1,), name=transformed(name))
        columns.append(inputs[transformed(name)])
    for name in CATEGORIES:
        inputs[transformed(name)] = keras.Input((1,), name=transformed(name), dtype="int64")
        size = transform.vocabulary_size_by_name(name) + 1
        columns.append(keras.layers.CategoryEncoding(size, output_mode="one_hot")(inputs[transformed(name)]))
    hidden = keras.layers.Concatenate()(columns)
    hidden = keras.layers.Dense(16, activation="relu")(hidden)
    species = transform.vocabulary_size_by_name(LABEL)
    model = keras.Model(inputs, keras.layers.Dense(species, activation="softmax")(hidden))
    model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        loss="sparse_categorical_crossentropy",
        metrics=["sparse_categorical_accuracy"],
    )
    return model


def _as_parsed(column: tf.Tensor, feature: Any) -> Any:
    """Returns a column as `parse_example` would: sparse if it may be missing (a zero, an empty text)."""
    if isinstance(feature, tf.io.VarLenFeature):
        return tf.sparse.from_dense(column[:, tf.newaxis])
    return tf.reshape(column, [-1, *feature.shape])


def _save(model: keras.Model, transform: tft.TFTransformOutput, folder: str) -> None:
    """Writes a SavedModel that takes serialised `tf.Example`s, as they are before Transform.

    `serving_default` is for TF Serving and the Evaluator; `columns` is the same for clients that send
    plain values; `transform_features` gives the Evaluator the label as the model knows it.
    """
    # TF Serving restores the variables that are part of what is saved. Of a Keras 3 model these are the
    # values of its variables: with the model itself the file loads, but no request can be answered.
    module = tf.Module()
    module.weights = [variable.value for variable in model.variables]
    # With its vocabularies. It is used through `call`: called as a Keras layer it would be saved a
    # second time, which takes seconds.
    module.transform_layer = transform.transform_features_layer()
    names = tf.constant(transform.vocabulary_by_name(LABEL))
    all_columns = transform.raw_feature_spec()
    columns_to_serve = {name: all_columns[name] for name in MEASUREMENTS + CATEGORIES}

    def answer(columns: dict[str, Any]) -> dict[str, tf.Tensor]:
        probabilities = model(module.transform_layer.call(columns))
        # A row for each penguin, also of a single name: BulkInferrer reads no text of rank 1.
        species = tf.gather(names, tf.argmax(probabilities, axis=1))[:, tf.newaxis]
        return {"species": species, "probabilities": probabilities}

    def serve(examples: tf.Tensor) -> dict[str, tf.Tensor]:
        return answer(tf.io.parse_example(examples, columns_to_serve))

    def serve_columns(**columns: tf.Tensor) -> dict[str, tf.Tensor]:
        return answer({name: _as_parsed(column, columns_to_serve[name]) for name, column in columns.items()})

    def transform_features(examples: tf.Tensor) -> dict[str, tf.Tensor]:
        return dict(module.transform_layer.call(tf.io.parse_example(examples, all_columns)))

    # Without autograph: there is no control flow to convert, and looking for some takes seconds.
    examples = [tf.TensorSpec([None], tf.string, name="examples")]
    columns = {
        name: tf.TensorSpec([None], feature.dtype, name=name) for name, feature in columns_to_serve.items()
    }
    signatures = {
        "serving_default": tf.function(serve, input_signature=examples, autograph=False),
        "columns": tf.function(serve_columns, autograph=False).get_concrete_function(**columns),
        "transform_features": tf.function(transform_features, input_signature=examples, autograph=False),
    }
    tf.saved_model.save(module, folder, signatures=signatures)
