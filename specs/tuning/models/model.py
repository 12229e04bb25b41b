"""The training: `run_fn`, which Trainer calls with what the Tuner has found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import keras_tuner
import tensorflow as tf
import tensorflow_transform as tft

from models.network import FEATURES, LABEL, build_model, training_data, validation_data

if TYPE_CHECKING:
    from tfx.components.trainer.fn_args_utils import FnArgs


def run_fn(fn_args: FnArgs) -> None:
    """Trains with the best hyperparameters, for longer, and saves a SavedModel with its transformation."""
    keras.utils.set_random_seed(1)
    transform = tft.TFTransformOutput(fn_args.transform_graph_path)
    model = build_model(keras_tuner.HyperParameters.from_config(fn_args.hyperparameters))
    model.fit(
        training_data(fn_args, transform),
        steps_per_epoch=fn_args.train_steps,
        validation_data=validation_data(fn_args, transform),
        validation_steps=fn_args.eval_steps,
        callbacks=[keras.callbacks.TensorBoard(fn_args.model_run_dir, update_freq=20, write_graph=False)],
        verbose=2,
    )
    _save(model, transform, fn_args.serving_model_dir)


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
        return {"energy_kwh": model({name: transformed[name] for name in FEATURES})}

    examples = [tf.TensorSpec([None], tf.string, name="examples")]
    signature = tf.function(serve, input_signature=examples, autograph=False)
    tf.saved_model.save(module, folder, signatures={"serving_default": signature})
