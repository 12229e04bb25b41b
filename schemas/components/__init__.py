"""The components that a spec can use, TFX's and tfxc's own, one pydantic model each.

Only the module of a component that a spec uses is imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfxc.schemas.components.base import Component

_MODULES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "ingest": (
            "CsvExampleGen",
            "ImportExampleGen",
            "ParquetExampleGen",
            "AvroExampleGen",
            "FileBasedExampleGen",
            "ImportSchemaGen",
        ),
        "queries": (
            "QueryBasedExampleGen",
            "BigQueryExampleGen",
            "BigQueryToElwcExampleGen",
            "PrestoExampleGen",
        ),
        "data_views": ("TfGraphDataViewProvider", "DataViewBinder"),
        "validate": (
            "StatisticsGen",
            "SchemaGen",
            "ExampleValidator",
            "DistributionValidator",
            "ExampleDiff",
        ),
        "transform": ("Transform",),
        "train": ("Tuner", "Trainer"),
        "evaluate": ("Evaluator",),
        "choose": ("BestModel",),
        "serve": ("InfraValidator", "Pusher", "BulkInferrer"),
        "registry": ("ModelRegistryPusher",),
        "google_cloud": (
            "CloudAITrainer",
            "CloudAITuner",
            "CloudAIPusher",
            "CloudAIBulkInferrer",
            "BigQueryMLPusher",
        ),
        "alert": ("Alert",),
        "trigger": ("PipelineTrigger",),
        "nodes": ("Resolver", "Importer"),
        "container": ("Container",),
        "pipeline": ("Pipeline",),
    }
)
"""module of this package → the component types it has, in the order of a pipeline"""

_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


class UnknownComponentTypeError(LookupError):
    """No standard component has that type."""


def component_types() -> tuple[str, ...]:
    """Returns the names of the standard component types, in the order of a pipeline. Imports none."""
    return tuple(_MODULE_OF)


def find_component_model(type_name: str) -> type[Component] | None:
    """Returns the model of a standard component type; None for any other, such as one of the user's."""
    return component_model(type_name) if type_name in _MODULE_OF else None


@cache
def component_model(type_name: str) -> type[Component]:
    """Returns the model of a standard component type. Raises UnknownComponentTypeError."""
    try:
        module = _MODULE_OF[type_name]
    except KeyError:
        raise UnknownComponentTypeError(type_name) from None
    model: type[Component] = getattr(import_module(f"{__name__}.{module}"), type_name)
    return model


def carried_arguments(type_name: str) -> frozenset[str]:
    """Returns the arguments of a component type that name files which bundles carry."""
    from tfxc.schemas.components.markers import InputPath

    model = find_component_model(type_name)
    fields = model.model_fields if model is not None else {}
    return frozenset(
        name
        for name, field in fields.items()
        if any(isinstance(mark, InputPath) and mark.carried for mark in field.metadata)
    )


def written_arguments(type_name: str) -> frozenset[str]:
    """Returns the arguments of a component type whose paths it writes to; none of a type of the user's."""
    from tfxc.schemas.components.markers import WritesToPaths

    model = find_component_model(type_name)
    fields = model.model_fields if model is not None else {}
    marked = (name for name, field in fields.items() if WritesToPaths() in field.metadata)
    return frozenset(marked)


def inputs_that_may_be_empty(type_name: str) -> frozenset[str]:
    """Returns the channels that a component type needs in a spec, but does without where they are empty."""
    from tfxc.schemas.components.markers import MayBeEmpty

    model = find_component_model(type_name)
    fields = model.model_fields if model is not None else {}
    return frozenset(name for name, field in fields.items() if MayBeEmpty() in field.metadata)


def in_place_of_module_file(type_name: str) -> frozenset[str]:
    """Returns the arguments of a component type that name a function by its import path and are given in
    place of a module file."""
    from tfxc.schemas.components.markers import ModuleFile, UserFunction

    model = find_component_model(type_name)
    if model is None:
        return frozenset()
    marks = {name: {type(mark) for mark in field.metadata} for name, field in model.model_fields.items()}
    groups = [group for group in model.exactly_one if any(ModuleFile in marks[name] for name in group)]
    return frozenset(name for group in groups for name in group if UserFunction in marks[name])
