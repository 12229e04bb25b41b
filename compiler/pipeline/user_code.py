"""Where the code of the user's lies that a component needs: one place for the checks and the lowering."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from tfxc.compiler.language.references import constant_text
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.nodes import Node
from tfxc.compiler.python.description import FINAL_STATUS, PythonComponentError
from tfxc.compiler.python.imports import import_root
from tfxc.compiler.python.module_finder import find_in_folder, is_never_the_users
from tfxc.compiler.python.parse import PythonSourceError
from tfxc.schemas.components.markers import ExecutorClass, FunctionOfModule, ModuleFile, UserFunction
from tfxc.schemas.components.nodes import STRATEGY_PATH_PATTERN
from tfxc.schemas.diagnostics import Path

IMPORT_PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+", re.ASCII)


@dataclass(frozen=True)
class UserCode:
    """A module that a component needs. ``path`` is what names it in the document; with ``folder`` first on
    ``sys.path`` it is imported by ``import_name``."""

    path: Path
    folder: FilePath
    import_name: str


def user_code(node: Node, pipeline: Pipeline) -> Iterator[UserCode]:
    """Yields the modules of the user's that a component needs, as far as they can be read: the component's
    own first, then its module file's or those of the functions that it names, then its executor's or
    resolver strategy's."""
    python = node.interface.python if node.interface is not None else None
    if python is not None and python.location is not None and python.location.folder is not None:
        yield UserCode((*node.path, "type"), python.location.folder, python.location.import_name)
    yield from module_of(node, pipeline)
    for key, _, text in node.marked_texts(ExecutorClass):
        path = (*node.path, key)
        with contextlib.suppress(PythonComponentError):
            executor = pipeline.reader.executors.read(text, pipeline.loaded.origin_of(path))
            if executor.folder is not None:
                yield UserCode(path, executor.folder, executor.import_name)
    strategy = strategy_of(node)
    if strategy is not None:
        path = (*node.path, "strategy_class")
        with contextlib.suppress(PythonComponentError):
            found = pipeline.reader.strategy(strategy, path)
            if found.folder is not None:
                yield UserCode(path, found.folder, found.import_name)


def module_of(node: Node, pipeline: Pipeline) -> Iterator[UserCode]:
    """Yields the module file of a component of TFX's, or else the modules beside the spec of the functions
    that it names by import paths."""
    finder = pipeline.reader.finder
    for key, _, text in node.marked_texts(ModuleFile):
        path = (*node.path, key)
        origin = pipeline.loaded.origin_of(path)
        file = origin / text
        try:
            folder, import_name = import_root(file, finder.read(file), finder, origin)
        except PythonSourceError:
            return
        yield UserCode(path, folder, import_name)
        return
    for key, _, text in (*node.marked_texts(UserFunction), *node.marked_texts(FunctionOfModule)):
        path = (*node.path, key)
        if function_file(text, path, pipeline) is not None:
            yield UserCode(path, pipeline.loaded.origin_of(path), text.rpartition(".")[0])


def function_file(text: str, path: Path, pipeline: Pipeline) -> FilePath | None:
    """Returns the file beside the spec of a function given by its import path, or None."""
    module = text.rpartition(".")[0]
    if not IMPORT_PATH.fullmatch(text) or is_never_the_users(module):
        return None
    return find_in_folder(pipeline.loaded.origin_of(path), module, pipeline.loaded.files)


def strategy_of(node: Node) -> str | None:
    """Returns the place of a Resolver's strategy that is the user's, None for one of TFX's."""
    model = node.model
    if model is None or model.kind != "resolver":
        return None
    text = constant_text(node.values.get("strategy_class"))
    return text if text is not None and re.match(STRATEGY_PATH_PATTERN, text) else None


def final_status_parameter(node: Node, pipeline: Pipeline) -> str | None:
    """Returns the parameter of an exit handler that gets what became of the run; None if the document gives
    it, or the component is no exit handler that runs after all the others."""
    python = node.interface.python if node.interface is not None else None
    if python is None or not python.is_exit_handler or node.id != pipeline.document.get("on_exit"):
        return None
    return FINAL_STATUS if FINAL_STATUS in python.parameters and FINAL_STATUS not in node.values else None


def texts_in(value: Any) -> Iterator[str]:
    """Yields all texts in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_in(inner)
