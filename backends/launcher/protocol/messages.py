"""What the launcher's server and its client say to each other: one JSON object a line.

The client sends a `Request`; the server answers with `Reply` lines that carry the request's ``id``.
``open``, ``dry_run``, ``summary`` and ``ir`` get exactly one reply; ``node`` gets ``started`` and then
``finished``. When the client goes away (end of file on standard input, even by SIGKILL) the server
terminates its children and exits.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Literal, Optional, Union

from pydantic import Field, TypeAdapter

from tfxc.backends.launcher.protocol.message import LaunchError, Message, Printable
from tfxc.backends.launcher.protocol.summaries import RunSummary

FINAL_STATE = "TFXC_FINAL_STATE"
"""Environment variable of an ``on_exit`` node: how the nodes before it ended, a `FinalState`."""
FinalState = Literal["succeeded", "failed"]
NodeState = Literal["succeeded", "cached", "skipped", "failed", "timed_out", "cancelled"]


class RunContext(Message):
    """One run of one Plan: what the launcher must know beside the Plan itself.

    ``base_folder`` is where relative paths start, ``modules_folder`` where the Plan's module
    folders 0, 1, … lie; both absolute. ``nodes`` limits the run to some nodes (None: all); what the
    others would produce is taken from the latest earlier run that has it. ``dead_runs`` are ids of
    earlier runs that did not end and of which nothing is alive. ``dry_run_folder`` makes it a dry run: a copy
    of the metadata store is worked on in that folder, and nothing is written outside of it.
    """

    plan: str
    base_folder: str
    modules_folder: str
    run_id: str
    run_date: str
    parameters: dict[str, Any] = Field(default_factory=dict)
    nodes: Optional[tuple[str, ...]] = None
    cache: bool = True
    dead_runs: tuple[str, ...] = ()
    dry_run_folder: Optional[str] = None


class OpenRequest(Message):
    """Builds and keeps the TFX IR of a run. Every other request of this run names its ``run_id``."""

    request: Literal["open"] = "open"
    id: int
    context: RunContext


ContainerPhase = Literal["driver", "publisher", "failure"]
CONTAINER_FAILURE = "TFXC_CONTAINER_FAILURE"
"""Environment variable of the phase ``failure``: what is known of why the container failed."""


class ContainerCall(Message):
    """The command of a container that is to be started now, with all that it refers to filled in."""

    command: tuple[str, ...]
    args: tuple[str, ...]


class NodeRequest(Message):
    """Runs one node in a child. ``log`` gets all that the child prints; ``threads`` caps the thread
    pools of TensorFlow and its like (None: no cap). ``final_state`` is given to the ``on_exit`` node.

    ``phase`` is for a container that the orchestrator starts itself: what comes before it, after it, or
    after its failure."""

    request: Literal["node"] = "node"
    id: int
    run_id: str
    node: str
    log: str
    threads: Optional[int] = None
    timeout: Optional[float] = None
    final_state: Optional[FinalState] = None
    phase: Optional[ContainerPhase] = None


class DryRunRequest(Message):
    """Asks what running a node would do now, in a run that was opened as a dry one. Of a node whose inputs
    are not there yet it is only known whether the values of this run skip it: ``has_inputs`` is false."""

    request: Literal["dry_run"] = "dry_run"
    id: int
    run_id: str
    node: str
    has_inputs: bool = True


class CancelRequest(Message):
    """Stops the child of an earlier request: SIGTERM, and SIGKILL after ``grace`` seconds."""

    request: Literal["cancel"] = "cancel"
    id: int
    target: int
    grace: float = 10.0


class SummaryRequest(Message):
    """Reads from MLMD and the artifacts what a run's summary needs.

    The examinations of its models are waited for; ``at_once`` ends them.
    """

    request: Literal["summary"] = "summary"
    id: int
    run_id: str
    at_once: bool = False


class IrRequest(Message):
    """Asks for TFX's IR of an opened run, as JSON."""

    request: Literal["ir"] = "ir"
    id: int
    run_id: str


