"""Writing a new folder: all of it, or nothing; never over what is there."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from tfxc.schemas.failures import WrongUse


def require_new(folder: Path) -> None:
    """Raises WrongUse if a folder is there and has something in it, or if something else is there."""
    if folder.is_symlink() and not folder.exists():
        raise WrongUse(f"{folder} is a link that leads nowhere: name another folder")
    if folder.exists() and not folder.is_dir():
        raise WrongUse(f"{folder} is a file: name another folder")
    if folder.is_dir() and any(folder.iterdir()):
        raise WrongUse(f"{folder} has files in it, and none is ever overwritten: name a new folder")


def write_new(folder: Path, write: Callable[[Path], None]) -> None:
    """Makes a folder of what ``write`` puts into one; when that fails, or is stopped, there is nothing new.

    Raises WrongUse as `require_new` does, OSError, and what ``write`` raises.
    """
    require_new(folder)
    existing = folder.absolute()
    while not existing.exists():
        existing = existing.parent
    if not folder.is_dir():
        with tempfile.TemporaryDirectory(prefix=".tfxc-", dir=existing) as made:
            content = Path(made) / "content"
            content.mkdir()
            write(content)
            _make_parents(folder.absolute().parent, existing)
            content.rename(folder)
        return
    # The folder itself stays: a shell may stand in it.
    moved: list[Path] = []
    with tempfile.TemporaryDirectory(prefix=".tfxc-", dir=existing) as made:
        write(Path(made))
        try:
            for each in sorted(Path(made).iterdir()):
                moved.append(folder / each.name)
                each.rename(moved[-1])
        except BaseException:
            for each in moved:
                shutil.rmtree(each, ignore_errors=True)
                each.unlink(missing_ok=True)
            raise


def _make_parents(parent: Path, existing: Path) -> None:
    if parent != existing:
        parent.mkdir(parents=True)
