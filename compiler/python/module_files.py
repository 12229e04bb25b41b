"""The Python files that belong to a module of the user's: those of its folder and the packages below."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from tfxc.compiler.source.files import DISK, Files

MOST_FILES = 10_000
MOST_BYTES = 64 * 1024 * 1024


class ForeignLinkError(Exception):
    """A folder of modules has a link ``….py`` out of it to something else. The text is its path there."""


class TooManyModulesError(Exception):
    """A folder holds more Python files than a pipeline's code would: the text is a sentence's end."""


def module_files(
    folder: Path, packages: set[str] | frozenset[str] = frozenset(), reader: Files = DISK
) -> list[str]:
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
    for relative, length in _python_files(folder, PurePosixPath(), wanted, (folder.resolve(),), reader):
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
    folder: Path, relative: PurePosixPath, wanted: set[str], above: tuple[Path, ...], reader: Files
) -> Iterator[tuple[str, int]]:
    for name in reader.names(folder):
        inner, path = relative / name, folder / name
        if name.startswith("."):
            continue
        if name.endswith(".py") and reader.is_file(path):
            if is_foreign_link(path):
                raise ForeignLinkError(str(inner))
            yield str(inner), reader.size(path)
        elif name.isidentifier() and reader.is_dir(path):
            resolved = Path(os.path.realpath(path))
            is_package = reader.is_file(path / "__init__.py") or str(inner) in wanted
            if resolved not in above and is_package:
                yield from _python_files(path, inner, wanted, (*above, resolved), reader)
