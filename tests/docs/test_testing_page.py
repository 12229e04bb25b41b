"""The tests that docs/testing.md shows are collected, and those of the spec pass.

tests/testing/test_tfx_testing.py runs those of the run as well.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any


def test_the_tests_of_the_page(pages: dict[str, Any], root: Path, tmp_path: Path) -> None:
    left = shutil.ignore_patterns("runs", "serving", "__pycache__")
    shutil.copytree(root / "specs" / "penguin", tmp_path / "penguin", ignore=left)
    files = {
        block.name: block.text for block in pages["docs/testing.md"].blocks if block.language == "python"
    }
    assert set(files) == {"test_penguin.py", "test_small.py"}
    for name, text in files.items():
        (tmp_path / "penguin" / name).write_text(text, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "tfxc.testing",
        "--strict-markers",
        "-k",
        "blessed",
    ]
    done = subprocess.run(
        [*command, "-k", "blessed"],
        cwd=tmp_path / "penguin",
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert "1 passed, 3 deselected" in done.stdout, done.stdout + done.stderr
