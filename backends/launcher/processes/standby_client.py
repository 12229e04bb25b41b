"""Running a node in the standby launcher of this machine, which is started if there is none.

The command is handed over with its environment, working directory and output; what comes back is the
exit code. SIGTERM is passed on, and the node ends when this process is killed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any, Optional

from tfxc.backends.launcher.protocol import standby_connection
from tfxc.backends.launcher.protocol.standby_place import InsecureFolderError, Place, find_place

IDLE_SECONDS = 900.0
"""Seconds without a node after which it leaves; the variable TFXC_STANDBY_IDLE sets another time."""


def run_in_standby(arguments: Sequence[str]) -> Optional[int]:
    """Runs the launcher's command line ``arguments`` in the standby launcher; returns its exit code.

    Returns None, after a line on standard error, if there can be none: then this process has to do
    the work itself. Raises WrongUse for an idle time that is none.
    """
    idle = standby_connection.idle_seconds(os.environ, IDLE_SECONDS)
    try:
        place = find_place()
        connection = _connection(place)
    except (InsecureFolderError, OSError) as error:
        _tell(f"no standby launcher: {error}.")
        return None
    with connection:
        return _hand_over(connection, place, arguments, idle)


def _connection(place: Place) -> socket.socket:
    """Returns a connection to the standby launcher, started if need be. Raises OSError.

    The lock keeps tasks that start at the same time from starting one each, and the standby
    launcher from leaving in between.
    """
    with standby_connection.locked(place.lock, wait=True) as lock:
        assert lock is not None  # noqa: S101 - it was waited for
        return standby_connection.connect(place) or standby_connection.start(place, lock)


def _hand_over(
    connection: socket.socket, place: Place, arguments: Sequence[str], idle: float
) -> Optional[int]:
    """Sends the command and waits for its end. Returns its exit code; None if nothing was done."""
    sys.stdout.flush()
    sys.stderr.flush()
    nothing = os.open(os.devnull, os.O_RDONLY)
    try:
        standby_connection.send(connection, arguments, (nothing, 1, 2), idle=idle)
    except OSError as error:
        _tell(f"the standby launcher does not listen: {error}.")
        return None
    finally:
        os.close(nothing)

    def stop(_number: int, _frame: Optional[FrameType]) -> None:
        with contextlib.suppress(OSError):
            connection.sendall(standby_connection.STOP)

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    told: list[dict[str, Any]] = []
    with contextlib.suppress(OSError):
        told.extend(standby_connection.answers(connection))
    if not told:
        for number, handler in before.items():
            signal.signal(number, handler)
        _tell(f"the standby launcher could not be started; its log says why: {place.log}")
        return None
    ended = told[-1]
    if "exit" not in ended:
        _tell("the standby launcher is gone, and the node with it.")
        return 1
    if ended["signal"] is not None:
        _tell(f"the node's process was killed by signal {ended['signal']}.")
        return 1
    return int(ended["exit"])


def _tell(message: str) -> None:
    sys.stderr.write(f"tfxc: {message}\n")
    sys.stderr.flush()
