"""The server's end of the two pipes to its client: lines of JSON in, lines of JSON out."""

from __future__ import annotations

import contextlib
import os

import pydantic

from tfxc.backends.launcher.protocol.message import LaunchError
from tfxc.backends.launcher.protocol.messages import ErrorReply, Reply, Request

_REQUEST: pydantic.TypeAdapter[Request] = pydantic.TypeAdapter(Request)


class Wire:
    """``requests`` and ``replies`` are the descriptors; ``closed`` says that the client is gone."""

    def __init__(self, requests: int, replies: int) -> None:
        self.requests = requests
        self.replies = replies
        self.closed = False
        self._unread = bytearray()

    def open(self) -> None:
        """Makes reading return at once when there is nothing."""
        os.set_blocking(self.requests, False)

    def receive(self) -> list[Request]:
        """Returns the requests that have arrived. A line that is none is answered with an error."""
        try:
            chunk = os.read(self.requests, 1 << 16)
        except BlockingIOError:
            return []
        self.closed = not chunk
        self._unread += chunk
        *lines, rest = bytes(self._unread).split(b"\n")
        self._unread = bytearray(rest)
        found: list[Request] = []
        for line in lines:
            try:
                if line.strip():
                    found.append(_REQUEST.validate_json(line))
            except pydantic.ValidationError as error:
                self.fail(0, f"not a request: {error.errors()[0]['msg']}")
        return found

    def send(self, reply: Reply) -> None:
        """Sends one line. A client that is gone hears nothing, and that is no error."""
        view = memoryview(reply.model_dump_json().encode() + b"\n")
        with contextlib.suppress(BrokenPipeError):
            while view:
                view = view[os.write(self.replies, view) :]

    def close(self) -> None:
        """Closes both descriptors: a client that waits for the end of the server need not wait for that of a
        process with all of TFX in its memory."""
        for descriptor in (self.requests, self.replies):
            os.close(descriptor)

    def fail(self, identifier: int, message: str) -> None:
        """Tells the client that a request could not be carried out."""
        self.send(ErrorReply(id=identifier, error=LaunchError(message=message)))
