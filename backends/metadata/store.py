"""Reading a metadata store, and telling it what was deleted. The only module outside the launcher that
imports ml_metadata, and only inside its functions.

`read_store` opens a SQLite file read-only, so that nothing is created or upgraded by looking.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from tfxc.backends.launcher.protocol.connection import Connection
from tfxc.backends.metadata.stored import Stored, StoredArtifact, StoredEvent, StoredExecution
from tfxc.backends.metadata.values import ArtifactState, NodeState, Property
from tfxc.schemas.failures import Failure

NO_MLMD = (
    "reading the metadata store needs ml-metadata, which is not installed here: install it with"
    " `pip install 'tfxc[tfx]'` (in a project of uv: `uv add 'tfxc[tfx]'`)."
)
_STATES: Mapping[str, NodeState] = {
    "NEW": "running",
    "RUNNING": "running",
    "COMPLETE": "succeeded",
    "CACHED": "cached",
    "FAILED": "failed",
    "CANCELED": "cancelled",
}
"""``Execution.State`` of metadata_store.proto; one without a state is said to be running."""
_ARTIFACT_STATES: Mapping[str, ArtifactState] = {
    "LIVE": "live",
    "PENDING": "pending",
    "DELETED": "deleted",
    "MARKED_FOR_DELETION": "marked_for_deletion",
    "ABANDONED": "abandoned",
    "REFERENCE": "reference",
}
_CLEANED = "__tfxc_cleaned__"
"""Begins a custom property of a run's context; the pipeline follows, since pipelines may share a run id."""
_CHUNK = 5_000
"""How many executions or artifacts are asked about at once."""
_TIMEOUT = 10.0
"""Seconds for which a server is waited for."""

T = TypeVar("T")


def read_store(place: Connection) -> Stored:
    """Returns all that a store holds; nothing if its SQLite file is not there yet.

    Raises Failure with one sentence if ml_metadata is not installed or the store cannot be read.
    """
    path = place.sqlite_path
    if path is not None and not Path(path).exists():
        return Stored()
    with _opened(place, writable=False) as store:
        return _read(store)


def mark_artifacts(place: Connection, artifacts: Iterable[int], state: Literal["DELETED", "LIVE"]) -> None:
    """Gives artifacts a state: what is DELETED is never re-used. Raises Failure as `read_store`."""
    ids = list(artifacts)
    if not ids:
        return
    with _opened(place, writable=True) as store:
        for start in range(0, len(ids), _CHUNK):
            found = store.get_artifacts_by_id(ids[start : start + _CHUNK])
            for artifact in found:
                artifact.state = getattr(artifact, state)
            store.put_artifacts(found)


def mark_cleaned(place: Connection, pipeline: str, runs: Collection[str]) -> None:
    """Records with runs of a pipeline that their files were cleaned away. Raises Failure as `read_store`."""
    if not runs:
        return
    with _opened(place, writable=True) as store:
        found = [
            context
            for context in _or_nothing(lambda: store.get_contexts_by_type("pipeline_run"))
            if context.name in runs
        ]
        for context in found:
            context.custom_properties[f"{_CLEANED}{pipeline}"].int_value = 1
        store.put_contexts(found)


@contextlib.contextmanager
def _opened(place: Connection, writable: bool) -> Iterator[Any]:
    """Opens a store for a ``with`` block, and turns what ml_metadata raises in it into a Failure."""
    # MLMD's library tells of each connection to PostgreSQL on the terminal.
    os.environ.setdefault("GLOG_minloglevel", "2")
    try:
        import ml_metadata
        from google.protobuf import json_format
        from ml_metadata import errors
        from ml_metadata.proto import metadata_store_pb2
    except ImportError:
        raise Failure(NO_MLMD) from None
    message = json_format.ParseDict(place.fields, getattr(metadata_store_pb2, place.message)())
    if place.message == "MetadataStoreClientConfig":
        message.client_timeout_sec = _TIMEOUT
    elif message.HasField("sqlite"):
        modes = metadata_store_pb2.SqliteMetadataSourceConfig
        message.sqlite.connection_mode = modes.READWRITE if writable else modes.READONLY
    try:
        yield ml_metadata.MetadataStore(message)
    except (errors.StatusError, RuntimeError) as error:
        raise Failure(_cannot_read(place, error)) from None


