"""The past of a pipeline: what its metadata store says, and what lies in the folders of its runs here."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tfxc.backends.launcher.protocol.connection import Connection, connection
from tfxc.backends.launcher.protocol.values import Values
from tfxc.backends.metadata.folder_runs import FolderRun, read_folder_run, with_folder
from tfxc.backends.metadata.history import began, history_of
from tfxc.backends.metadata.run_folder import RunFolder, earlier_plan, run_folder
from tfxc.backends.metadata.store import read_store
from tfxc.backends.metadata.stored import Stored
from tfxc.backends.metadata.values import History, Run
from tfxc.schemas.failures import Failure, WrongUse
from tfxc.schemas.plan import Plan
from tfxc.schemas.plan_file import PlanFormatError
from tfxc.schemas.words.wording import counted

LATEST = "latest"
_BEFORE_LATEST = re.compile(r"latest(?:~([0-9]{1,6}))?")
_NO_RUN = ".none"
"""A run id that no run can have."""


@dataclass(frozen=True)
class Past:
    """A pipeline's history, and where it was read.

    ``folders`` are the run folders on this machine, by run id. ``runs_folder`` is where they lie;
    None where each run has a place of its own.
    """

    plan: Plan
    base_folder: Path
    connection: Connection
    stored: Stored
    history: History
    folders: Mapping[str, RunFolder] = field(default_factory=dict)

    @property
    def runs(self) -> tuple[Run, ...]:
        """The runs, oldest first."""
        return self.history.runs

    def run(self, name: str) -> Run:
        """Returns the run of an id, of the beginning of one, or the ``latest``. Raises WrongUse.

        ``latest~1`` is the one before the latest, and so on.
        """
        if not self.runs:
            raise WrongUse(f"there are no runs of {self.plan.name} yet: `tfxc run` makes one.")
        steps = _BEFORE_LATEST.fullmatch(name)
        if steps is not None:
            back = int(steps[1] or 0)
            if back < len(self.runs):
                return self.runs[-1 - back]
            raise WrongUse(
                f"`{name}` is no run of {self.plan.name}, which has {counted(len(self.runs), 'run')}."
            )
        for run in self.runs:
            if run.id == name:
                return run
        near = [run for run in self.runs if name and run.id.startswith(name)]
        if len(near) == 1:
            return near[0]
        if near:
            shown = ", ".join(run.id for run in near[-5:])
            raise WrongUse(f"`{name}` is the beginning of {len(near)} run ids: {shown}; write more of it.")
        raise WrongUse(
            f"there is no run `{name}` of {self.plan.name}: `tfxc runs` lists them, the latest is"
            f" {self.runs[-1].id}."
        )


def plan_of(past: Past, run: Run) -> Plan:
    """Returns the Plan that a run was run with, or the pipeline's of now if it left none that can be read."""
    try:
        plan = earlier_plan(RunFolder(Path(run.folder))) if run.folder is not None else None
    except (PlanFormatError, UnicodeDecodeError):
        plan = None
    return plan or past.plan


def read_past(
    plan: Plan,
    base_folder: Path,
    parameters: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Past:
    """Returns the past of a Plan's pipeline. Nothing is created or changed by looking.

    ``parameters`` are those that the places of store and runs may depend on; defaults if not given.
    Raises Failure if the store cannot be read.
    """
    known = {each.name: each.default for each in plan.parameters if each.default is not None}
    surroundings = os.environ if environment is None else environment
    base = base_folder.absolute()
    values = Values({**known, **(parameters or {})}, _NO_RUN, "", surroundings, str(base))
    place = connection(plan.metadata, values)
    stored = read_store(place)
    history = history_of(stored, plan, str(base))
    in_folders = {each.run_id: each for each in _folder_runs(plan, base, values, history)}
    runs = [
        with_folder(run, in_folders.pop(run.id), plan) if run.id in in_folders else run
        for run in history.runs
    ]
    folders = {run.id: RunFolder(Path(run.folder)) for run in runs if run.folder is not None}
    for alone in in_folders.values():
        runs.append(alone.alone(plan))
        folders[alone.run_id] = alone.folder
    whole = replace(history, runs=tuple(sorted(runs, key=began)))
    return Past(plan, base, place, stored, whole, folders)


def _folder_runs(plan: Plan, base: Path, values: Values, history: History) -> Iterator[FolderRun]:
    """Yields the runs of this pipeline that have a folder here."""
    folders = dict.fromkeys(_folder(plan, base, replace(values, run_id=run.id)) for run in history.runs)
    beside = _folder(plan, base, values)
    if beside is not None and beside.parent.is_dir():
        folders.update(dict.fromkeys(sorted(beside.parent.iterdir())))
    for path in folders:
        if path is not None and path.is_dir():
            found = read_folder_run(RunFolder(path))
            if found is not None and found.pipeline == plan.name:
                yield found


def _folder(plan: Plan, base: Path, values: Values) -> Path | None:
    try:
        return run_folder(plan, values, base).path
    except Failure:
        return None  # the root depends on what only the run knows
