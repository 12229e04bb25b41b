"""A Plan → the document of a spec: the way back of what tfxc compiled.

A Plan is unfolded: what was a matrix, an included spec or an environment is its nodes here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from tfxc.compiler.importing.document import Imported
from tfxc.compiler.importing.names import component_ids
from tfxc.compiler.importing.notes import PIPELINE, Notes
from tfxc.schemas.components import component_model, component_types
from tfxc.schemas.conditions import condition_text
from tfxc.schemas.plan import (
    ContainerComponent,
    Plan,
    PlanExecution,
    PlanModule,
    PlanNode,
    PlanParameter,
    PlanQuery,
    PythonComponent,
    ResolverComponent,
    StandardComponent,
)
from tfxc.schemas.plan_values import artifact_value, form_of
from tfxc.schemas.spec_values import spec_value


def document_of_plan(plan: Plan, bundle: Path, target: Path) -> Imported:
    """Returns the spec of a Plan. ``bundle`` is the folder that it lies in, with its modules below."""
    notes = Notes()
    ids = component_ids(node.id for node in plan.nodes)
    writer = _Writer(plan, ids, notes)
    components = {ids[node.id]: writer.component(node) for node in plan.nodes}
    found: dict[str, Any] = {"version": 1, "name": plan.name}
    metadata = plan.metadata.model_dump(exclude_none=True)
    kind = metadata.pop("kind")
    for key, value in (
        ("tfx_name", plan.tfx_name),
        ("tfx", plan.tfx),
        ("description", plan.description),
        ("parameters", {each.name: _parameter(each) for each in plan.parameters}),
        ("pipeline_root", spec_value(plan.pipeline_root)),
        ("metadata", {kind: spec_value(metadata)} if metadata else None),
        ("beam_pipeline_args", spec_value(list(plan.beam_pipeline_args))),
        ("components", components),
        ("on_exit", ids[plan.on_exit] if plan.on_exit is not None else None),
        ("backends", spec_value(dict(plan.backends))),
    ):
        if value:
            found[key] = value
    if plan.groups:
        names = ", ".join(group.id for group in plan.groups)
        notes.add(PIPELINE, f"the groups {names} (a matrix, an included spec) are unfolded into their nodes")
    if target.resolve() != bundle.resolve() and plan.modules:
        copies = {
            writer.place(index) / name: bundle / "modules" / str(index) / name
            for index, folder in enumerate(plan.modules)
            for name in folder.files
        }
    else:
        copies = {}
    there = {place: source for place, source in copies.items() if source.is_file()}
    for place in copies.keys() - there.keys():
        notes.add(PIPELINE, f"{place} is not among the modules of the bundle: put a copy here")
    return Imported(found, there, tuple(notes.found))


class _Writer:
    def __init__(self, plan: Plan, ids: Mapping[str, str], notes: Notes) -> None:
        self._plan, self._ids, self._notes = plan, ids, notes

    def place(self, index: int) -> PurePosixPath:
        """Returns the folder of modules for the spec: where it was, unless that was outside of its folder."""
        source = PurePosixPath(self._plan.modules[index].source)
        if source.is_absolute() or ".." in source.parts:
            return PurePosixPath("modules", str(index))
        return source

    def component(self, node: PlanNode) -> dict[str, Any]:
        """Returns a node as a component."""
        component = node.component
        found: dict[str, Any] = {"type": component.type}
        if isinstance(component, PythonComponent):
            found["type"] = self._code(component.module, component.function)
        in_tfx = node.tfx_id or (node.id if self._ids[node.id] != node.id else None)
        for key, value in (("tfx_id", in_tfx), ("description", node.description)):
            if value:
                found[key] = value
        if isinstance(component, StandardComponent) and component.executor is not None:
            own = _model_executor(component.type)
            if own != f"{component.executor.module.import_name}:{component.executor.class_name}":
                found["executor"] = self._code(component.executor.module, component.executor.class_name)
        if isinstance(component, ResolverComponent):
            found["strategy_class"] = self._strategy(component)
            if component.config:
                found["config"] = spec_value(component.config)
        if isinstance(component, ContainerComponent):
            found |= self._container(node, component)
        for key, read_by in node.inputs.items():
            listed = [self._source(each) for each in read_by]
            found[key] = listed[0] if len(listed) == 1 else listed
        arguments = {key: spec_value(self._values(each.value)) for key, each in node.arguments.items()}
        if isinstance(component, StandardComponent) and node.module is not None:
            functions = [str(value) for value in arguments.values() if isinstance(value, str)]
            if not any(each.startswith(f"{node.module.import_name}.") for each in functions):
                found["module_file"] = self._code(node.module, "").rstrip(":")
        if isinstance(component, ContainerComponent):
            if arguments:
                found["parameters"] = arguments
        else:
            found |= {key: value for key, value in arguments.items() if value is not None}
        if node.when is not None:
            found["when"] = self._renamed(condition_text(node.when))
        sources = [each for listed in node.inputs.values() for each in listed]
        read = {each.node for each in sources if not isinstance(each, PlanQuery)}
        when = found.get("when", "")
        waits = [self._ids[each] for each in node.upstream if each not in read]
        waits = [each for each in waits if f"{each}." not in when and each != self._plan.on_exit]
        if waits and node.id != self._plan.on_exit:
            found["depends_on"] = waits
        how = _execution(node.execution)
        return {**found, **({"execution": how} if how else {})}

    def _code(self, module: PlanModule, name: str) -> str:
        if module.folder is None:
            return f"{module.import_name}:{name}"
        path = self.place(module.folder) / f"{module.import_name.replace('.', '/')}.py"
        return f"{path}:{name}"

    def _strategy(self, component: ResolverComponent) -> str:
        from tfxc.schemas.components.nodes import STRATEGY_CLASSES

        for name, known in STRATEGY_CLASSES.items():
            if known == component.strategy_class:
                return name
        if component.module is None:
            return component.strategy_class
        return self._code(component.module, component.strategy_class.rpartition(":")[2])

    def _container(self, node: PlanNode, component: ContainerComponent) -> dict[str, Any]:
        found: dict[str, Any] = {"image": spec_value(component.image)}
        inputs = {key: sources[0].artifact_type for key, sources in node.inputs.items() if sources}
        for key, value in (
            ("inputs", inputs),
            ("outputs", dict(node.outputs)),
            ("command", spec_value(list(component.command))),
            ("args", spec_value(list(component.args))),
            ("working_directory", component.working_directory),
        ):
            if value:
                found[key] = value
        return found

    def _values(self, value: Any) -> Any:
        """Returns a value with the names that the spec has for the nodes whose artifacts it reads."""
        form, target = form_of(value)
        if form == "artifact_value":
            node, _, output = str(target).rpartition(".")
            return artifact_value(self._ids[node], output)
        if isinstance(value, dict):
            return {key: self._values(inner) for key, inner in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._values(inner) for inner in value]
        return value

    def _source(self, source: Any) -> Any:
        if isinstance(source, PlanQuery):
            return {key: value for key, value in source.model_dump(exclude_defaults=True).items() if value}
        return f"{self._ids[source.node]}.{source.output}"

    def _renamed(self, text: str) -> str:
        for id_, name in sorted(self._ids.items(), key=lambda each: -len(each[0])):
            if id_ != name:
                text = text.replace(f"{id_}.", f"{name}.")
        return text


def _model_executor(type_name: str) -> str | None:
    if type_name not in component_types():
        return None
    own: str | None = getattr(component_model(type_name), "executor_class", None)
    return own


def _parameter(parameter: PlanParameter) -> dict[str, Any]:
    found: dict[str, Any] = {"type": parameter.type}
    if not parameter.required:
        found["default"] = parameter.default
    for key in ("minimum", "maximum", "pattern", "description"):
        value = getattr(parameter, key)
        if value not in (None, ""):
            found[key] = value
    if parameter.choices:
        found["choices"] = list(parameter.choices)
    return found


def _execution(execution: PlanExecution) -> dict[str, Any]:
    given = execution.model_dump(exclude_defaults=True)
    found: dict[str, Any] = {}
    for key, value in given.items():
        if key in ("retry_delay", "timeout"):
            found[key] = f"{math.ceil(value)}s"
        elif key == "resources":
            found[key] = {name: each for name, each in value.items() if each is not None}
        elif key == "beam_pipeline_args":
            found[key] = spec_value(list(value)) if value is not None else None
        else:
            found[key] = spec_value(value)
    return {key: value for key, value in found.items() if value is not None}
