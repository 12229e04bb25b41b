"""A document becomes a Plan: values, paths, modules, order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfxc.compiler.checks.registry import run_checks
from tfxc.compiler.draw.view import graph_view
from tfxc.compiler.language.references import has_braces
from tfxc.compiler.lower import lower, module_contents
from tfxc.compiler.pipeline.expand import expand
from tfxc.compiler.pipeline.model import pipeline_of
from tfxc.compiler.python.module_files import TooManyModulesError, module_files
from tfxc.compiler.source.include import with_included
from tfxc.compiler.source.load import Loaded, load
from tfxc.schemas.conditions import condition_text
from tfxc.schemas.plan import (
    NONE_FAILED,
    GrpcMetadata,
    Plan,
    PlanNode,
    PlanQuery,
    PythonComponent,
    ResolverComponent,
    ServerMetadata,
)
from tfxc.schemas.plan_conditions import Comparison
from tfxc.schemas.plan_file import load_plan
from tfxc.schemas.plan_graph import plan_graph
from tfxc.schemas.plan_values import artifact_value, concatenation, reference

WriteSpec = Callable[..., Loaded]
SPECS = Path(__file__).parents[2] / "specs"
HEAD = "version: 1\nname: test\n"
GEN = "  example_gen: {type: CsvExampleGen, input_base: data}\n"
MODEL = {"model.py": "def run_fn(fn_args):\n    pass\n"}
TRAINER = "  trainer: {type: Trainer, examples: example_gen.examples, module_file: model.py}\n"


def plan_of(loaded: Loaded) -> Plan:
    assert [finding for finding in run_checks(loaded) if not finding.code.startswith("W")] == []
    return lower(expand(pipeline_of(loaded)))


def argument(node: PlanNode, name: str) -> Any:
    return node.arguments[name].value


@pytest.mark.parametrize("spec", sorted(SPECS.glob("*/pipeline.yaml")), ids=lambda path: path.parent.name)
def test_every_example_lowers_the_same_way_each_time_and_round_trips(spec: Path) -> None:
    plan = plan_of(with_included(load(spec)))
    assert lower(expand(pipeline_of(with_included(load(spec))))).to_json() == plan.to_json()
    assert load_plan(plan.to_json()) == plan
    assert str(spec.parent.resolve()) not in plan.to_json()


def test_references_stay_symbolic(write_spec: WriteSpec) -> None:
    plan = plan_of(
        write_spec(
            HEAD
            + "parameters: {n: {type: int, default: 0}, data: {type: path, default: data}}\n"
            + 'beam_pipeline_args: ["--n={{ parameters.n }}", "{{ parameters.n }}"]\n'
            + 'components:\n  example_gen: {type: CsvExampleGen, input_base: "{{ parameters.data }}/csv"}\n'
            + "  trainer:\n    type: Trainer\n    examples: example_gen.examples\n    module_file: model.py\n"
            + '    train_args: {num_steps: "{{ parameters.n }}"}\n'
            + '    custom_config: {a: [1, "{{ env.X }}"], $b: \'{{ "{{" }}\'}\n'
            + '    execution: {env: {N: "{{ parameters.n }}", D: "{{ run.date }}!"}}\n',
            MODEL,
        )
    )
    example_gen, trainer = plan.nodes
    assert argument(example_gen, "input_base") == {
        "$path": {"$concatenate": [{"$reference": "parameters.data"}, "/csv"]}
    }
    assert argument(trainer, "train_args") == {"num_steps": {"$reference": "parameters.n"}}
    assert trainer.arguments["train_args"].proto == "tfx.components.trainer.TrainArgs"
    assert argument(trainer, "custom_config") == {"$mapping": {"a": [1, {"$reference": "env.X"}], "$b": "{{"}}
    # A parameter that is all of a text is text where the operating system wants text.
    text = {"$concatenate": [{"$reference": "parameters.n"}]}
    assert plan.beam_pipeline_args == ({"$concatenate": ["--n=", {"$reference": "parameters.n"}]}, text)
    assert trainer.execution.env == {"N": text, "D": {"$concatenate": [{"$reference": "run.date"}, "!"]}}


def test_a_falsy_default_is_a_default(write_spec: WriteSpec) -> None:
    text = HEAD + "parameters:\n  a: {type: int, default: 0}\n  b: {type: bool, default: false}\n"
    text += '  c: {type: str, default: ""}\n  d: {type: float, default: 1}\n  e: {type: str}\n'
    text += "components:\n" + GEN + "    # unused parameters are only warned of\n"
    plan = plan_of(write_spec(text))
    assert [(each.required, each.default) for each in plan.parameters] == [
        (False, 0),
        (False, False),
        (False, ""),
        (False, 1.0),
        (True, None),
    ]
    assert type(plan.parameters[3].default) is float


def test_paths_start_at_the_file_they_are_written_in(write_spec: WriteSpec, tmp_path: Path) -> None:
    base = """\
        version: 1
        name: test
        parameters: {data: {type: path, default: csv}}
        pipeline_root: out
        components:
          example_gen: {type: CsvExampleGen, input_base: "{{ parameters.data }}"}
          other_gen: {type: CsvExampleGen, input_base: "days/{{ run.date }}"}
          remote_gen: {type: CsvExampleGen, input_base: "gs://bucket/x"}
          absolute_gen: {type: CsvExampleGen, input_base: /data}
          trainer: {type: Trainer, examples: example_gen.examples, module_file: model.py}
          pusher:
            type: Pusher
            model: trainer.model
            push_destination: {filesystem: {base_directory: serving}}
            when: trainer.model.uri != ""
        """
    spec = "extends: ../base/base.yaml\nname: derived\ncomponents:\n"
    spec += "  mine: {type: ImportSchemaGen, schema_file: schema.pbtxt}\n"
    loaded = write_spec(
        spec, {"base/base.yaml": base, "base/model.py": MODEL["model.py"]}, name="specs/p.yaml"
    )
    plan = plan_of(loaded)
    nodes = {node.id: node for node in plan.nodes}
    assert plan.parameters[0].default == "../base/csv"
    assert plan.pipeline_root == {"$path": "../base/out"}
    assert argument(nodes["example_gen"], "input_base") == {"$path": {"$reference": "parameters.data"}}
    assert argument(nodes["other_gen"], "input_base") == {
        "$path": {"$concatenate": ["../base/days/", {"$reference": "run.date"}]}
    }
    assert argument(nodes["remote_gen"], "input_base") == {"$path": "gs://bucket/x"}
    assert argument(nodes["absolute_gen"], "input_base") == {"$path": "/data"}
    assert argument(nodes["mine"], "schema_file") == {"$path": "schema.pbtxt"}
    destination = argument(nodes["pusher"], "push_destination")
    assert destination == {"filesystem": {"base_directory": {"$path": "../base/serving"}}}
    assert plan.modules[0].source == "../base"
    contents = module_contents(plan, loaded.folder)
    assert contents == {PurePosixPath("modules/0/model.py"): MODEL["model.py"].encode()}


def test_the_order_is_topological_with_ties_as_in_the_spec(write_spec: WriteSpec) -> None:
    text = HEAD + "components:\n  z: {type: StatisticsGen, examples: a.examples, depends_on: [b]}\n"
    text += "  b: {type: CsvExampleGen, input_base: b}\n  a: {type: CsvExampleGen, input_base: a}\n"
    text += "  y: {type: StatisticsGen, examples: b.examples, when: a.examples.uri != ''}\n"
    plan = plan_of(write_spec(text))
    assert [node.id for node in plan.nodes] == ["b", "a", "z", "y"]
    assert plan.node("z").upstream == ("b", "a")
    assert plan.node("y").upstream == ("b", "a")


def test_the_exit_node_comes_last(write_spec: WriteSpec) -> None:
    step = "from tfx.v1.dsl.components import component\n\n\n@component\ndef Report() -> None: ...\n"
    text = HEAD + "on_exit: report\ncomponents:\n  report: {type: steps.py:Report}\n" + GEN
    plan = plan_of(write_spec(text, {"steps.py": step}))
    assert [node.id for node in plan.nodes] == ["example_gen", "report"]
    assert plan.on_exit == "report"


def test_durations_and_memory_are_numbers(write_spec: WriteSpec) -> None:
    text = (
        HEAD + "components:\n  example_gen:\n    type: CsvExampleGen\n    input_base: data\n    execution:\n"
    )
    text += (
        "      {retries: 2, retry_delay: 1m30s, timeout: 2h, cache: false, retry_exponential_backoff: true,\n"
    )
    text += "       resources: {cpu: 0.5, memory: 8Gi, accelerator: {type: nvidia.com/gpu}}}\n"
    execution = plan_of(write_spec(text)).nodes[0].execution
    assert (execution.retries, execution.retry_delay, execution.timeout) == (2, 90.0, 7200.0)
    assert execution.cache is False
    assert execution.retry_exponential_backoff is True
    assert execution.resources.cpu == 0.5
    assert execution.resources.memory == 8 * 2**30
    assert execution.resources.accelerator is not None
    assert execution.resources.accelerator.count == 1


def test_null_is_unset(write_spec: WriteSpec) -> None:
    text = HEAD + "description:\nmetadata:\ncomponents:\n  example_gen:\n    type: CsvExampleGen\n"
    text += "    input_base: data\n    range_config: null\n    execution:\n    when:\n    depends_on: null\n"
    node = plan_of(write_spec(text)).nodes[0]
    assert list(node.arguments) == ["input_base"]
    assert node.when is None


@pytest.mark.parametrize(
    ("head", "path"),
    [
        ("", "runs/metadata.sqlite"),
        ("pipeline_root: out/\n", "out/metadata.sqlite"),
        ("pipeline_root: gs://bucket/out\n", "runs/metadata.sqlite"),
        ('pipeline_root: "{{ env.ROOT }}"\n', "runs/metadata.sqlite"),
    ],
)
def test_metadata_is_by_default_in_a_local_pipeline_root(write_spec: WriteSpec, head: str, path: str) -> None:
    plan = plan_of(write_spec(HEAD + head + "components:\n" + GEN))
    assert plan.metadata.model_dump() == {"kind": "sqlite", "path": {"$path": path}}


def test_metadata_servers(write_spec: WriteSpec) -> None:
    text = HEAD + 'metadata: {postgresql: {host: db, database: d, user: u, password: "{{ env.P }}"}}\n'
    plan = plan_of(write_spec(text + "components:\n" + GEN))
    assert plan.metadata == ServerMetadata(
        kind="postgresql", host="db", database="d", user="u", password={"$reference": "env.P"}
    )
    text = HEAD + "metadata: {grpc: {host: mlmd, port: 8080}}\n"
    assert plan_of(write_spec(text + "components:\n" + GEN)).metadata == GrpcMetadata(host="mlmd", port=8080)


def test_resolvers_and_importers(write_spec: WriteSpec) -> None:
    text = HEAD + "components:\n" + GEN
    text += "  latest:\n    type: Resolver\n    strategy_class: SpanRangeStrategy\n"
    text += (
        "    config: {range_config: {rolling_range: {num_spans: 1}}}\n    examples: example_gen.examples\n"
    )
    text += "    model: {artifact_type: Model}\n"
    text += "  schema: {type: Importer, source_uri: s.pbtxt, artifact_type: Schema, output_key: it}\n"
    text += (
        "  trainer: {type: Trainer, examples: latest.examples, base_model: latest.model, schema: schema.it,"
    )
    text += " module_file: model.py}\n"
    nodes = {node.id: node for node in plan_of(write_spec(text, MODEL)).nodes}
    component = nodes["latest"].component
    assert isinstance(component, ResolverComponent)
    assert component.strategy_class.endswith(":SpanRangeStrategy")
    assert component.config == {"range_config": {"rolling_range": {"num_spans": 1}}}
    assert nodes["latest"].inputs["model"] == (PlanQuery(artifact_type="Model"),)
    assert nodes["latest"].outputs == {"examples": "Examples", "model": "Model"}
    assert nodes["latest"].arguments == {}
    assert nodes["schema"].arguments["artifact_type"].kind == "artifact_type"
    assert nodes["schema"].outputs == {"it": "Schema"}


def test_queries(write_spec: WriteSpec) -> None:
    text = HEAD + "parameters: {site: {type: str, default: north}}\ncomponents:\n" + GEN
    text += "  latest:\n    type: Resolver\n    strategy_class: LatestArtifactStrategy\n"
    text += "    depends_on: [example_gen]\n"
    text += "    own: {artifact_type: Examples, producer: example_gen, output: examples, pipeline: test}\n"
    text += "    other: {artifact_type: Examples, pipeline: other, producer: made, properties: {span: 3}}\n"
    text += '    filtered: {artifact_type: Examples, custom_properties: {site: "{{ parameters.site }}"}}\n'
    text += "  again: {type: StatisticsGen, examples: latest.own}\n"
    node = plan_of(write_spec(text)).node("latest")
    assert node.upstream == ("example_gen",)
    assert node.inputs == {
        "own": (PlanQuery(artifact_type="Examples", producer="example_gen", output="examples"),),
        "other": (
            PlanQuery(artifact_type="Examples", pipeline="other", producer="made", properties={"span": 3}),
        ),
        "filtered": (
            PlanQuery(
                artifact_type="Examples", custom_properties={"site": {"$reference": "parameters.site"}}
            ),
        ),
    }


def test_conditions(write_spec: WriteSpec) -> None:
    text = HEAD + "parameters: {go: {type: bool, default: true}}\ncomponents:\n" + GEN + TRAINER
    text += "  again:\n    type: StatisticsGen\n    examples: example_gen.examples\n"
    text += "    when: 'trainer.model.uri != \"a\" and not {{ parameters.go }}'\n"
    condition = plan_of(write_spec(text, MODEL)).node("again").when
    assert condition is not None
    assert condition.model_dump() == {
        "operator": "and",
        "terms": (
            {
                "operator": "!=",
                "left": {
                    "node": "trainer",
                    "output": "model",
                    "artifact_type": "Model",
                    "field": "uri",
                    "name": None,
                    "arguments": {},
                },
                "right": {"value": "a"},
            },
            {"operator": "not", "terms": ({"truth": {"$reference": "parameters.go"}},)},
        ),
    }


def test_execution_of_all_components(write_spec: WriteSpec) -> None:
    text = HEAD + "cache: false\nexecution:\n  retries: 2\n  timeout: 1h\n"
    text += "  env: {A: shared, B: shared}\n  resources: {cpu: 1, memory: 1Gi}\n"
    text += "components:\n" + GEN
    text += "  own:\n    type: StatisticsGen\n    examples: example_gen.examples\n"
    text += "    execution: {cache: true, retries: 0, timeout: null, env: {B: own, C: own},"
    text += " resources: {cpu: 4}}\n"
    plan = plan_of(write_spec(text))
    shared, own = plan.node("example_gen").execution, plan.node("own").execution
    assert (shared.cache, shared.retries, shared.timeout) == (False, 2, 3600)
    assert (shared.env, shared.resources.cpu) == ({"A": "shared", "B": "shared"}, 1)
    assert (own.cache, own.retries, own.timeout) == (True, 0, 3600)
    assert own.env == {"A": "shared", "B": "own", "C": "own"}
    assert (own.resources.cpu, own.resources.memory) == (4, 2**30)


def test_anomalies_skip_what_waits(write_spec: WriteSpec) -> None:
    text = HEAD + "on_exit: last\ncomponents:\n" + GEN + TRAINER
    text += "  statistics: {type: StatisticsGen, examples: example_gen.examples}\n"
    text += "  schema: {type: SchemaGen, statistics: statistics.statistics}\n"
    text += "  strict: {type: ExampleValidator, statistics: statistics.statistics, schema: schema.schema,"
    text += " on_anomaly: fail}\n"
    text += "  validator: {type: ExampleValidator, statistics: statistics.statistics, schema: schema.schema,"
    text += " on_anomaly: skip}\n"
    text += "  after: {type: StatisticsGen, examples: example_gen.examples, depends_on: [validator]}\n"
    text += "  both: {type: StatisticsGen, examples: example_gen.examples, depends_on: [validator],"
    text += ' when: \'trainer.model.uri != "a" or trainer.model.uri != "b"\'}\n'
    text += "  always: {type: StatisticsGen, examples: example_gen.examples, depends_on: [validator],"
    text += " execution: {trigger_strategy: ALL_UPSTREAM_NODES_COMPLETED}}\n"
    text += "  last: {type: StatisticsGen, examples: example_gen.examples}\n"
    plan = plan_of(write_spec(text, MODEL))
    conditions = {node.id: condition_text(node.when) for node in plan.nodes if node.when is not None}
    assert conditions == {
        "after": "validator.anomalies.passed == true",
        "both": "validator.anomalies.passed == true and "
        '(trainer.model.uri != "a" or trainer.model.uri != "b")',
    }
    assert [node.id for node in plan.nodes if "on_anomaly" in node.arguments] == []
    options = {node.id: node.execution.on_anomaly for node in plan.nodes}
    assert (options["strict"], options["validator"], options["trainer"]) == ("fail", "skip", "warn")


def test_what_acts_on_findings_runs_after_anomalies_and_fills_its_references_in_itself(
    write_spec: WriteSpec,
) -> None:
    text = HEAD + "components:\n" + GEN
    text += "  statistics: {type: StatisticsGen, examples: example_gen.examples}\n"
    text += "  schema: {type: SchemaGen, statistics: statistics.statistics}\n"
    text += "  validator: {type: ExampleValidator, statistics: statistics.statistics, schema: schema.schema,"
    text += " on_anomaly: skip}\n"
    text += "  tell: {type: Alert, anomalies: validator.anomalies, execution: {cache: true},"
    text += ' webhook: {url: "https://x/{{ env.SECRET }}"}}\n'
    text += "  go: {type: PipelineTrigger, anomalies: validator.anomalies, local: {spec: other.yaml}}\n"
    plan = plan_of(write_spec(text, MODEL))
    for name in ("tell", "go"):
        node = plan.node(name)
        assert node.when is None
        assert not node.execution.cache
        assert node.execution.trigger_strategy == NONE_FAILED
    webhook = plan.node("tell").arguments["webhook"]
    assert webhook.kind == "symbolic"
    assert webhook.value == {"url": {"$concatenate": ["https://x/", {"$reference": "env.SECRET"}]}}
    assert plan.node("go").arguments["local"].value == {"spec": {"$path": "other.yaml"}}


STEPS = """\
    from typing import Dict, List, TypedDict
    from tfx.v1.dsl.components import InputArtifact, Parameter, component
    from tfx.v1.types.standard_artifacts import Examples

    class Out(TypedDict):
        good: bool

    class Picked(TypedDict):
        rate: float

    @component
    def Pick(text: Parameter[str]) -> Picked: ...

    @component
    def Judge(
        examples: InputArtifact[Examples],
        rate: Parameter[float] = 0.5,
        weights: Parameter[Dict[str, float]] = None,
        counts: Parameter[List[int]] = None,
    ) -> Out: ...
    """


def test_values_of_other_nodes(write_spec: WriteSpec) -> None:
    text = HEAD + "x-shared: {anything: [1, two]}\ncomponents:\n" + GEN
    text += '  use: {type: steps.py:Judge, examples: example_gen.examples, rate: "{{ pick.rate.value }}",\n'
    text += '    weights: {a: 1, b: "{{ pick.rate.value }}"}}\n'
    text += '  pick: {type: steps.py:Pick, text: "at {{ run.id }}"}\n'
    text += '  say: {type: steps.py:Pick, text: "{{ pick.rate.value }} of {{ run.id }}"}\n'
    plan = plan_of(write_spec(text, {"steps.py": STEPS}))
    value = artifact_value("pick", "rate")
    use, say = plan.node("use"), plan.node("say")
    assert use.upstream == ("example_gen", "pick")
    assert use.arguments["rate"].value == value
    assert use.arguments["weights"].value == {"a": 1.0, "b": value}
    assert say.arguments["text"].value == concatenation([value, " of ", reference("run.id")])
    assert plan_graph(plan).edges["pick", "say"]["reads"]
    edges = {(edge.producer, node.id, edge.label) for node in graph_view(plan).nodes for edge in node.edges}
    assert ("pick", "use", "rate.value") in edges


def test_values_of_nodes_of_a_matrix(write_spec: WriteSpec) -> None:
    text = HEAD + "components:\n"
    text += '  pick: {type: steps.py:Pick, matrix: {city: [berlin, rome]}, text: "{{ matrix.city }}"}\n'
    text += '  say: {type: steps.py:Pick, matrix: {from: pick}, text: "{{ pick.rate.value }}!"}\n'
    plan = plan_of(write_spec(text, {"steps.py": STEPS}))
    nodes = [node for node in plan.nodes if node.id.startswith("say")]
    assert len(nodes) == 2
    for node in nodes:
        (producer,) = node.upstream
        assert node.arguments["text"].value == concatenation([artifact_value(producer, "rate"), "!"])


def test_components_of_the_users(write_spec: WriteSpec) -> None:
    text = HEAD + "parameters: {n: {type: int, default: 1}}\ncomponents:\n" + GEN
    text += "  judge:\n    type: steps.py:Judge\n    examples: example_gen.examples\n    rate: 1\n"
    text += '    weights: {a: 1, b: 2.5}\n    counts: [1, "{{ parameters.n }}"]\n'
    text += "  again: {type: StatisticsGen, examples: example_gen.examples, when: judge.good.value}\n"
    plan = plan_of(write_spec(text, {"steps.py": STEPS}))
    judge = plan.node("judge")
    assert isinstance(judge.component, PythonComponent)
    assert judge.component.function == "Judge"
    assert (judge.component.module.folder, judge.component.module.import_name) == (0, "steps")
    assert judge.outputs == {"good": "Boolean"}
    # TFX takes no integer for a float.
    assert repr(argument(judge, "rate")) == "1.0"
    assert repr(argument(judge, "weights")) == "{'a': 1.0, 'b': 2.5}"
    assert argument(judge, "counts") == [1, {"$reference": "parameters.n"}]
    when = plan.node("again").when
    assert isinstance(when, Comparison)
    assert (when.operator, when.right.model_dump()) == ("==", {"value": True})


def test_a_module_with_relative_imports_is_imported_as_part_of_its_package(write_spec: WriteSpec) -> None:
    files = {
        "pkg/__init__.py": "",
        "pkg/inner/__init__.py": "",
        "pkg/inner/model.py": "from . import helper\n\n\ndef run_fn(fn_args): ...\n",
        "pkg/inner/helper.py": "",
        "pkg/flat.py": "def run_fn(fn_args): ...\n",
    }
    text = HEAD + "components:\n" + GEN
    text += "  a: {type: Trainer, examples: example_gen.examples, module_file: pkg/inner/model.py}\n"
    text += "  b: {type: Trainer, examples: example_gen.examples, module_file: pkg/flat.py}\n"
    text += "  c: {type: Trainer, examples: example_gen.examples, module_file: pkg/../pkg/flat.py}\n"
    plan = plan_of(write_spec(text, files))
    modules = {node.id: node.module for node in plan.nodes}
    assert modules["a"] is not None
    assert modules["a"].import_name == "pkg.inner.model"
    assert modules["b"] is not None
    assert modules["b"].import_name == "flat"
    assert modules["b"] == modules["c"]
    assert [folder.source for folder in plan.modules] == [".", "pkg"]
    assert plan.modules[0].files == (
        "pkg/__init__.py",
        "pkg/flat.py",
        "pkg/inner/__init__.py",
        "pkg/inner/helper.py",
        "pkg/inner/model.py",
    )


def test_a_folder_gives_its_python_files_and_those_of_its_packages(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    root = tmp_path / "root"
    for file in (
        "a.py", "b_test.py", "notes.txt", ".hidden.py", ".venv/x.py", "pkg/__init__.py", "pkg/c.py",
        "pkg/data/d.py", "no_package/e.py", "namespace/f.py", "not-a-name/__init__.py",
    ):  # fmt: skip
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text("")
    outside.mkdir()
    (outside / "secret.py").write_text("")
    (root / "link_out.py").symlink_to(outside / "secret.py")
    (root / "link_in.py").symlink_to(root / "a.py")
    (root / "broken.py").symlink_to(root / "nothing.py")
    (root / "loop").symlink_to(root)
    assert module_files(root) == [
        "a.py",
        "b_test.py",
        "link_in.py",
        "link_out.py",
        "pkg/__init__.py",
        "pkg/c.py",
    ]
    assert "namespace/f.py" in module_files(root, {"namespace"})


def test_the_checksum_covers_names_and_contents(write_spec: WriteSpec, tmp_path: Path) -> None:
    text = HEAD + "components:\n" + GEN + TRAINER
    first = plan_of(write_spec(text, MODEL)).modules[0].sha256
    (tmp_path / "helper.py").write_text("")
    second = plan_of(write_spec(text, MODEL)).modules[0].sha256
    (tmp_path / "helper.py").rename(tmp_path / "helpers.py")
    third = plan_of(write_spec(text, MODEL)).modules[0].sha256
    assert len({first, second, third}) == 3
    (tmp_path / "helpers.py").unlink()
    assert plan_of(write_spec(text, MODEL)).modules[0].sha256 == first


@pytest.mark.parametrize("way", ["module", "helper", "package", "inside a package", "chain"])
def test_what_a_link_leads_to_is_a_part_of_the_plan(write_spec: WriteSpec, tmp_path: Path, way: str) -> None:
    """A module outside that only a link names goes into bundles, and an edit of it reruns the node."""
    shared = tmp_path / "shared"
    (shared / "package").mkdir(parents=True)
    (shared / "package" / "__init__.py").write_text("")
    code = shared / "package" / "code.py"
    code.write_text("def run_fn(fn_args): ...\n")
    (shared / "hop.py").symlink_to("package/code.py")
    project = tmp_path / "project"
    (project / "mine").mkdir(parents=True)
    (project / "mine" / "__init__.py").write_text("")
    link, target = {
        "module": ("model.py", "../shared/package/code.py"),
        "helper": ("helper.py", "../shared/package/code.py"),
        "package": ("helpers", "../shared/package"),
        "inside a package": ("mine/code.py", "../../shared/package/code.py"),
        "chain": ("model.py", "../shared/hop.py"),
    }[way]
    (project / link).symlink_to(target)
    files = {} if link == "model.py" else {"project/model.py": "def run_fn(fn_args): ...\n"}
    text = HEAD + "components:\n" + GEN + TRAINER

    def planned() -> Plan:
        loaded = write_spec(text, files, name="project/pipeline.yaml")
        assert [each for each in run_checks(loaded) if each.code.startswith("M")] == []
        return lower(expand(pipeline_of(loaded)))

    before = planned()
    bundled = module_contents(before, project)
    expected = PurePosixPath("modules/0", link if link.endswith(".py") else f"{link}/code.py")
    assert bundled[expected] == code.read_bytes()
    code.write_text("def run_fn(fn_args): return 1\n")
    assert planned().modules[0].sha256 != before.modules[0].sha256


@pytest.mark.parametrize("link", ["model.py", "helper.py"])
def test_a_link_to_something_else_than_python_is_refused(
    write_spec: WriteSpec, tmp_path: Path, link: str
) -> None:
    (tmp_path / "key").write_text("secret = 1\ndef run_fn(fn_args): ...\n")
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / link).symlink_to("../key")
    files = {} if link == "model.py" else {"project/model.py": "def run_fn(fn_args): ...\n"}
    text = HEAD + "components:\n" + GEN + TRAINER
    found = run_checks(write_spec(text, files, name="project/pipeline.yaml"))
    assert [each.code for each in found if each.code[0] == "M"] == ["M402"]


def test_links_in_a_circle_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").write_text("")
    (tmp_path / "pkg" / "again").symlink_to("../pkg")
    (tmp_path / "a.py").symlink_to("b.py")
    (tmp_path / "b.py").symlink_to("a.py")
    (tmp_path / "c").symlink_to("c")
    assert module_files(tmp_path) == ["pkg/__init__.py"]


def test_a_folder_of_far_too_many_modules_is_refused(
    write_spec: WriteSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tfxc.compiler.python.module_files.MOST_FILES", 1)
    loaded = write_spec(HEAD + "components:\n" + GEN + TRAINER, {**MODEL, "other.py": ""})
    assert "M402" in {finding.code for finding in run_checks(loaded)}
    with pytest.raises(TooManyModulesError):
        module_files(tmp_path)


def test_an_environment_changes_the_plan(write_spec: WriteSpec) -> None:
    text = HEAD + "components:\n" + GEN + "environments:\n  prod:\n    pipeline_root: gs://b/p\n"
    text += "    components: {example_gen: {execution: {retries: 3}}}\n"
    assert plan_of(write_spec(text)).nodes[0].execution.retries == 0
    plan = plan_of(write_spec(text, environment="prod"))
    assert plan.nodes[0].execution.retries == 3
    assert plan.pipeline_root == {"$path": "gs://b/p"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 10) | st.text("ab${ }\"'", max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("a$", max_size=3), inner, max_size=3),
    max_leaves=8,
)


def restored(value: Any) -> Any:
    """What a launcher makes of a lowered value without references."""
    if isinstance(value, dict):
        if set(value) == {"$mapping"}:
            value = value["$mapping"]
        return {key: restored(inner) for key, inner in value.items()}
    return [restored(item) for item in value] if isinstance(value, list) else value


@given(JSON)
def test_any_value_of_the_users_survives_lowering(
    tmp_path_factory: pytest.TempPathFactory, value: Any
) -> None:
    from tfxc.compiler.lower.values import ValueLowering

    loaded = load(SPECS / "penguin" / "pipeline.yaml")
    lowered = ValueLowering(loaded).value(value, ("components", "trainer", "custom_config"))
    if not has_braces(repr(value)):
        assert restored(lowered) == value
