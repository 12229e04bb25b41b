"""The Python files that belong to a module of the user's: those of its folder and the packages below."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

MOST_FILES = 10_000
MOST_BYTES = 64 * 1024 * 1024


class ForeignLinkError(Exception):
    """A folder of modules has a link ``….py`` out of it to something else. The text is its path there."""


class TooManyModulesError(Exception):
    """A folder holds more Python files than a pipeline's code would: the text is a sentence's end."""


def module_files(folder: Path, packages: set[str] | frozenset[str] = frozenset()) -> list[str]:
    """Returns the Python files of a folder and of the packages below it, sorted, with forward slashes.

    A folder below is a package if it has an ``__init__.py``, or if it is on the way to one of
    `packages` (dotted names). Hidden folders are left out, and so are links that lead nowhere or back to a
    folder that they lie in. All other links are followed, out of the folder too, as Python follows them:
    what a module imports here, it imports from a bundle. Raises TooManyModulesError, ForeignLinkError.
    """
    wanted = {
        "/".join(name.split(".")[: depth + 1]) for name in packages for depth in range(name.count(".") + 1)
    }
    files: list[str] = []
    size = 0
    for relative, length in _python_files(folder, PurePosixPath(), wanted, (folder.resolve(),)):
        files.append(relative)
        size += length
        if len(files) > MOST_FILES or size > MOST_BYTES:
            raise TooManyModulesError(
                f"holds more than {MOST_FILES:,} Python files or {MOST_BYTES // 2**20} MiB of them"
            )
    return sorted(files)


def is_foreign_link(path: Path) -> bool:
    """Whether a path is a link out of its folder to a file that is not called ``….py``.

    Python code that lies elsewhere is meant to be used; a key or a password file is not.
    """
    try:
        if not path.is_symlink():
            return False
    except (OSError, ValueError):  # a path that no file can have
        return False
    target = Path(os.path.realpath(path))
    return target.suffix != ".py" and not target.is_relative_to(os.path.realpath(path.parent))


def _python_files(
    folder: Path, relative: PurePosixPath, wanted: set[str], above: tuple[Path, ...]
) -> Iterator[tuple[str, int]]:
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        inner = relative / entry.name
        if entry.name.startswith("."):
            continue
        if entry.name.endswith(".py") and _is_file(entry):
            if is_foreign_link(Path(entry.path)):
                raise ForeignLinkError(str(inner))
            yield str(inner), entry.stat().st_size
        elif entry.name.isidentifier() and _is_dir(entry):
            path = Path(entry.path)
            resolved = path.resolve()
            if resolved not in above and ((path / "__init__.py").is_file() or str(inner) in wanted):
                yield from _python_files(path, inner, wanted, (*above, resolved))


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # links in a circle
        return False


def _is_dir(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
