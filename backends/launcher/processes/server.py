"""The launcher's server: TFX imported once, one forked child for every request.

The server itself stays a process that has imported TFX and done nothing with it: only such a
process can be forked safely and again and again. It has one thread, loads no code of the user's and
opens no MLMD store. Its children do all of that.
"""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from typing import Any, Optional, Union

from tfxc.backends.launcher.processes import environment, outcome, warm
from tfxc.backends.launcher.processes.children import Child, Ended
from tfxc.backends.launcher.processes.examinations import Examinations
from tfxc.backends.launcher.processes.supervisor import Supervisor, Then
from tfxc.backends.launcher.protocol.message import LaunchError
from tfxc.backends.launcher.protocol.messages import (
    CancelRequest,
    CopyRequest,
    DoneReply,
    DryRunReply,
    DryRunRequest,
    DryRunResult,
    ErrorReply,
    FinishedReply,
    IrRequest,
    NodeRequest,
    NodeResult,
    OpenRequest,
    ReadyReply,
    Reply,
    Request,
    ShutdownRequest,
    StartedReply,
    SummaryReply,
    SummaryRequest,
)
from tfxc.backends.launcher.protocol.summaries import RunSummary
from tfxc.backends.launcher.protocol.wire import Wire

GOODBYE_GRACE = 4.0
"""Seconds that children get when the client is gone."""
SETTLE_LIMIT = 30.0
"""Seconds that marking a killed node's execution may take."""


