"""The files of a commit, read from git's objects: the work tree is not touched."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath

from tfxc.compiler.source.files import DISK, Files
from tfxc.schemas.failures import WrongUse


class GitFiles:
    """A repository as it was in a commit, and the disk outside of it. What is ignored is not in a commit."""

    def __init__(self, folder: Path, revision: str, below: Files = DISK) -> None:
        """Finds the repository that a folder is in, and the commit. Raises WrongUse if there is none."""
        self._folder = folder
        self._below = below
        top = self._git("rev-parse", "--show-toplevel")
        if top is None:
            raise WrongUse(f"{folder}: that is in no git repository")
        self._top = Path(os.fsdecode(top.rstrip(b"\n")))
        commit = self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        if commit is None:
            raise WrongUse(f"there is no commit `{revision}` in {self._top}")
        self._commit = commit.strip().decode()

    def read(self, path: Path, most: int) -> bytes:
        """See `Files.read`."""
        name = self._name(path)
        if name is None:
            return self._below.read(path, most)
        if self.is_dir(path):
            raise IsADirectoryError(f"{path} is a folder")
        content = self._git("cat-file", "blob", f"{self._commit}:{self._linked(name)}")
        if content is None:
            raise FileNotFoundError(f"{path} is not in the commit")
        return content[:most]

    def is_file(self, path: Path) -> bool:
        """See `Files.is_file`."""
        name = self._name(path)
        return self._below.is_file(path) if name is None else self._linked(name) in self._sizes

    def is_dir(self, path: Path) -> bool:
        """See `Files.is_dir`."""
        name = self._name(path)
        return self._below.is_dir(path) if name is None else self._linked(name) in self._folders

    def size(self, path: Path) -> int:
        """See `Files.size`."""
        name = self._name(path)
        if name is None:
            return self._below.size(path)
        if self._linked(name) not in self._sizes:
            raise FileNotFoundError(f"{path} is not in the commit")
        return self._sizes[self._linked(name)]

    def names(self, folder: Path) -> list[str]:
        """See `Files.names`."""
        name = self._name(folder)
        if name is None:
            return self._below.names(folder)
        if self._linked(name) not in self._folders:
            raise FileNotFoundError(f"{folder} is not in the commit")
        return sorted(self._folders[self._linked(name)])

    def _name(self, path: Path) -> str | None:
        """Returns a path in the repository as git writes it; None for one outside of it."""
        try:
            absolute = Path(os.path.abspath(path))  # noqa: PTH100  without following links of the work tree
        except (OSError, ValueError):
            return None
        for candidate in (absolute, Path(os.path.realpath(path))):
            if candidate.is_relative_to(self._top):
                name = candidate.relative_to(self._top).as_posix()
                return None if name.startswith(".git/") else "" if name == "." else name
        return None

    def _linked(self, name: str) -> str:
        """Returns where a name leads: behind the links that are in the commit."""
        for _ in range(20):
            parts = PurePosixPath(name).parts
            heads = ("/".join(parts[: count + 1]) for count in range(len(parts)))
            link = next((head for head in heads if head in self._links), None)
            if link is None:
                return name
            target = self._links[link]
            joined = os.path.join(os.path.dirname(link), target, name[len(link) :].lstrip("/"))  # noqa: PTH118,PTH120
            name = os.path.normpath(joined)
        return name

    @cached_property
    def _listing(self) -> list[tuple[str, str, int]]:
        """Mode, name and size of every file in the commit."""
        listing = self._git("ls-tree", "-r", "-z", "--long", "--full-tree", self._commit) or b""
        found = []
        for line in filter(None, listing.split(b"\0")):
            head, _, name = line.partition(b"\t")
            mode, _, _, size = head.split()
            found.append((mode.decode(), os.fsdecode(name), int(size) if size.isdigit() else 0))
        return found

    @cached_property
    def _sizes(self) -> Mapping[str, int]:
        return {name: size for mode, name, size in self._listing if mode.startswith("100")}

    @cached_property
    def _links(self) -> Mapping[str, str]:
        names = [name for mode, name, _ in self._listing if mode == "120000"]
        return {
            name: os.fsdecode(self._git("cat-file", "blob", f"{self._commit}:{name}") or b"")
            for name in names
        }

    @cached_property
    def _folders(self) -> Mapping[str, set[str]]:
        folders: dict[str, set[str]] = {"": set()}
        for _, name, _ in self._listing:
            while name:
                parent, _, last = name.rpartition("/")
                folders.setdefault(parent, set()).add(last)
                name = parent
        return folders

    def _git(self, *arguments: str) -> bytes | None:
        """Returns what git prints, or None if it fails. Runs nothing that a repository configures."""
        settings = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
        command = ["git", "-C", str(self._folder), *settings, *arguments]
        try:
            done = subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL)
        except FileNotFoundError:
            raise WrongUse("there is no `git` on this machine") from None
        return done.stdout if done.returncode == 0 else None
