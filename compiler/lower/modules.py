"""The folders of the user's Python files that a Plan's nodes use."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath, PurePosixPath

from tfxc.compiler.python.imports import import_closure
from tfxc.compiler.python.module_files import MOST_BYTES, module_files
from tfxc.compiler.python.module_finder import ImportClosure, ModuleFinder
from tfxc.schemas.plan import Plan, PlanModule, PlanModuleFolder


@dataclass
class _Folder:
    """A folder that nodes import from: the packages on the way to their modules, and their data."""

    packages: set[str] = field(default_factory=set)
    data: set[str] = field(default_factory=set)


class ModuleFolders:
    """Collects the folders that nodes import from, each once, in the order of their first use."""

    def __init__(self, spec_folder: Path, finder: ModuleFinder) -> None:
        self._spec_folder = spec_folder
        self._finder = finder
        self._folders: dict[Path, _Folder] = {}
        self._checksums: dict[tuple[Path, frozenset[str]], str] = {}

    def add(
        self,
        folder: Path | None,
        import_name: str,
        texts: Iterable[str] = (),
        data: Iterable[str] = (),
    ) -> PlanModule:
        """Returns the Plan's module of a name that is imported from a folder (None: installed).

        ``texts`` are what the node's arguments say: a module that they name is imported too. ``data`` are
        files in the folder that travel with it. Raises OSError, TooManyModulesError.
        """
        if folder is None:
            return PlanModule(folder=None, import_name=import_name)
        resolved = folder.resolve()
        known = self._folders.setdefault(resolved, _Folder())
        if "." in import_name:
            known.packages.add(import_name.rpartition(".")[0])
        closure = import_closure(folder, import_name, self._finder, texts)
        known.packages |= {name.rpartition(".")[0] for name in closure.files.values() if "." in name}
        known.data |= set(data)
        return PlanModule(
            folder=list(self._folders).index(resolved),
            import_name=import_name,
            sha256=self._checksum(resolved, frozenset({*self._needed(resolved, closure), *data})),
        )

    def lowered(self) -> tuple[PlanModuleFolder, ...]:
        """Returns the folders with the files that lie in them now. Raises OSError, TooManyModulesError."""
        base = self._spec_folder.resolve()
        lowered = []
        for folder, known in self._folders.items():
            files = sorted({*module_files(folder, known.packages, self._finder.files), *known.data})
            lowered.append(
                PlanModuleFolder(
                    source=PurePath(os.path.relpath(folder, base)).as_posix(),
                    files=tuple(files),
                    sha256=self._checksum(folder, frozenset(files)),
                )
            )
        return tuple(lowered)

    def _needed(self, folder: Path, closure: ImportClosure) -> Iterable[str]:
        """Returns the Python files that a module needs: what it imports, or all where there is no telling."""
        if not closure.is_dynamic:
            return closure.files
        return module_files(folder, self._folders[folder].packages, self._finder.files)

    def _checksum(self, folder: Path, files: frozenset[str]) -> str:
        """Returns the SHA-256 of names and contents, each with its length in front."""
        known = self._checksums.get((folder, files))
        if known is None:
            digest = hashlib.sha256()
            for file in sorted(files):
                for part in (file.encode(), self._finder.files.read(folder / file, MOST_BYTES)):
                    digest.update(len(part).to_bytes(8, "big"))
                    digest.update(part)
            known = self._checksums[folder, files] = digest.hexdigest()
        return known


def module_contents(plan: Plan, spec_folder: Path) -> Mapping[PurePosixPath, bytes]:
    """Returns the user's modules as they lie in a bundle: path in it → content. Raises OSError."""
    contents = {}
    for index, folder in enumerate(plan.modules):
        for file in folder.files:
            content = (spec_folder / folder.source / file).read_bytes()
            contents[PurePosixPath("modules", str(index), file)] = content
    return contents
