"""The features of a data set as a table: type, missing values by split, and what their values are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.cells import cell_len

from tfxc.backends.launcher.protocol.summaries import FeatureStatistics, StatisticsSummary
from tfxc.backends.reports.metrics_table import shown_value
from tfxc.backends.reports.one_line import one_line, shortened
from tfxc.backends.reports.values import Column, Span, Table

MOST_FEATURES = 12
MOST_SPLITS = 3
"""With more, or where they do not fit, the share of all splits together is shown."""
_MOST_VALUES = 3
_LONGEST_NAME = 32
_LONGEST_VALUE = 16
_FEWEST_OF_VALUES = 12


def feature_table(splits: Sequence[StatisticsSummary], width: int) -> tuple[Table | None, int]:
    """Returns a table of the features with the most missing values, and how many it has no room for.

    ``splits`` are those of one artifact. There is no table without features. What values there are is cut to
    what ``width`` characters have room for, or left out.
    """
    features: dict[str, dict[str, FeatureStatistics]] = {}
    for split in splits:
        for feature in split.features:
            features.setdefault(feature.name, {})[split.split] = feature
    total = max([len(features), *(split.feature_count for split in splits)])
    names = sorted(features, key=lambda name: -_missing(features[name].values()))
    if not names:
        return None, total
    shown = [split.split for split in splits] if len(splits) <= MOST_SPLITS else []
    table = _table(names[:MOST_FEATURES], features, shown, width)
    return table, total - len(table.rows)


def _table(
    names: Sequence[str],
    features: Mapping[str, Mapping[str, FeatureStatistics]],
    splits: Sequence[str],
    width: int,
) -> Table:
    """Returns the table, with the share of missing values in each of ``splits``, in all if none is named."""
    heads = [f"missing in {split}" if split else "missing" for split in splits] or ["missing"]
    columns = (Column("feature"), Column("type"), *(Column(one_line(head), right=True) for head in heads))
    rows = [_row(name, features[name], splits, min(_LONGEST_NAME, width // 2)) for name in names]
    used = [
        max(len(column.head), *(cell_len(row[index].text) for row in rows))
        for index, column in enumerate(columns)
    ]
    room = width - sum(used) - 2 * len(used)
    if room < 0 and splits:
        return _table(names, features, (), width)
    if room < _FEWEST_OF_VALUES:
        return Table(columns, tuple(row[:-1] for row in rows))
    fitted = tuple((*row[:-1], Span(shortened(row[-1].text, room), "faint")) for row in rows)
    return Table((*columns, Column("values")), fitted)


def _row(
    name: str, by_split: Mapping[str, FeatureStatistics], splits: Sequence[str], longest: int
) -> tuple[Span, ...]:
    largest = max(by_split.values(), key=lambda each: each.count)
    shares = [_share([by_split[split]] if split in by_split else []) for split in splits]
    return (
        Span(shortened(name, longest)),
        Span(largest.type.lower()),
        *(_shown_share(share) for share in shares or [_share(list(by_split.values()))]),
        Span(_values(largest), "faint"),
    )


def _missing(splits: Iterable[FeatureStatistics]) -> float:
    return _share(list(splits)) or 0.0


def _share(splits: Sequence[FeatureStatistics]) -> float | None:
    """Returns which share of the examples does not have a feature; None if there are no examples."""
    examples = sum(each.count + each.missing for each in splits)
    return sum(each.missing for each in splits) / examples if examples else None


def _shown_share(share: float | None) -> Span:
    if share is None:
        return Span("–", "faint")
    if share == 0:
        return Span("0%", "faint")
    shown = "<0.1%" if share < 0.001 else ">99.9%" if 0.999 < share < 1 else f"{100 * share:.1f}%"
    return Span("100%" if share == 1 else shown, "warning" if share >= 0.5 else "plain")


def _values(feature: FeatureStatistics) -> str:
    """Returns what the values of a feature are: their number and the most frequent, or their range."""
    if feature.unique is not None:
        top = [shortened(value, _LONGEST_VALUE) or '""' for value, _ in feature.top[:_MOST_VALUES]]
        more = ", …" if feature.unique > len(top) and top else ""
        return f"{feature.unique:,}{': ' if top else ''}{', '.join(top)}{more}"
    if feature.min is not None and feature.max is not None:
        if feature.type == "INT":
            return f"{feature.min:,.0f} to {feature.max:,.0f}"
        return f"{shown_value(feature.min)} to {shown_value(feature.max)}"
    return ""
