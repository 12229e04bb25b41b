"""Will a visitor buy?"""

import keras
from tfx_bsl.public.tfxio import TensorFlowDatasetOptions


def run_fn(fn_args):
    options = TensorFlowDatasetOptions(batch_size=32, label_key="bought")
    data = fn_args.data_accessor.tf_dataset_factory(fn_args.train_files, options)
    model = keras.Sequential([keras.layers.Dense(1)])
    model.fit(data, steps_per_epoch=fn_args.train_steps)
    model.export(fn_args.serving_model_dir)
