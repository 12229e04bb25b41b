"""Reads from a metadata file when each node of a run started and ended."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

STATES = {2: "running", 3: "done", 4: "failed", 5: "cached", 6: "cancelled"}
"""ml_metadata.Execution.State"""

QUERY = """
SELECT Context.name, Execution.last_known_state,
       Execution.create_time_since_epoch, Execution.last_update_time_since_epoch
FROM Execution
JOIN Association ON Association.execution_id = Execution.id
JOIN Context ON Context.id = Association.context_id
JOIN Type ON Type.id = Context.type_id AND Type.name = 'node'
WHERE Execution.create_time_since_epoch >= ?
ORDER BY Execution.id
"""


@dataclass(frozen=True)
class NodeTime:
    """When a node's execution was registered and when it was published, in seconds since the epoch."""

    node: str
    state: str
    started: float
    ended: float

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended - self.started


def read_node_times(metadata: Path, since: float) -> list[NodeTime]:
    """Returns the executions that began after `since` (seconds since the epoch), in their order.

    A node's name is that of its context without the pipeline's, the same for every runner.
    """
    with closing(sqlite3.connect(f"file:{metadata}?mode=ro", uri=True)) as connection:
        rows = connection.execute(QUERY, (int(since * 1000),)).fetchall()
    return [
        NodeTime(name.partition(".")[2] or name, STATES.get(state, str(state)), start / 1000, end / 1000)
        for name, state, start, end in rows
    ]
