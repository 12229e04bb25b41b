"""Durations and amounts of memory, which backends read too: see `tfxc.schemas.quantities`."""

from tfxc.schemas.quantities import (
    DURATION_HELP,
    LONGEST_DURATION,
    MEMORY_HELP,
    MOST_MEMORY,
    parse_duration,
    parse_memory,
)

__all__ = [
    "DURATION_HELP",
    "LONGEST_DURATION",
    "MEMORY_HELP",
    "MOST_MEMORY",
    "parse_duration",
    "parse_memory",
]
