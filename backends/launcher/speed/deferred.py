"""Modules that are found when TFX is imported, and run when somebody first uses what is in them.

TFX and what it stands on import the client of Kubernetes, notebooks' widgets, natural language's toolkits and
more, of which hardly any node uses anything: a quarter of what importing TFX takes.
"""

from __future__ import annotations

import ast
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import Any, Optional

_STAR = "*"
_ALL = "__all__"
"""What ``from module import *`` asks for first, be it there or not."""


@contextmanager
def deferred(*names: str, meanwhile: Optional[Mapping[str, Any]] = None) -> Iterator[None]:
    """Within the context, importing one of these modules does not run it yet.

    That happens when a name of it is asked for, or, after the context, when a module is imported that lies
    in it; until then it looks the same from outside. ``meanwhile`` holds what names of deferred modules
    (``module.name``) stand for as long as the module has not been run, where it need not be run to know.
    A module that is not written in Python is imported as ever, and one that is not there is missing as ever.
    What cannot be imported in a deferred module is an ImportError where it is first used.
    """
    finder = _Finder(frozenset(names), meanwhile or {})
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        finder.over = True


class _Finder(MetaPathFinder):
    """Finds the modules that are to be run later, and runs those that something else is imported in.

    It stays: what lies in a package comes after the package at any time.
    """

    def __init__(self, names: frozenset[str], meanwhile: Mapping[str, Any]) -> None:
        self._names = names
        self.meanwhile = meanwhile
        self.over = False
        """Whether the context has been left."""

    def find_spec(
        self, name: str, path: Optional[Sequence[str]], target: Optional[ModuleType] = None
    ) -> Optional[ModuleSpec]:
        if self.over:
            return self._after_packages(name)
        if name not in self._names:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and type(spec.loader) is SourceFileLoader:
            spec.loader = _Loader(spec.loader, self)
        return spec

    def _after_packages(self, name: str) -> Optional[ModuleSpec]:
        """Runs the packages that a module lies in, which may import the module: it is imported once."""
        found = False
        for package in _packages(name):
            later = package._later if isinstance(package, _Deferred) else None
            if later is not None and later.finder is self:
                later.run()
                found = True
        module = sys.modules.get(name) if found else None
        if module is None:
            return None
        # Of a module that is there the import system takes the spec that the module has.
        module.__spec__ = ModuleSpec(name, _Imported(module))
        return module.__spec__


def _packages(name: str) -> Iterator[Optional[ModuleType]]:
    """Yields the packages that a module lies in, the outermost first."""
    parts = name.split(".")
    for length in range(1, len(parts)):
        yield sys.modules.get(".".join(parts[:length]))


class _Imported(Loader):
    """Finds a module that has been imported in the meantime."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module
        self._spec = module.__spec__

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Returns the module as it is."""
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        """Only gives it back what the import system has changed of it."""
        module.__spec__ = self._spec


class _Loader(Loader):
    """Makes a module without running it."""

    def __init__(self, loader: SourceFileLoader, finder: _Finder) -> None:
        self._loader = loader
        self._finder = finder

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Returns a module in which nothing is yet."""
        return _Deferred(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Only looks which names the module will have."""
        source = self._loader.get_source(module.__name__) or ""
        spec = module.__spec__
        assert spec is not None  # noqa: S101 - the import system has just set it
        module.__loader__ = spec.loader = self._loader
        assert isinstance(module, _Deferred)  # noqa: S101 - `create_module` made it
        module._later = _Later(module, self._loader, self._finder, frozenset(_names_of(ast.parse(source))))


class _Later:
    """The running of a module, which happens once."""

    def __init__(
        self, module: ModuleType, loader: SourceFileLoader, finder: _Finder, names: frozenset[str]
    ) -> None:
        self._module = module
        self._loader = loader
        self.finder = finder
        self._names = names
        self._lock = threading.RLock()
        self._runs = False

    def find(self, name: str) -> Any:
        """Returns what a name stands for, having run the module if that is needed. Raises AttributeError."""
        if not self._will_have(name):
            # Whoever looks through all modules (`inspect`, `pickle`) gets the right answer all the same.
            raise self._has_not(name)
        full = f"{self._module.__name__}.{name}"
        if full in self.finder.meanwhile and isinstance(self._module, _Deferred) and not self._runs:
            return self.finder.meanwhile[full]
        if not self.run():
            raise self._has_not(name)
        return getattr(self._module, name)

    def run(self) -> bool:
        """Runs the module unless it has been run; returns whether it has."""
        with self._lock:
            if self._runs:
                return False
            if type(self._module) is _Deferred:
                self._runs = True
                try:
                    self._loader.exec_module(self._module)
                finally:
                    self._runs = False
                self._module.__class__ = ModuleType  # type: ignore[assignment]
            return True

    def _will_have(self, name: str) -> bool:
        """Whether the module may have a name: for sure, unless it takes all that others have."""
        return name in self._names or name == _ALL or (_STAR in self._names and not name.startswith("_"))

    def _has_not(self, name: str) -> AttributeError:
        return AttributeError(f"module {self._module.__name__!r} has no attribute {name!r}")


class _Deferred(ModuleType):
    """A module that has not been run. What is defined here would hide what the module has under that name."""

    _later: Optional[_Later] = None

    def __getattr__(self, name: str) -> Any:
        # Called for what is not there: in a module that has not been run, everything.
        if self._later is not None:
            return self._later.find(name)
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")


def _names_of(tree: ast.Module) -> Iterator[str]:
    """Yields the names that a module will have."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).partition(".")[0]
