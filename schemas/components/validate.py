"""Components that describe data and check it."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Optional

from pydantic import Field

from tfxc.schemas.components.base import (
    ChannelInput,
    ChannelReference,
    Component,
    Output,
    StatsOptionsJson,
)
from tfxc.schemas.protos.base import Message


class StatisticsGen(Component):
    """Computes statistics of each split's features, with TensorFlow Data Validation."""

    class_path = "tfx.components.statistics_gen.component:StatisticsGen"
    outputs: ClassVar[Mapping[str, Output]] = {
        "statistics": Output("ExampleStatistics", "Statistics of each split.")
    }

    examples: Annotated[ChannelReference, ChannelInput("Examples")] = Field(
        description="The examples to describe."
    )
    schema_: Annotated[Optional[ChannelReference], ChannelInput("Schema")] = Field(
        default=None,
        alias="schema",
        description="A schema that tells which features are categorical. Not together with "
        "stats_options.schema.",
    )
    stats_options: Annotated[
        Optional[dict[str, Any]], StatsOptionsJson(), Message("stats_options:StatsOptions")
    ] = Field(default=None, description="Options of the statistics: arguments of tfdv.StatsOptions.")
    exclude_splits: Optional[list[str]] = Field(
        default=None, description="Splits to leave out; none by default."
    )


class SchemaGen(Component):
    """Infers a schema from statistics."""

    class_path = "tfx.components.schema_gen.component:SchemaGen"
    outputs: ClassVar[Mapping[str, Output]] = {
        "schema": Output("Schema", "The schema: types, domains, presence and shape of features.")
    }

    statistics: Annotated[ChannelReference, ChannelInput("ExampleStatistics")] = Field(
        description="The statistics to infer from."
    )
    infer_feature_shape: Optional[bool] = Field(
        default=True,
        description="Infer shapes too. Without them Transform parses features as sparse tensors.",
    )
    exclude_splits: Optional[list[str]] = Field(
        default=None, description="Splits to leave out; none by default."
    )


class ExampleValidator(Component):
    """Looks for anomalies: statistics that a schema does not allow.

    The pipeline goes on whatever it finds, unless a `when` asks.
    """

    class_path = "tfx.components.example_validator.component:ExampleValidator"
    outputs: ClassVar[Mapping[str, Output]] = {
        "anomalies": Output("ExampleAnomalies", "The anomalies of each split.")
    }

    statistics: Annotated[ChannelReference, ChannelInput("ExampleStatistics")] = Field(
        description="The statistics to check."
    )
    schema_: Annotated[ChannelReference, ChannelInput("Schema")] = Field(
        alias="schema", description="The schema that they must agree with."
    )
    exclude_splits: Optional[list[str]] = Field(
        default=None, description="Splits to leave out; none by default."
    )
    custom_validation_config: Annotated[
        Optional[dict[str, Any]], Message("validation:CustomValidationConfig")
    ] = Field(default=None, description="Validations of your own, in SQL. Not in TFX 1.21.")
