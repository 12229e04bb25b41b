"""Names in the compiled pipeline: node ids become task keys that Argo Workflows accepts."""

from __future__ import annotations

import re
from collections.abc import Iterable

LONGEST_TASK_KEY = 121
"""Argo's limit of 128 less ``-driver``, which the backend appends for the driver of each task."""

_DRIVER = "-driver"
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")
_ROOM_FOR_NUMBER = 8


def task_keys(node_ids: Iterable[str]) -> dict[str, str]:
    """Returns node id → task key: kebab case, unique, in the order of the ids.

    Every task brings a second Argo task that is called ``<key>-driver``, so two nodes ``model`` and
    ``model_driver`` must not become ``model`` and ``model-driver``: the later one gets a number.
    """
    keys: dict[str, str] = {}
    taken: set[str] = set()
    for node_id in node_ids:
        base = _kebab(node_id)
        key, number = base, 1
        while _clashes(key, taken):
            number += 1
            key = f"{base}-{number}"
        taken.add(key)
        keys[node_id] = key
    return keys


def component_label(task_key: str) -> str:
    """Returns the name of a task's component."""
    return f"comp-{task_key}"


def executor_label(task_key: str) -> str:
    """Returns the name of a task's executor, in the pipeline spec and in the platform document."""
    return f"exec-{task_key}"


def exit_handler_key(taken: Iterable[str]) -> str:
    """Returns a key for the group of all tasks that the exit task waits for, unlike those taken."""
    return list(task_keys([*taken, "exit-handler"]).values())[-1]


def _kebab(node_id: str) -> str:
    words = _NOT_IN_NAMES.sub("-", node_id.lower()).strip("-")
    return words[: LONGEST_TASK_KEY - _ROOM_FOR_NUMBER].rstrip("-") or "node"


def _clashes(key: str, taken: set[str]) -> bool:
    return (
        key in taken
        or key + _DRIVER in taken
        or (key.endswith(_DRIVER) and key.removesuffix(_DRIVER) in taken)
    )
