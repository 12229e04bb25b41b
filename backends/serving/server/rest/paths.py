"""The paths of the REST API. Mirrors ``tensorflow_serving/model_servers/http_rest_api_util.cc``."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple, Optional
from urllib.parse import unquote_to_bytes

from tfxc.backends.serving.server.models.manager import ModelSpec
from tfxc.backends.serving.server.status import invalid

_VERSION = r"(?:(?:/versions/([0-9]+))|(?:/labels/([^/:]+)))?"
_ASK = re.compile(rf"(?i)/v1/models/([^/:]+){_VERSION}:(classify|regress|predict)")
_LOOK = re.compile(rf"(?i)/v1/models(?:/([^/:]+))?{_VERSION}(?:/(metadata))?")


class Target(NamedTuple):
    """What a request is about: a model and what to do: predict, classify, regress, metadata or status."""

    spec: ModelSpec
    action: str


@lru_cache(256)
def target(method: str, path: str) -> Target:
    """Returns what a request is about. ``path`` is as it was sent, percent-encoded. Raises StatusError."""
    match = {"POST": _ASK, "GET": _LOOK}[method].fullmatch(path) if method in ("POST", "GET") else None
    if match is None:
        raise invalid(f"Malformed request: {method} {path}")
    name, version, label, action = match.groups()
    spec = ModelSpec(_decoded(name or ""), _number(version), _decoded(label) if label else None)
    # The path may be in capitals; of what it names only the very spelling is known.
    if method == "POST" and action not in ("classify", "regress", "predict"):
        raise invalid(f"Malformed request: {method} {path}")
    return Target(spec, action if method == "POST" else "metadata" if action == "metadata" else "status")


def _decoded(text: str) -> str:
    return unquote_to_bytes(text).decode("utf-8", "surrogateescape")


def _number(text: Optional[str]) -> Optional[int]:
    if text is None:
        return None
    if int(text) >= 2**63:
        raise invalid(f"Failed to convert version: {text} to numeric.")
    return int(text)
