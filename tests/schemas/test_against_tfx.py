"""The models say what the installed line of TFX says: nothing is missing, nothing is invented.

What is left out on purpose stands in the tables at the top, each with its reason.
"""

from __future__ import annotations

import contextlib
import inspect
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from unittest.mock import MagicMock

import pytest
from pydantic import BaseModel

from tfxc.compiler.models.markers import input_fields, keys_of, marked_keys, marker_of
from tfxc.compiler.models.value_types import (
    AlternativesValue,
    ListValue,
    MappingValue,
    ModelValue,
    ScalarValue,
    ValueType,
    read_field,
)
from tfxc.schemas.artifacts import ARTIFACT_TYPES
from tfxc.schemas.components import component_model, component_types
from tfxc.schemas.components.base import COMMON_KEYS, Component
from tfxc.schemas.components.markers import ChannelInput, ExecutionKey, ExecutionProperty
from tfxc.schemas.components.nodes import STRATEGY_CLASSES
from tfxc.schemas.protos.base import FieldOfTfxc, ProtoModel
from tfxc.schemas.protos.scalars import ProtoEnum
from tfxc.schemas.protos.stats_options import StatsOptions
from tfxc.schemas.tfx_lines import installed_line, is_in

pytestmark = pytest.mark.tfx

Models = dict[str, type[ProtoModel]]
LINE = installed_line()

DEPRECATED = "deprecated: another name of examples, which TFX only passes on"
CHANNEL_OBJECT = "an output channel, which Python code may make itself"
DECIDED_BY_TYPE = "it says what the executor does, and that is what the type is for"
LEFT_OUT_ARGUMENTS = {
    ("Trainer", "transformed_examples"): DEPRECATED,
    ("CloudAITrainer", "transformed_examples"): DEPRECATED,
    ("TfGraphDataViewProvider", "data_view"): CHANNEL_OBJECT,
    ("DataViewBinder", "output_examples"): CHANNEL_OBJECT,
    **{
        (type_name, argument): DECIDED_BY_TYPE
        for type_name in ("AvroExampleGen", "ParquetExampleGen")
        for argument in ("custom_config", "output_data_format", "output_file_format")
    },
}
OURS = {
    "executor": "custom_executor_spec, a Python object in TFX",
    "engine": "what makes a Tuner's trials, KerasTuner in TFX",
    "katib": "the search of another engine",
}
LEFT_OUT_STATS_OPTIONS = {
    "generators": "Python objects, which StatsOptions.to_json refuses",
    "slice_functions": "Python functions, which StatsOptions.to_json refuses",
    "experimental_slice_functions": "Python functions, which StatsOptions.to_json refuses",
    "per_feature_stats_config": "a Python object, which StatsOptions.to_json refuses",
}
RENAMED_INPUTS = {
    ("ExampleDiff", "examples_test"): "examples",
    ("ExampleDiff", "examples_base"): "baseline_examples",
}
"""arguments that the constructor passes to an input of another name"""
OPTIONAL_IN_TFX_BUT_NEEDED = {
    ("CsvExampleGen", "input_base"): "the executor fails without it",
    ("ImportExampleGen", "input_base"): "the executor fails without it",
    ("FileBasedExampleGen", "input_base"): "the driver fails without it",
    ("AvroExampleGen", "input_base"): "the executor fails without it",
    ("ParquetExampleGen", "input_base"): "the executor fails without it",
    ("BigQueryToElwcExampleGen", "elwc_config"): "the constructor raises without it",
    ("CloudAIPusher", "custom_config"): "the executor fails without it",
    ("CloudAIBulkInferrer", "custom_config"): "the executor fails without it",
    ("CloudAIBulkInferrer", "model"): "an input that the component's spec requires",
    ("BigQueryMLPusher", "custom_config"): "the executor fails without it",
    ("CloudAITrainer", "examples"): "the constructor raises without it",
    ("Trainer", "examples"): "the constructor raises without it",
}
REQUIRED_FIELDS = {
    "tensorflow.data_validation.Validation": {"sql_expression"},
    "tensorflow_model_analysis.MetricConfig": {"class_name"},
    "tensorflow_model_analysis.PerSliceMetricThreshold": {"slicing_specs"},
    "tfx.components.bulkinferrer.OutputExampleSpec": {"output_columns_spec"},
    "tfx.components.bulkinferrer.PredictOutputCol": {"output_key", "output_column"},
    "tfx.components.bulkinferrer.RegressOutput": {"value_column"},
    "tfx.components.example_diff.ExampleDiffConfig": {"paired_example_skew"},
    "tfx.components.example_diff.PairedExampleSkew": {"identifier_features"},
    "tfx.components.example_diff.PairedExampleSkew.ConfusionConfig": {"feature_name"},
    "tfx.components.example_gen.Input.Split": {"name", "pattern"},
    "tfx.components.example_gen.SplitConfig.Split": {"name", "hash_buckets"},
    "tfx.components.infra_validator.EnvVar": {"name"},
    "tfx.components.infra_validator.RequestSpec": {"tensorflow_serving"},
    "tfx.components.infra_validator.SecretKeySelector": {"name", "key"},
    "tfx.components.pusher.PushDestination": {"filesystem"},
    "tfx.examples.custom_components.presto_example_gen.PrestoConnConfig": {"host"},
    "tfx.examples.custom_components.presto_example_gen.PrestoConnConfig.BasicAuthConfig": {
        "username",
        "password",
    },
    "third_party.py.tfx.extensions.google_cloud_big_query.experimental.elwc_example_gen.proto.ElwcConfig": {
        "context_feature_fields"
    },
    "tfx.components.pusher.PushDestination.Filesystem": {"base_directory"},
    "tfx.components.transform.SplitsConfig": {"analyze"},
    "tfx.configs.RollingRange": {"num_spans"},
}
"""proto3 requires nothing; TFX or TFMA fails at run time without these, or does nothing useful"""

