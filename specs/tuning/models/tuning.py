"""The search: `tuner_fn`, which Tuner calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import keras_tuner
import tensorflow_transform as tft
from tfx.components.tuner.component import TunerFnResult

from models.network import build_model, training_data, validation_data

if TYPE_CHECKING:
    from tfx.components.trainer.fn_args_utils import FnArgs


def tuner_fn(fn_args: FnArgs) -> TunerFnResult:
    """Returns the search, and what each of its trials is trained with."""
    keras.utils.set_random_seed(1)
    transform = tft.TFTransformOutput(fn_args.transform_graph_path)
    tuner = keras_tuner.RandomSearch(
        build_model,
        objective=keras_tuner.Objective("val_loss", "min"),
        max_trials=fn_args.custom_config["trials"],
        seed=1,
        directory=fn_args.working_dir,
        project_name="tuning",
    )
    arguments = {
        "x": training_data(fn_args, transform),
        "steps_per_epoch": fn_args.train_steps,
        "validation_data": validation_data(fn_args, transform),
        "validation_steps": fn_args.eval_steps,
        "verbose": 2,
    }
    return TunerFnResult(tuner, arguments)
