"""A copy of a metadata store for a dry run: what is written there nobody else ever sees."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import time
from pathlib import Path
from typing import Any

from ml_metadata import errors as mlmd_errors
from ml_metadata.proto import metadata_store_pb2

from tfxc.backends.launcher.node import metadata, server_copy
from tfxc.backends.launcher.node.metadata_calls import server_name
from tfxc.backends.launcher.node.sqlite_turns import sqlite_path
from tfxc.backends.launcher.protocol.before_import import LOCKED_PATIENCE
from tfxc.backends.launcher.protocol.values import Values, resolve
from tfxc.schemas.failures import Failure
from tfxc.schemas.plan import ImporterComponent, Plan, PlanQuery

_FILE = "metadata.sqlite"
_JOURNAL = "-journal"
"""What SQLite appends to a file's name for the transaction that is under way."""


def copy_of(config: Any, folder: Path, plan: Plan, values: Values) -> Any:
    """Returns the connection to a copy of a store, in the folder; an empty one if there is no store yet.

    Of a server's store what the Plan's pipeline did is copied, and what the pipelines did that it looks into.
    The store is only read, and a run that goes on meanwhile can write to it. Raises Failure for one that
    cannot be read.
    """
    original, copy = sqlite_path(config), folder / _FILE
    if original is None:
        return _copy_of_server(config, copy, plan, values)
    if Path(original).exists():
        try:
            _copy(Path(original), copy)
        except (sqlite3.DatabaseError, OSError) as error:
            raise Failure(f"the metadata file {original} cannot be read: {error}.") from None
    connection = metadata_store_pb2.ConnectionConfig()
    connection.CopyFrom(config)
    connection.sqlite.filename_uri = str(copy)
    return connection


def _copy_of_server(config: Any, copy: Path, plan: Plan, values: Values) -> Any:
    connection = metadata_store_pb2.ConnectionConfig()
    connection.sqlite.filename_uri = str(copy)
    connection.sqlite.connection_mode = metadata_store_pb2.SqliteMetadataSourceConfig.READWRITE_OPENCREATE
    metadata.prepare(connection)
    metadata.prepare(config)  # what is wrong with the server is told as in a run
    names, uris = {plan.name_in_tfx: None}, []
    for node in plan.nodes:
        sources = (source for each in node.inputs.values() for source in each)
        names |= {each.pipeline: None for each in sources if isinstance(each, PlanQuery) and each.pipeline}
        if isinstance(node.component, ImporterComponent) and "source_uri" in node.arguments:
            # An Importer takes up what anybody has registered under its URI.
            uris.append(str(resolve(node.arguments["source_uri"].value, values, f"{node.id}.source_uri")))
    try:
        server_copy.copy_pipelines(config, list(names), uris, copy)
    except (RuntimeError, mlmd_errors.StatusError, sqlite3.Error) as error:
        text = " ".join(str(error).split()).rstrip(".")
        raise Failure(f"{server_name(config)} cannot be read: {text}.") from None
    return connection


def _copy(original: Path, copy: Path) -> None:
    """Copies a database as it is between two transactions."""
    try:
        with (
            contextlib.closing(sqlite3.connect(f"{original.as_uri()}?mode=ro", uri=True)) as source,
            contextlib.closing(sqlite3.connect(copy)) as target,
        ):
            deadline = time.monotonic() + LOCKED_PATIENCE
            source.backup(target, progress=lambda *_: _end_at(deadline), sleep=0.05)
    except sqlite3.OperationalError as error:
        journal = original.with_name(original.name + _JOURNAL)
        if "readonly" not in str(error) or not journal.exists():
            raise
        # Whoever wrote there was killed. Only a writer may undo what was begun: it is done in the copy.
        shutil.copyfile(original, copy)
        shutil.copyfile(journal, copy.with_name(copy.name + _JOURNAL))


def _end_at(deadline: float) -> None:
    if time.monotonic() > deadline:
        raise sqlite3.OperationalError("it is locked by another process")
