"""Kubeflow's files → spec, without TFX and kfp: commands, conditions, groups, pods, what is no pipeline."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import typer.testing
import yaml

from tfxc.compiler.cli import app
from tfxc.compiler.driver import check
from tfxc.compiler.importing.document import Imported, document_of
from tfxc.compiler.importing.formats import held_in, whole_ir
from tfxc.compiler.importing.kubeflow.model import PipelineFile
from tfxc.compiler.importing.kubeflow.pipeline import ir_of
from tfxc.schemas.failures import WrongUse

SPECS = Path(__file__).parents[1] / "kubeflow" / "specs"
IMAGE = "example.org/tool:1"


def constant(value: Any) -> Any:
    return {"runtimeValue": {"constant": value}}


def output_of(task: str, key: str, kind: str = "Artifact") -> Any:
    key_name = "outputArtifactKey" if kind == "Artifact" else "outputParameterKey"
    return {f"taskOutput{kind}": {"producerTask": task, key_name: key}}


def task(name: str, **fields: Any) -> Any:
    return {"taskInfo": {"name": name}, "componentRef": {"name": f"comp-{name}"}, **fields}


def made(kind: str = "system.Model") -> Any:
    return {"artifactType": {"schemaTitle": kind}}


def two_tasks() -> Any:
    """A PipelineSpec: `train` writes a model and a number, `show` reads both."""
    train = {
        "executorLabel": "exec-train",
        "inputDefinitions": {"parameters": {"steps": {"parameterType": "NUMBER_INTEGER"}}},
        "outputDefinitions": {
            "artifacts": {"model": made()},
            "parameters": {"loss": {"parameterType": "NUMBER_DOUBLE"}},
        },
    }
    show = {
        "executorLabel": "exec-show",
        "inputDefinitions": {
            "artifacts": {"model": made()},
            "parameters": {"loss": {"parameterType": "NUMBER_DOUBLE"}, "word": {"parameterType": "STRING"}},
        },
    }
    write = "--out={{$.outputs.artifacts['model'].path}}"
    read = ["{{$.inputs.artifacts['model'].uri}}", "{{$.inputs.parameters['loss']}}"]
    return {
        "pipelineInfo": {"name": "two-tasks", "description": "Two tasks."},
        "schemaVersion": "2.1.0",
        "components": {"comp-train": train, "comp-show": show},
        "deploymentSpec": {
            "executors": {
                "exec-train": {"container": {"image": IMAGE, "command": ["train", write]}},
                "exec-show": {"container": {"image": IMAGE, "args": read}},
            }
        },
        "root": {
            "inputDefinitions": {
                "parameters": {"steps": {"parameterType": "NUMBER_INTEGER", "defaultValue": 7.0}}
            },
            "dag": {
                "tasks": {
                    "show": task(
                        "show",
                        inputs={
                            "artifacts": {"model": output_of("train", "model")},
                            "parameters": {
                                "loss": output_of("train", "loss", "Parameter"),
                                "word": constant("yes"),
                            },
                        },
                        dependentTasks=["train"],
                        cachingOptions={"enableCache": True},
                    ),
                    "train": task(
                        "train",
                        inputs={"parameters": {"steps": {"componentInputParameter": "steps"}}},
                        cachingOptions={"enableCache": True},
                        retryPolicy={"maxRetryCount": 2},
                    ),
                }
            },
        },
    }


def imported(spec: Any, platform: Any = None) -> Imported:
    ir, beside = ir_of(PipelineFile(spec, {}, platform or {}))
    here = Path("/nowhere")
    return document_of(ir, {}, [], here, here, beside)


def test_containers_with_what_they_read_and_write() -> None:
    found = imported(two_tasks())
    assert list(found.document["components"]) == ["train", "show"]
    assert found.document["description"] == "Two tasks."
    assert found.document["parameters"] == {"steps": {"type": "int", "default": 7}}
    assert found.document["components"]["train"] == {
        "type": "Container",
        "image": IMAGE,
        "outputs": {"model": "Model", "loss": "Float"},
        "parameters": {"steps": "{{ parameters.steps }}"},
        "command": ["train", "--out={{ outputs.model.uri }}"],
        "execution": {"retries": 2},
    }
    assert found.document["components"]["show"] == {
        "type": "Container",
        "image": IMAGE,
        "inputs": {"model": "Model"},
        "parameters": {"loss": "{{ train.loss.value }}", "word": "yes"},
        "args": ["{{ inputs.model.uri }}", "{{ inputs.loss.value }}"],
        "model": "train.model",
    }
    (note,) = found.notes
    assert note.component == ""
    assert "`pipeline_root` is a folder" in note.text


@pytest.mark.parametrize(
    ("condition", "when"),
    [
        ("inputs.parameter_values['loss'] < 0.5", "train.loss.value < 0.5"),
        (
            "!(inputs.parameter_values['word'] == 'yes') || int(inputs.parameter_values['loss']) != 2.0",
            '"yes" != "yes" or train.loss.value != 2',
        ),
        (
            "inputs.artifacts['model'].artifacts[0].metadata['good'] == 1.0 && true == true",
            "train.model.custom_properties.good == 1 and true == true",
        ),
    ],
)
def test_conditions_are_when(condition: str, when: str) -> None:
    spec = two_tasks()
    spec["root"]["dag"]["tasks"]["show"]["triggerPolicy"] = {"condition": condition}
    assert imported(spec).document["components"]["show"]["when"] == when


def test_a_condition_that_is_not_understood_is_told() -> None:
    spec = two_tasks()
    spec["root"]["dag"]["tasks"]["show"]["triggerPolicy"] = {"condition": "size(inputs) > 2 ? a : b"}
    notes = [str(note) for note in imported(spec).notes]
    assert any(note.startswith("show: it runs whatever comes: the condition") for note in notes)


def test_groups_are_unfolded_and_an_exit_task_is_on_exit() -> None:
    spec = two_tasks()
    tasks = spec["root"]["dag"]["tasks"]
    condition = {"condition": "inputs.parameter_values['least'] > 5"}
    spec["components"]["comp-group"] = {
        "dag": {"tasks": {"train": tasks["train"], "show": tasks["show"]}},
        "inputDefinitions": {"parameters": {"steps": {"parameterType": "NUMBER_INTEGER"}}},
    }
    spec["components"]["comp-bye"] = {"executorLabel": "exec-train"}
    steps = {"componentInputParameter": "steps"}
    given = {"parameters": {"steps": steps, "least": steps}}
    spec["root"]["dag"]["tasks"] = {
        "group": task("group", inputs=given, triggerPolicy=condition),
        "bye": task(
            "bye", dependentTasks=["group"], triggerPolicy={"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"}
        ),
    }
    found = imported(spec)
    assert set(found.document["components"]) == {"train", "show", "bye"}
    assert found.document["components"]["show"]["when"] == "{{ parameters.steps }} > 5"
    assert found.document["on_exit"] == "bye"
    assert "depends_on" not in found.document["components"]["bye"]


def test_a_loop_and_a_python_function_and_a_pod() -> None:
    spec = two_tasks()
    spec["deploymentSpec"]["executors"]["exec-show"]["container"]["args"] = ["--executor_input", "{{$}}"]
    spec["deploymentSpec"]["executors"]["exec-train"]["container"] |= {
        "resources": {"resourceCpuLimit": "500m", "resourceMemoryLimit": "2Gi"},
        "env": [{"name": "A", "value": "b"}],
    }
    spec["root"]["dag"]["tasks"]["train"]["parameterIterator"] = {"itemInput": "steps"}
    pod = {"nodeSelector": {"labels": {"pool": "gpu"}}, "activeDeadlineSeconds": "30", "genericVolume": [{}]}
    platform = {"platforms": {"kubernetes": {"deploymentSpec": {"executors": {"exec-train": pod}}}}}
    found = imported(spec, platform)
    flag, whole = found.document["components"]["show"]["args"]
    assert flag == "--executor_input"
    filled = whole.replace("{{ inputs.loss.value }}", "0.5").replace("{{ inputs.model.uri }}", "/m")
    assert json.loads(filled)["inputs"] == {
        "parameterValues": {"loss": 0.5, "word": "yes"},
        "artifacts": {
            "model": {
                "artifacts": [
                    {"name": "model", "type": {"schemaTitle": "system.Model"}, "uri": "/m", "metadata": {}}
                ]
            }
        },
    }
    assert found.document["components"]["train"]["execution"] == {
        "retries": 2,
        "resources": {"cpu": 0.5, "memory": "2Gi"},
        "env": {"A": "b"},
        "timeout": "30s",
    }
    in_cluster = found.document["environments"]["kubeflow"]["backends"]["kubeflow"]
    assert in_cluster == {"nodes": {"train": {"node_selector": {"pool": "gpu"}}}}
    notes = [str(note) for note in found.notes]
    assert "train: it ran for each of many items: here once" in notes
    assert "train: what Kubernetes is told of its pod as `genericVolume` has no place in a spec" in notes


def run(*arguments: object) -> typer.testing.Result:
    return typer.testing.CliRunner().invoke(app, ["import", *map(str, arguments)])


@pytest.mark.parametrize("name", ["custom", "penguin", "matrix"])
def test_what_tfxc_compiled_comes_back(name: str, tmp_path: Path) -> None:
    spec = SPECS / f"{name}.yaml"
    bundle = tmp_path / "bundle"
    compiled = typer.testing.CliRunner().invoke(
        app, ["compile", str(spec), "--backend", "kubeflow", "-o", str(bundle)]
    )
    assert compiled.exit_code == 0, compiled.output
    result = run(bundle / "pipeline.yaml", "-o", tmp_path / "back")
    assert result.exit_code == (1 if name == "matrix" else 0), result.output
    before, after = check(spec).plan, check(tmp_path / "back" / "pipeline.yaml").plan
    assert before is not None
    assert after is not None
    if name == "matrix":  # its nodes have other ids, and the same names in ML Metadata
        assert [node.id_in_tfx for node in after.nodes] == [node.id_in_tfx for node in before.nodes]
        return
    kept = [json.loads(plan.to_json()) for plan in (before, after)]
    for plan in kept:
        for node in plan["nodes"]:
            del node["origin"]
            for code in (node.get("module"), node["component"].get("module")):
                (code or {}).pop("folder", None)
            node["component"].pop("type")
        plan["modules"] = sorted(file for folder in plan["modules"] for file in folder["files"])
    assert kept[0] == kept[1]


def test_what_tfxc_compiled_needs_its_plan(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    spec = str(SPECS / "custom.yaml")
    typer.testing.CliRunner().invoke(app, ["compile", spec, "--backend", "kubeflow", "-o", str(bundle)])
    plan = bundle / "plan.json"
    plan.write_text(plan.read_text(encoding="utf-8").replace("custom", "other"), encoding="utf-8")
    assert "is of another compilation" in said(bundle / "pipeline.yaml", tmp_path / "out")
    plan.unlink()
    assert "put the plan.json beside it" in said(bundle / "pipeline.yaml", tmp_path / "out")


def said(file: Path, out: Path) -> str:
    """Returns the one sentence that a file is refused with."""
    result = run(file, "-o", out)
    assert result.exit_code == 2, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert not out.exists()
    return " ".join(result.output.split())


def changed(**fields: Any) -> str:
    return json.dumps({**two_tasks(), **fields})


WORKFLOW = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "spec": {"templates": []}}
BAD: dict[str, tuple[str, str | bytes, str]] = {
    "truncated JSON": ("p.json", changed()[:-40], "is no JSON"),
    "truncated YAML": ("p.yaml", 'root:\n  dag: {tasks: {a: "', "is no YAML"),
    "no text": ("p.yaml", b"\xff\xfe\x00garbage", "is no text"),
    "empty": ("p.yaml", "", "is empty"),
    "a list": ("p.yaml", "- a\n- b\n", "is no mapping"),
    "another YAML": ("p.yaml", "a: 1\n", "is no pipeline that import knows"),
    "another object": ("p.yaml", "apiVersion: v1\nkind: Secret\n", "is a Secret of Kubernetes"),
    "a spec": ("p.yaml", "version: 1\nname: x\ncomponents: {}\n", "is a spec of tfxc already"),
    "a newer schema": ("p.json", changed(schemaVersion="3.0.0"), "of the schema 3.0.0"),
    "no name": ("p.json", changed(pipelineInfo={}), "without `pipelineInfo.name`"),
    "no component": ("p.json", changed(components={}), "of the component `comp-train`"),
    "no executor": ("p.json", changed(deploymentSpec={}), "has the executor `exec-train`"),
    "no DAG": ("p.json", changed(root={"executorLabel": "x"}), "its root is no DAG"),
    "wrong values": ("p.json", changed(root={"dag": {"tasks": {"a": 7}}}), "does not fit together"),
    "an old workflow": ("p.yaml", yaml.safe_dump(WORKFLOW), "such as kfp 1 compiled"),
    "another Plan": ("plan.json", '{"format": "tfxc.plan/2"}', "is no Plan that"),
}


@pytest.mark.parametrize("which", BAD)
def test_what_is_no_pipeline_is_told_in_a_sentence(which: str, tmp_path: Path) -> None:
    name, content, sentence = BAD[which]
    file = tmp_path / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    assert sentence in said(file, tmp_path / "out")


def test_a_circle_and_endless_groups_are_told(tmp_path: Path) -> None:
    circle = two_tasks()
    circle["root"]["dag"]["tasks"]["train"]["dependentTasks"] = ["show"]
    endless = two_tasks()
    endless["components"]["comp-train"] = {"dag": copy.deepcopy(endless["root"]["dag"])}
    for spec, sentence in ((circle, "in a circle"), (endless, "without end")):
        file = tmp_path / "p.json"
        file.write_text(json.dumps(spec), encoding="utf-8")
        assert sentence in said(file, tmp_path / "out")


def test_aliases_do_not_grow_without_end(tmp_path: Path) -> None:
    lines = ["a0: &a0 [1, 1]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    file = tmp_path / "p.yaml"
    file.write_text("\n".join(lines), encoding="utf-8")
    assert "values" in said(file, tmp_path / "out")


def test_every_piece_that_is_missing_is_told(tmp_path: Path) -> None:
    whole = two_tasks()
    file, out = tmp_path / "p.json", tmp_path / "out"
    for number, place in enumerate(list(_places(whole))):
        spec = copy.deepcopy(whole)
        holder = spec
        for key in place[:-1]:
            holder = holder[key]
        holder[place[-1]] = (None, 7, "x", [], {})[number % 5]
        file.write_text(json.dumps(spec), encoding="utf-8")
        result = run(file, "-o", out / str(number))
        assert result.exit_code in (0, 1, 2), (place, result.exception)
        assert result.exception is None or isinstance(result.exception, SystemExit), (place, result.exception)


def _places(value: Any, place: tuple[Any, ...] = ()) -> Any:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*place, key)
        yield from _places(inner, (*place, key))


def test_the_ir_in_a_workflow_of_tfx_is_put_together(tmp_path: Path) -> None:
    def of_node(name: str, *upstream: str) -> list[str]:
        node = {"pipelineNode": {"nodeInfo": {"id": name}, "upstreamNodes": list(upstream)}}
        executors = {"executorSpecs": {name: {"class_path": f"steps.{name}"}}}
        ir = {"pipelineInfo": {"id": "old"}, "nodes": [node], "deploymentConfig": executors}
        return ["--node_id", name, "--tfx_ir", json.dumps(ir)]

    templates = [{"container": {"args": of_node("b", "a")}}, {"container": {"args": of_node("a")}}]
    file = tmp_path / "p.yaml"
    file.write_text(yaml.safe_dump({**WORKFLOW, "spec": {"templates": templates}}), encoding="utf-8")
    held = held_in(file)
    assert held.kind == "argo"
    whole = whole_ir(held.json, file)
    assert [each["pipelineNode"]["nodeInfo"]["id"] for each in whole["nodes"]] == ["a", "b"]
    assert set(whole["deploymentConfig"]["executorSpecs"]) == {"a", "b"}
    with pytest.raises(WrongUse, match="cannot be read"):
        whole_ir(["{"], file)
