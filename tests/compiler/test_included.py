"""Specs inside specs: read with the spec that includes them, unfolded into its Plan."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tfxc.backends.airflow.tasks import group_calls
from tfxc.backends.local.planning.selection import select_nodes
from tfxc.compiler.draw.view import collapsed, graph_view
from tfxc.compiler.driver import CheckedSpec, check
from tfxc.schemas.conditions import condition_text
from tfxc.schemas.plan import ContainerComponent, Plan, PlanChannel, PlanNode
from tfxc.schemas.plan_values import artifact_value, concatenation, container_input, reference

FEATURES = """\
version: 1
name: features
parameters:
  data: {type: path, default: data}
  rate: {type: float, default: 1}
  word: {type: str, default: none}
inputs:
  examples: {artifact_type: Examples, default: example_gen.examples}
outputs:
  graph: transform.transform_graph
  examples: transform.transformed_examples
  raw: inputs.examples
components:
  example_gen: {type: CsvExampleGen, input_base: "{{ parameters.data }}"}
  statistics_gen: {type: StatisticsGen, examples: inputs.examples}
  schema_gen: {type: SchemaGen, statistics: statistics_gen.statistics}
  transform:
    type: Transform
    examples: inputs.examples
    schema: schema_gen.schema
    module_file: code/features.py
    custom_config: {rate: "{{ parameters.rate }}", word: "a {{ parameters.word }}!"}
"""

GIVEN = "inputs: {examples: example_gen.examples}"

MAIN = """\
version: 1
name: main
parameters:
  rate: {type: float, default: 0.5}
beam_pipeline_args: ["--rate={{ parameters.rate }}"]
components:
  example_gen: {type: CsvExampleGen, input_base: data}
  features:
    type: Pipeline
    spec: features/pipeline.yaml
    inputs: {examples: example_gen.examples}
  statistics: {type: StatisticsGen, examples: features.examples}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Returns a folder with the spec to include."""
    (tmp_path / "features" / "code").mkdir(parents=True)
    (tmp_path / "features" / "pipeline.yaml").write_text(FEATURES)
    (tmp_path / "features" / "code" / "features.py").write_text(
        "def preprocessing_fn(inputs): return inputs\n"
    )
    return tmp_path


def checked(folder: Path, text: str = MAIN, environment: str | None = None, **others: str) -> CheckedSpec:
    """Returns a spec in the folder, checked. ``others`` are specs beside it, by name."""
    for name, other in others.items():
        (folder / f"{name}.yaml").write_text(other)
    (folder / "pipeline.yaml").write_text(text)
    return check(folder / "pipeline.yaml", environment)


def plan_of(folder: Path, text: str = MAIN, environment: str | None = None, **others: str) -> Plan:
    """Returns the Plan of a spec without mistakes."""
    spec = checked(folder, text, environment, **others)
    assert spec.plan is not None, spec.diagnostics
    return spec.plan


def codes(spec: CheckedSpec) -> list[str]:
    return [diagnostic.code for diagnostic in spec.diagnostics]


def reads(node: PlanNode) -> dict[str, list[str]]:
    """Returns what a node reads, by its inputs."""
    return {
        name: [f"{each.node}.{each.output}" for each in sources if isinstance(each, PlanChannel)]
        for name, sources in node.inputs.items()
    }


def config(node: PlanNode) -> Mapping[str, Any]:
    found: Mapping[str, Any] = node.arguments["custom_config"].value
    return found


def test_the_nodes_are_called_after_the_component_and_read_what_it_is_given(folder: Path) -> None:
    plan = plan_of(folder)
    # `example_gen` of the included spec is only what it reads by itself: here it is given something
    assert [node.id for node in plan.nodes] == [
        "example_gen",
        *(f"features.{name}" for name in ("statistics_gen", "schema_gen", "transform")),
        "statistics",
    ]
    assert reads(plan.node("features.transform")) == {
        "examples": ["example_gen.examples"],
        "schema": ["features.schema_gen.schema"],
    }
    assert reads(plan.node("statistics")) == {"examples": ["features.transform.transformed_examples"]}
    assert plan.node("features.transform").upstream == ("example_gen", "features.schema_gen")
    assert [(group.id, group.parent) for group in plan.groups] == [("features", None)]
    assert plan.node("features.transform").group == "features"
    assert plan.modules[0].source == "features/code"


def test_alone_it_reads_its_defaults_and_has_the_same_nodes(folder: Path) -> None:
    alone = check(folder / "features" / "pipeline.yaml").plan
    assert alone is not None
    assert [node.id for node in alone.nodes] == ["example_gen", "statistics_gen", "schema_gen", "transform"]
    assert reads(alone.node("transform"))["examples"] == ["example_gen.examples"]
    inside = plan_of(folder).node("features.transform")
    assert inside.module is not None
    assert alone.node("transform").module is not None
    assert inside.module.sha256 == alone.node("transform").module.sha256  # type: ignore[union-attr]


def test_without_what_it_is_given_it_reads_its_default_from_its_own_folder(folder: Path) -> None:
    plan = plan_of(folder, MAIN.replace("    inputs: {examples: example_gen.examples}\n", ""))
    assert plan.node("features.example_gen").arguments["input_base"].value == {"$path": "features/data"}
    assert reads(plan.node("features.statistics_gen")) == {"examples": ["features.example_gen.examples"]}


def test_parameters_have_their_values_or_their_defaults(folder: Path) -> None:
    given = """\
    parameters: {rate: "{{ parameters.rate }}", word: "{{ run.id }}-x", data: other}
