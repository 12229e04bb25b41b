"""A copy of what a pipeline has in a metadata server, as a SQLite file: for a dry run.

MLMD has no way to put something under a given id, and the ids, types and times of artifacts are part of TFX's
cache keys. So what MLMD reads from the server is written into the tables that it has made in the file: those
of ``metadata_source_queries`` in ``ml_metadata/util/metadata_source_query_config.cc``, schema version 10.
"""

from __future__ import annotations

import base64
import contextlib
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Optional

import ml_metadata
from ml_metadata import errors as mlmd_errors
from ml_metadata.proto import metadata_store_pb2

_BATCH = 50
"""Executions whose neighbours are asked for at once: MLMD starts from a hundred at most."""
_KINDS = {"execution": 0, "artifact": 1, "context": 2}
"""``TypeKind`` in the table of types."""
_TIMES = ("create_time_since_epoch", "last_update_time_since_epoch")
_VALUES = ("int_value", "double_value", "string_value", "proto_value", "bool_value")
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "Type": ("id", "name", "version", "type_kind", "description", "external_id"),
    "TypeProperty": ("type_id", "name", "data_type"),
    "ParentType": ("type_id", "parent_type_id"),
    "Artifact": ("id", "type_id", "uri", "state", "name", "external_id", *_TIMES),
    "Execution": ("id", "type_id", "last_known_state", "name", "external_id", *_TIMES),
    "Context": ("id", "type_id", "name", "external_id", *_TIMES),
    "ArtifactProperty": ("artifact_id", "name", "is_custom_property", *_VALUES),
    "ExecutionProperty": ("execution_id", "name", "is_custom_property", *_VALUES),
    "ContextProperty": ("context_id", "name", "is_custom_property", *_VALUES),
    "Event": ("artifact_id", "execution_id", "type", "milliseconds_since_epoch"),
    "EventPath": ("event_id", "is_index_step", "step_index", "step_key"),
    "Association": ("context_id", "execution_id"),
    "Attribution": ("context_id", "artifact_id"),
}
"""What is written of each table, in the order in which it is."""
_STRUCT = "mlmd-struct::"
"""Begins a property's text that is a message of MLMD's."""
_APART = 1000
"""More than the types that MLMD makes itself."""


def copy_pipelines(config: Any, names: Collection[str], uris: Collection[str], copy: Path) -> None:
    """Writes what these pipelines did, and artifacts with these URIs, into a file in which MLMD has made its
    tables. The server is only read.

    Raises what MLMD raises if it cannot be, and sqlite3.Error.
    """
    store = ml_metadata.MetadataStore(config)
    with contextlib.closing(sqlite3.connect(copy)) as database, database:
        _types(store, database)
        for name in names:
            try:
                context = store.get_context_by_type_and_name("pipeline", name)
            except mlmd_errors.NotFoundError:
                context = None
            if context is None:
                continue
            _contexts(database, [context])
            ids = [execution.id for execution in store.get_executions_by_context(context.id)]
            for start in range(0, len(ids), _BATCH):
                _around(store, database, ids[start : start + _BATCH])
        for uri in uris:
            _artifacts(database, store.get_artifacts_by_uri(uri))


def _around(store: Any, database: sqlite3.Connection, ids: Sequence[int]) -> None:
    """Copies executions with the artifacts that they read and made, and the contexts of all these."""
    options = metadata_store_pb2.LineageSubgraphQueryOptions(max_num_hops=1)
    options.starting_executions.filter_query = f"id IN ({', '.join(map(str, ids))})"
    graph = store.get_lineage_subgraph(options)
    for each in graph.executions:
        row = (each.id, each.type_id, each.last_known_state, each.name or None, each.external_id or None)
        _put(database, "Execution", (*row, each.create_time_since_epoch, each.last_update_time_since_epoch))
        _properties(database, "Execution", each)
    _artifacts(database, graph.artifacts)
    _contexts(database, graph.contexts)
    for each in graph.associations:
        _put(database, "Association", (each.context_id, each.execution_id))
    for each in graph.attributions:
        _put(database, "Attribution", (each.context_id, each.artifact_id))
    for each in graph.events:
        time = each.milliseconds_since_epoch
        number = _put(database, "Event", (each.artifact_id, each.execution_id, each.type, time))
        for step in each.path.steps if number is not None else ():
            is_index = step.HasField("index")
            place = (step.index, None) if is_index else (None, step.key)
            _put(database, "EventPath", (number, is_index, *place))


