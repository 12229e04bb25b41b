"""The HTTP side of the server: what is answered to which request.

Mirrors ``tensorflow_serving/model_servers/http_server.cc``; health paths, the token and the limit of a body
are added.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import re
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Optional

from tfxc.backends.serving.server.request_log import REQUEST_ID_HEADER
from tfxc.backends.serving.server.rest import answers
from tfxc.backends.serving.server.rest.handler import answer
from tfxc.backends.serving.server.rest.messages import JSON, TEXT, Head, Header, HttpAnswer
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


@dataclass(frozen=True)
class RestOptions:
    """How the API is reached: with CORS headers for web pages, and with a token."""

    cors: bool = False
    token: Optional[str] = None
    metrics_path: str = METRICS


class RestApp:
    """Answers requests."""

    def __init__(self, service: Service, options: RestOptions) -> None:
        self._service, self._options = service, options
        self._headers = _CORS if options.cors else ()
        self.longest_body = service.limits.request_bytes

    def refused(self, head: Head) -> Optional[HttpAnswer]:
        """Returns the answer of a request whose body is not even read; None if it is let in."""
        if head.path in (LIVE, READY):
            return None
        if not self._is_allowed(head):
            error = answers.error("a token is asked for: send `Authorization: Bearer TOKEN`")
            return self._answer(HTTP_STATUS[Code.UNAUTHENTICATED], error.encode())
        length = head.headers.get(b"content-length", b"")
        return self.too_large(head) if length.isdigit() and int(length) > self.longest_body else None

    def too_large(self, head: Head) -> HttpAnswer:
        """Returns the answer of a request that has more bytes than are let in."""
        model, action = "", ""
        with contextlib.suppress(StatusError):
            asked = target(head.method, head.path)
            model, action = asked.spec.name, asked.action
        self._service.answered(model, action, "REST", Code.RESOURCE_EXHAUSTED, 0.0)
        text = answers.error(f"the request has more than {self.longest_body} bytes")
        return self._answer(_TOO_LARGE, text.encode())

    async def answer(self, head: Head, body: bytes) -> HttpAnswer:
        """Answers a request that was not refused."""
        path = head.path
        if path[:4].lower() == "/v1/":
            return await self._api(head, body)
        if path in (LIVE, READY):
            return self._health(path)
        if path == self._options.metrics_path:
            return self._answer(200, self._service.metrics.text().encode(), TEXT)
        return self._answer(404, b"", TEXT)

    def _health(self, path: str) -> HttpAnswer:
        configs, available = self._service.manager.configs, self._service.manager.available()
        missing = sorted({config.name for config in configs} - {name for name, _ in available})
        is_well = path == LIVE or not missing
        body = {"status": "ok"} if is_well else {"status": "not ready", "without_version": missing}
        return self._answer(200 if is_well else 503, json.dumps(body).encode())

    def _is_allowed(self, head: Head) -> bool:
        token = self._options.token
        if token is None or (self._options.cors and head.method == "OPTIONS"):
            return True
        scheme, _, value = head.headers.get(b"authorization", b"").partition(b" ")
        return scheme.lower() == b"bearer" and hmac.compare_digest(value.strip(), token.encode())

    async def _api(self, head: Head, body: bytes) -> HttpAnswer:
        started = time.perf_counter()
        model, action, code = "", "", Code.OK
        identity = self._service.identify(head.headers.get(_REQUEST_ID, b"").decode("latin-1"))
        try:
            if head.method == "OPTIONS":
                if not _ORIGIN.search(head.headers.get(b"origin", b"")):
                    raise StatusError(Code.FAILED_PRECONDITION, "Origin header is missing in CORS preflight")
                text = ""
            else:
                asked = target(head.method, head.path)
                model, action = asked.spec.name, asked.action
                text = await within(self._service.limits.seconds, answer(self._service, asked, body))
            status = 200
        except StatusError as error:
            code, text = error.code, answers.error(error.text)
            status = HTTP_STATUS[code]
        except asyncio.TimeoutError:
            code, text = Code.DEADLINE_EXCEEDED, answers.error("Timed out waiting for the model to answer")
            status = HTTP_STATUS[code]
        except Exception:  # noqa: BLE001 - a mistake of ours is an answer too, and ends no connection
            self._service.tell_mistake()
            code, status = Code.INTERNAL, HTTP_STATUS[Code.INTERNAL]
            text = answers.error("tfxc itself made a mistake; its log says more")
        known = ((_REQUEST_ID, identity.encode()),) if identity else ()
        found = self._answer(status, _encoded(text), more=known)
        self._service.answered(model, action, "REST", code, time.perf_counter() - started)
        return found

    def _answer(
        self, status: int, body: bytes, kind: bytes = JSON, more: tuple[Header, ...] = ()
    ) -> HttpAnswer:
        return HttpAnswer(status, body, kind, (*more, *self._headers))


def _encoded(text: str) -> bytes:
    """Returns a text's bytes: those of an output as they were, halves of characters of a client as such."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


async def within(seconds: float, answer: Awaitable[str]) -> str:
    """Awaits in this very task, for which `asyncio.wait_for` would make another. Raises TimeoutError."""
    task = asyncio.current_task()
    is_late = False

    def stop() -> None:
        nonlocal is_late
        is_late = True
        if task is not None:
            task.cancel()

    timer = asyncio.get_running_loop().call_later(seconds, stop)
    try:
        return await answer
    except asyncio.CancelledError:
        if is_late:
            raise asyncio.TimeoutError from None
        raise
    finally:
        timer.cancel()