"""
    text = MAIN.replace("    inputs: {examples: example_gen.examples}\n", given)
    plan = plan_of(folder, text)
    assert [parameter.name for parameter in plan.parameters] == ["rate"]
    assert config(plan.node("features.transform")) == {
        "rate": {"$reference": "parameters.rate"},
        "word": {"$concatenate": ["a ", {"$reference": "run.id"}, "-x!"]},
    }
    assert plan.node("features.example_gen").arguments["input_base"].value == {"$path": "other"}
    default = config(plan_of(folder).node("features.transform"))
    assert default == {"rate": 1.0, "word": "a none!"}
    assert isinstance(default["rate"], float)


def test_one_spec_twice_and_in_a_matrix(folder: Path) -> None:
    text = MAIN.replace(
        "  statistics:",
        """\
  regions:
    type: Pipeline
    spec: features/pipeline.yaml
    matrix: {region: [north, New York]}
    inputs: {examples: features.raw}
    parameters: {word: "{{ matrix.region }}"}
  all: {type: StatisticsGen, matrix: {from: regions}, examples: regions.examples}
  statistics:""",
    )
    plan = plan_of(folder, text)
    node = plan.node("regions.new-york-5141c2b9.transform")
    assert node.label == "regions[New York].transform"
    assert config(node)["word"] == "a New York!"
    assert reads(node)["examples"] == ["example_gen.examples"]
    assert reads(plan.node("all.north")) == {"examples": ["regions.north.transform.transformed_examples"]}
    parents = {group.id: group.parent for group in plan.groups}
    assert parents["regions.north"] == "regions"
    assert select_nodes(plan, only=["regions"]) == tuple(
        each.id for each in plan.nodes if each.id.startswith("regions.")
    )
    assert select_nodes(plan, only=["regions[north]"]) == select_nodes(plan, only=["regions.north.*"])
    assert "statistics" in (select_nodes(plan, from_nodes=["features"]) or ())


def test_a_spec_in_a_spec_with_a_matrix_in_it(folder: Path) -> None:
    middle = """\
version: 1
name: middle
inputs: {raw: {artifact_type: Examples}}
outputs: {made: "inner.examples", one: "several[size=2].statistics"}
components:
  inner: {type: Pipeline, spec: features/pipeline.yaml, inputs: {examples: inputs.raw}}
  several:
    type: StatisticsGen
    matrix: {size: [1, 2]}
    examples: inner.examples
    depends_on: [inner]
