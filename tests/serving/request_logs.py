"""A program that tries the request log: ``request_logs.py FOLDER``. It prints what it found as JSON.

It is a process of its own because the log uses TensorFlow's messages without TensorFlow.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tfxc.backends.serving.records import read_records, record
from tfxc.backends.serving.server.messages import PredictionLog
from tfxc.backends.serving.server.request_log import LogOptions, RequestLog


def size_of(number: int) -> Callable[[Any], None]:
    """Returns what fills a log with a text of that size."""

    def fill(log: Any) -> None:
        log.regress_log.request.model_spec.signature_name = "x" * number

    return fill


def files(folder: Path) -> list[str]:
    """Returns the files of a log without the parts of their names that differ."""
    return sorted(str(each.relative_to(folder).parent) for each in folder.rglob("*.tfrecord"))


def by_hour(folder: Path) -> Any:
    """Requests of two hours and two models."""
    now = [1_764_331_199.0]  # 2025-11-28 11:59:59
    log = RequestLog(LogOptions(folder), clock=lambda: now[0])
    log.offer("a", 1, "s", size_of(1))
    log.offer("b/c", 1, "s", size_of(1))
    now[0] += 2
    log.offer("a", 2, "s", size_of(1))
    log.close()
    last = [
        PredictionLog.FromString(each)
        for path in sorted(folder.glob("a/*/12/*"))
        for each in read_records(path)
    ]
    spec = last[0].log_metadata
    return {
        "files": files(folder),
        "metadata": [spec.model_spec.name, spec.model_spec.version.value, spec.timestamp_secs],
        "parts": len(list(folder.rglob("*.part"))),
    }


def by_size(folder: Path) -> Any:
    """Small files, of which only the last may stay."""
    log = RequestLog(LogOptions(folder, file_bytes=1000, total_bytes=2500))
    for _ in range(10):
        log.offer("a", 1, "s", size_of(900))
    log.close()
    return len(files(folder))


def sampled(folder: Path) -> Any:
    """One of four, none, and all of a model that says so."""
    log = RequestLog(LogOptions(folder, rate=0.25), {"all": 1.0, "none": 0.0})
    for _ in range(2000):
        for model in ("quarter", "all", "none"):
            log.offer(model, 1, "s", size_of(1))
    log.close()
    return {
        model: sum(1 for path in folder.glob(f"{model}/**/*.tfrecord") for _ in read_records(path))
        for model in ("quarter", "all", "none")
    }


def recovered(folder: Path) -> Any:
    """What killed servers left: a record and a half, half a record, nothing."""
    folder.mkdir()
    whole = record(b"one")
    for name, content in {"a": whole + whole[:-1], "b": whole[:5], "c": b""}.items():
        (folder / f"{name}.tfrecord.part").write_bytes(content)
    RequestLog(LogOptions(folder)).close()
    return {each.name: [text.decode() for text in read_records(each)] for each in sorted(folder.iterdir())}


def main() -> None:
    """Prints all of it."""
    folder = Path(sys.argv[1])
    tries = {"by_hour": by_hour, "by_size": by_size, "sampled": sampled, "recovered": recovered}
    print(json.dumps({name: attempt(folder / name) for name, attempt in tries.items()}))  # noqa: T201


if __name__ == "__main__":
    main()
