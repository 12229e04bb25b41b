"""How the models of a document validate: unknown keys are errors, and nothing is converted."""

from __future__ import annotations

from pydantic import ConfigDict

STRICT = ConfigDict(
    extra="forbid",
    strict=True,
    frozen=True,
    defer_build=True,
    allow_inf_nan=False,
    protected_namespaces=(),
)
"""Built when a document has the part first, so that what is not used costs nothing."""
