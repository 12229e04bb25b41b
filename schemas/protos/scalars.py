"""The scalars of protobuf's JSON form: numbers with their ranges, bytes, enums and ``Any``."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Union

from pydantic import Field
from pydantic_core import CoreSchema, PydanticCustomError

from tfxc.schemas.fields import FLOAT_MAX, plain_validator, unknown_value

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler

INT32_MAX = 2**31 - 1
UINT32_MAX = 2**32 - 1

Int32 = Annotated[int, Field(ge=-(2**31), le=INT32_MAX)]
"""An int32, as protobuf has it."""
Count = Annotated[int, Field(ge=0, le=INT32_MAX)]
"""An int32 that counts something, so that a negative number has no meaning."""
UInt32 = Annotated[int, Field(ge=0, le=UINT32_MAX)]
"""A uint32, as protobuf has it."""

SPECIAL_DOUBLES = ("Infinity", "-Infinity", "NaN")
"""How protobuf's JSON form writes the doubles that are not finite."""


@dataclass(frozen=True)
class SpecialDouble:
    """Validates a double: a finite number, or one of `SPECIAL_DOUBLES` as text."""

    def __get_pydantic_core_schema__(self, source: Any, handler: "GetCoreSchemaHandler") -> CoreSchema:
        return plain_validator(_double, source)


def _double(value: object) -> object:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if abs(value) <= FLOAT_MAX:
            return value
        raise PydanticCustomError(
            "finite_number", 'Write numbers that are not finite as text, such as "Infinity"'
        )
    if isinstance(value, str) and value in SPECIAL_DOUBLES:
        return value
    raise PydanticCustomError("float_type", "Input should be a valid number")


Double = Annotated[Union[int, float, str], SpecialDouble()]
"""A double or float, as protobuf's JSON form has it."""
Base64Text = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/_-]*={0,2}$")]
"""Bytes, as protobuf's JSON form has them."""


@dataclass(frozen=True)
class LongInteger:
    """Validates an integer of 64 bits: protobuf's JSON form has it as text, and YAML as a number."""

    least: int
    most: int

    def __get_pydantic_core_schema__(self, source: Any, handler: "GetCoreSchemaHandler") -> CoreSchema:
        return plain_validator(self.validate, source)

    def validate(self, value: object) -> object:
        """Returns the value. Raises PydanticCustomError of pydantic's own types for integers."""
        number = int(value) if isinstance(value, str) and _INTEGER_TEXT.fullmatch(value) else value
        if not isinstance(number, int) or isinstance(number, bool):
            raise PydanticCustomError("int_type", "Input should be a valid integer")
        if number < self.least:
            raise PydanticCustomError(
                "greater_than_equal", "Input should be greater than or equal to {ge}", {"ge": self.least}
            )
        if number > self.most:
            raise PydanticCustomError(
                "less_than_equal", "Input should be less than or equal to {le}", {"le": self.most}
            )
        return value


_INTEGER_TEXT = re.compile(r"-?\d{1,20}", re.ASCII)

Int64 = Annotated[Union[int, str], LongInteger(-(2**63), 2**63 - 1)]
"""An int64, as protobuf's JSON form or YAML has it."""
UInt64 = Annotated[Union[int, str], LongInteger(0, 2**64 - 1)]
"""A uint64, as protobuf's JSON form or YAML has it."""


@dataclass(frozen=True)
class NamesItsType:
    """Validates the JSON form of a ``google.protobuf.Any``: a mapping that says its type."""

    def __get_pydantic_core_schema__(self, source: Any, handler: "GetCoreSchemaHandler") -> CoreSchema:
        return plain_validator(_any_message, source)


def _any_message(value: object) -> object:
    if not isinstance(value, dict):
        raise PydanticCustomError("dict_type", "Input should be a valid dictionary")
    if not isinstance(value.get("@type"), str):
        raise PydanticCustomError("any_type", "`@type` is missing: it names the message's type")
    return value


AnyMessage = Annotated[dict[str, Any], NamesItsType()]
"""Any message in JSON form, with ``type.googleapis.com/package.Message`` in its key ``@type``."""


@dataclass(frozen=True)
class ProtoEnum:
    """Marks an enum, and validates that a value is one of its names or numbers.

    The error has the type ``enum`` and the allowed names as ``ctx["values"]``. With ``numbers_only`` it is
    an argument of a Python function, which takes the number and no name.
    """

    proto: str
    names: tuple[tuple[str, int], ...]
    numbers_only: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: "GetCoreSchemaHandler") -> CoreSchema:
        return plain_validator(self.validate, source)

    def validate(self, value: object) -> object:
        """Returns the value if it is a name or number of the enum. Raises PydanticCustomError."""
        if isinstance(value, int) and not isinstance(value, bool):
            if any(value == number for _, number in self.names):
                return value
        elif (
            isinstance(value, str) and not self.numbers_only and any(value == name for name, _ in self.names)
        ):
            return value
        if self.numbers_only:
            raise unknown_value([f"{number} ({name})" for name, number in self.names])
        raise unknown_value([name for name, _ in self.names])
