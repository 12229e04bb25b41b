"""Folders in object stores (``s3://…``, ``gs://…``): a process with TFX's file systems looks and removes."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Optional
from urllib.parse import urlsplit

from tfxc.schemas.failures import Failure
from tfxc.schemas.start import python_command

_PROGRAM = "tfxc.backends.launcher.remote_files"
_PATIENCE = 300.0
"""Seconds for importing TensorFlow and for a store that does not answer."""
_A_FOLDER = 10.0
"""Seconds more for each folder."""


def sizes_of(folders: Sequence[str]) -> dict[str, Optional[int]]:
    """Returns the folders that are there with their bytes; None where the size is not known.

    Raises Failure with one sentence if a store cannot be looked at: then nothing is known of it.
    """
    found: dict[str, Optional[int]] = {}
    for answer in _asked("look", folders):
        folder = str(answer["folder"])
        if "problem" in answer:
            raise Failure(
                f"the outputs in `{_store(folder)}` cannot be looked at, and nothing was removed: "
                f"{_because(folder, answer['problem'])}"
            )
        if not answer.get("missing"):
            found[folder] = answer["bytes"]
    return found


def remove_folders(folders: Sequence[str]) -> list[str]:
    """Removes folders, and returns a sentence for each that could not be. One that is gone is well."""
    try:
        return [
            f"{answer['folder']}: {_because(answer['folder'], answer['problem'])}: it was not removed"
            for answer in _asked("remove", folders)
            if "problem" in answer
        ]
    except Failure as failure:
        return [str(failure)]


def _asked(action: str, folders: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """Yields an answer for each folder."""
    if not folders:
        return
    request = json.dumps({"action": action, "folders": list(folders)})
    try:
        done = subprocess.run(
            python_command(sys.executable, _PROGRAM),
            input=request.encode(),
            capture_output=True,
            timeout=_PATIENCE + _A_FOLDER * len(folders),
            check=False,
        )
        output, told = done.stdout, done.stderr
    except subprocess.TimeoutExpired as late:
        output, told = late.stdout or b"", b""
    answers = list(_lines(output))
    yield from answers
    missing = set(folders) - {answer["folder"] for answer in answers}
    if missing:
        yield from _without_answer(missing, told.decode(errors="replace"))


def _lines(output: bytes) -> Iterator[Mapping[str, Any]]:
    for line in output.splitlines():
        with contextlib.suppress(ValueError):  # the last one, of a process that was killed
            yield json.loads(line)


def _without_answer(folders: Iterable[str], told: str) -> Iterator[Mapping[str, Any]]:
    last = next((line.strip() for line in reversed(told.splitlines()) if line.strip()), "")
    problem = last or "the store did not answer in time"
    yield from ({"folder": folder, "problem": problem} for folder in sorted(folders))


def _store(folder: str) -> str:
    """Returns the bucket that a folder lies in."""
    parts = urlsplit(folder)
    return f"{parts.scheme}://{parts.netloc}"


def _because(folder: Any, problem: Any) -> str:
    scheme, problem = urlsplit(str(folder)).scheme, str(problem)
    if "not implemented" in problem and "scheme" in problem:
        more = "; tensorflow-io brings it" if scheme == "s3" else ""
        return f"TensorFlow has no file system for `{scheme}://` here{more}"
    return str(problem).rstrip(".")
