"""Executors of the user's for components of TFX's own, found in their source without importing it.

``file.py:Class`` is looked up beside the spec, ``package.module:Class`` there and then on ``sys.path``, as
components of the user's are (`tfxc.compiler.python.components`). What belongs to TFX is only looked for: it
is there where the nodes run.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tfxc.compiler.python.components import PythonComponentReader
from tfxc.compiler.python.description import ClassPlace, PythonComponentError, undefined
from tfxc.compiler.python.module_finder import is_never_the_users
from tfxc.compiler.python.names import External, Local, UserModule, resolve
from tfxc.compiler.python.parse import PythonSourceError
from tfxc.compiler.python.read_once import ReadOnce
from tfxc.schemas.words.suggest import did_you_mean, only_closest
from tfxc.schemas.words.wording import joined

_CLASS_PATH = re.compile(r"(?P<where>[^:]+):(?P<name>[A-Za-z_]\w*)", re.ASCII)
_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
_DEEPEST = 10

ABSTRACT = {
    "BaseExecutor": ("Do",),
    "BaseBeamExecutor": ("Do",),
    "BaseExampleGenExecutor": ("GetInputSourceToExamplePTransform", "GenerateExamplesByBeam", "Do"),
}
"""TFX's executors that do nothing by themselves → the methods of which one makes them do something"""


class ExecutorReader:
    """Reads executors of the user's; each once."""

    def __init__(self, components: PythonComponentReader) -> None:
        self._components = components
        self.read = ReadOnce(self._read)

    def _read(self, text: str, folder: Path) -> ClassPlace:
        match = _CLASS_PATH.fullmatch(text)
        if match is None:
            raise PythonComponentError(
                "M408",
                f"`{text}` does not name an executor class",
                "write `file.py:Class` or `package.module:Class`",
            )
        where, name = match["where"], match["name"]
        if _DOTTED.fullmatch(where) and is_never_the_users(where):
            self._require_installed(where, name)
            return ClassPlace(None, where, name)
        location, module = self._components.module(where, folder)
        class_ = _class(name, module, location.file.name, text)
        if class_ is not None:
            _require_executor(class_, location.file.name)
        return ClassPlace(location.folder, location.import_name, name)

    def _require_installed(self, where: str, name: str) -> None:
        """Raises PythonComponentError if a module of TFX's that is installed here has no such class."""
        path = self._components.finder.find(where)
        if path is None:
            return
        try:
            source = self._components.finder.read(path)
        except PythonSourceError:
            return
        if not source.may_define(name):
            names = list(source.definitions)
            fix = only_closest(name, names)
            raise PythonComponentError(
                "M404",
                f"the module `{where}` does not define `{name}`",
                *did_you_mean(name, names),
                fix=f"{where}:{fix}" if fix is not None else None,
            )


def _class(name: str, module: UserModule, shown: str, text: str) -> Local | None:
    """Returns the class of that name; None if it cannot be seen. Raises PythonComponentError."""
    if name not in module.source.definitions:
        if module.source.is_open:
            return None
        names = [key for key, node in module.source.definitions.items() if isinstance(node, ast.ClassDef)]
        raise undefined(name, names, shown, text)
    meaning = resolve(ast.Name(id=name, ctx=ast.Load()), module)
    if meaning is None or isinstance(meaning, External):
        return None
    if not isinstance(meaning.node, ast.ClassDef):
        if isinstance(meaning.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            raise PythonComponentError(
                "M408",
                f"`{name}` in `{shown}` is a function, not an executor class",
                "a function with TFX's `@component` is a component of its own: `type: file.py:function`",
            )
        return None
    return meaning


def _require_executor(class_: Local, shown: str) -> None:
    """Raises PythonComponentError if a class surely is no executor, or does nothing."""
    assert isinstance(class_.node, ast.ClassDef)  # noqa: S101  who calls has looked
    name = class_.node.name
    methods: set[str] = set()
    outside: list[str] = []
    for defined, bases in _ancestry(class_, 0):
        methods |= defined
        outside += bases
    if not outside:
        raise PythonComponentError(
            "M408",
            f"`{name}` in `{shown}` is no executor: it derives from none",
            "derive it from TFX's `BaseExecutor` or `BaseBeamExecutor`, or from the executor of a component",
        )
    known = [base.rpartition(".")[2] for base in outside]
    if not all(base in ABSTRACT for base in known):
        return
    wanted = tuple(dict.fromkeys(method for base in known for method in ABSTRACT[base]))
    if methods.isdisjoint(wanted):
        listed = joined([f"`{method}`" for method in wanted])
        raise PythonComponentError(
            "M408",
            f"the executor `{name}` in `{shown}` does nothing: it defines no {listed}",
            "TFX calls `Do(self, input_dict, output_dict, exec_properties)`",
        )


def _ancestry(class_: Local, depth: int) -> Iterator[tuple[set[str], list[str]]]:
    """Yields the methods of a class and of those that it derives from, each with its bases outside the
    user's code: ``?`` for one that cannot be told."""
    assert isinstance(class_.node, ast.ClassDef)  # noqa: S101  who calls has looked
    outside: list[str] = []
    inside: list[Local] = []
    for base in class_.node.bases:
        meaning = resolve(base, class_.module)
        if isinstance(meaning, Local) and isinstance(meaning.node, ast.ClassDef) and depth < _DEEPEST:
            inside.append(meaning)
        elif isinstance(meaning, External):
            outside += [] if _is_pythons(meaning.dotted) else [meaning.dotted]
        else:
            outside.append("?")
    names = {name for statement in class_.node.body for name in _bound(statement)}
    yield names, outside
    for each in inside:
        yield from _ancestry(each, depth + 1)


def _is_pythons(dotted: str) -> bool:
    """Whether a class is Python's own: no executor."""
    top = dotted.partition(".")[0]
    return top == "builtins" or top in sys.stdlib_module_names


def _bound(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        yield statement.name
    elif isinstance(statement, ast.Assign):
        yield from (target.id for target in statement.targets if isinstance(target, ast.Name))
