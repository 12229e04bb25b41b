"""What there is to tell of a run, as a value; when it is told, and what makes two the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal, Optional

from tfxc.backends.launcher.protocol.summaries import FailedNode, RunSummary
from tfxc.schemas.components.alert import AlertReason

State = Literal["running", "succeeded", "failed"]
"""``running`` for a node in the middle of a pipeline, which does not know how the run will end."""


@dataclass(frozen=True)
class Notice:
    """What a node of a run tells. ``found`` is of what the node reads, ``failed`` of the whole run.

    ``not_blessed`` are the nodes that did not bless a model; ``report`` says where there is more, and
    ``report_url`` is an address of the user's for it.
    """

    pipeline: str
    run_id: str
    run_date: str
    node: str
    state: State
    found: RunSummary = field(default_factory=RunSummary)
    not_blessed: tuple[str, ...] = ()
    failed: tuple[FailedNode, ...] = ()
    report: str = ""
    report_url: Optional[str] = None

    @property
    def reasons(self) -> tuple[AlertReason, ...]:
        """What there is to tell."""
        there: tuple[tuple[AlertReason, bool], ...] = (
            ("anomalies", bool(self.found.anomalies)),
            ("not_blessed", bool(self.not_blessed)),
            ("failure", self.state == "failed"),
        )
        return tuple(reason for reason, is_there in there if is_there)

    def is_told(self, wanted: Collection[AlertReason]) -> bool:
        """Whether there is a reason among those that somebody wants to be told of."""
        return "always" in wanted or any(reason in wanted for reason in self.reasons)

    @property
    def key(self) -> str:
        """The same for two notices of one run that tell the same; else different."""
        told = [
            [self.pipeline, self.run_id, self.node, self.state],
            sorted(self.not_blessed),
            sorted(each.node for each in self.failed),
            sorted([each.node, each.split, each.feature, each.description] for each in self.found.anomalies),
            sorted([each.node, *each.failures] for each in self.found.evaluations),
        ]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]
