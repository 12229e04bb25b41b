"""TFX's Evaluator, with a verdict also on answers that come with the examples, without a model.

TFX computes the metrics of a ``prediction_key`` without a model. Where there are thresholds it then looks for
the model that it is to bless, and fails with a KeyError.
"""

from __future__ import annotations

from typing import Any

import tensorflow_model_analysis as tfma
from tfx.components.evaluator import constants
from tfx.components.evaluator import executor as evaluator_executor
from tfx.orchestration.portable import launcher as tfx_launcher
from tfx.types import artifact_utils
from tfx.types.standard_component_specs import BLESSING_KEY, EVALUATION_KEY, MODEL_KEY
from tfx.utils import io_utils

_THRESHOLDS = "metric_thresholds_from_metrics_specs"


class _Executor(evaluator_executor.Executor):  # type: ignore[misc]
    """TFX's executor of an Evaluator; where there is no model the blessing is that of the answers."""

    def Do(  # noqa: N802 - TFX's name
        self, input_dict: Any, output_dict: Any, exec_properties: dict[str, Any]
    ) -> None:
        if MODEL_KEY in input_dict:
            super().Do(input_dict, output_dict, exec_properties)
            return
        thresholds = getattr(tfma.metrics, _THRESHOLDS)
        found: list[Any] = []

        def none_to_bless_a_model_by(*arguments: Any, **options: Any) -> Any:
            found.append(thresholds(*arguments, **options))
            return {}

        # This name is the executor's own way to ask; TFMA judges by another one, and writes its verdict.
        setattr(tfma.metrics, _THRESHOLDS, none_to_bless_a_model_by)
        try:
            super().Do(input_dict, output_dict, exec_properties)
        finally:
            setattr(tfma.metrics, _THRESHOLDS, thresholds)
        if any(found):
            _bless(artifact_utils.get_single_uri(output_dict[EVALUATION_KEY]), output_dict[BLESSING_KEY])


def _bless(evaluation: str, blessings: Any) -> None:
    is_good = tfma.load_validation_result(evaluation).validation_ok
    blessing = artifact_utils.get_single_instance(blessings)
    name = constants.BLESSED_FILE_NAME if is_good else constants.NOT_BLESSED_FILE_NAME
    value = constants.BLESSED_VALUE if is_good else constants.NOT_BLESSED_VALUE
    io_utils.write_string_file(f"{blessing.uri}/{name}", "")
    blessing.set_int_custom_property(constants.ARTIFACT_PROPERTY_BLESSED_KEY, value)


def judge_without_model(launcher: tfx_launcher.Launcher) -> None:
    """Gives the launcher of an Evaluator its executor; another node's is left alone.

    The executor that the IR names stays TFX's: it is part of the cache's key.
    """
    operator = launcher._executor_operator
    if getattr(operator, "_executor_cls", None) is evaluator_executor.Executor:
        operator._executor_cls = _Executor
