"""A program: the pipelines of `test_equal_ir.py` as plain TFX has them, compiled by TFX.

python plain_tfx_ir.py FOLDER

FOLDER holds ``steps.py``, the user's components. Prints name → IR as JSON, run id and root filled in.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import tensorflow_model_analysis as tfma
from google.protobuf import json_format
from tfx import components
from tfx.components import CsvExampleGen
from tfx.components.example_gen.custom_executors import parquet_executor
from tfx.components.schema_gen.import_schema_gen.component import ImportSchemaGen
from tfx.dsl.compiler import compiler
from tfx.dsl.component.experimental import placeholders
from tfx.dsl.component.experimental.container_component import create_container_component
from tfx.dsl.components.base import executor_spec
from tfx.dsl.components.common.importer import Importer
from tfx.dsl.components.common.resolver import Resolver
from tfx.dsl.experimental.conditionals.conditional import Cond
from tfx.dsl.input_resolution.strategies.latest_artifact_strategy import LatestArtifactStrategy
from tfx.dsl.input_resolution.strategies.latest_blessed_model_strategy import LatestBlessedModelStrategy
from tfx.dsl.input_resolution.strategies.span_range_strategy import SpanRangeStrategy
from tfx.dsl.placeholder.placeholder import logical_and
from tfx.orchestration import pipeline
from tfx.orchestration.portable import runtime_parameter_utils
from tfx.proto import (
    bulk_inferrer_pb2,
    example_diff_pb2,
    example_gen_pb2,
    infra_validator_pb2,
    pusher_pb2,
    range_config_pb2,
    trainer_pb2,
    transform_pb2,
    tuner_pb2,
)
from tfx.types import standard_artifacts
from tfx.types.channel import Channel, ExternalPipelineChannel


def values_and_conditions(steps: Any) -> list[Any]:
    """Values of one node as arguments of another, whole and in a text, under conditions."""
    tune = steps.Tune().with_id("tune")
    rate, word = (tune.outputs[key].future()[0].value for key in ("rate", "word"))
    ready = tune.outputs["ready"].future()[0].value
    train = steps.Train(rate=rate, text="at " + word + " speed", flag=ready).with_id("train")
    model = train.outputs["model"]
    with Cond(rate > 0.1):
        first = steps.Show(model=model).with_id("first")
    with Cond(model.future()[0].custom_property("good") == 1):
        second = steps.Show(model=model).with_id("second")
    return [tune, train, first, second]


def queries(steps: Any) -> list[Any]:
    """What one node made in all runs, and what another pipeline made."""
    example_gen = CsvExampleGen(input_base="data").with_id("example_gen")
    spans = range_config_pb2.RangeConfig(rolling_range=range_config_pb2.RollingRange(num_spans=3))
    window = Resolver(
        strategy_class=SpanRangeStrategy,
        config={"range_config": spans},
        examples=Channel(
            standard_artifacts.Examples, producer_component_id="example_gen", output_key="examples"
        ),
    ).with_id("window")
    window.add_upstream_node(example_gen)
    other = Resolver(
        strategy_class=LatestArtifactStrategy,
        model=ExternalPipelineChannel(
            standard_artifacts.Model,
            owner="",
            pipeline_name="large",
            producer_component_id="trainer",
            output_key="model",
        ),
    ).with_id("other")
    learn = steps.Learn(examples=window.outputs["examples"], base=other.outputs["model"]).with_id("learn")
    return [example_gen, window, other, learn]


def taxi(_: Any) -> list[Any]:
    """All that TFX's taxi example has: statistics, transform, training, and an Evaluator with a baseline."""
    splits = [
        example_gen_pb2.SplitConfig.Split(name="train", hash_buckets=3),
        example_gen_pb2.SplitConfig.Split(name="eval", hash_buckets=1),
    ]
    output = example_gen_pb2.Output(split_config=example_gen_pb2.SplitConfig(splits=splits))
    example_gen = components.CsvExampleGen(input_base="data", output_config=output).with_id("example_gen")
    examples = example_gen.outputs["examples"]
    statistics_gen = components.StatisticsGen(examples=examples).with_id("statistics_gen")
    statistics = statistics_gen.outputs["statistics"]
    schema_gen = components.SchemaGen(statistics=statistics, infer_feature_shape=True).with_id("schema_gen")
    schema = schema_gen.outputs["schema"]
    validator = components.ExampleValidator(statistics=statistics, schema=schema)
    transform = components.Transform(
        examples=examples, schema=schema, preprocessing_fn="steps.preprocessing_fn"
    ).with_id("transform")
    trainer = components.Trainer(
        examples=transform.outputs["transformed_examples"],
        transform_graph=transform.outputs["transform_graph"],
        schema=schema,
        run_fn="steps.run_fn",
        train_args=trainer_pb2.TrainArgs(num_steps=100),
        eval_args=trainer_pb2.EvalArgs(num_steps=50, splits=["eval"]),
        custom_config={"units": 16, "names": ["a", "b"]},
    ).with_id("trainer")
    latest_blessed = Resolver(
        strategy_class=LatestBlessedModelStrategy,
        model=Channel(standard_artifacts.Model),
        model_blessing=Channel(standard_artifacts.ModelBlessing),
    ).with_id("latest_blessed")
    threshold = tfma.MetricThreshold(
        value_threshold=tfma.GenericValueThreshold(lower_bound={"value": 0.6}),
        change_threshold=tfma.GenericChangeThreshold(
            direction=tfma.MetricDirection.HIGHER_IS_BETTER, absolute={"value": -0.0001}
        ),
    )
    config = tfma.EvalConfig(
        model_specs=[tfma.ModelSpec(signature_name="serving_default", label_key="tips")],
        slicing_specs=[tfma.SlicingSpec(), tfma.SlicingSpec(feature_keys=["trip_start_hour"])],
        metrics_specs=[
            tfma.MetricsSpec(metrics=[tfma.MetricConfig(class_name="BinaryAccuracy", threshold=threshold)])
        ],
    )
    evaluator = components.Evaluator(
        examples=examples,
        model=trainer.outputs["model"],
        baseline_model=latest_blessed.outputs["model"],
        eval_config=config,
    ).with_id("evaluator")
    pusher = components.Pusher(
        model=trainer.outputs["model"],
        model_blessing=evaluator.outputs["blessing"],
        push_destination=destination(),
    ).with_id("pusher")
    first = [example_gen, statistics_gen, schema_gen, validator.with_id("example_validator"), transform]
    return [*first, trainer, latest_blessed, evaluator, pusher]


