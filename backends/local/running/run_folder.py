"""Making and filling the folder of a run; `tfxc.backends.metadata.run_folder` says what lies in it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import shutil
import socket
from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePosixPath

from tfxc.backends.metadata.run_folder import RunFolder, RunRecord
from tfxc.schemas.failures import Failure, WrongUse, because
from tfxc.schemas.plan import Plan
from tfxc.schemas.whole_files import write_whole

_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


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
