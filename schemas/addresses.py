"""Addresses of servers and of people, as fields of models take them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic_core import CoreSchema, PydanticCustomError, core_schema

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler

_MAILBOX = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")


@dataclass(frozen=True)
class WebAddress:
    """Validates an address of a server. A password in it is an error that does not show it.

    ``instead`` is where a password belongs, for the line of help.
    """

    instead: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.validate, handler(source))

    def validate(self, value: str) -> str:
        """Returns the value as it is. Raises PydanticCustomError of the type ``quantity``."""
        try:
            parts = urlsplit(value)
            good = parts.scheme in ("http", "https") and bool(parts.hostname)
            good = good and (parts.port is None or parts.port > 0)
            good = good and value.isascii() and value.isprintable() and " " not in value
        except ValueError:
            good = False
        if not good:
            raise refused("it is no address of a server", "write `http://HOST:PORT` or `https://HOST`")
        if "@" in parts.netloc:
            raise refused("a password in an address ends up in every log and in ML Metadata", self.instead)
        return value


@dataclass(frozen=True)
class EmailAddress:
    """Validates the address of a mailbox: NAME@HOST alone."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.validate, handler(source))

    def validate(self, value: str) -> str:
        """Returns the value as it is. Raises PydanticCustomError of the type ``quantity``."""
        if not _MAILBOX.fullmatch(value):
            raise refused("it is no e-mail address", "write `NAME@HOST` alone, such as `team@example.com`")
        return value


def refused(reason: str, help_line: str) -> PydanticCustomError:
    """Returns the error of a value that its model refuses, with what to write instead."""
    return PydanticCustomError("quantity", "{reason}", {"reason": reason, "help": help_line})
