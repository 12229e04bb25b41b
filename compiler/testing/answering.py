"""The server that a test's Alerts and PipelineTriggers post to: it says yes to all, and keeps what it got."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_MOST_BYTES = 16 << 20


@dataclass(frozen=True)
class Posted:
    """What a node posted: the body as JSON, or as text if it is none."""

    node: str
    body: Any


@dataclass
class Answering:
    """A server while it runs."""

    address: str
    posted: list[Posted] = field(default_factory=list)


@contextlib.contextmanager
def answering() -> Iterator[Answering]:
    """Runs a server of this machine for a ``with`` block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    found = Answering(f"http://127.0.0.1:{server.server_port}")
    server.posted = found.posted  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    """Keeps the body of what is posted to ``/NODE``."""

    def do_POST(self) -> None:
        """Answers 200, with an empty JSON object."""
        length = min(int(self.headers.get("Content-Length") or 0), _MOST_BYTES)
        text = self.rfile.read(length).decode("utf-8", "replace")
        body: Any = text
        with contextlib.suppress(ValueError):
            body = json.loads(text)
        self.server.posted.append(Posted(self.path.strip("/"), body))  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: Any) -> None:
        """Prints nothing."""
