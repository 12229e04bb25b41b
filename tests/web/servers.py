"""Small real servers that keep what they are sent: HTTP, and SMTP with STARTTLS, TLS and a login."""

from __future__ import annotations

import base64
import contextlib
import json
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, bytes]


@dataclass(frozen=True)
class Received:
    """A request."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class WebServer:
    """An HTTP server. ``answers`` are given first, one each; then ``answer`` says what is answered."""

    address: str = ""
    answers: list[Answer] = field(default_factory=list)
    requests: list[Received] = field(default_factory=list)
    answer: Callable[[Received], Answer] = lambda _: (200, b"ok")


@contextlib.contextmanager
def web_server() -> Iterator[WebServer]:
    """Serves on a port of this machine while the context lasts. The answer 0 hangs up."""
    told = WebServer()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Says nothing."""

        def _serve(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = json.loads(content) if content else None
            request = Received(self.command, self.path, dict(self.headers), body)
            told.requests.append(request)
            status, text = told.answers.pop(0) if told.answers else told.answer(request)
            if status == 0:
                self.close_connection = True
                return
            self.send_response(status)
            kind = "application/json" if text[:1] in b"[{" and text else "text/plain"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = _serve  # noqa: N815

    with _serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        told.address = f"http://127.0.0.1:{port}"
        yield told


@dataclass
class MailServer:
    """An SMTP server. ``refusals`` are answers in the place of 250 to recipients, by address; ``hang_up`` is
    how many more connections end without an answer."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[tuple[str, ...]] = field(default_factory=list)
    refusals: dict[str, bytes] = field(default_factory=dict)
    hang_up: int = 0
    connections: int = 0
    encrypted: bool = False


@contextlib.contextmanager
def mail_server(
    context: ssl.SSLContext | None = None, *, at_once: bool = False, user: str = "", password: str = ""
) -> Iterator[MailServer]:
    """Serves SMTP. With a context it offers STARTTLS or has TLS ``at_once``; a user must log in."""
    told = MailServer()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            told.connections += 1
            if told.hang_up:
                told.hang_up -= 1
                return
            with contextlib.suppress(OSError, ssl.SSLError):
                if at_once and context is not None:
                    self.request = context.wrap_socket(self.request, server_side=True)
                    told.encrypted = True
                self._talk()

        def _say(self, text: bytes) -> None:
            self.request.sendall(text + b"\r\n")

        def _talk(self) -> None:
            file = self.request.makefile("rb")
            is_in, is_open = not user, not told.encrypted or not at_once
            to: list[str] = []
            self._say(b"220 mail.example.com")
            while line := file.readline():
                command, _, rest = line.strip().decode().partition(" ")
                word = command.upper()
                if word == "EHLO":
                    offers = [b"250-mail.example.com"]
                    if context is not None and is_open:
                        offers.append(b"250-STARTTLS")
                    self._say(b"\r\n".join([*offers, b"250 AUTH PLAIN"]))
                elif word == "STARTTLS" and context is not None:
                    self._say(b"220 go on")
                    self.request = context.wrap_socket(self.request, server_side=True)
                    told.encrypted, is_open = True, False
                    file = self.request.makefile("rb")
                elif word == "AUTH":
                    given = base64.b64decode(rest.split()[1]).decode().split("\0")
                    is_in = given[1:] == [user, password]
                    self._say(b"235 welcome" if is_in else b"535 5.7.8 wrong user or password")
                elif word == "MAIL":
                    self._say(b"250 ok" if is_in else b"530 5.7.0 log in first")
                elif word == "RCPT":
                    who = rest[rest.index("<") + 1 : rest.index(">")]
                    self._say(told.refusals.get(who, b"250 ok"))
                    to += [] if who in told.refusals else [who]
                elif word == "DATA":
                    self._say(b"354 go on")
                    content = b"".join(iter(file.readline, b".\r\n"))
                    mail = message_from_bytes(content.replace(b"\r\n", b"\n"), policy=policy.default)
                    told.mails.append(mail)  # type: ignore[arg-type]
                    told.recipients.append(tuple(to))
                    self._say(b"250 ok")
                else:
                    self._say(b"221 bye" if word == "QUIT" else b"250 ok")
                    if word == "QUIT":
                        return

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    with _serving(server) as port:
        told.port = port
        yield told


@contextlib.contextmanager
def _serving(server: socketserver.TCPServer) -> Iterator[int]:
    threading.Thread(target=server.serve_forever, args=(0.005,), daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
