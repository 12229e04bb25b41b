"""What a spec says and TFX's IR does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tfxc.compiler.importing.notes import Note


@dataclass(frozen=True)
class Beside:
    """What a spec says and TFX's IR does not: keys of the document, and ``execution`` by component."""

    head: Mapping[str, Any] = field(default_factory=dict)
    foot: Mapping[str, Any] = field(default_factory=dict)
    execution: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()


NOTHING_BESIDE = Beside()
