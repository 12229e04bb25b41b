"""The Plan: what a spec lowers to, and all that a backend or the launcher ever sees of it.

A Plan is frozen, ordered and JSON-serialisable. It names nothing of the machine that compiled it:
paths are relative to the spec's folder (in a bundle: to the bundle's folder), and values that are
known only at run time stay symbolic, in the forms of `tfxc.schemas.plan_values`; the launcher resolves
them before it builds TFX objects.

Backends from outside import this module (docs/developing.md, what is stable): it also has the names of the
parts that a Plan consists of, which are defined in modules of their own.
"""

from typing import Annotated, Any, Literal, Optional, Union

from pydantic import Field, model_validator

from tfxc.schemas.choices import COMPLETED as COMPLETED
from tfxc.schemas.choices import NONE_FAILED as NONE_FAILED
from tfxc.schemas.choices import SUCCEEDED as SUCCEEDED
from tfxc.schemas.choices import ArtifactField as ArtifactField
from tfxc.schemas.choices import OnAnomaly as OnAnomaly
from tfxc.schemas.choices import ParameterType as ParameterType
from tfxc.schemas.choices import TriggerStrategy as TriggerStrategy
from tfxc.schemas.diagnostics import Path
from tfxc.schemas.plan_base import PlanModel as PlanModel
from tfxc.schemas.plan_components import ContainerComponent as ContainerComponent
from tfxc.schemas.plan_components import ImporterComponent as ImporterComponent
from tfxc.schemas.plan_components import PlanComponent as PlanComponent
from tfxc.schemas.plan_components import PlanExecutor as PlanExecutor
from tfxc.schemas.plan_components import PlanModule as PlanModule
from tfxc.schemas.plan_components import PlanModuleFolder as PlanModuleFolder
from tfxc.schemas.plan_components import PythonComponent as PythonComponent
from tfxc.schemas.plan_components import ResolverComponent as ResolverComponent
from tfxc.schemas.plan_components import StandardComponent as StandardComponent
from tfxc.schemas.plan_conditions import ArtifactOperand as ArtifactOperand
from tfxc.schemas.plan_conditions import Comparison as Comparison
from tfxc.schemas.plan_conditions import Condition as Condition
from tfxc.schemas.plan_conditions import Logical as Logical
from tfxc.schemas.plan_conditions import Operand as Operand
from tfxc.schemas.plan_conditions import Truth as Truth
from tfxc.schemas.plan_conditions import ValueOperand as ValueOperand
from tfxc.schemas.plan_metadata import GrpcMetadata as GrpcMetadata
from tfxc.schemas.plan_metadata import ManagedMetadata as ManagedMetadata
from tfxc.schemas.plan_metadata import PlanMetadata as PlanMetadata
from tfxc.schemas.plan_metadata import ServerMetadata as ServerMetadata
from tfxc.schemas.plan_metadata import SqliteMetadata as SqliteMetadata
from tfxc.schemas.plan_values import JsonValue as JsonValue

FORMAT: Literal["tfxc.plan/2"] = "tfxc.plan/2"
"""The format that this version writes and reads. It is counted on when an older tfxc would misread a Plan."""
NodeId = Annotated[str, Field(pattern=r"^[a-z0-9_][a-z0-9_.-]*$")]
"""Safe as the name of a file, a task and an MLMD context. Beam reads brackets in a path as a pattern."""


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
    """Artifacts that a node reads: one output of another node of this pipeline.

    ``optional``: the node runs without them too, as TFX lets it.
    """

    node: str
    output: str
    artifact_type: str
    optional: bool = False


class PlanQuery(PlanModel):
    """Artifacts that a Resolver looks for in MLMD: those of a type in the past runs of a pipeline.

    ``pipeline`` is another pipeline's name, None for this one. ``producer`` keeps those that one node made,
    and ``output`` those of one of its outputs. ``properties`` and ``custom_properties`` keep those with these
    values.
    """

    artifact_type: str
    pipeline: Optional[str] = None
    producer: Optional[str] = None
    output: Optional[str] = None
    properties: dict[str, JsonValue] = Field(default_factory=dict)
    custom_properties: dict[str, JsonValue] = Field(default_factory=dict)


class PlanArgument(PlanModel):
    """One constructor argument that is not a channel.

    ``proto`` names the protobuf message that the value is the JSON form of, and ``proto_module`` the
    Python module that registers it; the launcher parses it strictly. ``kind`` ``stats_options`` is a
    JSON form of TFDV's StatsOptions; ``artifact_type`` is the name of an artifact type; ``value`` is
    passed as it is; of ``symbolic`` the component gets the value of this Plan as JSON text, and fills
    the references in itself when it runs. ``execution_property`` is what TFX's IR calls it; None for an
    argument that only says what the component reads or makes.
    """

    kind: Literal["value", "proto", "stats_options", "artifact_type", "symbolic"] = "value"
    proto: Optional[str] = None
    proto_module: Optional[str] = None
    execution_property: Optional[str] = None
    value: JsonValue


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
    on_anomaly: OnAnomaly = "warn"
    """whether anomalies that it finds fail it; ``skip`` is in the conditions of the nodes that wait for it"""
    trigger_strategy: Union[TriggerStrategy, Literal["NO_UPSTREAM_NODE_FAILED"]] = (
        "ALL_UPSTREAM_NODES_SUCCEEDED"
    )
    resources: Resources = Field(default_factory=Resources)
    beam_pipeline_args: Optional[tuple[JsonValue, ...]] = None
    env: dict[str, JsonValue] = Field(default_factory=dict)