"""
    text = MAIN.replace("features/pipeline.yaml", "middle.yaml").replace("{examples: ex", "{raw: ex")
    text = text.replace("features.examples", "features.made")
    text += "  schema: {type: SchemaGen, statistics: features.one, depends_on: [features]}\n"
    plan = plan_of(folder, text, middle=middle)
    assert reads(plan.node("features.inner.statistics_gen")) == {"examples": ["example_gen.examples"]}
    assert reads(plan.node("statistics")) == {"examples": ["features.inner.transform.transformed_examples"]}
    assert reads(plan.node("schema")) == {"statistics": ["features.several.2.statistics"]}
    assert plan.node("features.several.2").label == "features.several[2]"
    inner = {f"features.inner.{name}" for name in ("statistics_gen", "schema_gen", "transform")}
    assert set(plan.node("features.several.1").upstream) == inner
    assert set(plan.node("schema").upstream) == {*inner, "features.several.1", "features.several.2"}
    assert [(group.id, group.parent) for group in plan.groups] == [
        ("features", None),
        ("features.several", "features"),
        ("features.inner", "features"),
    ]


def test_what_is_said_of_it_holds_for_all_of_its_nodes(folder: Path) -> None:
    text = MAIN.replace(
        "    inputs:",
        """\
    when: '"{{ parameters.word }}" != "no"'
    depends_on: [before]
    execution: {retries: 3, cache: false, env: {A: outer, B: "{{ parameters.word }}"}}
    inputs:""",
    ).replace("parameters:\n", "parameters:\n  word: {type: str, default: yes please}\n", 1)
    text += "  before: {type: CsvExampleGen, input_base: data}\n"
    included = FEATURES.replace("components:", "execution: {retries: 1, env: {A: inner}}\ncomponents:")
    included = included.replace("examples: inputs.examples}", "examples: inputs.examples, when: 1 == 1}", 1)
    (folder / "features" / "pipeline.yaml").write_text(included)
    plan = plan_of(folder, text)
    statistics, transform = plan.node("features.statistics_gen"), plan.node("features.transform")
    assert statistics.upstream == ("example_gen", "before")
    assert transform.upstream == ("example_gen", "features.schema_gen")
    assert transform.when is not None
    assert statistics.when is not None
    assert "parameters.word" in condition_text(transform.when)
    assert "1 == 1" in condition_text(statistics.when)
    assert transform.execution.retries == 1
    assert not transform.execution.cache
    assert transform.execution.env["A"] == "inner"
    assert transform.execution.env["B"] == {"$concatenate": [{"$reference": "parameters.word"}]}


def test_a_condition_inside_reads_what_is_given(folder: Path) -> None:
    guarded = """\
version: 1
name: guarded
inputs: {model: {artifact_type: Model}, blessing: {artifact_type: ModelBlessing}}
components:
  pusher:
    type: Pusher
    model: inputs.model
    push_destination: {filesystem: {base_directory: serving}}
    when: inputs.blessing.custom_properties.blessed == 1
"""
    text = """\
version: 1
name: main
components:
  latest:
    type: Resolver
    strategy_class: LatestBlessedModelStrategy
    model: {artifact_type: Model}
    model_blessing: {artifact_type: ModelBlessing}
  push:
    type: Pipeline
    spec: guarded.yaml
    inputs: {model: latest.model, blessing: latest.model_blessing}
"""
    plan = plan_of(folder, text, guarded=guarded)
    when = plan.node("push.pusher").when
    assert when is not None
    assert condition_text(when) == "latest.model_blessing.custom_properties.blessed == 1"
    assert plan.node("push.pusher").upstream == ("latest",)


STEPS = """\
from tfx.dsl.component.experimental.annotations import InputArtifact, OutputDict, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types.standard_artifacts import Examples

@component
def Pick(text: Parameter[str]) -> OutputDict(rate=float):
    return {"rate": 0.5}

@component
def Use(rate: Parameter[float], steps: Parameter[int] = 1):
    pass
"""
VALUES = """\
version: 1
name: values
inputs:
  rate: {artifact_type: Float, default: pick.rate}
outputs: {model: trainer.model, said: say.rate}
components:
  pick: {type: "steps.py:Pick", text: alone}
  use: {type: "steps.py:Use", rate: "{{ inputs.rate.value }}"}
  say: {type: "steps.py:Pick", text: "{{ inputs.rate.value }} of {{ run.id }}"}
  examples: {type: CsvExampleGen, input_base: data}
  trainer:
    type: Trainer
    examples: examples.examples
    run_fn: my.run_fn
    custom_config: {deep: {rate: "{{ inputs.rate.value }}"}}
  scorer:
    type: Container
    image: registry/scorer:1.2
    inputs: {rate: Model}
    parameters: {limit: "{{ inputs.rate.value }}"}
    command: [score, "{{ inputs.rate.uri }}", "{{ inputs.limit.value }}"]
    rate: trainer.model
