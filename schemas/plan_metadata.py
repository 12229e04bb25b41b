"""Where a Plan's ML Metadata is kept."""

from typing import Annotated, Literal, Union

from pydantic import Field

from tfxc.schemas.plan_base import PlanModel
from tfxc.schemas.plan_values import JsonValue


class SqliteMetadata(PlanModel):
    """MLMD in a SQLite file."""

    kind: Literal["sqlite"] = "sqlite"
    path: JsonValue


class ServerMetadata(PlanModel):
    """MLMD in a database server. Values may be references (a password is ``env.NAME``)."""

    kind: Literal["mysql", "postgresql"]
    host: JsonValue
    port: JsonValue = None
    database: JsonValue
    user: JsonValue
    password: JsonValue = None


class GrpcMetadata(PlanModel):
    """MLMD behind its gRPC server."""

    kind: Literal["grpc"] = "grpc"
    host: JsonValue
    port: JsonValue


class ManagedMetadata(PlanModel):
    """The orchestrator's own metadata service: nobody connects to it (Vertex AI Pipelines)."""

    kind: Literal["managed"] = "managed"


PlanMetadata = Annotated[
    Union[SqliteMetadata, ServerMetadata, GrpcMetadata, ManagedMetadata], Field(discriminator="kind")
]
