"""The states of nodes and runs, and how reports write them and durations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

NodeFinalState = Literal["succeeded", "cached", "skipped", "failed", "cancelled", "not_run"]
RunState = Literal["succeeded", "failed", "cancelled"]

FINAL: frozenset[NodeFinalState] = frozenset(
    {"succeeded", "cached", "skipped", "failed", "cancelled", "not_run"}
)
GOOD: frozenset[NodeFinalState] = frozenset({"succeeded", "cached"})
FAILED: frozenset[NodeFinalState] = frozenset({"failed", "cancelled", "not_run"})

STATE_WORDS: Mapping[str, str] = {"not_run": "not run"}
STATE_STYLES: Mapping[str, str] = {
    "waiting": "dim",
    "running": "bold cyan",
    "retrying": "yellow",
    "succeeded": "green",
    "cached": "blue",
    "skipped": "magenta",
    "failed": "bold red",
    "cancelled": "yellow",
    "not_run": "dim red",
}


def shown_state(state: str) -> str:
    """Returns a state as people read it."""
    return STATE_WORDS.get(state, state)


def shown_memory(amount: int) -> str:
    """Returns an amount of memory in bytes as people read it: ``739 MiB``."""
    return f"{round(amount / 2**20):,} MiB"


def shown_seconds(seconds: float) -> str:
    """Returns a duration in few characters: ``0.42s``, ``12.3s``, ``4m07s``, ``2h03m``."""
    if seconds < 9.995:
        return f"{seconds:.2f}s"
    if seconds < 59.95:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02d}m"
