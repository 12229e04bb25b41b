"""From Plan to TFX's IR: what a run is compiled to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tfxc.schemas.plan import (
    GrpcMetadata,
    ImporterComponent,
    PlanArgument,
    PlanModule,
    PlanModuleFolder,
    PlanNode,
    PythonComponent,
    ServerMetadata,
)

pytestmark = pytest.mark.tfx

DATASET = {"made": "Dataset"}


def nodes_of(ir: Any) -> dict[str, Any]:
    """Returns the IR's nodes by id."""
    return {entry["pipeline_node"]["node_info"]["id"]: entry["pipeline_node"] for entry in ir["nodes"]}


def executor(ir: Any, node: str) -> str:
    return json.dumps(ir["deployment_config"]["executor_specs"][node])


def test_ids_order_and_dependencies(launcher: Any, plans: Any, project: Path) -> None:
    plan = plans.plan_of(
        project,
        plans.step("b", "Make", outputs=DATASET),
        plans.step("a", "Make", outputs=DATASET, upstream=("b",)),
        plans.step(
            "c",
            "Copy",
            inputs={"source": plans.channel("a.made", "Dataset")},
            outputs=DATASET,
            upstream=("a", "b"),
        ),
    )
    nodes = nodes_of(launcher.open(plan, project).ir())
    assert list(nodes) == ["b", "a", "c"]
    assert nodes["a"]["upstream_nodes"] == ["b"]
    assert nodes["c"]["upstream_nodes"] == ["a", "b"]
    assert nodes["c"]["inputs"]["inputs"]["source"]["channels"][0]["producer_node_query"] == {"id": "a"}


def test_several_channels_are_read_as_one(launcher: Any, plans: Any, project: Path) -> None:
    sources = plans.channel("a.made", "Dataset") + plans.channel("b.made", "Dataset")
    plan = plans.plan_of(
        project,
        plans.step("a", "Make", outputs=DATASET),
        plans.step("b", "Make", outputs=DATASET),
        plans.step("all", "Count", module="counting", inputs={"sources": sources}, outputs=DATASET),
    )
    plans.write(project, {"counting.py": COUNTING})
    run = launcher.open(plan, project)
    results = run.all()
    assert results["all"].artifacts[0].properties["count"] == 2


COUNTING = """
    from typing import List

    from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact
    from tfx.dsl.component.experimental.decorators import component
    from tfx.types.experimental.simple_artifacts import Dataset


    @component
    def Count(sources: InputArtifact[List[Dataset]], made: OutputArtifact[Dataset]):
        made.set_int_custom_property("count", len(sources))
"""


def test_caching_can_be_off_for_one_node_and_for_the_run(launcher: Any, plans: Any, project: Path) -> None:
    plan = plans.plan_of(
        project,
        plans.step("on", "Make", outputs=DATASET),
        plans.step("off", "Make", outputs=DATASET, execution=plans.execution(cache=False)),
    )

    def enabled(ir: Any) -> dict[str, bool]:
        return {
            name: node["execution_options"]["caching_options"].get("enable_cache", False)
            for name, node in nodes_of(ir).items()
        }

    assert enabled(launcher.open(plan, project).ir()) == {"on": True, "off": False}
    assert enabled(launcher.open(plan, project, cache=False).ir()) == {"on": False, "off": False}


def statistics_node(plans: Any, node: str, **execution: Any) -> PlanNode:
    made: PlanNode = plans.standard(
        node,
        "statistics_gen",
        "StatisticsGen",
        inputs={"examples": plans.channel("example_gen.examples", "Examples")},
        outputs={"statistics": "ExampleStatistics"},
        upstream=("example_gen",),
        execution=plans.execution(**execution),
    )
    return made


def example_gen(plans: Any) -> PlanNode:
    made: PlanNode = plans.standard(
        "example_gen",
        "example_gen.csv_example_gen",
        "CsvExampleGen",
        arguments={"input_base": plans.value({"$path": "data"})},
        outputs={"examples": "Examples"},
    )
    return made


def test_beam_arguments_of_the_pipeline_and_of_a_node(launcher: Any, plans: Any, tmp_path: Path) -> None:
    plan = plans.plan_of(
        tmp_path,
        example_gen(plans),
        statistics_node(plans, "own", beam_pipeline_args=("--direct_num_workers=2",)),
        statistics_node(plans, "none", beam_pipeline_args=()),
        beam_pipeline_args=({"$concatenate": ["--temp_location=", {"$path": "tmp"}]},),
    )
    ir = launcher.open(plan, tmp_path).ir()
    assert "--temp_location=tmp" in executor(ir, "example_gen")
    assert "--runner=DirectRunner" in executor(ir, "example_gen")
    assert "--direct_num_workers=2" in executor(ir, "own")
    assert "in_memory" not in executor(ir, "own")
    assert "temp_location" not in executor(ir, "none")
    assert "--direct_running_mode=in_memory" in executor(ir, "none")


def transform(plans: Any, **fields: Any) -> PlanNode:
    made: PlanNode = plans.standard(
        "transform",
        "transform",
        "Transform",
        module=PlanModule(folder=0, import_name="features"),
        inputs={
            "examples": plans.channel("example_gen.examples", "Examples"),
            "schema": plans.channel("schema.result", "Schema"),
        },
        outputs={"transform_graph": "TransformGraph"},
        **fields,
    )
    return made


