"""Where a module saves a model in ways that Keras 3 does not have, found by ``ast``.

TensorFlow brings Keras 3 since 2.16. What every older tutorial has, ``model.save(folder, save_format="tf")``,
raises there, after the data was transformed and the model was trained.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tfxc.compiler.python.module_finder import ModuleFinder, find_in_folder, is_never_the_users
from tfxc.compiler.python.parse import PythonSource, PythonSourceError
from tfxc.compiler.source.files import Files

LEGACY = "TF_USE_LEGACY_KERAS"
"""The environment variable that makes ``tf.keras`` the older Keras, where tf_keras is installed."""

_SAVING = ("save", "save_model")
_FOLDER = "serving_model_dir"
"""An attribute of ``fn_args`` that is a folder: Keras 3 saves into files."""
_MOST_MODULES = 50


@dataclass(frozen=True)
class KerasSave:
    """One call: in which module, on which line, and what of it Keras 3 does not take."""

    source: PythonSource
    line: int
    what: str


def keras_saves(source: PythonSource, finder: ModuleFinder) -> Iterator[KerasSave]:
    """Yields the calls in a module and in the modules of its folder that it imports, in their order."""
    for module in folder_modules(source, finder):
        if _uses_older_keras(module):
            return
        yield from _calls(module)


def folder_modules(source: PythonSource, finder: ModuleFinder) -> Iterator[PythonSource]:
    """Yields a module and those of its folder that it imports, as far as they can be read; not too many."""
    pending, seen = [source], {source.path}
    while pending and len(seen) <= _MOST_MODULES:
        module = pending.pop(0)
        yield module
        for path in _neighbours(module, finder.files):
            if path not in seen:
                seen.add(path)
                try:
                    pending.append(finder.read(path))
                except PythonSourceError:
                    continue


def _uses_older_keras(source: PythonSource) -> bool:
    return b"tf_keras" in source.content or LEGACY.encode() in source.content


def _calls(source: PythonSource) -> Iterator[KerasSave]:
    if b"save" not in source.content:
        return
    for node in source.nodes:
        if isinstance(node, ast.Call):
            what = _what_is_gone(node, source)
            if what is not None:
                yield KerasSave(source, node.lineno, what)


def _what_is_gone(call: ast.Call, source: PythonSource) -> str | None:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", None)
    if name not in _SAVING or _is_saved_model_of_tensorflow(call.func):
        return None
    for keyword in call.keywords:
        if keyword.arg == "save_format" and _constant(keyword.value, source) == "tf":
            return '`save_format="tf"`'
    if not isinstance(call.func, ast.Attribute) or b"keras" not in source.content.lower():
        return None  # models of other libraries are saved by methods of that name too
    if name == "save" and any(keyword.arg == "signatures" for keyword in call.keywords):
        return "`signatures=`"
    place = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "filepath")]
    if place and isinstance(place[0], ast.Attribute) and place[0].attr == _FOLDER:
        return "a folder"
    return None


def _is_saved_model_of_tensorflow(function: ast.expr) -> bool:
    """Whether a call is ``tf.saved_model.save(…)``."""
    owner = function.value if isinstance(function, ast.Attribute) else None
    return getattr(owner, "attr", None) == "saved_model" or getattr(owner, "id", None) == "saved_model"


def _constant(value: ast.expr, source: PythonSource) -> object:
    if isinstance(value, ast.Name):
        statement = source.definitions.get(value.id)
        if isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is not None:
            value = statement.value
    return value.value if isinstance(value, ast.Constant) else None


def _neighbours(source: PythonSource, files: Files) -> Iterator[Path]:
    folder = source.path.parent
    for node in _statements(source.tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            names = [base, *(f"{base}.{alias.name}".lstrip(".") for alias in node.names)]
        for name in names:
            if name and not is_never_the_users(name):
                path = find_in_folder(folder, name, files)
                if path is not None:
                    yield path


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """Yields all statements: a walk that leaves out their expressions is several times shorter."""
    pending: list[ast.AST] = list(tree.body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.stmt):
            yield node
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            inner = getattr(node, field, None)
            if isinstance(inner, list):
                pending.extend(inner)
