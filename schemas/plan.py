"""The Plan: what a spec lowers to, and all that a backend or the launcher ever sees of it.

A Plan is frozen, ordered and JSON-serialisable. It names nothing of the machine that compiled it:
paths are relative to the spec's folder (in a bundle: to the bundle's folder), and values that are
known only at run time stay symbolic.

The values that are only known at run time are in the forms of `tfxc.schemas.plan_values`; the launcher
resolves them before it builds TFX objects.
"""

from typing import Annotated, Literal, Optional, Union

from pydantic import BaseModel, ConfigDict, Field

from tfxc.schemas.choices import COMPLETED as COMPLETED
from tfxc.schemas.choices import SUCCEEDED as SUCCEEDED
from tfxc.schemas.choices import ParameterType as ParameterType
from tfxc.schemas.choices import TriggerStrategy as TriggerStrategy
from tfxc.schemas.plan_values import JsonValue as JsonValue


class PlanModel(BaseModel):
    """Base of everything in the Plan: frozen, and strict about keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class PlanParameter(PlanModel):
    """A run-time parameter. Without a default (``required``) every run must give a value."""

    name: str
    type: ParameterType
    required: bool
    default: Optional[Union[bool, int, float, str]] = None
    description: str = ""
    minimum: Optional[Union[int, float]] = None
    maximum: Optional[Union[int, float]] = None
    choices: tuple[Union[int, float, str], ...] = ()
    pattern: Optional[str] = None


class PlanChannel(PlanModel):
    """Artifacts that a node reads: one output of another node of this pipeline."""

    node: str
    output: str
    artifact_type: str


class PlanQuery(PlanModel):
    """Artifacts that a Resolver looks for in MLMD: all of a type in this pipeline's past runs."""

    artifact_type: str


class PlanArgument(PlanModel):
    """One constructor argument that is not a channel.

    ``proto`` names the protobuf message that the value is the JSON form of, and ``proto_module`` the
    Python module that registers it; the launcher parses it strictly. ``kind`` ``stats_options`` is a
    JSON form of TFDV's StatsOptions; ``artifact_type`` is the name of an artifact type; ``value`` is
    passed as it is.
    """

    kind: Literal["value", "proto", "stats_options", "artifact_type"] = "value"
    proto: Optional[str] = None
    proto_module: Optional[str] = None
    value: JsonValue


class PlanModule(PlanModel):
    """The user's Python code of one node.

    ``folder`` indexes `Plan.modules`; ``import_name`` is what to import with that folder first on
    ``sys.path``. With ``folder`` None the module comes from the environment's installed packages.
    """

    folder: Optional[int]
    import_name: str


class PlanModuleFolder(PlanModel):
    """A folder of the user's Python files.

    ``source`` is the folder relative to the spec; ``files`` are relative to it, sorted, with
    forward slashes. In a bundle they lie under ``modules/<index>/``. ``sha256`` covers names and
    contents, and is part of the cache key of every node that uses the folder.
    """

    source: str
    files: tuple[str, ...]
    sha256: str


class StandardComponent(PlanModel):
    """A component of TFX's own, by its name in `tfx.components` and its import path."""

    kind: Literal["standard"] = "standard"
    type: str
    class_path: str
    """``package.module:Class``"""


class PythonComponent(PlanModel):
    """A TFX ``@component`` function (or component class) of the user's."""

    kind: Literal["python"] = "python"
    type: str
    module: PlanModule
    function: str


class ResolverComponent(PlanModel):
    """A TFX Resolver node."""

    kind: Literal["resolver"] = "resolver"
    type: Literal["Resolver"] = "Resolver"
    strategy_class: str
    """``package.module:Class``"""
    config: dict[str, JsonValue] = Field(default_factory=dict)


class ImporterComponent(PlanModel):
    """A TFX Importer node."""

    kind: Literal["importer"] = "importer"
    type: Literal["Importer"] = "Importer"


PlanComponent = Annotated[
    Union[StandardComponent, PythonComponent, ResolverComponent, ImporterComponent],
    Field(discriminator="kind"),
]


class ArtifactOperand(PlanModel):
    """A property of the first artifact of a channel.

    ``field`` is ``property``, ``custom_property`` (both with ``name``), ``uri`` or ``value``.
    """

    node: str
    output: str
    artifact_type: str
    field: Literal["property", "custom_property", "uri", "value"]
    name: Optional[str] = None


class ValueOperand(PlanModel):
    """A literal or a reference in a condition."""

    value: JsonValue


