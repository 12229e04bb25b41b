"""Training that never ends: a dataset that repeats for ever, and no number of steps.

TFX's ``tf_dataset_factory`` repeats its files for ever unless its options have ``num_epochs``, so that Keras
needs ``steps_per_epoch``. Read with ast, and only what is sure: names that are bound once in their function,
calls of functions in the same file, and callbacks of Keras.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tfxc.compiler.python.parse import FunctionNode, PythonSource, nodes_of

FITTING = (("train_steps", "steps_per_epoch", "x"), ("eval_steps", "validation_steps", "validation_data"))
"""A number of steps as an attribute of ``fn_args``; the arguments of ``fit`` for it and for its dataset."""

_FACTORY, _OPTIONS = "tf_dataset_factory", "TensorFlowDatasetOptions"
_SAME_LENGTH = frozenset(
    {"map", "batch", "cache", "prefetch", "shuffle", "with_options", "unbatch", "padded_batch"}
)
"""Methods of a tf.data.Dataset whose result is endless as what they are called on is."""
_CALLBACKS = frozenset({"TensorBoard", "EarlyStopping", "ModelCheckpoint", "ReduceLROnPlateau", "CSVLogger"})
"""Callbacks of Keras that end no epoch."""
_DEEPEST = 8
_Scope = tuple[FunctionNode, Mapping[str, ast.expr]]


@dataclass(frozen=True)
class EndlessFit:
    """A call of ``fit`` that never ends.

    ``steps`` is the attribute of ``fn_args`` that it takes the number of steps from; empty if it gives none.
    ``keyword`` is the argument of ``fit`` that would say it.
    """

    line: int
    steps: str
    keyword: str


def endless_fits(source: PythonSource, unset: frozenset[str]) -> Iterator[EndlessFit]:
    """Yields the calls of ``fit`` in a module's functions that surely never end.

    ``unset`` are the attributes of ``fn_args``, of ``train_steps`` and ``eval_steps``, that are None.
    """
    if b"fit" not in source.content:
        return
    calls_of_fit = (node for node in source.nodes if isinstance(node, ast.Call) and _is_plain_fit(node))
    # Functions are walked through only for those that no number of steps ends.
    fits = {call for call in calls_of_fit if any(_without_steps(call, unset))}
    for function in source.nodes if fits else ():
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            nodes = nodes_of(function)
            calls = [node for node in nodes if node in fits]
            scope = (function, _bound_once(function, nodes) if calls else {})
            for call in calls:
                yield from _of_call(call, scope, source, unset)


def _of_call(
    call: ast.Call, scope: _Scope, source: PythonSource, unset: frozenset[str]
) -> Iterator[EndlessFit]:
    for data, steps, keyword in _without_steps(call, unset):
        if _is_endless(data, scope, source, 0):
            yield EndlessFit(call.lineno, steps, keyword)


def _without_steps(call: ast.Call, unset: frozenset[str]) -> Iterator[tuple[ast.expr, str, str]]:
    """Yields the datasets of a call that get no number of steps, each with an `EndlessFit`'s words for it."""
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    if call.args:
        given.setdefault("x", call.args[0])
    for attribute, keyword, data in FITTING:
        steps = given.get(keyword)
        taken = steps.attr if isinstance(steps, ast.Attribute) and steps.attr == attribute else ""
        is_none = steps is None or (isinstance(steps, ast.Constant) and steps.value is None)
        if data in given and (is_none or taken in unset):
            yield given[data], taken, keyword


def _is_plain_fit(call: ast.Call) -> bool:
    """Whether ``fit`` is called, all that is given to it can be read, and no callback may end it."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "fit":
        return False
    if len(call.args) > 1 or any(isinstance(each, ast.Starred) for each in call.args):
        return False
    for keyword in call.keywords:
        if keyword.arg is None:
            return False
        if keyword.arg == "callbacks" and not _are_keras_callbacks(keyword.value):
            return False
    return True


def _are_keras_callbacks(value: ast.expr) -> bool:
    each = value.elts if isinstance(value, ast.List) else [value]
    return all(
        isinstance(item, ast.Call) and isinstance(item.func, ast.Attribute) and item.func.attr in _CALLBACKS
        for item in each
    )


def _is_endless(value: ast.expr, scope: _Scope, source: PythonSource, depth: int) -> bool:
    """Whether a value is surely a dataset that repeats for ever."""
    if depth > _DEEPEST:
        return False
    if isinstance(value, ast.Name):
        bound = scope[1].get(value.id)
        return bound is not None and _is_endless(bound, scope, source, depth + 1)
    if not isinstance(value, ast.Call):
        return False
    if isinstance(value.func, ast.Name):
        return _returns_endless(value.func.id, source, depth + 1)
    if not isinstance(value.func, ast.Attribute):
        return False
    name = value.func.attr
    if name == "repeat":
        return _repeats_for_ever(value)
    if name == _FACTORY:
        return _has_no_epochs(value, scope)
    return name in _SAME_LENGTH and _is_endless(value.func.value, scope, source, depth + 1)


def _returns_endless(name: str, source: PythonSource, depth: int) -> bool:
    """Whether a function of the module surely returns an endless dataset."""
    function = source.function(name)
    if function is None or function.decorator_list:
        return False
    nodes = nodes_of(function)
    returned = [node.value for node in nodes if isinstance(node, ast.Return)]
    scope = (function, _bound_once(function, nodes))
    return bool(returned) and all(
        value is not None and _is_endless(value, scope, source, depth) for value in returned
    )


def _repeats_for_ever(call: ast.Call) -> bool:
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return not given or (len(given) == 1 and isinstance(given[0], ast.Constant) and given[0].value is None)


def _has_no_epochs(call: ast.Call, scope: _Scope) -> bool:
    """Whether a ``tf_dataset_factory`` is called with options that leave ``num_epochs`` out."""
    options: ast.expr | None = call.args[1] if len(call.args) > 1 else None
    for keyword in call.keywords:
        options = keyword.value if keyword.arg in ("options", "dataset_options") else options
    if isinstance(options, ast.Name):
        options = scope[1].get(options.id)
    if not isinstance(options, ast.Call) or len(options.args) > 1:
        return False
    called = options.func.attr if isinstance(options.func, ast.Attribute) else getattr(options.func, "id", "")
    named = {keyword.arg: keyword.value for keyword in options.keywords}
    if called != _OPTIONS or None in named or any(isinstance(each, ast.Starred) for each in options.args):
        return False
    epochs = named.get("num_epochs")
    return epochs is None or (isinstance(epochs, ast.Constant) and epochs.value is None)


def _bound_once(function: FunctionNode, nodes: Iterable[ast.AST]) -> Mapping[str, ast.expr]:
    """Returns the values of the names that a function binds in one plain assignment and nowhere else."""
    values: dict[str, ast.expr] = {}
    times: dict[str, int] = {each.arg: 1 for each in ast.walk(function.args) if isinstance(each, ast.arg)}
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
            times[node.id] = times.get(node.id, 0) + 1
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            values[node.targets[0].id] = node.value
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            return {}
    return {name: value for name, value in values.items() if times.get(name) == 1}
