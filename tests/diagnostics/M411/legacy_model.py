import tf_keras


def run_fn(fn_args):
    tf_keras.Sequential().save(fn_args.serving_model_dir, save_format="tf")
