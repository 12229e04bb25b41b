"""The user's Python modules that an IR names: where they lie, and what a spec calls them."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from tfxc.compiler.importing.notes import PIPELINE, Notes
from tfxc.compiler.python.imports import import_closure
from tfxc.compiler.python.module_files import module_files
from tfxc.compiler.python.module_finder import ModuleFinder, find_in_folder, find_installed
from tfxc.compiler.source.files import DISK
from tfxc.schemas.plan_values import is_uri


class UserCode:
    """Finds modules, and says which files to copy beside the spec.

    ``modules`` are known files of modules; others are looked for in ``search`` and among the installed
    packages. ``base`` is where relative paths of the IR start, ``target`` the folder of the spec. What lies
    below that stays where it is, and what is installed too.
    """

    def __init__(
        self, modules: Mapping[str, str], search: Sequence[Path], base: Path, target: Path, notes: Notes
    ) -> None:
        self._modules, self._search, self._base, self._notes = modules, search, base, notes
        self._target = target.resolve()
        self._prefixes: dict[Path, PurePosixPath] = {}
        self.copies: dict[PurePosixPath, Path] = {}

    def module_file(self, text: str, component: str) -> str:
        """Returns the path of a module file for the spec."""
        path = (self._base / text).resolve()
        if is_uri(text) or not path.is_file():
            name = PurePosixPath(text).name
            beside = next((each / name for each in self._search if (each / name).is_file()), None)
            if beside is None:
                self._notes.add(component, f"its module file {text} is not on this machine: put a copy here")
                return name
            self._notes.add(
                component, f"its module file {text} is not on this machine: taken is {beside.name}"
            )
            path = beside.resolve()
        return str(self._placed(path, path.stem))

    def module_path(self, text: str, component: str) -> str | None:
        """Returns the path of the file of a module that an IR has by its import name, perhaps with the wheel
        that TFX has packed it in; None if it is installed or not to be found."""
        name = text.partition("@")[0]
        path = self._find(name)
        if path is None:
            self._notes.add(component, f"its module `{name}` is not to be found on this machine")
            return f"{name.replace('.', '/')}.py"
        if _is_installed(path):
            return None
        return str(self._placed(path, name))

    def function(self, dotted: str) -> str:
        """Returns the import path of a function, whose module is there for the spec."""
        module = dotted.rpartition(".")[0]
        path = self._find(module)
        if path is not None and not _is_installed(path):
            self._placed(path, module)
        return dotted

    def attribute(self, dotted: str) -> str:
        """Returns a class or function for the spec: ``file.py:Name``, or ``package.module:Name``."""
        module, _, name = dotted.rpartition(".")
        path = self._find(module)
        if path is None or _is_installed(path):
            return f"{module}:{name}"
        placed = self._placed(path, module)
        is_importable = placed == PurePosixPath(*module.split(".")).with_suffix(".py")
        return f"{module}:{name}" if "." in module and is_importable else f"{placed}:{name}"

    def _find(self, module: str) -> Path | None:
        if module in self._modules:
            return Path(self._modules[module])
        for folder in self._search:
            found = find_in_folder(folder, module, DISK)
            if found is not None:
                return found.resolve()
        return find_installed(module, DISK)

    def _placed(self, path: Path, module: str) -> PurePosixPath:
        """Returns where a module's file lies for the spec, and notes what is to be copied there."""
        depth = module.count(".") + (1 if path.name == "__init__.py" else 0)
        root = path.parents[depth]
        if path.is_relative_to(self._target):
            return PurePosixPath(path.relative_to(self._target).as_posix())
        finder = ModuleFinder(root)
        closure = import_closure(root, module, finder)
        needed = {PurePosixPath(each): root / each for each in closure.files}
        if closure.is_dynamic and not _is_installed(path):
            needed |= {PurePosixPath(each): root / each for each in module_files(root) if "/" not in each}
        prefix = self._prefix(root, needed)
        self.copies |= {prefix / each: source for each, source in needed.items()}
        return prefix / path.relative_to(root).as_posix()

    def _prefix(self, root: Path, needed: Mapping[PurePosixPath, Path]) -> PurePosixPath:
        """Returns the folder that files of a root are copied into: none, if nothing else is there."""
        if root not in self._prefixes:
            taken = any(self.copies.get(each, source) != source for each, source in needed.items())
            self._prefixes[root] = PurePosixPath(root.name) if taken else PurePosixPath()
            if taken:
                self._notes.add(
                    PIPELINE, f"modules of {root} lie in {root.name}: others of the same names are there"
                )
        return self._prefixes[root]


def _is_installed(path: Path) -> bool:
    """Whether a file belongs to Python or to an installed package."""
    if {"site-packages", "dist-packages"} & set(path.parts):
        return True
    return path.is_relative_to(Path(sysconfig.get_paths()["stdlib"])) or str(path).startswith(
        f"{sys.prefix}/lib/"
    )
