"""Where the user's modules are, and what is never one: found and read without importing anything."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Union

from tfxc.compiler.python.parse import PythonSource, PythonSourceError, read_python
from tfxc.compiler.source.files import DISK, Files


@dataclass
class ImportClosure:
    """What a module imports below a folder, itself included.

    ``files`` are paths relative to the folder → dotted names. ``missing`` are imports that are
    not there, each as the names that it may mean. ``is_dynamic`` is whether the code may import more than
    its text says.
    """

    files: dict[str, str] = field(default_factory=dict)
    missing: list[tuple[str, ...]] = field(default_factory=list)
    is_dynamic: bool = False


@dataclass
class ModuleFinder:
    """Finds and reads the user's modules, each once: specs have hundreds that import the same.

    ``folder`` is looked in first, then ``sys.path``; packages of the field that are never the
    user's (``tfx``, ``tensorflow`` …) and the standard library are left alone. ``closures`` are what
    `import_closure` has found, by the folder and the modules that it was asked for.
    """

    folder: Path
    files: Files = DISK
    closures: dict[tuple[Path, tuple[str, ...]], ImportClosure] = field(default_factory=dict)
    _read: dict[Path, Union[PythonSource, PythonSourceError]] = field(default_factory=dict)
    _found: dict[str, Union[Path, None]] = field(default_factory=dict)
    _in_folders: dict[tuple[Path, str], Union[Path, None]] = field(default_factory=dict)
    _tops: dict[Path, frozenset[str]] = field(default_factory=dict)

    def read(self, path: Path) -> PythonSource:
        """Reads a module. Raises PythonSourceError."""
        known = self._read.get(path)
        if known is None:
            try:
                known = read_python(path, self.files)
            except PythonSourceError as error:
                known = error
            self._read[path] = known
        if isinstance(known, PythonSourceError):
            raise known
        return known

    def find(self, dotted: str, folder: Path | None = None) -> Path | None:
        """Returns the file of a module by its dotted name, or None."""
        roots = [folder] if folder is not None and folder != self.folder else []
        for root in (*roots, self.folder):
            path = self.in_folder(root, dotted)
            if path is not None:
                return path
        if dotted not in self._found:
            self._found[dotted] = find_installed(dotted, self.files)
        return self._found[dotted]

    def in_folder(self, folder: Path, dotted: str) -> Path | None:
        """Returns what `find_in_folder` does."""
        place = (folder, dotted)
        if place not in self._in_folders:
            self._in_folders[place] = find_in_folder(folder, dotted, self.files)
        return self._in_folders[place]

    def tops(self, folder: Path) -> frozenset[str]:
        """Returns the names that may be modules right below a folder; none if it cannot be listed."""
        known = self._tops.get(folder)
        if known is None:
            try:
                known = frozenset(name.removesuffix(".py") for name in self.files.names(folder))
            except OSError:
                known = frozenset()
            self._tops[folder] = known
        return known


def find_in_folder(folder: Path, dotted: str, files: Files) -> Path | None:
    """Returns the file that ``import dotted`` reads with a folder first on ``sys.path``, or None."""
    stem = folder.joinpath(*dotted.split("."))
    for candidate in (stem / "__init__.py", stem.with_name(stem.name + ".py")):
        if files.is_file(candidate):
            return candidate
    return None


def find_installed(dotted: str, files: Files) -> Path | None:
    """Returns the file of an installed module, without importing anything, not even its package."""
    top, _, rest = dotted.partition(".")
    try:
        spec = PathFinder.find_spec(top)
    except (ImportError, ValueError, OSError):
        return None
    if spec is None:
        return None
    if not rest:
        return Path(spec.origin) if spec.origin and spec.origin.endswith(".py") else None
    for location in spec.submodule_search_locations or ():
        path = find_in_folder(Path(location), rest, files)
        if path is not None:
            return path
    return None


_PACKAGES = frozenset(
    {
        "absl", "apache_beam", "google", "keras", "ml_metadata", "numpy", "pandas", "pyarrow", "sklearn",
        "struct2tensor", "tensorflow", "tensorflow_data_validation", "tensorflow_metadata",
        "tensorflow_model_analysis", "tensorflow_transform", "tfx", "tfx_bsl", "torch", "typing_extensions",
        "xgboost",
    }
)  # fmt: skip


def is_never_the_users(dotted: str) -> bool:
    """Whether a module belongs to the standard library or to a package that TFX brings."""
    top = dotted.partition(".")[0]
    return top in _PACKAGES or top in sys.stdlib_module_names
