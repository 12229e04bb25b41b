"""The tests that lie beside a spec: which they are, and running them with pytest."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from tfxc.compiler.testing.judge import Point, Verdict

TESTED = "TFXC_TESTED"
"""Environment variable of pytest: spec → folder of its test, as JSON; what the fixtures take."""
TEST = "test "
"""What the names of the points of tests begin with."""
_PATTERNS = ("test_*.py", "*_test.py")
_FOLDER = "tests"
_GOOD = (0, 5)
"""Exit codes of pytest: all passed, there were none."""


def own_tests(folder: Path) -> list[Path]:
    """Returns what pytest is to look at: test modules beside the specs of a folder, and its ``tests``."""
    found = sorted(path for pattern in _PATTERNS for path in folder.glob(pattern))
    tests = folder / _FOLDER
    if any(next(tests.rglob(pattern), None) for pattern in _PATTERNS):
        found.append(tests)
    return found


def has_pytest() -> bool:
    """Whether pytest is installed here."""
    return importlib.util.find_spec("pytest") is not None


def run_own_tests(
    tests: Sequence[Path], roots: Mapping[Path, Path], scratch: Path, output: IO[Any]
) -> tuple[Point, ...]:
    """Runs tests, and returns a point for each.

    ``roots`` are the folders of the tests of the specs, which fixtures take their runs from. pytest writes
    to ``output``, and nothing beside the tests: neither its cache nor compiled modules.
    """
    report = scratch / "pytest.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tfxc.testing", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, f"--junitxml={report}", *map(str, tests)],
        stdout=output,
        env=_environment(roots, scratch),
        check=False,
    )
    points = tuple(_points(report)) if report.exists() else ()
    if done.returncode not in _GOOD and all(point.verdict != "failed" for point in points):
        points = (*points, Point("pytest", "failed", f"it ended with exit code {done.returncode}"))
    return points


def _environment(roots: Mapping[Path, Path], scratch: Path) -> dict[str, str]:
    own = str(Path(sys.executable).parent)
    return {
        **os.environ,
        # Tests may start `tfxc`: this one.
        "PATH": os.pathsep.join([own, *filter(None, [os.environ.get("PATH")])]),
        "PYTHONPYCACHEPREFIX": str(scratch / "pycache"),
        TESTED: json.dumps({str(spec.resolve()): str(root) for spec, root in roots.items()}),
    }


def _points(report: Path) -> Iterator[Point]:
    """Yields the tests of a report of pytest's."""
    try:
        root = ElementTree.parse(report).getroot()  # noqa: S314 - the pytest that was started here wrote it
    except ElementTree.ParseError:
        return
    verdicts: dict[str, Verdict] = {"failure": "failed", "error": "failed", "skipped": "skipped"}
    for case in root.iter("testcase"):
        place = case.get("classname", "").replace(".", "/")
        name = TEST + "::".join(filter(None, (place, case.get("name", ""))))
        for outcome in case:
            if outcome.tag in verdicts:
                yield Point(name, verdicts[outcome.tag], outcome.get("message", ""))
                break
        else:
            yield Point(name, "passed")
