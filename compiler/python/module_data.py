"""The files that a module of the user's reads beside its code: what ``module_data`` names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from tfxc.compiler.python.module_files import MOST_BYTES, MOST_FILES
from tfxc.compiler.source.files import Files

_WILD = re.compile(r"[*?\[]")


class ModuleDataError(Exception):
    """Why what is named cannot travel with a module: a sentence, and lines of help."""

    def __init__(self, message: str, *help_lines: str) -> None:
        super().__init__(message)
        self.message = message
        self.help = help_lines


def data_files(named: str, origin: Path, folder: Path, files: Files) -> list[str]:
    """Returns the files that an entry of ``module_data`` stands for, relative to the module's folder, sorted.

    ``named`` starts at `origin`, the folder of the file that it is written in. A folder stands for all that
    is in it, but for hidden files; ``*``, ``?``, ``[…]`` match names and ``**`` folders. Raises
    ModuleDataError, OSError.
    """
    if PurePosixPath(named).is_absolute() or "\0" in named or "\\" in named:
        raise ModuleDataError(f"`{named}` is not a path beside the spec")
    inside = os.path.relpath(os.path.normpath(origin / named.partition("*")[0]), folder)
    if inside.split(os.sep, 1)[0] == os.pardir:
        shown = os.path.relpath(folder, origin)
        place = "the spec's folder" if shown == "." else f"`{shown}`"
        raise ModuleDataError(
            f"`{named}` does not lie in the folder of the module, {place}",
            "what code reads has to be beside it or below, as it will be where the node runs",
        )
    base = folder.resolve()
    found: set[str] = set()
    size = 0
    for path in _matching(origin, PurePosixPath(named).parts, files):
        for file in _below(path, files):
            real = Path(os.path.realpath(file))
            if not real.is_relative_to(base):
                raise ModuleDataError(f"`{named}`: `{file.name}` is a link out of the module's folder")
            relative = os.path.relpath(os.path.normpath(file), os.path.normpath(folder))
            found.add(Path(relative).as_posix())
            size += files.size(file)
            if len(found) > MOST_FILES or size > MOST_BYTES:
                raise ModuleDataError(
                    f"`{named}` is more than {MOST_FILES:,} files or {MOST_BYTES // 2**20} MiB",
                    "give large data to the pipeline as data: a parameter of the type path, or an ExampleGen",
                )
    if not found:
        what = "matches no file" if _WILD.search(named) else "is not there, or has no files"
        raise ModuleDataError(f"`{named}` {what}")
    return sorted(found)


def _matching(folder: Path, parts: tuple[str, ...], files: Files) -> Iterator[Path]:
    """Yields the paths that a pattern matches, below a folder."""
    if not parts:
        yield folder
        return
    first, rest = parts[0], parts[1:]
    if not _WILD.search(first):
        inner = folder / first
        if files.is_file(inner) or files.is_dir(inner):
            yield from _matching(inner, rest, files)
        return
    if first == "**":
        yield from _matching(folder, rest, files)
    for name in _names(folder, files):
        inner = folder / name
        if first == "**":
            if files.is_dir(inner) and not inner.is_symlink():
                yield from _matching(inner, parts, files)
        elif fnmatchcase(name, first):
            yield from _matching(inner, rest, files)


def _below(path: Path, files: Files) -> Iterator[Path]:
    """Yields a file, or the files in a folder."""
    if files.is_file(path):
        yield path
        return
    for name in _names(path, files):
        inner = path / name
        if files.is_file(inner) or not inner.is_symlink():
            yield from _below(inner, files)


def _names(folder: Path, files: Files) -> list[str]:
    try:
        return [name for name in files.names(folder) if not name.startswith(".")]
    except OSError:
        return []
