"""The table of metric classes is what the installed TFMA and Keras say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tfxc.schemas import metric_classes
from tfxc.schemas.metric_classes import class_of_function


def test_a_function_of_keras_stands_for_its_class() -> None:
    assert class_of_function("mse") == "MeanSquaredError"
    assert class_of_function("Mse") is None


@pytest.mark.tfx
def test_the_table_is_that_of_the_installed_line() -> None:
    """Both lines give the same table: this runs in the environment of either."""
    from tests.schemas.introspect_metric_classes import table

    module = metric_classes.__file__
    assert module is not None
    committed = json.loads((Path(module).parent / "metric_classes.json").read_text(encoding="utf-8"))
    assert json.loads(json.dumps(table())) == committed


@pytest.mark.tfx
def test_the_types_of_models_are_those_of_tfma() -> None:
    from tensorflow_model_analysis import constants

    from tfxc.compiler.checks.model_specs import MODEL_TYPES

    assert set(MODEL_TYPES) == set(constants.VALID_TF_MODEL_TYPES)
