"""The user's Python files behind ``module_file`` and import paths: M401 to M405, M407 and M408."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path as FilePath
from pathlib import PurePosixPath

from tfxc.compiler.checks.variants import over_variants
from tfxc.compiler.language.references import is_templated
from tfxc.compiler.models.markers import marked_keys
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.nodes import Node
from tfxc.compiler.pipeline.user_code import IMPORT_PATH, UserCode, function_file, strategy_of, user_code
from tfxc.compiler.python.components import check_module_name, near_file, unreadable_source
from tfxc.compiler.python.description import PythonComponentError
from tfxc.compiler.python.imports import import_closure
from tfxc.compiler.python.keras_saves import LEGACY, keras_saves
from tfxc.compiler.python.module_files import ForeignLinkError, TooManyModulesError, module_files
from tfxc.compiler.python.module_finder import find_installed, is_never_the_users
from tfxc.compiler.python.parse import FunctionNode, PythonSource, PythonSourceError, accepts_call
from tfxc.compiler.source.outside import NOT_SHOWN
from tfxc.schemas.components.base import Component
from tfxc.schemas.components.markers import ExecutorClass, FunctionOfModule, ModuleFile, UserFunction
from tfxc.schemas.diagnostics import Finding, Path
from tfxc.schemas.plan_values import is_uri
from tfxc.schemas.words.suggest import closest, did_you_mean, only_closest

CALLS: dict[str, tuple[tuple[int, tuple[str, ...]], ...]] = {
    "run_fn": ((1, ()),),
    "tuner_fn": ((1, ()),),
    "preprocessing_fn": ((1, ()), (1, ("custom_config",))),
    "stats_options_updater_fn": ((2, ()),),
}
"""function → the ways in which TFX calls it: positional arguments and keywords; one of them must fit"""


def unreadable_components(pipeline: Pipeline) -> Iterator[Finding]:
    """T201 and M4xx: a ``type`` that names nothing, or a component of the user's that cannot be read."""
    for node in pipeline.nodes.values():
        if node.finding is not None:
            yield node.finding


def unusable_module_files(pipeline: Pipeline) -> Iterator[Finding]:
    """M401 to M404 and M407: module files that TFX could not use."""
    yield from over_variants(pipeline, lambda node: _unusable(pipeline, node))


def _unusable(pipeline: Pipeline, component: Node) -> Iterator[Finding]:
    for node, key, marker, text in _files_of(component):
        path = (*node.path, key)
        source = _read(pipeline, path, text)
        if isinstance(source, Finding):
            yield source
            continue
        for name in (*marker.required, *_named_functions(node)):
            if not source.may_define(name):
                hidden = pipeline.loaded.hides(source.path)
                near = closest(name, source.definitions) if not hidden else None
                yield Finding(
                    "M404",
                    f"`{text}` does not define `{name}`, which {node.values['type']} calls",
                    path,
                    help=(f"it defines `{near}`: rename that if it is meant",) if near else (),
                )
        if marker.optional and not marker.required and not any(map(source.may_define, marker.optional)):
            listed = " nor ".join(f"`{name}`" for name in marker.optional)
            yield Finding("M404", f"`{text}` defines neither {listed}", path, help=(f"take `{key}` out",))


def wrong_signatures(pipeline: Pipeline) -> Iterator[Finding]:
    """M405: a function of a module file that cannot be called as TFX calls it."""
    for node, key, marker, text in _module_files(pipeline):
        source = _read(pipeline, (*node.path, key), text)
        if isinstance(source, Finding):
            continue
        for name in (*marker.required, *marker.optional):
            function = source.function(name)
            if function is None or name not in CALLS:
                continue
            if not any(accepts_call(function, count, keywords) for count, keywords in CALLS[name]):
                yield _wrong_signature(name, function, text, (*node.path, key))


def _wrong_signature(called: str, function: FunctionNode, shown: str, path: Path) -> Finding:
    count = CALLS[called][0][0]
    return Finding(
        "M405",
        f"TFX calls `{called}` with {count} argument{'' if count == 1 else 's'}, "
        f"which the one in `{shown}` (line {function.lineno}) does not take",
        path,
    )


