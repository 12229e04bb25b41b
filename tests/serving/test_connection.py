"""Connections of the REST API as bytes: what a client that is no library may send."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, Optional

import pytest

from tests.serving.server_modules import leaving_no_messages

with leaving_no_messages():
    from tfxc.backends.serving.server.rest.connection import RestConnection
    from tfxc.backends.serving.server.rest.messages import Head, HttpAnswer

LIMIT = 1000


class Echo:
    """An application that says what it was asked, when it is let go."""

    longest_body = LIMIT

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.go.set()
        self.asked: list[str] = []

    def refused(self, head: Head) -> Optional[HttpAnswer]:
        return HttpAnswer(401, b"no") if head.path == "/secret" else None

    def too_large(self, head: Head) -> HttpAnswer:
        return HttpAnswer(413, b"large")

    async def answer(self, head: Head, body: bytes) -> HttpAnswer:
        self.asked.append(head.path)
        await self.go.wait()
        return HttpAnswer(200, json.dumps([head.method, head.path, body.decode()]).encode())


class Wire:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self.written, self.is_closed, self.is_paused = b"", False, False

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self.is_closed = True

    abort = close

    def is_closing(self) -> bool:
        return self.is_closed

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False


class Client:
    """A connection with an application behind it."""

    def __init__(self, keep_alive: float = 5.0) -> None:
        self.app, self.wire = Echo(), Wire()
        state = SimpleNamespace(connections=set(), tasks=set(), total_requests=0, default_headers=[])
        app: Any = self.app
        self.connection = RestConnection(
            app, config=SimpleNamespace(timeout_keep_alive=keep_alive), server_state=state, app_state={}
        )
        transport: Any = self.wire
        self.connection.connection_made(transport)

    async def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.connection.data_received(piece)
            await self.settle()

    async def settle(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0)

    @property
    def statuses(self) -> list[int]:
        return list(map(int, re.findall(rb"HTTP/1\.1 (\d+)", self.wire.written)))

    @property
    def is_told_to_close(self) -> bool:
        return b"connection: close\r\n" in self.wire.written


def request(
    path: str = "/a", body: bytes = b"", *headers: str, method: str = "POST", version: str = "1.1"
) -> bytes:
    lines = [f"{method} {path} HTTP/{version}", "Host: x", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def with_client(what: Any, keep_alive: float = 5.0) -> None:
    async def run() -> None:
        await what(Client(keep_alive))

    asyncio.run(run())


def test_a_request_in_any_pieces_is_one_request() -> None:
    async def ask(client: Client) -> None:
        whole = request("/v1/a%20b?x=1", b'{"a": 1}')
        await client.send(*(whole[at : at + 1] for at in range(len(whole))))
        assert client.statuses == [200]
        assert client.wire.written.endswith(b'["POST", "/v1/a%20b", "{\\"a\\": 1}"]')
        assert not client.wire.is_closed

    with_client(ask)


def test_a_chunked_body_is_put_together() -> None:
    async def ask(client: Client) -> None:
        head = b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        await client.send(head, b"3\r\nabc\r\n", b"2\r\nde\r\n", b"0\r\n\r\n")
        assert client.wire.written.endswith(b'"abcde"]')

    with_client(ask)


def test_requests_that_come_together_are_answered_in_their_order_and_no_more_are_read_meanwhile() -> None:
    async def ask(client: Client) -> None:
        client.app.go.clear()
        await client.send(request("/1") + request("/2") + request("/3"))
        assert client.app.asked == ["/1"]
        assert client.wire.is_paused
        client.app.go.set()
        await client.settle()
        assert client.app.asked == ["/1", "/2", "/3"]
        assert client.statuses == [200, 200, 200]
        assert not client.wire.is_paused

    with_client(ask)


@pytest.mark.parametrize(("headers", "version"), [(["Connection: close"], "1.1"), ([], "1.0")])
def test_a_client_that_asks_once_is_hung_up_on(headers: Sequence[str], version: str) -> None:
    async def ask(client: Client) -> None:
        await client.send(request("/a", b"", *headers, version=version))
        assert client.statuses == [200]
        assert client.is_told_to_close
        assert client.wire.is_closed

    with_client(ask)


def test_a_client_that_waits_for_a_word_gets_it() -> None:
    async def ask(client: Client) -> None:
        whole = request("/a", b"abc", "Expect: 100-continue")
        await client.send(whole[:-3])
        assert client.statuses == [100]
        await client.send(whole[-3:])
        assert client.statuses == [100, 200]

    with_client(ask)


def test_head_gets_no_body() -> None:
    async def ask(client: Client) -> None:
        await client.send(request(method="HEAD"))
        assert client.wire.written.endswith(b"\r\n\r\n")

    with_client(ask)


@pytest.mark.parametrize("sent", [b"nonsense\r\n\r\n", b"\x16\x03\x01\x02\x00", b"GET / HTTP/9.9\r\n\r\n"])
def test_what_is_no_http_is_told_so(sent: bytes) -> None:
    async def ask(client: Client) -> None:
        await client.send(sent, b"more")
        assert client.statuses == [400]
        assert client.wire.is_closed

    with_client(ask)


def test_a_refused_request_is_answered_before_its_body_and_the_connection_stays() -> None:
    async def ask(client: Client) -> None:
        whole = request("/secret", b"x" * 100)
        await client.send(whole[:-50])
        assert client.statuses == [401]
        await client.send(whole[-50:], request("/a"))
        assert client.statuses == [401, 200]
        assert client.app.asked == ["/a"]

    with_client(ask)


def test_a_body_that_grows_too_large_is_refused_and_the_connection_ends_with_it() -> None:
    async def ask(client: Client) -> None:
        head = b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        chunk = b"258\r\n" + b"x" * 600 + b"\r\n"
        await client.send(head, chunk, chunk)
        assert client.statuses == [413]
        assert client.is_told_to_close
        assert not client.wire.is_closed  # else the client might not see the answer
        await client.send(chunk, b"0\r\n\r\n")
        assert client.statuses == [413]
        assert client.wire.is_closed

    with_client(ask)


def test_a_refused_body_that_never_ends_is_cut_off() -> None:
    async def ask(client: Client) -> None:
        head = b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        chunk = b"100000\r\n" + b"x" * (1 << 20) + b"\r\n"
        await client.send(head, *[chunk] * 20)
        assert client.statuses == [413]
        assert client.wire.is_closed

    with_client(ask)


def test_a_head_that_never_ends_is_cut_off() -> None:
    async def ask(client: Client) -> None:
        await client.send(b"GET /a HTTP/1.1\r\nHost: x\r\nlong: ")
        for _ in range(40):
            await client.send(b"x" * (1 << 16))
        assert client.statuses == [431]
        assert client.wire.is_closed

    with_client(ask)


def test_many_requests_in_one_piece_have_no_long_head() -> None:
    async def ask(client: Client) -> None:
        whole = request("/a", b"x" * 900) * 300
        for at in range(0, len(whole), 1 << 18):
            await client.send(whole[at : at + (1 << 18)])
        while len(client.statuses) < 300:
            await client.settle()
        assert set(client.statuses) == {200}

    with_client(ask)


def test_an_upgrade_that_is_not_there_is_an_ordinary_request() -> None:
    async def ask(client: Client) -> None:
        await client.send(request("/a", b"", "Connection: Upgrade", "Upgrade: websocket", method="GET"))
        assert client.statuses == [200]

    with_client(ask)


def test_shutting_down_lets_a_request_be_answered() -> None:
    async def ask(client: Client) -> None:
        whole = request("/a", b"abc")
        await client.send(whole[:-1])
        client.connection.shutdown()
        assert not client.wire.is_closed
        await client.send(whole[-1:])
        assert client.statuses == [200]
        assert client.is_told_to_close
        assert client.wire.is_closed

    with_client(ask)


def test_shutting_down_answers_all_that_has_come() -> None:
    async def ask(client: Client) -> None:
        client.app.go.clear()
        await client.send(request("/1") + request("/2"))
        client.connection.shutdown()
        client.app.go.set()
        await client.settle()
        assert client.statuses == [200, 200]
        assert client.wire.is_closed

    with_client(ask)


def test_shutting_down_closes_a_connection_that_is_not_used() -> None:
    async def ask(client: Client) -> None:
        client.connection.shutdown()
        assert client.wire.is_closed

    with_client(ask)


def test_a_client_that_does_not_read_is_answered_later() -> None:
    async def ask(client: Client) -> None:
        client.connection.pause_writing()
        await client.send(request("/a"))
        assert client.statuses == []
        client.connection.resume_writing()
        await client.settle()
        assert client.statuses == [200]

    with_client(ask)


def test_a_client_that_goes_away_breaks_nothing() -> None:
    async def ask(client: Client) -> None:
        client.app.go.clear()
        await client.send(request("/1") + request("/2"))
        client.wire.close()
        client.connection.connection_lost(None)
        client.app.go.set()
        await client.settle()
        assert client.app.asked == ["/1"]
        assert client.wire.written == b""

    with_client(ask)


def test_a_connection_that_is_not_used_any_more_is_closed() -> None:
    async def ask(client: Client) -> None:
        await client.send(request("/a"))
        for _ in range(400):
            if client.wire.is_closed:
                return
            await asyncio.sleep(0.01)
        raise AssertionError

    with_client(ask, keep_alive=0.01)
