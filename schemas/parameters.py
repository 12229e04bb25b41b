"""Run-time parameters: how a spec declares them, and which values one takes."""

import re
from typing import Optional, Union

from pydantic import BaseModel, Field

from tfxc.schemas.choices import ParameterType
from tfxc.schemas.fields import Number, Scalar
from tfxc.schemas.strict import STRICT

ParameterValue = Union[bool, int, float, str]


class Parameter(BaseModel):
    """A run-time parameter. Without a default every run must give a value."""

    model_config = STRICT

    type: ParameterType = Field(
        description="int, float, str, bool, or path: a file or folder, relative to this spec, or a URI."
    )
    default: Optional[Scalar] = Field(
        default=None, description="The value of a run that gives none. Without it every run must give one."
    )
    description: str = Field(
        default="", description="What it is for; shown in help texts and in trigger forms."
    )
    minimum: Optional[Number] = Field(default=None, description="The least value allowed; for int and float.")
    maximum: Optional[Number] = Field(
        default=None, description="The greatest value allowed; for int and float."
    )
    choices: Optional[list[Scalar]] = Field(
        default=None, min_length=1, description="The only values allowed; for int, float, str and path."
    )
    pattern: Optional[str] = Field(
        default=None, description="A regular expression that the whole value matches; for str and path."
    )


def why_unfit(parameter: Parameter, value: object) -> str | None:
    """Returns why a parameter cannot have a value, as the end of a sentence that names it; None if it can.

    ``1`` is a float; ``1.0`` is no int and ``true`` no number.
    """
    if not _has_type(parameter.type, value):
        return f"takes {_TYPE_WORDS[parameter.type]}, not {_shown(value)}"
    if parameter.choices is not None and value not in parameter.choices:
        return f"takes one of {', '.join(map(_shown, parameter.choices))}, not {_shown(value)}"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if parameter.minimum is not None and value < parameter.minimum:
            return f"is at least {parameter.minimum}, not {value}"
        if parameter.maximum is not None and value > parameter.maximum:
            return f"is at most {parameter.maximum}, not {value}"
    if parameter.pattern is not None and isinstance(value, str) and not _matches(parameter.pattern, value):
        return f"matches the pattern {parameter.pattern}, unlike {_shown(value)}"
    return None


def contradictions(parameter: Parameter) -> list[tuple[str, str]]:
    """Returns what is inconsistent in a declaration: (key, sentence), in the order of the keys.

    Looks at limits that the type has no use for or that exclude each other, at choices and the default
    outside them, and at a pattern that is no regular expression.
    """
    errors = []
    is_number, is_text = parameter.type in ("int", "float"), parameter.type in ("str", "path")
    pattern_error = _pattern_error(parameter.pattern)
    bare = parameter.model_copy(
        update={"choices": None, "pattern": None if pattern_error else parameter.pattern}
    )
    if parameter.default is not None and (
        reason := why_unfit(bare, parameter.default)
        or why_unfit(bare.model_copy(update={"choices": parameter.choices}), parameter.default)
    ):
        errors.append(("default", f"the parameter {reason}"))
    for key in ("minimum", "maximum"):
        if getattr(parameter, key) is not None and not is_number:
            errors.append((key, f"`{key}` is for int and float, and the type is {parameter.type}"))
    limits = (parameter.minimum, parameter.maximum)
    if is_number and limits[0] is not None and limits[1] is not None and limits[0] > limits[1]:
        errors.append(("maximum", "`maximum` is below `minimum`, so no value is allowed"))
    for choice in parameter.choices or ():
        if reason := why_unfit(bare, choice):
            errors.append(("choices", f"the parameter {reason}"))
    if parameter.choices is not None and parameter.type == "bool":
        errors.append(("choices", "`choices` is of no use for a bool"))
    if parameter.pattern is not None and not is_text:
        errors.append(("pattern", f"`pattern` is for str and path, and the type is {parameter.type}"))
    elif pattern_error:
        errors.append(("pattern", f"the pattern is not a regular expression: {pattern_error}"))
    return errors


def sample_value(parameter: Parameter) -> ParameterValue:
    """Returns a value of the parameter's type to check a spec with: the default if there is one."""
    if parameter.default is not None:
        return parameter.default
    if parameter.choices:
        return parameter.choices[0]
    if parameter.type == "bool":
        return False
    if parameter.type in ("str", "path"):
        return "sample"
    lowest = parameter.minimum if parameter.minimum is not None else 1
    value = lowest if parameter.maximum is None else min(lowest, parameter.maximum)
    return float(value) if parameter.type == "float" else int(value)


def parse_value(parameter: Parameter, text: str) -> ParameterValue:
    """Returns the value that a text on a command line stands for.

    Raises ValueError with the end of a sentence that names the parameter, if it cannot have that value.
    """
    value: object = text
    if parameter.type == "int" and re.fullmatch(r"[+-]?\d{1,40}", text, re.ASCII):
        value = int(text)
    elif parameter.type == "float" and re.fullmatch(_FLOAT, text, re.ASCII):
        value = float(text)
    elif parameter.type == "bool" and text.lower() in _BOOLEANS:
        value = _BOOLEANS[text.lower()]
    if reason := why_unfit(parameter, value):
        raise ValueError(reason)
    assert isinstance(value, (bool, int, float, str))  # noqa: S101  why_unfit has looked
    return value


_FLOAT = r"[+-]?(\d{1,40}(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?"
_BOOLEANS = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}
_TYPE_WORDS = {
    "int": "an integer",
    "float": "a number",
    "str": "a text",
    "bool": "true or false",
    "path": "a path",
}


def _has_type(type_name: ParameterType, value: object) -> bool:
    if type_name == "int":
        return isinstance(value, int) and not isinstance(value, bool)
    if type_name == "float":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if type_name == "bool":
        return isinstance(value, bool)
    return isinstance(value, str)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= 60 else f'"{value[:59]}…"'
    if isinstance(value, (int, float)):
        return str(value) if abs(value) < 10**40 else "a number that large"
    return "null" if value is None else f"a {'list' if isinstance(value, list) else 'mapping'}"


def _pattern_error(pattern: str | None) -> str | None:
    try:
        re.compile(pattern or "")
    except re.error as error:
        return str(error)
    return None


def _matches(pattern: str, value: str) -> bool:
    return re.fullmatch(pattern, value) is not None
