"""Carrying out a `Cleaning`, so that a run that goes on beside it loses nothing.

Artifacts are first marked DELETED: from then on nothing takes them up. Whatever was taken up until then by
a run that goes on shows in the store when it is read again, and is given back. Only then are files removed,
and at last the folders of the runs. Killed in between, or left by an object store, it leaves files that the
next cleaning removes.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tfxc.backends.metadata.cleaning import Cleaning, RemovedArtifact, stored_uses
from tfxc.backends.metadata.object_stores import remove_folders
from tfxc.backends.metadata.past import Past
from tfxc.backends.metadata.run_folder import RunFolder
from tfxc.backends.metadata.store import mark_artifacts, mark_cleaned, read_store
from tfxc.schemas.failures import because
from tfxc.schemas.plan_values import is_uri

SETTLE = 1.0
"""Seconds between looking into the cache and publishing what was found there, with room to spare."""


@dataclass(frozen=True)
class Removed:
    """What was removed, and what could not be, a sentence each."""

    cleaning: Cleaning
    bytes: int
    problems: tuple[str, ...] = ()


def size_of(folder: Path) -> int:
    """Returns the bytes of the files in a folder."""
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += Path(path, name).lstat().st_size
    return total


def bytes_of(cleaning: Cleaning) -> int:
    """Returns how many bytes a cleaning frees, as far as it is known of object stores."""
    folders = {Path(each.folder) for each in cleaning.artifacts if not each.is_remote}
    remote = {each.folder: each.bytes or 0 for each in cleaning.artifacts if each.is_remote}
    return sum(map(size_of, folders | {each.path for each in cleaning.folders})) + sum(remote.values())


def remove(
    past: Past,
    cleaning: Cleaning,
    wait: Callable[[float], None] = time.sleep,
    remove_remote: Callable[[Sequence[str]], list[str]] = remove_folders,
) -> Removed:
    """Removes what a cleaning names, and tells the store. Raises Failure if the store cannot be written.

    A run whose folder another process has taken up in the meantime is left alone, and with it its outputs.
    """
    with contextlib.ExitStack() as stack:
        busy = {folder.path for folder in cleaning.folders if not stack.enter_context(_held(folder))}
        free = _without(cleaning, busy)
        ids = [each.artifact.id for each in free.artifacts]
        mark_artifacts(past.connection, ids, "DELETED")
        if ids:
            wait(SETTLE if any(run.state == "running" for run in past.runs) else 0.0)
        taken = _taken_since(past, ids)
        mark_artifacts(past.connection, taken, "LIVE")
        going = tuple(each for each in free.artifacts if each.artifact.id not in taken)
        done = replace(free, artifacts=going)
        freed = bytes_of(done)
        folders = dict.fromkeys(folder for each in going for folder in _folders(each))
        problems = remove_remote([folder for folder in folders if is_uri(folder)])
        problems += [text for folder in folders if not is_uri(folder) for text in _remove(Path(folder))]
        mark_cleaned(past.connection, past.plan.name, [run.id for run in done.runs])
        problems += [text for folder in done.folders for text in _remove(folder.path)]
    return Removed(done, freed, tuple(problems))


@contextlib.contextmanager
def _held(folder: RunFolder) -> Iterator[bool]:
    """Holds the folder of a run for a ``with`` block, so that nobody goes on with it; false if one does."""
    try:
        descriptor = os.open(folder.path / "lock", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        yield True  # no lock: nothing has it
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    except OSError:
        yield True  # a file system without locks
    else:
        yield True
    finally:
        os.close(descriptor)


def _without(cleaning: Cleaning, busy: set[Path]) -> Cleaning:
    """Returns a cleaning without the runs whose folders are taken."""
    if not busy:
        return cleaning
    runs = {folder.path.name for folder in cleaning.folders if folder.path in busy}
    return replace(
        cleaning,
        runs=tuple(run for run in cleaning.runs if run.id not in runs),
        folders=tuple(each for each in cleaning.folders if each.path not in busy),
        artifacts=tuple(each for each in cleaning.artifacts if not _touched_by(each, runs)),
    )


def _touched_by(each: RemovedArtifact, runs: set[str]) -> bool:
    artifact = each.artifact
    uses = (artifact.maker, *artifact.reusers, *artifact.consumers)
    return any(use is not None and use.run_id in runs for use in uses)


def _taken_since(past: Past, ids: list[int]) -> set[int]:
    """Returns which artifacts have been taken up since the store was read."""
    if not ids:
        return set()
    new = stored_uses(read_store(past.connection)) - stored_uses(past.stored)
    return {artifact for _, artifact in new} & set(ids)


def _folders(each: RemovedArtifact) -> tuple[str, str]:
    """Returns the folder of an artifact and the executor's own of the same execution."""
    node, _, name = each.folder.rsplit("/", 2)
    return each.folder, f"{node}/.system/executor_execution/{name}"


def _remove(folder: Path) -> Iterator[str]:
    """Removes a folder, and yields why not. A link is removed, and not what it leads to."""
    try:
        if folder.is_symlink():
            folder.unlink()
        elif folder.is_dir():
            shutil.rmtree(folder)
    except OSError as error:
        yield f"{because(error, folder)}: it was not removed"
