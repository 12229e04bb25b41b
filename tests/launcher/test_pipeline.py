"""A whole pipeline of TFX's own components, on the real penguins, and what its data can do to it.

The tests of this file share one first run, which every one of them needs.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tfxc.schemas.plan import Plan, PlanModule, PlanNode, PlanParameter, PlanQuery, ResolverComponent
from tfxc.schemas.plan_conditions import ArtifactOperand, Comparison, ValueOperand

pytestmark = pytest.mark.tfx

EXAMPLE = Path(__file__).parents[2] / "specs" / "penguin"
FEATURES = PlanModule(folder=0, import_name="features.features")
MODEL = PlanModule(folder=0, import_name="models.model")
BLESSED = Comparison(
    operator="==",
    left=ArtifactOperand(
        node="evaluator",
        output="blessing",
        artifact_type="ModelBlessing",
        field="custom_property",
        name="blessed",
    ),
    right=ValueOperand(value=1),
)
EVAL_CONFIG: dict[str, Any] = {
    "model_specs": [
        {
            "signature_name": "serving_default",
            "prediction_key": "probabilities",
            "label_key": "species_xf",
            "preprocessing_function_names": ["transform_features"],
        }
    ],
    "slicing_specs": [{}, {"feature_keys": ["species"]}],
    "metrics_specs": [
        {
            "metrics": [
                {
                    "class_name": "SparseCategoricalAccuracy",
                    "config": {"name": "accuracy"},
                    "threshold": {
                        "value_threshold": {"lower_bound": {"$reference": "parameters.min_accuracy"}},
                        "change_threshold": {"direction": "HIGHER_IS_BETTER", "absolute": -0.5},
                    },
                }
            ]
        }
    ],
}


def copy_modules(folder: Path) -> None:
    """Copies the penguins' features and model."""
    for name in ("features", "models"):
        shutil.copytree(EXAMPLE / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))


def penguin_plan(plans: Any, folder: Path) -> Plan:
    """Returns the Plan of the penguin pipeline, with few training steps."""
    channel, value, message, standard = plans.channel, plans.value, plans.message, plans.standard
    strategy = "tfx.dsl.input_resolution.strategies.latest_blessed_model_strategy:LatestBlessedModelStrategy"
    nodes = (
        standard(
            "example_gen",
            "example_gen.csv_example_gen",
            "CsvExampleGen",
            arguments={"input_base": value({"$path": {"$reference": "parameters.data"}})},
            outputs={"examples": "Examples"},
        ),
        standard(
            "statistics_gen",
            "statistics_gen",
            "StatisticsGen",
            inputs={"examples": channel("example_gen.examples", "Examples")},
            outputs={"statistics": "ExampleStatistics"},
            upstream=("example_gen",),
        ),
        standard(
            "schema_gen",
            "schema_gen",
            "SchemaGen",
            inputs={"statistics": channel("statistics_gen.statistics", "ExampleStatistics")},
            outputs={"schema": "Schema"},
            upstream=("statistics_gen",),
        ),
        standard(
            "transform",
            "transform",
            "Transform",
            module=FEATURES,
            inputs={
                "examples": channel("example_gen.examples", "Examples"),
                "schema": channel("schema_gen.schema", "Schema"),
            },
            arguments={"disable_statistics": value(True), "disable_analyzer_cache": value(True)},
            outputs={"transform_graph": "TransformGraph", "transformed_examples": "Examples"},
            upstream=("example_gen", "schema_gen"),
        ),
        standard(
            "trainer",
            "trainer",
            "Trainer",
            module=MODEL,
            inputs={
                "examples": channel("transform.transformed_examples", "Examples"),
                "transform_graph": channel("transform.transform_graph", "TransformGraph"),
            },
            arguments={
                "train_args": message("tfx.components.trainer.TrainArgs", {"num_steps": 60}),
                "eval_args": message("tfx.components.trainer.EvalArgs", {"num_steps": 4}),
            },
            outputs={"model": "Model", "model_run": "ModelRun"},
            upstream=("transform",),
        ),
        PlanNode(
            id="latest_blessed",
            component=ResolverComponent(strategy_class=strategy),
            inputs={
                "model": (PlanQuery(artifact_type="Model"),),
                "model_blessing": (PlanQuery(artifact_type="ModelBlessing"),),
            },
            outputs={"model": "Model", "model_blessing": "ModelBlessing"},
        ),
        standard(
            "evaluator",
            "evaluator",
            "Evaluator",
            inputs={
                "examples": channel("example_gen.examples", "Examples"),
                "model": channel("trainer.model", "Model"),
                "baseline_model": channel("latest_blessed.model", "Model"),
            },
            arguments={"eval_config": message("tensorflow_model_analysis.EvalConfig", EVAL_CONFIG)},
            outputs={"evaluation": "ModelEvaluation", "blessing": "ModelBlessing"},
            upstream=("example_gen", "trainer", "latest_blessed"),
        ),
        standard(
            "pusher",
            "pusher",
            "Pusher",
            inputs={
                "model": channel("trainer.model", "Model"),
                "model_blessing": channel("evaluator.blessing", "ModelBlessing"),
            },
            arguments={
                "push_destination": message(
                    "tfx.components.pusher.PushDestination",
                    {"filesystem": {"base_directory": {"$path": "serving"}}},
                )
            },
            outputs={"pushed_model": "PushedModel"},
            when=BLESSED,
            upstream=("trainer", "evaluator"),
        ),
    )
    parameters = (
        PlanParameter(name="data", type="path", required=False, default="data"),
        PlanParameter(name="min_accuracy", type="float", required=False, default=0.5),
    )
    plan: Plan = plans.plan_of(folder, *nodes, name="penguin", parameters=parameters)
    return plan


