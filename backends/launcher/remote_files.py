"""A program that looks at folders in object stores and removes them, with TFX's file systems.

It reads a request from standard input, and writes a line of JSON for each folder as soon as it is done with
it, so that what was done is known whatever becomes of the rest: ``{"folder", "bytes"}`` (null if the size is
not known), ``{"folder", "missing": true}`` or ``{"folder", "problem"}``. Only the JSON is on its standard
output: libraries that print are led to standard error.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any, Optional

from tfxc.backends.launcher.processes import environment

_THREADS = 8
_PAUSES = (0.5, 2.0, 8.0)
"""Seconds before each further attempt: object stores refuse now and then."""
_PLUGINS = ("tensorflow_io",)
"""What brings file systems into TensorFlow when it is imported, ``s3://`` among them."""
_FOR_GOOD = (
    "UnimplementedError",
    "PermissionDeniedError",
    "UnauthenticatedError",
    "InvalidArgumentError",
    "_NoBucketError",
)
"""What another attempt does not change."""


def main() -> int:
    """Does what is asked of it, and returns 0."""
    environment.before_imports()
    replies = os.dup(1)
    os.dup2(2, 1)
    request = json.load(sys.stdin)
    for name in _PLUGINS:
        if importlib.util.find_spec(name) is not None:
            importlib.import_module(name)
    files = _Files()
    action = {"look": files.look, "remove": files.remove}[request["action"]]
    with os.fdopen(replies, "w", buffering=1) as stream, ThreadPoolExecutor(_THREADS) as pool:
        asked = {pool.submit(_tried, action, folder): folder for folder in request["folders"]}
        for done in as_completed(asked):
            stream.write(json.dumps({"folder": asked[done], **done.result()}) + "\n")
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # some file systems do not survive being taken down


def _tried(action: Callable[[str], dict[str, Any]], folder: str) -> dict[str, Any]:
    """Returns what came of an action, after several attempts if need be."""
    for pause in (*_PAUSES, None):
        try:
            return action(folder)
        except Exception as error:  # noqa: BLE001 - each file system has errors of its own
            if pause is None or type(error).__name__ in _FOR_GOOD:
                text = " ".join(str(error).split()) or type(error).__name__
                return {"problem": text[:500]}
        time.sleep(pause)
    raise AssertionError


class _NoBucketError(Exception):
    """A bucket that is not there, or cannot be looked into."""


class _Files:
    """Folders of TFX's file systems.

    These say of a folder that it does not exist if the store does not answer, or does not let us in. So a
    folder counts as missing only where its bucket is there.
    """

    def __init__(self) -> None:
        from tfx.dsl.io import fileio

        self._fileio: Any = fileio
        self._buckets: dict[str, bool] = {}
        self._lock = threading.Lock()

    def look(self, folder: str) -> dict[str, Any]:
        """Returns the size of a folder, or that there is none."""
        self._require_bucket(folder)
        if not self._is_there(folder):
            return {"missing": True}
        sizes = [self._size(path) for path in self._paths(folder)]
        return {"bytes": None if None in sizes else sum(filter(None, sizes))}

    def remove(self, folder: str) -> dict[str, Any]:
        """Removes a folder. One that is not there is well."""
        self._require_bucket(folder)
        if not self._is_there(folder):
            return {"missing": True}
        for path in self._paths(folder):
            self._fileio.remove(path)
        if self._is_there(folder):  # object stores may keep markers of folders
            self._fileio.rmtree(folder)
        if any(True for _ in self._paths(folder)):
            raise OSError("it still has files after it was removed")
        self._require_bucket(folder, again=True)
        return {"bytes": None}

    def _require_bucket(self, folder: str, again: bool = False) -> None:
        bucket = "/".join(folder.split("/", 3)[:3])
        with self._lock:  # the first one waits for a store that does not answer, and the others know then
            if again or bucket not in self._buckets:
                self._buckets[bucket] = self._is_there(f"{bucket}/")
        if not self._buckets[bucket]:
            raise _NoBucketError(
                f"there is no bucket {bucket}, or it cannot be reached with what is known here"
            )

    def _is_there(self, folder: str) -> bool:
        return bool(self._fileio.exists(folder) or self._fileio.isdir(folder))

    def _paths(self, folder: str) -> Iterator[str]:
        if not self._is_there(folder):
            return
        for parent, _, names in list(self._fileio.walk(folder)):
            for name in names:
                yield f"{_text(parent).rstrip('/')}/{_text(name)}"

    def _size(self, path: str) -> Optional[int]:
        try:
            with self._fileio.open(path, "rb") as stream:
                stream.seek(0, 2)
                return int(stream.tell())
        except (AttributeError, TypeError, ValueError, NotImplementedError):
            return None  # a file system that cannot seek


def _text(name: Any) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)