DESCRIPTORS = (
    "tfx.proto.bulk_inferrer_pb2",
    "tfx.proto.distribution_validator_pb2",
    "tfx.proto.evaluator_pb2",
    "tfx.proto.example_diff_pb2",
    "tfx.proto.example_gen_pb2",
    "tfx.proto.infra_validator_pb2",
    "tfx.proto.pusher_pb2",
    "tfx.proto.range_config_pb2",
    "tfx.proto.trainer_pb2",
    "tfx.proto.transform_pb2",
    "tfx.proto.tuner_pb2",
    "tensorflow_metadata.proto.v0.schema_pb2",
    "tfx_bsl.public.proto.slicing_spec_pb2",
    "tfx.examples.custom_components.presto_example_gen.proto.presto_config_pb2",
    "tfx.extensions.google_cloud_big_query.experimental.elwc_example_gen.proto.elwc_config_pb2",
    "tensorflow_model_analysis.proto.config_pb2",
    *(("tensorflow_data_validation.anomalies.proto.custom_validation_config_pb2",) if LINE == "1.16" else ()),
)


def installed_class(class_path: str) -> Any:
    """Returns a class of TFX's. Clients of services that it imports may be away: nothing is asked of them."""
    with without_clients():
        module, _, name = class_path.partition(":")
        return getattr(import_module(module), name)


@contextlib.contextmanager
def without_clients() -> Iterator[None]:
    missing = [name for name in ("prestodb",) if find_spec(name) is None]
    for name in missing:
        sys.modules[name] = MagicMock()
    try:
        yield
    finally:
        for name in missing:
            del sys.modules[name]


def component_models() -> list[type[Component]]:
    """The models of classes of TFX's: a container's is made by a function, an included spec has none."""
    models = [component_model(name) for name in component_types()]
    return [model for model in models if model.kind not in ("container", "pipeline")]


def keys(model: type[Component]) -> dict[str, Any]:
    """The keys that are TFX's: not those that every component has, nor those of how a node is run."""
    ours = COMMON_KEYS | OURS.keys() | marked_keys(model, ExecutionKey).keys()
    return {key: info for key, info in fields(model).items() if key not in ours}


