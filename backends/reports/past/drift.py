"""Features whose statistics are not what they were: means, spreads, missing shares, frequent values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tfxc.backends.launcher.protocol.summaries import FeatureStatistics, StatisticsSummary

MEAN_SHIFT = 0.1
"""Standard deviations by which a mean may move before it is told of."""
SPREAD = 1.25
"""How many times as wide, or as narrow, a feature may become."""
SHARE = 0.05
"""How far the share of missing values, or of one of the frequent values, may move: an L-infinity distance
as that of TFDV's drift comparator."""


@dataclass(frozen=True)
class Drift:
    """That a feature of a split differs, in words."""

    node: str
    output: str
    split: str
    feature: str
    change: str


Found = Mapping[tuple[str, str, str], StatisticsSummary]


def drifts(before: tuple[StatisticsSummary, ...], after: tuple[StatisticsSummary, ...]) -> tuple[Drift, ...]:
    """Returns what has drifted from one run's statistics to another's, in the order of the latter."""
    earlier: Found = {(each.node, each.output, each.split): each for each in before}
    found: list[Drift] = []
    for each in after:
        old = earlier.get((each.node, each.output, each.split))
        if old is not None:
            found.extend(
                Drift(each.node, each.output, each.split, feature, change)
                for feature, change in _changes(old, each)
            )
    return tuple(found)


def _changes(before: StatisticsSummary, after: StatisticsSummary) -> Iterator[tuple[str, str]]:
    if before.examples != after.examples:
        yield "", f"{before.examples:,} → {after.examples:,} examples"
    old = {feature.name: feature for feature in before.features}
    new = {feature.name: feature for feature in after.features}
    for name in new.keys() - old.keys():
        yield name, "a new feature"
    for name in sorted(old.keys() - new.keys()):
        yield name, "no longer there"
    for name, feature in new.items():
        if name in old:
            words = list(_of_feature(old[name], feature, before.examples, after.examples))
            if words:
                yield name, ", ".join(words)


def _of_feature(
    old: FeatureStatistics, new: FeatureStatistics, old_examples: int, new_examples: int
) -> Iterator[str]:
    if old.type != new.type:
        yield f"{old.type} → {new.type}"
        return
    missing = _share(old.missing, old_examples), _share(new.missing, new_examples)
    if abs(missing[1] - missing[0]) > SHARE:
        yield f"missing {missing[0]:.1%} → {missing[1]:.1%}"
    if old.mean is not None and new.mean is not None and old.std_dev is not None and new.std_dev is not None:
        if abs(new.mean - old.mean) > MEAN_SHIFT * max(old.std_dev, 1e-12):
            yield f"mean {old.mean:.4g} → {new.mean:.4g}"
        if max(old.std_dev, new.std_dev) > SPREAD * max(min(old.std_dev, new.std_dev), 1e-12):
            yield f"standard deviation {old.std_dev:.4g} → {new.std_dev:.4g}"
    if old.top and new.top:
        value, before, after = _farthest(old, new)
        if abs(after - before) > SHARE:
            yield f"`{value}` {before:.1%} → {after:.1%}"


def _farthest(old: FeatureStatistics, new: FeatureStatistics) -> tuple[str, float, float]:
    """Returns the frequent value whose share has moved most, and both shares."""
    before = {value: _share(count, old.count) for value, count in old.top}
    after = {value: _share(count, new.count) for value, count in new.top}
    values = sorted(before.keys() | after.keys())
    moved = max(values, key=lambda value: abs(after.get(value, 0.0) - before.get(value, 0.0)))
    return moved, before.get(moved, 0.0), after.get(moved, 0.0)


def _share(count: float, total: float) -> float:
    return count / total if total else 0.0
