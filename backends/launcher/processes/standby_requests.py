"""The clients of the standby launcher: what one asks for as it comes in, and its command in the child."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

from tfxc.backends.launcher.processes import environment
from tfxc.backends.launcher.processes.children import Child
from tfxc.backends.launcher.protocol.standby_connection import SIZE

LARGEST_REQUEST = 64 << 20
STREAMS = 3
Command = Callable[[list[str]], int]


@dataclass
class Client:
    """A process that asks for a command, or waits for the end of one.

    ``streams`` are its standard input, output and error, ``content`` what it has said of a request of
    ``size`` bytes, and ``deadline`` when that must be whole. ``child`` works for it, and ``idle`` is for how
    many seconds it wants the standby launcher to stay.
    """

    socket: socket.socket
    deadline: float
    streams: tuple[int, ...] = ()
    size: Optional[int] = None
    content: bytearray = field(default_factory=bytearray)
    child: Optional[Child] = None
    independent: bool = False
    idle: float = 0.0


def receive(client: Client) -> bool:
    """Reads more of a request; returns whether it is whole. Raises OSError.

    First comes its length, in bytes that carry the client's streams, and then JSON.
    """
    if client.size is None:
        header, streams, _, _ = socket.recv_fds(client.socket, SIZE.size, STREAMS)
        client.streams = tuple(streams)
        if len(header) != SIZE.size:
            raise ConnectionError("no request")
        (client.size,) = SIZE.unpack(header)
        if len(streams) not in (0, STREAMS) or client.size > LARGEST_REQUEST:
            raise ConnectionError("no request")
    while len(client.content) < client.size:
        chunk = client.socket.recv(min(client.size - len(client.content), 1 << 20))
        if not chunk:
            raise ConnectionError("a request that breaks off")
        client.content += chunk
    return True


def say(client: Client, words: Mapping[str, Any]) -> None:
    """Sends a client a line; nothing if it is gone."""
    with contextlib.suppress(OSError):
        client.socket.sendall(json.dumps(words).encode() + b"\n")


def close_streams(client: Client) -> None:
    """Closes this process's ends of a client's streams."""
    for descriptor in client.streams:
        os.close(descriptor)
    client.streams = ()


def run_requested(command: Command, request: Mapping[str, Any], standard_input: int) -> int:
    """Runs a command in the child, with the environment and folder of the process that asked for it."""
    os.dup2(standard_input, 0)
    os.close(standard_input)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    # Where that process wants its temporary files, not where this one has had them.
    tempfile.tempdir = None
    os.umask(request["umask"])
    os.chdir(request["folder"])
    try:
        return command(list(request["arguments"]))
    except environment.Stopped:
        return 1
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else 1
