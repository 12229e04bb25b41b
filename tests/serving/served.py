"""A `tfxc serve` that is running, and how to talk to it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

_PATIENCE = 120.0
TFXC = [sys.executable, "-c", "from tfxc.compiler.cli import main; main()"]


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        return port


@dataclass
class Answer:
    """An HTTP answer."""

    status: int
    text: str
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass
class Served:
    """A running `tfxc serve`."""

    process: subprocess.Popen[str]
    port: int
    rest_port: int
    log: Path

    def ask(
        self, method: str, path: str, body: Any = None, headers: Optional[dict[str, str]] = None
    ) -> Answer:
        """Sends a request by HTTP; a body that is no text is sent as JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.rest_port, timeout=60)
        with contextlib.closing(connection):
            content = body if body is None or isinstance(body, (bytes, str)) else json.dumps(body)
            connection.request(method, path, content, headers or {})
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
            return Answer(answer.status, text, {key.lower(): value for key, value in answer.getheaders()})

    def post(self, path: str, body: Any) -> Answer:
        return self.ask("POST", path, body)

    def get(self, path: str) -> Answer:
        return self.ask("GET", path)

    def wait_for(self, is_true: Callable[[], bool], seconds: float = 60.0) -> None:
        """Waits until something is so."""
        end = time.monotonic() + seconds
        while not is_true():
            assert time.monotonic() < end, f"it did not come; the server said:\n{self.log.read_text()}"
            time.sleep(0.05)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ends it by a signal, and returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(_PATIENCE)


Start = Callable[..., Served]


def start_server(folder: Path, arguments: tuple[str, ...], environment: dict[str, str]) -> Served:
    port, rest_port = free_port(), free_port()
    log = folder / f"serve-{rest_port}.log"
    command = [*TFXC, "serve", *arguments]
    command += ["--port", str(port), "--rest-port", str(rest_port)]
    with log.open("w") as stream:
        process = subprocess.Popen(
            command, stdout=stream, stderr=subprocess.STDOUT, text=True, env={**os.environ, **environment}
        )
    served = Served(process, port, rest_port, log)
    served.wait_for(lambda: process.poll() is not None or "gRPC on" in log.read_text(), _PATIENCE)
    assert process.poll() is None, log.read_text()
    return served