def keras_3_saves(pipeline: Pipeline) -> Iterator[Finding]:
    """M411: a module that trains and saves its model as Keras 3 cannot."""
    for node, key, text, source in training_modules(pipeline):
        if _has_older_keras(node, pipeline):
            continue
        for save in keras_saves(source, pipeline.reader.finder):
            name = text if save.source is source else save.source.path.name
            yield Finding(
                "M411",
                f"`{name}` saves a model in line {save.line} with {save.what}, which Keras 3 does not take: "
                "the node would fail when the model is trained",
                (*node.path, key),
                help=(
                    "write `model.export(fn_args.serving_model_dir)`, or for signatures of your own what "
                    "docs/modules.md shows",
                    f"where tf_keras is installed: `execution: {{env: {{{LEGACY}: '1'}}}}`",
                ),
            )


def training_modules(pipeline: Pipeline) -> Iterator[tuple[Node, str, str, PythonSource]]:
    """Yields the modules that hold a ``run_fn``; see `modules_with`."""
    return modules_with("run_fn", pipeline)


def modules_with(function: str, pipeline: Pipeline) -> Iterator[tuple[Node, str, str, PythonSource]]:
    """Yields the modules that hold a function which TFX calls: those of module files, and those of import
    paths. With each come its node, the argument that names it, and how."""
    for node, key, marker, text in _module_files(pipeline):
        source = _read(pipeline, (*node.path, key), text)
        if function in marker.required and isinstance(source, PythonSource):
            yield node, key, text, source
    for node in pipeline.nodes.values():
        named = node.values.get(function)
        model = node.interface.model if node.interface is not None else None
        if model is None or not isinstance(named, str) or function not in marked_keys(model, UserFunction):
            continue
        file = function_file(named, (*node.path, function), pipeline)
        if file is not None:
            with contextlib.suppress(PythonSourceError):
                yield node, function, named.rpartition(".")[0], pipeline.reader.finder.read(file)


def _has_older_keras(node: Node, pipeline: Pipeline) -> bool:
    variables = pipeline.execution_of(node).get("env")
    return isinstance(variables, dict) and LEGACY in variables


def user_functions(pipeline: Pipeline) -> Iterator[Finding]:
    """M404 to M406 and M408: import paths of functions: no such path, module or function, or one that cannot
    be called as TFX calls it."""
    for node in pipeline.nodes.values():
        model = node.interface.model if node.interface is not None else None
        for key in _function_keys(node, model) if model is not None else ():
            text = node.values.get(key)
            if isinstance(text, str) and text and not is_templated(text):
                yield from _user_function(pipeline, (*node.path, key), text)


def _function_keys(node: Node, model: type[Component]) -> tuple[str, ...]:
    """The arguments that are import paths of functions; without a module file those too that may name one
    of its functions."""
    has_module = any(node.values.get(key) is not None for key in marked_keys(model, ModuleFile))
    return (*marked_keys(model, UserFunction), *(() if has_module else marked_keys(model, FunctionOfModule)))


def _named_functions(node: Node) -> Iterator[str]:
    """Yields the functions of its module file that a component's arguments name."""
    model = node.interface.model if node.interface is not None else None
    for key in marked_keys(model, FunctionOfModule) if model is not None else ():
        name = node.values.get(key)
        if isinstance(name, str) and name and not is_templated(name):
            yield name


def unusable_executors(pipeline: Pipeline) -> Iterator[Finding]:
    """M401 to M404 and M406 to M408: executors of the user's that are not there, or none."""
    for path, text in _executors(pipeline):
        origin = pipeline.loaded.origin_of(path)
        try:
            pipeline.reader.executors.read(text, origin)
        except PythonComponentError as error:
            hidden = pipeline.loaded.hides(origin / text.rpartition(":")[0])
            help_lines = (NOT_SHOWN,) if hidden else error.help
            yield Finding(error.code, error.message, path, help=help_lines, fix=None if hidden else error.fix)


