"""A task of a PipelineSpec → a node of TFX's IR."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from tfxc.compiler.importing.components import IMPORTER, component_class, runs_beam
from tfxc.compiler.importing.ir import PIPELINE_RUN
from tfxc.compiler.importing.kubeflow.cel import expression_of
from tfxc.compiler.importing.kubeflow.commands import Interface, reads_paths, whole_input, words
from tfxc.compiler.importing.kubeflow.model import (
    Constant,
    Guard,
    Json,
    OfPipeline,
    OfTask,
    Source,
    Task,
    Unknown,
    parameter_type,
)
from tfxc.compiler.importing.kubeflow.types import OF_PARAMETER, artifact_type
from tfxc.compiler.importing.notes import PIPELINE, NotCarriedError, Notes
from tfxc.schemas.artifacts import ARTIFACT_TYPES

_SPECS = "type.googleapis.com/tfx.orchestration.executable_spec"
_ENTRYPOINT = "tfx.orchestration.kubeflow.v2.container.kubeflow_v2_run_executor"
_CLASS_PATH = "--executor_class_path"
_OF_ENTRYPOINT = (
    _CLASS_PATH,
    "--json_serialized_invocation_args",
    "--json_serialized_inputs_spec_args",
)
_OF_FUNCTION = "_Executor"
"""What TFX's decorator ``@component`` ends the name of a function's executor class with."""


class Nodes:
    """Turns tasks into nodes of an IR, and their executors. ``declared`` are the pipeline's parameters."""

    def __init__(self, tasks: Iterable[Task], declared: Mapping[str, Json], notes: Notes) -> None:
        self._tasks = {task.id: task for task in tasks}
        self._declared, self._notes = declared, notes
        self.executors: dict[str, Json] = {}

    def node(self, task: Task) -> Json:
        """Returns a task's node; its executor goes to ``executors``."""
        inputs = {name: self._channel(task, name, each) for name, each in task.artifacts.items()}
        info: dict[str, Any] = {"id": task.id}
        node: dict[str, Any] = {
            "node_info": info,
            "inputs": {"inputs": {name: each for name, each in inputs.items() if each is not None}},
            "outputs": {"outputs": self._outputs(task)},
            "execution_options": self._options(task),
            "upstream_nodes": [each for each in task.waits if each in self._tasks],
        }
        node["parameters"] = {"parameters": self._parameters(task, node["inputs"]["inputs"])}
        self._conditions(task, node)
        if "importer" in task.executor:
            self._importer(task, node)
        elif "container" in task.executor:
            info["type"] = {"name": self._container(task, task.executor["container"])}
        else:
            kind = next(iter(task.executor), "nothing")
            self._notes.add(task.id, f"it is not carried: a task of the kind `{kind}` has no place in a spec")
            info["type"] = {"name": "Unknown"}
        return {"pipeline_node": node}

    def _container(self, task: Task, container: Json) -> str:
        """Notes how a task is run, and returns the class of its component."""
        arguments = list(container.get("args", ()))
        if _CLASS_PATH in arguments[:-1] and any(
            each.startswith("tfx.orchestration.kubeflow") for each in container.get("command", [_ENTRYPOINT])
        ):
            return self._executor(task, arguments)
        given = frozenset(name for name, each in task.parameters.items() if not isinstance(each, Unknown))
        interface = Interface(given, self._whole_input(task))
        spec: dict[str, Any] = {"@type": f"{_SPECS}.ContainerExecutableSpec", "image": container["image"]}
        if reads_paths([*container.get("command", ()), *arguments]):
            self._notes.add(PIPELINE, _PATHS)
        for field, texts in (("commands", container.get("command", ())), ("args", arguments)):
            kept = []
            for text in texts:
                try:
                    kept += words([str(text)], interface)
                except NotCarriedError as reason:
                    self._notes.add(task.id, f"a word of its command is left out: {reason}")
            if kept:
                spec[field] = kept
        self.executors[task.id] = spec
        return "Container"

    def _executor(self, task: Task, arguments: list[str]) -> str:
        path = arguments[arguments.index(_CLASS_PATH) + 1]
        beam, skip = [], False
        for each in arguments:
            if not skip and each not in _OF_ENTRYPOINT:
                beam.append(each)
            skip = not skip and each in _OF_ENTRYPOINT
        name = component_class(path, task.id)
        if name is not None and runs_beam(name):
            python = {"class_path": path}
            spec = {"@type": f"{_SPECS}.BeamExecutableSpec", "python_executor_spec": python}
            self.executors[task.id] = {**spec, "beam_pipeline_args": beam}
        else:
            self.executors[task.id] = {"@type": f"{_SPECS}.PythonClassExecutableSpec", "class_path": path}
        if name is not None:
            return name
        if path.endswith(_OF_FUNCTION):
            return path.removesuffix(_OF_FUNCTION)
        self._notes.add(
            task.id, f"the file says its executor ({path}) and not its component: name the component's class"
        )
        return "Unknown"

    def _importer(self, task: Task, node: dict[str, Any]) -> None:
        spec = task.executor["importer"]
        node["node_info"]["type"] = {"name": IMPORTER}
        uri = spec.get("artifactUri", {})
        source: Source = Unknown("the file does not say it")
        if "constant" in uri:
            source = Constant(uri["constant"])
        elif "constantValue" in uri:
            source = Constant(uri["constantValue"].get("stringValue", ""))
        elif "runtimeParameter" in uri:
            source = task.parameters.get(uri["runtimeParameter"], source)
        value = self._value(task, "source_uri", source, "STRING", node["inputs"]["inputs"])
        reimport = {"field_value": {"int_value": int(bool(spec.get("reimport")))}}
        given = {"artifact_uri": value or _constant(""), "reimport": reimport}
        node["parameters"] = {"parameters": given}
        key = next(iter(node["outputs"]["outputs"]), "artifact")
        kind = artifact_type(spec.get("typeSchema", {}))
        known = ARTIFACT_TYPES[kind].properties if kind in ARTIFACT_TYPES else {}
        made: dict[str, Any] = {"type": {"name": kind}}
        for name, plain in spec.get("metadata", {}).items():
            if isinstance(plain, (str, int, float)) and not isinstance(plain, bool):
                section = "additional_properties" if name in known else "additional_custom_properties"
                made.setdefault(section, {})[name] = _constant(_whole(plain))
            else:
                self._notes.add(task.id, f"its property `{name}` is left out: it is no text and no number")
        node["outputs"] = {"outputs": {key: {"artifact_spec": made}}}

    def _outputs(self, task: Task) -> dict[str, Json]:
        definitions = task.component.get("outputDefinitions", {})
        found = {name: artifact_type(each) for name, each in definitions.get("artifacts", {}).items()}
        for name, each in definitions.get("parameters", {}).items():
            found.setdefault(name, OF_PARAMETER.get(parameter_type(each), "String"))
        return {name: {"artifact_spec": {"type": {"name": kind}}} for name, kind in found.items()}

    def _channel(self, task: Task, name: str, source: Source) -> Json | None:
        if isinstance(source, OfTask) and source.task in self._tasks:
            return self._read(source)
        reason = source.reason if isinstance(source, Unknown) else "it is no output of a task"
        self._notes.add(task.id, f"the input `{name}` is left out: {reason}")
        return None

    def _read(self, source: OfTask) -> Json:
        outputs = self._outputs(self._tasks[source.task])
        kind = outputs.get(source.output, {}).get("artifact_spec", {}).get("type", {"name": "Artifact"})
        channel = {
            "producer_node_query": {"id": source.task},
            "context_queries": [{"type": {"name": PIPELINE_RUN}}],
            "artifact_query": {"type": kind},
            "output_key": source.output,
        }
        return {"channels": [channel], "hidden": False}

    def _parameters(self, task: Task, inputs: dict[str, Json]) -> dict[str, Json]:
        definitions = task.component.get("inputDefinitions", {}).get("parameters", {})
        found = {}
        for name, source in task.parameters.items():
            value = self._value(task, name, source, parameter_type(definitions.get(name, {})), inputs)
            if value is not None:
                found[name] = value
        return found

    def _value(
        self, task: Task, name: str, source: Source, kind: str, inputs: dict[str, Json]
    ) -> Json | None:
        """Returns a Value of the IR; what a task's output gives is an input that is hidden."""
        if isinstance(source, Constant):
            if isinstance(source.value, str) and source.value.startswith("{{$."):
                return self._of_run(task, name, source.value)
            return _constant(source.value)
        if isinstance(source, OfPipeline) and source.name in self._declared:
            return {"runtime_parameter": self._declared[source.name]}
        if isinstance(source, OfTask):
            return {"placeholder": self._artifact_value(source, inputs)}
        reason = source.reason if isinstance(source, Unknown) else "only an exit task of yours is told it"
        self._notes.add(task.id, f"`{name}` is left out: {reason}")
        return None

    def _of_run(self, task: Task, name: str, text: str) -> Json | None:
        if text in ("{{$.pipeline_job_uuid}}", "{{$.pipeline_job_name}}"):
            return {"runtime_parameter": {"name": "pipeline-run-id", "type": "STRING"}}
        self._notes.add(task.id, f"`{name}` is left out: a spec has nothing like `{text}`")
        return None

    def _artifact_value(self, source: OfTask, inputs: dict[str, Json]) -> Json:
        key = f"_{source.task}.{source.output}"
        inputs[key] = {**self._read(source), "hidden": True}
        index = {"expression": {"placeholder": {"type": "INPUT_ARTIFACT", "key": key}}, "index": 0}
        return {"operator": {"artifact_value_op": {"expression": {"operator": {"index_op": index}}}}}

    def _whole_input(self, task: Task) -> Json:
        definitions = task.component.get("inputDefinitions", {}).get("parameters", {})
        constants = {n: each.value for n, each in task.parameters.items() if isinstance(each, Constant)}
        others = [name for name, each in task.parameters.items() if isinstance(each, (OfPipeline, OfTask))]
        texts = [name for name in others if parameter_type(definitions.get(name, {})) == "STRING"]
        return whole_input(constants, texts, [each for each in others if each not in texts], task.component)

    def _conditions(self, task: Task, node: dict[str, Any]) -> None:
        for number, guard in enumerate(task.guards):
            inputs = node["inputs"]["inputs"]
            try:
                expression = expression_of(
                    guard.text, lambda *what, guard=guard, inputs=inputs: self._asked(guard, inputs, *what)
                )
            except NotCarriedError as reason:
                self._notes.add(task.id, f"it runs whatever comes: {reason}")
                continue
            kept = node["inputs"].setdefault("conditionals", {})
            kept[f"cond_{number:02}"] = {"placeholder_expression": expression}

    def _asked(self, guard: Guard, inputs: dict[str, Json], kind: str, name: str, field: str) -> Json:
        source = (guard.parameters if kind == "parameter" else guard.artifacts).get(name)
        if kind == "parameter" and isinstance(source, Constant):
            return {"value": _constant(source.value)["field_value"]}
        if kind == "parameter" and isinstance(source, OfPipeline) and source.name in self._declared:
            return {"runtime_parameter": self._declared[source.name]}
        if not isinstance(source, OfTask):
            reason = source.reason if isinstance(source, Unknown) else "it asks what a spec cannot"
            raise NotCarriedError(f"`{name}` in its condition has no place in a spec: {reason}")
        if kind == "parameter":
            return self._artifact_value(source, inputs)
        key = f"_{source.task}.{source.output}"
        inputs[key] = {**self._read(source), "hidden": True}
        index = {"expression": {"placeholder": {"type": "INPUT_ARTIFACT", "key": key}}, "index": 0}
        artifact = {"operator": {"index_op": index}}
        if kind == "uri":
            return {"operator": {"artifact_uri_op": {"expression": artifact}}}
        type_name = inputs[key]["channels"][0]["artifact_query"]["type"]["name"]
        known = ARTIFACT_TYPES[type_name].properties if type_name in ARTIFACT_TYPES else {}
        read = {"expression": artifact, "key": field, "is_custom_property": field not in known}
        return {"operator": {"artifact_property_op": read}}

    def _options(self, task: Task) -> Json:
        found: dict[str, Any] = {}
        if task.json.get("cachingOptions", {}).get("enableCache"):
            found["caching_options"] = {"enable_cache": True}
        retries = int(task.json.get("retryPolicy", {}).get("maxRetryCount", 0))
        if retries:
            found["max_execution_retries"] = retries
        return found


_PATHS = (
    "the paths that commands are given are URIs here: they are paths where `pipeline_root` is a folder that "
    "the containers see"
)


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _constant(value: Any) -> Json:
    """Returns a Value of the IR with a constant; lists and mappings as JSON, as TFX keeps them."""
    if isinstance(value, bool):
        return {"field_value": {"bool_value": value}}
    if isinstance(value, int):
        return {"field_value": {"int_value": str(value)}}
    if isinstance(value, float):
        return {"field_value": {"double_value": value}}
    text = value if isinstance(value, str) else json.dumps(value)
    found: dict[str, Any] = {"field_value": {"string_value": text}}
    if not isinstance(value, str):
        found["schema"] = {"value_type": {"list_type" if isinstance(value, list) else "dict_type": {}}}
    return found
