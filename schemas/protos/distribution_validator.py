"""Which distributions are compared, and how far they may move.

Mirrors ``tfx/proto/distribution_validator.proto`` and the comparators of
``tensorflow_metadata/proto/v0/schema.proto``.
"""

from typing import Annotated, Any, Optional, Union

from pydantic import Field

from tfxc.schemas.protos.base import Double, Message, ProtoEnum, ProtoModel

HISTOGRAM_TYPE = ProtoEnum(
    "tensorflow.metadata.v0.HistogramSelection.Type", (("DEFAULT", 0), ("QUANTILES", 1), ("STANDARD", 2))
)


class InfinityNorm(ProtoModel):
    """The greatest difference of a value's share: for categorical features."""

    proto = "tensorflow.metadata.v0.InfinityNorm"

    threshold: Optional[Double] = Field(
        default=None, description="The greatest difference that is no anomaly, from 0 to 1."
    )


class HistogramSelection(ProtoModel):
    """Which histogram of a numeric feature is compared."""

    proto = "tensorflow.metadata.v0.HistogramSelection"

    type: Annotated[Optional[Union[str, int]], HISTOGRAM_TYPE] = Field(
        default=None, description="STANDARD: buckets of equal width. QUANTILES: of equal count. DEFAULT."
    )


class JensenShannonDivergence(ProtoModel):
    """The Jensen-Shannon divergence: for numeric and categorical features."""

    proto = "tensorflow.metadata.v0.JensenShannonDivergence"

    threshold: Optional[Double] = Field(
        default=None, description="The greatest divergence that is no anomaly, from 0 to 1."
    )
    source: Optional[HistogramSelection] = Field(
        default=None, description="Which histogram of a numeric feature is compared."
    )


class NormalizedAbsoluteDifference(ProtoModel):
    """The sum of the differences of counts, by the total count: for categorical features."""

    proto = "tensorflow.metadata.v0.NormalizedAbsoluteDifference"

    threshold: Optional[Double] = Field(
        default=None, description="The greatest difference that is no anomaly."
    )


class MetadataFeatureComparator(ProtoModel):
    """How two distributions of a feature are compared."""

    proto = "tensorflow.metadata.v0.FeatureComparator"

    infinity_norm: Optional[InfinityNorm] = Field(
        default=None, description="The greatest difference of a value's share: for categorical features."
    )
    jensen_shannon_divergence: Optional[JensenShannonDivergence] = Field(
        default=None, description="The Jensen-Shannon divergence: for numeric and categorical features."
    )
    normalized_abs_difference: Optional[NormalizedAbsoluteDifference] = Field(
        default=None,
        description="The sum of the counts' differences, by the total: for categorical features.",
    )


class NumericValueComparator(ProtoModel):
    """How far a number may move."""

    proto = "tensorflow.metadata.v0.NumericValueComparator"

    min_fraction_threshold: Optional[Double] = Field(
        default=None, description="The least ratio to the baseline's number that is no anomaly, such as 0.5."
    )
    max_fraction_threshold: Optional[Double] = Field(
        default=None, description="The greatest ratio to the baseline's number that is no anomaly, such as 2."
    )


class FeatureComparator(ProtoModel):
    """A feature, and how far its distribution may move."""

    proto = "tfx.components.distribution_validator.FeatureComparator"

    path: Annotated[Optional[dict[str, Any]], Message("validation:Path")] = Field(
        default=None, description="The feature: `{step: [age]}`."
    )
    distribution_comparator: Optional[MetadataFeatureComparator] = Field(
        default=None, description="How its distributions are compared."
    )


class DatasetConfig(ProtoModel):
    """What is compared between two data sets."""

    proto = "tfx.components.distribution_validator.DistributionValidatorConfig.DatasetConfig"

    feature: Optional[list[FeatureComparator]] = Field(default=None, description="The features.")
    num_examples_comparator: Optional[NumericValueComparator] = Field(
        default=None, description="How far the number of examples may move."
    )


class DistributionValidatorConfig(ProtoModel):
    """What is compared."""

    proto = "tfx.components.distribution_validator.DistributionValidatorConfig"

    default_slice_config: Optional[DatasetConfig] = Field(
        default=None, description="What is compared over all examples."
    )
