"""The runs of one session of pytest: each spec is run once for all tests that ask the same of it."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

from tfxc.compiler.testing.options import TestOptions, options_from
from tfxc.compiler.testing.own_tests import TESTED
from tfxc.compiler.testing.record import TestRecord, read_record
from tfxc.compiler.testing.run import remove_root
from tfxc.schemas.failures import SIGNAL_OFFSET, Failure

if TYPE_CHECKING:
    from tfxc.compiler.testing.sample_run import SampleRun
    from tfxc.compiler.testing.spec import Spec


class SpecRuns:
    """Runs specs on a sample of their data, as `tfxc test` does, and keeps what they left.

    ``folder`` is where the folders of the tests lie: processes that share it (pytest-xdist's workers) share
    the runs. Under `tfxc test` a run that was asked for without options is the one of the command.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._found: dict[str, SampleRun] = {}
        self._failed: dict[str, str] = {}
        self._specs: dict[tuple[Path, Optional[str]], Spec] = {}

    def spec(self, path: Path, env: Optional[str] = None) -> Spec:
        """Returns a spec, checked once. Raises AssertionError if there is no such file."""
        from tfxc.compiler.testing.spec import Spec

        place = _existing(path)
        key = (place.resolve(), env)
        if key not in self._specs:
            self._specs[key] = Spec(place, env)
        return self._specs[key]

    def run(self, path: Path, **options: Any) -> SampleRun:
        """Returns the run of a spec; its nodes may have failed.

        Options are ``env``, ``parameters``, ``rows``, ``whole``, ``to_nodes``, ``run_date`` and ``jobs``, as
        those of `tfxc test`. Raises AssertionError for a spec with mistakes and for what cannot be run.
        """
        from tfxc.compiler.testing.sample_run import SampleRun

        place = _existing(path)
        asked = options_from(options)
        key = asked.key(place)
        if key in self._failed:  # what failed once is not tried again for each test
            raise AssertionError(self._failed[key])
        if key not in self._found:
            record = None if options else _of_command(place)
            try:
                self._found[key] = SampleRun(record or self._shared(place, asked, key))
            except (AssertionError, Failure) as failure:
                self._failed[key] = str(failure)
                raise AssertionError(str(failure)) from None
        return self._found[key]

    def _shared(self, spec: Path, options: TestOptions, key: str) -> TestRecord:
        """Returns the record of a run that this process or another one makes, whoever comes first."""
        root = self._folder / f"tfxc-{key}"
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / f"tfxc-{key}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            record = read_record(root)
            if record is None:
                remove_root(root)  # what a process has left that was killed
                root.mkdir()
                record = self._made(spec, options, root)
            return record

    def _made(self, spec: Path, options: TestOptions, root: Path) -> TestRecord:
        import sys

        from tfxc.backends.local.running.launching import starting_launcher
        from tfxc.backends.local.running.warmth import seconds_to_stay
        from tfxc.compiler.testing.run import Shown, run_test

        checked = self.spec(spec, options.environment)
        if checked.errors:
            checked.assert_valid(strict=False)
        with starting_launcher(seconds_to_stay(os.environ, wanted=True)) as started:
            record = run_test(checked.checked, options, root, started, Shown(sys.stderr, quiet=True))
        if record.exit_code > SIGNAL_OFFSET:
            remove_root(root)
            raise KeyboardInterrupt
        return record


def _of_command(spec: Path) -> Optional[TestRecord]:
    """Returns the record of the `tfxc test` that has started this pytest, if it tests this spec."""
    told: Mapping[str, str] = json.loads(os.environ.get(TESTED) or "{}")
    root = told.get(str(spec.resolve()))
    return None if root is None else read_record(Path(root))


def _existing(path: Path) -> Path:
    """Returns the file of a spec, which may be given as its folder."""
    from tfxc.compiler.source.read import SPEC_FILE

    place = path / SPEC_FILE if path.is_dir() else path
    if not place.is_file():
        raise AssertionError(f"there is no spec {place}")
    return place
