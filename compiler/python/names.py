"""What a name or dotted expression in a user's module stands for, found without importing it.

An expression resolves to a dotted name of something outside the user's code (such as
``tfx.v1.dsl.components.Parameter``), to a class or function statement of a user's module, or to an
expression that a name was assigned; else to nothing.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Union

from tfxc.compiler.python.parse import FunctionNode, PythonSource, PythonSourceError, read_python
from tfxc.compiler.source.files import DISK, Files

_MOST_STEPS = 20


@dataclass(frozen=True)
class External:
    """Something of an installed package or the standard library, by its dotted name."""

    dotted: str


@dataclass(frozen=True)
class Local:
    """A class, function or expression in a module of the user's."""

    node: Union[ast.ClassDef, FunctionNode, ast.expr]
    module: UserModule


Resolved = Union[External, Local, None]


@dataclass
class ModuleFinder:
    """Finds and reads the user's modules, each once: specs have hundreds that import the same.

    ``folder`` is looked in first, then ``sys.path``; packages of the field that are never the
    user's (``tfx``, ``tensorflow`` …) and the standard library are left alone.
    """

    folder: Path
    files: Files = DISK
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


@dataclass(frozen=True)
class UserModule:
    """A module of the user's with what is needed to follow its imports.

    ``root`` is the folder that its imports start at; ``package`` its package's dotted name.
    """

    source: PythonSource
    root: Path
    package: str
    finder: ModuleFinder


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


def resolve(expression: ast.expr, module: UserModule) -> Resolved:
    """Returns what an expression stands for."""
    return _resolve(expression, module, _MOST_STEPS)


def _resolve(expression: ast.expr, module: UserModule, steps: int) -> Resolved:
    if steps <= 0:
        return None
    if isinstance(expression, ast.Name):
        return _resolve_name(expression.id, module, steps - 1)
    if isinstance(expression, ast.Attribute):
        base = _resolve(expression.value, module, steps - 1)
        if isinstance(base, External):
            return _follow(f"{base.dotted}.{expression.attr}", module, steps - 1)
        if isinstance(base, Local) and isinstance(base.node, ast.ClassDef):
            return _resolve_member(expression.attr, base.node, base.module, steps - 1)
        is_value = isinstance(base, Local) and isinstance(base.node, ast.Constant)
        return base if is_value and expression.attr == "value" else None  # a member of an Enum
    return Local(expression, module)


def _resolve_member(name: str, class_: ast.ClassDef, module: UserModule, steps: int) -> Resolved:
    """Returns what an attribute of a class of the user's stands for, its bases' if it has none."""
    value = _member(class_, name)
    if value is not None:
        return _resolve(value, module, steps)
    for base in class_.bases:
        inherited = _resolve(base, module, steps - 1)
        if isinstance(inherited, External):
            return External(f"{inherited.dotted}.{name}")
        if isinstance(inherited, Local) and isinstance(inherited.node, ast.ClassDef) and steps > 0:
            found = _resolve_member(name, inherited.node, inherited.module, steps - 1)
            if found is not None:
                return found
    return None


def _member(class_: ast.ClassDef, name: str) -> ast.expr | None:
    """Returns the expression that a class itself gives an attribute, the last one."""
    for statement in reversed(class_.body):
        value = _assigned(statement, name)
        if value is not None:
            return value
    return None


def class_attribute(
    class_: ast.ClassDef, module: UserModule, name: str
) -> tuple[ast.expr, UserModule] | None:
    """Returns the expression that a class, or the first base of the user's that has it, gives an
    attribute, and the module that it is written in."""
    for inner, where in linearized(class_, module):
        value = _member(inner, name)
        if value is not None:
            return value, where
    return None


