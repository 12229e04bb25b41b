"""Metrics that TFMA computes.

Mirrors ``MetricsSpec`` and what it holds of ``tensorflow_model_analysis/proto/config.proto``.
"""

import json
from typing import Annotated, Any, ClassVar, Optional, Union

from pydantic import Field, StringConstraints
from pydantic_core import CoreSchema, PydanticCustomError

from tfxc.schemas.fields import plain_validator
from tfxc.schemas.protos.base import Message, Oneofs, ProtoModel
from tfxc.schemas.protos.scalars import Double, Int32

PROTO_MODULE = "tensorflow_model_analysis.proto.config_pb2"

Threshold = Annotated[Any, Message("eval_thresholds:MetricThreshold")]
PerSliceThreshold = Annotated[Any, Message("eval_thresholds:PerSliceMetricThreshold")]
PerSliceThresholds = Annotated[Any, Message("eval_thresholds:PerSliceMetricThresholds")]
CrossSliceThreshold = Annotated[Any, Message("eval_thresholds:CrossSliceMetricThreshold")]
CrossSliceThresholds = Annotated[Any, Message("eval_thresholds:CrossSliceMetricThresholds")]
ClassId = Annotated[str, StringConstraints(pattern=r"^-?\d{1,10}$")]
"""The key of a protobuf map from int32: the number as text."""


class MetricArguments:
    """Validates keyword arguments: a mapping, or the JSON text of one, as the protobuf field has it.

    The braces around the text may be left out, as TFMA takes it.
    """

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        return plain_validator(_arguments, source)


def _arguments(value: object) -> object:
    arguments = value
    if isinstance(value, str):
        try:
            arguments = json.loads(value if value.startswith("{") else "{" + value + "}")
        except (ValueError, RecursionError):
            arguments = None
    if isinstance(arguments, dict) and all(isinstance(key, str) for key in arguments):
        return value
    raise PydanticCustomError("metric_arguments", "Input should be a mapping, or the JSON text of one")


class MetricConfig(ProtoModel):
    """One metric, and what it must meet."""

    proto = "tensorflow_model_analysis.MetricConfig"

    class_name: str = Field(
        min_length=1,
        description="The metric's class: one of TFMA (ExampleCount, AUC, ConfusionMatrixPlot, …), of Keras "
        "(BinaryAccuracy, …), or in `module`.",
    )
    module: Optional[str] = Field(
        default=None,
        description="The importable module of the class. TFMA's and Keras's own classes need none.",
    )
    config: Annotated[Optional[Union[str, dict[str, Any]]], MetricArguments()] = Field(
        default=None,
        description="The keyword arguments of the class, as a mapping or as JSON text: "
        "`{num_thresholds: 200, name: auc}`.",
    )
    threshold: Optional[Threshold] = Field(default=None, description="What the metric must meet overall.")
    per_slice_thresholds: Optional[list[PerSliceThreshold]] = Field(
        default=None, description="What the metric must meet on some slices."
    )
    cross_slice_thresholds: Optional[list[CrossSliceThreshold]] = Field(
        default=None, description="What the metric's difference between slices must meet."
    )


class RepeatedInt32Value(ProtoModel):
    """A list of integers that can be unset."""

    proto = "tensorflow_model_analysis.RepeatedInt32Value"

    values: Optional[list[Int32]] = Field(default=None, description="The integers.")


class BinarizationOptions(ProtoModel):
    """How the predictions of a multi-class model become those of binary ones, metric by metric."""

    proto = "tensorflow_model_analysis.BinarizationOptions"

    class_ids: Optional[RepeatedInt32Value] = Field(
        default=None, description="Classes (by id) that are each taken as one against the rest."
    )
    k_list: Optional[RepeatedInt32Value] = Field(
        default=None,
        description="Positions k, from 1: the k-th highest prediction alone counts as a prediction.",
    )
    top_k_list: Optional[RepeatedInt32Value] = Field(
        default=None, description="Numbers k: the k highest predictions count, the rest are set to -inf."
    )


class AggregationOptions(ProtoModel):
    """How metrics of classes become one metric."""

    proto = "tensorflow_model_analysis.AggregationOptions"
    oneofs: ClassVar[Oneofs] = {"type": ("micro_average", "macro_average", "weighted_macro_average")}

    micro_average: Optional[bool] = Field(
        default=None, description="Pool the predictions of all classes, then compute the metric once."
    )
    macro_average: Optional[bool] = Field(
        default=None, description="Average the classes' metrics, each by its class_weights."
    )
    weighted_macro_average: Optional[bool] = Field(
        default=None,
        description="Average the classes' metrics by their share of the examples, times class_weights.",
    )
    class_weights: Optional[dict[ClassId, Double]] = Field(
        default=None,
        description='Class id, as text, → weight: `{"0": 1.0, "1": 2.0}`. A macro average over classes needs '
        "the weight of each class that takes part; not together with top_k_list.",
    )
    top_k_list: Optional[RepeatedInt32Value] = Field(
        default=None, description="Numbers k: aggregate over the k highest predictions."
    )

    at_most_one = (("class_weights", "top_k_list"),)


class ExampleWeightOptions(ProtoModel):
    """Whether metrics are computed with example weights, without them, or both."""

    proto = "tensorflow_model_analysis.ExampleWeightOptions"

    weighted: Optional[bool] = Field(
        default=None, description="Compute with weights. Without either option: if there is a weight feature."
    )
    unweighted: Optional[bool] = Field(default=None, description="Compute without weights.")


class MetricsSpec(ProtoModel):
    """Metrics, and the models, outputs and classes that they are computed for."""

    proto = "tensorflow_model_analysis.MetricsSpec"

    metrics: Optional[list[MetricConfig]] = Field(default=None, description="The metrics.")
    model_names: Optional[list[str]] = Field(
        default=None, description="The names of the model_specs to compute for; all by default."
    )
    output_names: Optional[list[str]] = Field(
        default=None, description="The outputs of a multi-output model to compute for; needed for those."
    )
    output_weights: Optional[dict[str, Double]] = Field(
        default=None,
        description="Output name → weight: adds a metric over all outputs, averaged with these weights.",
    )
    binarize: Optional[BinarizationOptions] = Field(
        default=None, description="Compute also for single classes or ranks of a multi-class model."
    )
    aggregate: Optional[AggregationOptions] = Field(
        default=None, description="Compute also one metric over classes."
    )
    example_weights: Optional[ExampleWeightOptions] = Field(
        default=None, description="Whether example weights are used."
    )
    query_key: Optional[str] = Field(
        default=None,
        description="The feature that tells which query an example belongs to, for ranking metrics.",
    )
    thresholds: Optional[dict[str, Threshold]] = Field(
        default=None,
        description="Metric name → what it must meet overall. For metrics that the model itself was saved "
        "with, which are not listed in metrics.",
    )
    per_slice_thresholds: Optional[dict[str, PerSliceThresholds]] = Field(
        default=None, description="Metric name → what it must meet on some slices."
    )
    cross_slice_thresholds: Optional[dict[str, CrossSliceThresholds]] = Field(
        default=None, description="Metric name → what its difference between slices must meet."
    )
