"""What a metadata store in a SQLite file says, asked without TFX: its import takes seconds."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from tfxc.backends.launcher.protocol.values import Values, resolve
from tfxc.schemas.failures import Failure
from tfxc.schemas.plan import PlanMetadata, SqliteMetadata

_RUN = (
    "SELECT count(*) FROM Context JOIN Type ON Context.type_id = Type.id "
    "WHERE Type.name = 'pipeline_run' AND Context.name = ?"
)
"""Tables of ML Metadata: metadata_store/metadata_source of google/ml-metadata, schema version 10."""


def store_lacks_run(metadata: PlanMetadata, values: Values) -> bool:
    """Whether a store is known to hold nothing of a run: it was deleted, moved away or replaced.

    A store that cannot be asked (a server, a file that is locked or no database) is not known to.
    """
    if not isinstance(metadata, SqliteMetadata):
        return False
    try:
        path = Path(str(resolve(metadata.path, values, "metadata.sqlite.path"))).absolute()
    except Failure:
        return False
    if not path.exists():
        return True
    try:
        with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
            (found,) = database.execute(_RUN, [values.run_id]).fetchone()
    except sqlite3.Error:
        return False
    return bool(found == 0)
