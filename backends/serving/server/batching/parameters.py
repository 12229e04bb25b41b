"""How to batch. Mirrors BatchingParameters of ``session_bundle_config.proto``."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, fields
from pathlib import Path

from tfxc.schemas.failures import Failure

_ENTRY = re.compile(
    r"\s*(?P<name>\w+)\s*(?::\s*(?P<plain>[\w-]+)|:?\s*\{\s*(?:value\s*:\s*(?P<wrapped>\"[^\"]*\"|[\w-]+)\s*)?\})"
    r"\s*[;,]?",
)
_COMMENT = re.compile(r"#[^\n]*")


@dataclass(frozen=True)
class BatchingParameters:
    """Parameters of batching, under TensorFlow Serving's names."""

    max_batch_size: int = 1000
    batch_timeout_micros: int = 0
    max_enqueued_batches: int = 10
    num_batch_threads: int = field(default_factory=lambda: os.cpu_count() or 1)
    allowed_batch_sizes: tuple[int, ...] = ()
    pad_variable_length_inputs: bool = False

    def __post_init__(self) -> None:
        """Raises Failure for numbers that make no sense together."""
        sizes = self.allowed_batch_sizes
        for name in ("max_batch_size", "max_enqueued_batches", "num_batch_threads"):
            if getattr(self, name) < 1:
                raise Failure(f"{name} must be at least 1; was {getattr(self, name)}")
        if self.batch_timeout_micros < 0:
            raise Failure(f"batch_timeout_micros must be at least 0; was {self.batch_timeout_micros}")
        if sizes and (list(sizes) != sorted(set(sizes)) or sizes[0] < 1):
            raise Failure("allowed_batch_sizes entries must be positive and monotonically increasing")
        if sizes and sizes[-1] != self.max_batch_size:
            raise Failure("last entry in allowed_batch_sizes must match max_batch_size; "
                          f"last was {sizes[-1]}; expected {self.max_batch_size}")  # fmt: skip


def read_parameters(path: Path) -> BatchingParameters:
    """Reads a BatchingParameters message in text format. Raises Failure, and OSError."""
    text = _COMMENT.sub("", path.read_text(encoding="utf-8", errors="replace"))
    known = {each.name for each in fields(BatchingParameters)}
    values: dict[str, list[str]] = {}
    position = 0
    while text[position:].strip():
        entry = _ENTRY.match(text, position)
        if entry is None:
            raise Failure(
                f"{path}: it must be TensorFlow Serving's BatchingParameters in text format, "
                "as `max_batch_size { value: 64 }`"
            )
        values.setdefault(entry["name"], []).append(entry["plain"] or entry["wrapped"] or "0")
        position = entry.end()
    unknown = sorted(values.keys() - known - {"thread_pool_name"})
    if unknown:
        raise Failure(f"{path}: `{unknown[0]}` is not honoured; these are: {', '.join(sorted(known))}")
    return _parameters(path, values)


def _parameters(path: Path, values: dict[str, list[str]]) -> BatchingParameters:
    try:
        sizes = tuple(map(int, values.pop("allowed_batch_sizes", ())))
        pads = values.pop("pad_variable_length_inputs", ["false"])[-1] in ("true", "True", "t", "1")
        values.pop("thread_pool_name", None)
        numbers = {name: int(each[-1]) for name, each in values.items()}
    except ValueError as error:
        raise Failure(f"{path}: {error}") from None
    try:
        return BatchingParameters(allowed_batch_sizes=sizes, pad_variable_length_inputs=pads, **numbers)
    except Failure as failure:
        raise Failure(f"{path}: {failure}") from None
