"""What .ci/debian13 names is there: a name that nothing has ends a run of pytest before its first test."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_tests_that_it_names_are_there() -> None:
    script = (ROOT / ".ci" / "debian13").read_text()
    named = re.findall(r"tests/[\w/.]+(?:::\w+(?:\[[\w-]+\])?)?", script)
    left_out = re.findall(r"for name in ([\w ]+); do\n\s+left_out", script)[0].split()
    paths = [each for each in named if not each.endswith("test_")]
    assert any("::" in each for each in paths)
    for path in (*paths, *(f"tests/launcher/test_{name}.py" for name in left_out)):
        assert (ROOT / path.partition("::")[0]).exists(), path
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--collect-only", "-p", "no:cacheprovider"]
        + [each for each in paths if "::" in each],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
