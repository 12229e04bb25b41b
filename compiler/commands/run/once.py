"""One run: from the command line to the exit code."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Optional, TextIO

from tfxc.schemas.failures import Failure

if TYPE_CHECKING:
    # All but what starts the launcher is imported while the launcher imports TFX.
    from tfxc.backends.local.running.launching import Started
    from tfxc.backends.local.running.prepare import RunRequest
    from tfxc.backends.local.running.run import RunOutcome
    from tfxc.compiler.commands.run.source import Source
    from tfxc.compiler.watching.seen_files import SeenFiles


@dataclass(frozen=True)
class Asked:
    """The command line."""

    spec: Path
    assignments: tuple[str, ...]
    parameters_file: Optional[Path]
    environment: Optional[str]
    ignore: tuple[str, ...]
    from_nodes: tuple[str, ...]
    to_nodes: tuple[str, ...]
    only: tuple[str, ...]
    cache: bool
    run_id: Optional[str]
    run_date: Optional[str]
    jobs: Optional[int]
    json: bool
    warm: bool
    quiet: bool
    dry: bool = False


def run_once(asked: Asked, seen: Optional[SeenFiles] = None) -> int:
    """Runs the pipeline, or tells what that would do, and returns the exit code.

    ``seen`` remembers what the run depends on.
    """
    from tfxc.backends.local.running.launching import starting_launcher
    from tfxc.backends.local.running.warmth import seconds_to_stay

    stays = seconds_to_stay(os.environ, wanted=asked.warm)
    with starting_launcher(stays) as client:
        from tfxc.compiler.commands.checked_specs import ignored_codes
        from tfxc.compiler.commands.run.report import show
        from tfxc.compiler.commands.run.source import check_machine, file_values, read_source

        if seen is not None and asked.parameters_file is not None:
            seen.see(asked.parameters_file)
        source = read_source(asked.spec, asked.environment, list(asked.ignore), seen)
        from tfxc.backends.local.planning.parameters import given_parameters
        from tfxc.backends.local.planning.selection import select_nodes
        from tfxc.backends.local.running.prepare import RunRequest, require_date
        from tfxc.schemas.failures import NO_TFX

        values_file = asked.parameters_file
        request = RunRequest(
            plan=source.plan,
            modules=source.modules,
            base_folder=source.folder,
            parameters=given_parameters(
                source.plan,
                asked.assignments,
                file_values(source, values_file) if values_file is not None else {},
                values_file.absolute().parent if values_file is not None else None,
            ),
            run_id=asked.run_id,
            run_date=None if asked.run_date is None else require_date(asked.run_date),
            nodes=select_nodes(
                source.plan, from_nodes=asked.from_nodes, to_nodes=asked.to_nodes, only=asked.only
            ),
            cache=asked.cache,
            jobs=asked.jobs,
        )
        if client is None:
            raise Failure(NO_TFX)
        client.client.keep_warm(seconds_to_stay(os.environ, wanted=asked.warm, plan=source.plan))
        if seen is not None:
            _see_data(request, seen)
        check_machine(source, request)
        ignored = ignored_codes(asked.ignore, asked.spec)
        if asked.dry:
            from tfxc.compiler.commands.run.dry import tell_what_would_be_done

            return tell_what_would_be_done(source, request, client.client, ignored, asked.json)
        shown_on = sys.stderr if asked.json else sys.stdout
        outcome = _execute(source, request, client, shown_on, asked.quiet, ignored)
        return show(outcome, asked.json)


def _see_data(request: RunRequest, seen: SeenFiles) -> None:
    """Remembers the data that a run reads, and that what it writes is no edit."""
    from tfxc.compiler.watching.plan_paths import paths_read, paths_written, values_of

    values = values_of(request)
    seen.leave_out(paths_written(request, values))
    for path in paths_read(request, values):
        seen.see_tree(path)


def _execute(
    source: Source,
    request: RunRequest,
    started: Started,
    stream: TextIO,
    quiet: bool,
    ignored: frozenset[str],
) -> RunOutcome:
    """Runs the pipeline, showing it on a stream; first tells what is wrong with its data."""
    from tfxc.backends.local.running.interrupts import Interrupts
    from tfxc.backends.local.running.machine import this_machine
    from tfxc.backends.local.running.prepare import prepare_run
    from tfxc.backends.local.running.run import execute_run
    from tfxc.backends.local.screen.progress import make_progress
    from tfxc.compiler.commands.run.source import tell_of_data

    import_module("rich.console")  # for the summary: there is time for it while TFX is imported
    prepared = prepare_run(request, datetime.now().astimezone())
    tell_of_data(source, request, ignored)
    progress = make_progress(request.plan, stream, quiet=quiet)
    with Interrupts() as interrupts:
        try:
            return execute_run(prepared, started.client, progress, this_machine(), interrupts, started.log)
        finally:
            progress.close()
