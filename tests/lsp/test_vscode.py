"""The extension for VS Code: its code is checked, and it can be packaged."""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXTENSION = ROOT / "editors/vscode"


def test_it_asks_for_the_program_that_there_is_and_describes_the_specs_that_tfxc_takes() -> None:
    package = json.loads((EXTENSION / "package.json").read_text(encoding="utf-8"))
    settings = package["contributes"]["configuration"]["properties"]
    assert settings["tfxc.command"]["default"] == ["tfxc", "lsp"]
    assert package["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"] == ["tfxc.command"]


def test_the_lock_names_no_registry() -> None:
    lock = json.loads((EXTENSION / "package-lock.json").read_text(encoding="utf-8"))
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a copy of the extension with what npm installs for it."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    folder = tmp_path_factory.mktemp("repository")
    copy = folder / "editors/vscode"
    built = shutil.ignore_patterns("node_modules", "dist", "*.vsix")
    shutil.copytree(EXTENSION, copy, ignore=built)
    shutil.copy(ROOT / "LICENSE", folder)
    (folder / "docs").mkdir()
    shutil.copy(ROOT / "docs/tfxc.schema.json", folder / "docs")
    _npm(copy, "ci", "--no-audit", "--no-fund")
    return copy


@pytest.mark.registry
def test_its_code_is_checked_and_it_is_packaged(copy: Path) -> None:
    _npm(copy, "run", "check")
    _npm(copy, "run", "package")
    with zipfile.ZipFile(copy / "tfxc.vsix") as package:
        held = set(package.namelist())
    assert {"extension/dist/extension.js", "extension/dist/tfxc.schema.json", "extension/readme.md"} <= held
    assert not [name for name in held if "node_modules" in name or name.endswith(".ts")]


def _npm(folder: Path, *arguments: str) -> None:
    done = subprocess.run(["npm", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