def destination() -> Any:
    """Where models are pushed to."""
    filesystem = pusher_pb2.PushDestination.Filesystem(base_directory="serving")
    return pusher_pb2.PushDestination(filesystem=filesystem)


def tuning(_: Any) -> list[Any]:
    """Transform's analyzer cache, the best hyperparameters, and inference on rows without labels."""
    example_gen = components.CsvExampleGen(input_base="data").with_id("example_gen")
    unlabelled = components.CsvExampleGen(input_base="new").with_id("unlabelled")
    schema = ImportSchemaGen(schema_file="schema.pbtxt").with_id("schema")
    cached = Resolver(
        strategy_class=LatestArtifactStrategy, cache=Channel(standard_artifacts.TransformCache)
    ).with_id("cached")
    transform = components.Transform(
        examples=example_gen.outputs["examples"],
        schema=schema.outputs["schema"],
        analyzer_cache=cached.outputs["cache"],
        preprocessing_fn="steps.preprocessing_fn",
        splits_config=transform_pb2.SplitsConfig(analyze=["train"], transform=["train", "eval"]),
    ).with_id("transform")
    transformed = {
        "examples": transform.outputs["transformed_examples"],
        "transform_graph": transform.outputs["transform_graph"],
    }
    tuner = components.Tuner(
        **transformed,
        tuner_fn="steps.tuner_fn",
        train_args=trainer_pb2.TrainArgs(num_steps=20),
        eval_args=trainer_pb2.EvalArgs(num_steps=5),
        tune_args=tuner_pb2.TuneArgs(num_parallel_trials=3),
    ).with_id("tuner")
    trainer = components.Trainer(
        **transformed,
        hyperparameters=tuner.outputs["best_hyperparameters"],
        run_fn="steps.run_fn",
        train_args=trainer_pb2.TrainArgs(num_steps=100),
        eval_args=trainer_pb2.EvalArgs(num_steps=5),
    ).with_id("trainer")
    column = bulk_inferrer_pb2.PredictOutputCol(output_key="logits", output_column="answer")
    columns = bulk_inferrer_pb2.OutputColumnsSpec(
        predict_output=bulk_inferrer_pb2.PredictOutput(output_columns=[column])
    )
    inference = components.BulkInferrer(
        examples=unlabelled.outputs["examples"],
        model=trainer.outputs["model"],
        data_spec=bulk_inferrer_pb2.DataSpec(example_splits=["eval"]),
        model_spec=bulk_inferrer_pb2.ModelSpec(model_signature_name=["serving_default"]),
        output_example_spec=bulk_inferrer_pb2.OutputExampleSpec(output_columns_spec=[columns]),
    ).with_id("inference")
    return [example_gen, unlabelled, schema, cached, transform, tuner, trainer, inference]


