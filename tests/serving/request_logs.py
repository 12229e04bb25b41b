"""A program that tries the request log: ``request_logs.py FOLDER``. It prints what it found as JSON.

It is a process of its own because the log uses TensorFlow's messages without TensorFlow.
"""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tfxc.backends.launcher.servable.session import STRING, Tensor
from tfxc.backends.serving.options import LogFormat
from tfxc.backends.serving.server import logged
from tfxc.backends.serving.server.dtypes import BOOL, FLOAT, INT64
from tfxc.backends.serving.server.messages import Example, PredictionLog
from tfxc.backends.serving.server.request_log import LogOptions, RequestLog, identify_request
from tfxc.schemas.tf_records import read_records, record


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
    short = RequestLog(LogOptions(folder / "short", file_seconds=10.0), clock=lambda: now[0])
    for now[0] in (1000.0, 1009.0, 1010.0, 1011.0):
        short.offer("a", 1, "s", size_of(1))
    short.close()
    last = [
        PredictionLog.FromString(each)
        for path in sorted(folder.glob("a/*/12/*"))
        for each in read_records(path)
    ]
    spec = last[0].log_metadata
    return {
        "files": [each for each in files(folder) if not each.startswith("short")],
        "short": len(files(folder / "short")),
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


def rows(folder: Path, pattern: str = "**/*.tfrecord") -> list[dict[str, Any]]:
    """Returns the examples of a log, as values by their names; without the time of each."""
    found = []
    for path in sorted(folder.glob(pattern)):
        for each in read_records(path):
            row = {}
            for name, feature in sorted(Example.FromString(each).features.feature.items()):
                values = getattr(feature, feature.WhichOneof("kind") or "bytes_list").value
                row[name] = [each.decode() if isinstance(each, bytes) else each for each in values]
            row.pop("request/time")
            found.append(row)
    return found


def floats(*values: float) -> Tensor:
    """Returns a tensor of rank 1."""
    return Tensor(FLOAT, (len(values),), struct.pack(f"<{len(values)}f", *values))


def example(**values: list[float]) -> bytes:
    """Returns a serialised example of floats."""
    made = Example()
    for name, given in values.items():
        made.features.feature[name.replace("__", "/")].float_list.value.extend(given)
    return bytes(made.SerializeToString())


def as_examples(folder: Path) -> Any:
    """Requests as rows: columns, examples with and without an id, tensors that are no rows."""
    log = RequestLog(LogOptions(folder, format=LogFormat.EXAMPLES), clock=lambda: 1_764_331_199.0)
    flags = Tensor(BOOL, (2,), bytes([1, 0]))
    pairs = Tensor(INT64, (2, 2), struct.pack("<4q", 1, 2, 3, 4))
    log.offer("m", 7, "columns", logged.prediction({"x": floats(0.5, 1.5), "flag": flags}, (), {"y": pairs}))
    identify_request("order-17")
    inputs = {"examples": Tensor(STRING, (1,), [example(x=[2.0], prediction__y=[9.0])])}
    log.offer("m", 7, "serving_default", logged.prediction(inputs, (), {"y": floats(3.0)}))
    own = Example.FromString(example(x=[4.0]))
    own.features.feature["request/id"].bytes_list.value.append(b"mine")
    inputs = {"examples": Tensor(STRING, (2,), [own.SerializeToString(), b""])}
    log.offer("m", 7, "serving_default", logged.prediction(inputs, (), {"y": floats(5.0, 6.0)}))
    text = {"t": Tensor(STRING, (1,), [b"a text"])}
    log.offer("m", 7, "text", logged.prediction(text, (), {"all": Tensor(FLOAT, (), struct.pack("<f", 8.0))}))
    log.close()
    found = rows(folder)
    return {
        "files": sorted({each.name[:16] for each in folder.rglob("*") if each.is_file()}),
        "folders": sorted(set(files(folder))),
        "generated": len({each["request/id"][0].split("/")[0] for each in found[:2]}),
        "rows": [{**each, "request/id": each["request/id"][0][-8:]} for each in found],
    }


def main() -> None:
    """Prints all of it."""
    folder = Path(sys.argv[1])
    tries = {
        "by_hour": by_hour,
        "by_size": by_size,
        "sampled": sampled,
        "recovered": recovered,
        "as_examples": as_examples,
    }
    print(json.dumps({name: attempt(folder / name) for name, attempt in tries.items()}))  # noqa: T201


if __name__ == "__main__":
    main()
