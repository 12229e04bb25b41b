"""What is to be started and why, and what was started."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_OTHER = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST = 80


@dataclass(frozen=True)
class TriggerRequest:
    """Which node of which run starts something, why, and the parameters that it gives."""

    pipeline: str
    run_id: str
    node: str
    reasons: tuple[str, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def new_run_id(self) -> str:
        """The id of the run to start: the same at every attempt, and of no other run's."""
        whole = f"{self.pipeline}-{self.run_id}-{self.node}"
        digest = hashlib.sha256(f"{self.pipeline}\0{self.run_id}\0{self.node}".encode()).hexdigest()[:8]
        return f"{_OTHER.sub('-', whole).strip('._-')[:_LONGEST]}-{digest}"


@dataclass(frozen=True)
class TriggeredRun:
    """The run that was started: its id, what it belongs to, in words, and what else there is to say.

    ``is_new`` is False for one that an earlier attempt had started.
    """

    run: str
    where: str
    is_new: bool = True
    note: str = ""
