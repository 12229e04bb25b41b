"""The markers of fields: what a component's model says of an argument beside its type.

They are all that the checks, the lowering and the backends know of a component's arguments; none of
them asks for a component by its name. A marker stands in a field's annotation; a field without one is
a plain value that is passed to the TFX constructor.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Optional

from pydantic_core import CoreSchema, PydanticCustomError

from tfxc.schemas.fields import plain_validator

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler


@dataclass(frozen=True)
class KnownBeforeRun:
    """Marks a field whose value is needed when a pipeline is compiled: it cannot hold a reference."""

    reason: ClassVar[str] = "it decides what the pipeline consists of"


@dataclass(frozen=True)
class ChannelInput(KnownBeforeRun):
    """Marks a field that takes artifacts: ``node.output``, or a list of such (their union).

    ``many`` is whether TFX's executor reads all artifacts that it is given; the others take one.
    Whatever else is given is one error of the type ``channel`` at the field.
    """

    reason: ClassVar[str] = "channels are known before a run"
    artifact_type: str
    many: bool = False

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
class MayBeEmpty:
    """Marks a required channel that the component does without where nothing came of it, as in first runs."""


@dataclass(frozen=True)
class FilePath:
    """Marks a string that is a path or URI; a relative one starts at the file it is written in."""


@dataclass(frozen=True)
class TextAtRunTime:
    """Marks texts in which every reference becomes text, whatever its type."""


@dataclass(frozen=True)
class WritesToPaths:
    """Marks an argument whose paths the component writes to, beside its outputs: others read only."""


@dataclass(frozen=True)
class InputPath(FilePath):
    """Marks a path of data that must be there when the component runs.

    Where ``content_counts``, a change of what lies there makes the component run again: neither TFX's
    cache key nor a driver looks into it. What is ``carried`` belongs to the pipeline as its code does: a file
    beside the spec goes into bundles, under the path that it has there.
    """

    content_counts: bool = False
    carried: bool = False


@dataclass(frozen=True)
class SpecPath(InputPath):
    """Marks the path of the spec of another pipeline, which the component runs."""


@dataclass(frozen=True)
class ModuleFile(KnownBeforeRun):
    """Marks a path to the user's Python file, and the functions that TFX looks for in it.

    ``required`` must be defined in the file; ``optional`` may be.
    """

    reason: ClassVar[str] = "code is known before a run"
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


@dataclass(frozen=True)
class UserFunction(KnownBeforeRun):
    """Marks the import path ``package.module.function`` of a function of the user's."""

    reason: ClassVar[str] = "code is known before a run"


@dataclass(frozen=True)
class ArgumentOfTfxc(KnownBeforeRun):
    """Marks an argument that TFX's constructor does not have: the component's model says what it leads to."""

    reason: ClassVar[str] = "it decides what the pipeline consists of"


@dataclass(frozen=True)
class FunctionOfModule(KnownBeforeRun):
    """Marks the name of a function in the component's module file; without that file its import path."""

    reason: ClassVar[str] = "code is known before a run"


@dataclass(frozen=True)
class ExecutorClass(KnownBeforeRun):
    """Marks the class that runs a component: ``file.py:Class`` or ``package.module:Class``."""

    reason: ClassVar[str] = "code is known before a run"


@dataclass(frozen=True)
class ArtifactTypeName(KnownBeforeRun):
    """Marks the name of an artifact type, or a mapping of names to such."""

    reason: ClassVar[str] = "artifact types are known before a run"


@dataclass(frozen=True)
class SwitchesOutputs(KnownBeforeRun):
    """Marks an argument that takes outputs away where it is ``off``; see `Output.present`."""

    off: bool


@dataclass(frozen=True)
class StatsOptionsJson:
    """Marks the JSON form of TFDV's StatsOptions, which is a class and not a proto."""


@dataclass(frozen=True)
class ExecutionProperty:
    """Marks an argument that TFX's constructor keeps under another name than its own.

    ``name`` is that of the execution property in TFX's IR, None where the argument becomes none: it only
    says what the component reads or makes. Any other argument keeps its name.
    """

    name: Optional[str]


@dataclass(frozen=True)
class Secret:
    """Marks a text that only the one it is for may see; of a mapping, the values whose keys sound so.

    It comes from the environment where the node runs: written into a spec it is told of (W714).
    """


@dataclass(frozen=True)
class FilledInByExecutor:
    """Marks an argument whose references are filled in by the component's executor alone.

    What they stand for (a password, say) is in neither TFX's IR nor ML Metadata, and is needed only where
    the node runs. The constructor gets the value of the Plan as JSON text.
    """


class ExecutionKey(KnownBeforeRun):
    """Marks an argument that TFX's constructor does not have: it says how the node is run.

    It goes into the Plan's execution under its own name.
    """

    reason: ClassVar[str] = "how a node is run is known before the run"


@dataclass(frozen=True)
class ReadsSplits:
    """Marks an argument that names splits of an input which the component reads.

    ``within`` are the keys of the value that list them; without any the value is the list. Where none
    is named the component reads the split ``default``, or all of them if that is None. With
    ``default_if_unset`` it does so only where the argument is not given at all.
    """

    within: tuple[str, ...] = ()
    default: Optional[str] = None
    default_if_unset: bool = False
    input: str = "examples"


@dataclass(frozen=True)
class ExcludesSplits:
    """Marks a list of splits of an input that the component leaves out."""

    input: str


@dataclass(frozen=True)
class NotRead:
    """Marks an argument that TFX's constructor takes and its own executor does not read.

    ``instead`` is what has the effect that its name promises.
    """

    instead: str


@dataclass(frozen=True)
class ArtifactProperties:
    """Marks the properties of an artifact whose type the argument marked ArtifactTypeName names."""
