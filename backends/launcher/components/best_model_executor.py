"""What a BestModel does when its turn comes."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional

from tfx.components.evaluator import constants
from tfx.dsl.components.base import base_executor
from tfx.dsl.io import fileio
from tfx.orchestration.portable.mlmd import execution_lib
from tfx.types.artifact_utils import get_single_instance
from tfx.utils import io_utils

from tfxc.backends.launcher.node import evaluations
from tfxc.backends.launcher.protocol.evaluation_messages import OVERALL
from tfxc.schemas.components.choose import MAXIMIZE
from tfxc.schemas.failures import Failure
from tfxc.schemas.words.suggest import did_you_mean, enumeration

CHOSEN = "chosen"
"""Custom property of the model that is given: the node that made the model it is a copy of."""
CHOSEN_LABEL, CHOSEN_ID, CHOSEN_URI = "chosen_label", "chosen_model_id", "chosen_model"
METRIC, VALUE, SLICE, OF_HOW_MANY = "metric", "metric_value", "metric_slice", "chosen_of"
_CONFIG = "eval_config.json"
_BASELINE = "baseline"


@dataclass(frozen=True)
class Candidate:
    """A model with the value that it is chosen by."""

    model: Any
    node: str
    value: float
    is_blessed: Optional[bool] = None


class Executor(base_executor.BaseExecutor):  # type: ignore[misc]
    """Copies the best model. ``labels`` are what people are shown for the pipeline's nodes, in its order."""

    def __init__(self, context: Any, labels: Mapping[str, str] = {}) -> None:
        super().__init__(context)
        self._labels = labels

    def Do(  # noqa: N802 - TFX's name
        self, input_dict: Any, output_dict: Any, exec_properties: dict[str, Any]
    ) -> None:
        """Chooses, copies and says in custom properties what it chose. Raises Failure."""
        metric, where = exec_properties["metric"], _slice_name(exec_properties.get("slice"))
        candidates = self._candidates(input_dict, metric, where)
        blessed = [each for each in candidates if each.is_blessed is not False]
        best = _best(blessed or candidates, exec_properties["direction"], list(self._labels))
        model = get_single_instance(output_dict["model"])
        io_utils.copy_dir(best.model.uri, model.uri)
        model.set_string_custom_property(CHOSEN, best.node)
        model.set_string_custom_property(CHOSEN_LABEL, self._labels.get(best.node, best.node))
        model.set_int_custom_property(CHOSEN_ID, best.model.id)
        model.set_string_custom_property(CHOSEN_URI, best.model.uri)
        model.set_string_custom_property(METRIC, metric)
        model.set_string_custom_property(SLICE, where)
        model.set_float_custom_property(VALUE, best.value)
        model.set_int_custom_property(OF_HOW_MANY, len(candidates))
        if output_dict.get("blessing"):
            _bless(get_single_instance(output_dict["blessing"]), model, bool(best.is_blessed))

    def _candidates(self, input_dict: Mapping[str, Any], metric: str, where: str) -> list[Candidate]:
        """Returns the models that have an evaluation with a number for the metric. Raises Failure."""
        found = []
        of_models = _by_model(input_dict["models"], input_dict["evaluations"])
        blessings = input_dict.get("blessings")
        for model in input_dict["models"]:
            node = _maker(model)
            label = self._labels.get(node, node)
            evaluation = of_models.get(model.id)
            if evaluation is None:
                logging.getLogger("absl").info("%s is left out: it has no evaluation.", label)
                continue
            value = _value(evaluation, metric, where, label)
            if math.isnan(value):
                logging.getLogger("absl").info("%s is left out: its %s is no number.", label, metric)
                continue
            is_blessed = None if not blessings else model.id in _blessed_models(blessings)
            found.append(Candidate(model, node, value, is_blessed))
        if not found:
            raise Failure(
                f"there is nothing to choose from: none of {len(input_dict['models'])} models has an "
                f"evaluation with a number for {metric}."
            )
        return found


def _best(candidates: Sequence[Candidate], direction: str, order: Sequence[str]) -> Candidate:
    """Returns the best candidate; of several with the same value the first one in the pipeline's order."""
    position = {node: index for index, node in enumerate(order)}
    ordered = sorted(candidates, key=lambda each: (position.get(each.node, len(position)), each.model.id))
    sign = -1 if direction == MAXIMIZE else 1
    return min(ordered, key=lambda each: sign * each.value)


