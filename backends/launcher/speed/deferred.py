"""Modules that are found when TFX is imported, and run when somebody first uses what is in them.

InfraValidator imports the client of Kubernetes, and that a good deal more: where kubernetes-validate is
installed, a fifth of all that importing TFX takes. Only a node that starts a model server in a cluster
uses it.
"""

from __future__ import annotations

import ast
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import Any, Optional


@contextmanager
def deferred(*names: str) -> Iterator[None]:
    """Within the context, importing one of these modules does not run it yet.

    That happens when a name of it is asked for; until then it looks the same from outside.
    A module that is not written in Python is imported as ever, and one that is not there is missing as ever.
    What cannot be imported in a deferred module is an ImportError where it is first used.
    """
    finder = _Finder(frozenset(names))
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class _Finder(MetaPathFinder):
    """Finds the modules that are to be run later."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names

    def find_spec(
        self, name: str, path: Optional[Sequence[str]], target: Optional[ModuleType] = None
    ) -> Optional[ModuleSpec]:
        if name not in self._names:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and type(spec.loader) is SourceFileLoader:
            spec.loader = _Loader(spec.loader)
        return spec


class _Loader(Loader):
    """Makes a module without running it."""

    def __init__(self, loader: SourceFileLoader) -> None:
        self._loader = loader

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
        module._later = _Later(module, self._loader, frozenset(_names_of(ast.parse(source))))


class _Later:
    """The running of a module, which happens once."""

    def __init__(self, module: ModuleType, loader: SourceFileLoader, names: frozenset[str]) -> None:
        self._module = module
        self._loader = loader
        self._names = names
        self._lock = threading.RLock()
        self._runs = False

    def run_for(self, name: str) -> bool:
        """Runs the module if it will have this name. Returns whether it has been run."""
        if name not in self._names:
            # Whoever looks through all modules (`inspect`, `pickle`) gets the right answer all the same.
            return False
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


class _Deferred(ModuleType):
    """A module that has not been run."""

    _later: Optional[_Later] = None

    def __getattr__(self, name: str) -> Any:
        # Called for what is not there: in a module that has not been run, everything.
        if self._later is not None and self._later.run_for(name):
            return getattr(self, name)
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
