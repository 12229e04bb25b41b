"""The launcher's server: TFX imported once, one forked child for every request.

The server itself stays a process that has imported TFX and done nothing with it: only such a
process can be forked safely and again and again. It has one thread, loads no code of the user's and
opens no MLMD store. Its children do all of that.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import selectors
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Optional, Union

from tfxc.backends.launcher.processes import children, environment, outcome, warm
from tfxc.backends.launcher.processes.children import Child, Ended
from tfxc.backends.launcher.protocol.messages import (
    CancelRequest,
    DoneReply,
    ErrorReply,
    FinishedReply,
    IrRequest,
    LaunchError,
    NodeRequest,
    OpenRequest,
    ReadyReply,
    Reply,
    Request,
    RunSummary,
    ShutdownRequest,
    StartedReply,
    SummaryReply,
    SummaryRequest,
)
from tfxc.backends.launcher.protocol.wire import Wire

TIMEOUT_GRACE = 10.0
"""Seconds that a node that timed out gets to stop by itself."""
GOODBYE_GRACE = 4.0
"""Seconds that children get when the client is gone."""
SETTLE_LIMIT = 30.0
"""Seconds that marking a killed node's execution may take."""


@dataclass
class _Task:
    """A child and what it works on. ``then`` gets its answer when it has ended."""

    child: Child
    request: Any
    then: Callable[[_Task, Ended], None]


