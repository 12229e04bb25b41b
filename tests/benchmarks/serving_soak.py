"""Asks a server for minutes or hours while its model is replaced again and again.

A small model is asked over REST and gRPC by several clients, while versions are pushed one after the other as
a Pusher does (copied beside, renamed). No request may fail. Every minute (or `--interval`) a line says what
the server held and how long its answers took; at the end, by how much its memory, files and threads grew.
"""

# ruff: noqa: T201  (a script that prints)

from __future__ import annotations

import argparse
import csv
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from statistics import fmean, median

import grpc

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.serving.served import Served, start_server  # noqa: E402

NAME = "half_plus_two"
QUESTION = json.dumps({"instances": [1.0, 2.0]})
METHOD = "/tensorflow.serving.PredictionService/Predict"
SETTLED = 0.2
"""the share of the lines at the beginning that do not count for what grew"""

EXAMPLES = """examples:
  python tests/benchmarks/serving_soak.py                                # 100 reloads as fast as they go
  python tests/benchmarks/serving_soak.py --minutes 60 --rate 50 --reload-seconds 30 --output soak.csv
  nohup nice -n 19 python tests/benchmarks/serving_soak.py --minutes 480 --rate 50 --reload-seconds 30 \\
      --output soak.csv > soak.txt &                                     # a night
  python tests/benchmarks/serving_soak.py --minutes 10 -- --enable-batching
"""


@dataclass(frozen=True)
class Line:
    """What an interval was like: seconds since the beginning, MiB, and milliseconds."""

    seconds: int
    reloads: int
    answered: int
    failed: int
    memory: float
    anonymous: float
    files: int
    threads: int
    p50: float
    p99: float
    slowest: float


@dataclass
class Counts:
    """What the clients have seen; ``latencies`` since they were last taken."""

    answered: int = 0
    failed: list[str] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, why: str, took: float) -> None:
        """Counts an answer, or why there was none."""
        with self.lock:
            self.answered += not why
            self.latencies.append(took)
            if why:
                self.failed.append(why)

    def taken(self) -> list[float]:
        """Returns the latencies since the last call, in order."""
        with self.lock:
            latencies, self.latencies = self.latencies, []
        return sorted(latencies)


def rest_client(served: Served) -> Callable[[], str]:
    """Returns what asks once on a connection that stays, and says what went wrong."""
    connection = http.client.HTTPConnection("127.0.0.1", served.rest_port, timeout=60)

    def ask() -> str:
        try:
            connection.request("POST", f"/v1/models/{NAME}:predict", QUESTION)
            answer = connection.getresponse()
            text = answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            return repr(error)
        return "" if answer.status == 200 and "[2.5, 3.0" in text else f"{answer.status} {text}"

    return ask


def grpc_client(served: Served) -> Callable[[], str]:
    """The same over gRPC."""
    from tfxc.backends.launcher.servable.session import Tensor
    from tfxc.backends.serving.server.messages import PredictRequest
    from tfxc.backends.serving.server.rest.values import tensor_of
    from tfxc.backends.serving.server.tensors import to_proto

    tensor: Tensor = tensor_of([1.0, 2.0], 1)
    request = PredictRequest()
    request.model_spec.name = NAME
    request.inputs["x"].CopyFrom(to_proto(tensor))
    body = request.SerializeToString()
    call = grpc.insecure_channel(f"127.0.0.1:{served.port}").unary_unary(METHOD)

    def ask() -> str:
        try:
            call(body, timeout=60)
        except grpc.RpcError as error:
            return repr(error)
        return ""

    return ask


def keep_asking(ask: Callable[[], str], counts: Counts, stop: threading.Event, pause: float) -> None:
    """Asks until it is told to stop, at most once in ``pause`` seconds."""
    due = time.monotonic()
    while not stop.is_set():
        began = time.monotonic()
        why = ask()
        counts.add(why, time.monotonic() - began)
        due = max(due + pause, began)
        if pause:
            stop.wait(max(0.0, due - time.monotonic()))


def line(served: Served, counts: Counts, began: float, reloads: int) -> Line:
    """Returns what the server holds, and what it has answered since the last line."""
    process = Path(f"/proc/{served.process.pid}")
    status = dict(each.split(":", 1) for each in (process / "status").read_text().splitlines())
    latencies = [each * 1000 for each in counts.taken()] or [0.0]
    return Line(
        seconds=round(time.monotonic() - began),
        reloads=reloads,
        answered=counts.answered,
        failed=len(counts.failed),
        memory=round(int(status["VmRSS"].split()[0]) / 1024, 1),
        anonymous=round(int(status["RssAnon"].split()[0]) / 1024, 1),
        files=len(list((process / "fd").iterdir())),
        threads=int(status["Threads"]),
        p50=round(median(latencies), 2),
        p99=round(latencies[int(len(latencies) * 0.99)], 2),
        slowest=round(latencies[-1], 1),
    )


