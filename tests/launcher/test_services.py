"""Components that work on services which are not here: what TFX makes of them, as its IR has it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tfxc.schemas.components import component_model, component_types
from tfxc.schemas.components.base import ExecutorComponent
from tfxc.schemas.plan import Plan

pytestmark = pytest.mark.tfx

SPEC = """
version: 1
name: services
components:
  rows: {type: BigQueryExampleGen, query: SELECT a FROM t}
  days:
    type: BigQueryExampleGen
    input_config: {splits: [{name: all, pattern: SELECT a FROM t WHERE d = @span_yyyymmdd_utc}]}
    range_config: {static_range: {start_span_number: 3, end_span_number: 3}}
  ranked: {type: BigQueryToElwcExampleGen, query: SELECT a FROM t, elwc_config: {context_feature_fields: [a]}}
  trainer:
    type: CloudAITrainer
    examples: rows.examples
    module_file: steps.py
    train_args: {num_steps: 1}
    eval_args: {num_steps: 1}
    custom_config: {ai_platform_training_args: {project: p}, ai_platform_enable_vertex: true}
  sklearn:
    type: Trainer
    executor: tfx.extensions.google_cloud_ai_platform.trainer.executor:GenericExecutor
    examples: rows.examples
    run_fn: steps.run_fn
    custom_config: {ai_platform_training_args: {project: p}}
  tuner:
    type: CloudAITuner
    examples: rows.examples
    module_file: steps.py
    tune_args: {num_parallel_trials: 3}
    custom_config: {ai_platform_tuning_args: {project: p}}
  docker:
    type: InfraValidator
    model: trainer.model
    serving_spec: {tensorflow_serving: {tags: [2.16.1]}, local_docker: {client_timeout_seconds: 9}}
  kubernetes:
    type: InfraValidator
    model: trainer.model
    serving_spec: {tensorflow_serving: {tags: [2.16.1]}, kubernetes: {service_account_name: a}}
  pusher:
    type: CloudAIPusher
    model: trainer.model
    infra_blessing: docker.blessing
    custom_config: {ai_platform_serving_args: {project_id: p}}
  inferrer:
    type: CloudAIBulkInferrer
    examples: rows.examples
    model: trainer.model
    custom_config: {ai_platform_serving_args: {project_id: p}}
  database:
    type: BigQueryMLPusher
    model: trainer.model
    infra_blessing: kubernetes.blessing
    custom_config: {bigquery_serving_args: {project_id: p, bq_dataset_id: d, model_name: m}}
"""
CLOUD = "tfx.extensions.google_cloud_ai_platform"
QUERIES = "tfx.extensions.google_cloud_big_query"
EXECUTORS = {
    "rows": f"{QUERIES}.example_gen.executor.Executor",
    "days": f"{QUERIES}.example_gen.executor.Executor",
    "ranked": f"{QUERIES}.experimental.elwc_example_gen.component.executor.Executor",
    "trainer": f"{CLOUD}.trainer.executor.GenericExecutor",
    "sklearn": f"{CLOUD}.trainer.executor.GenericExecutor",
    "tuner": f"{CLOUD}.tuner.executor.Executor",
    "docker": "tfx.components.infra_validator.executor.Executor",
    "kubernetes": "tfx.components.infra_validator.executor.Executor",
    "pusher": f"{CLOUD}.pusher.executor.Executor",
    "inferrer": f"{CLOUD}.bulk_inferrer.executor.Executor",
    "database": f"{QUERIES}.pusher.executor.Executor",
}


@pytest.fixture(scope="module")
def ir(launcher: Any, plan_of_spec: Callable[[Path], Plan], tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("services")
    (folder / "pipeline.yaml").write_text(SPEC)
    (folder / "steps.py").write_text("def run_fn(fn_args): ...\n\n\ndef tuner_fn(fn_args): ...\n")
    return launcher.open(plan_of_spec(folder / "pipeline.yaml"), folder).ir()


def parameters(ir: Any, node: str) -> dict[str, Any]:
    """Returns the execution properties of a node: texts of JSON as what they hold."""
    (found,) = (
        each["pipeline_node"] for each in ir["nodes"] if each["pipeline_node"]["node_info"]["id"] == node
    )
    values = {}
    for name, each in found["parameters"]["parameters"].items():
        (value,) = each["field_value"].values()
        values[name] = json.loads(value) if str(value).startswith("{") else value
    return values


def test_each_node_has_the_executor_of_its_service(ir: Any) -> None:
    specs = ir["deployment_config"]["executor_specs"]
    found = {}
    for node, spec in specs.items():
        inner = spec.get("python_executor_spec", spec)
        found[node] = inner.get("class_path") or inner["value"]["class_path"]
    assert found == EXECUTORS


def test_queries(ir: Any) -> None:
    assert parameters(ir, "rows")["input_config"]["splits"][0]["pattern"] == "SELECT a FROM t"
    assert parameters(ir, "days")["range_config"]["static_range"]["start_span_number"] == 3
    ranked = parameters(ir, "ranked")
    assert ranked["custom_config"]["custom_config"]["context_feature_fields"] == ["a"]
    assert str(ranked["output_data_format"]) == "11"


def test_what_a_service_is_told(ir: Any) -> None:
    assert parameters(ir, "trainer")["custom_config"]["ai_platform_enable_vertex"] is True
    assert parameters(ir, "sklearn")["run_fn"] == "steps.run_fn"
    assert parameters(ir, "tuner")["tune_args"] == {"num_parallel_trials": 3}
    assert parameters(ir, "docker")["serving_spec"]["local_docker"] == {"client_timeout_seconds": 9}
    assert parameters(ir, "kubernetes")["serving_spec"]["kubernetes"] == {"service_account_name": "a"}
    assert parameters(ir, "pusher")["custom_config"] == {"ai_platform_serving_args": {"project_id": "p"}}
    assert parameters(ir, "inferrer")["custom_config"] == {"ai_platform_serving_args": {"project_id": "p"}}
    assert parameters(ir, "database")["custom_config"]["bigquery_serving_args"]["model_name"] == "m"


def test_code_that_runs_on_a_service_is_packed(ir: Any) -> None:
    for node in ("trainer", "tuner"):
        assert ".whl" in str(parameters(ir, node)), node


def test_every_component_of_a_service_is_looked_at_here() -> None:
    tried = {
        line.split("type: ")[1].split(",")[0].rstrip("}") for line in SPEC.splitlines() if "type: " in line
    }
    services = set()
    for name in component_types():
        model = component_model(name)
        if issubclass(model, ExecutorComponent) and model.service is not None:
            services.add(name)
    assert services - tried == {"PrestoExampleGen"}  # its client is not among what TFX brings