"""


def test_the_value_of_what_is_given_is_an_argument(folder: Path) -> None:
    (folder / "steps.py").write_text(STEPS)
    text = """\
version: 1
name: main
components:
  tune: {type: "steps.py:Pick", matrix: {city: [berlin, rome]}, text: "{{ matrix.city }}"}
  inner: {type: Pipeline, spec: values.yaml, inputs: {rate: "tune[city=rome].rate"}}
  outer: {type: Pipeline, spec: around.yaml, inputs: {number: "tune[city=berlin].rate"}}
  alone: {type: Pipeline, spec: values.yaml}
"""
    around = """\
version: 1
name: around
inputs: {number: {artifact_type: Float}}
components:
  own: {type: Pipeline, spec: values.yaml, inputs: {rate: inputs.number}}
"""
    plan = plan_of(folder, text, values=VALUES, around=around)
    for group, producer in (
        ("inner", "tune.rome"),
        ("outer.own", "tune.berlin"),
        ("alone", "alone.pick"),
    ):
        value = artifact_value(producer, "rate")
        node = plan.node(f"{group}.use")
        assert node.arguments["rate"].value == value
        assert node.upstream == (producer,)
        said = plan.node(f"{group}.say").arguments["text"].value
        assert said == concatenation([value, " of ", reference("run.id")])
        assert plan.node(f"{group}.trainer").arguments["custom_config"].value == {"deep": {"rate": value}}
        scorer = plan.node(f"{group}.scorer")
        assert scorer.arguments["limit"].value == value
        assert isinstance(scorer.component, ContainerComponent)
        assert scorer.component.command == (
            "score",
            concatenation([container_input("rate", "uri")]),
            concatenation([container_input("limit", "value")]),
        )


def test_values_of_inputs_that_are_none(folder: Path) -> None:
    (folder / "steps.py").write_text(STEPS)
    text = """\
version: 1
name: wrong
inputs:
  rate: {artifact_type: Float, default: pick.rate}
  examples: {artifact_type: Examples, default: examples.examples}
components:
  pick: {type: "steps.py:Pick", text: "{{ inputs.rat.value }}"}
  examples: {type: CsvExampleGen, input_base: data}
  a: {type: "steps.py:Pick", text: "{{ inputs.examples.value }}"}
  b: {type: "steps.py:Pick", text: "{{ inputs.examples.uri }}"}
  c: {type: "steps.py:Use", rate: 1, steps: "{{ inputs.rate.value }}"}
  d: {type: "steps.py:Pick", text: a, execution: {env: {A: "{{ inputs.rate.value }}"}}}
  e: {type: StatisticsGen, examples: inputs.examples, when: "{{ inputs.rate.value }} > 0.5"}
