"""The folders of the user's Python files that a Plan's nodes use."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath, PurePosixPath

from tfxc.schemas.plan import Plan, PlanModule, PlanModuleFolder

MOST_FILES = 10_000
MOST_BYTES = 64 * 1024 * 1024


class TooManyModulesError(Exception):
    """A folder holds more Python files than a pipeline's code would: the text is a sentence's end."""


class ModuleFolders:
    """Collects the folders that nodes import from, each once, in the order of their first use."""

    def __init__(self, spec_folder: Path) -> None:
        self._spec_folder = spec_folder
        self._folders: dict[Path, set[str]] = {}

    def add(self, folder: Path | None, import_name: str) -> PlanModule:
        """Returns the Plan's module of a name that is imported from a folder (None: installed)."""
        if folder is None:
            return PlanModule(folder=None, import_name=import_name)
        resolved = folder.resolve()
        packages = self._folders.setdefault(resolved, set())
        if "." in import_name:
            packages.add(import_name.rpartition(".")[0])
        return PlanModule(folder=list(self._folders).index(resolved), import_name=import_name)

    def lowered(self) -> tuple[PlanModuleFolder, ...]:
        """Returns the folders with the files that lie in them now. Raises OSError, TooManyModulesError."""
        base = self._spec_folder.resolve()
        lowered = []
        for folder, packages in self._folders.items():
            files = module_files(folder, packages)
            lowered.append(
                PlanModuleFolder(
                    source=PurePath(os.path.relpath(folder, base)).as_posix(),
                    files=tuple(files),
                    sha256=_checksum(folder, files),
                )
            )
        return tuple(lowered)


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


def module_contents(plan: Plan, spec_folder: Path) -> Mapping[PurePosixPath, bytes]:
    """Returns the user's modules as they lie in a bundle: path in it → content. Raises OSError."""
    contents = {}
    for index, folder in enumerate(plan.modules):
        for file in folder.files:
            content = (spec_folder / folder.source / file).read_bytes()
            contents[PurePosixPath("modules", str(index), file)] = content
    return contents


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


def _checksum(folder: Path, files: list[str]) -> str:
    """Returns the SHA-256 of names and contents, each with its length in front."""
    digest = hashlib.sha256()
    for file in files:
        for part in (file.encode(), (folder / file).read_bytes()):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()
