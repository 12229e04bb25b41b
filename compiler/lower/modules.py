"""The folders of the user's Python files that a Plan's nodes use."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path, PurePath, PurePosixPath

from tfxc.compiler.python.module_files import MOST_BYTES, module_files
from tfxc.compiler.source.files import DISK, Files
from tfxc.schemas.plan import Plan, PlanModule, PlanModuleFolder


class ModuleFolders:
    """Collects the folders that nodes import from, each once, in the order of their first use."""

    def __init__(self, spec_folder: Path, reader: Files = DISK) -> None:
        self._spec_folder = spec_folder
        self._reader = reader
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
            files = module_files(folder, packages, self._reader)
            lowered.append(
                PlanModuleFolder(
                    source=PurePath(os.path.relpath(folder, base)).as_posix(),
                    files=tuple(files),
                    sha256=_checksum(folder, files, self._reader),
                )
            )
        return tuple(lowered)


def module_contents(plan: Plan, spec_folder: Path) -> Mapping[PurePosixPath, bytes]:
    """Returns the user's modules as they lie in a bundle: path in it → content. Raises OSError."""
    contents = {}
    for index, folder in enumerate(plan.modules):
        for file in folder.files:
            content = (spec_folder / folder.source / file).read_bytes()
            contents[PurePosixPath("modules", str(index), file)] = content
    return contents


def _checksum(folder: Path, files: list[str], reader: Files) -> str:
    """Returns the SHA-256 of names and contents, each with its length in front."""
    digest = hashlib.sha256()
    for file in files:
        for part in (file.encode(), reader.read(folder / file, MOST_BYTES)):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()