"""
    spec = checked(folder, text)
    told = [(each.code, each.span.line if each.span else 0) for each in spec.diagnostics if each.is_error]
    assert told == [
        ("T203", 7),
        ("T220", 9),
        ("P302", 10),
        ("P304", 11),
        ("P305", 12),
        ("P305", 13),
    ]
    assert spec.diagnostics[0].help == ("did you mean `rate`?",)
    assert any("inputs.rate.value" in line for line in spec.diagnostics[-1].help)
    several = "version: 1\nname: several\ncomponents:\n"
    several += '  a: {type: "steps.py:Pick", text: a}\n  b: {type: "steps.py:Pick", text: b}\n'
    several += "  inner: {type: Pipeline, spec: values.yaml, inputs: {rate: [a.rate, b.rate]}}\n"
    assert "T209" in codes(checked(folder, several, values=VALUES))


def test_mistakes_inside_are_told_once_at_their_own_lines(folder: Path) -> None:
    wrong = FEATURES.replace("schema: schema_gen.schema", "schema: schema_gen.schemas")
    (folder / "features" / "pipeline.yaml").write_text(wrong)
    twice = MAIN + "  again: {type: Pipeline, spec: ./features/pipeline.yaml}\n"
    spec = checked(folder, twice)
    assert codes(spec) == ["T203"]
    (found,) = spec.diagnostics
    assert found.span is not None
    assert found.span.file == str(folder / "features" / "pipeline.yaml")
    assert found.span.line == next(at for at, line in enumerate(wrong.split("\n"), 1) if ".schemas" in line)
    assert found.span.file in spec.loaded.sources


def test_what_a_backend_does_not_honour_is_told_once_inside(folder: Path) -> None:
    asks = FEATURES.replace(
        "module_file:", "execution: {resources: {accelerator: {type: a/b}}}\n    module_file:"
    )
    (folder / "features" / "pipeline.yaml").write_text(asks)
    twice = MAIN + "  again: {type: Pipeline, spec: features/pipeline.yaml}\nbackends: {local: {}}\n"
    spec = checked(folder, twice)
    inside = [each for each in spec.diagnostics if each.code == "B101"]
    assert len(inside) <= 1
    assert all(each.span and each.span.file.endswith("features/pipeline.yaml") for each in inside)
    assert inside, codes(spec)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            GIVEN,
            "inputs: {examples: statistics.statistics}",
            ["G601", "T204"],
        ),
        ("features.examples", "features.exmaples", ["T203"]),
        ("spec: features/pipeline.yaml", "spec: features", []),
        ("spec: features/pipeline.yaml", "spec: feature/pipeline.yaml", ["P357"]),
        ("spec: features/pipeline.yaml", "spec: 3", ["S103"]),
        ("    spec: features/pipeline.yaml\n", "", ["S102"]),
        (GIVEN, "examples: example_gen.examples", ["S101"]),
        (GIVEN, "inputs: {examples: 3}", ["T206"]),
        (GIVEN, "inputs: [example_gen.examples]", ["S103"]),
        (GIVEN, 'inputs: {examples: "{{ run.id }}"}', ["P305"]),
    ],
)
def test_mistakes_at_the_component(folder: Path, old: str, new: str, expected: list[str]) -> None:
    assert old in MAIN
    assert sorted(codes(checked(folder, MAIN.replace(old, new)))) == expected


def test_what_is_required_and_not_given(folder: Path) -> None:
    text = FEATURES.replace(", default: example_gen.examples", "")
    (folder / "features" / "pipeline.yaml").write_text(text)
    spec = checked(folder, MAIN.replace("    inputs: {examples: example_gen.examples}\n", ""))
    assert codes(spec) == ["T205"]
    assert [label.span.file for label in spec.diagnostics[0].labels] == [
        str(folder / "features" / "pipeline.yaml")
    ]
    alone = check(folder / "features" / "pipeline.yaml")
    assert codes(alone) == ["P365"]
    assert codes(check(folder / "features" / "pipeline.yaml", want_plan=False)) == []


def test_an_environment_is_that_of_both_where_both_have_it(folder: Path) -> None:
    included = FEATURES + "environments:\n  prod: {parameters: {word: {default: production}}}\n"
    (folder / "features" / "pipeline.yaml").write_text(included)
    text = MAIN + "environments:\n  prod: {description: In production}\n  test: {description: A test}\n"
    assert config(plan_of(folder, text, "prod").node("features.transform"))["word"] == "a production!"
    assert config(plan_of(folder, text, "test").node("features.transform"))["word"] == "a none!"


def test_nothing_is_shown_of_a_spec_outside_of_the_repository(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "secret.yaml"
    outside.write_text("version: 1\nname: hush-hush\ncomponents: {}\n")
    (tmp_path / "repository").mkdir()
    spec = checked(tmp_path / "repository", MAIN.replace("features/pipeline.yaml", "../secret.yaml"))
    assert spec.has_errors
    assert str(outside) not in spec.loaded.sources
    told = " ".join(str(diagnostic) for diagnostic in spec.diagnostics)
    assert "hush" not in told


def test_a_drawing_has_it_as_one_node_behind_all_that_it_reads_from(folder: Path) -> None:
    late = MAIN.replace("{examples: example_gen.examples}", "{examples: late.examples}")
    late += "  late: {type: CsvExampleGen, input_base: data}\n"
    drawn = collapsed(graph_view(plan_of(folder, late)))
    assert [node.label for node in drawn.nodes] == ["example_gen", "late", "features × 3", "statistics"]
    assert {node.id: node.type for node in drawn.nodes}["features"] == "Pipeline"


def test_groups_in_groups_have_ids_that_airflow_takes(folder: Path) -> None:
    text = MAIN.replace("    inputs:", "    matrix: {region: [north, south]}\n    inputs:")
    text = text.replace("examples: features.examples", 'examples: "features[region=north].examples"')
    names = [call.arguments[0] for _, call in group_calls(plan_of(folder, text))]
    assert names == ["features", "features-north", "features-south"]
