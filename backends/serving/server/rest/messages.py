"""What goes in and out over HTTP: the head of a request, and an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import NamedTuple

JSON, TEXT = b"application/json", b"text/plain"
Header = tuple[bytes, bytes]
_STATUS_LINES = {
    each.value: f"HTTP/1.1 {each.value} {each.phrase}\r\n".encode() for each in HTTPStatus if each >= 200
}


@dataclass(frozen=True)
class Head:
    """The head of a request: the path as it was sent, percent-encoded; names of headers in small letters."""

    method: str
    path: str
    headers: Mapping[bytes, bytes]


class HttpAnswer(NamedTuple):
    """An answer; `headers` are those beside its type and length."""

    status: int
    body: bytes
    kind: bytes = JSON
    headers: tuple[Header, ...] = ()


def answer_bytes(answer: HttpAnswer, more: list[Header], has_body: bool) -> bytes:
    """Returns an answer as it is sent, with more headers; with ``has_body`` False only its head."""
    line = _STATUS_LINES.get(answer.status) or f"HTTP/1.1 {answer.status} \r\n".encode()
    head = b"%scontent-type: %s\r\ncontent-length: %d\r\n" % (line, answer.kind, len(answer.body))
    for name, value in (*more, *answer.headers):
        head += b"%s: %s\r\n" % (name, value)
    return b"%s\r\n%s" % (head, answer.body) if has_body else head + b"\r\n"