def fields(model: type[BaseModel]) -> dict[str, Any]:
    """The fields of a model that the installed line of TFX has, by their keys."""
    return {
        key: info
        for key, info in keys_of(model).items()
        if is_in(LINE, info.metadata) and FieldOfTfxc() not in info.metadata
    }


def descriptor(model: type[ProtoModel]) -> Any:
    from google.protobuf import descriptor_pool

    for module in DESCRIPTORS:
        import_module(module)
    pool: Any = descriptor_pool
    return pool.Default().FindMessageTypeByName(model.proto)


def channel_type(info: Any) -> str | None:
    return next((each.artifact_type for each in info.metadata if isinstance(each, ChannelInput)), None)


@pytest.mark.parametrize("model", component_models(), ids=lambda model: model.__name__)
def test_arguments_are_those_of_the_constructor(model: type[Component]) -> None:
    constructor = inspect.signature(installed_class(model.class_path).__init__).parameters
    theirs = {
        name
        for name, parameter in constructor.items()
        if name != "self" and parameter.kind is not inspect.Parameter.VAR_KEYWORD
    }
    left_out = {name for type_name, name in LEFT_OUT_ARGUMENTS if type_name == model.__name__}
    assert left_out <= theirs
    theirs -= {"custom_executor_spec"}
    assert set(keys(model)) == theirs - left_out


@pytest.mark.parametrize("model", component_models(), ids=lambda model: model.__name__)
def test_arguments_are_required_where_the_constructor_requires_them(model: type[Component]) -> None:
    constructor = inspect.signature(installed_class(model.class_path).__init__).parameters
    for name, info in keys(model).items():
        needed = constructor[name].default is inspect.Parameter.empty
        if model.__name__ == "Resolver" and name == "strategy_class":
            continue  # Without one TFX resolves nothing, which a channel does by itself.
        assert info.is_required() == (needed or (model.__name__, name) in OPTIONAL_IN_TFX_BUT_NEEDED), name


@pytest.mark.parametrize("model", component_models(), ids=lambda model: model.__name__)
def test_defaults_are_those_of_the_constructor(model: type[Component]) -> None:
    constructor = inspect.signature(installed_class(model.class_path).__init__).parameters
    for name, info in keys(model).items():
        if not info.is_required():
            assert info.default == constructor[name].default, name


@pytest.mark.parametrize("model", component_models(), ids=lambda model: model.__name__)
def test_those_run_beam_whose_executors_are_of_beam(model: type[Component]) -> None:
    from tfx.dsl.components.base.executor_spec import BeamExecutorSpec

    executor = getattr(installed_class(model.class_path), "EXECUTOR_SPEC", None)
    assert model.runs_beam == isinstance(executor, BeamExecutorSpec)


@pytest.mark.parametrize("model", component_models(), ids=lambda model: model.__name__)
def test_inputs_and_outputs_are_those_of_the_component_spec(model: type[Component]) -> None:
    spec = getattr(installed_class(model.class_path), "SPEC_CLASS", None)
    if spec is None:
        assert model.__name__ in ("Resolver", "Importer")
        return
    ours = {
        RENAMED_INPUTS.get((model.__name__, name), name): (channel_type(info), info.is_required())
        for name, info in keys(model).items()
        if channel_type(info) is not None
    }
    theirs = {
        name: (parameter.type.TYPE_NAME, not parameter.optional) for name, parameter in spec.INPUTS.items()
    }
    # A spec may have inputs that the constructor does not offer.
    offered = inspect.signature(installed_class(model.class_path).__init__).parameters
    renamed = {theirs for (type_name, _), theirs in RENAMED_INPUTS.items() if type_name == model.__name__}
    theirs = {name: value for name, value in theirs.items() if name in offered or name in renamed}
    assert ours == theirs
    assert {key: output.artifact_type for key, output in model.outputs.items()} == {
        name: parameter.type.TYPE_NAME for name, parameter in spec.OUTPUTS.items()
    }