Operand = Union[ArtifactOperand, ValueOperand]


class Comparison(PlanModel):
    """``left operator right``."""

    operator: Literal["==", "!=", "<", "<=", ">", ">="]
    left: Operand
    right: Operand


class Logical(PlanModel):
    """``and``, ``or`` (two terms or more) or ``not`` (one)."""

    operator: Literal["and", "or", "not"]
    terms: "tuple[Condition, ...]"


class Truth(PlanModel):
    """A condition that is one boolean reference or literal."""

    truth: JsonValue


Condition = Union[Comparison, Logical, Truth]


class Accelerator(PlanModel):
    """Accelerators of one node: the resource name that the cluster knows, and how many."""

    type: str
    count: int = 1


class Resources(PlanModel):
    """What one node asks for. ``cpu`` in cores, ``memory`` in bytes."""

    cpu: Optional[float] = None
    memory: Optional[int] = None
    accelerator: Optional[Accelerator] = None


class PlanExecution(PlanModel):
    """How one node is run. Durations are in seconds."""

    retries: int = 0
    retry_delay: float = 0.0
    retry_exponential_backoff: bool = False
    timeout: Optional[float] = None
    cache: bool = True
    check_model: bool = True
    """whether a model that it makes is tried as a server would, and one that it pushes must pass"""
    trigger_strategy: TriggerStrategy = "ALL_UPSTREAM_NODES_SUCCEEDED"
    resources: Resources = Field(default_factory=Resources)
    beam_pipeline_args: Optional[tuple[JsonValue, ...]] = None
    env: dict[str, JsonValue] = Field(default_factory=dict)


class PlanNode(PlanModel):
    """One node. ``upstream`` is every node that must be over before this one starts: producers of
    its inputs, of artifacts its condition reads, and ``depends_on``; sorted in the Plan's order."""

    id: str
    description: str = ""
    component: PlanComponent
    inputs: dict[str, tuple[Union[PlanChannel, PlanQuery], ...]] = Field(default_factory=dict)
    arguments: dict[str, PlanArgument] = Field(default_factory=dict)
    outputs: dict[str, str] = Field(default_factory=dict)
    """output key → artifact type name"""
    module: Optional[PlanModule] = None
    """the module of ``module_file`` (a standard component's user code)"""
    when: Optional[Condition] = None
    upstream: tuple[str, ...] = ()
    execution: PlanExecution = Field(default_factory=PlanExecution)


class SqliteMetadata(PlanModel):
    """MLMD in a SQLite file."""

    kind: Literal["sqlite"] = "sqlite"
    path: JsonValue


class ServerMetadata(PlanModel):
    """MLMD in a database server. Values may be references (a password is ``env.NAME``)."""

    kind: Literal["mysql", "postgresql"]
    host: JsonValue
    port: JsonValue = None
    database: JsonValue
    user: JsonValue
    password: JsonValue = None


class GrpcMetadata(PlanModel):
    """MLMD behind its gRPC server."""

    kind: Literal["grpc"] = "grpc"
    host: JsonValue
    port: JsonValue


PlanMetadata = Annotated[Union[SqliteMetadata, ServerMetadata, GrpcMetadata], Field(discriminator="kind")]


class Plan(PlanModel):
    """A whole pipeline, its nodes in topological order (ties in the spec's order)."""

    format: Literal["tfxc.plan/1"] = "tfxc.plan/1"
    name: str
    description: str = ""
    parameters: tuple[PlanParameter, ...] = ()
    pipeline_root: JsonValue
    metadata: PlanMetadata
    beam_pipeline_args: tuple[JsonValue, ...] = ()
    nodes: tuple[PlanNode, ...]
    on_exit: Optional[str] = None
    """a node that runs after all the others whatever became of them"""
    modules: tuple[PlanModuleFolder, ...] = ()
    backends: dict[str, dict[str, JsonValue]] = Field(default_factory=dict)
    """the settings of each backend, as the spec has them; a backend validates its own"""

    def node(self, node_id: str) -> PlanNode:
        """Returns the node of that id. Raises KeyError if there is none."""
        for node in self.nodes:
            if node.id == node_id:
                return node
        raise KeyError(node_id)

    def to_json(self) -> str:
        """Returns the Plan as indented JSON with a final newline: the same Plan, the same text."""
        return self.model_dump_json(indent=2, exclude_defaults=False) + "\n"


def load_plan(text: str) -> Plan:
    """Reads a Plan from its JSON. Raises pydantic.ValidationError if it is not one."""
    return Plan.model_validate_json(text)
