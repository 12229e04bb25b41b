"""The Evaluator's former way to name slices. Mirrors ``tfx/proto/evaluator.proto``."""

from typing import Optional

from pydantic import Field

from tfxc.schemas.protos.base import ProtoModel

PROTO_MODULE = "tfx.proto.evaluator_pb2"


class SingleSlicingSpec(ProtoModel):
    """One way to cut the examples into slices."""

    proto = "tfx.components.evaluator.SingleSlicingSpec"

    column_for_slicing: Optional[list[str]] = Field(
        default=None, description="Features to slice by: a slice for each combination of their values."
    )


class FeatureSlicingSpec(ProtoModel):
    """The slices to evaluate."""

    proto = "tfx.components.evaluator.FeatureSlicingSpec"

    specs: Optional[list[SingleSlicingSpec]] = Field(default=None, description="The slices.")
