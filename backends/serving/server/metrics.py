"""Counters and histograms under TensorFlow Serving's names, as Prometheus reads them.

Mirrors ``util/prometheus_exporter.cc`` and ``servables/tensorflow/util.cc``. They are changed on the event
loop alone.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tfxc.backends.serving.server.status import Code

PREFIX = ":tensorflow:serving:"
_LATENCY_LIMITS = tuple(10 * 1.8**power for power in range(33))
_COUNT_LIMITS = tuple(float(2**power) for power in range(15))
Labels = tuple[tuple[str, str], ...]


@dataclass
class Counter:
    """A number that grows, for each set of labels."""

    name: str
    values: dict[Labels, int] = field(default_factory=dict)

    def add(self, labels: Labels, amount: int = 1) -> None:
        """Counts."""
        self.values[labels] = self.values.get(labels, 0) + amount

    def lines(self) -> Iterator[str]:
        """Yields the text of the counter."""
        yield f"# TYPE {PREFIX}{self.name} counter"
        for labels, value in sorted(self.values.items()):
            yield f"{PREFIX}{self.name}{{{_labels(labels)}}} {value}"


@dataclass
class Histogram:
    """How often values fell into which bucket, for each set of labels."""

    name: str
    limits: tuple[float, ...]
    counts: dict[Labels, list[int]] = field(default_factory=dict)
    sums: dict[Labels, float] = field(default_factory=dict)

    def add(self, labels: Labels, value: float) -> None:
        """Counts a value."""
        counts = self.counts.get(labels)
        if counts is None:
            counts = self.counts[labels] = [0] * (len(self.limits) + 1)
            self.sums[labels] = 0.0
        counts[bisect_left(self.limits, value)] += 1
        self.sums[labels] += value

    def lines(self) -> Iterator[str]:
        """Yields the text of the histogram."""
        yield f"# TYPE {PREFIX}{self.name} histogram"
        edges = [*(f"{limit:g}" for limit in self.limits), "+Inf"]
        for labels, counts in sorted(self.counts.items()):
            text, total = _labels(labels), 0
            for edge, count in zip(edges, counts, strict=True):
                total += count
                yield f'{PREFIX}{self.name}_bucket{{{text},le="{edge}"}} {total}'
            yield f"{PREFIX}{self.name}_sum{{{text}}} {self.sums[labels]:g}"
            yield f"{PREFIX}{self.name}_count{{{text}}} {total}"


class Metrics:
    """All that is counted."""

    def __init__(self) -> None:
        self._requests = Counter("request_count")
        self._request_latency = Histogram("request_latency", _LATENCY_LIMITS)
        self._runtime_latency = Histogram("runtime_latency", _LATENCY_LIMITS)
        self._example_counts = Histogram("request_example_counts", _COUNT_LIMITS)
        self._examples = Counter("request_example_count_total")

    def answered(self, model: str, api: str, entrypoint: str, code: Code, seconds: float) -> None:
        """Counts an answer; the time of those that went wrong is not that of the model."""
        self._requests.add((("model_name", model), ("status", code.name)))
        if code is Code.OK:
            labels = (("model_name", model), ("API", api), ("entrypoint", entrypoint))
            self._request_latency.add(labels, seconds * 1e6)

    def ran(self, model: str, api: str, seconds: float) -> None:
        """Counts a call of TensorFlow."""
        labels = (("model_name", model), ("API", api), ("runtime", "TF1"))
        self._runtime_latency.add(labels, seconds * 1e6)

    def examples(self, model: str, count: int) -> None:
        """Counts the examples of a request."""
        self._example_counts.add((("model", model),), count)
        self._examples.add((("model", model),), count)

    def text(self) -> str:
        """Returns all of them as Prometheus reads them."""
        every: Iterable[Counter | Histogram] = (
            self._examples,
            self._example_counts,
            self._requests,
            self._request_latency,
            self._runtime_latency,
        )
        return "\n".join(line for each in every for line in each.lines()) + "\n"


def _labels(labels: Labels) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in labels)


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
