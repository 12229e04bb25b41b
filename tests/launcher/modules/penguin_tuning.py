"""Searches for the width and the learning rate of a small model of penguins, and trains it with the best."""

import json
from pathlib import Path

import keras
import keras_tuner
import tensorflow as tf
import tensorflow_transform as tft
from tfx.components.trainer.fn_args_utils import FnArgs
from tfx.components.tuner.component import TunerFnResult
from tfx_bsl.public import tfxio

FEATURES = ("bill_length_mm", "bill_depth_mm")


def _dataset(fn_args, files):
    transform = tft.TFTransformOutput(fn_args.transform_graph_path)
    options = tfxio.TensorFlowDatasetOptions(batch_size=32, shuffle_seed=1, label_key="species_xf")
    rows = fn_args.data_accessor.tf_dataset_factory(files, options, transform.transformed_metadata.schema)
    return rows.map(lambda columns, label: ({name: columns[name + "_xf"] for name in FEATURES}, label))


def _build(search):
    inputs = {name: keras.Input((1,), name=name) for name in FEATURES}
    hidden = keras.layers.Concatenate()(list(inputs.values()))
    hidden = keras.layers.Dense(search.Choice("units", [4, 8]), activation="relu")(hidden)
    model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(hidden))
    model.compile(
        keras.optimizers.Adam(search.Float("rate", 0.001, 0.1, sampling="log")),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def tuner_fn(fn_args: FnArgs) -> TunerFnResult:
    tuner = keras_tuner.RandomSearch(
        _build, "val_accuracy", max_trials=2, seed=1, directory=fn_args.working_dir, project_name="penguin"
    )
    return TunerFnResult(
        tuner,
        {
            "x": _dataset(fn_args, fn_args.train_files),
            "validation_data": _dataset(fn_args, fn_args.eval_files),
            "steps_per_epoch": fn_args.train_steps,
            "validation_steps": fn_args.eval_steps,
            "verbose": 2,
        },
    )


def run_fn(fn_args: FnArgs) -> None:
    search = keras_tuner.HyperParameters.from_config(fn_args.hyperparameters)
    model = _build(search)
    model.fit(_dataset(fn_args, fn_args.train_files), steps_per_epoch=fn_args.train_steps, verbose=2)
    model.export(fn_args.serving_model_dir)
    (Path(fn_args.model_run_dir) / "used.json").write_text(json.dumps(search.values))
    _save_unservable(model, fn_args.custom_config["unservable"])


def _save_unservable(model, folder):
    """Saves a model as it can be loaded, but not called, by TensorFlow Serving."""
    module = tf.Module()
    module.model = model

    def serve(examples):
        columns = {name: tf.io.FixedLenFeature([1], tf.float32, [0.0]) for name in FEATURES}
        return {"share": model(tf.io.parse_example(examples, columns))}

    signature = tf.function(serve, input_signature=[tf.TensorSpec([None], tf.string)])
    tf.saved_model.save(module, folder, signatures={"serving_default": signature})
