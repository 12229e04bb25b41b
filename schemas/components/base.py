"""What every component model has in common.

A component model mirrors one TFX constructor: its fields are the constructor's keyword arguments, and
their markers (`tfxc.schemas.components.markers`) say what tfxc does with the values. What the rest of
tfxc must know of a component as a whole are the class variables of its model.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal, Optional, Union

from pydantic import BaseModel, Field

from tfxc.schemas.components.interface import DeclaredInterface
from tfxc.schemas.components.markers import ExecutorClass, KnownBeforeRun
from tfxc.schemas.components.matrix import Matrix
from tfxc.schemas.execution import Execution
from tfxc.schemas.fields import NameInTfx
from tfxc.schemas.strict import STRICT


class Stage(Enum):
    """What components are for, in the order of a pipeline."""

    INGEST = "Bring data in"
    VALIDATE = "Describe and check data"
    TRANSFORM = "Make features"
    TRAIN = "Train"
    EVALUATE = "Evaluate"
    SERVE = "Serve"
    GOOGLE_CLOUD = "Train, predict and serve on Google Cloud"
    WATCH = "Tell of what was found"
    NODES = "Find and register artifacts"
    OWN = "Run programs of your own"
    REUSE = "Reuse other specs"


@dataclass(frozen=True)
class SplitsOf:
    """The splits of an output: those of an input, without what an argument marked ExcludesSplits names.

    ``named_in`` is the path of an argument's value that lists them instead, where it is given.
    """

    input: str
    named_in: tuple[str, ...] = ()


@dataclass(frozen=True)
class SplitsOfConfigs:
    """The splits of an output: those that an ExampleGen's ``input_config`` and ``output_config`` make."""


@dataclass(frozen=True)
class Output:
    """An output of a component: its artifact type, and when it is there (always, if None).

    ``splits`` says which splits its artifacts have; None where there are none, or no telling.
    """

    artifact_type: str
    description: str
    present: Callable[[Mapping[str, Any]], bool] | None = None
    splits: Union[SplitsOf, SplitsOfConfigs, None] = None


@dataclass(frozen=True)
class Input:
    """An input whose name depends on the arguments. ``many``: whether it takes more than one artifact."""

    artifact_type: str
    required: bool = True
    many: bool = True


ChannelReference = Union[str, list[str]]


