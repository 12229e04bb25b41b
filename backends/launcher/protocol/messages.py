"""What the launcher's server and its client say to each other: one JSON object a line.

The client sends a `Request`; the server answers with `Reply` lines that carry the request's ``id``.
``open``, ``dry_run``, ``summary`` and ``ir`` get exactly one reply; ``node`` gets ``started`` and then
``finished``. When the client goes away (end of file on standard input, even by SIGKILL) the server
terminates its children and exits.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Optional, Union

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

FINAL_STATE = "TFXC_FINAL_STATE"
"""Environment variable of an ``on_exit`` node: how the nodes before it ended, a `FinalState`."""
FinalState = Literal["succeeded", "failed"]
NodeState = Literal["succeeded", "cached", "skipped", "failed", "timed_out", "cancelled"]


class Message(BaseModel):
    """Base of all messages: frozen, unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


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
    """Reads from MLMD and the artifacts what a run's summary needs."""

    request: Literal["summary"] = "summary"
    id: int
    run_id: str


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


def _encodable(text: object) -> object:
    """Writes out what UTF-8 cannot hold: lone surrogates, of file names that are no UTF-8, say."""
    return text.encode("utf-8", "backslashreplace").decode() if isinstance(text, str) else text


Printable = Annotated[str, BeforeValidator(_encodable)]


class LaunchError(Message):
    """Why something failed: one sentence for the user, the exception's type, and the last frames
    of the traceback that are the user's own."""

    message: Printable
    exception: Printable = ""
    traceback: Printable = ""


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

    ``container`` is given where the driver of a container succeeded: what is to be started now.
    """

    node: str
    state: NodeState
    seconds: float
    peak_memory: int = 0
    execution_id: Optional[int] = None
    artifacts: tuple[Artifact, ...] = ()
    error: Optional[LaunchError] = None
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


class Metric(Message):
    """One metric of one slice; ``slice`` is ``Overall`` or ``feature:value, …``."""

    slice: str
    name: str
    value: Optional[Union[float, str]]


class EvaluationSummary(Message):
    """What an Evaluator found. ``failures`` says which threshold failed, with value and slice;
    ``empty_slices`` are slicing specs that no example is in; ``plots`` are the plots that it made, by the
    names of TFMA's metrics, and ``plotted_slices`` is how many slices they are of."""

    node: str
    blessed: Optional[bool]
    metrics: tuple[Metric, ...]
    failures: tuple[str, ...] = ()
    baseline: bool = False
    empty_slices: tuple[str, ...] = ()
    plots: tuple[str, ...] = ()
    plotted_slices: int = 0


class AnomalySummary(Message):
    """An anomaly that a validator found in a split, or in a pair of splits (``split_baseline``).

    ``span`` is that of the data, if they have one.
    """

    node: str
    split: str
    feature: str
    severity: str
    description: str
    span: Optional[int] = None


class ModelSummary(Message):
    """Whether a model that a node made can be served by TensorFlow Serving. ``servable`` is None where
    that is not known, or the node does not ask for it; ``reason`` says why not, or why it is not known."""

    node: str
    output: str
    servable: Optional[bool]
    reason: str = ""


class PushSummary(Message):
    """What a Pusher did. ``destination`` is None when nothing was pushed; ``reason`` says why, or that what
    was pushed is not there any more. Of a model that was registered it is ``models:/NAME/VERSION``, and
    ``alias`` the alias that this version was given."""

    node: str
    pushed: bool
    destination: Optional[str] = None
    reason: str = ""
    alias: Optional[str] = None


class AlertSummary(Message):
    """What an Alert did. ``sent_to`` are the ways that it was sent (``webhook``, ``slack``, ``email``), none
    where it was not; ``reason`` says why not, or what of it went wrong."""

    node: str
    sent_to: tuple[str, ...] = ()
    reason: str = ""


class TriggerSummary(Message):
    """What a PipelineTrigger did. ``run`` is the id of the run that it started, None where it started none,
    and ``where`` what that belongs to, in words; ``reason`` says why it did or did not."""

    node: str
    run: Optional[str] = None
    where: str = ""
    reason: str = ""


class FailedNode(Message):
    """A node that failed, and the sentence that says why."""

    node: str
    error: str


MOST_FEATURES = 500
"""Of more features, summaries have those with the most missing values."""
TOP_VALUES = 5
LONGEST_VALUE = 60
"""How many of the frequent texts of a feature a summary has, and how many characters of each."""


class FeatureStatistics(Message):
    """One feature of a split. ``count`` examples have it, ``missing`` do not; ``top`` is the most
    frequent texts and how often they are there. What its type does not have is None."""

    name: str
    type: str
    count: int
    missing: int
    mean: Optional[float] = None
    std_dev: Optional[float] = None
    min: Optional[float] = None
    median: Optional[float] = None
    max: Optional[float] = None
    zeros: Optional[int] = None
    unique: Optional[int] = None
    top: tuple[tuple[str, float], ...] = ()


class StatisticsSummary(Message):
    """What a node that computes statistics found in a split (``""``: all of what it read).

    ``features`` are those with the most missing values where there are very many, ``feature_count`` is how
    many there are.
    """

    node: str
    output: str
    split: str
    examples: int
    features: tuple[FeatureStatistics, ...]
    feature_count: int = 0


class RunSummary(Message):
    """What a run found out, beside the states of its nodes."""

    evaluations: tuple[EvaluationSummary, ...] = ()
    anomalies: tuple[AnomalySummary, ...] = ()
    models: tuple[ModelSummary, ...] = ()
    pushes: tuple[PushSummary, ...] = ()
    statistics: tuple[StatisticsSummary, ...] = ()
    alerts: tuple[AlertSummary, ...] = ()
    triggers: tuple[TriggerSummary, ...] = ()
    notes: tuple[str, ...] = ()
    """what could not be read, one sentence each"""


class SummaryReply(Message):
    """The answer to ``summary``."""

    reply: Literal["summary"] = "summary"
    id: int
    summary: RunSummary


Reply = Union[ReadyReply, DoneReply, ErrorReply, StartedReply, FinishedReply, DryRunReply, SummaryReply]