class Server:
    """The event loop. ``requests`` and ``replies`` are descriptors of JSON lines."""

    def __init__(self, requests: int, replies: int) -> None:
        self._wire = Wire(requests, replies)
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = os.pipe()
        self._tasks: dict[int, _Task] = {}
        self._runs: dict[str, bytes] = {}
        self._leaving = False

    def run(self) -> int:
        """Imports TFX, says so, and serves until the client is gone. Returns the exit code."""
        began = time.monotonic()
        try:
            warm.import_tfx()
        except ImportError as error:
            self._wire.fail(0, warm.cannot_import(error))
            return 1
        environment.stop_watching_client()
        self._wire.open()
        for descriptor in (self._wake_read, self._wake_write):
            os.set_blocking(descriptor, False)
        # A signal only wakes the loop, which reads its number from the pipe.
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._selector.register(self._wire.requests, selectors.EVENT_READ)
        self._selector.register(self._wake_read, selectors.EVENT_READ)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        self._wire.send(ReadyReply(seconds=time.monotonic() - began, peak_memory=peak))
        while not self._leaving or self._tasks:
            self._turn()
        return 0

    def _turn(self) -> None:
        """Waits for something to happen, or for the next deadline, and deals with it."""
        for key, _ in self._selector.select(self._patience()):
            if key.fd == self._wire.requests:
                for request in self._wire.receive():
                    self._accept(request)
                if self._wire.closed:
                    self._selector.unregister(self._wire.requests)
                    self._leave()
            elif key.fd == self._wake_read:
                if signal.SIGTERM in os.read(self._wake_read, 4096):
                    self._leave()
            else:
                task = self._tasks.get(key.data)
                if task is not None and children.read_answer(task.child):
                    self._selector.unregister(key.fd)
        self._reap()
        self._keep_deadlines()

    def _patience(self) -> Optional[float]:
        """Returns how long nothing needs to be done, in seconds; None for ever."""
        times = [
            moment
            for task in self._tasks.values()
            for moment in (task.child.deadline, task.child.kill_at)
            if moment is not None
        ]
        return max(0.0, min(times) - time.monotonic()) if times else None

    def _accept(self, request: Request) -> None:
        """Carries out one request."""
        if isinstance(request, ShutdownRequest):
            self._leave()
        elif isinstance(request, CancelRequest):
            self._cancel(request)
        elif self._leaving:
            self._wire.fail(request.id, "the launcher is shutting down.")
        elif isinstance(request, OpenRequest):
            self._start(request, lambda: _work().answer_open(request.context), None, self._opened)
        else:
            self._start_in_run(request)

    def _start_in_run(self, request: Union[NodeRequest, SummaryRequest, IrRequest]) -> None:
        """Starts a child that works on an opened run."""
        content = self._runs.get(request.run_id)
        if content is None:
            self._wire.fail(request.id, f"no run `{request.run_id}` is open.")
        elif isinstance(request, NodeRequest):
            task = self._start(
                request,
                lambda: _work().answer_node(content, request.node, request.threads, request.final_state),
                request.log,
                self._node_ended,
            )
            if task is not None:
                self._wire.send(StartedReply(id=request.id, pid=task.child.pid))
                if request.timeout is not None:
                    task.child.deadline = task.child.started + request.timeout
        elif isinstance(request, SummaryRequest):
            self._start(request, lambda: _work().answer_summary(content), None, self._summarised)
        else:
            self._start(request, lambda: _work().answer_ir(content), None, self._answered)

    def _start(
        self,
        request: Any,
        work: Callable[[], bytes],
        log: Optional[str],
        then: Callable[[_Task, Ended], None],
    ) -> Optional[_Task]:
        """Forks a child. Tells the client if the system refuses."""
        close = [self._wire.requests, self._wire.replies, self._wake_read, self._wake_write]
        close += [task.child.answer_fd for task in self._tasks.values()]
        if isinstance(self._selector, selectors.EpollSelector):
            close.append(self._selector.fileno())
        try:
            child = children.fork(work, log, close, time.monotonic())
        except OSError as error:
            self._wire.fail(request.id, f"no process could be started: {error.strerror}.")
            return None
        task = _Task(child=child, request=request, then=then)
        self._tasks[child.pid] = task
        self._selector.register(child.answer_fd, selectors.EVENT_READ, data=child.pid)
        return task

    def _cancel(self, request: CancelRequest) -> None:
        """Stops the child of another request; nothing happens if that is over."""
        for task in self._tasks.values():
            if task.request.id == request.target and task.child.stopped is None:
                task.child.stopped = "cancelled"
                self._stop(task, request.grace)
        self._wire.send(DoneReply(id=request.id))

    def _stop(self, task: _Task, grace: float) -> None:
        """Asks a child to stop, and sets when it is killed if it does not."""
        children.terminate(task.child)
        moment = time.monotonic() + grace
        task.child.kill_at = moment if task.child.kill_at is None else min(moment, task.child.kill_at)

    def _leave(self) -> None:
        """Stops all children; the loop ends when they are gone."""
        if self._leaving:
            return
        self._leaving = True
        for task in self._tasks.values():
            if task.child.stopped is None:
                task.child.stopped = "cancelled"
            self._stop(task, GOODBYE_GRACE)

    def _keep_deadlines(self) -> None:
        """Stops children whose time is up, and kills those that were asked in vain."""
        now = time.monotonic()
        for task in self._tasks.values():
            child = task.child
            if child.deadline is not None and now >= child.deadline:
                child.deadline = None
                if child.stopped is None:
                    child.stopped = "timed_out"
                    self._stop(task, TIMEOUT_GRACE)
            if child.kill_at is not None and now >= child.kill_at:
                child.kill_at = None
                children.kill(child)

    def _reap(self) -> None:
        """Collects children that have ended and passes on what they answered."""
        for task in list(self._tasks.values()):
            ended = children.reap(task.child)
            if ended is not None:
                with contextlib.suppress(KeyError, ValueError):
                    self._selector.unregister(task.child.answer_fd)
                del self._tasks[task.child.pid]
                task.then(task, ended)

    def _opened(self, task: _Task, ended: Ended) -> None:
        """Keeps a run that was opened."""

        def keep(body: bytes) -> Reply:
            self._runs[task.request.context.run_id] = body
            return DoneReply(id=task.request.id)

        self._pass_on(task, ended, keep)

    def _answered(self, task: _Task, ended: Ended) -> None:
        """Passes on an answer that is JSON."""
        self._pass_on(task, ended, lambda body: DoneReply(id=task.request.id, data=json.loads(body)))

    def _summarised(self, task: _Task, ended: Ended) -> None:
        """Passes on a summary."""
        self._pass_on(
            task,
            ended,
            lambda body: SummaryReply(id=task.request.id, summary=RunSummary.model_validate_json(body)),
        )

    def _pass_on(self, task: _Task, ended: Ended, reply: Callable[[bytes], Reply]) -> None:
        """Sends the reply that a child's answer makes, or the error that it answered or died with."""
        answer = outcome.answer_of(ended)
        if isinstance(answer, LaunchError):
            self._wire.send(ErrorReply(id=task.request.id, error=answer))
        else:
            self._wire.send(reply(answer))

    def _node_ended(self, task: _Task, ended: Ended) -> None:
        """Passes on how a node ended, after MLMD has been set right if its process was killed."""
        request: NodeRequest = task.request
        seconds = time.monotonic() - task.child.started
        result, settled = outcome.node_result(
            request.node, ended, task.child.stopped, request.timeout, seconds
        )
        reply = FinishedReply(id=request.id, result=result)
        content = self._runs.get(request.run_id)
        if settled or content is None:
            self._wire.send(reply)
            return
        reason = result.error.message if result.error is not None else "stopped"
        settling = self._start(
            request,
            lambda: _work().answer_settle(content, request.node, reason),
            request.log,
            lambda _task, _ended: self._wire.send(reply),
        )
        if settling is None:
            self._wire.send(reply)
        else:
            settling.child.stopped = "cancelled"
            settling.child.kill_at = time.monotonic() + SETTLE_LIMIT


def _work() -> Any:
    """Returns the module that only children may use."""
    from tfxc.backends.launcher.processes import work

    return work
