"""Loads `tfxc serve` and the Python servers that people use with the same requests, side by side in one run.

Each peer is installed into an environment of its own, and serves the same SavedModel with one process. The
servers take turns: each is loaded by 1, 8 and 32 clients, one row a request. The bare session call, in a
process without a XX"""

# ruff: noqa: T201  (a script that prints)

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from serving_models import QUIET, WIDTHS, bare_call, example_of, make_dense, newest

HERE = Path(__file__).parent
PEERS = HERE / "serving_peers"
PACKAGES = {"mlflow": "mlflow", "kserve": "kserve", "bentoml": "bentoml"}
TFXC = [sys.executable, "-c", "from tfxc.compiler.cli import main; main()"]
CLIENTS = (1, 8, 32)
WARM_UP = 0.5
"""seconds of a load that do not count, as `serving_load` has it"""
_START = 180.0

EXAMPLES = """examples:
  python tests/benchmarks/serving.py                          # all of it, into environments of its own
  python tests/benchmarks/serving.py --peers mlflow --models penguin --seconds 3
  python tests/benchmarks/serving.py --peers ''               # tfxc and the bare call alone
  python tests/benchmarks/serving.py --environments DIR       # keep the peers' environments there
"""

BATCHING = """
max_batch_size { value: 32 }
batch_timeout_micros { value: 3000 }
num_batch_threads { value: 1 }
"""
"""As many rows at once as the bare call gets, and time for them to come."""


@dataclass(frozen=True)
class Target:
    """A server that is running, and a request to it."""

    protocol: str
    port: int
    path: str
    body: bytes


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


def environments(folder: Path, peers: list[str]) -> dict[str, Path]:
    """Returns the Python of each peer's environment, made if it is not there; without those that fail."""
    found = {}
    for peer in peers:
        python = folder / peer / "bin" / "python"
        if not python.exists():
            subprocess.run(["uv", "venv", "-q", "--python", "3.10", str(folder / peer)], check=True)
            packages = [PACKAGES[peer], "tensorflow==2.16.2"]
            command = ["uv", "pip", "install", "-q", "--python", str(python), *packages]
            if subprocess.run(command, check=False).returncode:
                print(f"{peer} cannot be installed here, and is left out", file=sys.stderr)
                shutil.rmtree(folder / peer)
                continue
        found[peer] = python
    return found


@contextmanager
def running(command: list[str], port: int, log: Path, environment: dict[str, str]) -> Iterator[None]:
    """Runs a server, from when its port is open."""
    with log.open("ab") as stream:
        process = subprocess.Popen(
            command, stdout=stream, stderr=stream, env=environment, cwd=PEERS, start_new_session=True
        )
        try:
            end = time.monotonic() + _START
            while True:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                if process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"the server did not start; see {log}")
                time.sleep(0.2)
            yield
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def load(target: Target, clients: int, seconds: float) -> dict[str, float]:
    asked = {
        "protocol": target.protocol,
        "port": target.port,
        "path": target.path,
        "body": b64encode(target.body).decode(),
        "clients": clients,
        "seconds": seconds,
    }
    command = [sys.executable, str(HERE / "serving_load.py"), json.dumps(asked)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def wait_for_answer(target: Target) -> None:
    """Waits until a server that has opened its port answers too, and has answered a few."""
    end = time.monotonic() + _START
    while time.monotonic() < end:
        try:
            if load(target, 1, 0.5)["rate"] > 0 and not load(target, 1, 0.5)["wrong"]:
                return
        except subprocess.CalledProcessError:
            time.sleep(0.5)
    raise RuntimeError(f"no answer on port {target.port}")


@contextmanager
def tfxc(folder: Path, row: Any, log: Path, protocol: str, batching: bool) -> Iterator[Target]:
    rest, grpc = free_port(), free_port()
    command = [*TFXC, "serve", str(folder), "--name", "model", "--rest-port", str(rest), "--port", str(grpc)]
    if batching:
        parameters = log.with_name("batching.txt")
        parameters.write_text(BATCHING, encoding="utf-8")
        command += ["--enable-batching", "--batching-parameters-file", str(parameters)]
    with running(command, grpc, log, QUIET):
        if protocol == "http":
            body = json.dumps({"instances": [row]}).encode()
            yield Target("http", rest, "/v1/models/model:predict", body)
        else:
            yield Target("grpc", grpc, "/tensorflow.serving.PredictionService/Predict", grpc_body(row))


def grpc_body(row: Any) -> bytes:
    """Returns a PredictRequest, made in this process without TensorFlow."""
    from tfxc.backends.serving.server.dtypes import FLOAT
    from tfxc.backends.serving.server.messages import PredictRequest
    from tfxc.backends.serving.server.rest.values import tensor_of
    from tfxc.backends.serving.server.tensors import to_proto

    is_text = isinstance(row, dict)
    request = PredictRequest()
    request.model_spec.name = "model"
    alias = "examples" if is_text else "x"
    request.inputs[alias].CopyFrom(to_proto(tensor_of([row], 7 if is_text else FLOAT)))
    body: bytes = request.SerializeToString()
    return body


@contextmanager
def peer(name: str, python: Path, folder: Path, row: Any, log: Path, work: Path) -> Iterator[Target]:
    port = free_port()
    plain = row["b64"] if isinstance(row, dict) else row
    instances = json.dumps({"instances": [plain]}).encode()
    binaries = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**QUIET, "SAVED_MODEL": str(folder), "PATH": binaries, "BENTOML_DO_NOT_TRACK": "1"}
    if name == "mlflow":
        saved = work / f"mlflow-{port}"
        command = [str(python), str(PEERS / "mlflow_peer.py"), str(folder), str(saved)]
        subprocess.run(command, check=True, capture_output=True, env=environment, cwd=PEERS)
        command = [
            str(python.parent / "mlflow"),
            "models",
            "serve",
            "-m",
            str(saved),
            "--env-manager",
            "local",
        ]
        command += ["-p", str(port), "-w", "1"]
        target = Target("http", port, "/invocations", json.dumps({"inputs": [plain]}).encode())
    elif name == "bentoml":
        command = [
            str(python.parent / "bentoml"),
            "serve",
            "bentoml_peer:Peer",
            "-p",
            str(port),
            "--host",
            "127.0.0.1",
        ]
        target = Target("http", port, "/predict", instances)
    else:
        command = [str(python), str(PEERS / "kserve_peer.py"), str(folder), "--http_port", str(port)]
        target = Target("http", port, "/v1/models/model:predict", instances)
    with running(command, port, log, environment):
        yield target


