"""The model: `run_fn`, which Trainer calls. It goes on from the last blessed model, if there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import tensorflow as tf
import tensorflow_transform as tft
from tfx_bsl.public import tfxio

if TYPE_CHECKING:
    from tfx.components.trainer.fn_args_utils import FnArgs

LABEL = "late"
TRANSFORMED_LABEL = "late_xf"
DISTRICT = "district_xf"
BATCH_SIZE = 64


def run_fn(fn_args: FnArgs) -> None:
    """Trains the model and saves it, with its transformation, as a SavedModel."""
    keras.utils.set_random_seed(1)
    transform = tft.TFTransformOutput(fn_args.transform_graph_path)
    model = _build_model(transform, fn_args.custom_config["districts"])
    if fn_args.base_model is not None:
        _start_from(fn_args.base_model, model)
    model.fit(
        _dataset(fn_args, fn_args.train_files, transform),
        steps_per_epoch=fn_args.train_steps,
        validation_data=_dataset(fn_args, fn_args.eval_files, transform),
        validation_steps=fn_args.eval_steps,
        callbacks=[keras.callbacks.TensorBoard(fn_args.model_run_dir, update_freq=20, write_graph=False)],
        verbose=2,
    )
    _save(model, transform, fn_args.serving_model_dir)


def _start_from(folder: str, model: keras.Model) -> None:
    """Gives a model what an earlier one has learnt; one of another shape starts anew."""
    learnt = tf.saved_model.load(folder).weights
    if [value.shape for value in learnt] != [variable.value.shape for variable in model.variables]:
        print("the network has changed since the last blessed model: training starts anew")  # noqa: T201
        return
    for variable, value in zip(model.variables, learnt, strict=True):
        variable.assign(value)
    print(f"training goes on from {folder}")  # noqa: T201


def _dataset(fn_args: FnArgs, files: list[str], transform: tft.TFTransformOutput) -> tf.data.Dataset:
    """Reads the transformed examples of all days of the window: ({feature: column}, label), without end."""
    options = tfxio.TensorFlowDatasetOptions(
        batch_size=BATCH_SIZE, shuffle_seed=1, label_key=TRANSFORMED_LABEL
    )
    return fn_args.data_accessor.tf_dataset_factory(files, options, transform.transformed_metadata.schema)


def _build_model(transform: tft.TFTransformOutput, districts: int) -> keras.Model:
    """A small network: numbers and the district's hash in, the probability of being late out."""
    features = transform.transformed_feature_spec()
    names = sorted(name for name in features if name not in (TRANSFORMED_LABEL, DISTRICT))
    inputs = {name: keras.Input((1,), name=name) for name in names}
    columns = list(inputs.values())
    inputs[DISTRICT] = keras.Input((1,), name=DISTRICT, dtype="int64")
    columns.append(keras.layers.CategoryEncoding(districts, output_mode="one_hot")(inputs[DISTRICT]))
    hidden = keras.layers.Dense(16, activation="relu")(keras.layers.Concatenate()(columns))
    model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(hidden))
    model.compile(keras.optimizers.Adam(0.005), loss="binary_crossentropy", metrics=["binary_accuracy"])
    return model


def _save(model: keras.Model, transform: tft.TFTransformOutput, folder: str) -> None:
    """Writes a SavedModel that takes serialised `tf.Example`s, as they are before Transform."""
    module = tf.Module()
    # What TF Serving restores are the variables of what is saved: a Keras 3 model's are its values. They are
    # also what the next training starts from.
    module.weights = [variable.value for variable in model.variables]
    module.transform_layer = transform.transform_features_layer()
    columns = transform.raw_feature_spec()
    columns.pop(LABEL)

    def serve(examples: tf.Tensor) -> dict[str, tf.Tensor]:
        transformed = module.transform_layer.call(tf.io.parse_example(examples, columns))
        return {"late": model({name: transformed[name] for name in model.input})}

    examples = [tf.TensorSpec([None], tf.string, name="examples")]
    signature = tf.function(serve, input_signature=examples, autograph=False)
    tf.saved_model.save(module, folder, signatures={"serving_default": signature})
