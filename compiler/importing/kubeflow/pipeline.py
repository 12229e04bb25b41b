"""A whole file of Kubeflow's → TFX's IR, and what a spec says beside it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tfxc.compiler.importing.beside import Beside
from tfxc.compiler.importing.kubeflow.flatten import Flattened
from tfxc.compiler.importing.kubeflow.model import (
    Json,
    OfPipeline,
    PipelineFile,
    Task,
    constant_of,
    parameter_type,
    typed,
)
from tfxc.compiler.importing.kubeflow.nodes import Nodes
from tfxc.compiler.importing.kubeflow.resolvers import is_resolver, joined, redirected, resolver_node
from tfxc.compiler.importing.kubeflow.settings import cluster_settings, execution_of
from tfxc.compiler.importing.names import component_ids, parameter_names
from tfxc.compiler.importing.notes import PIPELINE, Note, Notes

_KINDS = {"NUMBER_INTEGER": "INT", "NUMBER_DOUBLE": "DOUBLE", "STRING": "STRING", "BOOLEAN": "BOOLEAN"}
_FIELDS = {"INT": "int_value", "DOUBLE": "double_value", "STRING": "string_value", "BOOLEAN": "bool_value"}


def ir_of(file: PipelineFile) -> tuple[Json, Beside]:
    """Returns the IR of a file. Raises WrongUse, and KeyError or its like for what is no PipelineSpec."""
    notes = Notes()
    flattened = Flattened(file, notes)
    tasks = joined(redirected(flattened.tasks))
    declared = _declared(file, tasks, notes)
    made = Nodes(tasks, declared, notes)
    is_cached = any(task.json.get("cachingOptions", {}).get("enableCache") for task in tasks)
    nodes = [
        resolver_node(task, is_cached, notes) if is_resolver(task) else made.node(task) for task in tasks
    ]
    ir: dict[str, Any] = {
        "pipeline_info": {"id": file.name},
        "nodes": nodes,
        "deployment_config": {"executor_specs": made.executors},
    }
    root = file.runtime.get("gcsOutputDirectory") or file.spec.get("defaultPipelineRoot")
    if root:
        ir["runtime_spec"] = {"pipeline_root": {"field_value": {"string_value": root}}}
    ids = component_ids(task.id for task in tasks)
    execution = {ids[task.id]: execution_of(task, file, notes) for task in tasks}
    cluster = cluster_settings(tasks, file, ids, notes)
    head = {
        key: file.spec["pipelineInfo"][key] for key in ("description",) if key in file.spec["pipelineInfo"]
    }
    foot: dict[str, Any] = {}
    if flattened.exit_task is not None:
        foot["on_exit"] = ids[flattened.exit_task]
    if cluster:
        foot["environments"] = {"kubeflow": {"backends": {"kubeflow": cluster}}}
    found = tuple(Note(ids.get(each.component, each.component), each.text) for each in notes.found)
    return ir, Beside(head, foot, execution, found)


def _declared(file: PipelineFile, tasks: Iterable[Task], notes: Notes) -> dict[str, Json]:
    """Returns the pipeline's parameters as runtime parameters of the IR, by the names that the file has."""
    definitions = file.spec["root"].get("inputDefinitions", {}).get("parameters", {})
    names = parameter_names(definitions)
    given = file.runtime.get("parameterValues") or {
        name: constant_of({"constantValue": each})
        for name, each in file.runtime.get("parameters", {}).items()
    }
    used = _used(tasks)
    found = {}
    for name, definition in definitions.items():
        kind = parameter_type(definition)
        value = given.get(name, definition.get("defaultValue"))
        if kind not in _KINDS:
            notes.add(PIPELINE, f"the parameter `{name}` ({kind}) is a text: a spec's parameters are scalars")
        if name not in used:
            notes.add(PIPELINE, f"the parameter `{name}` is left out: no task of this spec reads it")
        type_ = _KINDS.get(kind, "STRING")
        declared: dict[str, Any] = {"name": names[name], "type": type_}
        if isinstance(value, (str, bool, int, float)) and not str(value).startswith("{{$"):
            declared["default_value"] = {_FIELDS[type_]: typed(value, kind)}
        elif value is not None:
            notes.add(PIPELINE, f"the default of the parameter `{name}` is left out: it is no plain value")
        elif definition.get("isOptional"):
            notes.add(PIPELINE, f"the parameter `{name}` may be left out in Kubeflow: here each run gives it")
        found[name] = declared
    return found


def _used(tasks: Iterable[Task]) -> set[str]:
    found = set()
    for task in tasks:
        sources = [*task.parameters.values()]
        for guard in task.guards:
            sources += [each for name, each in guard.parameters.items() if name in guard.text]
        found |= {each.name for each in sources if isinstance(each, OfPipeline)}
    return found
