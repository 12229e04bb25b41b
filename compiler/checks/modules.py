"""The user's Python files behind ``module_file``, and the folders of their code: M401 to M405 and M407."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path as FilePath
from pathlib import PurePosixPath

from tfxc.compiler.checks.user_functions import wrong_signature
from tfxc.compiler.checks.variants import over_variants
from tfxc.compiler.models.markers import marked_keys
from tfxc.compiler.pipeline.execution import written_execution
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.nodes import Node
from tfxc.compiler.pipeline.user_code import UserCode, function_file, user_code
from tfxc.compiler.python.components import check_module_name, near_module, unreadable_source
from tfxc.compiler.python.description import PythonComponentError
from tfxc.compiler.python.imports import import_closure
from tfxc.compiler.python.keras_saves import LEGACY, keras_saves
from tfxc.compiler.python.module_files import ForeignLinkError, TooManyModulesError, module_files
from tfxc.compiler.python.parse import PythonSource, PythonSourceError
from tfxc.compiler.source.outside import NOT_SHOWN
from tfxc.schemas.components.markers import FunctionOfModule, ModuleFile, UserFunction
from tfxc.schemas.diagnostics import Finding, Path
from tfxc.schemas.plan_values import is_uri
from tfxc.schemas.words.suggest import closest


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
        named = (name for _, _, name in node.marked_texts(FunctionOfModule))
        for name in (*marker.required, *named):
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
            yield from wrong_signature(name, source.function(name), text, (*node.path, key))


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
        model = node.model
        if model is None or not isinstance(named, str) or function not in marked_keys(model, UserFunction):
            continue
        file = function_file(named, (*node.path, function), pipeline)
        if file is not None:
            with contextlib.suppress(PythonSourceError):
                yield node, function, named.rpartition(".")[0], pipeline.reader.finder.read(file)


def _has_older_keras(node: Node, pipeline: Pipeline) -> bool:
    variables = written_execution(node, pipeline).get("env")
    return isinstance(variables, dict) and LEGACY in variables


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
    for key, marker, text in node.marked_texts(ModuleFile):
        yield node, key, marker, text


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
        near = near_module(file, pipeline.loaded.files) if code == "M401" else None
        fix = PurePosixPath(text).with_name(near).as_posix() if near is not None else None
        return Finding(code, message, path, help=tuple(help_lines), fix=fix)
    except PythonComponentError as error:
        return Finding(error.code, error.message, path, help=error.help)
    return source


def _user_codes(pipeline: Pipeline) -> Iterator[UserCode]:
    for node in pipeline.nodes.values():
        yield from user_code(node, pipeline)
