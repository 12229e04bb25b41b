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
from tfxc.compiler.ejecting.program import program_of
from tfxc.compiler.ejecting.write import write_ejected
from tfxc.compiler.importing.document import document_of
from tfxc.compiler.importing.yaml_text import yaml_text

pytestmark = pytest.mark.tfx

STEPS = """
from typing import List, TypedDict

from tfx.components.example_gen.base_example_gen_executor import BaseExampleGenExecutor
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


def preprocessing_fn(inputs):
    return inputs


def run_fn(fn_args):
    pass


def tuner_fn(fn_args):
    pass


class Lines(BaseExampleGenExecutor):
    def GetInputSourceToExamplePTransform(self):
        return None


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
SPECS |= {
    "taxi": """
        version: 1
        name: taxi
        components:
          example_gen:
            type: CsvExampleGen
            input_base: data
            output_config:
              split_config: {splits: [{name: train, hash_buckets: 3}, {name: eval, hash_buckets: 1}]}
          statistics_gen: {type: StatisticsGen, examples: example_gen.examples}
          schema_gen: {type: SchemaGen, statistics: statistics_gen.statistics, infer_feature_shape: true}
          example_validator:
            {type: ExampleValidator, statistics: statistics_gen.statistics, schema: schema_gen.schema}
          transform:
            type: Transform
            examples: example_gen.examples
            schema: schema_gen.schema
            preprocessing_fn: steps.preprocessing_fn
          trainer:
            type: Trainer
            examples: transform.transformed_examples
            transform_graph: transform.transform_graph
            schema: schema_gen.schema
            run_fn: steps.run_fn
            train_args: {num_steps: 100}
            eval_args: {num_steps: 50, splits: [eval]}
            custom_config: {units: 16, names: [a, b]}
          latest_blessed:
            type: Resolver
            strategy_class: LatestBlessedModelStrategy
            model: {artifact_type: Model}
            model_blessing: {artifact_type: ModelBlessing}
          evaluator:
            type: Evaluator
            examples: example_gen.examples
            model: trainer.model
            baseline_model: latest_blessed.model
            eval_config:
              model_specs: [{signature_name: serving_default, label_key: tips}]
              slicing_specs: [{}, {feature_keys: [trip_start_hour]}]
              metrics_specs:
                - metrics:
                    - class_name: BinaryAccuracy
                      threshold:
                        value_threshold: {lower_bound: 0.6}
                        change_threshold: {direction: HIGHER_IS_BETTER, absolute: -0.0001}
          pusher:
            type: Pusher
            model: trainer.model
            model_blessing: evaluator.blessing
            push_destination: {filesystem: {base_directory: serving}}
        """,
    "tuning": """
        version: 1
        name: tuning
        components:
          example_gen: {type: CsvExampleGen, input_base: data}
          unlabelled: {type: CsvExampleGen, input_base: new}
          schema: {type: ImportSchemaGen, schema_file: schema.pbtxt}
          cached:
            type: Resolver
            strategy_class: LatestArtifactStrategy
            cache: {artifact_type: TransformCache}
          transform:
            type: Transform
            examples: example_gen.examples
            schema: schema.schema
            analyzer_cache: cached.cache
            preprocessing_fn: steps.preprocessing_fn
            splits_config: {analyze: [train], transform: [train, eval]}
          tuner:
            type: Tuner
            examples: transform.transformed_examples
            transform_graph: transform.transform_graph
            tuner_fn: steps.tuner_fn
            train_args: {num_steps: 20}
            eval_args: {num_steps: 5}
            tune_args: {num_parallel_trials: 3}
          trainer:
            type: Trainer
            examples: transform.transformed_examples
            transform_graph: transform.transform_graph
            hyperparameters: tuner.best_hyperparameters
            run_fn: steps.run_fn
            train_args: {num_steps: 100}
            eval_args: {num_steps: 5}
          inference:
            type: BulkInferrer
            examples: unlabelled.examples
            model: trainer.model
            data_spec: {example_splits: [eval]}
            model_spec: {model_signature_name: [serving_default]}
            output_example_spec:
              output_columns_spec:
                - predict_output:
                    output_columns: [{output_key: logits, output_column: answer}]
        """,
    "spans": """
        version: 1
        name: spans
        components:
          example_gen:
            type: CsvExampleGen
            input_base: data
            input_config: {splits: [{name: all, pattern: "day-{SPAN:3}/*.csv"}]}
            range_config: {static_range: {start_span_number: 2, end_span_number: 2}}
          window:
            type: Resolver
            strategy_class: SpanRangeStrategy
            config: {range_config: {static_range: {start_span_number: 1, end_span_number: 2}}}
            examples: {artifact_type: Examples, producer: example_gen, output: examples}
            depends_on: [example_gen]
          trainer:
            type: Trainer
            examples: window.examples
            run_fn: steps.run_fn
            train_args: {num_steps: 10}
            eval_args: {num_steps: 1}
        """,
    "warm_start": """
        version: 1
        name: warm-start
        components:
          example_gen: {type: ImportExampleGen, input_base: records, payload_format: 6}
          latest_model:
            type: Resolver
            strategy_class: LatestArtifactStrategy
            model: {artifact_type: Model}
          trainer:
            type: Trainer
            examples: example_gen.examples
            base_model: latest_model.model
            run_fn: steps.run_fn
            train_args: {num_steps: 10, splits: [train]}
            eval_args: {num_steps: 1}
        """,
    "differences": """
        version: 1
        name: differences
        components:
          today: {type: CsvExampleGen, input_base: today}
          before: {type: CsvExampleGen, input_base: before}
          changes:
            type: ExampleDiff
            examples_test: today.examples
            examples_base: before.examples
            config: {paired_example_skew: {identifier_features: [word], skew_sample_size: 5}}
            include_split_pairs: [[train, eval]]
        """,
    "blessed_twice": """
        version: 1
        name: blessed-twice
        components:
          example_gen: {type: CsvExampleGen, input_base: data}
          model:
            type: Importer
            source_uri: model
            artifact_type: Model
            properties: {}
            custom_properties: {stage: 2, owner: them}
          infra_validator:
            type: InfraValidator
            model: model.result
            examples: example_gen.examples
            serving_spec: {tensorflow_serving: {tags: [latest]}, local_docker: {}}
            request_spec: {tensorflow_serving: {}, num_examples: 3}
          evaluator:
            type: Evaluator
            examples: example_gen.examples
            model: model.result
            example_splits: [eval]
            eval_config: {model_specs: [{label_key: y}]}
          pusher:
            type: Pusher
            model: model.result
            push_destination: {filesystem: {base_directory: serving}}
            when: >-
              evaluator.blessing.custom_properties.blessed == 1
              and infra_validator.blessing.custom_properties.blessed == 1
        """,
    "custom_executor": """
        version: 1
        name: custom-executor
        components:
          lines:
            type: FileBasedExampleGen
            executor: steps.py:Lines
            input_base: lines
            input_config: {splits: [{name: all, pattern: "*.txt"}]}
          parquet: {type: ParquetExampleGen, input_base: parquet}
          statistics: {type: StatisticsGen, examples: lines.examples}
        """,
    "container": """
        version: 1
        name: container
        components:
          tune: {type: steps.py:Tune}
          scorer:
            type: Container
            image: "example.org/scorer:1"
            inputs: {rate: Float}
            outputs: {scores: Examples}
            parameters: {limit: 3, word: short}
            command: [score, "--rate", "{{ inputs.rate.value }}", "--to", "{{ outputs.scores.uri }}",
                      "--limit", "{{ inputs.limit.value }}", "{{ inputs.word.value }}"]
            rate: tune.rate
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
        [sys.executable, "-W", "ignore", str(script), str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("shape", SPECS)
def test_the_same_pipeline_has_the_same_ir(
    shape: str, plain: Any, launcher: Any, deployment: Any, tmp_path: Path
) -> None:
    (tmp_path / "steps.py").write_text(STEPS, encoding="utf-8")
    spec = tmp_path / "pipeline.yaml"
    spec.write_text(textwrap.dedent(SPECS[shape]), encoding="utf-8")
    plan = check(spec).plan
    assert plan is not None
    ours = launcher.open(plan, tmp_path, run_id="run-1").ir()
    assert deployment(ours) == deployment(plain[shape])
    assert comparable(ours) == comparable(plain[shape])


@pytest.mark.parametrize("shape", SPECS)
def test_the_ir_of_an_imported_ir_is_the_same(
    shape: str, plain: Any, launcher: Any, deployment: Any, tmp_path: Path
) -> None:
    (tmp_path / "steps.py").write_text(STEPS, encoding="utf-8")
    imported = document_of(plain[shape], {}, [tmp_path], tmp_path, tmp_path)
    assert imported.notes == ()
    spec = tmp_path / "pipeline.yaml"
    spec.write_text(yaml_text(imported.document, [], {}), encoding="utf-8")
    plan = check(spec).plan
    assert plan is not None
    ours = launcher.open(plan, tmp_path, run_id="run-1").ir()
    assert deployment(ours) == deployment(plain[shape])
    assert comparable(ours) == comparable(plain[shape])


@pytest.fixture(scope="module")
def ejected(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Name → the IR that TFX compiles the ejected program to."""
    folder = tmp_path_factory.mktemp("ejected")
    requests = []
    for shape, text in SPECS.items():
        spec = folder / shape / "spec" / "pipeline.yaml"
        spec.parent.mkdir(parents=True)
        (spec.parent / "steps.py").write_text(STEPS, encoding="utf-8")
        spec.write_text(textwrap.dedent(text), encoding="utf-8")
        plan = check(spec).plan
        assert plan is not None
        write_ejected(program_of(plan, spec.parent), folder / shape / "plain", plan.name, spec.parent)
        requests.append([str(folder / shape / "plain" / "pipeline.py"), str(spec.parent)])
    (folder / "requests.json").write_text(json.dumps(requests), encoding="utf-8")
    script = Path(__file__).with_name("ejected_ir.py")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(script), str(folder / "requests.json")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(zip(SPECS, json.loads(done.stdout.splitlines()[-1]), strict=True))


@pytest.mark.parametrize("shape", SPECS)
def test_an_ejected_pipeline_has_the_same_ir(shape: str, ejected: Any, plain: Any, deployment: Any) -> None:
    assert isinstance(ejected[shape], dict), ejected[shape]
    assert deployment(ejected[shape]) == deployment(plain[shape])
    assert comparable(_of_run(ejected[shape])) == comparable(plain[shape])


def _of_run(value: Any) -> Any:
    """Returns an IR with the run's id and root filled in."""
    if isinstance(value, list):
        return [_of_run(each) for each in value]
    if not isinstance(value, dict):
        return value
    parameter = value.get("runtime_parameter")
    if parameter is not None:
        return {"field_value": {"string_value": "run-1" if parameter["name"].endswith("id") else "runs"}}
    return {key: _of_run(each) for key, each in value.items()}
