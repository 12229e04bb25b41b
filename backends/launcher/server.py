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

import pydantic

from tfxc.backends.launcher import children, environment, outcome, warm
from tfxc.backends.launcher.children import Child, Ended
from tfxc.backends.launcher.messages import (
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

TIMEOUT_GRACE = 10.0
"""Seconds that a node that timed out gets to stop by itself."""
GOODBYE_GRACE = 4.0
"""Seconds that children get when the client is gone."""
SETTLE_LIMIT = 30.0
"""Seconds that marking a killed node's execution may take."""

_REQUEST: pydantic.TypeAdapter[Request] = pydantic.TypeAdapter(Request)


@dataclass
class _Task:
    """A child and what it works on. ``then`` gets its answer when it has ended."""

    child: Child
    request: Any
    then: Callable[[_Task, Ended], None]


class Server:
    """The event loop. ``requests`` and ``replies`` are descriptors of JSON lines."""

    def __init__(self, requests: int, replies: int) -> None:
        self._requests = requests
        self._replies = replies
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = os.pipe()
        self._tasks: dict[int, _Task] = {}
        self._runs: dict[str, bytes] = {}
        self._unread = bytearray()
        self._leaving: Optional[float] = None

    def run(self) -> int:
        """Imports TFX, says so, and serves until the client is gone. Returns the exit code."""
        began = time.monotonic()
        try:
            warm.import_tfx()
        except ImportError as error:
            self._fail(0, warm.cannot_import(error))
            return 1
        environment.stop_watching_client()
        for descriptor in (self._wake_read, self._wake_write, self._requests):
            os.set_blocking(descriptor, False)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: self._leave())
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._selector.register(self._requests, selectors.EVENT_READ)
        self._selector.register(self._wake_read, selectors.EVENT_READ)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        self._reply(ReadyReply(seconds=time.monotonic() - began, peak_memory=peak))
        while self._leaving is None or self._tasks:
            self._turn()
        return 0

    def _turn(self) -> None:
        """Waits for something to happen, or for the next deadline, and deals with it."""
        for key, _ in self._selector.select(self._patience()):
            if key.fd == self._requests:
                self._read_requests()
            elif key.fd == self._wake_read:
                with contextlib.suppress(BlockingIOError):
                    while os.read(self._wake_read, 4096):
                        pass
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

    def _read_requests(self) -> None:
        """Reads and carries out the requests that have arrived; end of file means goodbye."""
        try:
            chunk = os.read(self._requests, 1 << 16)
        except BlockingIOError:
            return
        if not chunk:
            self._selector.unregister(self._requests)
            self._leave()
            return
        self._unread += chunk
        *lines, rest = bytes(self._unread).split(b"\n")
        self._unread = bytearray(rest)
        for line in lines:
            if line.strip():
                self._accept(line)

    def _accept(self, line: bytes) -> None:
        """Carries out one request."""
        try:
            request = _REQUEST.validate_json(line)
        except pydantic.ValidationError as error:
            first = error.errors()[0]["msg"]
            self._reply(ErrorReply(id=0, error=LaunchError(message=f"not a request: {first}")))
            return
        if isinstance(request, ShutdownRequest):
            self._leave()
        elif isinstance(request, CancelRequest):
            self._cancel(request)
        elif self._leaving is not None:
            self._fail(request.id, "the launcher is shutting down.")
        elif isinstance(request, OpenRequest):
            self._start(request, lambda: _work().answer_open(request.context), None, self._opened)
        else:
            self._start_in_run(request)

    def _start_in_run(self, request: Union[NodeRequest, SummaryRequest, IrRequest]) -> None:
        """Starts a child that works on an opened run."""
        content = self._runs.get(request.run_id)
        if content is None:
            self._fail(request.id, f"no run `{request.run_id}` is open.")
        elif isinstance(request, NodeRequest):
            task = self._start(
                request,
                lambda: _work().answer_node(content, request.node, request.threads),
                request.log,
                self._node_ended,
            )
            if task is not None:
                self._reply(StartedReply(id=request.id, pid=task.child.pid))
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
        close = [self._requests, self._replies, self._wake_read, self._wake_write]
        close += [task.child.answer_fd for task in self._tasks.values()]
        if isinstance(self._selector, selectors.EpollSelector):
            close.append(self._selector.fileno())
        try:
            child = children.fork(work, log, close, time.monotonic())
        except OSError as error:
            self._fail(request.id, f"no process could be started: {error.strerror}.")
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
        self._reply(DoneReply(id=request.id))

    def _stop(self, task: _Task, grace: float) -> None:
        """Asks a child to stop, and sets when it is killed if it does not."""
        children.terminate(task.child)
        moment = time.monotonic() + grace
        task.child.kill_at = moment if task.child.kill_at is None else min(moment, task.child.kill_at)

    def _leave(self) -> None:
        """Stops all children; the loop ends when they are gone."""
        if self._leaving is not None:
            return
        self._leaving = time.monotonic()
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
        answer = outcome.answer_of(ended)
        if isinstance(answer, LaunchError):
            self._reply(ErrorReply(id=task.request.id, error=answer))
        else:
            self._runs[task.request.context.run_id] = answer
            self._reply(DoneReply(id=task.request.id))

    def _answered(self, task: _Task, ended: Ended) -> None:
        """Passes on an answer that is JSON."""
        answer = outcome.answer_of(ended)
        if isinstance(answer, LaunchError):
            self._reply(ErrorReply(id=task.request.id, error=answer))
        else:
            self._reply(DoneReply(id=task.request.id, data=json.loads(answer)))

    def _summarised(self, task: _Task, ended: Ended) -> None:
        """Passes on a summary."""
        answer = outcome.answer_of(ended)
        if isinstance(answer, LaunchError):
            self._reply(ErrorReply(id=task.request.id, error=answer))
        else:
            self._reply(SummaryReply(id=task.request.id, summary=RunSummary.model_validate_json(answer)))

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
            self._reply(reply)
            return
        reason = result.error.message if result.error is not None else "stopped"
        settling = self._start(
            request,
            lambda: _work().answer_settle(content, request.node, reason),
            request.log,
            lambda _task, _ended: self._reply(reply),
        )
        if settling is None:
            self._reply(reply)
        else:
            settling.child.stopped = "cancelled"
            settling.child.kill_at = time.monotonic() + SETTLE_LIMIT

    def _fail(self, identifier: int, message: str) -> None:
        """Tells the client that a request could not be carried out."""
        self._reply(ErrorReply(id=identifier, error=LaunchError(message=message)))

    def _reply(self, reply: Reply) -> None:
        """Sends one line. A client that is gone hears nothing, and that is no error."""
        view = memoryview(reply.model_dump_json().encode() + b"\n")
        with contextlib.suppress(BrokenPipeError):
            while view:
                view = view[os.write(self._replies, view) :]


def _work() -> Any:
    """Returns the module that only children may use."""
    from tfxc.backends.launcher import work

    return work
