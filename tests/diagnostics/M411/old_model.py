import saving
import tensorflow as tf

FORMAT = "tf"


def run_fn(fn_args):
    model = tf.keras.Sequential()
    model.save(fn_args.serving_model_dir, save_format=FORMAT)
    model.save(fn_args.serving_model_dir)
    model.save("model.keras")
    tf.saved_model.save(model, fn_args.serving_model_dir, signatures={})
    saving.save(model, fn_args.serving_model_dir)
