"""A copy of a metadata store for a dry run: what is written there nobody else ever sees."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import time
from pathlib import Path
from typing import Any

from ml_metadata.proto import metadata_store_pb2

from tfxc.backends.launcher.node import metadata
from tfxc.backends.launcher.protocol.before_import import LOCKED_PATIENCE
from tfxc.schemas.failures import Failure

NOT_COPIED = (
    "a dry run works on a copy of the metadata store, and this one is a server's: what is cached can be told "
    "only where `metadata` is a SQLite file."
)
_FILE = "metadata.sqlite"
_JOURNAL = "-journal"
"""What SQLite appends to a file's name for the transaction that is under way."""


def copy_of(config: Any, folder: Path) -> Any:
    """Returns the connection to a copy of a store, in the folder; an empty one if there is no store yet.

    The store is only read, and a run that goes on meanwhile can write to it. Raises Failure for one that
    cannot be read, or that is a server's.
    """
    original, copy = metadata.sqlite_path(config), folder / _FILE
    if original is None:
        raise Failure(NOT_COPIED)
    if Path(original).exists():
        try:
            _copy(Path(original), copy)
        except (sqlite3.DatabaseError, OSError) as error:
            raise Failure(f"the metadata file {original} cannot be read: {error}.") from None
    connection = metadata_store_pb2.ConnectionConfig()
    connection.CopyFrom(config)
    connection.sqlite.filename_uri = str(copy)
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
