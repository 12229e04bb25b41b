"""How the metadata store of a Plan is reached: the JSON form of ML Metadata's connection messages.

Mirrors ``ConnectionConfig`` and ``MetadataStoreClientConfig`` of
``ml_metadata/proto/metadata_store.proto``. Nothing here imports ml_metadata.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tfxc.backends.launcher.protocol.values import Values, resolve
from tfxc.schemas.failures import Failure
from tfxc.schemas.plan import GrpcMetadata, ManagedMetadata, PlanMetadata, ServerMetadata, SqliteMetadata

_DEFAULT_PORTS = {"mysql": 3306, "postgresql": 5432}


@dataclass(frozen=True)
class Connection:
    """What ML Metadata's client is made with: the name of the message, and its JSON form."""

    message: Literal["ConnectionConfig", "MetadataStoreClientConfig"]
    fields: Mapping[str, Any]

    @property
    def sqlite_path(self) -> str | None:
        """The absolute path of a SQLite store; None for a server."""
        return str(self.fields["sqlite"]["filename_uri"]) if "sqlite" in self.fields else None


def connection(metadata: PlanMetadata, values: Values) -> Connection:
    """Returns how the store of a Plan is reached. Raises Failure if a value cannot be resolved."""
    if isinstance(metadata, SqliteMetadata):
        path = resolve(metadata.path, values, "metadata.sqlite.path")
        # Absolute, whatever the user's code does to the working directory later.
        sqlite = {"filename_uri": str(Path(str(path)).absolute()), "connection_mode": "READWRITE_OPENCREATE"}
        return Connection("ConnectionConfig", {"sqlite": sqlite})
    if isinstance(metadata, GrpcMetadata):
        host = str(resolve(metadata.host, values, "metadata.grpc.host"))
        port = _port(resolve(metadata.port, values, "metadata.grpc.port"), "metadata.grpc.port")
        return Connection("MetadataStoreClientConfig", {"host": host, "port": port})
    if isinstance(metadata, ManagedMetadata):
        raise Failure("the pipeline's metadata is managed by an orchestrator that does not run here.")
    return _server(metadata, values)


def _server(metadata: ServerMetadata, values: Values) -> Connection:
    """Returns how MLMD in MySQL or PostgreSQL is reached."""
    where = f"metadata.{metadata.kind}"
    host = str(resolve(metadata.host, values, f"{where}.host"))
    given_port = resolve(metadata.port, values, f"{where}.port")
    port = _DEFAULT_PORTS[metadata.kind] if given_port is None else _port(given_port, f"{where}.port")
    database = str(resolve(metadata.database, values, f"{where}.database"))
    user = str(resolve(metadata.user, values, f"{where}.user"))
    password = resolve(metadata.password, values, f"{where}.password")
    server: dict[str, Any] = {"host": host, "user": user}
    if metadata.kind == "mysql":
        server.update(port=port, database=database)
    else:
        server.update(port=str(port), dbname=database)
    if password is not None:
        server["password"] = str(password)
    if metadata.kind == "postgresql":
        server = {key: _quoted(text) for key, text in server.items()}
    return Connection("ConnectionConfig", {metadata.kind: server})


def _quoted(text: str) -> str:
    """Returns a value as it stands in PostgreSQL's connection string, into which MLMD copies it unquoted."""
    if text and not any(letter in " '\\" for letter in text):
        return text
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _port(value: Any, where: str) -> int:
    """Returns a port number. Raises Failure if the value is none."""
    try:
        port = int(value)
    except (TypeError, ValueError):
        port = 0
    if not 0 < port < 65536:
        raise Failure(f"{where} must be a port number, but it is {value!r}.")
    return port
