"""What was looked at, and what of it has changed since: by time of writing and size, not by content."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Union

from tfxc.compiler.source.files import DISK, Files

Stamp = Union[tuple[int, ...], frozenset[str], None]
"""A file's time of writing, size and inode; the names in a folder; None for what is not there."""


class SeenFiles:
    """Files, each remembered as it was when it was first asked for; what was not there is remembered too.

    So an edit that is made while a spec is checked, or while it runs, counts as one made after it.
    """

    def __init__(self, below: Files = DISK) -> None:
        self._below = below
        self._files: dict[Path, Stamp] = {}
        self._folders: dict[Path, Stamp] = {}
        self._trees: dict[Path, dict[Path, Stamp]] = {}
        self._outputs: frozenset[Path] = frozenset()

    def read(self, path: Path, most: int) -> bytes:
        """See `Files.read`."""
        self.see(path)
        return self._below.read(path, most)

    def is_file(self, path: Path) -> bool:
        """See `Files.is_file`."""
        self.see(path)
        return self._below.is_file(path)

    def is_dir(self, path: Path) -> bool:
        """See `Files.is_dir`."""
        self.see(path)
        return self._below.is_dir(path)

    def size(self, path: Path) -> int:
        """See `Files.size`."""
        self.see(path)
        return self._below.size(path)

    def names(self, folder: Path) -> list[str]:
        """See `Files.names`."""
        self._folders.setdefault(folder.absolute(), _names(folder))
        return self._below.names(folder)

    def see(self, path: Path) -> None:
        """Remembers a file, or that there is none or a folder."""
        self._files.setdefault(path.absolute(), _stamp(path))

    def see_tree(self, path: Path) -> None:
        """Remembers a file, or all files below a folder."""
        if path.absolute() not in self._trees:
            self._trees[path.absolute()] = dict(_tree(path.absolute(), self._outputs))

    def leave_out(self, outputs: Collection[Path]) -> None:
        """Makes changes of these paths, and below them, none, as a run writes to them; to be called first.

        That they appear in a folder is none either, nor that what a database keeps beside its file does.
        """
        self._outputs = frozenset(path.absolute() for path in outputs)

    def changed(self) -> dict[Path, Stamp]:
        """Returns what is not as it was seen, as it is now; sorted by path."""
        now: dict[Path, Stamp] = {}
        for path, stamp in self._files.items():
            current = _stamp(path)
            if current != stamp and not _leads_to_output(path, self._outputs):
                now[path] = current
        for folder, names in self._folders.items():
            for name in _of_folder(_names(folder)) ^ _of_folder(names):
                path = folder / name
                if not (_is_written(path, folder, self._outputs) or _leads_to_output(path, self._outputs)):
                    now[path] = _stamp(path)
        for root, stamps in self._trees.items():
            found = dict(_tree(root, self._outputs))
            for path in found.keys() | stamps.keys():
                if found.get(path) != stamps.get(path):
                    now[path] = found.get(path)
        return dict(sorted(now.items()))


def _stamp(path: Path) -> Stamp:
    """Returns what tells whether a file was written; of a folder only that it is one."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    if stat.S_ISDIR(found.st_mode):
        return ()
    return found.st_mtime_ns, found.st_size, found.st_ino


def _names(folder: Path) -> Stamp:
    """Returns the names in a folder without hidden ones, among which are editors' swap files."""
    try:
        names = os.listdir(folder)  # noqa: PTH208  names, not paths
    except (OSError, ValueError):
        return None
    return frozenset(name for name in names if not _is_incidental(name))


def _of_folder(names: Stamp) -> frozenset[str]:
    return names if isinstance(names, frozenset) else frozenset()


def _tree(path: Path, outputs: frozenset[Path]) -> Iterator[tuple[Path, Stamp]]:
    if not path.is_dir():
        yield path, _stamp(path)
        return
    for parent, folders, names in os.walk(path):
        folders[:] = [name for name in folders if not _is_incidental(name)]
        folders[:] = [name for name in folders if not _is_written(Path(parent, name), path, outputs)]
        for name in names:
            if not _is_incidental(name) and not _is_written(Path(parent, name), path, outputs):
                yield Path(parent, name), _stamp(Path(parent, name))


def _is_incidental(name: str) -> bool:
    return name.startswith(".") or name == "__pycache__" or name.endswith("~")


def _is_written(path: Path, within: Path, outputs: frozenset[Path]) -> bool:
    """Whether a path is an output at or below ``within``, lies in one, or is a database's file beside it."""
    for output in outputs:
        if output != within and within not in output.parents:
            continue  # what is read inside of a place of outputs was put there by the user
        if path == output or output in path.parents:
            return True
        if path.parent == output.parent and path.name.startswith(f"{output.name}-"):
            return True
    return False


def _leads_to_output(path: Path, outputs: frozenset[Path]) -> bool:
    """Whether a run may make a folder of this path on the way to an output."""
    return any(path == output or path in output.parents for output in outputs)
