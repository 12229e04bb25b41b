"""What a supervisor does with one forked child: start it, hear its answer, end it with all it started.

A child is a process group of its own. On Linux it dies with its supervisor, whatever ends that.
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
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NoReturn, Optional, Union

from tfxc.backends.launcher.processes import environment

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD, signal.SIGALRM)
"""What a process of the launcher has handlers for."""
_READ_SIZE = 1 << 20
_ROUNDS = 20
"""How often is looked for orphans that are starting further processes while they are ended."""

Output = Union[str, tuple[int, int], None]
"""Where what a child prints goes: a log file, two descriptors, or (None) where this process prints."""


@dataclass
class Child:
    """A running child, as its supervisor sees it. Times are of the monotonic clock."""

    pid: int
    answer_fd: int
    started: float
    scratch: str
    deadline: Optional[float] = None
    kill_at: Optional[float] = None
    stopped: Optional[Literal["cancelled", "timed_out"]] = None
    answer: bytearray = field(default_factory=bytearray)


@dataclass(frozen=True)
class Ended:
    """How a child ended. ``signal_number`` is set if a signal ended it; ``peak_memory`` in bytes."""

    answer: bytes
    exit_code: int
    signal_number: Optional[int]
    peak_memory: int


def fork(
    work: Callable[[], bytes], output: Output, close: Iterable[int], now: float, independent: bool = False
) -> Child:
    """Forks a child that does ``work`` and sends back the bytes that it returns.

    All that the child prints goes to ``output``. ``close`` are descriptors of this process's that the
    child must not hold on to. One that is ``independent`` leads a session of its own and does not die with
    this process. Raises OSError if the system starts no further process.

    A signal for the child that arrives before it is a process of its own waits until it is: until
    then it has the parent's handlers, and the descriptor that they wake the parent with.

    The child has a folder of its own for temporary files, which `reap` removes: TensorFlow and Beam
    remove theirs only when a process exits properly, and a child never does.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
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
            _become_child(None if independent else parent, output, close)
            _use_scratch(scratch)
            signal.pthread_sigmask(signal.SIG_SETMASK, heeded)
            answer = work()
            _write_all(write_fd, answer)
            code = 0
        except environment.Stopped:
            code = 128 + signal.SIGTERM
        except BaseException:  # noqa: BLE001 - nothing may unwind into the parent's own frames
            traceback.print_exc()
        finally:
            with contextlib.suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            shutil.rmtree(scratch, ignore_errors=True)
            # No exit handlers: they belong to the parent. Threads of Beam's and gRPC's die with us.
            os._exit(code)
    signal.pthread_sigmask(signal.SIG_SETMASK, heeded)
    os.close(write_fd)
    if not independent:
        with contextlib.suppress(OSError):
            os.setpgid(pid, pid)
    os.set_blocking(read_fd, False)
    return Child(pid=pid, answer_fd=read_fd, started=now, scratch=scratch)


def _become_child(parent: Optional[int], output: Output, close: Iterable[int]) -> None:
    """Turns the fork into a process of its own, which dies with its ``parent`` if that is given."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    environment.stop_on_sigterm()
    if parent is None:
        os.setsid()
    else:
        with contextlib.suppress(OSError):
            os.setpgid(0, 0)
        die_with(parent)
    adopt_orphans()
    _print_to(output)
    for descriptor in close:
        with contextlib.suppress(OSError):
            os.close(descriptor)
    for stream in (sys.stdout, sys.stderr):
        # Whoever follows the log sees each line as it is printed.
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    environment.fresh_randomness()
    environment.collect_garbage_rarely()
    gc.enable()


def _print_to(output: Output) -> None:
    """Makes standard output and standard error of this process what a child's are to be."""
    if isinstance(output, str):
        target = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(target, 1)
        os.dup2(target, 2)
        os.close(target)
        environment.tell_the_log()
    elif output is not None:
        for stream, descriptor in zip((1, 2), output, strict=True):
            os.dup2(descriptor, stream)
        for descriptor in output:
            os.close(descriptor)


def _use_scratch(scratch: str) -> None:
    """Makes a folder the place for temporary files of this process and of those that it starts."""
    os.environ["TMPDIR"] = scratch
    tempfile.tempdir = scratch


def die_with(parent: int) -> None:
    """Asks the kernel to kill this process when its parent is gone. Only Linux can."""
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(128 + signal.SIGKILL)


def adopt_orphans() -> None:
    """Makes this process the parent of its descendants whose own parent ends. Only Linux can.

    What a node has started stays below it then while it lives, whatever group and session it is in,
    and comes to its supervisor afterwards, for `end_orphans`.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_orphans(own: Container[int]) -> None:
    """Kills the children of this process that are not its ``own``: an ended child has left them."""
    for _ in range(_ROUNDS):
        orphans = [pid for pid in _children_of(os.getpid()) if pid not in own]
        for pid in orphans:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        for pid in orphans:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
        if not orphans:
            return


def _children_of(pid: int) -> list[int]:
    """Returns the children of a process; nothing where the kernel does not tell (proc(5): children)."""
    found: list[int] = []
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += map(int, file.read_text().split())
    return found


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


def has_ended(child: Child) -> bool:
    """Whether a child has ended; it waits for `reap` then."""
    return os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def reap(child: Child) -> Ended:
    """Returns how a child ended that has.

    What is left of its process group is killed first, while the group's number cannot belong to
    anyone else.
    """
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