@pytest.fixture(scope="module")
def first(launcher: Any, plans: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The first run: its project's folder, Plan and results."""
    folder = tmp_path_factory.mktemp("penguin")
    shutil.copytree(EXAMPLE / "data", folder / "data")
    copy_modules(folder)
    run = launcher.open(penguin_plan(plans, folder), folder)
    results = run.all(threads=1)
    assert {node: result.error for node, result in results.items() if result.error} == {}
    return run, results


def test_it_ends_with_a_pushed_model(first: Any) -> None:
    run, results = first
    assert {result.state for result in results.values()} == {"succeeded"}
    assert results["latest_blessed"].artifacts == ()
    (push,) = run.summary().pushes
    assert push.pushed
    assert Path(push.destination).parent == run.folder / "serving"
    assert (Path(push.destination) / "saved_model.pb").exists()


def test_the_summary_has_metrics_by_slice(first: Any) -> None:
    run, _ = first
    (evaluation,) = run.summary().evaluations
    assert (evaluation.node, evaluation.blessed, evaluation.baseline) == ("evaluator", True, False)
    metrics = {(metric.slice, metric.name): metric.value for metric in evaluation.metrics}
    assert evaluation.metrics[0].slice == "Overall"
    assert metrics["Overall", "accuracy"] > 0.5
    assert {where for where, _ in metrics} == {
        "Overall",
        "species:Adelie",
        "species:Chinstrap",
        "species:Gentoo",
    }


def test_nothing_of_this_machine_is_recorded(first: Any) -> None:
    run, _ = first
    database = (run.folder / "runs/metadata.sqlite").read_bytes()
    assert str(run.folder).encode() not in database


def test_no_wheel_and_no_sdist_is_built(first: Any) -> None:
    run, _ = first
    assert not list(run.folder.rglob("*.whl"))
    assert not list(run.folder.rglob("_wheels"))
    logs = "".join(run.log(node.id).read_text() for node in run.plan.nodes)
    assert "ephemeral" not in logs


def test_the_logs_hold_the_users_lines_and_the_executors_but_no_noise(first: Any) -> None:
    run, _ = first
    assert "accuracy" in run.log("trainer").read_text()
    assert "Statistics for split train written to" in run.log("statistics_gen").read_text()
    for node in ("example_gen", "statistics_gen", "schema_gen", "pusher"):
        text = run.log(node).read_text()
        assert len(text.splitlines()) < 10
        assert not {"WARNING", "MetadataStore", "launcher"} & set(text.replace(":", " ").split())


def test_the_ir_is_tfxs_own_and_names_the_runner(first: Any) -> None:
    run, _ = first
    ir = run.ir()
    nodes = {entry["pipeline_node"]["node_info"]["id"]: entry["pipeline_node"] for entry in ir["nodes"]}
    assert list(nodes) == [node.id for node in run.plan.nodes] or set(nodes) == {
        node.id for node in run.plan.nodes
    }
    specs = json.dumps(ir["deployment_config"]["executor_specs"]["statistics_gen"])
    assert "--runner=DirectRunner" in specs
    assert "--direct_num_workers=1" in specs
    parameters = nodes["trainer"]["parameters"]["parameters"]
    assert parameters["module_path"]["field_value"]["string_value"] == "models.model"
    assert "module_file" not in parameters


def test_a_model_that_is_not_good_enough_is_not_pushed_and_why(launcher: Any, first: Any) -> None:
    before, _ = first
    run = launcher.open(before.plan, before.folder, parameters={"min_accuracy": 1.5})
    results = run.all()
    assert {node: result.state for node, result in results.items()} == {
        "example_gen": "cached",
        "statistics_gen": "cached",
        "schema_gen": "cached",
        "transform": "cached",
        "trainer": "cached",
        "latest_blessed": "succeeded",
        "evaluator": "succeeded",
        "pusher": "skipped",
    }
    summary = run.summary()
    (evaluation,), (push,) = summary.evaluations, summary.pushes
    assert (evaluation.blessed, evaluation.baseline) == (False, True)
    accuracy = next(m.value for m in evaluation.metrics if (m.slice, m.name) == ("Overall", "accuracy"))
    assert evaluation.failures[0] == f"Overall: accuracy is {accuracy:.6g}, below its lower bound 1.5"
    assert [failure.partition(": ")[0] for failure in evaluation.failures[1:]] == [
        "species:Adelie",
        "species:Chinstrap",
        "species:Gentoo",
    ]
    assert (push.pushed, push.destination, push.reason) == (
        False,
        None,
        "`evaluator` did not bless the model",
    )


def test_a_missing_label_column_is_named(launcher: Any, plans: Any, first: Any, tmp_path: Path) -> None:
    copy_modules(tmp_path)
    rows = (EXAMPLE / "data" / "penguins.csv").read_text().splitlines()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text("\n".join(row.partition(",")[2] for row in rows) + "\n")
    run = launcher.open(penguin_plan(plans, tmp_path), tmp_path)
    for node in ("example_gen", "statistics_gen", "schema_gen"):
        assert run.node(node).state == "succeeded"
    error = run.node("transform").error
    assert error.message.startswith(
        "`transform` failed: the examples have no column `species`, which the code asks for (features.py, "
        "line "
    )
    assert error.traceback.count("File") == 1


def test_an_unusable_metadata_file_or_root_is_told_before_the_first_node(
    launcher: Any, plans: Any, project: Path
) -> None:
    node = plans.step("make", "Make", outputs={"made": "Dataset"})
    (project / "runs").mkdir()
    (project / "runs/metadata.sqlite").write_text("These are notes, and no database.")
    error = launcher.try_open(plans.plan_of(project, node), project)
    assert error.message == (
        f"the metadata file {project}/runs/metadata.sqlite is no SQLite database: "
        f"name another file in `metadata.sqlite.path`, or move this one away."
    )
    error = launcher.try_open(plans.plan_of(project, node, pipeline_root="/sys/tfxc-runs"), project)
    assert error.message.startswith("pipeline_root /sys/tfxc-runs cannot be created: ")
