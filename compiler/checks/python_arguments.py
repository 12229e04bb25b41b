"""The arguments of the user's own components, by the signatures of their functions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tfxc.compiler.checks.blame import blamed, wrong_reference
from tfxc.compiler.checks.shape.samples import substitute
from tfxc.compiler.checks.shape.validation import model_errors
from tfxc.compiler.models.markers import keys_of
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.nodes import Node
from tfxc.compiler.pipeline.user_code import final_status_parameter
from tfxc.compiler.python.description import FINAL_STATUS, ParameterField, PythonComponentDescription
from tfxc.compiler.python.types import ValueType, misfit
from tfxc.schemas.components.base import COMMON_KEYS, Component
from tfxc.schemas.diagnostics import Finding
from tfxc.schemas.words.suggest import closest, enumeration, only_closest
from tfxc.schemas.words.wording import named, what_it_is

_WORDS = {"int": "a whole number", "float": "a number", "str": "a text", "bool": "true or false"}


def python_arguments(
    node: Node, description: PythonComponentDescription, pipeline: Pipeline
) -> Iterator[Finding]:
    """S101 to S103, M410, P304 and T206 of one component of the user's."""
    known = (*description.inputs, *description.parameters)
    for name, value in node.values.items():
        if name in COMMON_KEYS:
            continue
        if name in description.inputs:
            yield from _channel(node, name, value)
        elif name in description.parameters:
            yield from _value(node, description.parameters[name], value, pipeline)
        elif not description.open_arguments:
            yield _unknown_argument(node, name, description, known)
    yield from _taken_names(node, description)
    if description.extends is not None:
        yield from _arguments_of_base(node, description, description.extends, pipeline)
    for name, parameter in description.parameters.items():
        if name in COMMON_KEYS or name == final_status_parameter(node, pipeline):
            continue
        if parameter.required and node.values.get(name) is None:
            message = f"`{node.id}` lacks `{name}`"
            type_ = f" ({parameter.type})" if parameter.type is not None else ""
            help_lines = (f"`{description.name}` has the parameter `{name}`{type_} without a default",)
            if name == FINAL_STATUS and description.is_exit_handler:
                help_lines = (f"`on_exit: {node.id}` makes it the exit handler, which is given that",)
            yield Finding("S102", message, node.path, at_key=True, help=help_lines)


def _arguments_of_base(
    node: Node, description: PythonComponentDescription, extends: type[Component], pipeline: Pipeline
) -> Iterator[Finding]:
    """What is wrong with the values that a component of TFX's gets from a class that extends it."""
    values = {
        name: value
        for name, value in node.values.items()
        if name in keys_of(extends) and name in description.parameters
        if description.parameters[name].type is None
    }
    substituted = substitute(values, node.path, pipeline)
    for error in model_errors(extends, substituted.value, node.path):
        if len(error.path) > len(node.path):
            yield from blamed(error, substituted, pipeline)


def _taken_names(node: Node, description: PythonComponentDescription) -> Iterator[Finding]:
    """M410, S102: arguments called as a key that tfxc itself reads, so that they never get a value."""
    required = {name: field.required for name, field in description.inputs.items()}
    required |= {name: field.required for name, field in description.parameters.items()}
    for name in sorted(COMMON_KEYS & required.keys()):
        path = (*node.path, name if name in node.values else "type")
        what = f"`{description.name}` has an argument `{name}`"
        why = f"no spec can give it: `{name}` is a key that every component has"
        help_lines = (f"call it something else, such as `{description.name.lower()}_{name}`",)
        if required[name]:
            yield Finding("S102", f"{what} without a default, and {why}", path, at_key=True, help=help_lines)
        else:
            yield Finding("M410", f"{what}, and {why}", path, at_key=True, help=help_lines)


def _value(node: Node, parameter: ParameterField, value: Any, pipeline: Pipeline) -> Iterator[Finding]:
    if parameter.type is None or value is None:
        return
    path = (*node.path, parameter.name)
    substituted = substitute(value, path, pipeline)
    wrong = misfit(parameter.type, substituted.value, path)
    if wrong is None:
        return
    where, expected, found = wrong
    template = substituted.templates.get(where)
    if template is None or template.is_constant:
        message = f"{named(where)} must be {_expected(expected)}, but it is {what_it_is(found)}"
        yield Finding("S103", message, where)
    elif template.whole is not None and not template.bad_references:
        yield from wrong_reference(
            template.whole, where, f"{named(where)} takes {_expected(expected)}", pipeline
        )
    elif not template.bad_references:
        message = f"{named(where)} takes {_expected(expected)}, and a text with references in it is a text"
        yield Finding("P304", message, where)


def _channel(node: Node, name: str, value: Any) -> Iterator[Finding]:
    is_list = isinstance(value, list) and value and all(isinstance(item, str) for item in value)
    if value is None or isinstance(value, str) or is_list:
        return
    path = (*node.path, name)
    help_line = "a channel is an output of another component, such as `example_gen.examples`"
    if isinstance(value, (bool, int, float)):
        help_line = f"`{name}` takes what another component gives; for a value make it a `Parameter[…]`"
    message = f"{named(path)} must be a channel, but it is {what_it_is(value)}"
    yield Finding("T206", message, path, help=(help_line,))


def _unknown_argument(
    node: Node, name: str, description: PythonComponentDescription, known: tuple[str, ...]
) -> Finding:
    near = closest(name, (*known, *COMMON_KEYS))
    if name in description.outputs:
        help_line = f"`{name}` is an output of `{description.name}`, and outputs are not given"
    elif near is not None:
        help_line = f"did you mean `{near}`?"
    else:
        help_line = f"it takes {enumeration(known, 30)}" if known else "it takes no arguments"
    message = f"`{node.id}` has no argument `{name}`"
    fix = only_closest(name, (*known, *COMMON_KEYS)) if name not in description.outputs else None
    return Finding("S101", message, (*node.path, name), at_key=True, help=(help_line,), fix=fix)


def _expected(type_: ValueType) -> str:
    return _WORDS.get(type_.kind, str(type_))
