"""The component that makes features."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Optional

from pydantic import Field, ModelWrapValidatorHandler, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from tfxc.schemas.components.base import ChannelReference, ExecutorComponent, Output, SplitsOf, Stage
from tfxc.schemas.components.markers import (
    ChannelInput,
    ExecutionProperty,
    ModuleFile,
    ReadsSplits,
    SwitchesOutputs,
    UserFunction,
)
from tfxc.schemas.fields import validate_beside
from tfxc.schemas.protos.base import Message


def _materializes(arguments: Mapping[str, Any]) -> bool:
    return arguments.get("materialize") is not False


def _computes_statistics(arguments: Mapping[str, Any]) -> bool:
    return arguments.get("disable_statistics") is not True


def _writes_cache(arguments: Mapping[str, Any]) -> bool:
    return arguments.get("disable_analyzer_cache") is not True


class Transform(ExecutorComponent):
    """Makes features with a function of yours, as a graph that training and serving share."""

    class_path = "tfx.components.transform.component:Transform"
    stage = Stage.TRANSFORM
    runs_beam = True
    also_called = ("tft", "preprocess", "feature", "engineering")
    outputs: ClassVar[Mapping[str, Output]] = {
        "transform_graph": Output("TransformGraph", "The graph that makes the features, and their schema."),
        "transformed_examples": Output(
            "Examples",
            "The examples with the features made; not with materialize false.",
            _materializes,
            SplitsOf("examples", named_in=("splits_config", "transform")),
        ),
        "updated_analyzer_cache": Output(
            "TransformCache", "What was computed; not with disable_analyzer_cache.", _writes_cache
        ),
        "pre_transform_schema": Output(
            "Schema", "The schema of the input; not with disable_statistics.", _computes_statistics
        ),
        "pre_transform_stats": Output(
            "ExampleStatistics", "Statistics of the input; not with disable_statistics.", _computes_statistics
        ),
        "post_transform_schema": Output(
            "Schema", "The schema of the features; not with disable_statistics.", _computes_statistics
        ),
        "post_transform_stats": Output(
            "ExampleStatistics",
            "Statistics of the features; not with disable_statistics.",
            _computes_statistics,
        ),
        "post_transform_anomalies": Output(
            "ExampleAnomalies",
            "Anomalies of the features; not with disable_statistics.",
            _computes_statistics,
        ),
    }
    exactly_one = (("module_file", "preprocessing_fn"),)
    at_most_one = (("module_file", "stats_options_updater_fn"),)

    examples: Annotated[ChannelReference, ChannelInput("Examples", many=True)] = Field(
        description="The examples to make features from."
    )
    schema_: Annotated[ChannelReference, ChannelInput("Schema")] = Field(
        alias="schema", description="The schema of the examples."
    )
    analyzer_cache: Annotated[Optional[ChannelReference], ChannelInput("TransformCache")] = Field(
        default=None,
        description="What an earlier run computed, to be used again for spans that it has seen. Not with "
        "disable_analyzer_cache.",
    )
    module_file: Annotated[
        Optional[str],
        ModuleFile(required=("preprocessing_fn",), optional=("stats_options_updater_fn",)),
    ] = Field(
        default=None,
        min_length=1,
        description="The Python file that defines preprocessing_fn(inputs) → features, or "
        "preprocessing_fn(inputs, custom_config); it may define "
        "stats_options_updater_fn(stats_type, stats_options).",
    )
    preprocessing_fn: Annotated[Optional[str], UserFunction()] = Field(
        default=None, description="In place of module_file: the import path of preprocessing_fn."
    )
    stats_options_updater_fn: Annotated[Optional[str], UserFunction()] = Field(
        default=None,
        description="With preprocessing_fn: the import path of a function that changes the options of the "
        "statistics before and after the transformation.",
    )
    splits_config: Annotated[
        Optional[dict[str, Any]],
        Message("transform:SplitsConfig"),
        ReadsSplits(("analyze", "transform"), default="train", default_if_unset=True),
    ] = Field(
        default=None,
        description="Which splits to learn from and which to transform. By default train, and all.",
    )
    custom_config: Optional[dict[str, Any]] = Field(
        default=None, description="Values of your own, passed to preprocessing_fn as custom_config."
    )
    materialize: Annotated[bool, SwitchesOutputs(off=False), ExecutionProperty(None)] = Field(
        default=True, description="Write the transformed examples, as the output transformed_examples."
    )
    disable_analyzer_cache: Annotated[bool, SwitchesOutputs(off=True), ExecutionProperty(None)] = Field(
        default=False, description="Neither read nor write a cache of what is computed over the data."
    )
    disable_statistics: Annotated[bool, SwitchesOutputs(off=True)] = Field(
        default=False,
        description="Compute no statistics, schemas and anomalies of input and features: faster.",
    )
    force_tf_compat_v1: bool = Field(
        default=False, description="Trace preprocessing_fn in TensorFlow 1 mode. No longer of use."
    )

    @model_validator(mode="wrap")
    @classmethod
    def _no_cache_where_it_is_disabled(cls, value: Any, handler: ModelWrapValidatorHandler[Any]) -> Any:
        errors = []
        if isinstance(value, dict) and value.get("disable_analyzer_cache") is True:
            cache = value.get("analyzer_cache")
            error = PydanticCustomError("exclusive", "Not together with `disable_analyzer_cache: true`")
            if cache is not None:
                errors.append(InitErrorDetails(type=error, loc=("analyzer_cache",), input=cache))
        return validate_beside(handler, value, errors, cls.__name__)
