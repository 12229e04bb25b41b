"""Where the front half reads from: the disk, or the disk with some files replaced by texts not yet saved.

Everything that reads specs and the user's Python code is handed a `Files`; nothing keeps what it has read
beyond the value that it returns. So a server for editors can check what is on the screen, and check two
states side by side in one process. (What is installed is found on ``sys.path``, and data on the disk.)
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol


class SpecialFileError(OSError):
    """A path is a device, a pipe or a socket."""


class Files(Protocol):
    """Reading files. Paths may be relative to the working directory, and links are followed."""

    def read(self, path: Path, most: int) -> bytes:
        """Returns the first ``most`` bytes of a file. Raises OSError (IsADirectoryError for a folder,
        `SpecialFileError`), and ValueError for what is no path."""
        ...

    def is_file(self, path: Path) -> bool:
        """Whether there is a file at a path; False for what cannot be looked at."""
        ...

    def is_dir(self, path: Path) -> bool:
        """Whether there is a folder at a path; False for what cannot be looked at."""
        ...

    def size(self, path: Path) -> int:
        """Returns a file's length in bytes. Raises OSError."""
        ...

    def names(self, folder: Path) -> list[str]:
        """Returns the names in a folder, sorted. Raises OSError."""
        ...


class Disk:
    """The files as they are saved."""

    def read(self, path: Path, most: int) -> bytes:
        """See `Files.read`. Never waits for somebody to write into a pipe."""
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
        descriptor = os.open(path, flags)
        kind = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(kind):
            os.close(descriptor)
            if stat.S_ISDIR(kind):
                raise IsADirectoryError(f"{path} is a folder")
            raise SpecialFileError(f"{path} is not a regular file")
        with os.fdopen(descriptor, "rb") as file:
            return file.read(most)

    def is_file(self, path: Path) -> bool:
        """See `Files.is_file`."""
        try:
            return path.is_file()
        except (OSError, ValueError):
            return False

    def is_dir(self, path: Path) -> bool:
        """See `Files.is_dir`."""
        try:
            return path.is_dir()
        except (OSError, ValueError):
            return False

    def size(self, path: Path) -> int:
        """See `Files.size`."""
        return path.stat().st_size

    def names(self, folder: Path) -> list[str]:
        """See `Files.names`."""
        return sorted(os.listdir(folder))  # noqa: PTH208  names, not paths


DISK = Disk()
"""The disk: it has no state."""


class Overlay:
    """Texts in place of files, or where there are no files yet, over other files."""

    def __init__(self, texts: Mapping[Path, str], below: Files = DISK) -> None:
        self._contents = {
            Path(os.path.realpath(path)): text.encode("utf-8", "surrogatepass")
            for path, text in texts.items()
        }
        self._below = below

    def read(self, path: Path, most: int) -> bytes:
        """See `Files.read`."""
        content = self._contents.get(_real(path))
        return content[:most] if content is not None else self._below.read(path, most)

    def is_file(self, path: Path) -> bool:
        """See `Files.is_file`."""
        return _real(path) in self._contents or self._below.is_file(path)

    def is_dir(self, path: Path) -> bool:
        """See `Files.is_dir`."""
        real = _real(path)
        return any(real in each.parents for each in self._contents) or self._below.is_dir(path)

    def size(self, path: Path) -> int:
        """See `Files.size`."""
        content = self._contents.get(_real(path))
        return len(content) if content is not None else self._below.size(path)

    def names(self, folder: Path) -> list[str]:
        """See `Files.names`."""
        real = _real(folder)
        ours = {each.relative_to(real).parts[0] for each in self._contents if real in each.parents}
        try:
            return sorted(ours | set(self._below.names(folder)))
        except OSError:
            if ours:
                return sorted(ours)
            raise


class KeptInput(Disk):
    """The disk, with a standard input that can be read again: one environment of a spec after the other."""

    def __init__(self, standard_input: bytes) -> None:
        self.standard_input = standard_input


def _real(path: Path) -> Path:
    """Returns where a path leads; itself for what is no path."""
    try:
        return Path(os.path.realpath(path))
    except (OSError, ValueError):
        return path
