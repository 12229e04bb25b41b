"""How a Presto server is reached.

Mirrors ``tfx/examples/custom_components/presto_example_gen/proto/presto_config.proto``.
"""

from typing import ClassVar, Optional

from pydantic import Field

from tfxc.schemas.protos.base import Oneofs, ProtoModel
from tfxc.schemas.protos.scalars import UInt32

PROTO_MODULE = "tfx.examples.custom_components.presto_example_gen.proto.presto_config_pb2"


class BasicAuthConfig(ProtoModel):
    """A user's name and password."""

    proto = "tfx.examples.custom_components.presto_example_gen.PrestoConnConfig.BasicAuthConfig"

    username: str = Field(min_length=1, description="The user's name.")
    password: str = Field(description="The password: `{{ env.NAME }}` keeps it out of the spec.")


class PrestoConnConfig(ProtoModel):
    """A Presto server."""

    proto = "tfx.examples.custom_components.presto_example_gen.PrestoConnConfig"
    oneofs: ClassVar[Oneofs] = {
        "opt_port": ("port",),
        "opt_user": ("user",),
        "opt_source": ("source",),
        "opt_catalog": ("catalog",),
        "opt_schema": ("schema",),
        "opt_http_scheme": ("http_scheme",),
        "opt_auth": ("basic_auth",),
        "opt_max_attempts": ("max_attempts",),
        "opt_request_timeout": ("request_timeout",),
    }

    host: str = Field(min_length=1, description="The server's name or address.")
    port: Optional[UInt32] = Field(default=None, description="Its port; 8080 by default.")
    user: Optional[str] = Field(default=None, description="Who asks.")
    source: Optional[str] = Field(default=None, description="What Presto is told that the query comes from.")
    catalog: Optional[str] = Field(default=None, description="The catalog that tables are looked up in.")
    schema_: Optional[str] = Field(
        default=None, alias="schema", description="The schema that tables are looked up in."
    )
    http_scheme: Optional[str] = Field(default=None, description="http, by default, or https.")
    basic_auth: Optional[BasicAuthConfig] = Field(default=None, description="How to log in.")
    max_attempts: Optional[UInt32] = Field(default=None, description="How often a request is tried.")
    request_timeout: Optional[UInt32] = Field(
        default=None, description="How long a request may take, in seconds."
    )