@pytest.mark.parametrize("model", component_models(), ids=lambda model: model.__name__)
def test_arguments_become_the_execution_properties_of_tfx(model: type[Component]) -> None:
    """What the Plan calls `execution_property` is a parameter of TFX's component."""
    given = [name for name in keys(model) if name not in COMMON_KEYS and name not in input_fields(model)]
    kept = {name: marker_of(model, name, ExecutionProperty) for name in given}
    ours = {each.name if each is not None else name for name, each in kept.items()} - {None}
    if model.__name__ == "Resolver":
        from tfx.dsl.components.common import resolver

        theirs = {resolver.RESOLVER_STRATEGY_CLASS, resolver.RESOLVER_CONFIG}
    elif model.__name__ == "Importer":
        from tfx.dsl.components.common import importer

        theirs = {importer.SOURCE_URI_KEY, importer.REIMPORT_OPTION_KEY, importer.OUTPUT_KEY_KEY}
    else:
        theirs = set(installed_class(model.class_path).SPEC_CLASS.PARAMETERS)
    assert ours <= theirs


def test_a_container_has_what_tfx_makes_one_of() -> None:
    model = component_model("Container")
    theirs = set(inspect.signature(installed_class(model.class_path)).parameters)
    assert theirs - {"name"} == set(keys(model)) - {"args", "working_directory"}


OUTPUT_VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "Transform": ("Transform", {}),
    "Transform without examples": ("Transform", {"materialize": False}),
    "Transform without cache": ("Transform", {"disable_analyzer_cache": True}),
    "Transform without statistics": ("Transform", {"disable_statistics": True}),
    "BulkInferrer": ("BulkInferrer", {}),
    "BulkInferrer that writes examples": ("BulkInferrer", {"output_example_spec": {}}),
}


