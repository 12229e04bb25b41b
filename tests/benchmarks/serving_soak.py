"""Reloads a model again and again under load: no request may fail, and memory must not grow.

A small model is asked by several clients without a pause, while versions are pushed one after the other as a
Pusher does (copied beside, renamed). It prints how many requests were answered, how many failed, and the
server's memory after each tenth of the reloads.
"""

# ruff: noqa: T201  (a script that prints)

from __future__ import annotations

import argparse
import http.client
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.serving.served import Served, start_server  # noqa: E402

NAME = "half_plus_two"
QUESTION = json.dumps({"instances": [1.0, 2.0]})


@dataclass
class Counts:
    """What the clients have seen."""

    answered: int = 0
    failed: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


def ask(served: Served, counts: Counts, stop: threading.Event) -> None:
    """Asks on one connection until it is told to stop."""
    connection = http.client.HTTPConnection("127.0.0.1", served.rest_port, timeout=60)
    while not stop.is_set():
        try:
            connection.request("POST", f"/v1/models/{NAME}:predict", QUESTION)
            answer = connection.getresponse()
            text = answer.read().decode()
            why = "" if answer.status == 200 else f"{answer.status} {text}"
        except (OSError, http.client.HTTPException) as error:
            why = repr(error)
            connection.close()
        with counts.lock:
            counts.answered += not why
            if why:
                counts.failed.append(why)


def memory(served: Served) -> float:
    """Returns what the server holds, in MiB."""
    status = Path(f"/proc/{served.process.pid}/status").read_text()
    (line,) = [each for each in status.splitlines() if each.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


def push(model: Path, base: Path, version: int) -> None:
    """Puts a version there all at once."""
    beside = base.with_name("beside")
    shutil.copytree(model, beside)
    beside.rename(base / str(version))


def newest(served: Served) -> int:
    """Returns the newest version that is available."""
    states = served.get(f"/v1/models/{NAME}").json["model_version_status"]
    return max((int(each["version"]) for each in states if each["state"] == "AVAILABLE"), default=0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reloads", type=int, default=100)
    parser.add_argument("--clients", type=int, default=4)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        models = Path(folder, "models")
        subprocess.run([sys.executable, ROOT / "tests/serving/make_models.py", models], check=True)
        base = Path(folder, NAME)
        base.mkdir()
        push(models / NAME / "1", base, 1)
        served = start_server(Path(folder), (str(base), "--file-system-poll-wait-seconds", "0.2"), {})
        counts, stop = Counts(), threading.Event()
        threads = [threading.Thread(target=ask, args=(served, counts, stop)) for _ in range(options.clients)]
        for thread in threads:
            thread.start()
        began, sizes = time.monotonic(), [memory(served)]
        for version in range(2, options.reloads + 2):
            push(models / NAME / "1", base, version)
            served.wait_for(lambda version=version: newest(served) == version)
            shutil.rmtree(base / str(version - 1))
            if (version - 1) % max(1, options.reloads // 10) == 0:
                sizes.append(memory(served))
        took = time.monotonic() - began
        stop.set()
        for thread in threads:
            thread.join()
        served.stop()
    print(f"{options.reloads} reloads in {took:.0f} s, {options.clients} clients")
    print(f"{counts.answered} answered, {len(counts.failed)} failed")
    print("memory, MiB: " + ", ".join(f"{size:.0f}" for size in sizes))
    for why in dict.fromkeys(counts.failed):
        print(f"  {why}")
    return 1 if counts.failed else 0


if __name__ == "__main__":
    sys.exit(main())
