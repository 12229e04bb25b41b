"""Specs of any size for benchmarks: a shared beginning, then one branch after another.

Each branch has a module file of its own and six nodes: a Transform, StatisticsGen, a Trainer, a Resolver,
an Evaluator and a Pusher with a condition. It uses parameters, references, execution settings and nested
config messages.
"""

from __future__ import annotations

from pathlib import Path

HEAD = """version: 1
name: generated
description: A pipeline of {nodes} nodes.
parameters:
  data: {{type: path, default: data, description: The folder of the CSV files.}}
  train_steps: {{type: int, default: 200, minimum: 1, description: Training steps.}}
  min_accuracy: {{type: float, default: 0.9, minimum: 0, maximum: 1}}
components:
"""

BEGINNING = (
    """  example_gen:
    type: CsvExampleGen
    input_base: "{{ parameters.data }}"
    output_config: {split_config: {splits: [{name: train, hash_buckets: 2}, {name: eval, hash_buckets: 1}]}}
""",
    """  statistics_gen:
    type: StatisticsGen
    examples: example_gen.examples
""",
    """  schema_gen:
    type: SchemaGen
    statistics: statistics_gen.statistics
""",
    """  example_validator:
    type: ExampleValidator
    statistics: statistics_gen.statistics
    schema: schema_gen.schema
""",
)

BRANCH = (
    """  transform@:
    type: Transform
    examples: example_gen.examples
    schema: schema_gen.schema
    module_file: branch@.py
""",
    """  statistics@:
    type: StatisticsGen
    examples: transform@.transformed_examples
""",
    """  trainer@:
    type: Trainer
    examples: transform@.transformed_examples
    transform_graph: transform@.transform_graph
    module_file: branch@.py
    train_args: {num_steps: "{{ parameters.train_steps }}"}
    eval_args: {num_steps: 20}
    execution: {retries: 2, retry_delay: 30s, timeout: 1h, resources: {cpu: 4, memory: 8Gi}}
""",
    """  latest_blessed@:
    type: Resolver
    strategy_class: LatestBlessedModelStrategy
    model: {artifact_type: Model}
    model_blessing: {artifact_type: ModelBlessing}
""",
    """  evaluator@:
    type: Evaluator
    examples: example_gen.examples
    model: trainer@.model
    baseline_model: latest_blessed@.model
    eval_config:
      model_specs: [{signature_name: serving_default, label_key: species}]
      slicing_specs: [{}, {feature_keys: [island]}, {feature_keys: [sex]}]
      metrics_specs:
        - metrics:
            - class_name: SparseCategoricalAccuracy
              threshold:
                value_threshold: {lower_bound: "{{ parameters.min_accuracy }}"}
                change_threshold: {direction: HIGHER_IS_BETTER, absolute: -0.02}
""",
    """  pusher@:
    type: Pusher
    model: trainer@.model
    model_blessing: evaluator@.blessing
    push_destination: {filesystem: {base_directory: serving/@}}
    when: evaluator@.blessing.custom_properties.blessed == 1
    depends_on: [example_validator]
""",
)

MODULE = '''"""The features and the model of a branch."""

import keras
import tensorflow as tf
import tensorflow_transform as tft

FEATURES = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]


def preprocessing_fn(inputs):
    outputs = {name: tft.scale_to_z_score(inputs[name]) for name in FEATURES}
    outputs["species"] = tft.compute_and_apply_vocabulary(inputs["species"])
    return outputs


def _dataset(fn_args, files):
    transformed = tft.TFTransformOutput(fn_args.transform_graph_path)
    return tf.data.TFRecordDataset(files, compression_type="GZIP").map(
        lambda record: tf.io.parse_single_example(record, transformed.transformed_feature_spec())
    )


def run_fn(fn_args):
    inputs = {name: keras.Input((1,), name=name) for name in FEATURES}
    hidden = keras.layers.Dense(8, activation="relu")(keras.layers.concatenate(list(inputs.values())))
    model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(hidden))
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(_dataset(fn_args, fn_args.train_files), steps_per_epoch=fn_args.train_steps)
    model.export(fn_args.serving_model_dir)
'''

CLUSTER = """
environments:
  cluster:
    pipeline_root: gs://bucket/generated
    metadata: {grpc: {host: mlmd, port: 8080}}
    parameters: {data: {default: gs://bucket/data}}
    backends:
      kubeflow: {image: "registry.example/generated:1"}
"""


def write_spec(folder: Path, nodes: int) -> Path:
    """Writes a spec of so many nodes with its module files, and returns its path.

    The number is 4 and a multiple of 6; with another one the last branch ends too early, which the
    checks warn about.
    """
    parts = list(BEGINNING)
    branches = -(-(nodes - len(BEGINNING)) // len(BRANCH))
    for branch in range(branches):
        parts += [part.replace("@", f"_{branch}") for part in BRANCH]
        (folder / f"branch_{branch}.py").write_text(f"{MODULE}\n\nBRANCH = {branch}\n", encoding="utf-8")
    path = folder / "pipeline.yaml"
    path.write_text(HEAD.format(nodes=nodes) + "\n".join(parts[:nodes]), encoding="utf-8")
    return path


def write_spec_for_cluster(folder: Path, nodes: int) -> Path:
    """Writes one that also compiles for Kubeflow, in the environment ``cluster``, and returns its path."""
    path = write_spec(folder, nodes)
    # A container does not have the spec's folder.
    text = path.read_text(encoding="utf-8").replace("serving/", "gs://bucket/serving/")
    path.write_text(text + CLUSTER, encoding="utf-8")
    return path
