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

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import PurePosixPath
from typing import Protocol

from pydantic import BaseModel

from tfxc.schemas.diagnostics import Finding
from tfxc.schemas.failures import WrongUse
from tfxc.schemas.plan import Plan
from tfxc.schemas.words.suggest import did_you_mean

ENTRY_POINT_GROUP = "tfxc.backends"


@dataclass(frozen=True)
class Capabilities:
    """What a backend honours. A feature that a Plan uses and that is False here is an error (B101)."""

    conditions: bool = True
    retries: bool = True
    retry_delay: bool = True
    retry_exponential_backoff: bool = True
    timeout: bool = True
    trigger_strategy: bool = True
    on_exit: bool = True
    cpu: bool = True
    memory: bool = True
    accelerator: bool = True
    node_env: bool = True
    run_date: bool = True


@dataclass(frozen=True)
class Bundle:
    """Files to write: path relative to the bundle's folder (forward slashes) → content."""

    files: Mapping[PurePosixPath, bytes]


class Backend(Protocol):
    """One orchestrator.

    ``settings`` is the pydantic model of the spec's ``backends.<name>`` section. ``check`` returns
    what this backend cannot do with the Plan, with paths into the spec's document. ``emit`` is
    called only when ``check`` found no error; it is deterministic and touches no file: the user's
    modules reach it as ``modules`` (path in the bundle → content).
    """

    name: str
    capabilities: Capabilities
    settings: type[BaseModel]

    def check(self, plan: Plan) -> list[Finding]: ...

    def emit(self, plan: Plan, modules: Mapping[PurePosixPath, bytes]) -> Bundle: ...


class UnknownBackendError(WrongUse):
    """No backend of that name is installed."""

    def __init__(self, name: str) -> None:
        names = backend_names()
        hints = did_you_mean(name, names)
        super().__init__("; ".join([f"no backend `{name}`; there are: {', '.join(names)}", *hints]))


def backend_names() -> list[str]:
    """Returns the names of the installed backends, sorted. Imports none of them."""
    return sorted({entry.name for entry in entry_points(group=ENTRY_POINT_GROUP)})


def load_backend(name: str) -> Backend:
    """Imports and returns a backend. Raises UnknownBackendError."""
    for entry in entry_points(group=ENTRY_POINT_GROUP):
        if entry.name == name:
            backend: Backend = entry.load()
            return backend
    raise UnknownBackendError(name)
