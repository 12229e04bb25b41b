"""What a name or dotted expression in a user's module stands for, found without importing it.

An expression resolves to a dotted name of something outside the user's code (such as
``tfx.v1.dsl.components.Parameter``), to a class or function statement of a user's module, or to an
expression that a name was assigned; else to nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Union

from tfxc.compiler.python.module_finder import ModuleFinder, is_never_the_users
from tfxc.compiler.python.parse import FunctionNode, PythonSource, PythonSourceError

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


@dataclass(frozen=True)
class UserModule:
    """A module of the user's with what is needed to follow its imports.

    ``root`` is the folder that its imports start at; ``package`` its package's dotted name.
    """

    source: PythonSource
    root: Path
    package: str
    finder: ModuleFinder


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
