"""How two distributions, or two numbers, are compared.

Mirrors the comparators of ``tensorflow_metadata/proto/v0/schema.proto``.
"""

from typing import Annotated, Optional, Union

from pydantic import Field

from tfxc.schemas.protos.base import ProtoModel
from tfxc.schemas.protos.scalars import Double, ProtoEnum

PROTO_MODULE = "tensorflow_metadata.proto.v0.schema_pb2"

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
        default=None,
        description="STANDARD: buckets of equal width, as by DEFAULT. QUANTILES: buckets of equal count.",
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


class FeatureComparator(ProtoModel):
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
        description="The sum of the counts' differences, by the total: for categories.",
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
