"""Durations (``30s``, ``1h30m``) and amounts of memory (``512Mi``, ``8G``) as a spec writes them."""

from __future__ import annotations

import re
from typing import Union

_SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1, "ms": 0.001}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|[dhms]))+", re.ASCII)
_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[dhms])", re.ASCII)

_BYTES = {
    "": 1,
    "k": 10**3,
    "K": 10**3,
    "M": 10**6,
    "G": 10**9,
    "T": 10**12,
    "P": 10**15,
    "Ki": 2**10,
    "Mi": 2**20,
    "Gi": 2**30,
    "Ti": 2**40,
    "Pi": 2**50,
}
_MEMORY = re.compile(r"(\d+(?:\.\d+)?)\s*([kKMGTP]i?)?B?", re.ASCII)

LONGEST_DURATION = 366 * 86_400.0
"""A year: far above what anyone means, and within the limits of every orchestrator."""
MOST_MEMORY = 2**60

DURATION_HELP = "write seconds as a number, or a number with a unit: 30s, 15m, 2h, 1d, 1h30m"
MEMORY_HELP = "write bytes as a number, or a number with a unit: 512Mi, 8Gi, 2G"


def parse_duration(value: Union[int, float, str]) -> float:
    """Returns a duration in seconds. Raises ValueError with a sentence if it is none."""
    if isinstance(value, str):
        text = value.replace(" ", "")
        if text.isascii() and len(text) <= 40 and re.fullmatch(r"\d+(\.\d+)?", text):
            seconds = float(text)
        elif len(text) <= 40 and _DURATION.fullmatch(text):
            parts = _DURATION_PART.findall(text)
            units = [unit for _, unit in parts]
            if len(set(units)) < len(units):
                raise ValueError(f"the duration `{_shown(value)}` names a unit twice")
            seconds = sum(float(number) * _SECONDS[unit] for number, unit in parts)
        else:
            raise ValueError(f"`{_shown(value)}` is not a duration")
    elif isinstance(value, bool):
        raise ValueError(f"`{str(value).lower()}` is not a duration")
    else:
        if not -LONGEST_DURATION <= value <= LONGEST_DURATION and value == value:
            value = LONGEST_DURATION + 1 if value > 0 else -1
        seconds = float(value)
    if not seconds >= 0:
        raise ValueError("a duration cannot be negative")
    if seconds > LONGEST_DURATION:
        raise ValueError("a duration can be 366 days at most")
    return round(seconds, 3)


def parse_memory(value: Union[int, str]) -> int:
    """Returns an amount of memory in bytes. Raises ValueError with a sentence if it is none."""
    if isinstance(value, bool):
        raise ValueError(f"`{str(value).lower()}` is not an amount of memory")
    if isinstance(value, str):
        match = _MEMORY.fullmatch(value.strip()) if len(value) <= 40 else None
        if match is None:
            raise ValueError(f"`{_shown(value)}` is not an amount of memory")
        count = int(float(match.group(1)) * _BYTES[match.group(2) or ""])
    else:
        count = value
    if count <= 0:
        raise ValueError("an amount of memory must be above zero")
    if count > MOST_MEMORY:
        raise ValueError("an amount of memory can be 2^60 bytes at most")
    return count


def _shown(value: str) -> str:
    return value if len(value) <= 40 else value[:39] + "…"
