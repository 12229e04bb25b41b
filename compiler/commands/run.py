"""``tfxc run``"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any, Optional, TextIO

import typer

from tfxc.compiler.commands import completion
from tfxc.compiler.commands.options import (
    EnvironmentOption,
    IgnoreOption,
    checked_plan,
    ignored_codes,
    spec_in_folder,
)
from tfxc.compiler.output import discard_output, use_colours, write, write_error
from tfxc.compiler.source.files import DISK
from tfxc.schemas.failures import EXIT_FAILED, EXIT_WRONG_USE, Failure, WrongUse

if TYPE_CHECKING:
    from tfxc.backends.launcher.protocol.client import LauncherClient
    from tfxc.backends.local.running.prepare import RunRequest
    from tfxc.backends.local.running.run import RunOutcome
    from tfxc.compiler.driver import CheckedSpec
    from tfxc.compiler.watching.seen_files import SeenFiles
    from tfxc.schemas.plan import Plan

FILE_WIDTH = 120
"""Columns of a summary that does not go to a terminal."""

EXAMPLES = """
tfxc run pipeline.yaml
tfxc run specs/penguin
tfxc run pipeline.yaml -P train_steps=500 -P data=/data/2026
tfxc run pipeline.yaml --from trainer
tfxc run pipeline.yaml --only evaluator --no-cache
tfxc run pipeline.yaml --json | jq .evaluations
tfxc run pipeline.yaml --watch --to trainer
tfxc run build/penguin
"""


@dataclass(frozen=True)
class _Started:
    """The launcher, and where it logs."""

    client: LauncherClient
    log: Path


@dataclass(frozen=True)
class _Asked:
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


@dataclass(frozen=True)
class _Source:
    """A Plan to run, with its modules and the folder where relative paths start."""

    plan: Plan
    modules: Mapping[PurePosixPath, bytes]
    folder: Path
    checked: Optional[CheckedSpec]


def run(
    spec: Annotated[
        Path,
        typer.Argument(
            metavar="SPEC",
            help="The spec's file, or the folder of its pipeline.yaml or of a bundle for `local`.",
            callback=spec_in_folder,
        ),
    ],
    parameter: Annotated[
        Optional[list[str]],
        typer.Option(
            "--parameter",
            "-P",
            metavar="NAME=VALUE",
            help="The value of a parameter, for this run.",
            autocompletion=completion.parameters,
        ),
    ] = None,
    parameters_file: Annotated[
        Optional[Path],
        typer.Option(metavar="FILE", help="A YAML or JSON file with values of parameters; -P wins over it."),
    ] = None,
    env: EnvironmentOption = None,
    ignore: IgnoreOption = None,
    from_nodes: Annotated[
        Optional[list[str]],
        typer.Option(
            "--from",
            metavar="NODE",
            help="Run this node and all below it; repeatable.",
            autocompletion=completion.components,
        ),
    ] = None,
    to_nodes: Annotated[
        Optional[list[str]],
        typer.Option(
            "--to",
            metavar="NODE",
            help="Run this node and all above it; repeatable.",
            autocompletion=completion.components,
        ),
    ] = None,
    only: Annotated[
        Optional[list[str]],
        typer.Option(
            "--only",
            metavar="NODE",
            help="Run just this node; repeatable.",
            autocompletion=completion.components,
        ),
    ] = None,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Run every node, whether it has changed or not.")
    ] = False,
    run_id: Annotated[
        Optional[str],
        typer.Option(
            metavar="ID",
            help="The run's id. That of an earlier run: go on with it.",
            autocompletion=completion.run_ids,
        ),
    ] = None,
    run_date: Annotated[
        Optional[str],
        typer.Option(
            metavar="DATE", help="What `{{ run.date }}` stands for, as ISO 8601; today if not given."
        ),
    ] = None,
    jobs: Annotated[
        Optional[int],
        typer.Option(
            "--jobs",
            "-j",
            min=1,
            metavar="N",
            help="How many nodes run side by side; all cores if not given.",
        ),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print the report as JSON, and nothing else, to standard output.")
    ] = False,
    no_warm: Annotated[
        bool,
        typer.Option(
            "--no-warm",
            help="Import TFX for this run alone: use none that an earlier run has left, and leave none.",
        ),
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print nothing while it runs, only the summary.")
    ] = False,
    watch: Annotated[
        bool,
        typer.Option(
            "--watch",
            "-w",
            help="Run again after each edit of the spec, its modules or its data; Ctrl-C ends it.",
        ),
    ] = False,
) -> None:
    """Run a pipeline on this machine.

    Nodes that were run before with the same inputs, arguments and code are re-used. Ctrl-C stops a run;
    running it again re-uses every node that was finished.

    The exit code is 0 when the run went well (a node that is skipped and a model that is not blessed are
    no failure), 1 when a node failed or the spec has mistakes, 2 for wrong use, 130 after Ctrl-C.
    """
    gc.enable()
    asked = _Asked(
        spec=spec,
        assignments=tuple(parameter or ()),
        parameters_file=parameters_file,
        environment=env,
        ignore=tuple(ignore or ()),
        from_nodes=tuple(from_nodes or ()),
        to_nodes=tuple(to_nodes or ()),
        only=tuple(only or ()),
        cache=not no_cache,
        run_id=run_id,
        run_date=run_date,
        jobs=jobs,
        json=json,
        warm=not no_warm,
        quiet=quiet,
    )
    raise typer.Exit(_run_on_edits(asked) if watch else _run_once(asked))


def _run_on_edits(asked: _Asked) -> int:
    """Runs the pipeline after each edit, until it is interrupted. Raises WrongUse for what is not edited."""
    from tfxc.backends.local.running.bundle import is_bundle
    from tfxc.compiler.source.read import STANDARD_INPUT
    from tfxc.compiler.watching.loop import do_on_edits

    if asked.run_id is not None:
        raise WrongUse(
            "--watch makes a new run after each edit, so it cannot go on with one: leave --run-id out"
        )
    if asked.spec == STANDARD_INPUT or is_bundle(asked.spec):
        raise WrongUse(f"{asked.spec}: --watch needs the file of a spec, which can be edited")
    return do_on_edits(lambda seen: _run_once(asked, seen), _tell)


def _tell(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()


def _run_once(asked: _Asked, seen: Optional[SeenFiles] = None) -> int:
    """Runs the pipeline and returns the exit code; ``seen`` remembers what the run depends on."""
    from tfxc.backends.local.running.warmth import seconds_to_stay

    stays = seconds_to_stay(os.environ, wanted=asked.warm)
    with _starting_launcher(stays) as client, _our_failures():
        if seen is not None and asked.parameters_file is not None:
            seen.see(asked.parameters_file)
        source = _read_source(asked.spec, asked.environment, list(asked.ignore), seen)
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
                _file_values(source, values_file) if values_file is not None else {},
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
        _check_machine(source, request)
        ignored = ignored_codes(asked.ignore, asked.spec)
        shown_on = sys.stderr if asked.json else sys.stdout
        outcome = _execute(source, request, client, shown_on, asked.quiet, ignored)
        return _show(outcome, asked.json)


def _see_data(request: RunRequest, seen: SeenFiles) -> None:
    """Remembers the data that a run reads, and that what it writes is no edit."""
    from tfxc.compiler.watching.plan_paths import paths_read, paths_written, values_of

    values = values_of(request)
    seen.leave_out(paths_written(request, values))
    for path in paths_read(request, values):
        seen.see_tree(path)


@contextlib.contextmanager
def _starting_launcher(keep_warm: float) -> Iterator[Optional[_Started]]:
    """Starts the launcher, so that TFX is imported while the spec is checked; None if there is no TFX.

    It ends with the context, at once: a run is over when its nodes are. What it was forked from stays for
    ``keep_warm`` seconds.
    """
    from tfxc.backends.launcher.protocol.client import LauncherClient, LauncherUnavailable

    descriptor, name = tempfile.mkstemp(prefix="tfxc-launcher-", suffix=".log")
    os.close(descriptor)
    started = _Started(LauncherClient(Path(name), keep_warm=keep_warm), Path(name))
    try:
        try:
            started.client.start()
        except LauncherUnavailable:
            yield None
        else:
            yield started
    finally:
        started.client.close(0.0)
        Path(name).unlink(missing_ok=True)


@contextlib.contextmanager
def _our_failures() -> Iterator[None]:
    """Gives failures of the backend the exit codes of the command line."""
    from tfxc.schemas.failures import Failure, WrongUse

    try:
        yield
    except WrongUse as error:
        raise WrongUse(str(error)) from None
    except Failure as error:
        raise Failure(str(error)) from None


def _read_source(
    path: Path, environment: str | None, ignore: list[str], seen: Optional[SeenFiles]
) -> _Source:
    """Reads a bundle, or checks a spec. Raises typer.Exit if the spec has errors."""
    from tfxc.backends.local.running.bundle import is_bundle, read_bundle

    if is_bundle(path):
        if environment is not None:
            raise WrongUse("a bundle has its environment compiled in; give --env to `tfxc compile`")
        bundle = read_bundle(path)
        return _Source(bundle.plan, bundle.modules, bundle.folder, None)
    from tfxc.compiler.bundle import read_modules

    checked = checked_plan(path, environment, ("local",), ignore, DISK if seen is None else seen)
    assert checked.plan is not None  # noqa: S101 - checked_plan says so
    folder = checked.loaded.folder.absolute()
    return _Source(checked.plan, read_modules(checked.plan, folder), folder, checked)


def _file_values(source: _Source, path: Path) -> Mapping[str, Any]:
    """Returns the values of a parameters file. Raises WrongUse; typer.Exit if there are mistakes in it."""
    from tfxc.compiler.checks.given_values import given_value_findings
    from tfxc.compiler.source.outside import shown_root
    from tfxc.compiler.source.read import UnreadableFileError
    from tfxc.compiler.source.values_file import read_values_file

    try:
        file = read_values_file(path, shown_root(source.folder))
    except UnreadableFileError as error:
        raise WrongUse(f"the parameters file {path} cannot be read: {error}") from None
    diagnostics = list(file.diagnostics)
    if file.tree is not None:
        from tfxc.compiler.driver import diagnostic_at

        findings = given_value_findings(source.plan, file.values)
        diagnostics += [diagnostic_at(file.tree, finding) for finding in findings]
    if diagnostics:
        from tfxc.compiler.output import write_found

        write_found(diagnostics, file.sources, sys.stderr)
        raise typer.Exit(EXIT_WRONG_USE)
    return file.values


def _check_machine(source: _Source, request: RunRequest) -> None:
    """Ends the command if this machine has not what a node of the run asks for."""
    from tfxc.backends.local.backend import container_findings, machine_findings
    from tfxc.backends.local.running.machine import this_machine

    findings = machine_findings(source.plan, this_machine(), request.nodes)
    findings += container_findings(source.plan, request.nodes)
    if findings and source.checked is None:
        raise Failure("; ".join(finding.message for finding in findings))
    if findings and source.checked is not None:
        from tfxc.compiler.driver import with_findings
        from tfxc.compiler.output import write_diagnostics

        write_diagnostics([with_findings(replace(source.checked, diagnostics=()), findings)], sys.stderr)
        raise typer.Exit(EXIT_FAILED)


def _tell_of_data(source: _Source, request: RunRequest, ignored: frozenset[str]) -> None:
    """Writes what is wrong with the data that the run reads to standard error; the run goes on."""
    if source.checked is None:
        return
    from tfxc.compiler.driver import check_data, without_ignored
    from tfxc.compiler.ignores.apply import OF_IGNORES
    from tfxc.compiler.output import write_diagnostics

    bare = replace(source.checked, diagnostics=())
    found = without_ignored(check_data(bare, request.parameters, request.nodes, is_run=True), ignored)
    told = tuple(each for each in found.diagnostics if each.code not in OF_IGNORES)
    if told:
        write_diagnostics([replace(found, diagnostics=told)], sys.stderr)


def _execute(
    source: _Source,
    request: RunRequest,
    started: _Started,
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

    prepared = prepare_run(request, datetime.now().astimezone())
    _tell_of_data(source, request, ignored)
    progress = make_progress(request.plan, stream, quiet=quiet)
    with Interrupts() as interrupts:
        try:
            return execute_run(prepared, started.client, progress, this_machine(), interrupts, started.log)
        finally:
            progress.close()


def _show(outcome: RunOutcome, json: bool) -> int:
    """Prints the report to standard output, and returns the exit code.

    That nobody reads it does not change how the run ended; that it cannot be written does.
    """
    try:
        write(outcome.report.to_json() if json else _summary(outcome))
        sys.stdout.flush()
    except BrokenPipeError:
        discard_output()
    except OSError as error:
        discard_output()
        with contextlib.suppress(OSError):
            write_error(
                f"the report cannot be written to standard output ({error.strerror}); "
                f"it is in {outcome.report.folder}/summary.json"
            )
        return outcome.exit_code or EXIT_FAILED
    return outcome.exit_code


def _summary(outcome: RunOutcome) -> str:
    """Returns the summary as text, coloured as far as standard output can be."""
    from rich.console import Console

    from tfxc.backends.reports.contents import run_contents
    from tfxc.backends.reports.text import text_lines

    plain = None if use_colours(sys.stdout) else True
    console = Console(highlight=False, soft_wrap=True, no_color=plain)
    with console.capture() as capture:
        width = console.width if sys.stdout.isatty() else FILE_WIDTH
        for line in text_lines(run_contents(outcome.report, Path.cwd(), width)):
            console.print(line)
    return capture.get()
