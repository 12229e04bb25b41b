"""What a component takes and gives: of TFX's own from their models, of the user's from their source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, Union

from tfxc.compiler.language.references import is_templated
from tfxc.compiler.models.component_names import did_you_mean_type, meant_types
from tfxc.compiler.models.markers import InputField, input_fields
from tfxc.compiler.python.components import PythonComponentReader
from tfxc.compiler.python.description import ClassPlace, PythonComponentDescription, PythonComponentError
from tfxc.compiler.python.executors import ExecutorReader
from tfxc.compiler.python.module_finder import ModuleFinder
from tfxc.compiler.python.read_once import ReadOnce
from tfxc.compiler.python.strategies import read_strategy
from tfxc.compiler.source.load import Loaded
from tfxc.compiler.source.outside import NOT_SHOWN
from tfxc.schemas.components import component_model, component_types
from tfxc.schemas.components.base import COMMON_KEYS, Component
from tfxc.schemas.diagnostics import Finding, Path
from tfxc.schemas.words.suggest import enumeration


@dataclass(frozen=True)
class Interface:
    """What one component takes and gives with the arguments that it has.

    ``inputs`` are its artifact inputs by name, ``outputs`` its output keys with their artifact types
    (None where that cannot be known), ``absent`` the outputs that it would have with other arguments.
    ``model`` validates a component of TFX's own; ``python`` describes one of the user's. One of them
    is set.
    """

    type_name: str
    inputs: Mapping[str, InputField]
    outputs: Mapping[str, str | None]
    absent: Mapping[str, str] = field(default_factory=dict)
    model: type[Component] | None = None
    python: PythonComponentDescription | None = None

    @property
    def kind(self) -> Literal["standard", "resolver", "importer", "container", "pipeline", "python"]:
        """What the Plan calls such a component."""
        return self.model.kind if self.model is not None else "python"


class InterfaceReader:
    """Reads the interfaces of a document's components; each of the user's files is read once."""

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded
        self._python = PythonComponentReader(loaded.folder, loaded.files)
        self.finder: ModuleFinder = self._python.finder
        self.executors = ExecutorReader(self._python)
        self._strategies = ReadOnce(partial(read_strategy, self._python))

    def strategy(self, text: str, path: Path) -> ClassPlace:
        """Returns the resolver strategy of the user's that the text at a path names. Raises
        PythonComponentError."""
        return self._strategies(text, self._loaded.origin_of(path))

    def read(self, node: str, values: Mapping[str, Any]) -> Union[Interface, Finding, None]:
        """Returns a component's interface, or why there is none; None where ``type`` is no text."""
        type_name = values.get("type")
        if not isinstance(type_name, str) or is_templated(type_name):
            return None
        if type_name in component_types():
            return standard_interface(component_model(type_name), values)
        path = ("components", node, "type")
        if ":" not in type_name:
            return _unknown_type(type_name, node)
        try:
            origin, declared = self._loaded.origin_of(path), values.get("interface")
            if isinstance(declared, Mapping):
                description = self._python.declared(type_name, origin, declared)
            else:
                description = self._python.read(type_name, origin)
        except PythonComponentError as error:
            where = type_name.rpartition(":")[0]
            if where.endswith(".py") and self._loaded.hides(self._loaded.origin_of(path) / where):
                return Finding(error.code, error.message, path, help=(NOT_SHOWN,))
            return Finding(error.code, error.message, path, help=error.help, fix=error.fix)
        return python_interface(description, values)


def standard_interface(model: type[Component], values: Mapping[str, Any]) -> Interface:
    """Returns the interface of a component of TFX's own with these arguments."""
    outputs: dict[str, str | None] = dict(model.outputs_for(values))
    absent = {key: output.artifact_type for key, output in model.outputs.items() if key not in outputs}
    inputs = dict(input_fields(model))
    for name, each in model.inputs_for(values).items():
        inputs[name] = InputField(name, each.artifact_type, each.required, each.many)
        if model.kind == "resolver":
            outputs.setdefault(name, None)
    return Interface(model.__name__, inputs, outputs, absent, model=model)


def python_interface(description: PythonComponentDescription, values: Mapping[str, Any]) -> Interface:
    """Returns the interface of a component of the user's with these arguments. What is called as a key that
    every component has is no input of it: that key never names a channel."""
    inputs = {name: field for name, field in description.inputs.items() if name not in COMMON_KEYS}
    if description.extends is None:
        return Interface(description.type, inputs, description.outputs, python=description)
    extended = standard_interface(description.extends, values)
    return Interface(description.type, inputs, extended.outputs, extended.absent, python=description)


def _unknown_type(type_name: str, node: str) -> Finding:
    own = "a component of your own is `file.py:function` or `package.module:function`"
    last = type_name.rpartition(".")[2]
    if last != type_name and last in component_types():
        help_lines: tuple[str, ...] = (f"write `{last}`",)
        fix = last
    elif "." in type_name:
        help_lines = (own,)
        fix = None
    else:
        meant = meant_types(type_name)
        fix = meant[0] if len(meant) == 1 else None
        help_lines = did_you_mean_type(type_name)
        help_lines = help_lines or (f"there are: {enumeration(component_types(), most=40)}", own)
    message = f"`{node}` has the unknown component type `{type_name}`"
    return Finding("T201", message, ("components", node, "type"), help=help_lines, fix=fix)
