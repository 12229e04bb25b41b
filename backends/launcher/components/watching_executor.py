"""What the executors have in common that act on what a run has found."""

from __future__ import annotations

from typing import Any, Optional

from tfx.dsl.components.base import base_executor

from tfxc.backends.launcher.components.run_so_far import RunSoFar


class WatchingExecutor(base_executor.BaseExecutor):  # type: ignore[misc]
    """An executor that is told of the run so far."""

    def __init__(self, context: Optional[Any] = None, run: Optional[RunSoFar] = None) -> None:
        super().__init__(context)
        self._run = run or RunSoFar()

    @property
    def _node(self) -> str:
        return self._run.node or str(self._context.pipeline_node.node_info.id)

    @property
    def _pipeline(self) -> str:
        info = self._context.pipeline_info
        return self._run.pipeline or (str(info.id) if info is not None else "")

    @property
    def _run_id(self) -> str:
        return str(self._context.pipeline_run_id or self._run.values.run_id)