class Server:
    """The event loop. ``requests`` and ``replies`` are descriptors of JSON lines."""

    def __init__(self, requests: int, replies: int) -> None:
        self._wire = Wire(requests, replies)
        self._working: dict[int, Child] = {}
        """Request → the child that works on it."""
        self._runs: dict[str, bytes] = {}
        self._leaving = False
        self._examinations = Examinations()

    def run(self) -> int:
        """Imports TFX, says so, and serves until the client is gone. Returns the exit code."""
        began = time.monotonic()
        try:
            peak = warm.import_tfx()
        except Exception as error:  # noqa: BLE001 - whatever is wrong with an environment
            self._wire.fail(0, warm.cannot_import(error))
            return 1
        finally:
            environment.stop_watching_client()
        self._wire.open()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with Supervisor([signal.SIGTERM]) as self._supervisor:
            self._supervisor.listen(self._wire.requests, self._hear)
            self._wire.send(ReadyReply(seconds=time.monotonic() - began, peak_memory=peak))
            while not self._leaving or self._supervisor.running:
                if self._supervisor.turn():
                    self._leave()
        self._wire.close()
        return 0

    def _hear(self) -> None:
        """Carries out what the client has written."""
        for request in self._wire.receive():
            self._accept(request)
        if self._wire.closed:
            self._supervisor.unlisten(self._wire.requests)
            self._leave()

    def _accept(self, request: Request) -> None:
        """Carries out one request."""
        if isinstance(request, ShutdownRequest):
            self._leave()
        elif isinstance(request, CancelRequest):
            self._cancel(request)
        elif self._leaving:
            self._wire.fail(request.id, "the launcher is shutting down.")
        elif isinstance(request, OpenRequest):
            self._start(request.id, lambda: _work().answer_open(request.context), self._opened(request))
        elif isinstance(request, CopyRequest):
            self._start(request.id, lambda: _work().answer_copy(request.folders), self._answered(request))
        else:
            self._start_in_run(request)

    def _start_in_run(self, request: Union[NodeRequest, DryRunRequest, SummaryRequest, IrRequest]) -> None:
        """Starts a child that works on an opened run."""
        content = self._runs.get(request.run_id)
        if content is None:
            self._wire.fail(request.id, f"no run `{request.run_id}` is open.")
        elif isinstance(request, NodeRequest):
            self._start_node(request, content)
        elif isinstance(request, DryRunRequest):
            self._start(request.id, lambda: _work().answer_dry_run(content, request), self._told(request))
        elif isinstance(request, SummaryRequest):
            # What is found out about models belongs to it.
            if request.at_once:
                self._examinations.stop(self._supervisor, request.run_id)
            self._examinations.after(request.run_id, lambda: self._summarise(request, content))
        else:
            self._start(request.id, lambda: _work().answer_ir(content), self._answered(request))

    def _summarise(self, request: SummaryRequest, content: bytes) -> None:
        self._start(request.id, lambda: _work().answer_summary(content), self._summarised(request))

    def _start_node(self, request: NodeRequest, content: bytes) -> None:
        examinations = self._examinations.of(request.run_id)
        child = self._start(
            request.id,
            lambda: _work().answer_node(content, request, examinations),
            lambda child, ended: self._node_ended(request, child, ended),
            log=request.log,
            timeout=request.timeout,
        )
        if child is not None:
            self._wire.send(StartedReply(id=request.id, pid=child.pid))

    def _start(
        self,
        request: int,
        work: Callable[[], bytes],
        then: Then,
        log: Optional[str] = None,
        timeout: Optional[float] = None,
    ) -> Optional[Child]:
        """Starts the child of a request. Tells the client if the system refuses."""

        def ended(child: Child, how: Ended) -> None:
            del self._working[request]
            then(child, how)

        close = (self._wire.requests, self._wire.replies)
        try:
            child = self._supervisor.start(work, log, ended, timeout=timeout, close=close)
        except OSError as error:
            self._wire.fail(request, f"no process could be started: {error.strerror}.")
            return None
        self._working[request] = child
        return child

    def _cancel(self, request: CancelRequest) -> None:
        """Stops the child of another request; nothing happens if that is over."""
        child = self._working.get(request.target)
        if child is not None and child.stopped is None:
            self._supervisor.stop(child, "cancelled", request.grace)
        self._wire.send(DoneReply(id=request.id))

    def _leave(self) -> None:
        """Stops all children; the loop ends when they are gone."""
        if self._leaving:
            return
        self._leaving = True
        for child in self._supervisor.running:
            self._supervisor.stop(child, "cancelled", GOODBYE_GRACE)

    def _opened(self, request: OpenRequest) -> Then:
        """Keeps a run that was opened."""

        def keep(body: bytes) -> Reply:
            self._runs[request.context.run_id] = body
            return DoneReply(id=request.id)

        return self._passes_on(request.id, keep)

    def _answered(self, request: Union[IrRequest, CopyRequest]) -> Then:
        """Passes on an answer that is JSON."""
        return self._passes_on(request.id, lambda body: DoneReply(id=request.id, data=json.loads(body)))

    def _summarised(self, request: SummaryRequest) -> Then:
        """Passes on a summary."""
        return self._passes_on(
            request.id,
            lambda body: SummaryReply(id=request.id, summary=RunSummary.model_validate_json(body)),
        )

    def _told(self, request: DryRunRequest) -> Then:
        """Passes on what a node would do."""
        return self._passes_on(
            request.id,
            lambda body: DryRunReply(id=request.id, result=DryRunResult.model_validate_json(body)),
        )

    def _passes_on(self, request: int, reply: Callable[[bytes], Reply]) -> Then:
        """Sends the reply that a child's answer makes, or the error that it answered or died with."""

        def ended(_child: Child, how: Ended) -> None:
            answer = outcome.answer_of(how)
            if isinstance(answer, LaunchError):
                self._wire.send(ErrorReply(id=request, error=answer))
            else:
                self._wire.send(reply(answer))

        return ended

    def _node_ended(self, request: NodeRequest, child: Child, ended: Ended) -> None:
        """Passes on how a node ended, after MLMD has been set right if its process was killed."""
        seconds = time.monotonic() - child.started
        result, settled = outcome.node_result(request.node, ended, child.stopped, request.timeout, seconds)
        reply = FinishedReply(id=request.id, result=result)
        content = self._runs.get(request.run_id)
        if settled or content is None:
            if result.unexamined and content is not None and not self._leaving:
                self._examine(request, content, result)
            self._wire.send(reply)
            return
        reason = result.error.message if result.error is not None else "stopped"
        settling = self._start(
            request.id,
            lambda: _work().answer_settle(content, request.node, reason),
            lambda _child, _ended: self._wire.send(reply),
            log=request.log,
        )
        if settling is None:
            self._wire.send(reply)
        else:
            settling.stopped = "cancelled"
            settling.kill_at = time.monotonic() + SETTLE_LIMIT

    def _examine(self, request: NodeRequest, content: bytes, result: NodeResult) -> None:
        """Has the models examined that a node has published, while those that read them work."""
        execution_id = result.execution_id
        if execution_id is not None:
            self._examinations.start(
                self._supervisor,
                request.run_id,
                lambda: _work().answer_examination(content, execution_id),
                request.log,
            )


def _work() -> Any:
    """Returns the module that only children may use."""
    from tfxc.backends.launcher.processes import work

    return work