class CopyRequest(Message):
    """Copies the small files of artifacts from where TFX can read them to folders of this machine.

    ``folders``: URI → folder, which is made. What cannot be copied is not there; the answer's ``data`` says
    why, by URI.
    """

    request: Literal["copy"] = "copy"
    id: int
    folders: dict[str, str]


class ShutdownRequest(Message):
    """Ends the server; running children are cancelled first."""

    request: Literal["shutdown"] = "shutdown"
    id: int


Request = Union[
    OpenRequest,
    NodeRequest,
    DryRunRequest,
    CancelRequest,
    SummaryRequest,
    IrRequest,
    CopyRequest,
    ShutdownRequest,
]


class Artifact(Message):
    """An artifact that a node produced or re-used."""

    output: str
    artifact_type: str
    id: int
    uri: str
    properties: dict[str, Any] = Field(default_factory=dict)


class ReadyReply(Message):
    """The server has imported TFX. Sent once, unasked, with id 0."""

    reply: Literal["ready"] = "ready"
    id: int = 0
    seconds: float
    peak_memory: int


class DoneReply(Message):
    """An ``open``, ``cancel``, ``ir`` or ``copy`` was carried out. ``data`` is the IR for ``ir``."""

    reply: Literal["done"] = "done"
    id: int
    data: Optional[Any] = None


class ErrorReply(Message):
    """A request could not be carried out."""

    reply: Literal["error"] = "error"
    id: int
    error: LaunchError


class StartedReply(Message):
    """The child of a ``node`` request runs."""

    reply: Literal["started"] = "started"
    id: int
    pid: int


class NodeResult(Message):
    """How one node ended. ``peak_memory`` in bytes; ``execution_id`` is MLMD's.

    ``unexamined`` says that a model of its outputs is still to be examined. ``container`` is given where the
    driver of a container succeeded: what is to be started now.
    """

    node: str
    state: NodeState
    seconds: float
    peak_memory: int = 0
    execution_id: Optional[int] = None
    artifacts: tuple[Artifact, ...] = ()
    error: Optional[LaunchError] = None
    unexamined: bool = False
    container: Optional[ContainerCall] = None


class EarlierExecution(Message):
    """An execution of an earlier run; ``run_id`` is empty where that is not known."""

    execution_id: int
    run_id: str = ""


class PropertyChange(Message):
    """An execution property, or a property of what is put out, that is another than it was: both as text,
    None where there was none."""

    name: str
    old: Optional[str]
    new: Optional[str]


class DryRunResult(Message):
    """What running a node would do, and what that depends on.

    ``reason`` says why it is skipped or fails. ``earlier`` is what a cached node takes its outputs from; of
    one that runs, its latest success, which the rest compares with: ``changes`` are values that are others,
    ``new_inputs`` the inputs that are other artifacts, ``refused`` says of outputs that the cache has under
    the node's very key why they are not taken. ``looks_in_cache`` is false where the cache is off.
    """

    node: str
    state: Literal["cached", "runs", "skipped", "fails"]
    reason: Printable = ""
    earlier: Optional[EarlierExecution] = None
    looks_in_cache: bool = True
    changes: tuple[PropertyChange, ...] = ()
    new_inputs: tuple[str, ...] = ()
    refused: tuple[Printable, ...] = ()


class DryRunReply(Message):
    """The answer to ``dry_run``."""

    reply: Literal["dry_run"] = "dry_run"
    id: int
    result: DryRunResult


class FinishedReply(Message):
    """The child of a ``node`` request is over and reaped, and MLMD says so too."""

    reply: Literal["finished"] = "finished"
    id: int
    result: NodeResult


class SummaryReply(Message):
    """The answer to ``summary``."""

    reply: Literal["summary"] = "summary"
    id: int
    summary: RunSummary


Reply = Union[ReadyReply, DoneReply, ErrorReply, StartedReply, FinishedReply, DryRunReply, SummaryReply]


@cache
def _replies() -> TypeAdapter[Reply]:
    return TypeAdapter(Reply)


def read_reply(line: bytes) -> Reply:
    """Returns the reply in a line. Raises pydantic.ValidationError."""
    return _replies().validate_json(line)