class PlanGroup(PlanModel):
    """Nodes that belong together: of one component with a matrix, or of a spec inside this one.

    ``parent`` is the group that this one lies in. A group changes nothing of what runs, or when.
    """

    id: NodeId
    label: str
    description: str = ""
    parent: Optional[str] = None


class PlanNode(PlanModel):
    """One node.

    ``id`` is safe as the name of a file, a task and an MLMD context, and ``label`` is what people are
    shown; ``origin`` is the path of the node's component in the spec's document, from which every finding
    about the node starts. Left out, they are those of a component that is one node. ``tfx_id`` is what TFX's
    IR and ML Metadata call the node where that is not its id. ``group`` is the group that it lies in.
    ``upstream`` is every node that must be over before this one starts: producers of its inputs, of artifacts
    its condition reads, and ``depends_on``; sorted in the Plan's order.
    """

    id: NodeId
    label: str
    origin: Path
    tfx_id: Optional[str] = None
    group: Optional[str] = None
    description: str = ""
    component: PlanComponent
    inputs: dict[str, tuple[Union[PlanChannel, PlanQuery], ...]] = Field(default_factory=dict)
    arguments: dict[str, PlanArgument] = Field(default_factory=dict)
    outputs: dict[str, str] = Field(default_factory=dict)
    """output key → artifact type name"""
    module: Optional[PlanModule] = None
    """the user code of a standard component: the module of ``module_file``, or of a function beside the spec
    that an import path names"""
    when: Optional[Condition] = None
    upstream: tuple[str, ...] = ()
    execution: PlanExecution = Field(default_factory=PlanExecution)

    @model_validator(mode="before")
    @classmethod
    def _is_its_component(cls, data: Any) -> Any:
        """Fills in the label and origin of a component that is one node."""
        if isinstance(data, dict) and "id" in data:
            return {"label": data["id"], "origin": ("components", data["id"]), **data}
        return data

    @property
    def id_in_tfx(self) -> str:
        """What TFX's IR and ML Metadata call the node."""
        return self.tfx_id or self.id

    def modules(self) -> tuple[PlanModule, ...]:
        """Returns the user's modules that the node needs, each once."""
        of_component: Optional[PlanModule] = None
        if isinstance(self.component, (PythonComponent, ResolverComponent)):
            of_component = self.component.module
        elif isinstance(self.component, StandardComponent) and self.component.executor is not None:
            of_component = self.component.executor.module
        return tuple(dict.fromkeys(each for each in (of_component, self.module) if each is not None))


class Plan(PlanModel):
    """A whole pipeline, its nodes in topological order (ties in the spec's order).

    ``compiled_by`` is the version of tfxc that made it. ``tfx`` is the line of TFX's versions (such as
    ``1.16``) that it was made for, None if it is the same for all. ``tfx_name`` is what TFX's IR and ML
    Metadata call the pipeline where that is not its name.
    """

    format: Literal["tfxc.plan/2"] = FORMAT
    compiled_by: str = ""
    tfx: Optional[str] = None
    name: str
    tfx_name: Optional[str] = None
    description: str = ""
    parameters: tuple[PlanParameter, ...] = ()
    pipeline_root: JsonValue
    metadata: PlanMetadata
    beam_pipeline_args: tuple[JsonValue, ...] = ()
    nodes: tuple[PlanNode, ...]
    groups: tuple[PlanGroup, ...] = ()
    """each behind the group that it lies in"""
    on_exit: Optional[str] = None
    """a node that runs after all the others whatever became of them"""
    modules: tuple[PlanModuleFolder, ...] = ()
    backends: dict[str, dict[str, JsonValue]] = Field(default_factory=dict)
    """the settings of each backend, as the spec has them; a backend validates its own"""

    @property
    def name_in_tfx(self) -> str:
        """What TFX's IR and ML Metadata call the pipeline."""
        return self.tfx_name or self.name

    def node(self, node_id: str) -> PlanNode:
        """Returns the node of that id. Raises KeyError if there is none."""
        for node in self.nodes:
            if node.id == node_id:
                return node
        raise KeyError(node_id)

    def code_sha256(self, node: PlanNode) -> Optional[str]:
        """Returns the checksum of a node's code, and of the data that travels with it; None if it has none
        that this Plan carries."""
        modules = [module for module in node.modules() if module.folder is not None]
        found = (module.sha256 or self.modules[module.folder or 0].sha256 for module in modules)
        return "+".join(dict.fromkeys(found)) or None

    def to_json(self) -> str:
        """Returns the Plan as indented JSON with a final newline: the same Plan, the same text."""
        return self.model_dump_json(indent=2, exclude_defaults=False) + "\n"
