"""Mutants of every spec: no command that reads them fails by itself, hangs, or runs what it reads."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.fuzzing.mutants import NAMES, SPECS, Mutant
from tests.fuzzing.parent import broken_by

pytestmark = pytest.mark.fuzz

SEEDS = 4 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 3
"""mutants of each spec; ``python -m tests.fuzzing`` tries as many as there is time for"""


@pytest.mark.parametrize("part", range(2))
def test_mutants_of_every_spec(part: int) -> None:
    mutants = [Mutant(name, seed) for name in NAMES[part::2] for seed in range(SEEDS)]
    assert broken_by(mutants) == []


def test_a_mutant_is_the_same_every_time(tmp_path: Path) -> None:
    for seed in range(8):
        once = Mutant("parts", seed).write(tmp_path / f"{seed}")
        again = Mutant("parts", seed).write(tmp_path / f"{seed} again")
        files = sorted(path.relative_to(once.parent) for path in once.parent.rglob("*.*"))
        assert all(
            (once.parent / file).read_bytes() == (again.parent / file).read_bytes()
            for file in files
            if (once.parent / file).is_file()
        )


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("raise ZeroDivisionError", "ZeroDivisionError"),
        ("while True: pass", "more than 5 s of CPU time"),
        ("x = bytearray(2**31)", "MemoryError"),
        ("import sys; sys.path.insert(0, str(path.parent)); import steps", "RanUserCodeError"),
        ("import subprocess; subprocess.run(['true'])", "RanUserCodeError"),
    ],
)
def test_what_is_looked_for_is_found(what: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import tfxc.compiler.driver as driver\n"
        "def wrong(path, *arguments, **options):\n"
        f"    {what}\n"
        "    raise OSError\n"
        "driver.load = wrong\n"
    )
    assert (SPECS / "custom" / "steps.py").exists()
    problems = broken_by([Mutant("custom", 0)], search_path=tmp_path)
    assert problems, what
    assert told in problems[0]
