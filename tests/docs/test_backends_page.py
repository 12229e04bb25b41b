"""The backend of docs/backends.md: it is found, and its script does what the page says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

TFXC = [sys.executable, "-c", "from tfxc.compiler.cli import main; main()"]


def run(*command: object, cwd: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env={**environment, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def words(pages: dict[str, Any], tmp_path: Path) -> Path:
    """The folder of the spec and the module that docs/spec.md runs."""
    blocks = pages["docs/spec.md"].blocks
    for block in blocks:
        if block.name == "words.py":
            (tmp_path / "words.py").write_text(block.text, encoding="utf-8")
        if "run" in block.notes:
            (tmp_path / "pipeline.yaml").write_text(block.text, encoding="utf-8")
    return tmp_path


def test_it_is_found_and_writes_its_bundle(with_shell_backend: dict[str, str], words: Path) -> None:
    compile_ = [*TFXC, "compile", "pipeline.yaml", "--backend", "shell", "-o", "build"]
    done = run(*compile_, cwd=words, environment=with_shell_backend)
    assert (done.returncode, done.stdout) == (0, "build: 3 files written\n"), done.stderr
    assert (words / "build/run.sh").read_text().endswith("node one\nnode two\nnode compare one two\n")
    assert run("sh", "-n", "build/run.sh", cwd=words, environment=with_shell_backend).returncode == 0
    again = run(*compile_, cwd=words, environment=with_shell_backend)
    assert again.stdout == "build: 0 files written, 3 unchanged\n"


def test_its_settings_and_findings_are_reported(with_shell_backend: dict[str, str], words: Path) -> None:
    spec = words / "pipeline.yaml"
    good = spec.read_text(encoding="utf-8")
    for section, message in (
        ("{pyton: python3}", "did you mean `python`?"),
        ("{python: my python}", "`my python` cannot stand in the script as it is"),
    ):
        spec.write_text(f"{good}backends: {{shell: {section}}}\n", encoding="utf-8")
        done = run(*TFXC, "validate", "pipeline.yaml", cwd=words, environment=with_shell_backend)
        assert done.returncode == 1
        assert message in done.stdout
        assert "pipeline.yaml:17:" in done.stdout


@pytest.mark.tfx
def test_its_script_runs_the_pipeline(with_shell_backend: dict[str, str], words: Path) -> None:
    spec = words / "pipeline.yaml"
    spec.write_text(
        f"{spec.read_text(encoding='utf-8')}backends: {{shell: {{python: {sys.executable}}}}}\n".replace(
            "    words: one.words\n", "    words: one.words\n    when: one.words.value == 0\n"
        ),
        encoding="utf-8",
    )
    run(
        *TFXC,
        "compile",
        "pipeline.yaml",
        "--backend",
        "shell",
        "-o",
        "build",
        cwd=words,
        environment=with_shell_backend,
    )
    done = run("sh", "build/run.sh", "first", cwd=words, environment=with_shell_backend)
    assert done.returncode == 0, done.stderr
    states = [line.split(" in ")[0] for line in done.stdout.splitlines() if line[:1].strip()]
    assert states == ["one: succeeded", "two: succeeded", "compare: skipped"]
