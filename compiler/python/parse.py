"""Reading the user's Python files with ``ast``. Nothing is ever imported or run.

What a module defines is read as far as that can be sure. A module that defines names in ways that
only running it would show (``from x import *``, ``globals()``, ``exec``) is `open`: nothing can be
said about a name that is not there.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Union

from tfxc.compiler.python.module_files import is_foreign_link
from tfxc.compiler.source.files import DISK, Files, SpecialFileError

LARGEST_MODULE = 4 * 1024 * 1024
"""Bytes."""

DOTTED_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")

FunctionNode = Union[ast.FunctionDef, ast.AsyncFunctionDef]


class PythonSourceError(Exception):
    """Why a file cannot be read as Python. The text is a sentence's end, without the file's name.

    ``kind`` is ``missing`` (no such file), ``unreadable`` (a folder, a device, too large, no
    permission) or ``syntax``.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


@dataclass(frozen=True)
class PythonSource:
    """A parsed module: its path, its tree and its bytes."""

    path: Path
    tree: ast.Module
    content: bytes

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All nodes of the tree, as `nodes_of` gives them: most checks look through them."""
        return tuple(nodes_of(self.tree))

    @cached_property
    def definitions(self) -> dict[str, ast.stmt]:
        """Names bound at the top level (also inside ``if``, ``try``, ``with`` …) → the last statement
        that binds them."""
        bound: dict[str, ast.stmt] = {name: found[-1] for name, found in self._bindings.items()}
        for node in self._nodes(rb"global"):
            if isinstance(node, ast.Global):
                bound.update(dict.fromkeys(node.names, node))
        return bound

    @cached_property
    def _bindings(self) -> dict[str, list[ast.stmt]]:
        bindings: dict[str, list[ast.stmt]] = {}
        for name, statement in _bindings(self.tree.body):
            bindings.setdefault(name, []).append(statement)
        return bindings

    @cached_property
    def is_open(self) -> bool:
        """Whether the module may define names that cannot be seen without running it."""
        hints = rb"import[\s\\]*\*|__getattr__|globals|exec|modules"
        return any(_defines_unseen(node) for node in self._nodes(hints))

    @cached_property
    def uses_relative_imports(self) -> bool:
        """Whether the module imports from its own package with leading dots."""
        nodes = self._nodes(rb"from[\s\\]*\.")
        return any(isinstance(node, ast.ImportFrom) and node.level > 0 for node in nodes)

    @cached_property
    def imports(self) -> tuple[Union[ast.Import, ast.ImportFrom], ...]:
        """The import statements of the module, wherever in it."""
        return self._walked[0]

    @cached_property
    def dotted_texts(self) -> frozenset[str]:
        """The literal texts of the module that a module's dotted name could be."""
        return self._walked[1]

    @cached_property
    def _walked(self) -> tuple[tuple[Union[ast.Import, ast.ImportFrom], ...], frozenset[str]]:
        imports: list[Union[ast.Import, ast.ImportFrom]] = []
        texts: set[str] = set()
        for node in self.nodes:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                imports.append(node)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.add(node.value)
        return tuple(imports), frozenset(text for text in texts if DOTTED_NAME.fullmatch(text))

    def _nodes(self, hint: bytes) -> Iterable[ast.AST]:
        """Returns all nodes of the tree, or none where the text has no match of a regular expression
        that what is looked for would match: walking through a module takes longer than parsing it.
        A text that is not ASCII is always walked through, since Python normalises names."""
        if self.content.isascii() and re.search(hint, self.content) is None:
            return ()
        return self.nodes

    def only_binding(self, name: str) -> ast.stmt | None:
        """Returns the statement that binds a name of the module, if it is surely the only one."""
        bound = self._bindings.get(name, [])
        return bound[0] if len(bound) == 1 and bound[0] is self.definitions[name] else None

    def may_define(self, name: str) -> bool:
        """Whether the module defines a name, or may for all that can be seen."""
        return name in self.definitions or self.is_open

    def function(self, name: str) -> FunctionNode | None:
        """Returns the function of that name if it is surely the one that a caller gets: a plain
        ``def`` at the top level, without decorators, and no other statement binds the name."""
        bound = self._bindings.get(name, [])
        if len(bound) != 1 or self.is_open or bound[0] is not self.definitions[name]:
            return None
        (statement,) = bound
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)) and not statement.decorator_list:
            return statement
        return None


