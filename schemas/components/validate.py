"""Components that describe data and check it."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Optional, get_args

from pydantic import Field, ModelWrapValidatorHandler, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from tfxc.schemas.choices import OnAnomaly
from tfxc.schemas.components.base import ChannelReference, ExecutorComponent, Output, SplitsOf, Stage
from tfxc.schemas.components.markers import (
    ChannelInput,
    ExcludesSplits,
    ExecutionKey,
    ExecutionProperty,
    MayBeEmpty,
    StatsOptionsJson,
)
from tfxc.schemas.fields import OneOf, validate_beside
from tfxc.schemas.protos.base import Message
from tfxc.schemas.tfx_lines import OnlyInTfx

OnAnomalyOption = Annotated[Optional[str], ExecutionKey(), OneOf(get_args(OnAnomaly))]
_ON_ANOMALY = (
    "What anomalies do. fail: the node fails, and nothing that waits for it runs. skip: the nodes that wait "
    "for it are skipped. warn, the default: they are told at the end of the run."
)

SplitPair = Annotated[list[str], Field(min_length=2, max_length=2)]


class StatisticsGen(ExecutorComponent):
    """Computes statistics of each split's features, with TensorFlow Data Validation."""

    class_path = "tfx.components.statistics_gen.component:StatisticsGen"
    stage = Stage.VALIDATE
    runs_beam = True
    also_called = ("tfdv", "describe", "profile")
    outputs: ClassVar[Mapping[str, Output]] = {
        "statistics": Output("ExampleStatistics", "Statistics of each split.", splits=SplitsOf("examples"))
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
        Optional[dict[str, Any]],
        StatsOptionsJson(),
        Message("stats_options:StatsOptions"),
        ExecutionProperty("stats_options_json"),
    ] = Field(default=None, description="Options of the statistics: arguments of tfdv.StatsOptions.")
    exclude_splits: Annotated[Optional[list[str]], ExcludesSplits("examples")] = Field(
        default=None, description="Splits to leave out; none by default."
    )

    @model_validator(mode="wrap")
    @classmethod
    def _one_schema(cls, value: Any, handler: ModelWrapValidatorHandler[Any]) -> Any:
        errors = []
        options = value.get("stats_options") if isinstance(value, dict) else None
        if (
            isinstance(options, dict)
            and options.get("schema") is not None
            and value.get("schema") is not None
        ):
            error = PydanticCustomError("exclusive", "Not together with the component's input `schema`")
            path = ("stats_options", "schema")
            errors.append(InitErrorDetails(type=error, loc=path, input=options["schema"]))
        return validate_beside(handler, value, errors, cls.__name__)


class SchemaGen(ExecutorComponent):
    """Infers a schema from statistics."""

    class_path = "tfx.components.schema_gen.component:SchemaGen"
    stage = Stage.VALIDATE
    also_called = ("InferSchema",)
    light = True
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
    exclude_splits: Annotated[Optional[list[str]], ExcludesSplits("statistics")] = Field(
        default=None, description="Splits to leave out; none by default."
    )


class ExampleValidator(ExecutorComponent):
    """Looks for anomalies: statistics that a schema does not allow.

    The pipeline goes on whatever it finds, unless `on_anomaly` or a `when` asks.
    """

    class_path = "tfx.components.example_validator.component:ExampleValidator"
    stage = Stage.VALIDATE
    also_called = ("DataValidator", "SchemaValidator", "anomaly", "anomalies")
    light = True
    outputs: ClassVar[Mapping[str, Output]] = {
        "anomalies": Output("ExampleAnomalies", "The anomalies of each split.")
    }

    statistics: Annotated[ChannelReference, ChannelInput("ExampleStatistics")] = Field(
        description="The statistics to check."
    )
    schema_: Annotated[ChannelReference, ChannelInput("Schema")] = Field(
        alias="schema", description="The schema that they must agree with."
    )
    exclude_splits: Annotated[Optional[list[str]], ExcludesSplits("statistics")] = Field(
        default=None, description="Splits to leave out; none by default."
    )
    custom_validation_config: Annotated[
        Optional[dict[str, Any]], Message("validation:CustomValidationConfig"), OnlyInTfx("1.16")
    ] = Field(default=None, description="Validations of your own, in SQL.")
    on_anomaly: OnAnomalyOption = Field(default=None, description=_ON_ANOMALY)


class DistributionValidator(ExecutorComponent):
    """Compares the distributions of two data sets. Without a baseline it finds nothing."""

    class_path = "tfx.components.distribution_validator.component:DistributionValidator"
    stage = Stage.VALIDATE
    also_called = ("drift", "skew", "DriftDetector")
    light = True
    outputs: ClassVar[Mapping[str, Output]] = {
        "anomalies": Output("ExampleAnomalies", "The features of each pair of splits that moved too far.")
    }

    statistics: Annotated[ChannelReference, ChannelInput("ExampleStatistics")] = Field(
        description="The statistics to check."
    )
    baseline_statistics: Annotated[ChannelReference, ChannelInput("ExampleStatistics"), MayBeEmpty()] = Field(
        description="The statistics to compare with; a Resolver may have found none."
    )
    config: Annotated[
        dict[str, Any],
        Message("distribution_validator:DistributionValidatorConfig"),
        ExecutionProperty("distribution_validator_config"),
    ] = Field(description="Which features are compared, and how far they may move.")
    include_split_pairs: Optional[list[SplitPair]] = Field(
        default=None,
        description="Pairs of splits to compare, `[split, baseline split]`; by default those of one name.",
    )
    custom_validation_config: Annotated[
        Optional[dict[str, Any]], Message("validation:CustomValidationConfig"), OnlyInTfx("1.16")
    ] = Field(default=None, description="Validations of your own, in SQL.")
    on_anomaly: OnAnomalyOption = Field(default=None, description=_ON_ANOMALY)


class ExampleDiff(ExecutorComponent):
    """Compares the examples of two data sets, pair by pair."""

    class_path = "tfx.components.example_diff.component:ExampleDiff"
    stage = Stage.VALIDATE
    runs_beam = True
    also_called = ("compare",)
    outputs: ClassVar[Mapping[str, Output]] = {
        "example_diff_result": Output("ExamplesDiff", "Which features differ, how often, and a sample.")
    }
    keys_in_ir: ClassVar[Mapping[str, str]] = {
        "examples_test": "examples",
        "examples_base": "baseline_examples",
    }

    examples_test: Annotated[ChannelReference, ChannelInput("Examples")] = Field(
        description="The examples to compare."
    )
    examples_base: Annotated[ChannelReference, ChannelInput("Examples")] = Field(
        description="The examples to compare with."
    )
    config: Annotated[
        dict[str, Any], Message("example_diff:ExampleDiffConfig"), ExecutionProperty("example_diff_config")
    ] = Field(description="How examples are paired and compared.")
    include_split_pairs: Optional[list[SplitPair]] = Field(
        default=None,
        description="Pairs of splits to compare, `[split, baseline split]`; by default each with each.",
    )
