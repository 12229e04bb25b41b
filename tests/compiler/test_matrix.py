"""A component with a matrix becomes a node for each combination; checks speak of it once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfxc.backends import backend_names, load_backend
from tfxc.compiler.checks.registry import run_checks
from tfxc.compiler.driver import check, check_data
from tfxc.compiler.lower import lower, module_contents
from tfxc.compiler.pipeline.expand import expand
from tfxc.compiler.pipeline.matrices import Matrices
from tfxc.compiler.pipeline.matrix import axis_text, id_part
from tfxc.compiler.pipeline.model import pipeline_of
from tfxc.compiler.source.load import Loaded
from tfxc.schemas.conditions import artifact_operands
from tfxc.schemas.diagnostics import Finding
from tfxc.schemas.plan import Plan, PlanChannel, PlanQuery
from tfxc.schemas.plan_conditions import Comparison, Truth, ValueOperand
from tfxc.schemas.plan_names import nodes_named
from tfxc.schemas.plan_places import artifact_values
from tfxc.schemas.plan_values import artifact_value, concatenation

WriteSpec = Callable[..., Loaded]
CheckSpec = Callable[..., list[Finding]]
HEAD = "version: 1\nname: test\ncomponents:\n"
GEN = """
  example_gen:
    type: CsvExampleGen
    matrix: {city: [berlin, rome]}
    input_base: "data/{{ matrix.city }}"
"""
MODEL = {"model.py": "def run_fn(fn_args):\n    pass\n"}
TRAINER = """
  trainer:
    type: Trainer
    matrix: {from: example_gen, depth: [2, 4], exclude: [{city: rome, depth: 4}]}
    examples: example_gen.examples
    module_file: model.py
    train_args: {num_steps: "{{ matrix.depth }}"}
    custom_config: {text: "{{ matrix.city }} of {{ run.id }}", depth: "{{ matrix.depth }}"}
"""


def plan_of(loaded: Loaded) -> Plan:
    assert [finding for finding in run_checks(loaded) if not finding.code.startswith("W")] == []
    return lower(expand(pipeline_of(loaded)))


def sources(plan: Plan, node: str, key: str) -> list[str]:
    return [each.node for each in plan.node(node).inputs[key] if isinstance(each, PlanChannel)]


def test_a_node_for_each_combination_reads_from_its_own(write_spec: WriteSpec) -> None:
    plan = plan_of(write_spec(HEAD + GEN + TRAINER, MODEL))
    assert [(node.id, node.label, node.group) for node in plan.nodes] == [
        ("example_gen.berlin", "example_gen[berlin]", "example_gen"),
        ("example_gen.rome", "example_gen[rome]", "example_gen"),
        ("trainer.berlin.2", "trainer[berlin,2]", "trainer"),
        ("trainer.berlin.4", "trainer[berlin,4]", "trainer"),
        ("trainer.rome.2", "trainer[rome,2]", "trainer"),
    ]
    assert [group.id for group in plan.groups] == ["example_gen", "trainer"]
    assert {node.origin for node in plan.nodes} == {("components", "example_gen"), ("components", "trainer")}
    assert sources(plan, "trainer.berlin.4", "examples") == ["example_gen.berlin"]
    assert plan.node("trainer.rome.2").upstream == ("example_gen.rome",)
    arguments = plan.node("trainer.berlin.4").arguments
    assert arguments["train_args"].value == {"num_steps": 4}
    assert arguments["custom_config"].value == {
        "text": {"$concatenate": ["berlin of ", {"$reference": "run.id"}]},
        "depth": 4,
    }


def test_selections_mean_all_or_some(write_spec: WriteSpec) -> None:
    text = (
        HEAD
        + GEN
        + """
  all: {type: Trainer, run_fn: my.run_fn, examples: "example_gen[*].examples"}
  some: {type: StatisticsGen, examples: "example_gen[city=rome].examples", depends_on: ["each[city=berlin]"]}
  each: {type: StatisticsGen, matrix: {from: example_gen}, examples: example_gen.examples}
  last: {type: Trainer, run_fn: my.run_fn, examples: ["example_gen[*].examples"], depends_on: [each]}
  after: {type: StatisticsGen, matrix: {from: each}, examples: example_gen.examples, depends_on: [each]}
