"""Slices of the examples that TFMA computes metrics for, and comparisons between slices.

Mirrors ``SlicingSpec`` and ``CrossSlicingSpec`` of ``tensorflow_model_analysis/proto/config.proto``.
"""

from typing import Optional

from pydantic import Field

from tfxc.schemas.protos.base import ProtoModel

PROTO_MODULE = "tensorflow_model_analysis.proto.config_pb2"


class SlicingSpec(ProtoModel):
    """A way to cut the examples into slices. An empty one, `{}`, is all examples: the Overall slice."""

    proto = "tensorflow_model_analysis.SlicingSpec"

    feature_keys: Optional[list[str]] = Field(
        default=None,
        description="Features to slice by: a slice for each value, and for each combination of values where "
        "there are more features.",
    )
    feature_values: Optional[dict[str, str]] = Field(
        default=None,
        description="Feature → value: only examples with these values. Numbers are written as text. "
        "Together with feature_keys it narrows their slices.",
    )
    slice_keys_sql: Optional[str] = Field(
        default=None,
        description="Slices by SQL: `SELECT STRUCT(feature [AS key], …) FROM example.feature …`. Used alone.",
    )

    at_most_one = (("feature_keys", "slice_keys_sql"), ("feature_values", "slice_keys_sql"))


class CrossSlicingSpec(ProtoModel):
    """A comparison of slices with a baseline slice, metric by metric."""

    proto = "tensorflow_model_analysis.CrossSlicingSpec"

    baseline_spec: Optional[SlicingSpec] = Field(
        default=None, description="The slice to compare with. It must be one of the slices that are computed."
    )
    slicing_specs: Optional[list[SlicingSpec]] = Field(
        default=None, description="The slices that are compared with it."
    )
