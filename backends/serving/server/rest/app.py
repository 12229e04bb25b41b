"""The HTTP side of the server as an ASGI application.

Mirrors ``tensorflow_serving/model_servers/http_server.cc``; health paths, the token and the limit of a body
are added.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Optional

from tfxc.backends.serving.server.request_log import REQUEST_ID_HEADER
from tfxc.backends.serving.server.rest import answers
from tfxc.backends.serving.server.rest.handler import answer
from tfxc.backends.serving.server.rest.paths import target
from tfxc.backends.serving.server.service import Service
from tfxc.backends.serving.server.status import HTTP_STATUS, Code, StatusError

METRICS = "/monitoring/prometheus/metrics"
LIVE, READY = "/health/live", "/health/ready"
_ORIGIN = re.compile(rb"https?://")
_CORS = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"POST, GET"),
    (b"access-control-allow-headers", b"Content-Type"),
)
_TOO_LARGE = 413
_REQUEST_ID = REQUEST_ID_HEADER.encode()

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class BodyTooLarge(Exception):  # noqa: N818 - it is an answer
    """A request with more bytes than are let in."""


@dataclass(frozen=True)
class RestOptions:
    """How the API is reached: with CORS headers for web pages, and with a token."""

    cors: bool = False
    token: Optional[str] = None
    metrics_path: str = METRICS


class RestApp:
    """The ASGI application."""

    def __init__(self, service: Service, options: RestOptions) -> None:
        self._service, self._options = service, options

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            return
        path = scope["raw_path"].decode("latin-1")
        if path in (LIVE, READY):
            await self._health(path, send)
        elif not self._is_allowed(scope):
            error = answers.error("a token is asked for: send `Authorization: Bearer TOKEN`")
            await self._send(send, HTTP_STATUS[Code.UNAUTHENTICATED], error.encode())
        elif path == self._options.metrics_path:
            await self._send(send, 200, self._service.metrics.text().encode(), b"text/plain")
        elif path.lower().startswith("/v1/"):
            await self._api(scope, path, receive, send)
        else:
            await self._send(send, 404, b"", b"text/plain")

    async def _health(self, path: str, send: Send) -> None:
        configs, available = self._service.manager.configs, self._service.manager.available()
        missing = sorted({config.name for config in configs} - {name for name, _ in available})
        is_well = path == LIVE or not missing
        body = {"status": "ok"} if is_well else {"status": "not ready", "without_version": missing}
        await self._send(send, 200 if is_well else 503, json.dumps(body).encode())

    def _is_allowed(self, scope: Scope) -> bool:
        token = self._options.token
        if token is None or (self._options.cors and scope["method"] == "OPTIONS"):
            return True
        given = _header(scope, b"authorization")
        scheme, _, value = given.partition(b" ")
        return scheme.lower() == b"bearer" and hmac.compare_digest(value.strip(), token.encode())

    async def _api(self, scope: Scope, path: str, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        model, action, code = "", "", Code.OK
        identity = self._service.identify(_header(scope, _REQUEST_ID).decode("latin-1"))
        try:
            if scope["method"] == "OPTIONS" and not _ORIGIN.search(_header(scope, b"origin")):
                raise StatusError(Code.FAILED_PRECONDITION, "Origin header is missing in CORS preflight")
            if scope["method"] == "OPTIONS":
                text = ""
            else:
                asked = target(scope["method"], path)
                model, action = asked.spec.name, asked.action
                body = await self._body(scope, receive)
                text = await asyncio.wait_for(
                    answer(self._service, asked, body), self._service.limits.seconds
                )
            status = 200
        except StatusError as error:
            code, text = error.code, answers.error(error.text)
            status = HTTP_STATUS[code]
        except asyncio.TimeoutError:
            code, text = Code.DEADLINE_EXCEEDED, answers.error("Timed out waiting for the model to answer")
            status = HTTP_STATUS[code]
        except BodyTooLarge:
            code, status = Code.RESOURCE_EXHAUSTED, _TOO_LARGE
            limit = self._service.limits.request_bytes
            text = answers.error(f"the request has more than {limit} bytes")
        except Exception:  # noqa: BLE001 - a mistake of ours is an answer too, and ends no connection
            self._service.tell_mistake()
            code, status = Code.INTERNAL, HTTP_STATUS[Code.INTERNAL]
            text = answers.error("tfxc itself made a mistake; its log says more")
        known = ((_REQUEST_ID, identity.encode()),) if identity else ()
        await self._send(send, status, text.encode("utf-8", "surrogateescape"), more=known)
        took = time.perf_counter() - started
        self._service.answered(model, action, "REST", code, took)

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        limit = self._service.limits.request_bytes
        length = _header(scope, b"content-length")
        if length.isdigit() and int(length) > limit:
            raise BodyTooLarge
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise StatusError(Code.CANCELLED, "the client went away")
            chunks.append(message.get("body", b""))
            size += len(chunks[-1])
            if size > limit:
                raise BodyTooLarge
            if not message.get("more_body"):
                return b"".join(chunks)

    async def _send(
        self,
        send: Send,
        status: int,
        body: bytes,
        kind: bytes = b"application/json",
        more: tuple[tuple[bytes, bytes], ...] = (),
    ) -> None:
        headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), *more]
        if self._options.cors:
            headers += _CORS
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _header(scope: Scope, name: bytes) -> bytes:
    value: bytes = next((each for key, each in scope["headers"] if key == name), b"")
    return value