"""
    )
    plan = plan_of(write_spec(text))
    assert sources(plan, "all", "examples") == ["example_gen.berlin", "example_gen.rome"]
    assert sources(plan, "some", "examples") == ["example_gen.rome"]
    assert plan.node("some").upstream == ("example_gen.rome", "each.berlin")
    assert set(plan.node("last").upstream) >= {"each.berlin", "each.rome"}
    assert set(plan.node("after.rome").upstream) == {"example_gen.rome", "each.rome"}


def test_conditions_read_the_nodes_own_and_its_values(write_spec: WriteSpec) -> None:
    text = (
        HEAD
        + GEN
        + """
  each:
    type: StatisticsGen
    matrix: {from: example_gen}
    examples: example_gen.examples
    when: example_gen.examples.custom_properties.span == 1
  named:
    type: StatisticsGen
    matrix: {from: example_gen, on: [true, false]}
    examples: example_gen.examples
    when: '"to {{ matrix.city }} in {{ run.id }}" != "a{{ matrix.city }}" or {{ matrix.on }}'
"""
    )
    plan = plan_of(write_spec(text))
    when = plan.node("each.rome").when
    assert isinstance(when, Comparison)
    assert when.left.model_dump()["node"] == "example_gen.rome"
    named = plan.node("named.rome.false").when
    assert named is not None
    comparison, truth = named.model_dump()["terms"]
    assert comparison["left"] == {
        "value": {"$concatenate": ["to ", "rome", " in ", {"$reference": "run.id"}]}
    }
    assert comparison["right"] == {"value": "arome"}
    assert truth == Truth(truth=False).model_dump()
    assert comparison["right"] == ValueOperand(value="arome").model_dump()


def test_conditions_read_the_node_that_they_select(write_spec: WriteSpec) -> None:
    text = (
        HEAD
        + """
  example_gen:
    type: CsvExampleGen
    matrix: {city: [berlin, "new york"], rate: [0.5, 2]}
    input_base: "data/{{ matrix.city }}"
  evaluator:
    type: Evaluator
    matrix: {from: example_gen}
    examples: example_gen.examples
    eval_config: {model_specs: [{label_key: a}], metrics_specs: [{metrics: [{class_name: AUC}]}]}
  one:
    type: StatisticsGen
    examples: example_gen[city=berlin, rate=2].examples
    when: >-
      evaluator[city=new york, rate=0.5].blessing.custom_properties.blessed == 1
      and not evaluator[ city = berlin , rate = 0.5 ].evaluation.metric("auc", slice="a:b") < 0.9
      or evaluator[city=berlin,rate=2].blessing.custom_properties["blessed"] == 1
  each:
    type: StatisticsGen
    matrix: {from: example_gen}
    examples: example_gen.examples
    when: evaluator.blessing.uri != evaluator[city=berlin, rate=2].blessing.uri
"""
    )
    plan = plan_of(write_spec(text))
    berlin, new_york = (
        "evaluator.berlin",
        next(n.id for n in plan.nodes if "new-york" in n.id and "0_5" in n.id),
    )
    when = plan.node("one").when
    assert when is not None
    read = [each.node for each in artifact_operands(when)]
    assert read == [new_york.replace("example_gen", "evaluator"), f"{berlin}.0_5", f"{berlin}.2"]
    assert set(read) <= set(plan.node("one").upstream)
    own = plan.node("each.berlin.0_5").when
    assert own is not None
    assert [each.node for each in artifact_operands(own)] == [f"{berlin}.0_5", f"{berlin}.2"]


def test_values_and_queries_of_the_node_that_they_select(write_spec: WriteSpec) -> None:
    steps = """
from tfx.dsl.component.experimental.annotations import OutputDict, Parameter
from tfx.dsl.component.experimental.decorators import component

@component
def pick(text: Parameter[str]) -> OutputDict(rate=float):
    return {"rate": 0.5}
"""
    text = (
        HEAD
        + """
  pick: {type: "steps.py:pick", matrix: {city: [berlin, rome], x: [0.5]}, text: "{{ matrix.city }}"}
  say:
    type: steps.py:pick
    text: "{{ pick[city=rome, x=0.5].rate.value }} not {{ pick[city=berlin].rate.value }}"
  example_gen: {type: CsvExampleGen, matrix: {city: [berlin, rome]}, input_base: data}
  latest:
    type: Resolver
    strategy_class: LatestArtifactStrategy
    examples: {artifact_type: Examples, producer: "example_gen[city=rome]", output: examples}
    depends_on: [example_gen]
  statistics: {type: StatisticsGen, examples: latest.examples}
