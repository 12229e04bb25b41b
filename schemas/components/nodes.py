"""Nodes that run no code of their own: they find artifacts or register them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Optional, Union

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import CoreSchema, PydanticCustomError, ValidationError

from tfxc.schemas.artifacts import ANY_ARTIFACT
from tfxc.schemas.components.base import Component, Input, Output, Stage
from tfxc.schemas.components.markers import (
    ArtifactProperties,
    ArtifactTypeName,
    ExecutionProperty,
    InputPath,
    KnownBeforeRun,
    validate_channel,
)
from tfxc.schemas.fields import OneOfTypes, error_at, moved_error, plain_validator, unknown_value
from tfxc.schemas.protos.base import ConfigModel, Message

STRATEGY_CLASSES: Mapping[str, str] = {
    "LatestArtifactStrategy": "tfx.dsl.input_resolution.strategies.latest_artifact_strategy:"
    "LatestArtifactStrategy",
    "LatestBlessedModelStrategy": "tfx.dsl.input_resolution.strategies.latest_blessed_model_strategy:"
    "LatestBlessedModelStrategy",
    "SpanRangeStrategy": "tfx.dsl.input_resolution.strategies.span_range_strategy:SpanRangeStrategy",
}
"""strategy → ``package.module:Class``"""

STRATEGY_PATH_PATTERN = r"^[^:\s]+:[A-Za-z_][A-Za-z0-9_]*$"
"""A strategy of the user's: ``file.py:Class`` or ``package.module:Class``."""


@dataclass(frozen=True)
class StrategyClass:
    """Validates the name of a strategy of TFX's, or the place of one of the user's."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        return plain_validator(_strategy_class, source)


def _strategy_class(value: object) -> object:
    if isinstance(value, str) and (value in STRATEGY_CLASSES or re.match(STRATEGY_PATH_PATTERN, value)):
        return value
    raise unknown_value(list(STRATEGY_CLASSES))


IMPORT_RESULT = "result"
"""The output key of an Importer that names none."""

PropertyValue = Annotated[Union[int, str], OneOfTypes((int, str), "an integer or a text")]


class ArtifactQuery(ConfigModel):
    """Artifacts of one type from all runs of a pipeline so far: this one, if it names no other."""

    artifact_type: Annotated[str, ArtifactTypeName()] = Field(
        min_length=1, description="The type's name, such as Model."
    )
    producer: Optional[str] = Field(
        default=None, min_length=1, description="Only those that this component made."
    )
    output: Optional[str] = Field(
        default=None, min_length=1, description="Only those of this output of the `producer`."
    )
    pipeline: Optional[str] = Field(
        default=None,
        min_length=1,
        description="The name of another pipeline with the same metadata store: what its runs made.",
    )
    properties: Optional[dict[str, PropertyValue]] = Field(
        default=None, description="Only those whose properties have these values."
    )
    custom_properties: Optional[dict[str, PropertyValue]] = Field(
        default=None, description="Only those whose custom properties have these values."
    )

    @model_validator(mode="after")
    def _output_has_a_producer(self) -> "ArtifactQuery":
        if self.output is not None and self.producer is None:
            error = PydanticCustomError("query_output", "Name the `producer` whose output it is")
            raise error_at(("output",), error, self.output)
        return self


QUERY_FILTERS = ("properties", "custom_properties")
"""The keys of a query whose values a run may decide."""


class ResolverChannel:
    """Validates what a Resolver looks among: an `ArtifactQuery` or a channel."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        return plain_validator(_resolver_channel, source)


def _resolver_channel(value: object) -> object:
    if isinstance(value, dict):
        return ArtifactQuery.model_validate(value)
    try:
        return validate_channel(value)
    except PydanticCustomError:
        raise PydanticCustomError(
            "resolver_channel", "Input should be `{artifact_type: Model}` or a channel, `component.output`"
        ) from None


class LatestArtifactConfig(ConfigModel):
    """Arguments of LatestArtifactStrategy."""

    desired_num_of_artifacts: int = Field(
        default=1, ge=1, description="How many artifacts each channel must have; the latest are taken."
    )


class SpanRangeConfig(ConfigModel):
    """Arguments of SpanRangeStrategy."""

    range_config: Annotated[dict[str, Any], Message("range_config:RangeConfig")] = Field(
        description="The spans to take."
    )


class NoConfig(ConfigModel):
    """Arguments of a strategy that has none."""


STRATEGY_CONFIGS: Mapping[str, type[ConfigModel]] = {
    "LatestArtifactStrategy": LatestArtifactConfig,
    "LatestBlessedModelStrategy": NoConfig,
    "SpanRangeStrategy": SpanRangeConfig,
}


def strategy_config(class_path: str) -> type[ConfigModel]:
    """Returns what describes the arguments of a strategy, given as ``package.module:Class``."""
    for name, path in STRATEGY_CLASSES.items():
        if path == class_path:
            return STRATEGY_CONFIGS[name]
    return NoConfig


