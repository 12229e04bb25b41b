import tensorflow as tf

COLUMNS = "columns"


def run_fn(fn_args):
    model = tf.Module()
    model.transform_features = tf.function(lambda examples: examples)
    signatures = {"serving_default": model.transform_features}
    signatures[COLUMNS] = model.transform_features
    tf.saved_model.save(model, fn_args.serving_model_dir, signatures=signatures)