def _by_model(models: Iterable[Any], found: Iterable[Any]) -> dict[int, Any]:
    """Returns id of a model → its evaluation. Raises Failure if one has two."""
    ids = {str(model.uri).rstrip("/"): model.id for model in models}
    of_models: dict[int, Any] = {}
    for evaluation in found:
        for location in _locations(evaluation):
            model = next((ids[uri] for uri in ids if f"{location}/".startswith(f"{uri}/")), None)
            if model is None:
                continue
            if model in of_models:
                raise Failure(
                    f"the model in {location} has two evaluations, in {of_models[model].uri} and "
                    f"{evaluation.uri}: give one of each model."
                )
            of_models[model] = evaluation
    return of_models


def _locations(evaluation: Any) -> list[str]:
    """Returns where the models lie that an evaluation is of, the baseline left aside."""
    path = f"{str(evaluation.uri).rstrip('/')}/{_CONFIG}"
    if not fileio.exists(path):
        return []
    with fileio.open(path) as file:
        locations = json.loads(file.read()).get("modelLocations") or {}
    return [str(uri).rstrip("/") for name, uri in locations.items() if name != _BASELINE]


def _value(evaluation: Any, metric: str, where: str, label: str) -> float:
    """Returns a metric's value in a slice. Raises Failure if there is none."""
    metrics = evaluations.read("", evaluation, ()).metrics
    named = [each for each in metrics if each.name == metric]
    for each in named:
        if each.slice == where and isinstance(each.value, float):
            return each.value
    if named:
        there = list(dict.fromkeys(each.slice for each in named))
        help_line = f"there are {enumeration(there)}"
        raise Failure(f"the evaluation of {label} has no number for {metric} of {where}: {help_line}.")
    names = list(dict.fromkeys(each.name for each in metrics if isinstance(each.value, float)))
    help_line = " ".join(did_you_mean(metric, names)) or f"there are {enumeration(names)}."
    raise Failure(f"the evaluation of {label} has no metric {metric}: {help_line}")


def _slice_name(written: Optional[str]) -> str:
    """Returns what an evaluation calls a slice."""
    features = json.loads(written) if written else {}
    return ", ".join(f"{name}:{_text(value)}" for name, value in features.items()) or OVERALL


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _maker(model: Any) -> str:
    """Returns the id of the node that made a model: TFX writes to ROOT/NODE/OUTPUT/EXECUTION."""
    parts = str(model.uri).rstrip("/").split("/")
    return parts[-3] if len(parts) > 3 else str(model.uri)


def _blessed_models(blessings: Iterable[Any]) -> set[int]:
    return {
        each.get_int_custom_property(constants.ARTIFACT_PROPERTY_CURRENT_MODEL_ID_KEY)
        for each in blessings
        if each.get_int_custom_property(constants.ARTIFACT_PROPERTY_BLESSED_KEY) == 1
    }


def _bless(blessing: Any, model: Any, is_blessed: bool) -> None:
    """Writes a blessing as TFX's Evaluator does, so that Pushers and resolvers understand it.

    The id of the model is known only when both have been published: see `name_blessed_model`.
    """
    blessing.set_string_custom_property(constants.ARTIFACT_PROPERTY_CURRENT_MODEL_URI_KEY, model.uri)
    blessing.set_int_custom_property(constants.ARTIFACT_PROPERTY_BLESSED_KEY, int(is_blessed))
    name = constants.BLESSED_FILE_NAME if is_blessed else constants.NOT_BLESSED_FILE_NAME
    io_utils.write_string_file(f"{blessing.uri}/{name}", "")


def name_blessed_model(handle: Any, execution_id: int) -> None:
    """Writes the id of a published model into the blessing of the same execution, for TFX's
    LatestBlessedModelStrategy. Both were published at once; until now the blessing was of no model."""
    outputs = execution_lib.get_output_artifacts(handle, execution_id)
    models, blessings = outputs.get("model", ()), outputs.get("blessing", ())
    for model in models:
        for blessing in blessings:
            blessing.set_int_custom_property(constants.ARTIFACT_PROPERTY_CURRENT_MODEL_ID_KEY, model.id)
    handle.store.put_artifacts([blessing.mlmd_artifact for blessing in blessings])