def _cannot_read(place: Connection, error: Exception) -> str:
    text = " ".join(str(error).split()).rstrip(".")
    path = place.sqlite_path
    if path is not None:
        if "not a database" in text or "malformed" in text:
            return f"the metadata file {path} is no SQLite database, or a damaged one: restore it."
        # MLMD appends the statement, which says nothing to a user.
        text = text.replace("Error when executing query: ", "").partition(" query:")[0]
        return f"the metadata file {path} cannot be read: {text}."
    server = next((each for each in place.fields.values() if isinstance(each, Mapping)), place.fields)
    return f"the metadata store at {server['host']}:{server['port']} cannot be read: {text}."


def _read(store: Any) -> Stored:
    of_run = _names(store, "pipeline_run")
    of_pipeline = _names(store, "pipeline")
    of_node = _names(store, "node")
    executions = tuple(
        StoredExecution(
            id=each.id,
            type=each.type,
            state=_STATES.get(_state(each), "running"),
            created=each.create_time_since_epoch,
            updated=each.last_update_time_since_epoch,
            pipeline=of_pipeline.get(each.id, ""),
            run_id=of_run.get(each.id, ""),
            # A node's context is called PIPELINE.NODE.
            node=of_node.get(each.id, "").removeprefix(f"{of_pipeline.get(each.id, '')}."),
            properties={**_properties(each.properties), **_properties(each.custom_properties)},
        )
        for each in store.get_executions()
    )
    artifacts = tuple(
        StoredArtifact(
            id=each.id,
            type=each.type,
            name=each.name,
            uri=each.uri,
            state=_ARTIFACT_STATES.get(each.State.Name(each.state), "unknown"),
            created=each.create_time_since_epoch,
            properties=_properties(each.properties),
            custom_properties=_properties(each.custom_properties),
        )
        for each in store.get_artifacts()
    )
    events = tuple(_events(store, [each.id for each in executions]))
    return Stored(executions, artifacts, events, frozenset(_cleaned(store)))


def _cleaned(store: Any) -> Iterator[tuple[str, str]]:
    for context in _or_nothing(lambda: store.get_contexts_by_type("pipeline_run")):
        for name in context.custom_properties:
            if name.startswith(_CLEANED):
                yield str(name).removeprefix(_CLEANED), str(context.name)


def _state(execution: Any) -> str:
    return str(execution.State.Name(execution.last_known_state))


def _names(store: Any, context_type: str) -> dict[int, str]:
    """Returns execution id → name of its context of a type."""
    names = {}
    for context in _or_nothing(lambda: store.get_contexts_by_type(context_type)):
        for execution in store.get_executions_by_context(context.id):
            names[execution.id] = str(context.name)
    return names


def _or_nothing(read: Callable[[], Iterable[T]]) -> Iterable[T]:
    """Returns what is read, or nothing of a type that the store does not know."""
    from ml_metadata import errors

    try:
        return read()
    except errors.NotFoundError:
        return ()


def _events(store: Any, executions: list[int]) -> Iterator[StoredEvent]:
    for start in range(0, len(executions), _CHUNK):
        for event in store.get_events_by_execution_ids(executions[start : start + _CHUNK]):
            name = str(event.Type.Name(event.type))
            key = next((step.key for step in event.path.steps if step.HasField("key")), "")
            index = next((step.index for step in event.path.steps if step.HasField("index")), 0)
            if name.endswith(("INPUT", "OUTPUT")):
                yield StoredEvent(
                    event.execution_id, event.artifact_id, str(key), name.endswith("OUTPUT"), index
                )


def _properties(properties: Any) -> dict[str, Property]:
    """Returns properties as plain values."""
    values: dict[str, Property] = {}
    for name, value in properties.items():
        kind = value.WhichOneof("value")
        if kind == "struct_value":
            from google.protobuf import json_format

            values[name] = json_format.MessageToDict(value.struct_value)
        elif kind in ("int_value", "double_value", "string_value", "bool_value"):
            values[name] = getattr(value, kind)
    return values
