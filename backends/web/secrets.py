"""Keeping secrets out of what is shown: servers may repeat in an answer what they were sent."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

from tfxc.schemas.plan_values import references_in

HIDDEN = "***"
_ORIGIN = re.compile(r"https?://[^/?#]*/?")
"""A server without what stands behind its name: no secret, and what messages name."""
_SHORTEST = 4
"""What is shorter would make nonsense of messages, and keeps nothing secret."""


def secrets_of(values: Iterable[Any], environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Returns what the environment variables hold that values of a Plan refer to, the longest first."""
    names = {
        target.removeprefix("env.")
        for value in values
        for target in references_in(value)
        if target.startswith("env.")
    }
    found = {environment.get(name, "").strip() for name in names}
    secret = (each for each in found if len(each) >= _SHORTEST and not _ORIGIN.fullmatch(each))
    return tuple(sorted(secret, key=lambda each: (-len(each), each)))


def hidden(text: str, secrets: Iterable[str]) -> str:
    """Returns a text with ``***`` in the place of secrets."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return text