class Resolver(Component):
    """Finds artifacts of earlier runs.

    Every key that is not named below is a channel: the artifacts to choose from, either
    `{artifact_type: Model}`, all of a type (with `producer`, `output`, `pipeline`, `properties` and
    `custom_properties`: some of them), or a channel of this pipeline. The Resolver has an output
    of the same name for each, with the artifacts that the strategy chose; it may be empty.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Annotated[Any, ResolverChannel()]] = Field(init=False)

    class_path = "tfx.dsl.components.common.resolver:Resolver"
    kind = "resolver"
    stage = Stage.NODES
    also_called = ("LatestBlessedModelResolver", "ResolverNode", "latest")
    light = True
    rules = (
        "Every other key is a channel: `{artifact_type: Model}`, or `component.output`. "
        "`{artifact_type: Model, producer: trainer, custom_properties: {site: north}}` are some of a type.",
    )
    other_outputs = (
        ("the key of each channel", "its artifact type", "The artifacts that were chosen, if any."),
    )
    outputs: ClassVar[Mapping[str, Output]] = {}

    strategy_class: Annotated[
        str,
        KnownBeforeRun(),
        StrategyClass(),
        ExecutionProperty("resolver_class"),
    ] = Field(
        description="How to choose. LatestArtifactStrategy: the latest of each channel. "
        "LatestBlessedModelStrategy: the latest Model that a ModelBlessing blessed; it takes one channel of "
        "each. SpanRangeStrategy: those within a range of spans. Or one of your own: `file.py:Class`.",
    )
    config: Annotated[Optional[dict[str, Any]], ExecutionProperty("source_uri")] = Field(
        default=None,
        description="Arguments of the strategy. LatestArtifactStrategy: desired_num_of_artifacts, default 1. "
        "SpanRangeStrategy: range_config. One of your own: its constructor's.",
    )

    @model_validator(mode="after")
    def _strategy_has_what_it_needs(self) -> "Resolver":
        try:
            if self.strategy_class in STRATEGY_CONFIGS:
                STRATEGY_CONFIGS[self.strategy_class].model_validate(self.config or {})
        except ValidationError as error:
            raise moved_error(error, ("config",)) from None
        channels = self.__pydantic_extra__ or {}
        if not channels:
            raise PydanticCustomError(
                "resolver_channels", "A Resolver needs a channel, such as `model: {artifact_type: Model}`"
            )
        types = [channel.artifact_type for channel in channels.values() if isinstance(channel, ArtifactQuery)]
        if self.strategy_class == "LatestBlessedModelStrategy" and (
            len(channels) != 2 or (len(types) == 2 and sorted(types) != ["Model", "ModelBlessing"])
        ):
            raise PydanticCustomError(
                "resolver_channels",
                "LatestBlessedModelStrategy needs two channels: one of Models and one of ModelBlessings",
            )
        return self

    @classmethod
    def channels(cls, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Returns the channels among a Resolver's raw arguments: key → query or channel."""
        return {key: value for key, value in arguments.items() if key not in cls.model_fields}

    @classmethod
    def inputs_for(cls, values: Mapping[str, Any]) -> dict[str, Input]:
        """Returns the channels to choose from."""
        return {key: Input(ANY_ARTIFACT, required=False) for key in cls.channels(values)}

    @classmethod
    def outputs_for(cls, values: Mapping[str, Any]) -> dict[str, str]:
        """Returns output key → artifact type, of the queries among the channels.

        An output whose channel is ``component.output`` has the type of that output, and is left out here.
        """
        return {
            key: value["artifact_type"]
            for key, value in cls.channels(values).items()
            if isinstance(value, Mapping) and isinstance(value.get("artifact_type"), str)
        }

    @classmethod
    def most_artifacts(cls, values: Mapping[str, Any]) -> int:
        """Returns how many artifacts the strategy is asked for; 1 where only a run tells."""
        try:
            strategy, config = values.get("strategy_class"), values.get("config") or {}
            if strategy == "LatestArtifactStrategy":
                return LatestArtifactConfig.model_validate(config).desired_num_of_artifacts
            if strategy == "SpanRangeStrategy":
                from tfxc.schemas.protos.range_config import RangeConfig

                return RangeConfig.model_validate(config.get("range_config")).most_spans()
        except (ValidationError, AttributeError):
            pass
        return 1


class Importer(Component):
    """Registers a file or folder from outside as an artifact. Nothing is copied."""

    class_path = "tfx.dsl.components.common.importer:Importer"
    kind = "importer"
    stage = Stage.NODES
    also_called = ("ImporterNode", "ImportArtifact")
    light = True
    other_outputs = ((f"{IMPORT_RESULT}, or output_key", "artifact_type", "The imported artifact."),)
    outputs: ClassVar[Mapping[str, Output]] = {}

    source_uri: Annotated[str, InputPath(content_counts=True), ExecutionProperty("artifact_uri")] = Field(
        min_length=1, description="The file, folder or URI."
    )
    artifact_type: Annotated[str, ArtifactTypeName(), ExecutionProperty(None)] = Field(
        min_length=1, description="The type of the artifact that it is, such as Schema."
    )
    reimport: bool = Field(
        default=False, description="Make a new artifact even if the same one was imported before."
    )
    properties: Annotated[
        Optional[dict[str, PropertyValue]], ArtifactProperties(), ExecutionProperty(None)
    ] = Field(default=None, description="Values of properties that the artifact type has, such as span.")
    custom_properties: Annotated[Optional[dict[str, PropertyValue]], ExecutionProperty(None)] = Field(
        default=None, description="Properties of your own: integers and texts."
    )
    output_key: Annotated[Optional[str], KnownBeforeRun()] = Field(
        default=None,
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        description="The output's name; result by default.",
    )

    @classmethod
    def outputs_for(cls, values: Mapping[str, Any]) -> dict[str, str]:
        """Returns the one output, of the type that ``artifact_type`` names."""
        key, artifact_type = values.get("output_key") or IMPORT_RESULT, values.get("artifact_type")
        if not isinstance(key, str) or not isinstance(artifact_type, str):
            return {}
        return {key: artifact_type}
