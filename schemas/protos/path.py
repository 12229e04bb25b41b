"""The way to a feature. Mirrors ``Path`` of ``tensorflow_metadata/proto/v0/path.proto``."""

from typing import Optional

from pydantic import Field

from tfxc.schemas.protos.base import ProtoModel

PROTO_MODULE = "tensorflow_metadata.proto.v0.path_pb2"


class Path(ProtoModel):
    """The way to a feature: its name, and for a nested one the names of its parents before it."""

    proto = "tensorflow.metadata.v0.Path"

    step: Optional[list[str]] = Field(
        default=None, description="The names, from the outermost: `[age]`, or `[parent, child]`."
    )
