"""Forked children and their ends: the one place where they are started, timed, stopped and collected.

The server, ``run-node`` and the standby launcher are loops around a `Supervisor`: each turn waits for
descriptors, signals and deadlines, and does with children what is due.

Guarantees
    - A child that is told to stop and does not within its grace is killed with its process group.
    - When a child has ended, however, every process that it started is ended too, also one that has
      left the group and the session (on Linux).
    - A child holds no descriptor of its supervisor's but its own output.
    - A signal to this process only wakes the loop.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Any, Literal, Optional

from tfxc.backends.launcher.processes import children
from tfxc.backends.launcher.processes.children import Child, Ended, Output

TIMEOUT_GRACE = 10.0
"""Seconds that a child whose time is over gets to stop by itself."""

Stop = Literal["cancelled", "timed_out"]
Then = Callable[[Child, Ended], None]


@dataclass
class _Watched:
    """A child, and what is done when it has ended."""

    child: Child
    then: Then


class Supervisor:
    """The children of this process. For its main thread; use it as a context manager.

    ``signals`` wake the loop, and `turn` returns them; what handled them before is put back at the end.
    """

    def __init__(self, signals: Iterable[signal.Signals]) -> None:
        self._watched: dict[int, _Watched] = {}
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = os.pipe()
        for descriptor in (self._wake_read, self._wake_write):
            os.set_blocking(descriptor, False)
        self._handlers: dict[int, Any] = {}
        for number in (*signals, signal.SIGCHLD):
            self._handlers[number] = signal.signal(number, _only_wake)
        # The number of the signal is in the pipe.
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        self._selector.register(self._wake_read, selectors.EVENT_READ)
        children.adopt_orphans()

    def __enter__(self) -> Supervisor:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        signal.set_wakeup_fd(-1)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._selector.close()
        os.close(self._wake_read)
        os.close(self._wake_write)

    @property
    def running(self) -> tuple[Child, ...]:
        """The children that have not ended."""
        return tuple(each.child for each in self._watched.values())

    def listen(self, descriptor: int, then: Callable[[], None]) -> None:
        """Calls ``then`` whenever a descriptor has something to read, until `unlisten`."""
        self._selector.register(descriptor, selectors.EVENT_READ, data=then)

    def unlisten(self, descriptor: int) -> None:
        """Ends what `listen` began; nothing if it has not."""
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(descriptor)

    def start(
        self,
        work: Callable[[], bytes],
        output: Output,
        then: Then,
        *,
        timeout: Optional[float] = None,
        close: Iterable[int] = (),
        independent: bool = False,
    ) -> Child:
        """Forks a child; ``then`` is called when it has ended, in a later turn.

        ``close`` are descriptors that the child must not hold on to, beside those that are listened
        to. One that is ``independent`` goes on when this process ends, in a session of its own. Raises
        OSError if the system starts no further process.
        """
        child = children.fork(work, output, (*close, *self._own_descriptors()), time.monotonic(), independent)
        if timeout is not None:
            child.deadline = child.started + timeout
        self._watched[child.pid] = _Watched(child, then)
        self.listen(child.answer_fd, lambda: self._hear(child))
        return child

    def stop(self, child: Child, why: Stop, grace: float) -> None:
        """Asks a child to stop; after ``grace`` seconds it is killed. The first reason stays."""
        child.stopped = child.stopped or why
        moment = time.monotonic() + grace
        child.kill_at = moment if child.kill_at is None else min(moment, child.kill_at)
        children.terminate(child)

    def turn(self, patience: Optional[float] = None) -> frozenset[int]:
        """Waits for something to happen, at most ``patience`` seconds, and deals with it.

        Returns the signals that arrived.
        """
        arrived: set[int] = set()
        for key, _ in self._selector.select(self._wait(patience)):
            if key.fd == self._wake_read:
                arrived.update(self._signals())
            else:
                key.data()
        self._collect()
        self._keep_deadlines()
        return frozenset(arrived - {signal.SIGCHLD})

    def _own_descriptors(self) -> Iterator[int]:
        yield from (key.fd for key in self._selector.get_map().values())
        yield self._wake_write
        if isinstance(self._selector, selectors.EpollSelector):
            yield self._selector.fileno()

    def _wait(self, patience: Optional[float]) -> Optional[float]:
        """Returns how long nothing needs to be done, in seconds; None for ever."""
        now = time.monotonic()
        times = [] if patience is None else [patience]
        for child in self.running:
            times += [each - now for each in (child.deadline, child.kill_at) if each is not None]
        return max(0.0, min(times)) if times else None

    def _signals(self) -> bytes:
        with contextlib.suppress(BlockingIOError):
            return os.read(self._wake_read, 4096)
        return b""

    def _hear(self, child: Child) -> None:
        if children.read_answer(child):
            self.unlisten(child.answer_fd)

    def _collect(self) -> None:
        """Passes on how children have ended, after all that they have left running is ended too."""
        for watched in list(self._watched.values()):
            child = watched.child
            if not children.has_ended(child):
                continue
            self.unlisten(child.answer_fd)
            del self._watched[child.pid]
            ended = children.reap(child)
            children.end_orphans(self._watched)
            watched.then(child, ended)

    def _keep_deadlines(self) -> None:
        """Stops children whose time is over, and kills those that were asked in vain."""
        now = time.monotonic()
        for child in self.running:
            if child.deadline is not None and now >= child.deadline:
                child.deadline = None
                if child.stopped is None:
                    self.stop(child, "timed_out", TIMEOUT_GRACE)
            if child.kill_at is not None and now >= child.kill_at:
                child.kill_at = None
                children.kill(child)


def _only_wake(_number: int, _frame: Optional[FrameType]) -> None:
    """A handler, since the wake-up descriptor is told of handled signals only."""
