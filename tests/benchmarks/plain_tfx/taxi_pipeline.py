"""specs/taxi/pipeline.yaml by hand: plain TFX, LocalDagRunner, the Beam arguments of TFX's examples.

python specs/taxi/make_data.py
python tests/benchmarks/plain_tfx/taxi_pipeline.py --root /tmp/taxi
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import tensorflow_model_analysis as tfma
from tfx import v1 as tfx

SPEC = Path(__file__).parents[3] / "specs" / "taxi"


def eval_config() -> tfma.EvalConfig:
    """Returns what is measured, on which slices, and what a model must reach."""
    threshold = tfma.MetricThreshold(
        value_threshold=tfma.GenericValueThreshold(lower_bound={"value": 0.85}),
        change_threshold=tfma.GenericChangeThreshold(
            direction=tfma.MetricDirection.HIGHER_IS_BETTER, absolute={"value": -0.01}
        ),
    )
    auc = tfma.MetricConfig(
        class_name="AUC",
        per_slice_thresholds=[
            tfma.PerSliceMetricThreshold(slicing_specs=[tfma.SlicingSpec()], threshold=threshold)
        ],
    )
    return tfma.EvalConfig(
        model_specs=[
            tfma.ModelSpec(
                signature_name="serving_default",
                label_key="big_tipper_xf",
                preprocessing_function_names=["transform_features"],
            )
        ],
        slicing_specs=[
            tfma.SlicingSpec(),
            tfma.SlicingSpec(feature_keys=["payment_type"]),
            tfma.SlicingSpec(feature_keys=["trip_start_hour"]),
        ],
        metrics_specs=[
            tfma.MetricsSpec(
                metrics=[
                    tfma.MetricConfig(class_name="ExampleCount"),
                    auc,
                    tfma.MetricConfig(class_name="BinaryAccuracy"),
                ]
            )
        ],
    )


def create_pipeline(root: Path, data: Path, train_steps: int) -> tfx.dsl.Pipeline:
    """Returns the whole pipeline, everything that it writes below `root`."""
    example_gen = tfx.components.CsvExampleGen(input_base=str(data)).with_id("example_gen")
    statistics_gen = tfx.components.StatisticsGen(examples=example_gen.outputs["examples"]).with_id(
        "statistics_gen"
    )
    schema_gen = tfx.components.ImportSchemaGen(schema_file=str(SPEC / "schema" / "schema.pbtxt")).with_id(
        "schema_gen"
    )
    example_validator = tfx.components.ExampleValidator(
        statistics=statistics_gen.outputs["statistics"], schema=schema_gen.outputs["schema"]
    ).with_id("example_validator")
    transform = tfx.components.Transform(
        examples=example_gen.outputs["examples"],
        schema=schema_gen.outputs["schema"],
        preprocessing_fn="features.features.preprocessing_fn",
    ).with_id("transform")
    trainer = tfx.components.Trainer(
        examples=transform.outputs["transformed_examples"],
        transform_graph=transform.outputs["transform_graph"],
        run_fn="models.model.run_fn",
        train_args=tfx.proto.TrainArgs(num_steps=train_steps),
        eval_args=tfx.proto.EvalArgs(num_steps=50),
    ).with_id("trainer")
    latest_blessed = tfx.dsl.Resolver(
        strategy_class=tfx.dsl.experimental.LatestBlessedModelStrategy,
        model=tfx.dsl.Channel(type=tfx.types.standard_artifacts.Model),
        model_blessing=tfx.dsl.Channel(type=tfx.types.standard_artifacts.ModelBlessing),
    ).with_id("latest_blessed")
    evaluator = tfx.components.Evaluator(
        examples=example_gen.outputs["examples"],
        model=trainer.outputs["model"],
        baseline_model=latest_blessed.outputs["model"],
        eval_config=eval_config(),
    ).with_id("evaluator")
    pusher = tfx.components.Pusher(
        model=trainer.outputs["model"],
        model_blessing=evaluator.outputs["blessing"],
        push_destination=tfx.proto.PushDestination(
            filesystem=tfx.proto.PushDestination.Filesystem(base_directory=str(root / "serving"))
        ),
    ).with_id("pusher")
    return tfx.dsl.Pipeline(
        pipeline_name="taxi",
        pipeline_root=str(root / "runs"),
        components=[
            example_gen,
            statistics_gen,
            schema_gen,
            example_validator,
            transform,
            trainer,
            latest_blessed,
            evaluator,
            pusher,
        ],
        enable_cache=True,
        metadata_connection_config=tfx.orchestration.metadata.sqlite_metadata_connection_config(
            str(root / "metadata.sqlite")
        ),
        beam_pipeline_args=["--direct_num_workers=0", "--direct_running_mode=multi_processing"],
    )


def main() -> None:
    """Runs the pipeline once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--root", type=Path, required=True, help="folder for artifacts, metadata and the pushed model"
    )
    parser.add_argument("--data", type=Path, default=SPEC / "data", help="folder of the CSV file")
    parser.add_argument("--train-steps", type=int, default=1000)
    arguments = parser.parse_args()
    pipeline = create_pipeline(arguments.root.resolve(), arguments.data.resolve(), arguments.train_steps)
    sys.path.insert(0, str(SPEC))  # where features and models are imported from; Beam's workers, too
    os.environ["PYTHONPATH"] = os.pathsep.join(
        [str(SPEC), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    )
    tfx.orchestration.LocalDagRunner().run(pipeline)


if __name__ == "__main__":
    main()
