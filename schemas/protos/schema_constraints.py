"""How much there is of features and examples.

Mirrors the constraints of ``tensorflow_metadata/proto/v0/schema.proto``.
"""

from typing import Annotated, Any, Optional, Union

from pydantic import Field

from tfxc.schemas.protos.base import Message, ProtoModel
from tfxc.schemas.protos.scalars import Double, Int64, ProtoEnum

PROTO_MODULE = "tensorflow_metadata.proto.v0.schema_pb2"

SEQUENTIAL_STATUS = ProtoEnum(
    "tensorflow.metadata.v0.SequenceMetadata.SequentialStatus",
    (("SEQUENTIAL_UNSPECIFIED", 0), ("SEQUENTIAL_YES", 1), ("SEQUENTIAL_NO", 2)),
)
NumberComparator = Annotated[Optional[Any], Message("comparators:NumericValueComparator")]


class FeaturePresence(ProtoModel):
    """How often a feature is there."""

    proto = "tensorflow.metadata.v0.FeaturePresence"

    min_fraction: Optional[Double] = Field(
        default=None, description="The least fraction of examples that have it, from 0 to 1."
    )
    min_count: Optional[Int64] = Field(default=None, description="The least examples that have it.")


class FeaturePresenceWithinGroup(ProtoModel):
    """Whether a nested feature is there whenever its parent is."""

    proto = "tensorflow.metadata.v0.FeaturePresenceWithinGroup"

    required: Optional[bool] = Field(default=None, description="It must be there.")


class ValueCount(ProtoModel):
    """How many values an example has."""

    proto = "tensorflow.metadata.v0.ValueCount"

    min: Optional[Int64] = Field(default=None, description="The fewest.")
    max: Optional[Int64] = Field(default=None, description="The most.")


class ValueCountList(ProtoModel):
    """How many values each level of a nested feature has."""

    proto = "tensorflow.metadata.v0.ValueCountList"

    value_count: Optional[list[ValueCount]] = Field(default=None, description="From the outermost level.")


class DistributionConstraints(ProtoModel):
    """How many values are in the domain."""

    proto = "tensorflow.metadata.v0.DistributionConstraints"

    min_domain_mass: Optional[Double] = Field(
        default=None, description="The least fraction of values that are in the domain. 1.0 by default."
    )


class UniqueConstraints(ProtoModel):
    """How many different values there are."""

    proto = "tensorflow.metadata.v0.UniqueConstraints"

    min: Optional[Int64] = Field(default=None, description="The fewest.")
    max: Optional[Int64] = Field(default=None, description="The most.")


class SequenceMetadata(ProtoModel):
    """Whether the values of a feature are a sequence."""

    proto = "tensorflow.metadata.v0.SequenceMetadata"

    sequential_status: Annotated[Optional[Union[str, int]], SEQUENTIAL_STATUS] = Field(
        default=None, description="Whether their order means something."
    )
    joint_group: Optional[str] = Field(
        default=None, description="The name of a group of features whose sequences go together."
    )
    sequence_truncation_limit: Optional[Int64] = Field(
        default=None, description="The length that sequences are cut to."
    )


class DatasetConstraints(ProtoModel):
    """How many examples there are."""

    proto = "tensorflow.metadata.v0.DatasetConstraints"

    num_examples_drift_comparator: NumberComparator = Field(
        default=None, description="How far their number may differ from that of the span before."
    )
    num_examples_version_comparator: NumberComparator = Field(
        default=None, description="How far their number may differ from that of the version before."
    )
    min_examples_count: Optional[Int64] = Field(default=None, description="The fewest.")
    max_examples_count: Optional[Int64] = Field(default=None, description="The most.")
