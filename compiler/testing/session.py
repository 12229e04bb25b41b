"""All specs that one `tfxc test` tests: each is run, then the tests beside it; then its folder is removed."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Optional, TextIO

from tfxc.compiler.testing.judge import Point, Severity, judged
from tfxc.compiler.testing.options import TestOptions
from tfxc.compiler.testing.own_tests import has_pytest, own_tests, run_own_tests
from tfxc.compiler.testing.report import SpecResult
from tfxc.compiler.testing.run import Shown, environment_of, new_root, remove_root, run_test, throw_away_root
from tfxc.schemas.failures import SIGNAL_OFFSET, Failure, WrongUse

if TYPE_CHECKING:
    from tfxc.compiler.driver import CheckedSpec

_STOPPING = (signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Session:
    """What is asked of all specs. ``shown`` makes what a spec's run is shown on.

    ``ran`` tells of a spec that was run, before the tests beside it are, and ``over`` of all that came out.
    ``check`` returns a spec with its Plan, or tells of its mistakes and returns it without one.
    """

    options: TestOptions
    not_blessed: Severity
    anomalies: Severity
    with_own_tests: bool
    keep: bool
    warm: bool
    check: Callable[[Path, Optional[str]], CheckedSpec]
    shown: Callable[[Path, Optional[str]], Shown]
    ran: Callable[[SpecResult], None]
    over: Callable[[SpecResult], None]
    output: TextIO


def spec_results(specs: Sequence[Path], session: Session) -> Iterator[SpecResult]:
    """Tests specs, those of one folder together, and yields how each came out, in their order.

    Raises WrongUse, and Interrupted once a run was stopped.
    """
    folders = list(dict.fromkeys(spec.resolve().parent for spec in specs))
    for folder in folders:
        yield from _of_folder(folder, [spec for spec in specs if spec.resolve().parent == folder], session)


class Interrupted(Exception):  # noqa: N818 - nothing went wrong
    """A run was stopped by a signal. ``exit_code`` says by which."""

    def __init__(self, exit_code: int) -> None:
        super().__init__(f"stopped by signal {exit_code - SIGNAL_OFFSET}")
        self.exit_code = exit_code


@contextlib.contextmanager
def cleaning_up() -> Iterator[None]:
    """Makes SIGTERM and SIGHUP end a ``with`` block as Ctrl-C does, so that nothing stays behind."""

    def stop(number: int, frame: Optional[FrameType]) -> None:
        raise SystemExit(SIGNAL_OFFSET + number)

    before = {
        number: signal.signal(number, stop)
        for number in _STOPPING
        if signal.getsignal(number) is signal.SIG_DFL
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _of_folder(folder: Path, specs: Sequence[Path], session: Session) -> Iterator[SpecResult]:
    """Tests the specs of one folder, and runs its own tests with the last of them."""
    with contextlib.ExitStack() as stack:
        roots: dict[Path, Path] = {}
        for spec in specs:
            root = new_root()
            if not session.keep:
                stack.callback(remove_root, root)
            result = _of_spec(spec, root, session)
            if result.record is not None:
                roots[spec] = root
            elif session.keep:
                remove_root(root)
            session.ran(result)
            if spec == specs[-1]:
                result = replace(result, points=(*result.points, *_own_tests(folder, roots, session)))
            session.over(result)
            yield result


def _of_spec(spec: Path, root: Path, session: Session) -> SpecResult:
    from tfxc.backends.local.running.launching import starting_launcher
    from tfxc.backends.local.running.warmth import seconds_to_stay

    environment = environment_of(spec, session.options.environment)
    with starting_launcher(seconds_to_stay(os.environ, wanted=session.warm)) as started:
        checked = session.check(spec, environment)
        if checked.plan is None:
            errors = sum(diagnostic.is_error for diagnostic in checked.diagnostics)
            said = f"{errors} mistakes" if errors > 1 else "a mistake"
            return SpecResult(spec, environment, (Point("valid", "failed", f"the spec has {said}"),))
        valid = Point("valid", "passed")
        try:
            record = run_test(checked, session.options, root, started, session.shown(spec, environment))
        except WrongUse:
            raise
        except Failure as failure:
            return SpecResult(spec, environment, (valid, Point("run", "failed", str(failure))))
    if record.exit_code > SIGNAL_OFFSET:
        raise Interrupted(record.exit_code)
    points = (valid, *judged(record, session.not_blessed, session.anomalies))
    return SpecResult(spec, environment, points, record, session.keep)


def _own_tests(folder: Path, roots: dict[Path, Path], session: Session) -> tuple[Point, ...]:
    """Runs the tests beside the specs of a folder, if that is asked for, and if any was run."""
    tests = own_tests(folder) if session.with_own_tests and roots else []
    if not tests:
        return ()
    if not has_pytest():
        return (Point("own tests", "skipped", "pytest is not installed here: `pip install pytest`"),)
    session.output.flush()
    with throw_away_root() as scratch:
        return run_own_tests(tests, roots, scratch, session.output)
