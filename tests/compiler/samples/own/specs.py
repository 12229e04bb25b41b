# ruff: noqa: RUF012, UP006, UP019, UP035
"""Spec classes in the ways that people write them."""

from typing import Any, Dict, List, Text

from tfx import types
from tfx.types import standard_artifacts, standard_component_specs
from tfx.types.artifact import Artifact, Property, PropertyType
from tfx.types.component_spec import ChannelParameter, ComponentSpec, ExecutionParameter

from . import keys
from .keys import Names


class Card(Artifact):
    TYPE_NAME = "Card"
    PROPERTIES = {"pages": Property(type=PropertyType.INT)}


_STATISTICS = ChannelParameter(type=standard_artifacts.ExampleStatistics, optional=True)


class SampleSpec(types.ComponentSpec):
    PARAMETERS = {
        keys.LABEL: ExecutionParameter(type=Text),
        keys.SPLITS: ExecutionParameter(type=str, optional=True),
        "mode": ExecutionParameter(type=int, optional=True),
        keys.Word.HELLO.value: ExecutionParameter(type=str, optional=True),
    }
    INPUTS = {Names.INPUT: ChannelParameter(type=standard_artifacts.Examples)}
    OUTPUTS = {Names.OUTPUT: ChannelParameter(type=standard_artifacts.Examples)}


class CardSpec(ComponentSpec):
    PARAMETERS = {
        "layout": ExecutionParameter(type=Dict[Text, Any], optional=True),
        "pairs": ExecutionParameter(type=List[Any], optional=True),
    }
    INPUTS = {
        standard_component_specs.STATISTICS_KEY: _STATISTICS,
        standard_component_specs.EVALUATION_KEY: ChannelParameter(
            type=standard_artifacts.ModelEvaluation, optional=True
        ),
    }
    OUTPUTS = {"card": ChannelParameter(type=Card)}


class LoudPusherSpec(standard_component_specs.PusherSpec):
    PARAMETERS = {
        **standard_component_specs.PusherSpec.PARAMETERS,
        "room": ExecutionParameter(type=str),
    }


class MergedSpec(ComponentSpec):
    PARAMETERS = dict(CardSpec.PARAMETERS, title=ExecutionParameter(type=str))
    INPUTS = {"examples": standard_component_specs.EvaluatorSpec.INPUTS["examples"]} | CardSpec.INPUTS
    OUTPUTS = CardSpec.OUTPUTS.copy()
