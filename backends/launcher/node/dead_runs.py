"""Executions that runs have left behind whose process is gone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tfxc.backends.launcher.node import metadata
from tfxc.backends.launcher.node.job import Job, settle_attempts

REASON = "the process of its run was killed"


def settle_dead_runs(job: Job, runs: Iterable[str]) -> None:
    """Marks what runs of this pipeline have left unfinished as failed, and removes its half outputs.

    ``job`` is of any node of the pipeline. The caller knows that nothing of these runs is alive.
    """
    for run_id in runs:
        with metadata.connected(job.connection) as handle:
            unfinished = metadata.unfinished_in_run(handle.store, run_id)
        if not unfinished:
            continue
        context = job.context.model_copy(update={"run_id": run_id})
        for node in job.plan.nodes:
            settle_attempts(replace(job, context=context, node=node.id), REASON)
