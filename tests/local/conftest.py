"""A launcher that plays a script, and Plans to run with it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Union

import pytest

from tfxc.backends.launcher.protocol.client import LauncherUnavailable
from tfxc.backends.launcher.protocol.message import LaunchError
from tfxc.backends.launcher.protocol.messages import (
    CancelRequest,
    DoneReply,
    DryRunReply,
    DryRunRequest,
    DryRunResult,
    ErrorReply,
    FinishedReply,
    NodeRequest,
    NodeResult,
    OpenRequest,
    ReadyReply,
    Reply,
    Request,
    StartedReply,
    SummaryReply,
    SummaryRequest,
)
from tfxc.backends.launcher.protocol.summaries import RunSummary
from tfxc.schemas.plan import Plan, PlanExecution, PlanNode, PlanParameter, SqliteMetadata, StandardComponent

Script = Union[str, NodeResult, Callable[[NodeRequest], NodeResult]]
"""How an attempt ends: a state, a whole result, or ``hangs`` (until it is cancelled)."""


class FakeLauncher:
    """Answers like the launcher's server, at once, as its script says.

    ``attempts`` gives each node's attempts in order (the last one again and again; ``succeeded`` if
    the node is not named), ``dry`` what a dry run says of a node (else ``cached``). ``requests`` is what it
    was asked.
    """

    def __init__(
        self,
        attempts: Mapping[str, Sequence[Script]] | None = None,
        summary: RunSummary | None = None,
        open_error: str = "",
        dry: Mapping[str, Any] | None = None,
    ) -> None:
        self.requests: list[Request] = []
        self.on_start: Callable[[NodeRequest], None] = lambda request: None
        self.closed_with: float | None = None
        self.dies_at: str | None = None
        self.log = Path("server.log")
        self.found_warm = False
        self.stays = 0.0
        self._attempts = {node: deque(script) for node, script in (attempts or {}).items()}
        self._summary = summary or RunSummary()
        self._open_error = open_error
        self._dry = dry or {}
        self._replies: deque[Reply] = deque([ReadyReply(seconds=1.5, peak_memory=500)])
        self._hanging: dict[int, NodeRequest] = {}
        self._last_id = 0
        self._dead = False
        self._reader, self._writer = os.pipe2(os.O_NONBLOCK)
        self._wake()

    def start(self) -> None:
        """Does nothing: it is always there."""

    def keep_warm(self, seconds: float) -> None:
        self.stays = seconds

    def new_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def fileno(self) -> int:
        return self._reader

    def close(self, grace: float = 15.0) -> None:
        self.closed_with = grace

    def poll(self, timeout: float | None = None) -> list[Reply]:
        with contextlib.suppress(BlockingIOError):
            os.read(self._reader, 4096)
        if self._dead:
            raise LauncherUnavailable(f"the launcher was killed by signal 9; its log: {self.log}")
        replies = list(self._replies)
        self._replies.clear()
        return replies

    def request(self, request: Request) -> None:
        if self._dead:
            raise LauncherUnavailable(f"the launcher was killed by signal 9; its log: {self.log}")
        self.requests.append(request)
        if isinstance(request, OpenRequest):
            if self._open_error:
                self._answer(ErrorReply(id=request.id, error=LaunchError(message=self._open_error)))
            else:
                if request.context.dry_run_folder is None:
                    store = Path(request.context.base_folder, "runs/metadata.sqlite")
                    store.parent.mkdir(parents=True, exist_ok=True)
                    store.touch()
                self._answer(DoneReply(id=request.id))
        elif isinstance(request, NodeRequest):
            self._node(request)
        elif isinstance(request, DryRunRequest):
            result = DryRunResult(node=request.node, state=self._dry.get(request.node, "cached"))
            self._answer(DryRunReply(id=request.id, result=result))
        elif isinstance(request, CancelRequest):
            self._cancel(request)
        elif isinstance(request, SummaryRequest):
            self._answer(SummaryReply(id=request.id, summary=self._summary))

    def of_kind(self, kind: type[Any]) -> list[Any]:
        """Returns the requests of a kind, in order."""
        return [request for request in self.requests if isinstance(request, kind)]

    @property
    def started(self) -> list[str]:
        """The nodes that were started, in order, once for each attempt."""
        return [request.node for request in self.of_kind(NodeRequest)]

    def _node(self, request: NodeRequest) -> None:
        Path(request.log).parent.mkdir(parents=True, exist_ok=True)
        Path(request.log).write_text(f"this is {request.node}\n", encoding="utf-8")
        self._answer(StartedReply(id=request.id, pid=12345))
        self.on_start(request)
        if self.dies_at == request.node:
            self._dead = True
            self._wake()
            return
        script = self._attempts.get(request.node)
        step = "succeeded" if not script else (script.popleft() if len(script) > 1 else script[0])
        if step == "hangs":
            self._hanging[request.id] = request
        else:
            self._answer(FinishedReply(id=request.id, result=_result(request, step)))

    def _cancel(self, request: CancelRequest) -> None:
        hanging = self._hanging.pop(request.target, None)
        if hanging is not None:
            result = NodeResult(node=hanging.node, state="cancelled", seconds=2.0)
            self._answer(FinishedReply(id=request.target, result=result))
        self._answer(DoneReply(id=request.id))

    def _answer(self, reply: Reply) -> None:
        self._replies.append(reply)
        self._wake()

    def _wake(self) -> None:
        os.write(self._writer, b"!")


def _result(request: NodeRequest, step: Script) -> NodeResult:
    if callable(step):
        return step(request)
    if isinstance(step, NodeResult):
        return step
    error = None
    if step in ("failed", "timed_out"):
        error = LaunchError(message=f"`{request.node}` failed: it is broken", exception="ValueError")
    return NodeResult(
        node=request.node,
        state=step,
        seconds=1.25,
        peak_memory=1000,
        execution_id=7,
        error=error,
    )


def node(name: str, *upstream: str, kind: str = "StatisticsGen", **execution: Any) -> PlanNode:
    """Returns a node of a Plan; keywords are its execution."""
    component = StandardComponent(type=kind, class_path=f"tfx.components:{kind}")
    return PlanNode(id=name, component=component, upstream=upstream, execution=PlanExecution(**execution))


def plan(*nodes: PlanNode, **fields: Any) -> Plan:
    """Returns a Plan of these nodes in a folder `runs`."""
    values: dict[str, Any] = {
        "name": "penguin",
        "pipeline_root": {"$path": "runs"},
        "metadata": SqliteMetadata(path={"$path": "runs/metadata.sqlite"}),
        "nodes": nodes,
        "parameters": (PlanParameter(name="steps", type="int", required=False, default=5),),
    }
    return Plan(**{**values, **fields})


@pytest.fixture
def make_node() -> Callable[..., PlanNode]:
    return node


@pytest.fixture
def make_plan() -> Callable[..., Plan]:
    return plan


@pytest.fixture
def make_launcher() -> Iterator[Callable[..., FakeLauncher]]:
    made: list[FakeLauncher] = []

    def make(*args: Any, **keywords: Any) -> FakeLauncher:
        made.append(FakeLauncher(*args, **keywords))
        return made[-1]

    yield make
    for launcher in made:
        os.close(launcher._reader)
        os.close(launcher._writer)


class RuntimeFolder:
    """A folder that a module's standby launchers have their sockets in, and nobody else's."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def processes(self) -> list[str]:
        """Returns the processes whose command names the folder."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if os.fsencode(self.path) in (process / "cmdline").read_bytes():
                    found.append(process.name)
        return found

    def end(self) -> None:
        """Kills them."""
        for process in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(process), signal.SIGKILL)


@pytest.fixture(scope="module")
def runtime_folder() -> Iterator[RuntimeFolder]:
    """Yields one, with a path that is short enough for a socket's; no process of it is left."""
    found = RuntimeFolder(Path(tempfile.mkdtemp(prefix="tfxc-", dir="/tmp")))
    yield found
    found.end()
    shutil.rmtree(found.path)
