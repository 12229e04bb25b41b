"""Resolver strategies of the user's, found in their source without importing it.

``file.py:Class`` is looked up beside the spec, ``package.module:Class`` there and then on ``sys.path``, as
components of the user's are (`tfxc.compiler.python.components`).
"""

from __future__ import annotations

import ast
from pathlib import Path

from tfxc.compiler.python.components import PythonComponentReader
from tfxc.compiler.python.description import ClassPlace, PythonComponentError
from tfxc.compiler.python.names import External, Local, linearized, outside_bases, resolve
from tfxc.schemas.words.suggest import did_you_mean, only_closest

BASE = "ResolverStrategy"
METHOD = "resolve_artifacts"


def read_strategy(components: PythonComponentReader, text: str, folder: Path) -> ClassPlace:
    """Returns what ``file.py:Class`` or ``package.module:Class`` names.

    ``folder`` is that of the file that it stands in. Raises PythonComponentError.
    """
    where, _, name = text.rpartition(":")
    location, module = components.module(where, folder)
    shown = location.file.name
    if name not in module.source.definitions and not module.source.is_open:
        names = [key for key, node in module.source.definitions.items() if isinstance(node, ast.ClassDef)]
        near = only_closest(name, names)
        fix = f"{where}:{near}" if near is not None else None
        message = f"`{shown}` does not define `{name}`"
        raise PythonComponentError("M404", message, *did_you_mean(name, names), fix=fix)
    meaning = resolve(ast.Name(id=name, ctx=ast.Load()), module)
    if isinstance(meaning, Local):
        _require_strategy(name, meaning, shown)
    elif isinstance(meaning, External) and meaning.dotted.startswith("builtins."):
        raise PythonComponentError("M408", f"what `{shown}` calls `{name}` is no class")
    return ClassPlace(location.folder, location.import_name, name)


def _require_strategy(name: str, found: Local, shown: str) -> None:
    """Raises PythonComponentError if a class surely is no strategy, or chooses nothing."""
    help_line = f"derive it from TFX's `{BASE}`, with a method `{METHOD}(self, store, input_dict)`"
    if not isinstance(found.node, ast.ClassDef):
        raise PythonComponentError("M408", f"what `{shown}` calls `{name}` is no class", help_line)
    bases = set(outside_bases(found.node, found.module))
    if not bases:
        message = f"`{name}` in `{shown}` is no resolver strategy: it derives from none"
        raise PythonComponentError("M408", message, help_line)
    methods = {
        statement.name
        for class_, _ in linearized(found.node, found.module)
        for statement in class_.body
        if isinstance(statement, ast.FunctionDef)
    }
    only_abstract = all(base.rpartition(".")[2] == BASE for base in bases)
    if only_abstract and METHOD not in methods:
        message = f"the resolver strategy `{name}` in `{shown}` chooses nothing: it defines no `{METHOD}`"
        raise PythonComponentError("M408", message, help_line)
