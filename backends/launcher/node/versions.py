"""Putting a model into the folder of a model server, as a new version that is whole or is not there.

A server loads the highest number that it finds below its base folder, as soon as it is there. So the
files are first copied into a hidden folder beside, whose name is no number, and one `rename` makes them
the version.

An object store has no rename, nor have some that are mounted as a folder. There the files are copied in
place, ``saved_model.pb`` last, which is what servers wait for; beside them lies, for as long, a marker that
says which version is unfinished.

What a push leaves that was killed is found by its name: ``.tfxc-push-<token>-<host>``. The token is that of
the execution (`token_of`). On one machine a lock says whether the process is still there.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import posixpath
import re
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Optional

from tfx.dsl.io import fileio
from tfx.utils import io_utils

from tfxc.backends.launcher.node.sqlite_turns import sqlite_path
from tfxc.schemas.plan_values import is_uri

_PREFIX = ".tfxc-push-"
_SAVED_MODEL = "saved_model.pb"
_CANNOT_RENAME = frozenset({errno.EMFILE, errno.ENOSYS, errno.EOPNOTSUPP, errno.EXDEV})
"""What a file system says that has no rename of folders; EMFILE is gcsfuse's word for it."""


class _NoRenameError(Exception):
    """The file system has no rename of folders."""


def token_of(connection: Any, execution_id: int) -> str:
    """Returns what names an execution among those of all metadata stores: the same in every process."""
    store = sqlite_path(connection) or repr(connection)
    return hashlib.sha256(f"{store}\n{execution_id}".encode()).hexdigest()[:16]


def put(model: str, base: str, token: str, clock: Callable[[], float] = time.time) -> str:
    """Copies a model's folder below ``base`` as a new version and returns the version's number.

    The number is the time in seconds, as TFX's is, or the next one that is free: a version that is there is
    never written to. Whatever this raises, no part of the model is left; after a SIGKILL `remove_unfinished`
    and the next push to the same folder remove it.
    """
    fileio.makedirs(base)
    folder, version = base.rstrip("/") or "/", int(clock())
    if not is_uri(base):
        with contextlib.suppress(_NoRenameError):
            return str(_put_beside(model, folder, token, version))
    return str(_put_in_place(model, folder, token, version))


def _put_beside(model: str, base: str, token: str, version: int) -> int:
    """Copies a folder beside, and renames it to the first version that is free. Raises _NoRenameError."""
    _sweep(Path(base))
    aside = Path(base, f"{_PREFIX}{token}-{_host()}")
    # Removed while it is still claimed: what nobody claims another push takes for a dead one's, and removes.
    with _claimed(aside), _removed_after(str(aside)):
        whole = aside / "model"
        io_utils.copy_dir(model, str(whole))
        while True:
            target = Path(base, str(version))
            # A folder that is not empty cannot be renamed to, so no other push is overwritten in between.
            if not os.path.lexists(target):
                try:
                    whole.rename(target)
                except OSError as error:
                    if error.errno in _CANNOT_RENAME:
                        raise _NoRenameError from error
                    if not os.path.lexists(target):
                        raise
                else:
                    return version
            version += 1


def _put_in_place(model: str, base: str, token: str, version: int) -> int:
    """Copies a folder to where it is served from, the file that servers wait for last."""
    while fileio.exists(f"{base}/{version}"):
        version += 1
    target, marker = f"{base}/{version}", f"{base}/{_PREFIX}{token}-{_host()}"
    source = model.rstrip("/")
    with _removed_after(marker):
        _write(marker, str(version))
        try:
            io_utils.copy_dir(source, target, deny_regex_patterns=[f"^{re.escape(source)}/{_SAVED_MODEL}$"])
            if fileio.exists(f"{source}/{_SAVED_MODEL}"):
                io_utils.copy_file(f"{source}/{_SAVED_MODEL}", f"{target}/{_SAVED_MODEL}")
        except BaseException:
            _remove(target)
            raise
    return version


def remove_unfinished(destination: str, token: str) -> None:
    """Removes what a killed execution has left of its push. ``destination`` is the JSON of its
    PushDestination, as MLMD has it; where it names no folder, nothing is done."""
    base = _base_directory(destination)
    if base is None or not fileio.isdir(base):
        return
    for name in fileio.listdir(base):
        left = f"{base}/{name.rstrip('/')}"
        if not posixpath.basename(left).startswith(f"{_PREFIX}{token}-"):
            continue
        if not fileio.isdir(left):
            _remove_marked(base, left)
        _remove(left)


def _remove_marked(base: str, marker: str) -> None:
    """Removes the version that a marker names, unless it was whole when its push was killed."""
    version = fileio.open(marker, "r").read().strip()
    if version.isdigit() and not fileio.exists(f"{base}/{version}/{_SAVED_MODEL}"):
        _remove(f"{base}/{version}")


def _base_directory(destination: str) -> Optional[str]:
    """Returns the folder of a PushDestination's JSON, or None."""
    try:
        base = json.loads(destination)["filesystem"]["base_directory"]
    except (ValueError, KeyError, TypeError):
        return None
    return (base.rstrip("/") or "/") if isinstance(base, str) and base else None


def _sweep(base: Path) -> None:
    """Removes what killed pushes of this machine have copied beside. (A marker tells not whether its push
    still goes on.)"""
    for left in filter(Path.is_dir, base.glob(f"{_PREFIX}*-{_host()}")):
        with contextlib.suppress(OSError):
            descriptor = os.open(left, os.O_RDONLY | os.O_CLOEXEC)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)
            finally:
                os.close(descriptor)


@contextlib.contextmanager
def _claimed(folder: Path) -> Iterator[None]:
    """Makes a folder anew and locks it, so that no push of this machine takes it for a dead one's."""
    descriptor = None
    while descriptor is None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(exist_ok=True)
        descriptor = _locked(folder)
    try:
        yield
    finally:
        os.close(descriptor)


def _locked(folder: Path) -> Optional[int]:
    """Returns the descriptor of a folder, locked; None if another push has removed the folder in between."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with contextlib.suppress(OSError):  # a file system without locks
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    with contextlib.suppress(FileNotFoundError):
        if os.path.samestat(os.fstat(descriptor), folder.stat()):
            return descriptor
    os.close(descriptor)
    return None


@contextlib.contextmanager
def _removed_after(path: str) -> Iterator[None]:
    """Removes a file or folder at the end of a ``with`` block, however it ends."""
    try:
        yield
    finally:
        _remove(path)


def _remove(path: str) -> None:
    """Removes a file or folder if it is there."""
    if fileio.isdir(path):
        fileio.rmtree(path)
    elif fileio.exists(path):
        fileio.remove(path)


def _write(path: str, text: str) -> None:
    with fileio.open(path, "w") as stream:
        stream.write(text)


def _host() -> str:
    """Returns the name of this machine, as part of a file name."""
    return re.sub(r"[^A-Za-z0-9.]", "-", socket.gethostname()) or "here"
