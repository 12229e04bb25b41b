"""Forked children of the server: starting one, hearing its answer, ending it with all it started.

A child is a process group of its own. On Linux it dies with the server, whatever ends the server.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal, NoReturn, Optional

from tfxc.backends.launcher.processes import environment

_PR_SET_PDEATHSIG = 1
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD, signal.SIGALRM)
"""What a process of the launcher has handlers for."""
_READ_SIZE = 1 << 20


@dataclass
class Child:
    """A running child, as the server sees it. Times are of the monotonic clock."""

    pid: int
    answer_fd: int
    started: float
    scratch: str
    deadline: Optional[float] = None
    kill_at: Optional[float] = None
    stopped: Optional[Literal["cancelled", "timed_out"]] = None
    answer: bytearray = field(default_factory=bytearray)
    answer_done: bool = False


@dataclass(frozen=True)
class Ended:
    """How a child ended. ``signal_number`` is set if a signal ended it; ``peak_memory`` in bytes."""

    answer: bytes
    exit_code: int
    signal_number: Optional[int]
    peak_memory: int


def fork(work: Callable[[], bytes], log: Optional[str], close: Iterable[int], now: float) -> Child:
    """Forks a child that does ``work`` and sends back the bytes that it returns.

    All that the child prints goes to ``log`` (None: where this process prints). ``close`` are
    descriptors of the server's that the child must not hold on to. Raises OSError if the system
    starts no further process.

    A signal for the child that arrives before it is a process of its own waits until it is: until
    then it has the parent's handlers, and the descriptor that they wake the parent with.

    The child has a folder of its own for temporary files, which `reap` removes: TensorFlow and Beam
    remove theirs only when a process exits properly, and a child never does.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    server = os.getpid()
    scratch = tempfile.mkdtemp(prefix="tfxc-")
    read_fd, write_fd = os.pipe()
    heeded = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        pid = os.fork()
    except OSError:
        signal.pthread_sigmask(signal.SIG_SETMASK, heeded)
        os.close(read_fd)
        os.close(write_fd)
        shutil.rmtree(scratch, ignore_errors=True)
        raise
    if pid == 0:
        code = 70
        try:
            os.close(read_fd)
            _become_child(server, log, close)
            _use_scratch(scratch)
            signal.pthread_sigmask(signal.SIG_SETMASK, heeded)
            answer = work()
            _write_all(write_fd, answer)
            code = 0
        except environment.Stopped:
            code = 128 + signal.SIGTERM
        except BaseException:  # noqa: BLE001 - nothing may unwind into the server's own frames
            traceback.print_exc()
        finally:
            with contextlib.suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            shutil.rmtree(scratch, ignore_errors=True)
            # No exit handlers: they belong to the server. Threads of Beam's and gRPC's die with us.
            os._exit(code)
    signal.pthread_sigmask(signal.SIG_SETMASK, heeded)
    os.close(write_fd)
    with contextlib.suppress(OSError):
        os.setpgid(pid, pid)
    os.set_blocking(read_fd, False)
    return Child(pid=pid, answer_fd=read_fd, started=now, scratch=scratch)


def _become_child(server: int, log: Optional[str], close: Iterable[int]) -> None:
    """Turns the fork of the server into a process of its own."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    environment.stop_on_sigterm()
    with contextlib.suppress(OSError):
        os.setpgid(0, 0)
    die_with(server)
    for descriptor in close:
        with contextlib.suppress(OSError):
            os.close(descriptor)
    if log is not None:
        target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(target, 1)
        os.dup2(target, 2)
        os.close(target)
        environment.tell_the_log()
    for stream in (sys.stdout, sys.stderr):
        # Whoever follows the log sees each line as it is printed.
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    environment.fresh_randomness()
    gc.enable()


def _use_scratch(scratch: str) -> None:
    """Makes a folder the place for temporary files of this process and of those that it starts."""
    os.environ["TMPDIR"] = scratch
    tempfile.tempdir = scratch


def die_with(server: int) -> None:
    """Asks the kernel to kill this process when the server is gone. Only Linux can."""
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != server:
        os._exit(128 + signal.SIGKILL)


def end_like(code: int) -> NoReturn:
    """Ends this process the way another ended: ``code`` is that of `subprocess.Popen`."""
    if code < 0:
        signal.signal(-code, signal.SIG_DFL) if -code not in (signal.SIGKILL, signal.SIGSTOP) else None
        os.kill(os.getpid(), -code)
    os._exit(code)


def _write_all(descriptor: int, content: bytes) -> None:
    """Writes all bytes and closes the descriptor."""
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]
    os.close(descriptor)


def read_answer(child: Child) -> bool:
    """Reads what is there of a child's answer; returns whether it has closed its end."""
    while True:
        try:
            chunk = os.read(child.answer_fd, _READ_SIZE)
        except BlockingIOError:
            return False
        if not chunk:
            return True
        child.answer += chunk


def terminate(child: Child) -> None:
    """Asks a child to stop. Its own children are left to it: it may still need them to stop well."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(child.pid, signal.SIGTERM)


def kill(child: Child) -> None:
    """Ends a child and every process of its group at once."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)


def reap(child: Child) -> Optional[Ended]:
    """Returns how a child ended, or None if it still runs.

    What is left of its process group is killed first, while the group's number cannot belong to
    anyone else.
    """
    if os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        return None
    kill(child)
    _, status, usage = os.wait4(child.pid, 0)
    read_answer(child)
    os.close(child.answer_fd)
    shutil.rmtree(child.scratch, ignore_errors=True)
    unit = 1 if sys.platform == "darwin" else 1024
    return Ended(
        answer=bytes(child.answer),
        exit_code=os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else -1,
        signal_number=os.WTERMSIG(status) if os.WIFSIGNALED(status) else None,
        peak_memory=usage.ru_maxrss * unit,
    )
