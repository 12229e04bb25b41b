"""What a node runs: a component of TFX's, the user's or a container, with the code that travels with it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path as FolderPath
from typing import Any

from tfxc.compiler.lower.containers import lower_container
from tfxc.compiler.lower.modules import ModuleFolders
from tfxc.compiler.lower.values import ValueLowering, of_nodes
from tfxc.compiler.models.markers import marked_keys
from tfxc.compiler.pipeline.expand import Instance
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.nodes import Node
from tfxc.compiler.pipeline.user_code import final_status_parameter, module_of, strategy_of, texts_in
from tfxc.compiler.python.module_data import data_files
from tfxc.schemas.components.base import Component, ExecutorComponent
from tfxc.schemas.components.markers import ExecutorClass
from tfxc.schemas.plan import (
    ImporterComponent,
    PlanComponent,
    PlanExecutor,
    PlanModule,
    PythonComponent,
    ResolverComponent,
    StandardComponent,
)


def lower_component(
    pipeline: Pipeline,
    instance: Instance,
    given: Mapping[str, Any],
    values: ValueLowering,
    folders: ModuleFolders,
    module: PlanModule | None,
) -> PlanComponent:
    """Returns what a node runs. ``given`` are its keys that are not null, ``module`` is its code."""
    node, interface = instance.node, instance.node.interface
    assert interface is not None  # noqa: S101  the checks have looked
    if interface.python is not None:
        location = interface.python.location
        texts, data = _needs(node, pipeline, location.folder)
        return PythonComponent(
            type=interface.type_name,
            module=folders.add(location.folder, location.import_name, texts, data),
            function=interface.python.name,
            final_status=final_status_parameter(node, pipeline),
        )
    model = interface.model
    assert model is not None  # noqa: S101  an interface has one of the two
    if model.kind == "resolver":
        return _of_nodes(_resolver(pipeline, node, given, values, folders), instance)
    if model.kind == "importer":
        return ImporterComponent()
    if model.kind == "container":
        return lower_container(node, given, values)
    executor = _executor(pipeline, node, model, given, folders, module)
    return StandardComponent(
        type=interface.type_name,
        class_path=model.class_path,
        executor=executor,
        engine=model.engine_for(given) if issubclass(model, ExecutorComponent) else None,
    )


def _resolver(
    pipeline: Pipeline, node: Node, given: Mapping[str, Any], values: ValueLowering, folders: ModuleFolders
) -> ResolverComponent:
    """Returns a Resolver with TFX's strategy or the user's."""
    from tfxc.schemas.components.nodes import STRATEGY_CLASSES

    config = values.value(given.get("config") or {}, (*node.path, "config"))
    own = strategy_of(node)
    if own is None:
        return ResolverComponent(strategy_class=STRATEGY_CLASSES[given["strategy_class"]], config=config)
    found = pipeline.reader.strategy(own, (*node.path, "strategy_class"))
    module = folders.add(found.folder, found.import_name, *_needs(node, pipeline, found.folder))
    return ResolverComponent(
        strategy_class=f"{found.import_name}:{found.class_name}", config=config, module=module
    )


def _executor(
    pipeline: Pipeline,
    node: Node,
    model: type[Component],
    given: Mapping[str, Any],
    folders: ModuleFolders,
    module: PlanModule | None,
) -> PlanExecutor | None:
    """Returns the executor in the place of the component's own: the user's, or one that its model names."""
    for key in marked_keys(model, ExecutorClass):
        if key in given:
            origin = pipeline.loaded.origin_of((*node.path, key))
            found = pipeline.reader.executors.read(given[key], origin)
            needs = _needs(node, pipeline, found.folder if module is None else None)
            return PlanExecutor(
                module=folders.add(found.folder, found.import_name, *needs), class_name=found.class_name
            )
    known = model.executor_for(given) if issubclass(model, ExecutorComponent) else None
    if known is None:
        return None
    import_name, _, class_name = known.partition(":")
    return PlanExecutor(module=folders.add(None, import_name), class_name=class_name)


def _of_nodes(component: ResolverComponent, instance: Instance) -> ResolverComponent:
    """Returns a Resolver in whose settings the values of artifacts are those of nodes."""
    return component.model_copy(update={"config": of_nodes(component.config, instance.producers)})


def lower_module(pipeline: Pipeline, node: Node, folders: ModuleFolders) -> PlanModule | None:
    """Returns the module of a component of TFX's that is given code of the user's."""
    for code in module_of(node, pipeline):
        return folders.add(code.folder, code.import_name, *_needs(node, pipeline, code.folder))
    return None


def _needs(
    node: Node, pipeline: Pipeline, folder: FolderPath | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Returns the texts of a component, which may name modules, and the data that travels with its code."""
    texts = tuple(texts_in(dict(node.values)))
    if folder is None:
        return texts, ()
    path = (*node.path, "module_data")
    data = [
        file
        for index, named in enumerate(node.values.get("module_data") or ())
        for file in data_files(
            named, pipeline.loaded.origin_of((*path, index)), folder, pipeline.loaded.files
        )
    ]
    return texts, tuple(data)
