"""Backends: each turns a Plan into something that an orchestrator runs.

A backend is found through the entry-point group ``tfxc.backends`` (the built-in ones too); the
entry point names a module-level object that satisfies `Backend`.
"""

from __future__ import annotations

import sys

if sys.argv[:1] == ["-m"] and any(word.startswith("tfxc.backends.") for word in sys.orig_argv):
    # `python -m tfxc.backends.launcher` is on its way, with the working directory first on sys.path: a
    # `calendar.py` or `logging.py` there must not be imported in place of Python's own.
    from tfxc.schemas.start import leave_out_working_directory

    leave_out_working_directory()

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Protocol

from tfxc.schemas.failures import Failure, WrongUse

if TYPE_CHECKING:
    # Whoever starts the launcher passes by here, and must pay next to nothing.
    from importlib.metadata import EntryPoint

    from pydantic import BaseModel

    from tfxc.schemas.diagnostics import Finding
    from tfxc.schemas.plan import Plan

ENTRY_POINT_GROUP = "tfxc.backends"


@dataclass(frozen=True)
class Bundle:
    """Files to write: path relative to the bundle's folder (forward slashes) → content."""

    files: Mapping[PurePosixPath, bytes]


class Backend(Protocol):
    """One orchestrator.

    ``settings`` is the pydantic model of the spec's ``backends.<name>`` section. ``honours`` holds the
    names of the execution options (`tfxc.schemas.execution_options`) that it honours, wholly or with
    findings of its own where it does not; ``cannot`` says why it cannot honour others. ``check`` returns
    what this backend cannot do with the Plan, with paths into the spec's document. ``emit`` is
    called only when ``check`` found no error; it is deterministic and touches no file: the user's
    modules reach it as ``modules`` (path in the bundle → content).
    """

    name: str
    settings: type[BaseModel]
    honours: frozenset[str]
    cannot: Mapping[str, str]

    def check(self, plan: Plan) -> list[Finding]: ...

    def emit(self, plan: Plan, modules: Mapping[PurePosixPath, bytes]) -> Bundle: ...


_ATTRIBUTES = ("name", "settings", "honours", "cannot", "check", "emit")


class UnknownBackendError(WrongUse):
    """No backend of that name is installed."""

    def __init__(self, name: str) -> None:
        from tfxc.schemas.words.suggest import did_you_mean

        names = backend_names()
        hints = did_you_mean(name, names)
        super().__init__("; ".join([f"no backend `{name}`; there are: {', '.join(names)}", *hints]))


class UnusableBackendError(Failure):
    """A backend is installed, but cannot be imported, or is no `Backend` of this version."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"the backend `{name}` cannot be loaded: {why}")


def backend_names() -> list[str]:
    """Returns the names of the installed backends, sorted. Imports none of them."""
    return sorted({entry.name for entry in _entries()})


def load_backend(name: str) -> Backend:
    """Imports and returns a backend. Raises UnknownBackendError, UnusableBackendError."""
    for entry in _entries():
        if entry.name == name:
            try:
                backend: Backend = entry.load()
            except Exception as error:
                raise UnusableBackendError(name, f"{type(error).__name__}: {error}") from error
            missing = [attribute for attribute in _ATTRIBUTES if not hasattr(backend, attribute)]
            if missing:
                why = f"it has no `{missing[0]}`, so it is not a backend for this version of tfxc"
                raise UnusableBackendError(name, why)
            return backend
    raise UnknownBackendError(name)


def _entries() -> tuple[EntryPoint, ...]:
    """Returns the entry points of backends, read anew only when packages were installed or removed.

    Reading them opens a file of every installed package.
    """
    from importlib.metadata import entry_points

    return _read_entries(entry_points, tuple(map(_last_change, sys.path)))


@lru_cache(maxsize=1)
def _read_entries(
    read: Callable[..., Iterable[EntryPoint]], _changes: tuple[tuple[str, int], ...]
) -> tuple[EntryPoint, ...]:
    return tuple(read(group=ENTRY_POINT_GROUP))


def _last_change(folder: str) -> tuple[str, int]:
    try:
        return folder, Path(folder or ".").stat().st_mtime_ns
    except OSError:
        return folder, 0
