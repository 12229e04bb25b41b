"""The kfp SDK's opinion: of our files, of the checker, and of the reader of messages."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import yaml

from tfxc.backends.kubeflow.conformance import proto_reader
from tfxc.backends.kubeflow.conformance.check import check_text
from tfxc.backends.kubeflow.conformance.rules_kubernetes import executor_configs
from tfxc.schemas.plan import Plan

pytestmark = pytest.mark.kubeflow

InKfp = Callable[..., Any]
Emit = Callable[[Plan], Mapping[str, str]]
MUTATIONS = 600
LAX = ('`""`', "`[]`", "`true`", '`"7"`', "`1.5`")
VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    7,
    -1,
    1.5,
    "",
    "text",
    "7",
    "30s",
    [],
    ["x"],
    {},
    {"key": "value"},
    [{}],
)


@pytest.fixture(scope="module")
def sdk_texts(in_kfp: InKfp) -> Mapping[str, str]:
    texts: dict[str, str] = in_kfp("sdk_pipelines.py", None)
    return texts


def test_the_checker_accepts_what_the_sdk_compiles(sdk_texts: Mapping[str, str]) -> None:
    assert {name: check_text(text).findings for name, text in sdk_texts.items()} == dict.fromkeys(
        sdk_texts, ()
    )


def test_the_sdk_loads_what_we_compile(full_plan: Plan, emit: Emit, in_kfp: InKfp) -> None:
    assert in_kfp("load_pipelines.py", [emit(full_plan)["pipeline.yaml"]]) == ["penguin"]


def test_the_messages_are_those_of_kfp(in_kfp: InKfp, full_plan: Plan, emit: Emit) -> None:
    values = list(_messages(emit(full_plan)["pipeline.yaml"]))
    assert in_kfp("read_messages.py", values) == [True] * len(values)


def test_the_reader_and_protobuf_agree(
    in_kfp: InKfp, full_plan: Plan, emit: Emit, sdk_texts: Mapping[str, str]
) -> None:
    """Python's protobuf is laxer than Go's, which the backend uses: it reads an empty list or text as a
    message, a boolean as a number, and any number or digits as an enum."""
    generator = random.Random(8)
    texts = [emit(full_plan)["pipeline.yaml"], *sdk_texts.values()]
    originals = [value for text in texts for value in _messages(text)]
    changed = [_mutated(generator, *generator.choice(originals)) for _ in range(MUTATIONS)]
    expected = in_kfp("read_messages.py", changed)
    assert 0.2 < sum(expected) / len(expected) < 0.8
    for (message, value), accepted in zip(changed, expected, strict=True):
        found = [what for _, what in proto_reader.misfits(message, value, "")]
        strictly = [what for what in found if not what.endswith(LAX)]
        assert bool(strictly) is not accepted or (found and not strictly), (message, found)


def _messages(text: str) -> Iterator[tuple[str, Any]]:
    """Yields the messages of a pipeline.yaml with their types."""
    spec, *platforms = yaml.safe_load_all(text)
    yield proto_reader.PIPELINE_SPEC, spec
    yield proto_reader.DEPLOYMENT_CONFIG, spec["deploymentSpec"]
    for platform in platforms:
        yield proto_reader.PLATFORM_SPEC, platform
        for config in executor_configs(platform).values():
            yield proto_reader.EXECUTOR_CONFIG, config


def _mutated(generator: random.Random, message: str, value: Any) -> tuple[str, Any]:
    """Returns a message with one thing in it changed: a value, a key, or one more key."""
    value = copy.deepcopy(value)
    places = list(_places(value))
    holder, key = generator.choice(places)
    kind = generator.random()
    if kind < 0.7 or not isinstance(holder, dict):
        holder[key] = generator.choice(VALUES)
    elif kind < 0.85:
        holder[f"{key}x"] = holder.pop(key)
    else:
        other, other_key = generator.choice(places)
        holder[str(other_key)] = copy.deepcopy(other[other_key])
    return message, value


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield value, key
        yield from _places(inner)
