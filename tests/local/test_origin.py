"""What a run records of where it came from."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tfxc.backends.local.running.origin import revision_of, version_of


def git(folder: Path, *arguments: str) -> str:
    named = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", "-C", str(folder), *named, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_the_revision_is_the_commit_and_whether_tracked_files_of_the_folder_differ(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    spec = tmp_path / "spec"
    spec.mkdir()
    (spec / "pipeline.yaml").write_text("a")
    (tmp_path / "other.txt").write_text("a")
    assert revision_of(spec) is None  # no commit yet
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    (spec / "runs").mkdir()
    (spec / "runs" / "new").write_text("untracked")
    (tmp_path / "other.txt").write_text("changed")
    clean = revision_of(spec)
    assert clean is not None
    assert (clean.commit, clean.dirty) == (git(tmp_path, "rev-parse", "HEAD"), False)
    (spec / "pipeline.yaml").write_text("b")
    changed = revision_of(spec)
    assert changed is not None
    assert changed.dirty


def test_no_repository_and_no_git_are_no_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    assert revision_of(tmp_path) is None
    assert revision_of(tmp_path / "missing") is None
    monkeypatch.setenv("PATH", "")
    assert revision_of(tmp_path) is None


def test_versions_are_those_of_installed_packages() -> None:
    assert version_of("pydantic")
    assert version_of("no-such-package-at-all") is None
