"""One run of a spec on a sample of its data, which leaves nothing but in a folder of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Optional, TextIO

from tfxc.compiler.source.environments import ENVIRONMENTS
from tfxc.compiler.source.load import load
from tfxc.compiler.testing.options import TEST_ENVIRONMENT, TestOptions
from tfxc.schemas.failures import NO_TFX, Failure, WrongUse
from tfxc.schemas.generator import making_words

if TYPE_CHECKING:
    from tfxc.backends.launcher.protocol.values import Scalar, Values
    from tfxc.backends.local.running.launching import Started
    from tfxc.backends.local.running.prepare import RunRequest
    from tfxc.backends.local.running.run import RunOutcome
    from tfxc.compiler.driver import CheckedSpec
    from tfxc.compiler.testing.answering import Posted
    from tfxc.compiler.testing.isolate import Isolated, TestFolders
    from tfxc.compiler.testing.record import TestRecord
    from tfxc.compiler.testing.sample.take import SplitSample
    from tfxc.schemas.plan import Plan, PlanNode

RUN_ID = "test"
PREFIX = "tfxc-test-"


@dataclass(frozen=True)
class Shown:
    """Where a run is shown while it goes on; ``before`` is told what is not as in a run, before it starts."""

    stream: TextIO
    quiet: bool
    before: Callable[[Plan, tuple[SplitSample, ...], Isolated], None] = lambda *_: None


@contextlib.contextmanager
def throw_away_root() -> Iterator[Path]:
    """Makes a folder for a test, and removes it in the end."""
    root = new_root()
    try:
        yield root
    finally:
        remove_root(root)


def new_root() -> Path:
    """Makes a folder for a test. Raises Failure if there is no place for one."""
    try:
        return Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise Failure(f"no folder for the test can be made in {tempfile.gettempdir()}: {reason}.") from None


def remove_root(root: Path) -> None:
    """Removes the folder of a test, as far as it can be."""
    shutil.rmtree(root, ignore_errors=True)


def environment_of(spec: Path, asked: Optional[str]) -> Optional[str]:
    """Returns the environment that a spec is tested with: see `TestOptions`. Raises UnreadableFileError."""
    if asked is not None:
        return asked or None
    found = load(spec).document.get(ENVIRONMENTS)
    return TEST_ENVIRONMENT if isinstance(found, Mapping) and TEST_ENVIRONMENT in found else None


def run_test(
    checked: CheckedSpec, options: TestOptions, root: Path, started: Optional[Started], shown: Shown
) -> TestRecord:
    """Runs a spec without errors, and writes what came of it into the folder as well.

    A node that fails is no error here. Raises Failure and WrongUse for what cannot be run.
    """
    from tfxc.backends.local.planning.parameters import given_parameters
    from tfxc.compiler.testing.answering import answering
    from tfxc.compiler.testing.isolate import TestFolders, isolated

    if threading.current_thread() is not threading.main_thread():
        raise Failure("a pipeline can be run from the main thread of a program only, which gets its signals.")
    plan = checked.plan
    assert plan is not None  # noqa: S101 - the caller has seen to that
    base = checked.loaded.folder.absolute()
    given = given_parameters(plan, options.assignments, dict(options.parameters), base)
    values = _values(plan, given, options, base)
    chosen = _chosen(plan, options)
    with answering() as server:
        folders = TestFolders(root, server.address)
        whole = _whole(plan, options)
        samples = _samples(plan, values, chosen, whole, folders, options.rows)
        of_test = isolated(plan, values, given, folders, frozenset(each.node for each in samples))
        shown.before(plan, samples, of_test)
        request = _request(checked, of_test, options, chosen, base)
        if started is None:
            raise Failure(NO_TFX)
        outcome = _executed(request, started, shown)
        record = _record(checked, options, root, samples, of_test, server.posted, outcome)
    from tfxc.compiler.testing.record import RECORD
    from tfxc.schemas.whole_files import write_whole

    write_whole(root / RECORD, record.model_dump_json(indent=2) + "\n")
    return record


def _values(plan: Plan, given: Mapping[str, Scalar], options: TestOptions, base: Path) -> Values:
    from tfxc.backends.launcher.protocol.values import Values, resolve_parameters

    date = options.run_date or datetime.now().astimezone().date().isoformat()
    return Values(resolve_parameters(plan, given), RUN_ID, date, os.environ, str(base))


def _chosen(plan: Plan, options: TestOptions) -> Optional[tuple[str, ...]]:
    from tfxc.backends.local.planning.selection import select_nodes

    return select_nodes(plan, to_nodes=options.to_nodes)


def _whole(plan: Plan, options: TestOptions) -> frozenset[str]:
    """Returns the nodes whose data is read as it is. Raises WrongUse for one that is not there."""
    from tfxc.schemas.plan_names import nodes_named
    from tfxc.schemas.words.suggest import unknown

    found: set[str] = set()
    for name in options.whole:
        meant = nodes_named(plan, name)
        if not meant:
            raise WrongUse(f"--whole: {unknown('node', name, [node.label for node in plan.nodes])}")
        found.update(meant)
    return frozenset(found)


def _samples(
    plan: Plan,
    values: Values,
    chosen: Optional[tuple[str, ...]],
    whole: frozenset[str],
    folders: TestFolders,
    rows: int,
) -> tuple[SplitSample, ...]:
    """Takes a sample of what each ExampleGen reads. Raises Failure where none can be taken."""
    from tfxc.backends.launcher.protocol.example_input import input_format, input_span, input_splits
    from tfxc.compiler.testing.sample.take import take_sample

    found: list[SplitSample] = []
    for node in plan.nodes:
        if node.id in whole or (chosen is not None and node.id not in chosen):
            continue
        kind = input_format(node)
        if kind is None:
            _require_no_query(node)
            continue
        folder = _folder(node, values)
        if folder is not None:
            found += take_sample(
                node.id,
                folder,
                input_splits(node, values),
                kind,
                input_span(node, values),
                folders.data(node.id),
                rows,
            )
    return tuple(found)


def _folder(node: PlanNode, values: Values) -> Optional[Path]:
    """Returns the folder that an ExampleGen reads; None for what the run itself will tell of.

    Raises Failure for a URI, and for a folder that is not there.
    """
    from tfxc.backends.launcher.protocol.example_input import input_place
    from tfxc.schemas.plan_values import is_uri

    place = input_place(node, values)
    if place is None:
        return None
    if is_uri(place):
        raise Failure(
            f"`{node.label}` reads {place}, and a sample is taken of local files only: give it some in a "
            f"test (a parameter, or the environment `{TEST_ENVIRONMENT}`), or say `--whole {node.id}` to "
            "read it all."
        )
    folder = Path(place)
    if not folder.exists() and not any(sign in place for sign in "*?[{"):
        made = making_words(Path(values.folder or "."))
        raise Failure(
            f"`{node.label}` reads the folder {place}, which is not there{f': {made}' if made else ''}."
        )
    return folder if folder.is_dir() else None


def _require_no_query(node: PlanNode) -> None:
    """Raises Failure for a node that asks a database."""
    from tfxc.schemas.components import find_component_model
    from tfxc.schemas.components.base import Stage

    model = find_component_model(node.component.type)
    if model is not None and model.stage is Stage.INGEST and "examples" in model.outputs and not node.inputs:
        raise Failure(
            f"`{node.label}` asks a database, and no sample of a query's answer can be taken: limit the "
            f"query in the environment `{TEST_ENVIRONMENT}`, and say `--whole {node.id}` to ask it."
        )


def _request(
    checked: CheckedSpec,
    of_test: Isolated,
    options: TestOptions,
    chosen: Optional[tuple[str, ...]],
    base: Path,
) -> RunRequest:
    from tfxc.backends.local.backend import container_findings
    from tfxc.backends.local.running.prepare import RunRequest, require_date
    from tfxc.compiler.bundle import read_modules

    assert checked.plan is not None  # noqa: S101 - the caller has seen to that
    run = of_test.nodes
    if chosen is not None:
        run = tuple(node for node in chosen if run is None or node in run)
    if run == ():
        raise Failure("no node is left to run: " + "; ".join(map(": ".join, of_test.left_out.items())) + ".")
    findings = container_findings(of_test.plan, run)
    if findings:
        raise Failure("; ".join(finding.message for finding in findings) + ".")
    return RunRequest(
        plan=of_test.plan,
        modules=read_modules(checked.plan, base),
        base_folder=base,
        parameters=of_test.parameters,
        run_id=RUN_ID,
        run_date=None if options.run_date is None else require_date(options.run_date),
        nodes=run,
        jobs=options.jobs,
    )


def _executed(request: RunRequest, started: Started, shown: Shown) -> RunOutcome:
    from tfxc.backends.local.running.interrupts import Interrupts
    from tfxc.backends.local.running.machine import this_machine
    from tfxc.backends.local.running.prepare import prepare_run
    from tfxc.backends.local.running.run import execute_run
    from tfxc.backends.local.screen.progress import make_progress

    prepared = prepare_run(request, datetime.now().astimezone())
    progress = make_progress(request.plan, shown.stream, quiet=shown.quiet)
    with Interrupts() as interrupts:
        try:
            return execute_run(prepared, started.client, progress, this_machine(), interrupts, started.log)
        finally:
            progress.close()


def _record(
    checked: CheckedSpec,
    options: TestOptions,
    root: Path,
    samples: tuple[SplitSample, ...],
    of_test: Isolated,
    posted: Sequence[Posted],
    outcome: RunOutcome,
) -> TestRecord:
    from tfxc.compiler.testing.record import PostedRecord, ReplacedRecord, SampleRecord, TestRecord

    environment = checked.loaded.environment
    return TestRecord(
        spec=str(checked.loaded.path),
        environment=environment,
        changed=bool(environment or options.assignments or options.parameters),
        root=str(root),
        samples=tuple(SampleRecord(**asdict(each), is_whole=each.is_whole) for each in samples),
        replaced=tuple(ReplacedRecord(**asdict(each)) for each in of_test.replaced),
        left_out=dict(of_test.left_out),
        posted=tuple(PostedRecord(**asdict(each)) for each in posted),
        exit_code=outcome.exit_code,
        run=outcome.report,
    )
