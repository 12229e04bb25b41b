"""Loads a server with requests, and prints what came of it: ``serving_load.py JSON``.

It runs in a process of its own, the same one for every server, and keeps each connection open: a client asks
again as soon as it has its answer. The JSON says ``protocol`` (http or grpc), ``port``, ``path``, ``body``
(base64), ``clients`` and ``seconds``.
"""

from __future__ import annotations

import asyncio
import json
import selectors
import socket
import sys
import time
from base64 import b64decode
from typing import Any

WARM_UP = 0.5
"""seconds at the beginning that do not count"""


def _is_whole(received: bytes) -> bool:
    """Whether an HTTP answer has come to its end."""
    head, gap, body = received.partition(b"\r\n\r\n")
    if not gap:
        return False
    for line in head.lower().split(b"\r\n")[1:]:
        if line.startswith(b"content-length:"):
            return len(body) >= int(line.split(b":")[1])
        if line.startswith(b"transfer-encoding:") and b"chunked" in line:
            return body.endswith(b"0\r\n\r\n")
    return False


def http_load(asked: dict[str, Any]) -> tuple[list[float], int, float]:
    """Returns the latencies of the answers, how many were none, and the seconds that it took."""
    body = b64decode(asked["body"])
    request = (
        f"POST {asked['path']} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body
    selector = selectors.DefaultSelector()
    sent: dict[socket.socket, float] = {}
    received: dict[socket.socket, bytes] = {}
    for _ in range(asked["clients"]):
        client = socket.create_connection(("127.0.0.1", asked["port"]))
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(client, selectors.EVENT_READ)
        sent[client], received[client] = time.perf_counter(), b""
        client.sendall(request)
    latencies: list[float] = []
    wrong = 0
    began = time.perf_counter() + WARM_UP
    while (now := time.perf_counter()) < began + asked["seconds"]:
        for key, _ in selector.select(1):
            client = key.fileobj  # type: ignore[assignment]
            received[client] += client.recv(1 << 20)
            if not _is_whole(received[client]):
                continue
            now = time.perf_counter()
            if now >= began:
                latencies.append(now - sent[client])
                wrong += not received[client].startswith(b"HTTP/1.1 200")
            sent[client], received[client] = now, b""
            client.sendall(request)
    return latencies, wrong, asked["seconds"]


async def grpc_load(asked: dict[str, Any]) -> tuple[list[float], int, float]:
    """The same over gRPC; messages are neither made nor read, so that the server is the limit."""
    import grpc
    import grpc.aio

    body = b64decode(asked["body"])
    latencies: list[float] = []
    wrong = 0
    began = time.perf_counter() + WARM_UP

    async def client(channel: Any) -> None:
        nonlocal wrong
        call = channel.unary_unary(asked["path"])
        while time.perf_counter() < began + asked["seconds"]:
            sent = time.perf_counter()
            try:
                await call(body)
            except grpc.RpcError:
                wrong += 1
            if time.perf_counter() >= began:
                latencies.append(time.perf_counter() - sent)

    async with grpc.aio.insecure_channel(f"127.0.0.1:{asked['port']}") as channel:
        await asyncio.gather(*(client(channel) for _ in range(asked["clients"])))
    return latencies, wrong, asked["seconds"]


def main() -> None:
    """Prints requests per second, p50 and p99 in milliseconds, and how many answers were wrong."""
    asked = json.loads(sys.argv[1])
    found = http_load(asked) if asked["protocol"] == "http" else asyncio.run(grpc_load(asked))
    latencies, wrong, seconds = found
    latencies.sort()
    at = [latencies[int(len(latencies) * share)] * 1000 if latencies else 0.0 for share in (0.5, 0.99)]
    print(json.dumps({"rate": len(latencies) / seconds, "p50": at[0], "p99": at[1], "wrong": wrong}))  # noqa: T201


if __name__ == "__main__":
    main()
