"""How rows become lists of examples with a context.

Mirrors ``tfx/extensions/google_cloud_big_query/experimental/elwc_example_gen/proto/elwc_config.proto``.
"""

from typing import Annotated

from pydantic import Field

from tfxc.schemas.protos.base import ProtoModel

PROTO_MODULE = "tfx.extensions.google_cloud_big_query.experimental.elwc_example_gen.proto.elwc_config_pb2"


class ElwcConfig(ProtoModel):
    """Which rows belong together."""

    proto = (
        "third_party.py.tfx.extensions.google_cloud_big_query.experimental.elwc_example_gen.proto.ElwcConfig"
    )

    context_feature_fields: Annotated[list[str], Field(min_length=1)] = Field(
        description="The fields that make up the context: rows with the same values are one list."
    )