def push(model: Path, base: Path, version: int) -> None:
    """Puts a version there all at once."""
    beside = base.with_name("beside")
    shutil.copytree(model, beside)
    beside.rename(base / str(version))


def newest(served: Served) -> int:
    """Returns the newest version that is available."""
    states = served.get(f"/v1/models/{NAME}").json["model_version_status"]
    return max((int(each["version"]) for each in states if each["state"] == "AVAILABLE"), default=0)


def slope(lines: Sequence[Line], of: Callable[[Line], float]) -> float:
    """Returns by how much a number grows in an hour, along the straight line that fits best."""
    if len(lines) < 2:
        return 0.0
    hours = [each.seconds / 3600 for each in lines]
    values = [of(each) for each in lines]
    at, value = fmean(hours), fmean(values)
    spread = sum((hour - at) ** 2 for hour in hours)
    both = sum((hour - at) * (each - value) for hour, each in zip(hours, values, strict=True))
    return both / spread if spread else 0.0


def soak(served: Served, base: Path, model: Path, options: argparse.Namespace) -> tuple[list[Line], Counts]:
    """Asks and reloads until the time is over, or all reloads are done."""
    counts, stop = Counts(), threading.Event()
    pause = options.clients / options.rate if options.rate else 0.0
    clients = [(rest_client, grpc_client)[each % 2](served) for each in range(options.clients)]
    threads = [threading.Thread(target=keep_asking, args=(ask, counts, stop, pause)) for ask in clients]
    for thread in threads:
        thread.start()
    began = last = time.monotonic()
    lines: list[Line] = []
    with (options.output or Path(os.devnull)).open("w", newline="") as output:
        table = csv.DictWriter(output, [each.name for each in fields(Line)])
        table.writeheader()
        print("  ".join(f"{each.name:>9}" for each in fields(Line)))
        version = 1
        while _goes_on(began, version, options):
            due = time.monotonic() + options.reload_seconds
            push(model, base, version + 1)
            version += 1
            served.wait_for(lambda version=version: newest(served) == version)
            shutil.rmtree(base / str(version - 1))
            while True:
                if time.monotonic() - last >= options.interval:
                    last = time.monotonic()
                    lines.append(line(served, counts, began, version - 1))
                    table.writerow(asdict(lines[-1]))
                    output.flush()
                    print("  ".join(f"{each:>9}" for each in asdict(lines[-1]).values()), flush=True)
                    served.get("/monitoring/prometheus/metrics")
                if time.monotonic() >= due:
                    break
                time.sleep(min(0.5, max(0.0, due - time.monotonic())))
    stop.set()
    for thread in threads:
        thread.join()
    return lines, counts


def _goes_on(began: float, version: int, options: argparse.Namespace) -> bool:
    if options.minutes:
        return bool(time.monotonic() - began < options.minutes * 60)
    return version <= int(options.reloads)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=0.0, help="how long; 0: until `--reloads` are done")
    parser.add_argument("--reloads", type=int, default=100)
    parser.add_argument("--reload-seconds", type=float, default=0.0, help="the time between two reloads")
    parser.add_argument("--clients", type=int, default=4, help="half ask over REST, half over gRPC")
    parser.add_argument("--rate", type=float, default=0.0, help="requests per second of all; 0: no pause")
    parser.add_argument("--interval", type=float, default=0.0, help="seconds between lines")
    parser.add_argument("--output", type=Path, help="a CSV file for the lines")
    parser.add_argument("serve", nargs="*", help="more arguments of `tfxc serve`, after --")
    options = parser.parse_args()
    options.interval = options.interval or (60.0 if options.minutes else 5.0)
    with tempfile.TemporaryDirectory() as folder:
        models = Path(folder, "models")
        subprocess.run([sys.executable, ROOT / "tests/serving/make_models.py", models], check=True)
        base = Path(folder, NAME)
        base.mkdir()
        model = models / NAME / "1"
        push(model, base, 1)
        more = ["--file-system-poll-wait-seconds", "0.2", "--request-log", str(Path(folder, "requests"))]
        more += ["--request-log-bytes", str(64 << 20), *options.serve]
        served = start_server(Path(folder), (str(base), *more), {})
        try:
            lines, counts = soak(served, base, model, options)
        finally:
            served.stop()
    print(f"{counts.answered:,} answered, {len(counts.failed)} failed, {options.clients} clients")
    settled = lines[int(len(lines) * SETTLED) :]
    if len(settled) > 1:
        for name in ("memory", "anonymous", "files", "threads", "p50", "p99"):
            values = [getattr(each, name) for each in settled]
            change = slope(settled, lambda each, name=name: getattr(each, name))
            print(f"{name}: {min(values)} to {max(values)}, {change:+.2f} in an hour")
    for why in dict.fromkeys(counts.failed):
        print(f"  {why}")
    return 1 if counts.failed else 0


if __name__ == "__main__":
    sys.exit(main())