"""
    )
    plan = plan_of(write_spec(text, {"steps.py": steps}))
    assert plan.node("say").upstream == ("pick.berlin.0_5", "pick.rome.0_5")
    value = plan.node("say").arguments["text"].value
    assert value == concatenation(
        [artifact_value("pick.rome.0_5", "rate"), " not ", artifact_value("pick.berlin.0_5", "rate")]
    )
    assert artifact_values(plan.node("say")) == (("pick.rome.0_5", "rate"), ("pick.berlin.0_5", "rate"))
    (query,) = plan.node("latest").inputs["examples"]
    assert isinstance(query, PlanQuery)
    assert query.producer == "example_gen.rome"


def test_a_query_asks_for_what_the_nodes_own_made(write_spec: WriteSpec) -> None:
    text = (
        HEAD
        + GEN
        + """
  latest:
    type: Resolver
    strategy_class: LatestArtifactStrategy
    matrix: {from: example_gen}
    examples: {artifact_type: Examples, producer: example_gen, custom_properties: {city: "{{ matrix.city }}"}}
  each: {type: StatisticsGen, matrix: {from: latest}, examples: latest.examples}
"""
    )
    (query,) = plan_of(write_spec(text)).node("latest.rome").inputs["examples"]
    assert isinstance(query, PlanQuery)
    assert (query.producer, query.custom_properties) == ("example_gen.rome", {"city": "rome"})


def test_a_matrix_may_stand_in_module_files_and_execution(write_spec: WriteSpec) -> None:
    text = (
        HEAD
        + GEN
        + """
  trainer:
    type: Trainer
    matrix: {from: example_gen, cpu: [1, 2.5], cached: [true]}
    examples: example_gen.examples
    module_file: "models/{{ matrix.city }}.py"
    execution:
      cache: "{{ matrix.cached }}"
      resources: {cpu: "{{ matrix.cpu }}"}
      env: {CPU: "{{ matrix.cpu }}"}
"""
    )
    model = MODEL["model.py"]
    plan = plan_of(write_spec(text, {"models/berlin.py": model, "models/rome.py": model}))
    node = plan.node("trainer.rome.2_5.true")
    assert node.module is not None
    assert node.module.import_name == "rome"
    assert node.execution.resources.cpu == 2.5
    assert node.execution.env == {"CPU": "2.5"}


def test_a_mistake_is_told_once_and_names_the_node_that_has_it(write_spec: WriteSpec) -> None:
    cities = ", ".join(f"c{number}" for number in range(200))
    text = f"""{HEAD}
  example_gen:
    type: CsvExampleGen
    matrix: {{city: [{cities}]}}
    input_base: "data/{{{{ matrix.city }}}}"
  trainer:
    type: Trainer
    matrix: {{from: example_gen, steps: [1, many]}}
    examples: example_gen.examples
    train_args: {{num_steps: "{{{{ matrix.steps }}}}"}}
    module_file: "model_{{{{ matrix.city }}}}.py"
"""
    findings = run_checks(write_spec(text, {"model_c0.py": MODEL["model.py"]}))
    assert [(each.code, each.help[-1]) for each in findings if not each.code.startswith("W")] == [
        ("S103", "so it is with `trainer[c0,many]`"),
        ("M401", "so it is with `trainer[c1,1]`"),
    ]


def test_the_data_of_each_value_is_looked_at(write_spec: WriteSpec, tmp_path: Path) -> None:
    write_spec(HEAD + GEN, {"data/berlin/a.csv": "a,b\n" + "1,2\n" * 50})
    checked = check(tmp_path / "pipeline.yaml")
    found = check_data(checked, {})
    (missing,) = found.diagnostics
    assert missing.code == "W760"
    assert missing.help[-1] == "so it is with `example_gen[rome]`"
    assert not check_data(checked, {}, nodes={"other"}).diagnostics


def test_what_a_backend_finds_is_told_once(write_spec: WriteSpec, tmp_path: Path) -> None:
    execution = "    execution: {resources: {accelerator: {type: vendor.com/npu}}}\n"
    write_spec(HEAD + GEN + execution)
    checked = check(tmp_path / "pipeline.yaml", backends=("local",))
    assert [each.code for each in checked.diagnostics] == ["B101"]


def test_two_hundred_combinations_compile_on_every_backend(write_spec: WriteSpec, tmp_path: Path) -> None:
    cities = ", ".join(f"c{number}" for number in range(100))
    text = f"""{HEAD}
  example_gen:
    type: CsvExampleGen
    matrix: {{city: [{cities}]}}
    input_base: "/mnt/data/{{{{ matrix.city }}}}"
  trainer:
    type: Trainer
    matrix: {{from: example_gen, depth: [2, 4]}}
    examples: example_gen.examples
    module_file: model.py
    custom_config: {{depth: "{{{{ matrix.depth }}}}"}}