def trained(examples: Any, train_args: Any = None, **inputs: Any) -> Any:
    """A Trainer on examples as they are."""
    return components.Trainer(
        examples=examples,
        run_fn="steps.run_fn",
        train_args=train_args or trainer_pb2.TrainArgs(num_steps=10),
        eval_args=trainer_pb2.EvalArgs(num_steps=1),
        **inputs,
    ).with_id("trainer")


def spans(_: Any) -> list[Any]:
    """One span is read, and a window of spans is learned from."""
    split = example_gen_pb2.Input.Split(name="all", pattern="day-{SPAN:3}/*.csv")
    chosen, both = (
        range_config_pb2.RangeConfig(
            static_range=range_config_pb2.StaticRange(start_span_number=start, end_span_number=2)
        )
        for start in (2, 1)
    )
    example_gen = components.CsvExampleGen(
        input_base="data", input_config=example_gen_pb2.Input(splits=[split]), range_config=chosen
    ).with_id("example_gen")
    window = Resolver(
        strategy_class=SpanRangeStrategy,
        config={"range_config": both},
        examples=Channel(
            standard_artifacts.Examples, producer_component_id="example_gen", output_key="examples"
        ),
    ).with_id("window")
    window.add_upstream_node(example_gen)
    return [example_gen, window, trained(window.outputs["examples"])]


def warm_start(_: Any) -> list[Any]:
    """Each model is learned from the one before."""
    example_gen = components.ImportExampleGen(
        input_base="records", payload_format=example_gen_pb2.PayloadFormat.FORMAT_TF_EXAMPLE
    ).with_id("example_gen")
    latest = Resolver(strategy_class=LatestArtifactStrategy, model=Channel(standard_artifacts.Model))
    latest = latest.with_id("latest_model")
    arguments = trainer_pb2.TrainArgs(num_steps=10, splits=["train"])
    trainer = trained(example_gen.outputs["examples"], arguments, base_model=latest.outputs["model"])
    return [example_gen, latest, trainer]


def differences(_: Any) -> list[Any]:
    """The examples of two days are compared."""
    today = components.CsvExampleGen(input_base="today").with_id("today")
    before = components.CsvExampleGen(input_base="before").with_id("before")
    skew = example_diff_pb2.PairedExampleSkew(identifier_features=["word"], skew_sample_size=5)
    changes = components.ExampleDiff(
        examples_test=today.outputs["examples"],
        examples_base=before.outputs["examples"],
        config=example_diff_pb2.ExampleDiffConfig(paired_example_skew=skew),
        include_split_pairs=[("train", "eval")],
    ).with_id("changes")
    return [today, before, changes]


