"""The user's functions that import paths name: M404 to M406 and M408, and how TFX calls them."""

from __future__ import annotations

from collections.abc import Iterator

from tfxc.compiler.language.references import constant_text
from tfxc.compiler.models.markers import marked_keys
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.nodes import Node
from tfxc.compiler.pipeline.user_code import IMPORT_PATH, function_file
from tfxc.compiler.python.module_finder import find_installed, is_never_the_users
from tfxc.compiler.python.parse import FunctionNode, PythonSourceError, accepts_call
from tfxc.schemas.components.base import Component
from tfxc.schemas.components.markers import FunctionOfModule, ModuleFile, UserFunction
from tfxc.schemas.diagnostics import Finding, Path
from tfxc.schemas.words.suggest import closest, did_you_mean, only_closest

_CALLS: dict[str, tuple[tuple[int, tuple[str, ...]], ...]] = {
    "run_fn": ((1, ()),),
    "tuner_fn": ((1, ()),),
    "preprocessing_fn": ((1, ()), (1, ("custom_config",))),
    "stats_options_updater_fn": ((2, ()),),
}
"""function → the ways in which TFX calls it: positional arguments and keywords; one of them must fit"""


def wrong_signature(called: str, function: FunctionNode | None, shown: str, path: Path) -> Iterator[Finding]:
    """M405: a function, of the module or file ``shown``, that cannot be called as TFX calls this one."""
    calls = _CALLS.get(called)
    if function is None or calls is None or any(accepts_call(function, *call) for call in calls):
        return
    count, _ = calls[0]
    yield Finding(
        "M405",
        f"TFX calls `{called}` with {count} argument{'' if count == 1 else 's'}, "
        f"which the one in `{shown}` (line {function.lineno}) does not take",
        path,
    )


def user_functions(pipeline: Pipeline) -> Iterator[Finding]:
    """M404 to M406 and M408: import paths of functions: no such path, module or function, or one that cannot
    be called as TFX calls it."""
    for node in pipeline.nodes.values():
        model = node.model
        for key in _function_keys(node, model) if model is not None else ():
            text = constant_text(node.values.get(key))
            if text is not None:
                yield from _user_function(pipeline, (*node.path, key), text)


def _function_keys(node: Node, model: type[Component]) -> tuple[str, ...]:
    """The arguments that are import paths of functions; without a module file those too that may name one
    of its functions."""
    has_module = any(node.values.get(key) is not None for key in marked_keys(model, ModuleFile))
    return (*marked_keys(model, UserFunction), *(() if has_module else marked_keys(model, FunctionOfModule)))


def _user_function(pipeline: Pipeline, path: Path, text: str) -> Iterator[Finding]:
    if not IMPORT_PATH.fullmatch(text):
        help_lines: tuple[str, ...] = ("write `package.module.function`",)
        if text.endswith(".py") or ":" in text:
            help_lines = (
                "a file is given as `module_file`; this is an import path, `package.module.function`",
            )
        yield Finding("M408", f"`{text}` is not the import path of a function", path, help=help_lines)
        return
    module, _, name = text.rpartition(".")
    file = function_file(text, path, pipeline) or find_installed(module, pipeline.loaded.files)
    if file is None:
        yield from _missing_module(pipeline, path, module)
        return
    try:
        source = pipeline.reader.finder.read(file)
    except PythonSourceError:
        return
    if not source.may_define(name):
        near = did_you_mean(name, list(source.definitions))
        meant = only_closest(name, list(source.definitions))
        fix = f"{module}.{meant}" if meant is not None else None
        message = f"the module `{module}` does not define `{name}`"
        yield Finding("M404", message, path, help=near, fix=fix)
    yield from wrong_signature(str(path[-1]), source.function(name), module, path)


def _missing_module(pipeline: Pipeline, path: Path, module: str) -> Iterator[Finding]:
    """A module that is not found. It may be installed where the nodes run, unless its package is here."""
    folder, files = pipeline.loaded.origin_of(path), pipeline.loaded.files
    *packages, last = module.split(".")
    package = folder.joinpath(*packages)
    if not packages or not files.is_dir(folder / packages[0]) or is_never_the_users(module):
        return
    names = [name.removesuffix(".py") for name in files.names(package)] if files.is_dir(package) else []
    meant = closest(last, names)
    message = f"there is no module `{module}` beside the spec, where its package is"
    help_lines = (f"did you mean `{'.'.join([*packages, meant])}`?",) if meant is not None else ()
    yield Finding("M406", message, path, help=help_lines)
