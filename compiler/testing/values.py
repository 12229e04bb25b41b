"""The values of artifacts that are values, read as ``tfx.types.standard_artifacts`` writes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tfxc.backends.metadata.values import Artifact

_IS_NULL = "__is_null__"
_DECODED: Mapping[str, Callable[[bytes], Any]] = MappingProxyType(
    {
        "Bytes": bytes,
        "String": bytes.decode,
        "Boolean": lambda content: int(content) != 0,
        "Integer": int,
        "Float": float,
        "JsonValue": json.loads,
    }
)


def artifact_value(artifact: Artifact) -> Any:
    """Returns the value of an artifact. Raises AssertionError for one that is none, or is not there."""
    decode = _DECODED.get(artifact.type)
    if decode is None:
        raise AssertionError(
            f"an artifact of the type {artifact.type} is no value: {', '.join(_DECODED)} are"
        )
    if artifact.custom_properties.get(_IS_NULL):
        return None
    try:
        return decode(Path(artifact.uri).read_bytes())
    except (OSError, ValueError) as error:
        raise AssertionError(f"the value in {artifact.uri} cannot be read: {error}") from None
