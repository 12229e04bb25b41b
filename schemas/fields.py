"""Validators of single values that the models share.

Each gives one error at the value's own path, where a union of types would give one for each member
at a path that has the member's name in it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args

from pydantic_core import CoreSchema, PydanticCustomError, core_schema

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler

FLOAT_MAX = sys.float_info.max


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


Number = Annotated[Union[int, float], OneOfTypes((int, float), "a valid number")]
Scalar = Annotated[
    Union[bool, int, float, str], OneOfTypes((bool, int, float, str), "a number, a text, true or false")
]
