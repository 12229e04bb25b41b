"""The document that a user writes, without the insides of its components.

A component's own keys depend on its ``type``: `tfxc.schemas.components.component_model` has them.
The models describe plain values: wherever a spec may hold a ``{{ … }}`` reference, the compiler
validates a value of the reference's type in its place.
"""

from typing import Annotated, Any, Optional

from pydantic import BaseModel, Field, StringConstraints

from tfxc.schemas.components.markers import ArtifactTypeName, FilePath
from tfxc.schemas.execution import Execution
from tfxc.schemas.fields import NameInTfx, OneOf
from tfxc.schemas.parameters import Parameter
from tfxc.schemas.serving import Serving
from tfxc.schemas.strict import STRICT
from tfxc.schemas.tfx_lines import TFX_LINES

VERSION = 1
DEFAULT_PIPELINE_ROOT = "runs"
DEFAULT_METADATA_PATH = "runs/metadata.sqlite"

NAME_LENGTH = 63
PIPELINE_NAME_PATTERN = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"
"""What Kubeflow's pipeline names take, the narrowest of all."""
COMPONENT_ID_PATTERN = r"^[a-z][a-z0-9_]*$"
PARAMETER_NAME_PATTERN = r"^[A-Za-z_][A-Za-z0-9_]*$"
ENVIRONMENT_NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"

PipelineName = Annotated[str, StringConstraints(pattern=PIPELINE_NAME_PATTERN, max_length=NAME_LENGTH)]
ComponentId = Annotated[str, StringConstraints(pattern=COMPONENT_ID_PATTERN, max_length=NAME_LENGTH)]
ParameterName = Annotated[str, StringConstraints(pattern=PARAMETER_NAME_PATTERN, max_length=NAME_LENGTH)]
EnvironmentName = Annotated[str, StringConstraints(pattern=ENVIRONMENT_NAME_PATTERN, max_length=NAME_LENGTH)]
RawMapping = dict[str, Any]
"""A part of the document that another model, chosen by what it says, validates."""


class SpecModel(BaseModel):
    """Base of the document's models: unknown keys are errors, and nothing is converted."""

    model_config = STRICT


class Sqlite(SpecModel):
    """ML Metadata in a SQLite file: for one machine."""

    path: Annotated[str, FilePath()] = Field(
        min_length=1, description="The database file; it and its folder are made if they are not there."
    )


class DatabaseServer(SpecModel):
    """ML Metadata in a database server."""

    host: str = Field(min_length=1, description="The server's name or address.")
    port: Optional[int] = Field(
        default=None, ge=1, le=65535, description="The server's port; 3306 for MySQL, 5432 for PostgreSQL."
    )
    database: str = Field(min_length=1, description="The database's name. MLMD makes its tables itself.")
    user: str = Field(min_length=1, description="The user to connect as.")
    password: Optional[str] = Field(
        default=None,
        description="The user's password: refer to `{{ env.NAME }}`, which is read where the node runs.",
    )


class GrpcServer(SpecModel):
    """ML Metadata behind its gRPC server."""

    host: str = Field(min_length=1, description="The server's name or address.")
    port: int = Field(ge=1, le=65535, description="The server's port; Kubeflow's metadata service has 8080.")


class Metadata(SpecModel):
    """Where ML Metadata is kept: exactly one of the four."""

    sqlite: Optional[Sqlite] = Field(default=None, description="A SQLite file: for one machine.")
    mysql: Optional[DatabaseServer] = Field(default=None, description="A MySQL server.")
    postgresql: Optional[DatabaseServer] = Field(default=None, description="A PostgreSQL server.")
    grpc: Optional[GrpcServer] = Field(
        default=None, description="MLMD's own gRPC server, such as Kubeflow's."
    )


METADATA_KINDS = tuple(Metadata.model_fields)
"""The keys of ``metadata``, of which exactly one is given."""


