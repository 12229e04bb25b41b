"""What is never shown of two specs that are compared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tfxc.compiler.checks.secrets import written_secrets
from tfxc.compiler.pipeline.model import pipeline_of
from tfxc.compiler.source.load import Loaded
from tfxc.compiler.source.tree import find

HIDDEN = "(a secret)"
_SOUNDS_SECRET = re.compile(r"token|secret|password|passwd|credential|api_?key", re.IGNORECASE)


def secrets_of(loaded: Loaded) -> frozenset[str]:
    """Returns the texts in a spec that are secrets, as W714 knows them."""
    return frozenset(_written(loaded))


def _written(loaded: Loaded) -> Iterator[str]:
    if loaded.tree is None:
        return
    for finding in written_secrets(pipeline_of(loaded)):
        entries, exists = find(loaded.tree, finding.path)
        value = entries[-1].node.value if entries and exists else None
        if isinstance(value, str) and value:
            yield value


def shown(value: Any, place: tuple[str, ...], secrets: frozenset[str]) -> Any:
    """Returns a value without the secrets in it: texts that are known for them, or whose name says so."""
    if isinstance(value, dict):
        return {name: shown(each, (*place, str(name)), secrets) for name, each in value.items()}
    if isinstance(value, list):
        return [shown(each, place, secrets) for each in value]
    if not isinstance(value, str):
        return value
    if value and "{{" not in value and any(map(_SOUNDS_SECRET.search, place)):
        return HIDDEN
    for secret in secrets:
        value = value.replace(secret, HIDDEN)
    return value
