"""Which distributions are compared, and how far they may move.

Mirrors ``tfx/proto/distribution_validator.proto``.
"""

from typing import Annotated, Any, Optional

from pydantic import Field

from tfxc.schemas.protos import comparators
from tfxc.schemas.protos.base import Message, ProtoModel

PROTO_MODULE = "tfx.proto.distribution_validator_pb2"


class FeatureComparator(ProtoModel):
    """A feature, and how far its distribution may move."""

    proto = "tfx.components.distribution_validator.FeatureComparator"

    path: Annotated[Optional[dict[str, Any]], Message("path:Path")] = Field(
        default=None, description="The feature: `{step: [age]}`."
    )
    distribution_comparator: Optional[comparators.FeatureComparator] = Field(
        default=None, description="How its distributions are compared."
    )


class DatasetConfig(ProtoModel):
    """What is compared between two data sets."""

    proto = "tfx.components.distribution_validator.DistributionValidatorConfig.DatasetConfig"

    feature: Optional[list[FeatureComparator]] = Field(default=None, description="The features.")
    num_examples_comparator: Optional[comparators.NumericValueComparator] = Field(
        default=None, description="How far the number of examples may move."
    )


class DistributionValidatorConfig(ProtoModel):
    """What is compared."""

    proto = "tfx.components.distribution_validator.DistributionValidatorConfig"

    default_slice_config: Optional[DatasetConfig] = Field(
        default=None, description="What is compared over all examples."
    )
