"""A node of an IR → a component of a spec."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from tfxc.compiler.importing.arguments import Arguments
from tfxc.compiler.importing.containers import container
from tfxc.compiler.importing.expressions import condition_of, constant
from tfxc.compiler.importing.ir import IrNode, Json, producer_of
from tfxc.compiler.importing.notes import NotCarriedError, Notes
from tfxc.compiler.importing.paths import Paths
from tfxc.compiler.importing.resolvers import RESOLVER, resolver
from tfxc.compiler.importing.user_code import UserCode
from tfxc.compiler.models.markers import keys_of
from tfxc.compiler.source.read import SPEC_FILE
from tfxc.schemas.components import component_model, component_types
from tfxc.schemas.components.base import Component, ExecutorComponent

INPUTS = "inputs"
"""What the components of an included spec read from."""
IMPORTER = "tfx.dsl.components.common.importer.Importer"
_OWN_EXECUTORS = {
    "tfx.components.trainer.component.Trainer": "tfx.components.trainer.executor.GenericExecutor"
}
"""What runs a component where its package has more than one executor."""


class Components:
    """Turns the nodes of a pipeline into components. ``ids`` are TFX's ids → those of the spec."""

    def __init__(
        self,
        pipeline: str,
        ids: Mapping[str, str],
        arguments: Arguments,
        paths: Paths,
        code: UserCode,
        notes: Notes,
    ) -> None:
        self._pipeline, self._ids, self._arguments = pipeline, ids, arguments
        self._paths, self._code, self._notes = paths, code, notes

    def component(self, node: IrNode) -> dict[str, Any]:
        """Returns a component in the Plan's form of values, without what says how it is run."""
        id_ = self._ids[node.id]
        channels = self._channels(node)
        component = self._by_type(node, id_, channels)
        if node.id != id_ and node.inner is None:
            first, *others = component.items()
            component = dict([first, ("tfx_id", node.id), *others])
        conditions = []
        for expression in node.conditions:
            try:
                conditions.append(condition_of(expression, channels))
            except NotCarriedError as reason:
                self._notes.add(id_, f"it runs whatever comes: {reason}")
        if conditions:
            several = len(conditions) > 1
            component["when"] = " and ".join(
                f"({each})" if several and " or " in each else each for each in conditions
            )
        read = {producer for producer, _ in channels.values()} | self._read(node)
        waits = [self._ids[name] for name in node.upstream if name in self._ids]
        waits = [each for each in waits if each not in read and each not in (INPUTS, id_)]
        if waits:
            component["depends_on"] = waits
        return component

    def _by_type(self, node: IrNode, id_: str, channels: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
        try:
            if node.type_name == RESOLVER:
                return {"type": "Resolver", **resolver(node, self._ids, self._pipeline, self._code)}
            if node.type_name == IMPORTER:
                return {"type": "Importer", **self._importer(node, id_, channels)}
            sources = self._sources(node, id_)
            if node.inner is not None:
                spec = {"type": "Pipeline", "spec": f"{id_}/{SPEC_FILE}"}
                return {**spec, **({"inputs": sources} if sources else {})}
            if node.executor.container is not None:
                plain = self._arguments.plain(node, id_, channels)
                return {"type": "Container", **container(node, sources, plain)}
        except NotCarriedError as reason:
            self._notes.add(id_, f"it is not carried: {reason}")
            return {"type": node.type_name.rpartition(".")[2] or "Unknown"}
        model = _model(node)
        if model is None:
            if node.type_name.startswith("tfx."):
                self._notes.add(id_, f"tfxc does not have the component {node.type_name}")
            return {
                "type": self._code.attribute(node.type_name) if "." in node.type_name else node.type_name,
                **sources,
                **self._arguments.plain(node, id_, channels),
            }
        found: dict[str, Any] = {"type": model.__name__}
        executor = self._executor(node, model)
        if executor is not None:
            found["executor"] = executor
        keys = {in_ir: key for key, in_ir in model.keys_in_ir.items()}
        sources = {keys.get(key, key): source for key, source in sources.items()}
        found |= {key: sources.pop(key) for key in keys_of(model) if key in sources}
        for key in sources:
            self._notes.add(id_, f"the input `{key}` is left out: tfxc knows none of that name")
        return found | self._arguments.of_model(model, node, id_, channels)

    def _importer(self, node: IrNode, id_: str, channels: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
        given = self._arguments.plain(node, id_, channels)
        key, spec = next(iter(node.outputs.items()))
        found = {"source_uri": self._paths.path(given["artifact_uri"]), "artifact_type": spec["type"]["name"]}
        if given.get("reimport"):
            found["reimport"] = True
        for name, section in (
            ("properties", "additional_properties"),
            ("custom_properties", "additional_custom_properties"),
        ):
            values = {each: constant(value["field_value"]) for each, value in spec.get(section, {}).items()}
            if values:
                found[name] = dict(sorted(values.items()))
        if key != "result":
            found["output_key"] = key
        return found

    def _executor(self, node: IrNode, model: type[Component]) -> str | None:
        """Returns the executor that is not the component's own, if it is none."""
        path = node.executor.class_path
        if path is None or not issubclass(model, ExecutorComponent):
            return None
        own = model.executor_class
        if own is not None and own.replace(":", ".") == path:
            return None
        default = _OWN_EXECUTORS.get(node.type_name)
        package = node.type_name.rpartition(".")[0].rpartition(".")[0]
        if path == default or (default is None and path.startswith(f"{package}.") and _is_tfx(path)):
            return None
        return self._code.attribute(path)

    def _channels(self, node: IrNode) -> dict[str, tuple[str, str]]:
        """Returns what each input reads, hidden ones too, of those that read one output."""
        found = {}
        for key, spec in node.inputs.items():
            produced = [producer_of(channel) for channel in spec.get("channels", [])]
            if len(produced) == 1 and produced[0] is not None and produced[0][0] in self._ids:
                found[key] = (self._ids[produced[0][0]], produced[0][1])
        return found

    def _read(self, node: IrNode) -> set[str]:
        """Returns the components that any channel of a node reads in this run."""
        channels = [channel for spec in node.inputs.values() for channel in spec.get("channels", [])]
        names = (channel.get("producer_node_query", {}).get("id") for channel in channels)
        return {self._ids[name] for name in names if name in self._ids}

    def _sources(self, node: IrNode, id_: str) -> dict[str, Any]:
        """Returns the channels that the component's constructor was given, by its keys."""
        found = {}
        for key, spec in node.inputs.items():
            if spec.get("hidden") or key.startswith("_"):
                continue
            try:
                listed = self._source(spec, node)
            except NotCarriedError as reason:
                self._notes.add(id_, f"the input `{key}` is left out: {reason}")
                continue
            found[key] = listed[0] if len(listed) == 1 else listed
        return dict(sorted(found.items()))

    def _source(self, spec: Json, node: IrNode) -> list[str]:
        keys = spec.get("mixed_inputs", {}).get("input_keys")
        if keys:
            return [each for key in keys for each in self._source(node.inputs[key], node)]
        listed = []
        for channel in spec.get("channels", []):
            produced = producer_of(channel)
            if produced is None or produced[0] not in self._ids:
                raise NotCarriedError("it is no output of a node of this pipeline")
            listed.append(f"{self._ids[produced[0]]}.{produced[1]}")
        if not listed:
            raise NotCarriedError("TFX chooses its artifacts by a resolver function, for each or by a query")
        return listed


def _model(node: IrNode) -> type[Component] | None:
    """Returns the model of a component of TFX's; None of one of the user's."""
    candidates = _models_by_class().get(node.type_name, ())
    path = node.executor.class_path
    for model in candidates:
        own = getattr(model, "executor_class", None)
        if own is not None and own.replace(":", ".") == path:
            return model
    plain = [model for model in candidates if getattr(model, "executor_class", None) is None]
    return plain[0] if plain else None


def component_class(executor: str, node: str) -> str | None:
    """Returns the class of the component of TFX's that an executor's class runs, ``package.module.Class``.

    Of an executor of the user's that is known by what the node is called, if that is TFX's name: ``Trainer``
    or ``Trainer.large``. None if there is no telling.
    """
    package = executor.rpartition(".")[0].rpartition(".")[0]
    named = node.partition(".")[0]
    by_name = None
    candidates = []
    for class_path, models in _models_by_class().items():
        if any(
            (getattr(model, "executor_class", None) or "").replace(":", ".") == executor for model in models
        ):
            return class_path
        if class_path.rpartition(".")[0].rpartition(".")[0] == package:
            candidates.append(class_path)
        if named in {class_path.rpartition(".")[2], *(model.__name__ for model in models)}:
            by_name = by_name or class_path
    if not _is_tfx(executor):
        return by_name
    if by_name in candidates or not candidates:
        return by_name if by_name in candidates else None
    plain = [each for each in candidates if "QueryBased" not in each and "FileBased" not in each]
    return (plain or candidates)[0]


def runs_beam(class_path: str) -> bool:
    """Whether the executor of a component of TFX's takes Beam's arguments."""
    return any(model.runs_beam for model in _models_by_class().get(class_path, ()))


@cache
def _models_by_class() -> Mapping[str, tuple[type[Component], ...]]:
    found: dict[str, tuple[type[Component], ...]] = {}
    for name in component_types():
        model = component_model(name)
        key = model.class_path.replace(":", ".")
        found[key] = (*found.get(key, ()), model)
    return found


def _is_tfx(class_path: str) -> bool:
    return class_path.startswith("tfx.")
