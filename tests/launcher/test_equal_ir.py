"""A spec and the same pipeline written with plain TFX are compiled to the same IR."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from tfxc.compiler.driver import check

pytestmark = pytest.mark.tfx

STEPS = """
from typing import List, TypedDict

from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types.standard_artifacts import Examples, Model


class Tuned(TypedDict):
    rate: float
    word: str
    ready: bool


@component
def Tune() -> Tuned:
    return {"rate": 0.25, "word": "slow", "ready": True}


@component
def Train(
    model: OutputArtifact[Model], rate: Parameter[float], text: Parameter[str], flag: Parameter[bool]
) -> None:
    pass


@component
def Show(model: InputArtifact[Model]) -> None:
    pass


@component
def Learn(examples: InputArtifact[List[Examples]], base: InputArtifact[Model] = None) -> None:
    pass
"""
SPECS = {
    "values_and_conditions": """
        version: 1
        name: values-and-conditions
        components:
          tune: {type: steps.py:Tune}
          train:
            type: steps.py:Train
            rate: "{{ tune.rate.value }}"
            text: "at {{ tune.word.value }} speed"
            flag: "{{ tune.ready.value }}"
          first: {type: steps.py:Show, model: train.model, when: tune.rate.value > 0.1}
          second: {type: steps.py:Show, model: train.model, when: train.model.custom_properties.good == 1}
        """,
    "queries": """
        version: 1
        name: queries
        components:
          example_gen: {type: CsvExampleGen, input_base: data}
          window:
            type: Resolver
            strategy_class: SpanRangeStrategy
            config: {range_config: {rolling_range: {num_spans: 3}}}
            examples: {artifact_type: Examples, producer: example_gen, output: examples}
            depends_on: [example_gen]
          other:
            type: Resolver
            strategy_class: LatestArtifactStrategy
            model: {artifact_type: Model, pipeline: large, producer: trainer, output: model}
          learn: {type: steps.py:Learn, examples: window.examples, base: other.model}
        """,
}
OURS = "__tfxc"
"""What the names of parameters begin with that tfxc adds: the checksum of the user's code."""


def comparable(ir: Any) -> Any:
    """Returns an IR without what says how it is run, and without what tfxc adds to the cache key."""
    for entry in ir["nodes"]:
        parameters = entry["pipeline_node"].get("parameters", {}).get("parameters", {})
        for name in [name for name in parameters if name.startswith(OURS)]:
            del parameters[name]
        if not parameters:
            entry["pipeline_node"].pop("parameters", None)
    return {key: value for key, value in ir.items() if key not in ("deployment_config",)}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Name → the IR that plain TFX compiles."""
    folder = tmp_path_factory.mktemp("plain")
    (folder / "steps.py").write_text(STEPS, encoding="utf-8")
    script = Path(__file__).with_name("plain_tfx_ir.py")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(script), str(folder)], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("shape", SPECS)
def test_the_same_pipeline_has_the_same_ir(shape: str, plain: Any, launcher: Any, tmp_path: Path) -> None:
    (tmp_path / "steps.py").write_text(STEPS, encoding="utf-8")
    spec = tmp_path / "pipeline.yaml"
    spec.write_text(textwrap.dedent(SPECS[shape]), encoding="utf-8")
    plan = check(spec).plan
    assert plan is not None
    ours = launcher.open(plan, tmp_path, run_id="run-1").ir()
    assert comparable(ours) == comparable(plain[shape])
