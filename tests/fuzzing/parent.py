"""Starts the process that tries mutants, and reads what it found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.fuzzing.mutants import Mutant

ROOT = Path(__file__).parents[2]


def broken_by(mutants: Sequence[Mutant], search_path: Path = ROOT) -> list[str]:
    """Returns the properties that mutants broke, each with the mutant's name; a process that ended is one.

    ``search_path`` is a folder that Python looks for modules in.
    """
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzzing.child", *map(str, mutants)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(search_path)},
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    problems = [f"{line['mutant']}: {line['problem']}" for line in lines if "problem" in line]
    if {"tried": len(mutants)} not in lines:
        problems.append(f"{', '.join(map(str, mutants))}: the process ended: {done.stderr[-4000:]}")
    return problems
