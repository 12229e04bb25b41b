"""The examinations of models that are under way in the server while other nodes work."""

from __future__ import annotations

import os
from collections.abc import Callable

from tfxc.backends.launcher.processes.children import Child
from tfxc.backends.launcher.processes.supervisor import Supervisor

GRACE = 2.0
"""Seconds that an examination which is stopped gets to end by itself."""


class Examinations:
    """Children that examine models, by run.

    Each holds one end of a pipe. The other end is inherited by every child that is forked meanwhile, which
    can wait for the end of the examination there.
    """

    def __init__(self) -> None:
        self._under_way: dict[int, tuple[str, Child]] = {}
        """The descriptor that tells of the end → the run, and the child."""
        self._waiting: list[tuple[str, Callable[[], object]]] = []

    def start(self, supervisor: Supervisor, run_id: str, work: Callable[[], bytes], log: str) -> None:
        """Starts one. Where the system starts no further process, the model is left unexamined."""
        ends, held = os.pipe()

        def ended(*_: object) -> None:
            os.close(ends)
            del self._under_way[ends]
            self._tell()

        try:
            child = supervisor.start(work, log, ended, close=(ends, *self._under_way))
            self._under_way[ends] = (run_id, child)
        except OSError:
            os.close(ends)
        finally:
            os.close(held)

    def of(self, run_id: str) -> tuple[int, ...]:
        """Returns the descriptors that are readable when the examinations of a run are over."""
        return tuple(descriptor for descriptor, (run, _) in self._under_way.items() if run == run_id)

    def stop(self, supervisor: Supervisor, run_id: str) -> None:
        """Asks the examinations of a run to end; after `GRACE` seconds they are killed."""
        for run, child in list(self._under_way.values()):
            if run == run_id:
                supervisor.stop(child, "cancelled", GRACE)

    def after(self, run_id: str, then: Callable[[], object]) -> None:
        """Calls ``then`` when no examination of a run is under way."""
        self._waiting.append((run_id, then))
        self._tell()

    def _tell(self) -> None:
        ready = [each for each in self._waiting if not self.of(each[0])]
        self._waiting = [each for each in self._waiting if each not in ready]
        for _, then in ready:
            then()
