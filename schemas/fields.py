"""Validators of single values that the models share.

Each gives one error at the value's own path, where a union of types would give one for each member
at a path that has the member's name in it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args

from pydantic import StringConstraints
from pydantic_core import (
    CoreSchema,
    ErrorDetails,
    InitErrorDetails,
    PydanticCustomError,
    ValidationError,
    core_schema,
)

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler

FLOAT_MAX = sys.float_info.max
NAME_IN_TFX_PATTERN = r"^[A-Za-z0-9_]([A-Za-z0-9_. -]*[A-Za-z0-9_])?$"
"""Of what TFX calls a pipeline or a node. TFX takes anything; it becomes the name of a folder."""
NameInTfx = Annotated[str, StringConstraints(pattern=NAME_IN_TFX_PATTERN, max_length=100)]


def plain_validator(validate: Callable[[object], object], source: Any) -> CoreSchema:
    """Returns the schema of a value that one function validates; None passes if the source is Optional."""
    if type(None) not in get_args(source):
        return core_schema.no_info_plain_validator_function(validate)
    return core_schema.no_info_plain_validator_function(
        lambda value: None if value is None else validate(value)
    )


@dataclass(frozen=True)
class OneOfTypes:
    """Validates that a value has one of some JSON types; a bool is no number, and numbers are finite.

    ``what`` completes the sentence "Input should be …".
    """

    types: tuple[type, ...]
    what: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return plain_validator(self.validate, source)

    def validate(self, value: object) -> object:
        """Returns the value. Raises PydanticCustomError of the type ``scalar_type`` or ``finite_number``."""
        if type(value) not in self.types:
            raise PydanticCustomError("scalar_type", "Input should be {what}", {"what": self.what})
        if isinstance(value, (int, float)) and not abs(value) <= FLOAT_MAX:
            raise PydanticCustomError("finite_number", "Input should be a finite number")
        return value


@dataclass(frozen=True)
class OneOf:
    """Validates that a value is one of some texts or integers; 1.0 and true are not 1.

    Otherwise it is an error of the type ``enum``, with the values, as text, in ``ctx["values"]``.
    """

    values: tuple[Union[str, int], ...]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return plain_validator(self.validate, source)

    def validate(self, value: object) -> object:
        """Returns the value. Raises PydanticCustomError."""
        if any(type(value) is type(each) and value == each for each in self.values):
            return value
        raise unknown_value([str(each) for each in self.values])


def unknown_value(values: Sequence[str]) -> PydanticCustomError:
    """Returns the error of a value that is none of some texts."""
    context = {"expected": ", ".join(values), "values": list(values)}
    return PydanticCustomError("enum", "Input should be one of: {expected}", context)


Number = Annotated[Union[int, float], OneOfTypes((int, float), "a valid number")]
Scalar = Annotated[
    Union[bool, int, float, str], OneOfTypes((bool, int, float, str), "a number, a text, true or false")
]


def validate_beside(
    handler: Callable[[Any], Any], value: Any, errors: list[InitErrorDetails], title: str
) -> Any:
    """Returns what a model's own validation makes of a value that has no errors beside it.

    Raises pydantic.ValidationError with the errors and the errors of the model's own validation: all at
    once, where a validator that runs after it would see a value without errors only.
    """
    if not errors:
        return handler(value)
    try:
        handler(value)
    except ValidationError as error:
        errors = [*errors, *(error_line(line) for line in error.errors(include_url=False))]
    raise ValidationError.from_exception_data(title, errors)


def error_at(path: tuple[str | int, ...], error: PydanticCustomError, value: object) -> ValidationError:
    """Returns an error for a model's validator to raise, so that it is reported at a path below the model."""
    return ValidationError.from_exception_data("value", [InitErrorDetails(type=error, loc=path, input=value)])


def moved_error(error: ValidationError, prefix: tuple[str | int, ...]) -> ValidationError:
    """Returns the same error with every line at a path below ``prefix``."""
    lines = [error_line(line, prefix) for line in error.errors(include_url=False)]
    return ValidationError.from_exception_data(error.title, lines)


def error_line(line: ErrorDetails, prefix: tuple[str | int, ...] = ()) -> InitErrorDetails:
    """Returns a line of an error as it goes into a new one, with its type, words and context."""
    error = PydanticCustomError(line["type"], line["msg"], line.get("ctx"))
    return InitErrorDetails(type=error, loc=(*prefix, *line["loc"]), input=line["input"])
