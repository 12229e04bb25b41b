"""How a document says that a component is run: its own ``execution``, and what stands in for the rest."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.nodes import Node

_MERGED_BELOW = ("env", "resources")
"""Keys of ``execution`` whose own keys are merged too."""


def _with_defaults(own: Any, shared: Any) -> dict[str, Any]:
    """Returns what is said of one component with what is said of all, key by key. Null says nothing."""
    given, defaults = (dict(each) if isinstance(each, dict) else {} for each in (own, shared))
    merged = {**defaults, **{key: value for key, value in given.items() if value is not None}}
    for key in _MERGED_BELOW:
        if isinstance(given.get(key), dict) and isinstance(defaults.get(key), dict):
            merged[key] = {**defaults[key], **{k: v for k, v in given[key].items() if v is not None}}
    return merged


def written_execution(
    node: Node, pipeline: Pipeline, around: Mapping[str, Any] = MappingProxyType({})
) -> dict[str, Any]:
    """Returns how a node is run, whatever is in it: what it says itself, and for the rest, key by key,
    what the document says of all, and then what is said ``around`` it. Null says nothing."""
    document = pipeline.document
    found = _with_defaults(node.values.get("execution"), document.get("execution"))
    if found.get("cache") is None and isinstance(document.get("cache"), bool):
        found["cache"] = document["cache"]
    return _with_defaults(found, dict(around)) if around else found
