"""Whatever a document holds, the checks answer, the same each time, and a sound one lowers."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tfxc.compiler.checks.registry import run_checks
from tfxc.compiler.lower import lower
from tfxc.compiler.pipeline.expand import expand
from tfxc.compiler.pipeline.model import pipeline_of
from tfxc.compiler.source.diagnose import to_diagnostic
from tfxc.compiler.source.include import with_included
from tfxc.compiler.source.load import Loaded, load
from tfxc.schemas.diagnostic_codes import CODES
from tfxc.schemas.plan_file import load_plan

pytestmark = pytest.mark.fuzz

SPECS = Path(__file__).parents[2] / "specs"
BESIDE = ("*.py", "*/*.py", "*/pipeline.yaml")
"""What an example names: its modules, and the specs that it includes, with theirs."""
DOCUMENTS = {path.parent.name: dict(load(path).document) for path in SPECS.glob("*/pipeline.yaml")}
WORDS = (
    "example_gen.examples", "trainer.model", "trainer", "a.b", "{{ parameters.data }}", "{{ parameters.x }}",
    "{{ run.id", "{{ env.X }}/y", "train", "steps.py:Fit", "steps.py:Nothing", "CsvExampleGen", "Resolver",
    "Importer", "Model", "evaluator.blessing.custom_properties.blessed == 1", "1h", "8Gi", "gs://b/p", "",
    "\0", "x" * 80, "🐧", "Infinity", "true", "$reference",
)  # fmt: skip
KEYS = (
    "type", "examples", "model", "when", "depends_on", "execution", "module_file", "components", "parameters",
    "name", "default", "artifact_type", "properties", "splits", "eval_config", "metrics_specs", "metrics",
    "threshold", "value_threshold", "lower_bound", "slicing_specs", "$path", "{{ run.id }}", "exclude_splits",
    "push_destination", "metadata", "on_exit", "output_config", "input_config", "split_config", "config",
    "strategy_class",
)  # fmt: skip
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(WORDS),
    st.text(max_size=6),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=12,
)
COMPONENTS = st.dictionaries(
    st.sampled_from(("example_gen", "trainer", "pusher", "latest", "a", "Bad Name")),
    st.one_of(
        VALUES,
        st.fixed_dictionaries(
            {
                "type": st.sampled_from(
                    ("Trainer", "Evaluator", "Transform", "Resolver", "Importer", "steps.py:Fit")
                )
            },
            optional=dict.fromkeys(("examples", "model", "when", "eval_config", "properties"), VALUES),
        ),
    ),
    max_size=4,
)
DOCUMENT = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=5).flatmap(
    lambda head: COMPONENTS.map(lambda components: {**head, "components": components})
)


def loaded_from(document: Any, folder: Path) -> Loaded:
    path = folder / "pipeline.yaml"
    path.write_text(json.dumps(document), encoding="utf-8")
    return with_included(load(path))


def answers(loaded: Loaded) -> None:
    """Checks a document; every finding has a known code, a place and one line of words."""
    findings = run_checks(loaded)
    assert findings == run_checks(with_included(load(loaded.path)))
    for finding in findings:
        assert finding.code in CODES
        assert finding.message
        assert "\n" not in finding.message
        assert to_diagnostic(loaded, finding).span is not None
    if loaded.tree is None or any(not finding.code.startswith(("W", "M405")) for finding in findings):
        return
    if not any(diagnostic.is_error for diagnostic in loaded.diagnostics):
        plan = lower(expand(pipeline_of(loaded)))
        assert load_plan(plan.to_json()) == plan


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, (*path, index))


@settings(
    max_examples=50,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
@given(DOCUMENT)
def test_random_documents(tmp_path: Path, document: Any) -> None:
    answers(loaded_from(document, tmp_path))


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
@settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
@given(st.data())
def test_an_example_with_something_replaced(tmp_path: Path, name: str, data: st.DataObject) -> None:
    document = copy.deepcopy(DOCUMENTS[name])
    for pattern in BESIDE:
        for file in (SPECS / name).glob(pattern):
            copy_of = tmp_path / file.relative_to(SPECS / name)
            copy_of.parent.mkdir(exist_ok=True)
            copy_of.write_bytes(file.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from([path for path in places(document) if path]))
        parent = document
        for part in path[:-1]:
            parent = parent[part]
        action = data.draw(st.sampled_from(("replace", "remove", "add")))
        if action == "remove":
            del parent[path[-1]]
        elif action == "add" and isinstance(parent[path[-1]], dict):
            parent[path[-1]][data.draw(st.sampled_from(KEYS))] = data.draw(VALUES)
        else:
            parent[path[-1]] = data.draw(VALUES)
    answers(loaded_from(document, tmp_path))
