"""The folder of one run: what was run, what happened, and what each node printed.

It lies at ``<pipeline_root>/.tfxc/<run id>/``, or beside the spec in ``.tfxc/<run id>/`` where the
pipeline root is on another file system (``gs://…``)::

    run.json               run id, run date, parameters, versions and git revision
    plan.json              the Plan as it was run
    modules/               the user's modules as they were when the run started
    launcher.log           what TFX printed while it was imported
    logs/NODE.ATTEMPT.log  all that an attempt printed
    events.jsonl           what happened, one event a line
    summary.json           the report, as `tfxc run --json` prints it
    summary.md             the same for people, in Markdown
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from pydantic import BaseModel, ConfigDict

from tfxc.backends.launcher.protocol.values import Values, resolve
from tfxc.schemas.failures import Failure
from tfxc.schemas.plan import Plan
from tfxc.schemas.plan_file import load_plan
from tfxc.schemas.plan_values import is_uri

RUNS_FOLDER = ".tfxc"


class RevisionRecord(BaseModel):
    """The commit of the repository that a spec lies in, and whether files there differ from it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    commit: str
    dirty: bool


class RunRecord(BaseModel):
    """What a resumed run must agree with; and, for whoever looks at it later, what it was run with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run_id: str
    run_date: str
    parameters: dict[str, Any]
    tfx_version: Optional[str] = None
    tfxc_version: Optional[str] = None
    revision: Optional[RevisionRecord] = None


@dataclass(frozen=True)
class RunFolder:
    """The places in a run's folder."""

    path: Path

    @property
    def record(self) -> Path:
        return self.path / "run.json"

    @property
    def plan(self) -> Path:
        return self.path / "plan.json"

    @property
    def modules(self) -> Path:
        return self.path / "modules"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def events(self) -> Path:
        return self.path / "events.jsonl"

    @property
    def launcher_log(self) -> Path:
        return self.path / "launcher.log"

    @property
    def summary(self) -> Path:
        return self.path / "summary.json"

    @property
    def summary_page(self) -> Path:
        return self.path / "summary.md"

    def next_log(self, node: str) -> Path:
        """Returns the path of a node's next log: no attempt, not of a resumed run either, overwrites one."""
        number = 1
        while (log := self.logs / f"{node}.{number}.log").exists():
            number += 1
        return log


def run_folder(plan: Plan, values: Values, base_folder: Path) -> RunFolder:
    """Returns where the folder of a run lies; it need not be there yet.

    Raises Failure if the pipeline root refers to something that has no value.
    """
    root = resolve(plan.pipeline_root, values, "pipeline_root")
    if not isinstance(root, str) or not root:
        raise Failure(f"pipeline_root must be a path, but it is {root!r}.")
    runs = base_folder / RUNS_FOLDER if is_uri(root) else Path(root) / RUNS_FOLDER
    return RunFolder(runs / values.run_id)


def earlier_record(folder: RunFolder) -> RunRecord | None:
    """Returns the record of an earlier part of this run, or None if there is none."""
    try:
        return RunRecord.model_validate_json(folder.record.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # of which pydantic's and that of bytes that are no text are some
        return None


def earlier_plan(folder: RunFolder) -> Plan | None:
    """Returns the Plan of an earlier part of this run, or None if there is none.

    Raises PlanFormatError if there is one that this version of tfxc does not read.
    """
    try:
        text = folder.plan.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return load_plan(text, str(folder.plan))
