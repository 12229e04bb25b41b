"""Small pictures as SVG: their paths and places. Templates write them out, and colour them by class.

Numbers in paths have one decimal, so that four hundred features fit into a page.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tfxc.backends.reports.artifacts.curves import Chart
from tfxc.backends.reports.artifacts.statistics import Bucket, Feature
from tfxc.backends.reports.html.numbers import shown_number, shown_share

WIDTH = 240.0
HEIGHT = 56.0
BINS = 20
MOST_BARS = 6


@dataclass(frozen=True)
class Shape:
    """A path; ``series`` is the number of the split that it belongs to."""

    series: int
    path: str


@dataclass(frozen=True)
class Bar:
    """Horizontal bars of one value, one for each split; ``shares`` are as text, ``widths`` in pixels."""

    label: str
    widths: tuple[float, ...]
    shares: tuple[str, ...]


@dataclass(frozen=True)
class Histogram:
    """The distribution of a feature in several splits, as shares. Either shapes or bars."""

    shapes: tuple[Shape, ...] = ()
    low: str = ""
    high: str = ""
    bars: tuple[Bar, ...] = ()
    more: str = ""
    title: str = ""

    @property
    def height(self) -> float:
        return HEIGHT

    @property
    def width(self) -> float:
        return WIDTH


def histogram(features: Sequence[Feature | None], names: Sequence[str]) -> Histogram | None:
    """Returns the picture of a feature in splits (None where one does not have it); None without values."""
    there = [feature for feature in features if feature is not None]
    if any(feature.buckets for feature in there):
        return _numbers(features, names)
    if any(feature.top for feature in there):
        return _texts(features)
    return None


def shares(features: Sequence[Feature | None]) -> list[list[float]]:
    """Returns for each split the shares of the same bins or values, which may so be compared."""
    there = [feature for feature in features if feature is not None]
    buckets = [bucket for feature in there for bucket in feature.buckets]
    if buckets:
        low, high = min(each.low for each in buckets), max(each.high for each in buckets)
        return [_binned(feature.buckets if feature else (), low, high) for feature in features]
    values = _values(there)
    return [_value_shares(feature, values) for feature in features]


def distance(features: Sequence[Feature | None]) -> float:
    """Returns the largest difference between the shares of a value or bin in two splits (L∞)."""
    found = [each for each in shares(features) if any(each)]
    if len(found) < 2:
        return 0.0
    differences = [max(column) - min(column) for column in zip(*found, strict=True)]
    return max(differences, default=0.0)


def _numbers(features: Sequence[Feature | None], names: Sequence[str]) -> Histogram:
    buckets = [bucket for feature in features if feature for bucket in feature.buckets]
    low, high = min(each.low for each in buckets), max(each.high for each in buckets)
    series = shares(features)
    top = max((share for each in series for share in each), default=0.0) or 1.0
    shapes = tuple(
        Shape(index, _steps([share / top for share in each]))
        for index, each in enumerate(series)
        if any(each)
    )
    title = f"{shown_number(low)} to {shown_number(high)}, shares of {', '.join(filter(None, names))}"
    return Histogram(shapes, shown_number(low), shown_number(high), title=title)


def _binned(buckets: Iterable[Bucket], low: float, high: float) -> list[float]:
    """Returns shares in bins between two values; what a bucket counts is spread evenly over it."""
    bins = [0.0] * (BINS if high > low else 1)
    width = (high - low) / len(bins)
    for bucket in buckets:
        if width <= 0 or bucket.high <= bucket.low:
            place = 0 if width <= 0 else min(len(bins) - 1, int((bucket.low - low) / width))
            bins[place] += bucket.count
            continue
        first = max(0, int((bucket.low - low) / width))
        last = min(len(bins) - 1, int((bucket.high - low) / width))
        for place in range(first, last + 1):
            start, end = low + place * width, low + (place + 1) * width
            inside = min(end, bucket.high) - max(start, bucket.low)
            if inside > 0:
                bins[place] += bucket.count * inside / (bucket.high - bucket.low)
    total = sum(bins)
    return [count / total for count in bins] if total else bins


def _steps(heights: Sequence[float]) -> str:
    """Returns the outline of bars that stand side by side; ``heights`` are between 0 and 1."""
    width = WIDTH / len(heights)
    if len(heights) == 1:
        left = WIDTH / 2 - 8
        return f"M{left:.1f} {HEIGHT:.0f}V{HEIGHT * (1 - heights[0]):.1f}h16V{HEIGHT:.0f}z"
    parts = [f"M0 {HEIGHT:.0f}"]
    for height in heights:
        parts.append(f"V{HEIGHT * (1 - height):.1f}h{width:.1f}")
    return "".join((*parts, f"V{HEIGHT:.0f}z"))


def _values(features: Sequence[Feature]) -> list[str]:
    """Returns the values of texts, those first that are frequent anywhere."""
    largest: dict[str, float] = {}
    for feature in features:
        for value, count in feature.top:
            largest[value] = max(largest.get(value, 0.0), count / max(1, feature.values))
    return sorted(largest, key=lambda value: -largest[value])


def _value_shares(feature: Feature | None, values: Sequence[str]) -> list[float]:
    counts = dict(feature.top) if feature is not None else {}
    whole = max(1, feature.values) if feature is not None else 1
    return [counts.get(value, 0.0) / whole for value in values]


def _texts(features: Sequence[Feature | None]) -> Histogram:
    values = _values([feature for feature in features if feature is not None])
    series = [_value_shares(feature, values) for feature in features]
    top = max((share for each in series for share in each), default=0.0) or 1.0
    bars = tuple(
        Bar(
            value,
            tuple(round(100 * each[index] / top, 1) for each in series),
            tuple(shown_share(each[index], 1.0) for each in series),
        )
        for index, value in enumerate(values[:MOST_BARS])
    )
    unique = max((feature.unique or 0 for feature in features if feature is not None), default=0)
    hidden = max(unique, len(values)) - len(bars)
    return Histogram(bars=bars, more=f"and {hidden:,} more values" if hidden > 0 else "")


@dataclass(frozen=True)
class Tick:
    """A mark of an axis: where it is, and what it says."""

    at: float
    label: str


@dataclass(frozen=True)
class Line:
    """A line of a chart; a single point is drawn as a ``dot``."""

    series: int
    name: str
    path: str
    dot: tuple[float, float] | None
    last: str


@dataclass(frozen=True)
class LineChart:
    """Lines in a frame with axes, ``left`` and ``bottom`` of which are for the labels."""

    title: str
    axis: str
    lines: tuple[Line, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    width: float = 460.0
    height: float = 220.0
    left: float = 46.0
    bottom: float = 24.0
    diagonal: str = ""


def line_chart(chart: Chart) -> LineChart:
    """Returns the picture of a training curve."""
    points = [point for series in chart.series for point in series.points]
    xs, ys = [point[0] for point in points], [point[1] for point in points]
    return lines_in_frame(chart, (min(xs), max(xs)), (min(ys), max(ys)))


def lines_in_frame(chart: Chart, x_range: tuple[float, float], y_range: tuple[float, float]) -> LineChart:
    """Returns lines within ranges; a range without width is widened."""
    frame = LineChart(chart.title, chart.axis, (), (), ())
    x_low, x_high = _widened(*x_range)
    y_low, y_high = _widened(*y_range)

    def x_at(value: float) -> float:
        return frame.left + (value - x_low) / (x_high - x_low) * (frame.width - frame.left - 8)

    def y_at(value: float) -> float:
        return 8 + (y_high - value) / (y_high - y_low) * (frame.height - frame.bottom - 8)

    lines = []
    for index, series in enumerate(chart.series):
        places = [(x_at(x), y_at(y)) for x, y in series.points]
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places) if len(places) > 1 else ""
        dot = (round(places[0][0], 1), round(places[0][1], 1)) if len(places) == 1 else None
        last = shown_number(series.points[-1][1]) if series.points else ""
        lines.append(Line(index, series.name, path, dot, last))
    x_ticks = tuple(Tick(round(x_at(each), 1), shown_number(each)) for each in ticks(x_low, x_high))
    y_ticks = tuple(Tick(round(y_at(each), 1), shown_number(each)) for each in ticks(y_low, y_high))
    return LineChart(chart.title, chart.axis, tuple(lines), x_ticks, y_ticks)


def ticks(low: float, high: float, wanted: int = 4) -> list[float]:
    """Returns round numbers between two."""
    raw = (high - low) / wanted
    power: float = 10.0 ** math.floor(math.log10(raw))
    step = next(power * each for each in (1, 2, 2.5, 5, 10) if power * each >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [round(index * step, 12) for index in range(first, math.floor(high / step + 1e-9) + 1)]


def _widened(low: float, high: float) -> tuple[float, float]:
    if high - low > 1e-12 * max(1.0, abs(high)):
        return low, high
    margin = abs(low) * 0.1 or 1.0
    return low - margin, high + margin
