"""The model: `run_fn`, which Trainer calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import tensorflow as tf
import tensorflow_transform as tft
from tfx_bsl.public import tfxio

if TYPE_CHECKING:
    from tfx.components.trainer.fn_args_utils import FnArgs

MESSAGE = "message"
LABEL = "team"
WORDS = "words_xf"
TRANSFORMED_LABEL = "team_xf"
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
        callbacks=[keras.callbacks.TensorBoard(fn_args.model_run_dir, update_freq=20, write_graph=False)],
        verbose=2,
    )
    _save(model, transform, fn_args.serving_model_dir)


def _dataset(fn_args: FnArgs, files: list[str], transform: tft.TFTransformOutput) -> tf.data.Dataset:
    """Reads transformed examples: batches of ({feature: column}, label), without end."""
    options = tfxio.TensorFlowDatasetOptions(
        batch_size=BATCH_SIZE, shuffle_seed=1, label_key=TRANSFORMED_LABEL
    )
    return fn_args.data_accessor.tf_dataset_factory(files, options, transform.transformed_metadata.schema)


def _build_model(transform: tft.TFTransformOutput) -> keras.Model:
    """A small network: the strongest of the words' meanings of each kind, and a probability for each team."""
    length = transform.transformed_feature_spec()[WORDS].shape[0]
    words = keras.Input((length,), name=WORDS, dtype="int64")
    known = transform.vocabulary_size_by_name("words") + 1
    meanings = keras.layers.Embedding(known, 16)(words)
    strongest = keras.layers.Dropout(0.3)(keras.layers.GlobalMaxPooling1D()(meanings))
    teams = transform.vocabulary_size_by_name(LABEL)
    model = keras.Model({WORDS: words}, keras.layers.Dense(teams, activation="softmax")(strongest))
    model.compile(
        keras.optimizers.Adam(0.01),
        loss="sparse_categorical_crossentropy",
        metrics=["sparse_categorical_accuracy"],
    )
    return model


def _save(model: keras.Model, transform: tft.TFTransformOutput, folder: str) -> None:
    """Writes a SavedModel that takes serialised `tf.Example`s, as they are before Transform.

    `serving_default` is for TF Serving and the Evaluator; `texts` is the same for clients that send plain
    texts; `transform_features` gives the Evaluator the label as the model knows it.
    """
    module = tf.Module()
    # What TF Serving restores are the variables of what is saved: a Keras 3 model's are its values.
    module.weights = [variable.value for variable in model.variables]
    module.transform_layer = transform.transform_features_layer()
    teams = tf.constant(transform.vocabulary_by_name(LABEL))
    columns = transform.raw_feature_spec()

    def answer(messages: tf.Tensor) -> dict[str, tf.Tensor]:
        probabilities = model({WORDS: module.transform_layer.call({MESSAGE: messages})[WORDS]})
        # A row for each message, also of a single name: BulkInferrer reads no text of rank 1.
        team = tf.gather(teams, tf.argmax(probabilities, axis=1))[:, tf.newaxis]
        return {"team": team, "probabilities": probabilities}

    def serve(examples: tf.Tensor) -> dict[str, tf.Tensor]:
        return answer(tf.io.parse_example(examples, {MESSAGE: columns[MESSAGE]})[MESSAGE])

    def serve_texts(message: tf.Tensor) -> dict[str, tf.Tensor]:
        return answer(message[:, tf.newaxis])

    def transform_features(examples: tf.Tensor) -> dict[str, tf.Tensor]:
        return dict(module.transform_layer.call(tf.io.parse_example(examples, columns)))

    examples = [tf.TensorSpec([None], tf.string, name="examples")]
    texts = [tf.TensorSpec([None], tf.string, name="message")]
    signatures = {
        "serving_default": tf.function(serve, input_signature=examples, autograph=False),
        "texts": tf.function(serve_texts, input_signature=texts, autograph=False),
        "transform_features": tf.function(transform_features, input_signature=examples, autograph=False),
    }
    tf.saved_model.save(module, folder, signatures=signatures)