def _artifacts(database: sqlite3.Connection, artifacts: Iterable[Any]) -> None:
    for each in artifacts:
        state = each.state if each.HasField("state") else None
        row = (each.id, each.type_id, each.uri, state, each.name or None, each.external_id or None)
        _put(database, "Artifact", (*row, each.create_time_since_epoch, each.last_update_time_since_epoch))
        _properties(database, "Artifact", each)


def _contexts(database: sqlite3.Connection, contexts: Iterable[Any]) -> None:
    for each in contexts:
        row = (each.id, each.type_id, each.name, each.external_id or None)
        _put(database, "Context", (*row, each.create_time_since_epoch, each.last_update_time_since_epoch))
        _properties(database, "Context", each)


def _types(store: Any, database: sqlite3.Connection) -> None:
    """Copies all types under their ids; MLMD's own, which it has made in the file, get other ones."""
    found = [
        (kind, each)
        for kind, types in (
            ("execution", store.get_execution_types()),
            ("artifact", store.get_artifact_types()),
            ("context", store.get_context_types()),
        )
        for each in types
    ]
    above = max((each.id for _, each in found), default=0) + _APART
    for table, column in (("Type", "id"), ("TypeProperty", "type_id")):
        database.execute(f"UPDATE {table} SET {column} = {column} + ?", (above,))  # noqa: S608 - names of ours
    own = {name: number for number, name in database.execute("SELECT id, name FROM Type")}
    for kind, each in found:
        row = (each.id, each.name, each.version or None, _KINDS[kind], each.description or None)
        _put(database, "Type", (*row, each.external_id or None))
        for name, data_type in each.properties.items():
            _put(database, "TypeProperty", (each.id, name, data_type))
        parent = own.get(_base_type(each) or "")
        if parent is not None:
            _put(database, "ParentType", (each.id, parent))


def _base_type(found: Any) -> Optional[str]:
    """Returns MLMD's own type that a type extends: TFX's artifact types are datasets, models and so on."""
    if not hasattr(found, "base_type") or not found.base_type:
        return None
    enum = found.DESCRIPTOR.fields_by_name["base_type"].enum_type
    option = metadata_store_pb2.system_type_extension
    simple: str = enum.values_by_number[found.base_type].GetOptions().Extensions[option].type_name
    return simple


def _properties(database: sqlite3.Connection, table: str, owner: Any) -> None:
    for is_custom, values in ((False, owner.properties), (True, owner.custom_properties)):
        for name, value in values.items():
            _put(database, f"{table}Property", (owner.id, name, is_custom, *_columns(value)))


def _columns(value: Any) -> Iterator[Any]:
    """Yields a value in the column of its kind, and None for the others."""
    kind = value.WhichOneof("value")
    content: Any = getattr(value, kind) if kind else None
    if kind == "struct_value":
        kind = "string_value"
        content = _STRUCT + base64.b64encode(content.SerializeToString()).decode()
    elif kind == "proto_value":
        content = content.SerializeToString()
    for column in _VALUES:
        yield content if column == kind else None


def _put(database: sqlite3.Connection, table: str, row: Sequence[Any]) -> Optional[int]:
    """Inserts a row, and returns its number; None if it is there already."""
    columns, marks = ", ".join(_COLUMNS[table]), ", ".join("?" * len(row))
    statement = f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608 - names of ours
    done = database.execute(statement, tuple(row))
    return done.lastrowid if done.rowcount > 0 else None
