"""What every component model has in common.

A component model mirrors one TFX constructor: its fields are the constructor's keyword arguments, and
their markers (`tfxc.schemas.components.markers`) say what tfxc does with the values. What the rest of
tfxc must know of a component as a whole are the class variables of its model.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, ClassVar, Literal, Optional, Union

from pydantic import BaseModel, ConfigDict, Field

from tfxc.schemas.components.markers import KnownBeforeRun
from tfxc.schemas.execution import Execution


class Stage(Enum):
    """What components are for, in the order of a pipeline."""

    INGEST = "Bring data in"
    VALIDATE = "Describe and check data"
    TRANSFORM = "Make features"
    TRAIN = "Train"
    EVALUATE = "Evaluate"
    SERVE = "Serve"
    WATCH = "Tell of what was found"
    NODES = "Find and register artifacts"


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


ChannelReference = Union[str, list[str]]


class Component(BaseModel):
    """Base of the component models. Keys that no field names are errors.

    Class variables
        class_path: ``package.module:Class`` of the TFX class.
        kind: how the Plan has it: an executor of TFX's own, or one of TFX's two nodes without any.
        stage: what it is for.
        light: whether it runs without TensorFlow's thread pools and without a Beam pipeline, so that
            any number may run side by side.
        cached: whether what it did for the same inputs stands for it: not where it acts in the world outside.
        computes_metrics: whether TFMA computes Keras metrics in its process.
        input_format: of what files its ``input_base`` holds, for those that read files.
        destination: paths of the values that say, together, where it pushes a model; none of one that does
            not push.
        destination_words: what two that push to the same destination share.
        outputs: output key → Output.
        other_outputs: outputs whose keys depend on the arguments, in words: key, type and description.
        rules: sentences about keys that no field and no group below says.
        exactly_one: groups of fields of which exactly one must be given.
        at_least_one: groups of fields of which at least one must be given.
        at_most_one: groups of fields of which at most one may be given.
    """

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        defer_build=True,
        allow_inf_nan=False,
        protected_namespaces=(),
    )

    class_path: ClassVar[str]
    kind: ClassVar[Literal["standard", "resolver", "importer"]] = "standard"
    stage: ClassVar[Stage]
    light: ClassVar[bool] = False
    cached: ClassVar[bool] = True
    computes_metrics: ClassVar[bool] = False
    input_format: ClassVar[Optional[Literal["csv", "records"]]] = None
    destination: ClassVar[tuple[tuple[str, ...], ...]] = ()
    destination_words: ClassVar[str] = "folder"
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

    @classmethod
    def outputs_for(cls, values: Mapping[str, Any]) -> dict[str, str]:
        """Returns output key → artifact type for a component with these arguments."""
        return {
            key: output.artifact_type
            for key, output in cls.outputs.items()
            if output.present is None or output.present(values)
        }


COMMON_KEYS = frozenset(Component.model_fields)
"""Keys that every component has; the others are constructor arguments."""
