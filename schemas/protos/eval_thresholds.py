"""Thresholds that a model must meet to be blessed.

Mirrors the threshold messages of ``tensorflow_model_analysis/proto/config.proto``, and what
``tensorflow_model_analysis.evaluators.metrics_validator`` makes of them.
"""

from typing import Annotated, Any, ClassVar, Optional, Union

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from tfxc.schemas.protos.base import Message, Oneofs, ProtoModel
from tfxc.schemas.protos.scalars import Double, ProtoEnum

PROTO_MODULE = "tensorflow_model_analysis.proto.config_pb2"

METRIC_DIRECTION = ProtoEnum(
    "tensorflow_model_analysis.MetricDirection",
    (("UNKNOWN", 0), ("LOWER_IS_BETTER", 1), ("HIGHER_IS_BETTER", 2)),
)
SlicingSpecValue = Annotated[Any, Message("eval_slices:SlicingSpec")]
CrossSlicingSpecValue = Annotated[Any, Message("eval_slices:CrossSlicingSpec")]


class GenericValueThreshold(ProtoModel):
    """Bounds of a metric's value, both included. A bound that is not given allows everything."""

    proto = "tensorflow_model_analysis.GenericValueThreshold"

    lower_bound: Optional[Double] = Field(default=None, description="The least value that passes.")
    upper_bound: Optional[Double] = Field(default=None, description="The greatest value that passes.")


class GenericChangeThreshold(ProtoModel):
    """Bounds of a metric's change against the baseline model. Ignored while there is no baseline."""

    proto = "tensorflow_model_analysis.GenericChangeThreshold"

    absolute: Optional[Double] = Field(
        default=None,
        description="The bound of (candidate − baseline): with HIGHER_IS_BETTER the least change that "
        "passes, such as -0.01 to allow a loss of 0.01; with LOWER_IS_BETTER the greatest.",
    )
    relative: Optional[Double] = Field(
        default=None,
        description="The bound of (candidate − baseline) / baseline, read as absolute is. A baseline of 0 "
        "never passes.",
    )
    direction: Annotated[Optional[Union[str, int]], METRIC_DIRECTION] = Field(
        default=None,
        description="Whether the metric should grow (HIGHER_IS_BETTER) or shrink (LOWER_IS_BETTER). Needed "
        "with absolute and with relative.",
    )

    @model_validator(mode="after")
    def _bounds_need_a_direction(self) -> "GenericChangeThreshold":
        bounded = self.absolute is not None or self.relative is not None
        if bounded and self.direction in (None, 0, "UNKNOWN"):
            raise PydanticCustomError(
                "threshold_direction",
                "`direction` must be HIGHER_IS_BETTER or LOWER_IS_BETTER: the bound means nothing without it",
            )
        return self


class MetricThreshold(ProtoModel):
    """What a metric must meet: bounds of its value, of its change, or of both."""

    proto = "tensorflow_model_analysis.MetricThreshold"
    oneofs: ClassVar[Oneofs] = {
        "validate_absolute": ("value_threshold",),
        "validate_relative": ("change_threshold",),
    }

    value_threshold: Optional[GenericValueThreshold] = Field(
        default=None, description="Bounds of the candidate model's own value."
    )
    change_threshold: Optional[GenericChangeThreshold] = Field(
        default=None, description="Bounds of the change against the Evaluator's baseline_model."
    )


class PerSliceMetricThreshold(ProtoModel):
    """A threshold for some slices."""

    proto = "tensorflow_model_analysis.PerSliceMetricThreshold"

    slicing_specs: list[SlicingSpecValue] = Field(
        min_length=1,
        description="The slices that must meet the threshold. They must be among the slices that are "
        "computed; `{}` is all examples.",
    )
    threshold: Optional[MetricThreshold] = Field(default=None, description="What they must meet.")


class PerSliceMetricThresholds(ProtoModel):
    """Thresholds for some slices each."""

    proto = "tensorflow_model_analysis.PerSliceMetricThresholds"

    thresholds: Optional[list[PerSliceMetricThreshold]] = Field(
        default=None, description="The thresholds, each for some slices."
    )


class CrossSliceMetricThreshold(ProtoModel):
    """A threshold for the difference between slices."""

    proto = "tensorflow_model_analysis.CrossSliceMetricThreshold"

    cross_slicing_specs: Optional[list[CrossSlicingSpecValue]] = Field(
        default=None, description="The comparisons that must meet the threshold."
    )
    threshold: Optional[MetricThreshold] = Field(default=None, description="What the differences must meet.")


class CrossSliceMetricThresholds(ProtoModel):
    """Thresholds for differences between slices."""

    proto = "tensorflow_model_analysis.CrossSliceMetricThresholds"

    thresholds: Optional[list[CrossSliceMetricThreshold]] = Field(
        default=None, description="The thresholds, each for some comparisons."
    )