def unusable_strategies(pipeline: Pipeline) -> Iterator[Finding]:
    """M401 to M404 and M406 to M408: resolver strategies of the user's that are not there, or none."""
    for node in pipeline.nodes.values():
        text = strategy_of(node)
        if text is None:
            continue
        path = (*node.path, "strategy_class")
        try:
            pipeline.reader.strategy(text, path)
        except PythonComponentError as error:
            hidden = pipeline.loaded.hides(pipeline.loaded.origin_of(path) / text.rpartition(":")[0])
            help_lines = (NOT_SHOWN,) if hidden else error.help
            yield Finding(error.code, error.message, path, help=help_lines, fix=None if hidden else error.fix)


def module_folders(pipeline: Pipeline) -> Iterator[Finding]:
    """M402: a folder of module files that holds far more Python than a pipeline's code would."""
    seen: set[tuple[FilePath, frozenset[str]]] = set()
    for code in _user_codes(pipeline):
        path, folder = code.path, code.folder
        closure = import_closure(folder, code.import_name, pipeline.reader.finder)
        modules = (*closure.files.values(), code.import_name)
        packages = frozenset(name.rpartition(".")[0] for name in modules if "." in name)
        if (folder, packages) in seen:
            continue
        seen.add((folder, packages))
        try:
            module_files(folder, packages, pipeline.loaded.files)
        except TooManyModulesError as error:
            message = f"the folder of this module {error}"
            yield Finding(
                "M402", message, path, help=("put the pipeline's modules into a folder of their own",)
            )
        except ForeignLinkError as error:
            message = f"in the folder of this module `{error}` is a link to a file that is not called `….py`"
            help_line = "the files of that folder become a part of what is compiled: take the link away"
            yield Finding("M402", message, path, help=(help_line,))
        except OSError:
            yield Finding("M402", "the folder of this module cannot be read", path)


def _module_files(pipeline: Pipeline) -> Iterator[tuple[Node, str, ModuleFile, str]]:
    for node in pipeline.nodes.values():
        yield from _files_of(node)


def _files_of(node: Node) -> Iterator[tuple[Node, str, ModuleFile, str]]:
    model = node.interface.model if node.interface is not None else None
    if model is None:
        return
    for key, marker in marked_keys(model, ModuleFile).items():
        text = node.values.get(key)
        if isinstance(text, str) and text and not is_templated(text):
            yield node, key, marker, text


def _executors(pipeline: Pipeline) -> Iterator[tuple[Path, str]]:
    for node in pipeline.nodes.values():
        model = node.interface.model if node.interface is not None else None
        for key in marked_keys(model, ExecutorClass) if model is not None else ():
            text = node.values.get(key)
            if isinstance(text, str) and text and not is_templated(text):
                yield (*node.path, key), text


def _read(pipeline: Pipeline, path: Path, text: str) -> PythonSource | Finding:
    """Returns a module file, parsed, or why it cannot be used."""
    if is_uri(text):
        help_line = "copy it to a folder beside the spec: it becomes a part of what is compiled"
        return Finding("M402", f"`{text}` is not a file on this machine", path, help=(help_line,))
    file = pipeline.loaded.origin_of(path) / text
    try:
        source = pipeline.reader.finder.read(file)
        check_module_name(file, text)
    except PythonSourceError as error:
        code, message, *help_lines = unreadable_source(error, f"`{text}`", file, pipeline.loaded.files)
        if pipeline.loaded.hides(file):
            return Finding(code, message, path, help=(NOT_SHOWN,))
        near = near_file(file, pipeline.loaded.files) if code == "M401" else None
        fix = PurePosixPath(text).with_name(near).as_posix() if near is not None else None
        return Finding(code, message, path, help=tuple(help_lines), fix=fix)
    except PythonComponentError as error:
        return Finding(error.code, error.message, path, help=error.help)
    return source


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
    called, function = str(path[-1]), source.function(name)
    if function is not None and called in CALLS:
        calls = CALLS[called]
        if not any(accepts_call(function, count, keywords) for count, keywords in calls):
            yield _wrong_signature(called, function, f"{module}", path)


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


def _user_codes(pipeline: Pipeline) -> Iterator[UserCode]:
    for node in pipeline.nodes.values():
        yield from user_code(node, pipeline)
