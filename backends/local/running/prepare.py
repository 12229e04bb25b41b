"""From what the user asks for to a run that has its folder: nothing is executed yet."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Optional

from tfxc.backends.launcher.protocol.before_import import check_before_import
from tfxc.backends.launcher.protocol.values import Scalar, Values, resolve_parameters
from tfxc.backends.local.running.origin import revision_of, version_of
from tfxc.backends.local.running.resume import finished_nodes, require_same
from tfxc.backends.local.running.run_folder import (
    claim_folder,
    fill_folder,
    forget_folder,
    new_run_id,
    require_run_id,
)
from tfxc.backends.local.running.store import store_lacks_run
from tfxc.backends.metadata.run_folder import RunFolder, RunRecord, earlier_record, run_folder
from tfxc.schemas.failures import Failure, WrongUse
from tfxc.schemas.plan import Plan
from tfxc.schemas.version import tfxc_version


@dataclass(frozen=True)
class RunRequest:
    """What the user asks for. ``nodes`` None means all, ``jobs`` None the spec's or the number of cores.

    ``modules`` are the user's files by their path in a bundle; ``parameters`` only those given.
    """

    plan: Plan
    modules: Mapping[PurePosixPath, bytes]
    base_folder: Path
    parameters: Mapping[str, Scalar]
    run_id: Optional[str] = None
    run_date: Optional[str] = None
    nodes: Optional[tuple[str, ...]] = None
    cache: bool = True
    jobs: Optional[int] = None


@dataclass(frozen=True)
class PreparedRun:
    """A run that has its folder to itself until `release`.

    ``finished`` are nodes of an earlier part of it, ``lock`` is a file descriptor.
    """

    request: RunRequest
    folder: RunFolder
    record: RunRecord
    lock: int
    finished: tuple[str, ...] = ()
    resumed: bool = False

    def release(self) -> None:
        """Lets another process go on with this run."""
        os.close(self.lock)


@dataclass(frozen=True)
class IdentifiedRun:
    """Which run it is, and where it would lie. ``earlier`` is the record of an earlier part of it."""

    values: Values
    folder: RunFolder
    earlier: Optional[RunRecord]

    def finished(self, request: RunRequest) -> tuple[str, ...]:
        """Returns the nodes that need not run again. Raises WrongUse for a run that cannot go on."""
        if self.earlier is None:
            return ()
        finished = finished_nodes(request.plan, self.folder, request.nodes)
        return () if finished and store_lacks_run(request.plan.metadata, self.values) else finished


def identified(request: RunRequest, now: datetime) -> IdentifiedRun:
    """Returns which run is asked for, and touches nothing.

    Raises WrongUse for a parameter without a value and for a run that cannot go on like this.
    """
    run_id = new_run_id(now) if request.run_id is None else require_run_id(request.run_id)
    run_date = request.run_date or now.date().isoformat()
    earlier = None if request.run_id is None else _earlier(request, run_id, run_date)
    kept: dict[str, Scalar] = {}
    if earlier is not None:
        require_same(earlier, request.parameters, request.run_date)
        run_date = earlier.run_date
        names = {parameter.name for parameter in request.plan.parameters}
        kept = {name: value for name, value in earlier.parameters.items() if name in names}
    parameters = resolve_parameters(request.plan, {**kept, **request.parameters})
    values = Values(parameters, run_id, run_date, os.environ, str(request.base_folder))
    return IdentifiedRun(values, run_folder(request.plan, values, request.base_folder), earlier)


def prepare_run(request: RunRequest, now: datetime) -> PreparedRun:
    """Creates the run's folder, or takes up that of a run that goes on.

    Raises WrongUse for a parameter without a value and for a run that cannot go on like this, and
    Failure if the folder cannot be written or the run cannot but fail.
    """
    run = identified(request, now)
    folder, values = run.folder, run.values
    lock = claim_folder(folder)
    try:
        nodes = request.nodes or tuple(node.id for node in request.plan.nodes)
        check_before_import(request.plan, values, nodes)
        finished = run.finished(request)
        record = RunRecord(
            run_id=values.run_id,
            run_date=values.run_date,
            parameters=dict(values.parameters),
            tfx_version=version_of("tfx"),
            tfxc_version=tfxc_version(),
            revision=revision_of(request.base_folder),
        )
        fill_folder(folder, request.plan, record, request.modules)
    except BaseException:
        os.close(lock)
        if run.earlier is None:
            forget_folder(folder)
        raise
    return PreparedRun(request, folder, record, lock, finished, resumed=run.earlier is not None)


def require_date(text: str) -> str:
    """Returns a run date that the user gives. Raises WrongUse if it is no ISO 8601 date or time."""
    try:
        datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise WrongUse(
            f"--run-date {text}: write a date such as 2026-01-31, or a time such as 2026-01-31T06:00."
        ) from None
    return text


def _earlier(request: RunRequest, run_id: str, run_date: str) -> RunRecord | None:
    """Looks for an earlier part of the run. The pipeline root may depend on parameters that only it knows."""
    known = {p.name: p.default for p in request.plan.parameters if p.default is not None}
    try:
        given = {**known, **request.parameters}
        values = Values(given, run_id, run_date, os.environ, str(request.base_folder))
        folder = run_folder(request.plan, values, request.base_folder)
    except Failure:
        return None
    return earlier_record(folder)
