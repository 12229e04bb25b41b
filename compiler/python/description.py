"""What is known of a component of the user's from its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tfxc.compiler.models.markers import InputField
from tfxc.compiler.python.parse import PythonSource
from tfxc.compiler.python.types import ValueType
from tfxc.schemas.components.base import Component
from tfxc.schemas.words.suggest import did_you_mean, enumeration, only_closest

ComponentModel = type[Component]


FINAL_STATUS = "final_status"
"""The parameter of an exit handler that is given what became of the run."""


class PythonComponentError(Exception):
    """Why a component of the user's cannot be used: a diagnostic's code, message, help and fix."""

    def __init__(self, code: str, message: str, *help_lines: str, fix: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help_lines
        self.fix = fix


def undefined(name: str, names: list[str], shown: str, text: str) -> PythonComponentError:
    """Returns what is wrong with a name that the module ``shown`` does not define, but ``names``.

    ``text`` is how the document has it, ``module:name``.
    """
    meant = only_closest(name, names)
    return PythonComponentError(
        "M404",
        f"`{shown}` does not define `{name}`",
        *(did_you_mean(name, names) or ((f"it defines {enumeration(names)}",) if names else ())),
        fix=f"{text.rpartition(':')[0]}:{meant}" if meant is not None else None,
    )


DECLARE = (
    "or declare it beside `type`: `interface: {inputs: {model: Model}, outputs: {report: Dataset}, "
    "parameters: {rate: float}}`"
)
"""What to write where a component cannot be read from its source."""


@dataclass(frozen=True)
class ClassPlace:
    """Where a class of the user's is: an executor, a resolver strategy.

    ``folder`` is to come first on ``sys.path``; None if it is installed.
    """

    folder: Path | None
    import_name: str
    class_name: str


@dataclass(frozen=True)
class ParameterField:
    """A parameter of a component. ``type`` is None where any value is taken."""

    name: str
    type: ValueType | None
    required: bool


@dataclass(frozen=True)
class Location:
    """Where a module of the user's is: its file, and how to import it.

    ``folder`` is to come first on ``sys.path``; None if the module is an installed package's.
    """

    file: Path
    folder: Path | None
    import_name: str
    source: PythonSource


@dataclass(frozen=True)
class PythonComponentDescription:
    """A component of the user's: what its source says about its arguments and outputs.

    ``json_inputs`` and ``json_outputs`` are the declared types of those that JsonValue artifacts hold.
    ``open_arguments`` is whether it may take arguments that its source does not name. ``extends`` is the
    model of the component of TFX's whose arguments, by ``**kwargs``, and outputs it has.
    """

    type: str
    name: str
    location: Location
    inputs: Mapping[str, InputField]
    outputs: Mapping[str, str]
    parameters: Mapping[str, ParameterField]
    json_inputs: Mapping[str, ValueType] = field(default_factory=dict)
    json_outputs: Mapping[str, ValueType] = field(default_factory=dict)
    open_arguments: bool = False
    uses_beam: bool = False
    is_exit_handler: bool = False
    extends: ComponentModel | None = None
