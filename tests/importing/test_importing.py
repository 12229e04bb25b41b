"""IR → spec, without TFX: values, conditions, names, settings, user code, and what has no place in a spec."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from tfxc.compiler.cli import app
from tfxc.compiler.driver import check
from tfxc.compiler.importing.document import Imported, document_of
from tfxc.compiler.importing.names import component_ids, pipeline_name
from tfxc.compiler.importing.yaml_text import yaml_text
from tfxc.compiler.source.parse import parse_yaml
from tfxc.compiler.source.tree import to_plain

CSV = "tfx.components.example_gen.csv_example_gen.component.CsvExampleGen"
TRAINER = "tfx.components.trainer.component.Trainer"
PUSHER = "tfx.components.pusher.component.Pusher"
SPEC = "tfx.orchestration.executable_spec"


def text(value: str) -> Any:
    return {"field_value": {"string_value": value}}


def node(id_: str, type_name: str, **fields: Any) -> Any:
    options = {"caching_options": {"enable_cache": True}}
    info = {"id": id_, "type": {"name": type_name}}
    return {"pipeline_node": {"node_info": info, "execution_options": options, **fields}}


def reads(producer: str, output: str, type_name: str, **fields: Any) -> Any:
    channel = {
        "producer_node_query": {"id": producer},
        "context_queries": [{"type": {"name": "pipeline_run"}}],
        "artifact_query": {"type": {"name": type_name}},
        "output_key": output,
    }
    return {"channels": [channel], **fields}


def parameters(**values: Any) -> Any:
    return {"parameters": values}


def imported(*nodes: Any, folder: Path = Path("/nowhere"), **fields: Any) -> Imported:
    ir = {"pipeline_info": {"id": "example"}, "nodes": list(nodes), **fields}
    return document_of(ir, {}, [folder], folder, folder)


def csv(**values: Any) -> Any:
    return node("CsvExampleGen", CSV, parameters=parameters(**{"input_base": text("data"), **values}))


def component(found: Imported, name: str) -> Any:
    assert found.notes == ()
    return found.document["components"][name]


def test_nodes_keep_the_ids_that_ml_metadata_knows() -> None:
    found = component(imported(csv()), "csv_example_gen")
    assert found == {"type": "CsvExampleGen", "tfx_id": "CsvExampleGen", "input_base": "data"}
    assert component_ids(["Trainer.mnist", "trainer_mnist", "BERT"]) == {
        "Trainer.mnist": "trainer_mnist_2",
        "trainer_mnist": "trainer_mnist",
        "BERT": "bert",
    }
    assert pipeline_name("My Penguins_2") == "my-penguins-2"


def test_what_tfx_fills_in_is_left_out() -> None:
    config = json.dumps({"splits": [{"name": "single_split", "pattern": "*"}]})
    two = {
        "split_config": {
            "splits": [{"hash_buckets": 2, "name": "train"}, {"hash_buckets": 1, "name": "eval"}]
        }
    }
    given_values = {
        "input_config": text(config),
        "output_config": text(json.dumps(two)),
        "output_data_format": {"field_value": {"int_value": "6"}},
    }
    assert "input_config" not in component(imported(csv(**given_values)), "csv_example_gen")


def test_runtime_parameters_are_parameters() -> None:
    steps = {
        "structural_runtime_parameter": {
            "parts": [
                {"constant_value": '{"num_steps": '},
                {
                    "runtime_parameter": {
                        "name": "train-steps",
                        "type": "INT",
                        "default_value": {"int_value": "7"},
                    }
                },
                {"constant_value": "}"},
            ]
        }
    }
    where = {"runtime_parameter": {"name": "data", "type": "STRING", "default_value": {"string_value": "in"}}}
    found = imported(
        csv(input_base=where),
        node(
            "trainer",
            TRAINER,
            inputs={"inputs": {"examples": reads("CsvExampleGen", "examples", "Examples")}},
            parameters=parameters(run_fn=text("steps.run_fn"), train_args=steps),
        ),
    )
    assert found.document["parameters"] == {
        "data": {"type": "path", "default": "in"},
        "train_steps": {"type": "int", "default": 7},
    }
    assert component(found, "csv_example_gen")["input_base"] == "{{ parameters.data }}"
    assert component(found, "trainer")["train_args"] == {"num_steps": "{{ parameters.train_steps }}"}


def future(key: str) -> Any:
    return {"operator": {"index_op": {"expression": {"placeholder": {"key": key}}}}}


def compared(operator: str, key: str, name: str, value: Any) -> Any:
    read = {"expression": future(key), "key": name, "is_custom_property": True}
    left = {"operator": {"artifact_property_op": read}}
    return {"operator": {"compare_op": {"lhs": left, "rhs": {"value": value}, "op": operator}}}


def conditional(*expressions: Any) -> Imported:
    conditionals = {f"cond_{i}": {"placeholder_expression": each} for i, each in enumerate(expressions)}
    inputs = {"_a.model": reads("a", "model", "Model")}
    return imported(
        node("a", "steps.Train"),
        node("b", PUSHER, inputs={"inputs": inputs, "conditionals": conditionals}, upstream_nodes=["a"]),
    )


def test_conditions_are_when() -> None:
    one = compared("EQUAL", "_a.model", "good", {"int_value": "1"})
    other = compared("LESS_THAN", "_a.model", "my loss", {"double_value": 0.5})
    either = {"operator": {"binary_logical_op": {"lhs": one, "rhs": other, "op": "OR"}}}
    unlike = {"operator": {"unary_logical_op": {"expression": one, "op": "NOT"}}}
    found = component(conditional(either, unlike), "b")
    assert found["when"] == (
        '(a.model.custom_properties.good == 1 or a.model.custom_properties["my loss"] < 0.5) '
        "and a.model.custom_properties.good != 1"
    )
    assert "depends_on" not in found


def test_a_condition_that_has_no_place_in_a_spec_is_told() -> None:
    found = conditional({"placeholder": {"type": "RUNTIME_INFO", "key": "pipeline_run_id"}})
    assert [str(note) for note in found.notes] == [
        "b: it runs whatever comes: a condition on what a spec cannot ask for (runtime info)"
    ]


def test_waiting_without_reading_is_depends_on() -> None:
    found = imported(csv(), node("b", "steps.Show", upstream_nodes=["CsvExampleGen"]))
    assert component(found, "b")["depends_on"] == ["csv_example_gen"]


def test_settings_of_the_pipeline() -> None:
    beam = {"@type": f"type.googleapis.com/{SPEC}.BeamExecutableSpec", "beam_pipeline_args": ["--runner=X"]}
    connection = {"mysql": {"host": "db", "port": 3307, "database": "m", "user": "u", "password": "secret"}}
    deployment = {"executor_specs": {"CsvExampleGen": beam}, "metadata_connection_config": connection}
    uncached = csv()
    uncached["pipeline_node"]["execution_options"] = {
        "max_execution_retries": 2,
        "execution_timeout_sec": "60",
    }
    found = imported(
        uncached,
        deployment_config=deployment,
        runtime_spec={"pipeline_root": text("runs")},
        execution_mode="ASYNC",
    )
    assert found.document["pipeline_root"] == "runs"
    assert found.document["beam_pipeline_args"] == ["--runner=X"]
    assert found.document["cache"] is False
    password = "{{ env.MLMD_PASSWORD }}"
    mysql = {"host": "db", "port": 3307, "database": "m", "user": "u", "password": password}
    assert found.document["metadata"] == {"mysql": mysql}
    assert "secret" not in json.dumps(found.document) + str(found.notes)
    written = found.document["components"]["csv_example_gen"]
    assert written["execution"] == {"retries": 2, "timeout": "60s"}
    assert any("without end" in note.text for note in found.notes)


def test_limits_of_the_kubeflow_runner_are_resources_and_other_platforms_are_told() -> None:
    limits = {"@type": "x/ml_pipelines.ResourceSpec", "cpu_limit": 2.0, "memory_limit": 8.0}
    limits["accelerator"] = {"type": "nvidia.com/gpu", "count": "1"}
    platforms = {"CsvExampleGen": limits, "b": {"@type": "x/tfx.orchestration.platform_config.Docker"}}
    found = imported(
        csv(), node("b", "steps.Show"), deployment_config={"node_level_platform_configs": platforms}
    )
    gpu = {"type": "nvidia.com/gpu", "count": 1}
    resources = {"cpu": 2, "memory": "8G", "accelerator": gpu}
    written = found.document["components"]["csv_example_gen"]
    assert written["execution"] == {"resources": resources}
    (note,) = found.notes
    assert str(note).startswith("b: its platform configuration (Docker)")


def test_relative_paths_start_at_the_folder_of_the_spec(tmp_path: Path) -> None:
    ir = {"pipeline_info": {"id": "example"}, "nodes": [csv()]}
    found = document_of(ir, {}, [], tmp_path, tmp_path / "out")
    assert found.document["components"]["csv_example_gen"]["input_base"] == "../data"


def test_modules_are_copied_with_what_they_import(tmp_path: Path) -> None:
    code, target = tmp_path / "code", tmp_path / "spec"
    code.mkdir()
    (code / "steps.py").write_text("import features\n\n\ndef run_fn(fn_args):\n    pass\n", encoding="utf-8")
    (code / "features.py").write_text("NAMES = []\n", encoding="utf-8")
    (code / "other.py").write_text("", encoding="utf-8")
    trainer = node("t", TRAINER, parameters=parameters(module_file=text(str(code / "steps.py"))))
    found = document_of({"pipeline_info": {"id": "e"}, "nodes": [trainer]}, {}, [], tmp_path, target)
    assert found.document["components"]["t"]["module_file"] == "steps.py"
    assert sorted(map(str, found.copies)) == ["features.py", "steps.py"]


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=12)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXTS,
    st.sampled_from(
        ["yes", "0x1F", "1_000", "- x", "a: b", "a #b", "*.txt", "2026-01-01", "=", "~", "---", "y"]
    ),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(VALUES)
def test_every_value_is_read_as_it_was_written(value: Any) -> None:
    document = {"version": 1, "components": {"a": {"type": "A", "value": value}}}
    tree, diagnostics = parse_yaml(yaml_text(document, ["head"], {"a": ["note"]}), "x.yaml", Path())
    codes = {each.code for each in diagnostics}
    assert codes <= {"Y009"}, diagnostics
    if not codes:
        assert tree is not None
        assert to_plain(tree)["components"]["a"]["value"] == value


def run(*arguments: object) -> typer.testing.Result:
    return typer.testing.CliRunner().invoke(app, ["import", *map(str, arguments)])


def an_ir(folder: Path, *nodes: Any) -> Path:
    file = folder / "ir.json"
    file.write_text(json.dumps({"pipeline_info": {"id": "example"}, "nodes": nodes}), encoding="utf-8")
    return file


def test_the_command_writes_a_valid_spec(tmp_path: Path) -> None:
    result = run(an_ir(tmp_path, csv(input_base=text("/data"))), "-o", tmp_path / "out", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["components"] == ["csv_example_gen"]
    assert not check(tmp_path / "out" / "pipeline.yaml").has_errors


def test_what_is_not_carried_is_a_comment_at_its_place_and_an_exit_code(tmp_path: Path) -> None:
    result = run(an_ir(tmp_path, csv(own=text("x"))), "-o", tmp_path / "out")
    assert result.exit_code == 1
    assert "not carried: csv_example_gen: `own` is no argument" in result.output
    written = (tmp_path / "out" / "pipeline.yaml").read_text(encoding="utf-8")
    assert "  csv_example_gen:\n    # not carried: `own` is no argument" in written


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "pipeline.yaml").write_text("mine", encoding="utf-8")
    result = run(an_ir(tmp_path, csv()), "-o", tmp_path)
    assert result.exit_code == 2
    assert (tmp_path / "pipeline.yaml").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.py"], "no file"),
        (["ir.json", "-A", "a=1"], "for Python files"),
        (["p.py", "-A", "a=1"], "name it with --call"),
        (["p.py", "--call", "f", "-A", "a"], "NAME=VALUE"),
    ],
)
def test_wrong_use_is_told_before_tfx_starts(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    an_ir(tmp_path, csv())
    (tmp_path / "p.py").write_text("", encoding="utf-8")
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.output


def test_a_pipeline_inside_another_is_a_spec_beside_it(tmp_path: Path) -> None:
    statistics = "tfx.components.statistics_gen.component.StatisticsGen"
    data = {"runtime_parameter": {"name": "data", "type": "STRING", "default_value": {"string_value": "in"}}}
    given = {"outputs": {"examples": {"artifact_spec": {"type": {"name": "Examples"}}}}}
    pipeline = "tfx.orchestration.pipeline.Pipeline"
    inner = {
        "pipeline_info": {"id": "inner", "parent_ids": ["example"]},
        "nodes": [
            node(
                "inner_begin",
                f"{pipeline}_begin",
                inputs={"inputs": {"examples": reads("CsvExampleGen", "examples", "Examples")}},
                outputs=given,
                upstream_nodes=["CsvExampleGen"],
            ),
            node(
                "statistics",
                statistics,
                inputs={"inputs": {"examples": reads("inner_begin", "examples", "Examples")}},
                upstream_nodes=["inner_begin"],
            ),
            node("more", CSV, parameters=parameters(input_base=data), upstream_nodes=["inner_begin"]),
            node(
                "inner_end",
                f"{pipeline}_end",
                inputs={
                    "inputs": {
                        "statistics": reads("statistics", "statistics", "ExampleStatistics"),
                        "same": reads("inner_begin", "examples", "Examples"),
                    }
                },
            ),
        ],
    }
    schema = node(
        "schema",
        "tfx.components.schema_gen.component.SchemaGen",
        inputs={"inputs": {"statistics": reads("inner_end", "statistics", "ExampleStatistics")}},
        upstream_nodes=["inner"],
    )
    ir = {
        "pipeline_info": {"id": "example"},
        "nodes": [csv(input_base=text("/data")), {"sub_pipeline": inner}, schema],
    }
    file = tmp_path / "ir.json"
    file.write_text(json.dumps(ir), encoding="utf-8")
    result = run(file, "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    outer, included = (
        to_plain(tree)
        for path in ("pipeline.yaml", "inner/pipeline.yaml")
        if (tree := parse_yaml((tmp_path / "out" / path).read_text(encoding="utf-8"), path, Path())[0])
    )
    assert outer["components"]["inner"] == {
        "type": "Pipeline",
        "spec": "inner/pipeline.yaml",
        "inputs": {"examples": "csv_example_gen.examples"},
        "parameters": {"data": "{{ parameters.data }}"},
    }
    assert outer["components"]["schema"] == {"type": "SchemaGen", "statistics": "inner.statistics"}
    assert included["inputs"] == {"examples": {"artifact_type": "Examples"}}
    assert included["outputs"] == {"same": "inputs.examples", "statistics": "statistics.statistics"}
    assert included["components"]["statistics"] == {"type": "StatisticsGen", "examples": "inputs.examples"}
    again = run(file, "-o", tmp_path / "out" / "inner")
    assert again.exit_code == 2
