"""Asking the standby launchers of this user how they are, and to leave."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from dataclasses import asdict, dataclass
from typing import Any, Literal, Optional

from tfxc.backends.launcher.protocol.standby_connection import answers, connect, peer, send_request
from tfxc.backends.launcher.protocol.standby_place import Place, places

PATIENCE = 3.0
"""Seconds that one gets for its answer, and to be gone when it was killed."""

State = Literal["waits", "works", "leaves", "was killed", "does not answer"]


@dataclass(frozen=True)
class StandbyLauncher:
    """One of them. ``memory`` in bytes; ``age`` and ``stays`` (without new work) in seconds."""

    pid: int
    state: State
    commands: int = 0
    memory: int = 0
    age: float = 0.0
    stays: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Returns its fields."""
        return asdict(self)

    def sentence(self) -> str:
        """Returns what people read of it."""
        if self.state in ("was killed", "does not answer"):
            return f"process {self.pid}  {self.state}"
        more = f"{self.commands} at work, " if self.commands else ""
        left = f", leaves in {self.stays:.0f} s" if self.state == "waits" else ""
        size = f"{self.memory / 2**20:.0f} MiB, {self.age:.0f} s old"
        return f"process {self.pid}  {self.state}  {more}{size}{left}"


def ask_all() -> list[StandbyLauncher]:
    """Returns the standby launchers of this user, and removes what dead ones have left."""
    return [each for each in (_ask(place, "status") for place in places()) if each is not None]


def stop_all() -> list[StandbyLauncher]:
    """Makes them leave when what they have started is over; one that does not answer is killed."""
    found = [_ask(place, "leave") for place in places()]
    return [_killed(each) if each.state == "does not answer" else each for each in found if each is not None]


def _ask(place: Place, question: str) -> Optional[StandbyLauncher]:
    connection = connect(place)
    if connection is None:
        return None
    with connection:
        pid, _ = peer(connection)
        told = _answer(connection, question)
    if told is None:
        return StandbyLauncher(pid, "does not answer")
    state: State = "works" if told["commands"] else "waits"
    return StandbyLauncher(state="leaves" if question == "leave" else state, **told)


def _answer(connection: socket.socket, question: str) -> Optional[dict[str, Any]]:
    connection.settimeout(PATIENCE)
    try:
        send_request(connection, {"question": question})
        return next(answers(connection), None)
    except (OSError, ValueError):
        return None


def _killed(launcher: StandbyLauncher) -> StandbyLauncher:
    """Kills one that hangs; servers of runs go on without it."""
    if not launcher.pid:
        return launcher
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(launcher.pid, signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            os.kill(launcher.pid, 0)
        except ProcessLookupError:
            break
        time.sleep(0.05)
    return StandbyLauncher(launcher.pid, "was killed")