backends:
  airflow: {{nodes: {{trainer: {{priority_weight: 7}}, trainer.c7.4: {{priority_weight: 9}}}}}}
  kubeflow:
    image: cities
    volumes: [{{claim: data, mount_path: /mnt}}]
    nodes: {{trainer: {{node_selector: {{pool: gpu}}}}}}
"""
    loaded = write_spec(text.replace("name: test", "name: test\npipeline_root: /mnt/runs"), MODEL)
    checked = check(tmp_path / "pipeline.yaml")
    assert checked.plan is not None
    assert len(checked.plan.nodes) == 300
    modules = module_contents(checked.plan, loaded.folder)
    files = {name: load_backend(name).emit(checked.plan, modules).files for name in backend_names()}
    (dag,) = [text for path, text in files["airflow"].items() if str(path).endswith("test.py")]
    assert dag.count(b"priority_weight=7") == 199
    assert dag.count(b"priority_weight=9") == 1
    assert dag.count(b'task_group=GROUPS["trainer"]') == 200
    kubeflow = b"".join(files["kubeflow"].values())
    assert b"trainer[c7,4]" in kubeflow


def test_names_mean_nodes(write_spec: WriteSpec) -> None:
    plan = plan_of(write_spec(HEAD + GEN + TRAINER, MODEL))
    trainers = ("trainer.berlin.2", "trainer.berlin.4", "trainer.rome.2")
    assert nodes_named(plan, "trainer") == trainers
    assert nodes_named(plan, "trainer[berlin]") == trainers[:2]
    assert nodes_named(plan, "trainer[2,berlin]") == nodes_named(plan, "trainer.berlin.2") == trainers[:1]
    assert nodes_named(plan, "trainer[*]") == nodes_named(plan, "trainer.*") == trainers
    assert nodes_named(plan, "trainer[paris]") == nodes_named(plan, "train") == ()


VALUES = st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text())


@given(st.lists(VALUES, min_size=2, max_size=8))
def test_ids_are_file_names_and_never_the_same(values: list[bool | int | float | str]) -> None:
    texts = {(type(value), axis_text(value)) for value in values}
    assert len({id_part(value) for value in values}) == len(texts)
    for value in values:
        assert re.fullmatch(r"[a-z0-9_-]{1,50}", id_part(value))


@given(
    st.recursive(
        st.none() | VALUES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=30
    )
)
def test_no_matrix_makes_the_reading_fail(written: object) -> None:
    components = {
        "a": {"matrix": written},
        "b": {"matrix": {"from": "a", "x": written}},
        "c": {"matrix": {"x": [1], "exclude": written, "include": written}},
    }
    for matrix in Matrices(components):
        assert matrix.is_sound == bool(matrix.combinations)
        ids = [each.node_id(matrix.component) for each in matrix.combinations]
        assert len(set(ids)) == len(ids)
        json.dumps([dict(each.values) for each in matrix.combinations])


def test_the_same_values_of_another_matrix_are_a_nodes_own(check_spec: CheckSpec) -> None:
    found = check_spec(
        """
        example_gen:
          type: CsvExampleGen
          matrix: {city: [berlin, rome]}
          input_base: "data/{{ matrix.city }}"
        statistics_gen:
          type: StatisticsGen
          matrix: {city: [rome]}
          examples: example_gen.examples
        """
    )
    assert found == []


@pytest.mark.parametrize("backend", ["airflow", "kubeflow"])
def test_settings_of_a_node_that_is_not_there(backend: str, write_spec: WriteSpec, tmp_path: Path) -> None:
    write_spec(HEAD + GEN + f"backends: {{{backend}: {{nodes: {{example_gen.paris: {{image: a}}}}}}}}\n")
    checked = check(tmp_path / "pipeline.yaml")
    assert any("example_gen.paris" in each.message for each in checked.diagnostics)