@pytest.mark.parametrize(("type_name", "arguments"), OUTPUT_VARIANTS.values(), ids=OUTPUT_VARIANTS.keys())
def test_outputs_are_there_when_the_component_has_them(
    type_name: str, arguments: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tfx.proto import bulk_inferrer_pb2
    from tfx.types import channel, standard_artifacts

    monkeypatch.setenv("UNSUPPORTED_DO_NOT_PACKAGE_USER_MODULES", "1")
    values: dict[str, Any] = {
        "examples": channel.Channel(standard_artifacts.Examples),
        **({"schema": channel.Channel(standard_artifacts.Schema)} if type_name == "Transform" else {}),
        **({"preprocessing_fn": "module.function"} if type_name == "Transform" else {}),
        **arguments,
    }
    if "output_example_spec" in values:
        values["output_example_spec"] = bulk_inferrer_pb2.OutputExampleSpec(
            output_columns_spec=[bulk_inferrer_pb2.OutputColumnsSpec()]
        )
    model = component_model(type_name)
    component = installed_class(model.class_path)(**values)
    assert model.outputs_for(arguments) == {
        key: each.type.TYPE_NAME for key, each in component.outputs.items()
    }


@pytest.mark.parametrize("strategy", STRATEGY_CLASSES.values(), ids=STRATEGY_CLASSES.keys())
def test_resolver_strategies_are_there(strategy: str) -> None:
    from tfx.dsl.components.common.resolver import ResolverStrategy

    assert issubclass(installed_class(strategy), ResolverStrategy)


def test_messages_have_the_fields_of_their_descriptors(message_model: type[ProtoModel]) -> None:
    assert set(fields(message_model)) == {field.name for field in descriptor(message_model).fields}


def test_messages_have_the_oneofs_of_their_descriptors(message_model: type[ProtoModel]) -> None:
    theirs = {
        oneof.name: {field.name for field in oneof.fields}
        for oneof in descriptor(message_model).oneofs
        if not oneof.name.startswith("_")
    }
    assert {
        name: set(arms) & set(fields(message_model)) for name, arms in message_model.oneofs.items()
    } == theirs


def test_messages_require_what_is_listed_and_no_more(message_model: type[ProtoModel]) -> None:
    required = {name for name, info in fields(message_model).items() if info.is_required()}
    assert required == REQUIRED_FIELDS.get(message_model.proto, set())


WRAPPERS = {
    "google.protobuf.BoolValue": "boolean",
    "google.protobuf.Int32Value": "integer",
    "google.protobuf.DoubleValue": "number",
}


def field_type(field: Any) -> Any:
    """What a field of a descriptor takes, in the words of `our_type`."""
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        return {"mapping": field_type(field.message_type.fields_by_name["value"])}
    one: Any
    if field.message_type is not None:
        one = WRAPPERS.get(field.message_type.full_name, field.message_type.full_name)
    elif field.enum_type is not None:
        values = field.enum_type.values
        one = (field.enum_type.full_name, {value.name: value.number for value in values})
    elif field.cpp_type in (field.CPPTYPE_DOUBLE, field.CPPTYPE_FLOAT):
        one = "number"
    elif field.cpp_type == field.CPPTYPE_BOOL:
        one = "boolean"
    else:
        one = "string" if field.cpp_type == field.CPPTYPE_STRING else "integer"
    return {"list": one} if is_list(field) else one


def is_list(field: Any) -> bool:
    """Newer protobufs have a property for it, and no label."""
    newer = getattr(field, "is_repeated", None)
    return bool(newer) if newer is not None else field.label == field.LABEL_REPEATED


def our_type(value: ValueType, metadata: list[Any]) -> Any:
    enum = next((each for each in metadata if isinstance(each, ProtoEnum)), None)
    if enum is not None:
        return (enum.proto, dict(enum.names))
    if isinstance(value, ListValue):
        return {"list": our_type(value.item, [])}
    if isinstance(value, MappingValue):
        return {"mapping": our_type(value.item, [])}
    if isinstance(value, ModelValue):
        assert issubclass(value.model, ProtoModel)
        return value.model.proto
    if isinstance(value, AlternativesValue):
        # A number that may be text, or JSON text that may be a mapping: the first scalar is the usual one.
        return our_type(next(each for each in value.alternatives if isinstance(each, ScalarValue)), [])
    assert isinstance(value, ScalarValue)
    (only,) = value.types
    return only


def test_fields_have_the_types_of_their_descriptors(message_model: type[ProtoModel]) -> None:
    theirs = descriptor(message_model).fields_by_name
    for name, info in fields(message_model).items():
        if theirs[name].message_type and theirs[name].message_type.full_name == "google.protobuf.Any":
            continue  # A mapping of any message, with its type in @type.
        assert our_type(read_field(info), info.metadata) == field_type(theirs[name]), name


@pytest.mark.parametrize("camel_case", [False, True], ids=["snake_case", "camelCase"])
def test_what_protobuf_writes_of_a_full_message_is_accepted(
    message_model: type[ProtoModel], camel_case: bool, models_by_message: Models
) -> None:
    from google.protobuf import json_format, symbol_database

    for module in DESCRIPTORS:
        import_module(module)
    message = symbol_database.Default().GetSymbol(message_model.proto)()
    fill(message, models_by_message)
    written = json_format.MessageToDict(message, preserving_proto_field_name=not camel_case)
    message_model.model_validate(written)


def fill(message: Any, models: Models) -> None:
    """Sets every field of a message to a value that makes sense; of a oneof the first."""
    done = set()
    for field in message.DESCRIPTOR.fields:
        oneof = field.containing_oneof.name if field.containing_oneof is not None else None
        if oneof in done or exclusive(message.DESCRIPTOR.full_name, field.name, models):
            continue
        if oneof is not None:
            done.add(oneof)
        fill_field(message, field, models)


def exclusive(full_name: str, field: str, models: Models) -> bool:
    """Whether a field is one that our model allows only without the ones before it."""
    groups = models[full_name].at_most_one if full_name in models else ()
    return any(field in group[1:] for group in groups)


def fill_field(message: Any, field: Any, models: Models) -> None:
    value = getattr(message, field.name)
    if field.message_type is not None and field.message_type.full_name == "google.protobuf.Any":
        from tfx.proto import trainer_pb2

        one = value.add() if is_list(field) else value
        one.Pack(trainer_pb2.TrainArgs(num_steps=1))
    elif field.message_type is not None and field.message_type.GetOptions().map_entry:
        key = "1" if field.message_type.fields_by_name["key"].cpp_type == field.CPPTYPE_STRING else 1
        inner = field.message_type.fields_by_name["value"]
        if inner.message_type is not None:
            fill(value[key], models)
        else:
            value[key] = scalar(inner)
    elif is_list(field):
        if field.message_type is not None:
            fill(value.add(), models)
        else:
            value.append(scalar(field))
    elif field.message_type is not None:
        value.SetInParent()
        if field.message_type.full_name not in WRAPPERS:
            fill(value, models)
    else:
        setattr(message, field.name, scalar(field))


def scalar(field: Any) -> Any:
    if field.enum_type is not None:
        return field.enum_type.values[-1].number
    if field.cpp_type == field.CPPTYPE_STRING:
        if field.type == field.TYPE_BYTES:
            return b"bytes"
        return '{"a": 1}' if field.name == "config" else "text"
    return True if field.cpp_type == field.CPPTYPE_BOOL else 1


def test_every_message_that_a_component_reaches_is_modelled(models_by_message: Models) -> None:
    """No message type that a constructor takes, or that one of those holds, lacks a model."""
    from google.protobuf.message import Message as ProtobufMessage

    reached: set[str] = set()

    def reach(message: Any) -> None:
        if message.full_name in reached or message.full_name.startswith("google.protobuf."):
            return
        if message.GetOptions().map_entry:
            reached.add(message.full_name)
        else:
            reached.add(message.full_name)
            wanted.add(message.full_name)
        for field in message.fields:
            if field.message_type is not None:
                reach(field.message_type)

    wanted: set[str] = set()
    for model in component_models():
        spec = getattr(installed_class(model.class_path), "SPEC_CLASS", None)
        offered = inspect.signature(installed_class(model.class_path).__init__).parameters
        for name, parameter in (spec.PARAMETERS if spec is not None else {}).items():
            is_message = inspect.isclass(parameter.type) and issubclass(parameter.type, ProtobufMessage)
            if is_message and (name in offered or name.endswith("_config")):
                reach(parameter.type.DESCRIPTOR)
    assert wanted <= set(models_by_message)


def test_stats_options_are_the_arguments_of_the_constructor() -> None:
    import tensorflow_data_validation as tfdv

    constructor = inspect.signature(tfdv.StatsOptions.__init__).parameters
    ours = {info.alias or name for name, info in fields(StatsOptions).items()}
    assert set(constructor) - {"self"} == ours | set(LEFT_OUT_STATS_OPTIONS)


def test_artifact_types_are_those_of_tfx() -> None:
    from tfx.types import artifact, standard_artifacts
    from tfx.types.experimental import simple_artifacts

    theirs: dict[str, Any] = {
        str(getattr(value, "TYPE_NAME", "")): value
        for module in (standard_artifacts, simple_artifacts)
        for value in vars(module).values()
        if inspect.isclass(value)
        and issubclass(value, artifact.Artifact)
        and value.__module__ == module.__name__
        and getattr(value, "TYPE_NAME", None)
    }
    assert set(ARTIFACT_TYPES) == set(theirs)
    for name, ours in ARTIFACT_TYPES.items():
        assert installed_class(ours.class_path) is theirs[name]


def test_properties_of_artifact_types_are_those_of_tfx() -> None:
    from tfx.types.artifact import PropertyType

    kinds = {PropertyType.INT: "int", PropertyType.FLOAT: "float", PropertyType.STRING: "str"}
    for ours in ARTIFACT_TYPES.values():
        declared = installed_class(ours.class_path).PROPERTIES or {}
        assert dict(ours.properties) == {name: kinds[each.type] for name, each in declared.items()}


def test_value_artifacts_are_those_of_tfx() -> None:
    from tfx.types.value_artifact import ValueArtifact

    for ours in ARTIFACT_TYPES.values():
        is_value = issubclass(installed_class(ours.class_path), ValueArtifact)
        assert is_value == (ours.value is not None), ours.name
