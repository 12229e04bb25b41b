"""What a run was made from, beside its spec: installed versions, and the revision of its repository."""

from __future__ import annotations

import os
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tfxc.backends.metadata.run_folder import RevisionRecord

_PATIENCE = 5.0
"""Seconds for which git is waited for, at most twice."""


def version_of(package: str) -> str | None:
    """Returns the version of an installed package, or None."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def revision_of(folder: Path) -> RevisionRecord | None:
    """Returns the commit of the repository that a folder is in, and whether files in the folder differ.

    None if it is in none, or git is not there or does not answer: a run never fails for it.
    """
    commit = _git(folder, "rev-parse", "--verify", "HEAD")
    if not commit:
        return None
    changed = _git(folder, "status", "--porcelain", "--untracked-files=no", "--", ".")
    return None if changed is None else RevisionRecord(commit=commit, dirty=bool(changed))


def _git(folder: Path, *arguments: str) -> str | None:
    """Returns what git prints, or None if it fails."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],  # noqa: S607 - the user's own git
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
