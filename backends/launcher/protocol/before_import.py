"""What can be known to fail before TFX is imported, which takes seconds: told at once.

The launcher finds the same later, with the same words.
"""

from __future__ import annotations

import contextlib
import os
import posixpath
import sqlite3
from collections.abc import Container
from pathlib import Path

from tfxc.backends.launcher.protocol.values import Values, resolve
from tfxc.schemas.diagnostics import Path as Place
from tfxc.schemas.failures import Failure
from tfxc.schemas.plan import Plan, SqliteMetadata
from tfxc.schemas.plan_places import PlacedValue
from tfxc.schemas.plan_places import values as placed_values
from tfxc.schemas.plan_values import KNOWN_TO_A_NODE, parts, reference, references_in

LOCKED_PATIENCE = 30.0
"""Seconds for which a locked database is waited for, and an aborted transaction tried again."""


def check_before_import(plan: Plan, values: Values, nodes: Container[str]) -> None:
    """Looks whether all values can be resolved and a SQLite store can be used.

    ``nodes`` are those that will run: what only the others need in their own environment is not
    looked at. The folder of the store is made. Raises Failure.
    """
    check_values(plan, values, nodes)
    if isinstance(plan.metadata, SqliteMetadata):
        path = resolve(plan.metadata.path, values, "metadata.sqlite.path")
        if isinstance(path, str):
            check_sqlite_file(str(Path(path).absolute()))


def check_values(plan: Plan, values: Values, nodes: Container[str]) -> None:
    """Looks whether all values can be resolved that some nodes need, and touches nothing. Raises Failure."""
    for placed in placed_values(plan):
        if placed.node is not None and placed.node not in nodes and placed.inside[:2] == ("execution", "env"):
            continue
        _resolve(placed, values)


def _resolve(placed: PlacedValue, values: Values) -> None:
    """Looks whether a value can be resolved, but for what only a node's own execution knows."""
    if not any(part.form in KNOWN_TO_A_NODE for part in parts(placed.value)):
        resolve(placed.value, values, _name(placed.place))
        return
    for target in references_in(placed.value):
        resolve(reference(target), values, _name(placed.place))


def _name(place: Place) -> str:
    """Returns what messages call a place in the document."""
    return ".".join(str(part) for part in (place[1:] if place[0] == "components" else place))


def check_sqlite_file(path: str) -> None:
    """Raises Failure if an absolute path cannot be a SQLite database that we may write."""
    folder = posixpath.dirname(path)
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Failure(
            f"the folder {folder} of the metadata file cannot be created: {error.strerror}."
        ) from None
    file = Path(path)
    if file.is_dir():
        raise Failure(f"the metadata file {path} is a folder: name a file in `metadata.sqlite.path`.")
    if not file.exists():
        if not os.access(folder, os.W_OK):
            raise Failure(f"the metadata file {path} cannot be created: {folder} is read-only.")
        return
    if not os.access(path, os.R_OK | os.W_OK):
        raise Failure(f"the metadata file {path} may not be read and written by this user.")
    _check_sqlite_content(path)


def _check_sqlite_content(path: str) -> None:
    """Raises Failure if a file is no SQLite database, or stays locked.

    MLMD would find out too, but only after minutes of trying again.
    """
    try:
        with contextlib.closing(sqlite3.connect(path, LOCKED_PATIENCE, isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
            database.execute("ROLLBACK")
    except sqlite3.DatabaseError as error:
        if "locked" in str(error):
            raise Failure(
                f"the metadata file {path} is locked by another process: wait for it to end, or stop it."
            ) from None
        if "readonly" in str(error):
            raise Failure(f"the metadata file {path} is read-only.") from None
        raise Failure(
            f"the metadata file {path} is no SQLite database: name another file in "
            f"`metadata.sqlite.path`, or move this one away."
        ) from None
