"""What the inputs of a component say that tells of findings, or acts on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tfxc.backends.launcher.node import anomalies, evaluations, statistics
from tfxc.backends.launcher.protocol.summaries import AnomalySummary, RunSummary

Maker = Callable[[Any], str]
"""artifact → the node that made it"""
_BLESSINGS = ("model_blessing", "infra_blessing")


def read_findings(input_dict: Mapping[str, Any], maker: Maker) -> RunSummary:
    """Returns what anomalies, evaluations and statistics among a node's inputs say. Raises OSError."""
    blessings = input_dict.get("model_blessing") or ()
    return RunSummary(
        anomalies=tuple(_anomalies(input_dict, maker)),
        evaluations=tuple(
            evaluations.read(
                maker(each), each, [blessing for blessing in blessings if maker(blessing) == maker(each)]
            )
            for each in input_dict.get("evaluation") or ()
        ),
        statistics=tuple(
            # How many examples there are is told, not all features.
            found.model_copy(update={"features": (), "feature_count": 0})
            for each in input_dict.get("statistics") or ()
            for found in statistics.read(maker(each), "statistics", each.uri)
        ),
    )


def not_blessed(input_dict: Mapping[str, Any], maker: Maker) -> tuple[str, ...]:
    """Returns the nodes that refused a model; one without thresholds gives no verdict, and refuses none."""
    return tuple(
        dict.fromkeys(
            maker(each)
            for key in _BLESSINGS
            for each in input_dict.get(key) or ()
            if each.has_custom_property("blessed") and each.get_int_custom_property("blessed") == 0
        )
    )


def _anomalies(input_dict: Mapping[str, Any], maker: Maker) -> Iterator[AnomalySummary]:
    for each in input_dict.get("anomalies") or ():
        yield from anomalies.read(maker(each), each.uri)
