"""The folder of one run: what was run, what happened, and what each node printed.

It lies at ``<pipeline_root>/.tfxc/<run id>/``, or beside the spec in ``.tfxc/<run id>/`` where the
pipeline root is on another file system (``gs://…``)::

    run.json               run id, run date and parameters
    plan.json              the Plan as it was run
    modules/               the user's modules as they were when the run started
    launcher.log           what TFX printed while it was imported
    logs/NODE.ATTEMPT.log  all that an attempt printed
    events.jsonl           what happened, one event a line
    summary.json           the report, as `tfxc run --json` prints it
    summary.md             the same for people, in Markdown
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import shutil
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from tfxc.backends.launcher.protocol.values import Values, resolve
from tfxc.schemas.failures import Failure, WrongUse, because
from tfxc.schemas.plan import Plan
from tfxc.schemas.plan_file import PlanFormatError, load_plan
from tfxc.schemas.plan_values import is_uri
from tfxc.schemas.whole_files import write_whole

RUNS_FOLDER = ".tfxc"
_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class RunRecord(BaseModel):
    """What a resumed run must agree with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run_id: str
    run_date: str
    parameters: dict[str, Any]


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


def new_run_id(now: datetime) -> str:
    """Returns a run id such as ``20261123-175530-ab12``: later ones sort after earlier ones."""
    return f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def require_run_id(run_id: str) -> str:
    """Returns a run id that the user gives. Raises WrongUse if it cannot be the name of a folder."""
    if not _RUN_ID.fullmatch(run_id):
        raise WrongUse(
            f"`{run_id}` cannot be a run id: use at most 100 letters, digits, `.`, `_` and `-`, "
            f"beginning with a letter or digit."
        )
    return run_id


def run_folder(plan: Plan, values: Values, base_folder: Path) -> RunFolder:
    """Returns where the folder of a run lies; it need not be there yet.

    Raises Failure if the pipeline root refers to something that has no value.
    """
    root = resolve(plan.pipeline_root, values, "pipeline_root")
    if not isinstance(root, str) or not root:
        raise Failure(f"pipeline_root must be a path, but it is {root!r}.")
    runs = base_folder / RUNS_FOLDER if is_uri(root) else Path(root) / RUNS_FOLDER
    return RunFolder(runs / values.run_id)


def claim_folder(folder: RunFolder) -> int:
    """Creates the folder of a run, makes this process the only one that uses it, and returns the lock.

    The lock is a file descriptor and ends with the process. Raises Failure with a sentence that
    names the file if the folder cannot be created or another process runs this run.
    """
    lock = folder.path / "lock"
    try:
        folder.logs.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise cannot_record(error, folder) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise Failure(
            f"run {folder.path.name} is being run by another process: wait for it, or start another run."
        ) from None
    except OSError:
        # A file system without locks: there, two runs of one id are the user's own doing.
        pass
    with contextlib.suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{socket.gethostname()}\n".encode())
    return descriptor


def forget_folder(folder: RunFolder) -> None:
    """Removes the folder of a run that never was, if it holds nothing of one."""
    with contextlib.suppress(OSError):
        folder.logs.rmdir()
        if [each.name for each in folder.path.iterdir()] == ["lock"]:
            (folder.path / "lock").unlink()
            folder.path.rmdir()


def fill_folder(
    folder: RunFolder, plan: Plan, record: RunRecord, modules: Mapping[PurePosixPath, bytes]
) -> None:
    """Writes a run's record, Plan and modules, in place of those of an earlier part of it.

    Raises Failure with a sentence that names the file.
    """
    try:
        ignore = folder.path.parent / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
        if folder.modules.exists():
            shutil.rmtree(folder.modules)
        folder.modules.mkdir()
        for path, content in modules.items():
            target = folder.path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        write_whole(folder.plan, plan.to_json())
        write_whole(folder.record, record.model_dump_json(indent=2) + "\n")
    except OSError as error:
        raise cannot_record(error, folder) from None


def cannot_record(error: OSError, folder: RunFolder) -> Failure:
    """Returns the failure of a run whose folder cannot be written."""
    return Failure(
        f"the run cannot be recorded under the pipeline root, {because(error, folder.path)}; nothing was "
        f"run. Make the folder writable, or choose another pipeline_root."
    )


def earlier_record(folder: RunFolder) -> RunRecord | None:
    """Returns the record of an earlier part of this run, or None if there is none."""
    try:
        return RunRecord.model_validate_json(folder.record.read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None


def earlier_plan(folder: RunFolder) -> Plan | None:
    """Returns the Plan of an earlier part of this run, or None if there is none.

    Raises WrongUse if there is one that this version of tfxc does not read.
    """
    try:
        text = folder.plan.read_text(encoding="utf-8")
    except OSError:
        return None
    try:
        return load_plan(text, str(folder.plan))
    except PlanFormatError as error:
        raise WrongUse(f"run {folder.path.name} cannot be gone on with: {error}") from None
