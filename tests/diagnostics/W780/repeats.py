"""A model of a dataset that repeats, made by a function."""

import tensorflow as tf


def dataset(files):
    return tf.data.TFRecordDataset(files).batch(8).repeat().prefetch(1)


def run_fn(fn_args):
    model = tf.keras.Sequential()
    model.fit(
        dataset(fn_args.train_files),
        steps_per_epoch=fn_args.train_steps,
        validation_data=dataset(fn_args.eval_files),
        validation_steps=fn_args.eval_steps,
        callbacks=[tf.keras.callbacks.TensorBoard(log_dir=fn_args.model_run_dir)],
    )
    model.fit(dataset(fn_args.train_files))
    model.export(fn_args.serving_model_dir)