def importer() -> PlanNode:
    return PlanNode(
        id="schema",
        component=ImporterComponent(),
        arguments={
            "source_uri": PlanArgument(value={"$path": "schema"}),
            "artifact_type": PlanArgument(kind="artifact_type", value="Schema"),
        },
        outputs={"result": "Schema"},
    )


@pytest.mark.parametrize("runner", ["", "--runner=DirectRunner", "--runner=FlinkRunner"])
def test_a_module_is_packaged_for_workers_elsewhere_only(
    launcher: Any, plans: Any, tmp_path: Path, runner: str
) -> None:
    plans.write(tmp_path, {"features.py": "def preprocessing_fn(inputs): return inputs\n"})
    plan = plans.plan_of(
        tmp_path,
        example_gen(plans),
        importer(),
        transform(plans),
        beam_pipeline_args=(runner,) if runner else (),
    )
    ir = launcher.open(plan, tmp_path).ir()
    parameters = nodes_of(ir)["transform"]["parameters"]["parameters"]
    path = parameters["module_path"]["field_value"]["string_value"]
    wheels = list(tmp_path.rglob("*.whl"))
    if runner == "--runner=FlinkRunner":
        assert path == f"features@{wheels[0]}"
        # Workers elsewhere do not start in the project's folder.
        assert parameters["module_path"]["field_value"]["string_value"].startswith(f"features@{tmp_path}/")
    else:
        assert (path, wheels) == ("features", [])


def test_an_importer_and_an_installed_module(launcher: Any, plans: Any, tmp_path: Path) -> None:
    plans.write(tmp_path, {"schema/schema.pbtxt": 'feature { name: "a" type: FLOAT }\n'})
    trainer = plans.standard(
        "trainer",
        "trainer",
        "Trainer",
        module=PlanModule(folder=None, import_name="installed.model"),
        inputs={"examples": plans.channel("example_gen.examples", "Examples")},
        arguments={
            "train_args": plans.message("tfx.components.trainer.TrainArgs", {}),
            "eval_args": plans.message("tfx.components.trainer.EvalArgs", {}),
        },
        outputs={"model": "Model"},
    )
    run = launcher.open(plans.plan_of(tmp_path, example_gen(plans), importer(), trainer), tmp_path)
    parameters = nodes_of(run.ir())["trainer"]["parameters"]["parameters"]
    assert parameters["module_path"]["field_value"]["string_value"] == "installed.model"
    result = run.node("schema")
    assert (result.state, result.artifacts[0].uri) == ("succeeded", str(tmp_path / "schema"))
    again = launcher.open(run.plan, tmp_path).node("schema")
    assert (again.state, again.artifacts[0].id) == ("cached", result.artifacts[0].id)


def test_equal_module_names_in_two_folders_stay_apart(launcher: Any, plans: Any, tmp_path: Path) -> None:
    for index, word in enumerate(("first", "second")):
        plans.write(
            tmp_path, {f"modules/{index}/words.py": WORDS, f"modules/{index}/word.py": f"WORD = {word!r}\n"}
        )

    def say(node: str, folder: int) -> PlanNode:
        module = PlanModule(folder=folder, import_name="words")
        return PlanNode(
            id=node,
            component=PythonComponent(type="words:Say", module=module, function="Say"),
            outputs=DATASET,
        )

    folders = tuple(
        PlanModuleFolder(source=f"m{index}", files=("word.py", "words.py"), sha256=str(index))
        for index in range(2)
    )
    plan = plans.plan_of(tmp_path, say("one", 0), say("two", 1), modules=folders)
    results = launcher.open(plan, tmp_path).all()
    assert [result.artifacts[0].properties["word"] for result in results.values()] == ["first", "second"]


WORDS = """
    from tfx.dsl.component.experimental.annotations import OutputArtifact
    from tfx.dsl.component.experimental.decorators import component
    from tfx.types.experimental.simple_artifacts import Dataset

    from word import WORD


    @component
    def Say(made: OutputArtifact[Dataset]):
        made.set_string_custom_property("word", WORD)
"""


def test_a_password_is_not_in_the_ir(launcher: Any, plans: Any, project: Path) -> None:
    store = ServerMetadata(
        kind="mysql", host="127.0.0.1", port=9, database="d", user="u", password={"$reference": "env.NO_SUCH"}
    )
    plan = plans.plan_of(project, plans.step("make", "Make", outputs=DATASET), metadata=store)
    error = launcher.try_open(plan, project)
    assert "metadata.mysql.password needs the environment variable NO_SUCH" in error.message
    assert "metadata_connection_config" not in json.dumps(
        launcher.open(plans.plan_of(project, plans.step("make", "Make", outputs=DATASET)), project).ir()
    )


def test_a_server_that_does_not_answer_is_named(launcher: Any, plans: Any, project: Path) -> None:
    plan = plans.plan_of(
        project,
        plans.step("make", "Make", outputs=DATASET),
        metadata=GrpcMetadata(host="127.0.0.1", port=9),
    )
    error = launcher.try_open(plan, project)
    assert error.message.startswith("the metadata server at 127.0.0.1:9 cannot be reached: ")


def test_what_tfx_refuses_is_told_with_the_node(launcher: Any, plans: Any, tmp_path: Path) -> None:
    node = example_gen(plans).model_copy(update={"arguments": {"input_bas": plans.value("x")}})
    error = launcher.try_open(plans.plan_of(tmp_path, node), tmp_path)
    assert error.message.startswith("`example_gen` cannot be built: TypeError: ")
    assert "input_bas" in error.message
