"""Where a module of the user's is imported from, and which other files of the user's it imports.

Nothing is imported: the import statements are followed from file to file.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tfxc.compiler.python.module_finder import ImportClosure, ModuleFinder, is_never_the_users
from tfxc.compiler.python.names import import_base
from tfxc.compiler.python.parse import DOTTED_NAME, PythonSource, PythonSourceError

_DYNAMIC = re.compile(rb"\b(importlib|__import__|import_module|runpy|pkgutil|exec|spec_from_file_location)\b")
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def import_root(path: Path, source: PythonSource, finder: ModuleFinder, origin: Path) -> tuple[Path, str]:
    """Returns the folder to put on ``sys.path`` and the dotted name to import a file by.

    That is its own folder, as with TFX's ``module_file``; a file with relative imports is imported as
    part of the package that it lies in, with or without an ``__init__.py``. What it imports and does not
    find there is looked for in the folders above, up to the spec's, or to ``origin``, the folder of the file
    that names it, which may be one that the spec extends: where it is, the file is imported from there, as
    ``models.model`` if it says ``from models import features``.
    """
    top = origin if path.is_relative_to(origin) else finder.folder
    folder, name = _package_root(path, source, finder, top)
    while True:
        above = _folder_of_missing(folder, name.removesuffix(".__init__"), finder, top)
        if above is None:
            return folder, name.removesuffix(".__init__")
        name = ".".join([*folder.relative_to(above).parts, name])
        folder = above


def _package_root(path: Path, source: PythonSource, finder: ModuleFinder, top: Path) -> tuple[Path, str]:
    folder, name = path.parent, path.stem
    level = _deepest_level(source) if source.uses_relative_imports else 0
    while level and _NAME.fullmatch(folder.name):
        is_package = finder.files.is_file(folder / "__init__.py")
        if not is_package and (name.count(".") >= level or folder == top):
            break
        name = f"{folder.name}.{name}"
        folder = folder.parent
    return folder, name


def _deepest_level(source: PythonSource) -> int:
    return max((node.level for node in source.imports if isinstance(node, ast.ImportFrom)), default=0)


def _folder_of_missing(folder: Path, import_name: str, finder: ModuleFinder, top: Path) -> Path | None:
    """Returns the nearest folder above, up to `top`, that has something which is imported and not below
    `folder`; None if there is none."""
    if folder == top or not folder.is_relative_to(top):
        return None
    missing = import_closure(folder, import_name, finder).missing
    above = folder
    while above != top:
        above = above.parent
        names = folder.relative_to(above).parts
        if not all(map(_NAME.fullmatch, names)):
            return None
        if any(_find(above, candidates, finder) is not None for candidates in missing):
            return above
    return None


def import_closure(
    folder: Path, import_name: str, finder: ModuleFinder, texts: Iterable[str] = ()
) -> ImportClosure:
    """Returns what is imported with a module, and with the modules that any of `texts` names."""
    tops = finder.tops(folder)
    pending = [import_name, *_named(texts, tops, folder, finder)]
    place = (folder, tuple(pending))
    known = finder.closures.get(place)
    if known is not None:
        return known
    closure = ImportClosure()
    while pending:
        for dotted, path in _on_the_way(folder, pending.pop(), finder):
            relative = path.relative_to(folder).as_posix()
            if relative in closure.files:
                continue
            closure.files[relative] = dotted
            try:
                source = finder.read(path)
            except PythonSourceError:
                closure.is_dynamic = True
                continue
            closure.is_dynamic |= _DYNAMIC.search(source.content) is not None
            package = dotted if path.name == "__init__.py" else dotted.rpartition(".")[0]
            for candidates in _imports(source, package):
                found = _find(folder, candidates, finder)
                if found is not None:
                    pending.append(found)
                elif not is_never_the_users(candidates[-1]):
                    closure.missing.append(candidates)
            pending += _named(source.dotted_texts, tops, folder, finder)
    finder.closures[place] = closure
    return closure


def _find(folder: Path, candidates: tuple[str, ...], finder: ModuleFinder) -> str | None:
    """Returns the first of the names that is a module below a folder."""
    return next((name for name in candidates if finder.in_folder(folder, name)), None)


def _on_the_way(folder: Path, dotted: str, finder: ModuleFinder) -> Iterator[tuple[str, Path]]:
    """Yields a module's file and those of the packages that it lies in."""
    parts = dotted.split(".")
    for count in range(1, len(parts) + 1):
        name = ".".join(parts[:count])
        path = finder.in_folder(folder, name)
        if path is not None:
            yield name, path


def _imports(source: PythonSource, package: str) -> Iterator[tuple[str, ...]]:
    """Yields what a module imports: for each name the modules that it may mean, the likeliest first."""
    for node in source.imports:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield (alias.name,)
            continue
        base = import_base(node, package)
        if base is None:
            continue
        for alias in node.names:
            inner = f"{base}.{alias.name}" if base else alias.name
            yield (inner, base) if base and alias.name != "*" else (base or inner,)


def _named(texts: Iterable[str], tops: frozenset[str], folder: Path, finder: ModuleFinder) -> list[str]:
    """Returns the modules that texts name, themselves (``my_metrics``) or with what is in them."""
    found = []
    for text in texts:
        if text.partition(".")[0] in tops and DOTTED_NAME.fullmatch(text):
            name = _find(folder, (text, text.rpartition(".")[0] or text), finder)
            if name is not None:
                found.append(name)
    return found
