"""The network, and what may be tried of it; the data that it learns from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import tensorflow as tf
import tensorflow_transform as tft
from tfx_bsl.public import tfxio

if TYPE_CHECKING:
    import keras_tuner
    from tfx.components.trainer.fn_args_utils import FnArgs

LABEL = "energy_kwh"
TRANSFORMED_LABEL = "energy_xf"
FEATURES = ("temperature_xf", "is_weekend", "hour_x", "hour_y", "day_of_year_x", "day_of_year_y")
TYPICAL_KWH = 50.0
BATCH_SIZE = 64


def build_model(hyperparameters: keras_tuner.HyperParameters) -> keras.Model:
    """A network of one or two layers: features in, kilowatt hours out.

    What is asked of ``hyperparameters`` is the space that the Tuner searches; the Trainer asks the best.
    """
    units = hyperparameters.Choice("units", [4, 16, 64])
    layers = hyperparameters.Int("layers", 1, 2)
    learning_rate = hyperparameters.Float("learning_rate", 1e-4, 1e-1, sampling="log")

    inputs = {name: keras.Input((1,), name=name) for name in FEATURES}
    hidden = keras.layers.Concatenate()(list(inputs.values()))
    for _ in range(layers):
        hidden = keras.layers.Dense(units, activation="relu")(hidden)
    # A layer learns numbers around one most easily; the answer is in kilowatt hours.
    energy = keras.layers.Rescaling(TYPICAL_KWH)(keras.layers.Dense(1)(hidden))
    model = keras.Model(inputs, energy)
    model.compile(keras.optimizers.Adam(learning_rate), loss="mean_absolute_error")
    return model


def training_data(fn_args: FnArgs, transform: tft.TFTransformOutput) -> tf.data.Dataset:
    """Returns what to learn from: batches of ({feature: column}, energy), without end."""
    return _dataset(fn_args, fn_args.train_files, transform)


def validation_data(fn_args: FnArgs, transform: tft.TFTransformOutput) -> tf.data.Dataset:
    """Returns what to judge by: the same of the other split."""
    return _dataset(fn_args, fn_args.eval_files, transform)


def _dataset(fn_args: FnArgs, files: list[str], transform: tft.TFTransformOutput) -> tf.data.Dataset:
    options = tfxio.TensorFlowDatasetOptions(
        batch_size=BATCH_SIZE, shuffle_seed=1, label_key=TRANSFORMED_LABEL
    )
    return fn_args.data_accessor.tf_dataset_factory(files, options, transform.transformed_metadata.schema)
