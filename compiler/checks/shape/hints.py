"""What to do about an unknown key or a value of the wrong type."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pydantic import BaseModel

from tfxc.compiler.models.markers import Shape, keys_of, model_shapes
from tfxc.compiler.source.fixes import FALSE_WORDS, TRUE_WORDS
from tfxc.schemas.components.base import COMMON_KEYS, Component
from tfxc.schemas.diagnostics import Path, Rewriting
from tfxc.schemas.execution import Execution, ResourceRequest
from tfxc.schemas.spec import SHARED_KEY_PREFIX
from tfxc.schemas.words.suggest import closest, enumeration
from tfxc.schemas.words.wording import dotted, number, shortened, shown_value

_OUTSIDE = {
    "enable_cache": "write `execution: {cache: …}`",
    "outputs": "outputs are not declared; `tfxc components` lists what each component gives",
    "inputs": "inputs are written directly under the component, each with its name",
    "parameters": "arguments are written directly under the component, each with its name",
    "arguments": "arguments are written directly under the component, each with its name",
    "args": "arguments are written directly under the component, each with its name",
    "id": "a component's id is its key under `components`",
    "name": "a component's id is its key under `components`",
    "condition": "write `when:`",
    "if": "write `when:`",
    "needs": "write `depends_on:`",
    "custom_executor_spec": "write `executor: file.py:Class`",
}
_NUMERIC = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_LARGEST_SHOWN = 10**15


def unknown_key_help(model: type[BaseModel] | None, name: str, parent: Path) -> tuple[str, ...]:
    """Returns what a key that a model does not have was probably meant to be."""
    if model is None:
        return ()
    if name.startswith(SHARED_KEY_PREFIX) and parent:
        return ("keys beginning with `x-` stand at the top of a spec, and nowhere else",)
    names = _names(model)
    belongs = _belongs_inside(model, name) if issubclass(model, Component) else None
    if belongs is not None:
        return (belongs,)
    near = near_key(model, name)
    if near is not None:
        return (f"did you mean `{near}`?",)
    if issubclass(model, Component):
        names = [key for key in names if key not in COMMON_KEYS]
    elif name in COMMON_KEYS and len(parent) > 2 and parent[0] == "components":
        return (f"`{name}` belongs to the component `{parent[1]}` itself, not inside `{parent[-1]}`",)
    elif issubclass(model, ResourceRequest) and name in Execution.model_fields:
        return (f"`{name}` belongs to `execution`, not inside `resources`",)
    if not names:
        return (f"`{dotted(parent)}` takes no keys",)
    return (f"there are: {enumeration(sorted(names), 30)}",)


def near_key(
    model: type[BaseModel] | None, name: str, nearest: Callable[[str, Iterable[str]], str | None] = closest
) -> str | None:
    """Returns the key of a model that a mistyped one was meant to be, as ``nearest`` sees it, or None."""
    if model is None or (issubclass(model, Component) and _belongs_inside(model, name) is not None):
        return None
    return nearest(name, _names(model))


def _names(model: type[BaseModel]) -> list[str]:
    return list(keys_of(model))


def _belongs_inside(model: type[Component], name: str) -> str | None:
    """Where else below a component a key has its place."""
    if name in _OUTSIDE:
        return _OUTSIDE[name]
    if name in Execution.model_fields:
        return f"`{name}` belongs inside `execution`"
    if name in ResourceRequest.model_fields:
        return f"`{name}` belongs inside `execution.resources`"
    for key, shape in model_shapes(model).items():
        if key not in COMMON_KEYS and name in _names_inside(shape):
            return f"`{name}` belongs inside `{key}`"
    for key, shape in model_shapes(model).items():
        for inner, inner_shape in shape.fields().items() if key not in COMMON_KEYS else ():
            if name in _names_inside(inner_shape.item or inner_shape):
                return f"`{name}` belongs inside `{key}.{inner}`"
    return None


def _names_inside(shape: Shape) -> frozenset[str]:
    return frozenset(shape.fields())


def type_hint(error_type: str, expected: str, value: Any) -> tuple[str, ...]:
    """Returns how to write a value so that it has the expected type."""
    if isinstance(value, str):
        return _text_hint(error_type, expected, value)
    if isinstance(value, (int, float)):
        return _number_hint(error_type, expected, value) if abs(value) < _LARGEST_SHOWN else ()
    if isinstance(value, dict) and list(value) == ["value"] and not isinstance(value["value"], (dict, list)):
        return (f"write the value itself, as protobuf's JSON form does: {shown_value(value['value'])}",)
    if isinstance(value, dict) and expected == "a list":
        return ("put `- ` in front of the first key, so that it is a list of one mapping",)
    if isinstance(value, list) and expected == "a mapping" and len(value) == 1 and isinstance(value[0], dict):
        return ("take the `- ` away",)
    return ()


def rewriting(error_type: str, expected: str, value: Any) -> Rewriting | None:
    """Returns how a value is written anew so that it has the expected type, where that is sure: `type_hint`
    says the same in words."""
    if isinstance(value, dict) and list(value) == ["value"] and not isinstance(value["value"], (dict, list)):
        return "unwrapped"
    if isinstance(value, str):
        if error_type.startswith("bool") and value.lower() in (*TRUE_WORDS, *FALSE_WORDS):
            return "boolean"
        if "number" in expected and _NUMERIC.fullmatch(value):
            return "unquoted"
        return "listed" if expected == "a list" and value.strip() else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if expected == "a text":
        return "quoted"
    if _is_whole(error_type, expected, value):
        return "integer"
    return "listed" if expected == "a list" else None


def _is_whole(error_type: str, expected: str, value: float) -> bool:
    """Whether a whole number is asked for, and given with a decimal point."""
    is_asked = error_type == "int_from_float" or expected == "a whole number"
    return is_asked and isinstance(value, float) and value.is_integer() and abs(value) < _LARGEST_SHOWN


def python_spelling(value: str, values: Sequence[str]) -> str | None:
    """Returns which of some values a name is as Python code spells it, such as ``tfma.MetricDirection.NAME``;
    for values that are written as numbers, ``11 (NAME)``, the number."""
    last = value.rpartition(".")[2]
    for each in values:
        number_, _, name = each.partition(" ")
        if name == f"({last})":
            return number_
    return last if last != value and last in values else None


def _text_hint(error_type: str, expected: str, value: str) -> tuple[str, ...]:
    if value == "None":
        return ("write `null`, or leave the key out",)
    if error_type.startswith("bool") and value.lower() in (*TRUE_WORDS, *FALSE_WORDS):
        return (f"write `{'true' if value.lower() in TRUE_WORDS else 'false'}`, without quotes",)
    if "number" in expected and _NUMERIC.fullmatch(value):
        return (f"write {shortened(value)} without quotes",)
    if expected == "a list":
        return (f"write a list: `[{shortened(value)}]`",)
    return ()


def _number_hint(error_type: str, expected: str, value: float) -> tuple[str, ...]:
    if expected == "a text":
        return (f'put it in quotes: "{number(value)}"',)
    if _is_whole(error_type, expected, value):
        return (f"write {int(value)}",)
    if expected == "a list":
        return (f"write a list: `[{number(value)}]`",)
    return ()