def linearized(class_: ast.ClassDef, module: UserModule) -> Iterator[tuple[ast.ClassDef, UserModule]]:
    """Yields a class and its bases of the user's, each before its own bases, to a depth."""
    yield from _linearized(class_, module, _MOST_STEPS // 2)


def outside_bases(class_: ast.ClassDef, module: UserModule) -> Iterator[str]:
    """Yields the dotted names of the bases that a class and its bases of the user's have from outside."""
    for inner, where in linearized(class_, module):
        for base in inner.bases:
            meaning = resolve(base, where)
            if isinstance(meaning, External):
                yield meaning.dotted


def _linearized(
    class_: ast.ClassDef, module: UserModule, depth: int
) -> Iterator[tuple[ast.ClassDef, UserModule]]:
    yield class_, module
    for base in class_.bases if depth > 0 else ():
        meaning = resolve(base, module)
        if isinstance(meaning, Local) and isinstance(meaning.node, ast.ClassDef):
            yield from _linearized(meaning.node, meaning.module, depth - 1)


def _resolve_name(name: str, module: UserModule, steps: int) -> Resolved:
    statement = module.source.definitions.get(name)
    if statement is None:
        if not module.source.is_open:
            return External(f"builtins.{name}")
        return _resolve_star(name, module, steps)
    if isinstance(statement, ast.Import):
        for alias in statement.names:
            if (alias.asname or alias.name.partition(".")[0]) == name:
                return _follow(alias.name if alias.asname else name, module, steps)
    if isinstance(statement, ast.ImportFrom):
        base = import_base(statement, module.package)
        for alias in statement.names:
            if (alias.asname or alias.name) == name and base is not None:
                return _follow(f"{base}.{alias.name}" if base else alias.name, module, steps)
    if isinstance(statement, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
        return Local(statement, module)
    value = _assigned(statement, name)
    return _resolve(value, module, steps) if value is not None else None


def _resolve_star(name: str, module: UserModule, steps: int) -> Resolved:
    """Returns what a name stands for that one of the user's own modules brings by ``from … import *``."""
    for statement in reversed(module.source.tree.body):
        if isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*":
            base = import_base(statement, module.package)
            found = _follow(f"{base}.{name}", module, steps - 1) if base else None
            if isinstance(found, Local):
                return found
    return None


def _assigned(statement: ast.stmt, name: str) -> ast.expr | None:
    """Returns the expression that a plain assignment gives a name."""
    if isinstance(statement, ast.Assign):
        if any(isinstance(target, ast.Name) and target.id == name for target in statement.targets):
            return statement.value
    elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return statement.value
    return None


def import_base(statement: ast.ImportFrom, package: str) -> str | None:
    """Returns the dotted module that a ``from`` import in a package names, with leading dots resolved."""
    if statement.level == 0:
        return statement.module or ""
    parts = package.split(".") if package else []
    if statement.level - 1 > len(parts):
        return None
    base = parts[: len(parts) - (statement.level - 1)]
    return ".".join([*base, *([statement.module] if statement.module else [])])


def _follow(dotted: str, module: UserModule, steps: int) -> Resolved:
    """Returns what a dotted name stands for: the user's own statement, or the name as it is."""
    if steps <= 0:
        return None
    for prefix, name in _splits(dotted):
        if is_never_the_users(prefix):
            return External(dotted)
        path = module.finder.in_folder(module.root, prefix) or module.finder.find(prefix)
        if path is None:
            continue
        try:
            source = module.finder.read(path)
        except PythonSourceError:
            return None
        package = prefix if path.name == "__init__.py" else prefix.rpartition(".")[0]
        inner = UserModule(source, module.root, package, module.finder)
        head, _, rest = name.partition(".")
        if rest:
            return None
        if head in source.definitions:
            return _resolve_name(head, inner, steps)
        if _is_module(dotted, module):
            return External(dotted)
        return _resolve_star(head, inner, steps)
    return External(dotted)


def _is_module(dotted: str, module: UserModule) -> bool:
    """Whether a dotted name is a module of the user's: its attributes are looked up by their own names."""
    found = module.finder.in_folder(module.root, dotted) or module.finder.find(dotted)
    return found is not None


def _splits(dotted: str) -> Iterator[tuple[str, str]]:
    """Yields module and rest of a dotted name, the longest module first."""
    parts = dotted.split(".")
    for count in range(len(parts) - 1, 0, -1):
        yield ".".join(parts[:count]), ".".join(parts[count:])


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