class Component(BaseModel):
    """Base of the component models. Keys that no field names are errors.

    Class variables
        class_path: ``package.module:Class`` of the TFX class.
        kind: how the Plan has it: an executor of TFX's own, one of TFX's two nodes without any,
            or a container; a ``pipeline`` stands for the nodes of another spec.
        stage: what it is for.
        also_called: what else people call it or what it does, for suggestions.
        light: whether it runs without TensorFlow's thread pools and without a Beam pipeline, so that
            any number may run side by side.
        cached: whether what it did for the same inputs stands for it: not where it acts in the world outside.
        runs_without_skipped: whether it can do with what the nodes above give that were not skipped.
        acts_on_anomalies: whether anomalies are what it is for: `on_anomaly: skip` does not skip it.
        runs_beam: whether its executor runs a Beam pipeline, and takes Beam's arguments.
        computes_metrics: whether TFMA computes Keras metrics in its process.
        input_format: of what files its ``input_base`` holds, for those that read files: ``other`` where its
            executor decides.
        destination: paths of the values that say, together, where it pushes a model; none of one that does
            not push.
        destination_words: what two that push to the same destination share.
        acts_outside: what it does that is no file of the pipeline's own, in words; none of one that only
            makes its outputs, or whose paths can be others.
        keys_in_ir: inputs whose key in TFX's IR is another than the one of the constructor.
        outputs: output key → Output.
        other_outputs: outputs whose keys depend on the arguments, in words: key, type and description.
        rules: sentences about keys that no field and no group below says.
        exactly_one: groups of fields of which exactly one must be given.
        at_least_one: groups of fields of which at least one must be given.
        at_most_one: groups of fields of which at most one may be given.
    """

    model_config = STRICT

    class_path: ClassVar[str]
    kind: ClassVar[Literal["standard", "resolver", "importer", "container", "pipeline"]] = "standard"
    stage: ClassVar[Stage]
    also_called: ClassVar[tuple[str, ...]] = ()
    light: ClassVar[bool] = False
    cached: ClassVar[bool] = True
    acts_on_anomalies: ClassVar[bool] = False
    runs_beam: ClassVar[bool] = False
    computes_metrics: ClassVar[bool] = False
    runs_without_skipped: ClassVar[bool] = False
    input_format: ClassVar[Optional[Literal["csv", "records", "avro", "parquet", "other"]]] = None
    destination: ClassVar[tuple[tuple[str, ...], ...]] = ()
    destination_words: ClassVar[str] = "folder"
    acts_outside: ClassVar[str] = ""
    keys_in_ir: ClassVar[Mapping[str, str]] = MappingProxyType({})
    outputs: ClassVar[Mapping[str, Output]]
    other_outputs: ClassVar[tuple[tuple[str, str, str], ...]] = ()
    rules: ClassVar[tuple[str, ...]] = ()
    exactly_one: ClassVar[tuple[tuple[str, ...], ...]] = ()
    at_least_one: ClassVar[tuple[tuple[str, ...], ...]] = ()
    at_most_one: ClassVar[tuple[tuple[str, ...], ...]] = ()

    type: Annotated[str, KnownBeforeRun()] = Field(
        description="The component's type: a name that `tfxc components` lists, or `file.py:name`."
    )
    description: Optional[str] = Field(
        default=None, description="What this node is for; shown in graphs, Airflow and Kubeflow."
    )
    tfx_id: Annotated[Optional[NameInTfx], KnownBeforeRun()] = Field(
        default=None,
        description="What ML Metadata calls this node, where that is not its id here: TFX's own id, "
        "such as `CsvExampleGen`, to go on with the runs of a pipeline that was written in Python.",
    )
    matrix: Annotated[Optional[Matrix], KnownBeforeRun()] = Field(
        default=None,
        description="Makes one node of each combination of some values; `{{ matrix.AXIS }}` is this node's.",
    )
    execution: Optional[Execution] = Field(
        default=None, description="Retries, timeout, cache, resources and environment of this node."
    )
    when: Optional[str] = Field(
        default=None, description="A condition on artifacts; the node is skipped where it is false."
    )
    depends_on: Annotated[Optional[list[str]], KnownBeforeRun()] = Field(
        default=None,
        description="Nodes that must be over before this one starts, beside those it reads from.",
    )
    interface: Annotated[Optional[DeclaredInterface], KnownBeforeRun()] = Field(
        default=None,
        description="What a component of your own takes and gives, where its code cannot be read.",
    )
    module_data: Annotated[Optional[list[str]], KnownBeforeRun()] = Field(
        default=None,
        description="Files that the component's code of yours reads, such as `vocab.txt`, `assets` or "
        "`words/*.txt`: they travel with it, and it runs again when they change.",
    )

    @classmethod
    def inputs_for(cls, values: Mapping[str, Any]) -> dict[str, Input]:
        """Returns the inputs that no field names, of a component with these arguments."""
        return {}

    @classmethod
    def outputs_for(cls, values: Mapping[str, Any]) -> dict[str, str]:
        """Returns output key → artifact type for a component with these arguments."""
        return {
            key: output.artifact_type
            for key, output in cls.outputs.items()
            if output.present is None or output.present(values)
        }

    @classmethod
    def most_artifacts(cls, values: Mapping[str, Any]) -> int:
        """Returns how many artifacts each output of a component with these arguments can have, as far as
        the arguments tell."""
        del values
        return 1


class ExecutorComponent(Component):
    """Base of the components that an executor runs: all but TFX's two nodes.

    Class variables
        executor_class: ``package.module:Class`` of an executor of TFX's or tfxc's own that stands in for that
            of ``class_path``, if one does.
        service: the service that it cannot work without, if there is one.
        runs_elsewhere: whether that service runs the user's module on machines of its own: it is packed into
            a wheel then, as TFX does.
    """

    executor_class: ClassVar[Optional[str]] = None
    service: ClassVar[Optional[str]] = None
    runs_elsewhere: ClassVar[bool] = False

    executor: Annotated[Optional[str], ExecutorClass()] = Field(
        default=None,
        min_length=1,
        description="An executor of your own in the place of the component's, `file.py:Class` or "
        "`package.module:Class`: TFX's custom_executor_spec.",
    )

    @classmethod
    def executor_for(cls, values: Mapping[str, Any]) -> Optional[str]:
        """Returns the executor that stands in for TFX's with these arguments where none is given, if any."""
        return cls.executor_class

    @classmethod
    def engine_for(cls, values: Mapping[str, Any]) -> Optional[Literal["katib"]]:
        """Returns what does the work in the place of an executor with these arguments, if anything does."""
        return None


COMMON_KEYS = frozenset(Component.model_fields)
"""Keys that every component has; the others are constructor arguments."""
