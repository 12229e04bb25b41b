"""Every spec that the documentation shows is one, and every output is what its command prints."""

from __future__ import annotations

import io
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tfxc.compiler import cli
from tfxc.compiler.driver import check
from tfxc.compiler.output import write_diagnostics

TFXC = [sys.executable, "-c", "from tfxc.compiler.cli import main; main()"]
LEFT_OUT = "…"
"""A line of an output that stands for any number of lines."""

KNOWN_NOTES = {"run", "part of", "at", "not a spec", "output of", "in", "imports of", "recipe", "ask"}


def _put_beside(block: Any, pages: dict[str, Any], root: Path, folder: Path) -> None:
    """Writes the files that lie beside the specs of a block's page, and a module of penguins."""
    shutil.copy(root / "tests/docs/penguin.py", folder)
    page = pages[str(block.page.relative_to(root))]
    for other in page.blocks:
        if other.name and other is not block:
            (folder / other.name).parent.mkdir(parents=True, exist_ok=True)
            (folder / other.name).write_text(other.text, encoding="utf-8")


def _require_valid(spec: Path) -> None:
    """Fails if there is anything to say about a spec, with or without one of the environments in it."""
    environments = yaml.safe_load(spec.read_text(encoding="utf-8")).get("environments") or {}
    for environment in (None, *environments):
        checked = check(spec, environment)
        said = io.StringIO()
        write_diagnostics([checked], said)
        assert not checked.diagnostics, said.getvalue()


def test_a_whole_spec_is_valid(
    whole_spec: Any, pages: dict[str, Any], root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _put_beside(whole_spec, pages, root, tmp_path)
    spec = Path(whole_spec.name or "pipeline.yaml")
    spec.write_text(whole_spec.text, encoding="utf-8")
    _require_valid(spec)


@pytest.mark.tfx
def test_a_spec_that_can_be_run_runs(
    spec_to_run: Any, pages: dict[str, Any], root: Path, tmp_path: Path
) -> None:
    _put_beside(spec_to_run, pages, root, tmp_path)
    (tmp_path / "pipeline.yaml").write_text(spec_to_run.text, encoding="utf-8")
    done = subprocess.run(
        [*TFXC, "run", "-q", "pipeline.yaml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_part_fits_the_spec_that_it_is_a_part_of(
    part_of_a_spec: Any, pages: dict[str, Any], root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    base = root / part_of_a_spec.notes["part of"] / "pipeline.yaml"
    left_out = shutil.ignore_patterns("runs", "serving", "data", "__pycache__")
    shutil.copytree(base.parent, tmp_path, ignore=left_out, dirs_exist_ok=True)
    _put_beside(part_of_a_spec, pages, root, tmp_path)
    keys = [key for key in part_of_a_spec.notes.get("at", "").split(".") if key]
    above = "".join(f"{'  ' * depth}{key}:\n" for depth, key in enumerate(keys))
    text = "".join(f"{'  ' * len(keys)}{line}\n" for line in part_of_a_spec.text.splitlines())
    spec = Path("part.yaml")
    spec.write_text(f"extends: pipeline.yaml\n{above}{text}", encoding="utf-8")
    _require_valid(spec)


def test_other_yaml_can_be_read(other_yaml: Any) -> None:
    assert list(yaml.safe_load_all(other_yaml.text))


def test_an_output_is_what_its_command_prints(
    printed: Any,
    pages: dict[str, Any],
    root: Path,
    tmp_path: Path,
    with_shell_backend: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    command = shlex.split(printed.notes["output of"])
    assert command[0] == "tfxc"
    if "in" in printed.notes:
        folder = tmp_path / "example"
        shutil.copytree(root / printed.notes["in"], folder, ignore=shutil.ignore_patterns("runs", "serving"))
        _replace_lines(folder / "pipeline.yaml", printed.notes)
    else:
        folder = tmp_path
        _put_beside(printed, pages, root, folder)
        (folder / "pipeline.yaml").write_text(printed.spec, encoding="utf-8")
    if printed.page.name == "backends.md":
        output = _printed_with(with_shell_backend, folder, command[1:])
    else:
        output = _printed_here(monkeypatch, folder, command[1:])
    rest = f"\n{output}"
    for piece in re.split(rf"^{LEFT_OUT}\n", printed.text, flags=re.MULTILINE):
        assert f"\n{piece}" in rest, output
        rest = rest[rest.index(f"\n{piece}") + len(piece) :]


def _printed_here(monkeypatch: pytest.MonkeyPatch, folder: Path, arguments: list[str]) -> str:
    """Returns what a command prints, run in this process (tests/compiler/test_cli.py: it is the same)."""
    stream = io.TextIOWrapper(io.BytesIO(), "utf-8")
    with monkeypatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("NO_COLOR", "1")
        patch.setenv("COLUMNS", "80")
        patch.setattr(sys, "stdout", stream)
        patch.setattr(sys, "stderr", stream)
        cli.run(arguments)
    stream.seek(0)
    return stream.read()


def _printed_with(environment: dict[str, str], folder: Path, arguments: list[str]) -> str:
    """Returns what a command prints in a process with another environment."""
    return subprocess.run(
        [*TFXC, *arguments],
        cwd=folder,
        env={**environment, "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=120,
        check=False,
    ).stdout


def _replace_lines(spec: Path, notes: dict[str, str]) -> None:
    """Carries out the notes ``line N: TEXT``; the indentation stays."""
    lines = spec.read_text(encoding="utf-8").splitlines()
    for key, text in notes.items():
        if number := re.fullmatch(r"line (\d+)", key):
            old = lines[int(number.group(1)) - 1]
            lines[int(number.group(1)) - 1] = old[: len(old) - len(old.lstrip())] + text
    spec.write_text("\n".join([*lines, ""]), encoding="utf-8")


def test_every_diagnostic_that_is_shown_has_its_command(page: Any) -> None:
    for block in page.blocks:
        if re.search(r"^(error|warning)\[", block.text, re.MULTILINE):
            assert block.notes.keys() & {"output of", "recipe"}, (
                f"{block} shows a diagnostic without `output of`"
            )


def test_every_note_is_one_that_is_looked_at(page: Any) -> None:
    for block in page.blocks:
        unknown = {key for key in block.notes if not re.fullmatch(r"line \d+", key)} - KNOWN_NOTES
        assert not unknown, f"{block}: {unknown}"
        assert block.language, f"{block} says no language"