class PipelineInput(SpecModel):
    """What a spec reads from the pipeline that includes it: a channel ``inputs.NAME`` in its components."""

    artifact_type: Annotated[str, ArtifactTypeName()] = Field(
        min_length=1, description="The type of its artifacts, such as Examples."
    )
    default: Optional[str] = Field(
        default=None,
        min_length=1,
        description="The channel of this spec that is read where nothing is given: where it runs by itself. "
        "What only that needs is left out where something is.",
    )
    description: str = Field(default="", description="What it is, for people.")


INCLUDER = "inputs"
"""What a spec's components call the pipeline around them, as a producer of artifacts."""

SHARED_KEY_PREFIX = "x-"
"""Keys beside those of a spec that stand for nothing: a place for values that anchors share."""


class Spec(SpecModel):
    """A pipeline spec.

    Keys beginning with `x-` mean nothing: they hold what YAML anchors share.
    """

    version: Annotated[int, OneOf((VERSION,))] = Field(description="The version of the spec language: 1.")
    name: PipelineName = Field(
        description="The pipeline's name: small letters, digits and hyphens, at most 63 characters. "
        "Artifacts, caches and resolvers belong to it."
    )
    tfx_name: Optional[NameInTfx] = Field(
        default=None,
        description="What ML Metadata calls the pipeline, where that is not its name: to go on with the runs "
        "of a pipeline that was written in Python.",
    )
    description: str = Field(default="", description="What the pipeline does, for people.")
    tfx: Optional[Annotated[str, OneOf(TFX_LINES)]] = Field(
        default=None,
        description='The line of TFX that the pipeline is for, in quotes: "1.16" (Python 3.10) or "1.21" '
        "(Python 3.11 to 3.13). By default what is installed where the spec is checked, or the newest.",
    )
    extends: Optional[Annotated[str, FilePath()]] = Field(
        default=None,
        min_length=1,
        description="Another spec that this one is merged over, as a JSON merge patch (RFC 7396).",
    )
    parameters: dict[ParameterName, Parameter] = Field(
        default={},
        description="Run-time parameters: `tfxc run -P name=value`, Airflow Params, Kubeflow parameters.",
    )
    inputs: dict[ParameterName, PipelineInput] = Field(
        default={},
        description="What the spec reads from another one that includes it with `type: Pipeline`; its "
        "components read the channel `inputs.NAME`.",
    )
    outputs: dict[ParameterName, str] = Field(
        default={},
        description="What the spec gives to another one that includes it: name → channel.",
    )
    pipeline_root: Annotated[str, FilePath()] = Field(
        default=DEFAULT_PIPELINE_ROOT,
        min_length=1,
        description="The folder or URI below which every node's outputs are written.",
    )
    metadata: Optional[Metadata] = Field(
        default=None,
        description="Where ML Metadata is kept; by default a SQLite file: metadata.sqlite in the "
        f"pipeline root if that is a plain local path, else {DEFAULT_METADATA_PATH}.",
    )
    beam_pipeline_args: list[str] = Field(
        default=[],
        description="Beam arguments of all components. Without a --runner they run on the DirectRunner, "
        "in the node's own process.",
    )
    cache: Optional[bool] = Field(
        default=None,
        description="Whether components take the outputs of earlier executions, where their own `execution` "
        "does not say.",
    )
    execution: Optional[Execution] = Field(
        default=None,
        description="How all components are run, key by key, where their own `execution` does not say.",
    )
    components: dict[ComponentId, RawMapping] = Field(
        min_length=1, description="The pipeline's nodes: component id → component, in any order."
    )
    ignore: list[str] = Field(
        default=[],
        description="Codes of warnings that tfxc is not to tell of in this spec, such as W705; a comment "
        "`# tfxc: ignore[W705]` does it for one line or block.",
    )
    environments: dict[EnvironmentName, RawMapping] = Field(
        default={},
        description="Variants of the pipeline: each is a JSON merge patch (RFC 7396) over all the rest, "
        "chosen with --env.",
    )
    backends: dict[str, RawMapping] = Field(
        default={}, description="Settings of the orchestrators, by the name of the backend."
    )
    serving: Optional[Serving] = Field(
        default=None, description="How the pushed model is served: what `tfxc deploy` writes."
    )
    on_exit: Optional[ComponentId] = Field(
        default=None,
        description="The id of a component that runs after all the others, whatever became of them.",
    )