def measure(name: str, folder: Path, row: Any, pythons: dict[str, Path], work: Path, seconds: float) -> None:
    log = work / f"{name}.log"
    print(f"\n{name}\n")
    print("| | " + " | ".join(f"{n} clients: requests/s" for n in CLIENTS) + " | 8: p50 / p99, ms | wrong |")
    print("|---|" + "---|" * (len(CLIENTS) + 2))
    rates: dict[str, float] = {}
    batched: dict[str, float] = {}
    before = bare_call(folder, row, seconds)
    makers: list[tuple[str, Any]] = [
        ("tfxc REST", lambda: tfxc(folder, row, log, "http", False)),
        ("tfxc REST, batching", lambda: tfxc(folder, row, log, "http", True)),
        ("tfxc gRPC", lambda: tfxc(folder, row, log, "grpc", False)),
        ("tfxc gRPC, batching", lambda: tfxc(folder, row, log, "grpc", True)),
        *((each, lambda each=each: peer(each, pythons[each], folder, row, log, work)) for each in pythons),
    ]
    for label, maker in makers:
        try:
            with maker() as target:
                wait_for_answer(target)
                found = {clients: load(target, clients, seconds) for clients in CLIENTS}
        except RuntimeError as error:
            print(f"| {label} | {error} |")
            continue
        rates[label] = found[8]["rate"]
        batched[label] = found[32]["rate"]
        numbers = " | ".join(f"{found[clients]['rate']:,.0f}" for clients in CLIENTS)
        wrong = sum(each["wrong"] for each in found.values())
        print(
            f"| {label} | {numbers} | {found[8]['p50']:.1f} / {found[8]['p99']:.1f} | {wrong:.0f} |",
            flush=True,
        )
    after = bare_call(folder, row, seconds)
    one, many = ((before[rows] + after[rows]) / 2 for rows in ("1", "32"))
    print(
        f"\nthe bare session call, before and after: {one:,.0f} rows/s one by one, "
        f"{many:,.0f} in batches of 32 ({before['32']:,.0f}, {after['32']:,.0f})"
    )
    for label in ("tfxc REST, batching", "tfxc gRPC, batching"):
        if label in batched:
            print(f"{label}, 32 clients: {batched[label] / many:.0%} of the bare call in batches")
    for label in pythons:
        if label in rates:
            best = max(rates["tfxc REST"], rates["tfxc REST, batching"])
            print(f"tfxc's REST with 8 clients is {best / rates[label]:.1f} times as fast as {label}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", default="penguin,taxi,deep,wide")
    parser.add_argument("--peers", default=",".join(PACKAGES))
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--environments", type=Path)
    arguments = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="tfxc-serving-"))
    peers = [each for each in arguments.peers.split(",") if each]
    pythons = environments(arguments.environments or work, peers)
    for name in arguments.models.split(","):
        if name in WIDTHS:
            folder = work / name / "1"
            measure(name, folder, make_dense(name, folder), pythons, work, arguments.seconds)
            continue
        folder_or_none = newest(name)
        if folder_or_none is None:
            sys.exit(f"specs/{name} has pushed no model yet: run `tfxc run specs/{name}/pipeline.yaml` first")
        measure(name, folder_or_none, example_of(folder_or_none), pythons, work, arguments.seconds)
    print(f"\nlogs: {work}")


if __name__ == "__main__":
    main()
