"""What every component model has in common, and the markers that say what a field is.

A component model mirrors one TFX constructor: its fields are the constructor's keyword arguments.
A marker in a field's annotation says what tfxc does with the value; a field without one is passed
to the constructor as it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Optional, Union

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import CoreSchema, PydanticCustomError

from tfxc.schemas.execution import Execution
from tfxc.schemas.fields import plain_validator

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler


@dataclass(frozen=True)
class ChannelInput:
    """Marks a field that takes artifacts: ``node.output``, or a list of such (their union).

    Whatever else is given is one error of the type ``channel`` at the field.
    """

    artifact_type: str

    def __get_pydantic_core_schema__(self, source: Any, handler: "GetCoreSchemaHandler") -> CoreSchema:
        return plain_validator(validate_channel, source)


def validate_channel(value: object) -> object:
    """Returns the value if it has the shape of a channel. Raises PydanticCustomError."""
    if isinstance(value, str) and value:
        return value
    if isinstance(value, list) and value and all(isinstance(item, str) and item for item in value):
        return value
    raise PydanticCustomError(
        "channel", "Input should be a channel, `component.output`, or a list of channels"
    )


@dataclass(frozen=True)
class FilePath:
    """Marks a string that is a path or URI; a relative one starts at the file it is written in."""


@dataclass(frozen=True)
class ModuleFile:
    """Marks a path to the user's Python file, and the functions that TFX looks for in it.

    ``required`` must be defined in the file; ``optional`` may be.
    """

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


@dataclass(frozen=True)
class StatsOptionsJson:
    """Marks the JSON form of TFDV's StatsOptions, which is a class and not a proto."""


@dataclass(frozen=True)
class ArtifactTypeName:
    """Marks the name of an artifact type."""


@dataclass(frozen=True)
class UserFunction:
    """Marks the import path ``package.module.function`` of a function of the user's."""


@dataclass(frozen=True)
class Output:
    """An output of a component: its artifact type, and when it is there (always, if None)."""

    artifact_type: str
    description: str
    present: Callable[[Mapping[str, Any]], bool] | None = None


ChannelReference = Union[str, list[str]]


class Component(BaseModel):
    """Base of the component models. Keys that no field names are errors.

    Class variables
        class_path: ``package.module:Class`` of the TFX class.
        outputs: output key → Output.
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
    outputs: ClassVar[Mapping[str, Output]]
    exactly_one: ClassVar[tuple[tuple[str, ...], ...]] = ()
    at_least_one: ClassVar[tuple[tuple[str, ...], ...]] = ()
    at_most_one: ClassVar[tuple[tuple[str, ...], ...]] = ()

    type: str = Field(
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
    depends_on: Optional[list[str]] = Field(
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

LocalPath = Annotated[str, FilePath()]
