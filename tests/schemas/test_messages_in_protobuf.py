"""Whatever a config message's model accepts, protobuf's strict parser accepts too."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from tfxc.compiler.models.value_types import (
    AlternativesValue,
    ChoiceValue,
    ListValue,
    MappingValue,
    ModelValue,
    ScalarValue,
    ValueType,
    read_field,
)
from tfxc.schemas.protos.base import ProtoModel, json_name, without_own_fields
from tfxc.schemas.tfx_lines import installed_line, is_in

pytestmark = pytest.mark.tfx

ANY_MESSAGE = {"@type": "type.googleapis.com/tfx.components.trainer.TrainArgs", "numSteps": 3}
DEPTH = 3
"""How deep the generated messages nest."""


def messages(model: type[BaseModel], depth: int = DEPTH) -> st.SearchStrategy[dict[str, Any]] | None:
    """JSON forms of a message: any subset of its fields, in either spelling, null among the values.

    None if a field that it needs is nested too deep.
    """
    fields = {}
    for name, info in model.model_fields.items():
        if not is_in(installed_line(), info.metadata):
            continue
        value = values(read_field(info), depth, name)
        if value is None and info.is_required():
            return None
        if value is not None:
            fields[name] = value if info.is_required() else st.none() | value
    required = {name: fields[name] for name, info in model.model_fields.items() if info.is_required()}
    optional = {name: value for name, value in fields.items() if name not in required}
    mappings = st.fixed_dictionaries(required, optional=optional)
    return st.tuples(mappings, st.booleans()).map(
        lambda drawn: {json_name(name) if drawn[1] else name: each for name, each in drawn[0].items()}
    )


def values(value: ValueType, depth: int, name: str) -> st.SearchStrategy[Any] | None:
    """Values of a field; None for a message that is nested too deep."""
    if isinstance(value, ModelValue):
        return messages(value.model, depth - 1) if depth > 0 else None
    if isinstance(value, ListValue):
        item = values(value.item, depth, name)
        least = value.limits.get("minItems", 0)
        return st.lists(item, min_size=least, max_size=least + 2) if item is not None else None
    if isinstance(value, MappingValue):
        if name in ("custom_config", "extra_metadata"):
            return st.just(ANY_MESSAGE)
        item = values(value.item, depth, name)
        keys = st.from_regex(r"\A-?[0-9]{1,9}\Z") if value.key_limits else st.text(max_size=5)
        return st.dictionaries(keys, item, max_size=2) if item is not None else None
    if isinstance(value, ChoiceValue):
        return st.sampled_from(value.values)
    if isinstance(value, AlternativesValue):
        if name == "config":
            return st.just('{"a": 1}') | st.dictionaries(st.text(max_size=3), st.integers(), max_size=2)
        found = [values(each, depth, name) for each in value.alternatives]
        return st.one_of([each for each in found if each is not None])
    assert isinstance(value, ScalarValue)
    return scalars(value, name)


def scalars(value: ScalarValue, name: str) -> st.SearchStrategy[Any]:
    least, most = value.limits.get("minimum"), value.limits.get("maximum")
    if value.types == ("integer",):
        return st.integers(least, most)
    if value.types == ("number",):
        return st.floats(-1e30, 1e30) | st.integers(-1000, 1000)
    if value.types == ("boolean",):
        return st.booleans()
    if value.limits.get("pattern", "").startswith("^-?[0-9]"):
        return st.integers(0, 2**31).map(str)
    if "pattern" in value.limits:
        return st.sampled_from(["", "aGk=", "aGk", "_-8="])
    return st.text(st.characters(codec="utf-8"), min_size=value.limits.get("minLength", 0), max_size=6)


def test_what_a_model_accepts_parses(message_model: type[ProtoModel]) -> None:
    from tfxc.backends.launcher.build.protos import parse

    import_module("tfx.proto.trainer_pb2")  # the message that ANY_MESSAGE holds
    generated = messages(message_model)
    assert generated is not None

    @settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(generated)
    def check(value: dict[str, Any]) -> None:
        try:
            message_model.model_validate(value)
        except ValidationError:
            return
        written = without_own_fields(message_model, value)
        parse(message_model.proto, written, "value", message_model.proto_module())

    check()
