"""Where a Pusher puts models. Mirrors ``tfx/proto/pusher.proto``."""

from typing import Annotated, ClassVar, Optional, Union

from pydantic import Field

from tfxc.schemas.components.markers import FilePath
from tfxc.schemas.protos.base import Oneofs, ProtoModel
from tfxc.schemas.protos.scalars import ProtoEnum

PROTO_MODULE = "tfx.proto.pusher_pb2"

VERSIONING = ProtoEnum("tfx.components.pusher.Versioning", (("AUTO", 0), ("UNIX_TIMESTAMP", 1)))


class Filesystem(ProtoModel):
    """A folder, as TensorFlow Serving watches it."""

    proto = "tfx.components.pusher.PushDestination.Filesystem"

    base_directory: Annotated[str, FilePath()] = Field(
        min_length=1,
        description="The folder or URI under which each pushed model gets a folder named by its version.",
    )
    versioning: Annotated[Optional[Union[str, int]], VERSIONING] = Field(
        default=None,
        description="How versions are named. UNIX_TIMESTAMP is the second of the push; AUTO, the default, "
        "is the same today.",
    )


class PushDestination(ProtoModel):
    """Where models are pushed."""

    proto = "tfx.components.pusher.PushDestination"
    oneofs: ClassVar[Oneofs] = {"destination": ("filesystem",)}

    filesystem: Filesystem = Field(description="A folder.")
