"""Spec classes and an artifact type of one's own."""

from tfx import types
from tfx.types import standard_component_specs
from tfx.types.artifact import Artifact, Property, PropertyType
from tfx.types.component_spec import ChannelParameter, ComponentSpec, ExecutionParameter
from tfx.types.experimental.simple_artifacts import Dataset

from . import names


class Card(Artifact):
    TYPE_NAME = "Card"
    PROPERTIES = {"lines": Property(type=PropertyType.INT)}  # noqa: RUF012


class SampleSpec(types.ComponentSpec):
    PARAMETERS = {  # noqa: RUF012
        names.SPLITS: ExecutionParameter(type=str),
        names.MODE: ExecutionParameter(type=int),
    }
    INPUTS = {}  # noqa: RUF012
    OUTPUTS = {names.KEPT: ChannelParameter(type=Dataset)}  # noqa: RUF012


class CardSpec(ComponentSpec):
    PARAMETERS = {"title": ExecutionParameter(type=str, optional=True)}  # noqa: RUF012
    INPUTS = {"data": ChannelParameter(type=Dataset)}  # noqa: RUF012
    OUTPUTS = {"card": ChannelParameter(type=Card)}  # noqa: RUF012


class LoudPusherSpec(standard_component_specs.PusherSpec):
    PARAMETERS = {  # noqa: RUF012
        **standard_component_specs.PusherSpec.PARAMETERS,
        "room": ExecutionParameter(type=str),
    }