def blessed_twice(_: Any) -> list[Any]:
    """An imported model is pushed if both validators bless it."""
    example_gen = components.CsvExampleGen(input_base="data").with_id("example_gen")
    model = Importer(
        source_uri="model",
        artifact_type=standard_artifacts.Model,
        properties={},
        custom_properties={"stage": 2, "owner": "them"},
    ).with_id("model")
    serving = infra_validator_pb2.TensorFlowServing(tags=["latest"])
    infra_validator = components.InfraValidator(
        model=model.outputs["result"],
        examples=example_gen.outputs["examples"],
        serving_spec=infra_validator_pb2.ServingSpec(
            tensorflow_serving=serving, local_docker=infra_validator_pb2.LocalDockerConfig()
        ),
        request_spec=infra_validator_pb2.RequestSpec(
            tensorflow_serving=infra_validator_pb2.TensorFlowServingRequestSpec(), num_examples=3
        ),
    ).with_id("infra_validator")
    evaluator = components.Evaluator(
        examples=example_gen.outputs["examples"],
        model=model.outputs["result"],
        example_splits=["eval"],
        eval_config=tfma.EvalConfig(model_specs=[tfma.ModelSpec(label_key="y")]),
    ).with_id("evaluator")
    blessed, well = (
        node.outputs["blessing"].future()[0].custom_property("blessed") == 1
        for node in (evaluator, infra_validator)
    )
    with Cond(logical_and(blessed, well)):
        pusher = components.Pusher(model=model.outputs["result"], push_destination=destination())
    return [example_gen, model, infra_validator, evaluator, pusher.with_id("pusher")]


def custom_executor(steps: Any) -> list[Any]:
    """Executors that are not the component's own: the user's, and one of TFX's."""
    split = example_gen_pb2.Input.Split(name="all", pattern="*.txt")
    lines = components.FileBasedExampleGen(
        input_base="lines",
        input_config=example_gen_pb2.Input(splits=[split]),
        custom_executor_spec=executor_spec.BeamExecutorSpec(steps.Lines),
    ).with_id("lines")
    parquet = components.FileBasedExampleGen(
        input_base="parquet", custom_executor_spec=executor_spec.BeamExecutorSpec(parquet_executor.Executor)
    ).with_id("parquet")
    statistics = components.StatisticsGen(examples=lines.outputs["examples"]).with_id("statistics")
    return [lines, parquet, statistics]


def container(steps: Any) -> list[Any]:
    """A program in an image, which gets values and writes an artifact."""
    tune = steps.Tune().with_id("tune")
    scorer = create_container_component(
        name="scorer",
        image="example.org/scorer:1",
        inputs={"rate": standard_artifacts.Float},
        outputs={"scores": standard_artifacts.Examples},
        parameters={"limit": int, "word": str},
        command=[
            "score",
            "--rate",
            placeholders.InputValuePlaceholder("rate"),
            "--to",
            placeholders.OutputUriPlaceholder("scores"),
            "--limit",
            placeholders.InputValuePlaceholder("limit"),
            placeholders.InputValuePlaceholder("word"),
        ],
    )
    return [tune, scorer(rate=tune.outputs["rate"], limit=3, word="short").with_id("scorer")]


SHAPES = (
    values_and_conditions,
    queries,
    taxi,
    tuning,
    spans,
    warm_start,
    differences,
    blessed_twice,
    custom_executor,
    container,
)


def main() -> None:
    """Compiles the pipelines."""
    sys.path.insert(0, sys.argv[1])
    import steps

    compiled = {}
    for shape in SHAPES:
        made = pipeline.Pipeline(
            pipeline_name=shape.__name__.replace("_", "-"),
            pipeline_root="runs",
            components=shape(steps),
            enable_cache=True,
        )
        ir = compiler.Compiler().compile(made)
        runtime_parameter_utils.substitute_runtime_parameter(
            ir, {"pipeline-run-id": "run-1", "pipeline-root": "runs"}
        )
        compiled[shape.__name__] = json.loads(json_format.MessageToJson(ir, preserving_proto_field_name=True))
    print(json.dumps(compiled))  # noqa: T201


if __name__ == "__main__":
    main()
