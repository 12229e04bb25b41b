"""A connection of HTTP/1.1: requests read, handed to the application, and answered in their order.

uvicorn accepts connections and ends them, with or without TLS; llhttp (httptools) reads them. ASGI is left
out: its messages take as much time as a small model. One request of a connection is answered at a time. A
request that can be refused by its head is answered before its body has come, and the body is dropped.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, NamedTuple, Optional

import httptools

from tfxc.backends.serving.server.rest.app import RestApp
from tfxc.backends.serving.server.rest.messages import TEXT, Head, HttpAnswer, answer_bytes

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_NO_HTTP = HttpAnswer(400, b"Invalid HTTP request received.", TEXT)
_LONG_HEAD = HttpAnswer(431, b"The request's head is too large.", TEXT)
_CLOSE = (b"connection", b"close")
_LONGEST_HEAD = 1 << 20
"""bytes; several times what is read at once, in which a whole request may stand before a head"""
_MOST_DROPPED = 16 << 20
"""bytes of a refused body, beyond those that are let in, that are read so that the client sees the answer"""


class _Request(NamedTuple):
    """A request that is whole, or refused. Either ``refusal`` is its answer, or there is none yet."""

    head: Head
    body: bytes
    refusal: Optional[HttpAnswer]
    is_last: bool


class RestConnection(asyncio.Protocol):
    """What uvicorn makes for each connection: `shutdown` lets it answer what it has begun with."""

    def __init__(
        self, app: RestApp, *, config: Any, server_state: Any, app_state: Any, _loop: Any = None
    ) -> None:
        self._app = app
        self._state, self._keep_alive_seconds = server_state, config.timeout_keep_alive
        self._loop = _loop or asyncio.get_running_loop()
        self._parser: Any = httptools.HttpRequestParser(self)
        self._transport: Any = None
        self._waiting: deque[_Request] = deque()
        self._is_answering = False
        self._is_full = False
        """the client does not read what it is sent"""
        self._is_paused = False
        """requests are waiting: no more are read"""
        self._is_ending = False
        """nothing more is read: it is closed after the last answer"""
        self._idle_since: Optional[float] = None
        self._idle_check: Optional[asyncio.TimerHandle] = None
        self._begin()

    def _begin(self) -> None:
        """Forgets the request before."""
        self._url = b""
        self._headers: dict[bytes, bytes] = {}
        self._head: Optional[Head] = None
        self._chunks: list[bytes] = []
        self._head_size = 0
        self._size = 0
        self._is_head = False
        self._is_refused = False
        self._closes_at_end = False
        """the answer is sent, and the connection ends with what is still to come of the request"""

    # What the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begins."""
        self._transport = transport
        self._state.connections.add(self)

    def connection_lost(self, exc: Optional[Exception]) -> None:
        """Ends. What is being answered goes on: the model cannot be stopped."""
        self._state.connections.discard(self)
        self._waiting.clear()
        self._is_ending = True
        self._parser = None
        if self._idle_check is not None:
            self._idle_check.cancel()

    def data_received(self, data: bytes) -> None:
        """Reads what has come."""
        if self._is_ending:
            return
        self._idle_since = None
        try:
            self._parser.feed_data(data)
            self._check_head(len(data))
        except httptools.HttpParserUpgrade:
            self._is_ending = True  # what comes after it would be of another protocol; there is none
        except httptools.HttpParserError:
            self._is_ending = True
            self._head = None
            if not self._is_answering:
                self._send(_NO_HTTP, is_last=True)
        if self._waiting and not self._is_paused and not self._transport.is_closing():
            self._is_paused = True
            self._transport.pause_reading()

    def _check_head(self, size: int) -> None:
        """Ends a connection whose head goes on for ever: nothing else bounds what is kept of it."""
        if not self._is_head:
            return
        self._head_size += size
        if self._head_size > _LONGEST_HEAD:
            self._is_ending = True
            if not self._is_answering:
                self._send(_LONG_HEAD, is_last=True)

    def pause_writing(self) -> None:
        """Answers no more for now."""
        self._is_full = True

    def resume_writing(self) -> None:
        """Goes on answering."""
        self._is_full = False
        self._next()

    # What the parser calls

    def on_message_begin(self) -> None:
        """A request begins."""
        self._begin()
        self._is_head = True

    def on_url(self, url: bytes) -> None:
        """A part of the URL."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header. Of several with one name the first counts."""
        self._headers.setdefault(name.lower(), value)

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._is_head = False
        self._head = Head(self._parser.get_method().decode("ascii"), _path(self._url), self._headers)
        refusal = self._app.refused(self._head)
        if refusal is not None:
            self._refuse(self._head, refusal)
        elif self._headers.get(b"expect", b"").lower() == b"100-continue":
            self._transport.write(_CONTINUE)

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._size += len(body)
        if self._is_refused:
            if self._size > self._app.longest_body + _MOST_DROPPED:  # it may go on for ever
                self._end()
        elif self._size > self._app.longest_body and self._head is not None:
            self._refuse(self._head, self._app.too_large(self._head), is_last=True)
        else:
            self._chunks.append(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        head, self._head = self._head, None
        if self._closes_at_end:
            self._end()
        if head is None or self._is_refused:
            return
        chunks = self._chunks
        body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        self._chunks = []
        self._waiting.append(_Request(head, body, None, self._is_last()))
        self._next()

    # Answering

    def shutdown(self) -> None:
        """Closes the connection after what it has begun with."""
        if self._is_answering or self._waiting or self._head is not None:
            self._is_ending = self._head is None
            self._keep_alive_seconds = 0
        elif self._transport is not None:
            self._transport.close()

    def _refuse(self, head: Head, refusal: HttpAnswer, is_last: bool = False) -> None:
        """Answers a request whose body is not wanted; what comes of it is dropped."""
        self._is_refused = True
        self._chunks = []
        self._waiting.append(_Request(head, b"", refusal, is_last or self._is_last()))
        self._next()

    def _is_last(self) -> bool:
        """Whether the client asks no more on this connection, or it is being closed."""
        is_kept = self._parser.should_keep_alive() and self._parser.get_http_version() != "1.0"
        return not is_kept or not self._keep_alive_seconds

    def _next(self) -> None:
        if self._is_answering or self._is_full or not self._waiting:
            return
        self._is_answering = True
        request = self._waiting.popleft()
        task = self._loop.create_task(self._answer(request))
        self._state.tasks.add(task)
        task.add_done_callback(self._state.tasks.discard)

    async def _answer(self, request: _Request) -> None:
        try:
            answer = request.refusal or await self._app.answer(request.head, request.body)
        except BaseException:
            self._transport.abort()
            raise
        self._is_answering = False
        self._state.total_requests += 1
        is_last = request.is_last or (not self._waiting and (self._is_ending or not self._keep_alive_seconds))
        if is_last and self._head is not None:  # something is still to come: of this request, or another one
            is_last = self._closes_at_end = self._is_refused
        self._send(answer, is_last, request.head.method != "HEAD")
        if self._waiting:
            self._next()
        elif not self._transport.is_closing():
            if self._is_paused:
                self._is_paused = False
                self._transport.resume_reading()
            self._idle_since = self._loop.time()
            self._wait_for_more()

    def _send(self, answer: HttpAnswer, is_last: bool, has_body: bool = True) -> None:
        if self._transport.is_closing():
            return
        headers = self._state.default_headers
        self._transport.write(answer_bytes(answer, [*headers, _CLOSE] if is_last else headers, has_body))
        if is_last and not self._closes_at_end:
            self._end()

    def _end(self) -> None:
        self._is_ending = True
        self._transport.close()

    def _wait_for_more(self) -> None:
        """Lets a connection that is not used be closed after a while; one timer for all its requests."""
        if self._idle_check is None and self._keep_alive_seconds:
            self._idle_check = self._loop.call_later(self._keep_alive_seconds, self._close_if_idle)

    def _close_if_idle(self) -> None:
        self._idle_check = None
        if self._transport.is_closing():
            return
        since = self._idle_since
        seconds: float = self._keep_alive_seconds
        left = seconds if since is None else since + seconds - self._loop.time()
        if left <= 0:
            self._transport.close()
        else:
            self._idle_check = self._loop.call_later(left, self._close_if_idle)


def _path(url: bytes) -> str:
    """Returns the path of a URL as it was sent. Raises HttpParserError."""
    if url.startswith(b"/"):
        return url.partition(b"?")[0].decode("latin-1")
    path = httptools.parse_url(url).path
    return path.decode("latin-1") if path else ""
