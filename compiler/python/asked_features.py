"""The features that a ``preprocessing_fn`` surely asks for by name, read with ast.

Sure are ``inputs["name"]`` that every call reaches: with a literal name, a constant of the module or of one
that it imports, or the variable of a loop over such constants.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tfxc.compiler.python.module_finder import ModuleFinder, find_in_folder
from tfxc.compiler.python.parse import FunctionNode, PythonSource, PythonSourceError

_DEEPEST = 5
_CONDITIONAL = (ast.If, ast.IfExp, ast.Try, ast.While, ast.BoolOp, ast.Match)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

_LEAVING = (ast.Continue, ast.Break, ast.Raise, ast.Return)
_READING = frozenset({"get", "items", "keys", "values", "copy"})
_COPYING = frozenset({"dict", "len", "list", "sorted", "set", "tuple", "print"})


@dataclass(frozen=True)
class AskedFeature:
    """A name, and the line that asks for it."""

    name: str
    line: int


def asked_features(source: PythonSource, finder: ModuleFinder) -> Iterator[AskedFeature]:
    """Yields the features that the ``preprocessing_fn`` of a module surely asks for, each once."""
    function = source.function("preprocessing_fn")
    names = [] if function is None else [*function.args.posonlyargs, *function.args.args]
    if function is None or not names or not _is_only_read(function, names[0].arg):
        return
    seen: set[str] = set()
    for asked in _asked(function.body, names[0].arg, {}, _Constants(source, finder)):
        if asked.name not in seen:
            seen.add(asked.name)
            yield asked


def _is_only_read(function: FunctionNode, inputs: str) -> bool:
    """Whether the inputs are never bound anew or given to what may fill them, and nothing leaves early."""
    known: set[int] = set()
    for node in ast.walk(function):
        owner: ast.AST | None = None
        if _reads(node):
            owner = node.value  # type: ignore[attr-defined]  # it is a subscript or an attribute
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in _COPYING and len(node.args) == 1:
            owner = node.args[0]
        elif isinstance(node, ast.For):
            owner = node.iter
        elif isinstance(node, _LEAVING) and node is not function.body[-1]:
            return False
        known.add(id(owner))
    return all(
        id(node) in known and isinstance(node.ctx, ast.Load)
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and node.id == inputs
    )


def _reads(node: ast.AST) -> bool:
    if isinstance(node, ast.Subscript):
        return isinstance(node.ctx, ast.Load)
    return isinstance(node, ast.Attribute) and node.attr in _READING


def _asked(
    nodes: Iterable[ast.AST], inputs: str, loops: dict[str, list[str]], constants: _Constants
) -> Iterator[AskedFeature]:
    for node in nodes:
        if isinstance(node, (*_CONDITIONAL, *_SCOPES)):
            continue
        if isinstance(node, ast.For):
            yield from _asked([node.iter], inputs, loops, constants)
            inner = {**loops, **_loop(node.target, node.iter, constants)}
            yield from _asked(node.body, inputs, inner, constants)
            continue
        if isinstance(node, _COMPREHENSIONS):
            inner = dict(loops)
            for each in node.generators:
                inner |= _loop(each.target, each.iter, constants)
            if not any(each.ifs for each in node.generators):
                parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
                yield from _asked(parts, inputs, inner, constants)
            continue
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == inputs:
            key = node.slice
            found = loops.get(key.id) if isinstance(key, ast.Name) else None
            for name in found if found is not None else constants.texts(key) or ():
                yield AskedFeature(name, node.lineno)
        yield from _asked(ast.iter_child_nodes(node), inputs, loops, constants)


def _loop(target: ast.expr, values: ast.expr, constants: _Constants) -> dict[str, list[str]]:
    """Returns the names that the variables of a loop go over; none for one that is not known."""
    names: dict[str, list[str]] = {node.id: [] for node in ast.walk(target) if isinstance(node, ast.Name)}
    function = values.func if isinstance(values, ast.Call) else None
    if isinstance(function, ast.Attribute) and function.attr == "items" and isinstance(target, ast.Tuple):
        target, values = target.elts[0], function.value
    if isinstance(target, ast.Name):
        names[target.id] = constants.items(values) or []
    return names


class _Constants:
    """The literal texts behind the names of a module."""

    def __init__(self, source: PythonSource, finder: ModuleFinder) -> None:
        self._source = source
        self._finder = finder

    def texts(self, value: ast.expr) -> list[str] | None:
        """Returns the one text that a value is; None if it is none, or is not known."""
        found = self._resolved(value, self._source, 0)
        if found is None or not isinstance(found[0], ast.Constant) or not isinstance(found[0].value, str):
            return None
        return [found[0].value]

    def items(self, value: ast.expr) -> list[str] | None:
        """Returns the texts that a value goes over; None if they are not known."""
        return self._items(value, self._source, 0)

    def _items(self, value: ast.expr, source: PythonSource, depth: int) -> list[str] | None:
        found = self._resolved(value, source, depth)
        if found is None or depth > _DEEPEST:
            return None
        literal, origin = found
        if isinstance(literal, ast.BinOp) and isinstance(literal.op, ast.Add):
            parts = [self._items(each, origin, depth + 1) for each in (literal.left, literal.right)]
            return None if None in parts else [name for part in parts for name in part or ()]
        listed = literal.keys if isinstance(literal, ast.Dict) else getattr(literal, "elts", None)
        names: list[str] = []
        for each in listed if isinstance(listed, list) else [None]:
            if isinstance(each, ast.Starred):
                more = self._items(each.value, origin, depth + 1)
            else:
                text = None if each is None else self._resolved(each, origin, depth + 1)
                literal_text = text[0].value if text and isinstance(text[0], ast.Constant) else None
                more = [literal_text] if isinstance(literal_text, str) else None
            if more is None:
                return None
            names += more
        return names

    def _resolved(
        self, value: ast.expr, source: PythonSource, depth: int
    ) -> tuple[ast.expr, PythonSource] | None:
        """Returns the expression behind a name of a module, and the module that has it."""
        if not isinstance(value, ast.Name):
            return value, source
        statement = source.only_binding(value.id)
        if depth > _DEEPEST or statement is None:
            return None
        if isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is not None:
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            if all(isinstance(target, ast.Name) for target in targets):
                return self._resolved(statement.value, source, depth + 1)
        if isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            name = next((a.name for a in statement.names if (a.asname or a.name) == value.id), None)
            for folder in (source.path.parent, source.path.parent.parent):
                path = find_in_folder(folder, statement.module, self._finder.files)
                if path is not None and name is not None:
                    try:
                        other = self._finder.read(path)
                    except PythonSourceError:
                        return None
                    return self._resolved(ast.Name(name, ast.Load()), other, depth + 1)
        return None
