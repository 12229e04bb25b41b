"""The report of a run: what `tfxc run --json` prints and ``summary.json`` holds.

The form is stable: within ``tfxc.run/1`` fields are added, never renamed or removed.
"""

from __future__ import annotations

from typing import Any, Literal, Optional

from pydantic import BaseModel, ConfigDict, Field

from tfxc.backends.launcher.protocol.message import LaunchError
from tfxc.backends.launcher.protocol.messages import Artifact
from tfxc.backends.launcher.protocol.summaries import (
    AlertSummary,
    AnomalySummary,
    EvaluationSummary,
    ModelSummary,
    PushSummary,
    StatisticsSummary,
    TriggerSummary,
)
from tfxc.backends.reports.states import NodeFinalState, RunState


class ReportModel(BaseModel):
    """Base of the report: frozen, unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NodeReport(ReportModel):
    """How one node ended."""

    node: str
    label: str = Field(default="", description="What people are shown for the node.")
    type: str = Field(description="The component's type as the spec names it.")
    state: NodeFinalState = Field(
        description="`cached` is a success that re-uses outputs; `not_run` is due to another node's failure."
    )
    reason: str = Field(default="", description="Why the node was skipped, not run, failed or cancelled.")
    attempts: int = Field(default=0, description="How many attempts were started.")
    seconds: float = Field(default=0.0, description="Wall time of all attempts together, without waits.")
    peak_memory: int = Field(
        default=0, description="The most memory an attempt used, in bytes; 0 if unknown."
    )
    execution_id: Optional[int] = Field(default=None, description="The execution's id in ML Metadata.")
    log: Optional[str] = Field(default=None, description="The file with all that the last attempt printed.")
    artifacts: tuple[Artifact, ...] = Field(default=(), description="What the node put out or re-used.")
    error: Optional[LaunchError] = Field(default=None, description="Why the last attempt failed.")

    @property
    def name(self) -> str:
        """What to call the node where people read."""
        return self.label or self.node


class LauncherReport(ReportModel):
    """What the process that imports TFX and starts the nodes took."""

    import_seconds: float = Field(default=0.0, description="Wall time of importing TFX.")
    peak_memory: int = Field(default=0, description="Its memory after the import, in bytes.")
    found_warm: bool = Field(default=False, description="Whether TFX had been imported before the run.")
    stays_seconds: float = Field(
        default=0.0, description="For how long TFX stays imported after the run, for the next one."
    )


class RunReport(ReportModel):
    """How a run ended and what it found out."""

    format: Literal["tfxc.run/1"] = "tfxc.run/1"
    pipeline: str
    run_id: str
    run_date: str
    state: RunState = Field(
        description="`succeeded` if no node failed, was cancelled or was not run because of a failure."
    )
    error: Optional[str] = Field(default=None, description="Why the run as a whole could not go on.")
    seconds: float = Field(description="Wall time from the start of the run to its end.")
    folder: str = Field(description="The run's folder, with logs and events.")
    parameters: dict[str, Any] = Field(description="The value of every parameter in this run.")
    nodes: tuple[NodeReport, ...] = Field(description="The nodes of this run, in the order of the graph.")
    evaluations: tuple[EvaluationSummary, ...] = ()
    anomalies: tuple[AnomalySummary, ...] = ()
    models: tuple[ModelSummary, ...] = ()
    pushes: tuple[PushSummary, ...] = ()
    statistics: tuple[StatisticsSummary, ...] = ()
    alerts: tuple[AlertSummary, ...] = ()
    triggers: tuple[TriggerSummary, ...] = ()
    notes: tuple[str, ...] = Field(
        default=(), description="What could not be read or written, a sentence each."
    )
    launcher: LauncherReport = LauncherReport()

    def to_json(self) -> str:
        """Returns the report as indented JSON with a final newline."""
        return self.model_dump_json(indent=2) + "\n"
