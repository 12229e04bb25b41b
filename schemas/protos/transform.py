"""Which splits a Transform works on. Mirrors ``tfx/proto/transform.proto``."""

from typing import Optional

from pydantic import Field

from tfxc.schemas.protos.base import ProtoModel

PROTO_MODULE = "tfx.proto.transform_pb2"


class SplitsConfig(ProtoModel):
    """The splits that Transform learns from, and those that it transforms."""

    proto = "tfx.components.transform.SplitsConfig"

    analyze: list[str] = Field(
        min_length=1,
        description="The splits that means, vocabularies and their like are computed from; normally train, "
        "so that nothing is learned from what a model is evaluated on.",
    )
    transform: Optional[list[str]] = Field(
        default=None, description="The splits that are written out transformed; by default none is."
    )
