"""The Python files that belong to a module of the user's: those of its folder and the packages below."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

MOST_FILES = 10_000
MOST_BYTES = 64 * 1024 * 1024


class TooManyModulesError(Exception):
    """A folder holds more Python files than a pipeline's code would: the text is a sentence's end."""


def module_files(folder: Path, packages: set[str] | frozenset[str] = frozenset()) -> list[str]:
    """Returns the Python files of a folder and of the packages below it, sorted, with forward slashes.

    A folder below is a package if it has an ``__init__.py``, or if it is on the way to one of
    `packages` (dotted names). Hidden folders and links that lead out of the folder are left out.
    Raises TooManyModulesError.
    """
    wanted = {
        "/".join(name.split(".")[: depth + 1]) for name in packages for depth in range(name.count(".") + 1)
    }
    files: list[str] = []
    size = 0
    for relative, length in _python_files(folder, PurePosixPath(), wanted, folder.resolve()):
        files.append(relative)
        size += length
        if len(files) > MOST_FILES or size > MOST_BYTES:
            raise TooManyModulesError(
                f"holds more than {MOST_FILES:,} Python files or {MOST_BYTES // 2**20} MiB of them"
            )
    return sorted(files)


def _python_files(
    folder: Path, relative: PurePosixPath, wanted: set[str], root: Path
) -> Iterator[tuple[str, int]]:
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        inner = relative / entry.name
        if entry.name.startswith(".") or not _stays_inside(entry, root):
            continue
        if entry.name.endswith(".py") and entry.is_file():
            yield str(inner), entry.stat().st_size
        elif entry.name.isidentifier() and entry.is_dir() and not entry.is_symlink():
            path = Path(entry.path)
            if (path / "__init__.py").is_file() or str(inner) in wanted:
                yield from _python_files(path, inner, wanted, root)


def _stays_inside(entry: os.DirEntry[str], root: Path) -> bool:
    if not entry.is_symlink():
        return True
    try:
        return Path(entry.path).resolve(strict=True).is_relative_to(root)
    except (OSError, RuntimeError):
        return False