def nodes_of(tree: ast.AST) -> list[ast.AST]:
    """Returns what ``ast.walk`` yields, from the outside in, in a third of the time."""
    nodes = [tree]
    for node in nodes:
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                nodes += [each for each in value if isinstance(each, ast.AST)]
            elif isinstance(value, ast.AST):
                nodes.append(value)
    return nodes


def empty_source(path: Path) -> PythonSource:
    """Returns a module of which nothing is known."""
    return PythonSource(path, ast.Module([], []), b"")


def read_python(path: Path, files: Files = DISK) -> PythonSource:
    """Reads and parses a module. Raises PythonSourceError."""
    if is_foreign_link(path):
        raise PythonSourceError("unreadable", "is a link to a file that is not called `….py`")
    content = _read(path, files)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(content)
    except SyntaxError as error:
        where = f" (line {error.lineno}, column {max(error.offset or 1, 1)})" if error.lineno else ""
        raise PythonSourceError("syntax", f"is not valid Python{where}") from None
    except (ValueError, UnicodeError):
        raise PythonSourceError("syntax", "is not Python text") from None
    except (RecursionError, MemoryError):
        raise PythonSourceError("syntax", "is nested too deeply to parse") from None
    return PythonSource(path, tree, content)


def accepts_call(function: FunctionNode, positional: int, keywords: Iterable[str] = ()) -> bool:
    """Whether a function can be called with so many positional arguments and these keywords."""
    arguments = function.args
    names = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    if positional > len(names) and arguments.vararg is None:
        return False
    filled = set(names[:positional])
    by_keyword = {argument.arg for argument in (*arguments.args, *arguments.kwonlyargs)}
    for keyword in keywords:
        if keyword not in by_keyword:
            # Also the name of a positional-only argument: `**` takes it, and the argument stays empty.
            if arguments.kwarg is None:
                return False
        elif keyword in filled:
            return False
        else:
            filled.add(keyword)
    with_default = set(names[len(names) - len(arguments.defaults) :]) | {
        argument.arg
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is not None
    }
    required = [*names, *(argument.arg for argument in arguments.kwonlyargs)]
    return all(name in filled or name in with_default for name in required)


def _read(path: Path, files: Files) -> bytes:
    try:
        content = files.read(path, LARGEST_MODULE + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise PythonSourceError("missing", "is not there") from None
    except PermissionError:
        raise PythonSourceError("unreadable", "may not be read") from None
    except IsADirectoryError:
        raise PythonSourceError("unreadable", "is a folder, not a file") from None
    except SpecialFileError:
        raise PythonSourceError("unreadable", "is not a regular file") from None
    except (OSError, ValueError):
        raise PythonSourceError("unreadable", "cannot be opened") from None
    if len(content) > LARGEST_MODULE:
        raise PythonSourceError("unreadable", f"is larger than {LARGEST_MODULE // 2**20} MiB")
    return content


def _bindings(body: Iterable[ast.stmt]) -> Iterator[tuple[str, ast.stmt]]:
    """Yields each name that running these statements may bind, with the statement that does."""
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield statement.name, statement
        elif isinstance(statement, (ast.Import, ast.ImportFrom)):
            for alias in statement.names:
                yield alias.asname or alias.name.partition(".")[0], statement
        elif isinstance(statement, ast.AnnAssign) and statement.value is None:
            continue
        else:
            for name in _stored_names(statement):
                yield name, statement
            for block in _blocks(statement):
                yield from _bindings(block)


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """Yields the blocks of statements inside a compound statement that shares its scope."""
    for field in ("body", "orelse", "finalbody"):
        block = getattr(statement, field, None)
        if isinstance(block, list):
            yield block
    for handler in getattr(statement, "handlers", ()):
        yield handler.body
    for case in getattr(statement, "cases", ()):
        yield case.body


def _stored_names(statement: ast.stmt) -> Iterator[str]:
    """Yields the names that a statement itself (not its blocks) assigns."""
    nested = {id(inner) for block in _blocks(statement) for inner in block}
    pending: list[ast.AST] = [statement]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        if isinstance(node, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            continue
        pending += [child for child in ast.iter_child_nodes(node) if id(child) not in nested]


def _defines_unseen(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return any(alias.name == "*" for alias in node.names)
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return node.name == "__getattr__"
    if isinstance(node, ast.Name):
        return node.id in ("globals", "exec")
    return isinstance(node, ast.Attribute) and node.attr == "modules"
