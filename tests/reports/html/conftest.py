"""Artifacts as TFX writes them, of small and of large runs, made without running TFX."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from tensorboard.compat.proto import event_pb2
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from tfxc.backends.metadata.values import Artifact, NodeRun, Run, Use
from tfxc.backends.reports.artifacts.messages import evaluation_module
from tfxc.schemas.plan import Plan, PlanNode, SqliteMetadata, StandardComponent

BEGAN = datetime(2026, 1, 31, 10, tzinfo=timezone.utc)
NOW = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)
SliceKeys = tuple[tuple[str, str], ...]


def write_records(path: Path, records: Iterable[bytes]) -> None:
    """Writes a TFRecord file; its check sums are zero, which nobody looks at."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        for record in records:
            file.write(struct.pack("<Q", len(record)) + bytes(4) + record + bytes(4))


def write(path: Path, content: bytes | str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def statistics(examples: int, numbers: Mapping[str, float], texts: Mapping[str, Mapping[str, int]]) -> bytes:
    """Returns the statistics of a split: numbers around a mean, and texts with counts."""
    found = statistics_pb2.DatasetFeatureStatisticsList()
    dataset = found.datasets.add(num_examples=examples)
    for name, mean in numbers.items():
        feature = dataset.features.add(type=1)
        feature.path.step.append(name)
        stats = feature.num_stats
        stats.common_stats.num_non_missing, stats.common_stats.num_missing = examples - 2, 2
        stats.common_stats.tot_num_values, stats.common_stats.max_num_values = examples - 2, 1
        stats.mean, stats.std_dev, stats.min, stats.median, stats.max = mean, 1.0, mean - 2, mean, mean + 2
        histogram = stats.histograms.add(type=0)
        for index, count in enumerate((1, 4, 8, 4, 1)):
            low = mean - 2 + index * 0.8
            histogram.buckets.add(low_value=low, high_value=low + 0.8, sample_count=count * examples / 18)
    for name, counts in texts.items():
        feature = dataset.features.add(type=2)
        feature.path.step.append(name)
        text = feature.string_stats
        text.common_stats.num_non_missing = text.common_stats.tot_num_values = examples
        text.common_stats.max_num_values = 1
        text.unique = len(counts)
        for rank, (value, count) in enumerate(counts.items()):
            text.top_values.add(value=value, frequency=count)
            text.rank_histogram.buckets.add(low_rank=rank, high_rank=rank, label=value, sample_count=count)
    return bytes(found.SerializeToString())


def anomalies(found: Mapping[str, tuple[int, str, str]]) -> bytes:
    """Returns anomalies: feature → type, short description, description."""
    message = anomalies_pb2.Anomalies()
    for feature, (reason, short, description) in found.items():
        info = message.anomaly_info[feature]
        info.severity, info.short_description, info.description = 2, short, description
        info.reason.add(type=reason, short_description=short)
    return bytes(message.SerializeToString())


def schema_text(numbers: Iterable[str], texts: Mapping[str, Sequence[str]]) -> str:
    from google.protobuf import text_format

    schema = schema_pb2.Schema()
    for name in numbers:
        schema.feature.add(name=name, type=schema_pb2.FLOAT).presence.min_fraction = 1.0
    for name, values in texts.items():
        feature = schema.feature.add(name=name, type=schema_pb2.BYTES, domain=name)
        feature.presence.min_fraction = 0.5
        schema.string_domain.add(name=name).value.extend(values)
    return str(text_format.MessageToString(schema))


def events(values: Mapping[str, Sequence[tuple[int, float]]]) -> list[bytes]:
    """Returns the records of an event file: tag → steps and values, as Keras writes them."""
    records = []
    for tag, points in values.items():
        for step, number in points:
            event = event_pb2.Event(step=step)
            value = event.summary.value.add(tag=tag)
            value.metadata.plugin_data.plugin_name = "scalars"
            value.tensor.dtype = 1
            value.tensor.tensor_content = struct.pack("<f", number)
            records.append(bytes(event.SerializeToString()))
    return records


def write_evaluation(
    folder: Path,
    slices: Mapping[SliceKeys, Mapping[str, float]],
    failures: Mapping[SliceKeys, tuple[str, float, float]] | None = None,
    metrics_specs: Sequence[Mapping[str, Any]] = (),
    changes: Mapping[SliceKeys, Mapping[str, float]] | None = None,
) -> None:
    """Writes what TFMA does; ``failures``: slice → metric, its value, the lower bound that it misses."""
    metrics = evaluation_module("metrics_for_slice_pb2")
    results = evaluation_module("validation_result_pb2")
    records = []
    for keys, values in slices.items():
        record = metrics.MetricsForSlice()
        _put_keys(record.slice_key, keys)
        for name, value in values.items():
            pair = record.metric_keys_and_values.add()
            pair.key.name = name
            pair.value.double_value.value = value
        for name, value in (changes or {}).get(keys, {}).items():
            pair = record.metric_keys_and_values.add()
            pair.key.name, pair.key.is_diff = name, True
            pair.value.double_value.value = value
        records.append(record.SerializeToString())
    write_records(folder / "metrics-00000-of-00001.tfrecord", records)
    result = results.ValidationResult(validation_ok=not failures)
    for keys, (name, value, bound) in (failures or {}).items():
        validation = result.metric_validations_per_slice.add()
        _put_keys(validation.slice_key, keys)
        failure = validation.failures.add()
        failure.metric_key.name = name
        failure.metric_value.double_value.value = value
        failure.metric_threshold.value_threshold.lower_bound.value = bound
    write_records(folder / "validations.tfrecord", [result.SerializeToString()])
    write(folder / "eval_config.json", json.dumps({"evalConfig": {"metricsSpecs": list(metrics_specs)}}))


def write_plots(folder: Path, slices: Sequence[SliceKeys]) -> None:
    """Writes ROC, calibration and a confusion matrix of three classes for slices."""
    module = evaluation_module("metrics_for_slice_pb2")
    records = []
    for keys in slices:
        record = module.PlotsForSlice()
        _put_keys(record.slice_key, keys)
        data = record.plot_keys_and_values.add().value
        for step in range(11):
            threshold = step / 10
            data.confusion_matrix_at_thresholds.matrices.add(
                threshold=threshold,
                true_positives=50 * (1 - threshold**2),
                false_negatives=50 * threshold**2,
                false_positives=50 * (1 - threshold) ** 2,
                true_negatives=50 - 50 * (1 - threshold) ** 2,
            )
            bucket = data.calibration_histogram_buckets.buckets.add()
            bucket.num_weighted_examples.value = 10
            bucket.total_weighted_refined_prediction.value = 10 * threshold
            bucket.total_weighted_label.value = 10 * threshold**1.2
        matrix = data.multi_class_confusion_matrix_at_thresholds.matrices.add(threshold=0.5)
        for actual in range(3):
            for predicted in range(3):
                matrix.entries.add(
                    actual_class_id=actual,
                    predicted_class_id=predicted,
                    num_weighted_examples=20 if actual == predicted else 2,
                )
        records.append(record.SerializeToString())
    write_records(folder / "plots-00000-of-00001.tfrecord", records)


def _put_keys(slice_key: Any, keys: SliceKeys) -> None:
    for column, value in keys:
        slice_key.single_slice_keys.add(column=column, bytes_value=value.encode())


def signatures() -> bytes:
    """Returns a saved_model.pb with one signature."""
    from tensorboard.compat.proto import meta_graph_pb2

    graph = meta_graph_pb2.MetaGraphDef()
    graph.meta_info_def.tensorflow_version = "2.16.2"
    graph.meta_info_def.tags.append("serve")
    signature = graph.signature_def["serving_default"]
    signature.method_name = "tensorflow/serving/predict"
    signature.inputs["examples"].dtype = 7
    signature.inputs["examples"].tensor_shape.dim.add(size=-1)
    signature.outputs["probabilities"].dtype = 1
    content = bytes(graph.SerializeToString())
    assert len(content) < 1 << 14
    return b"\x08\x01\x12" + bytes([len(content) & 0x7F | 0x80, len(content) >> 7]) + content


@dataclass
class Made:
    """A run whose artifacts lie below ``folder``; each `put` gives it a node with one output more."""

    folder: Path
    nodes: dict[str, NodeRun] = field(default_factory=dict)
    plan_nodes: dict[str, PlanNode] = field(default_factory=dict)
    description: str = ""

    def node(
        self, name: str, component: str, upstream: Sequence[str] = (), state: Any = "succeeded", **more: Any
    ) -> None:
        """Adds a node that begins when those before it are over."""
        start = BEGAN + timedelta(seconds=2 * len(self.nodes))
        end = start + timedelta(seconds=1.5)
        given: dict[str, Any] = {"began": start, "ended": end, **more}
        self.nodes[name] = NodeRun(name, component, state, **given)
        self.plan_nodes[name] = PlanNode(
            id=name,
            component=StandardComponent(type=component, class_path=f"tfx.components:{component}"),
            upstream=tuple(upstream),
        )

    def put(self, node: str, key: str, artifact_type: str, **more: Any) -> Path:
        """Adds an output to a node, and returns its folder, which is there."""
        known = self.nodes[node]
        number = 1 + sum(len(each) for every in self.nodes.values() for each in every.outputs.values())
        folder = self.folder / node / key / str(number)
        folder.mkdir(parents=True)
        given: dict[str, Any] = {"state": "live", **more}
        artifact = Artifact(
            id=number,
            type=artifact_type,
            name="",
            uri=str(folder),
            recorded_uri=str(folder),
            created=BEGAN,
            maker=Use(1, "birds", "run-1", node, key),
            **given,
        )
        outputs = {**known.outputs, key: (artifact,)}
        self.nodes[node] = NodeRun(
            known.node, known.type, known.state, known.began, known.ended, (1,), outputs=outputs,
            reason=known.reason, logs=known.logs, inputs=known.inputs,
        )  # fmt: skip
        plan_node = self.plan_nodes[node]
        declared = {**plan_node.outputs, key: artifact_type}
        self.plan_nodes[node] = plan_node.model_copy(update={"outputs": declared})
        return folder

    @property
    def plan(self) -> Plan:
        return Plan(
            name="birds",
            description=self.description,
            pipeline_root={"$path": "runs"},
            metadata=SqliteMetadata(path={"$path": "runs/metadata.sqlite"}),
            nodes=tuple(self.plan_nodes.values()),
        )

    def run(self, **more: Any) -> Run:
        given: dict[str, Any] = {
            "state": "succeeded",
            "began": BEGAN,
            "ended": BEGAN + timedelta(seconds=30),
            "parameters": {"steps": 200},
            **more,
        }
        return Run(id="run-1", pipeline="birds", nodes=tuple(self.nodes.values()), **given)


def whole(folder: Path, features: int = 3, slices: int = 3, odd: str = "") -> Made:
    """Returns a run with something in each section; ``odd`` is part of all names and values."""
    made = Made(folder, description=f"Birds {odd}")
    numbers = {f"wing_{index}{odd}": float(index) for index in range(features)}
    colours = {f"red{odd}": 60, "blue": 30, "green": 10}
    texts = {f"colour{odd}": colours}
    made.node("statistics_gen", "StatisticsGen")
    place = made.put("statistics_gen", "statistics", "ExampleStatistics")
    for split, examples in (("train", 200), ("eval", 100)):
        write(place / f"Split-{split}" / "FeatureStats.pb", statistics(examples, numbers, texts))
    made.node("schema_gen", "SchemaGen", ["statistics_gen"])
    write(
        made.put("schema_gen", "schema", "Schema") / "schema.pbtxt",
        schema_text(numbers, {name: list(values) for name, values in texts.items()}),
    )
    read = {"statistics": made.nodes["statistics_gen"].outputs["statistics"]}
    made.node("example_validator", "ExampleValidator", ["schema_gen"], inputs=read)
    place = made.put("example_validator", "anomalies", "ExampleAnomalies")
    reason = anomalies_pb2.AnomalyInfo.ENUM_TYPE_UNEXPECTED_STRING_VALUES
    wrong = {f"colour{odd}": (reason, f"Unexpected values{odd}", f"pink{odd} is not in the domain")}
    write(place / "Split-train" / "SchemaDiff.pb", anomalies({}))
    write(place / "Split-eval" / "SchemaDiff.pb", anomalies(wrong))
    made.node("transform", "Transform", ["schema_gen"])
    write(
        made.put("transform", "pre_transform_stats", "ExampleStatistics") / "FeatureStats.pb",
        statistics(300, numbers, texts),
    )
    after = {f"{name}_xf": 0.0 for name in numbers}
    write(
        made.put("transform", "post_transform_stats", "ExampleStatistics") / "FeatureStats.pb",
        statistics(300, after, {}),
    )
    vocabulary = made.put("transform", "transform_graph", "TransformGraph") / "transform_fn" / "assets"
    write(vocabulary / "colour", f"red{odd}\nblue\ngreen\n")
    made.node("tuner", "Tuner", ["transform"])
    trial = {"trial_id": f"0{odd}", "score": 0.9, "rate": 0.01}
    write(
        made.put("tuner", "tuner_results", "TunerResults") / "tuner_results.json",
        json.dumps([trial, {**trial, "trial_id": "1", "score": 0.8, "rate": 0.1}]),
    )
    write(
        made.put("tuner", "best_hyperparameters", "HyperParameters") / "best_hyperparameters.txt",
        json.dumps({"space": [], "values": {"rate": 0.01}}),
    )
    made.node("trainer", "Trainer", ["tuner"])
    place = made.put("trainer", "model_run", "ModelRun")
    curve = [(step, 1 / step) for step in range(1, 101)]
    write_records(place / "train" / "events.out.tfevents.1", events({f"batch_loss{odd}": curve}))
    validation = {f"evaluation_loss{odd}_vs_iterations": [(100, 0.02)]}
    write_records(place / "validation" / "events.out.tfevents.2", events(validation))
    servable = {"servable": 0, "servable_reason": f"no signature{odd}"}
    model = made.put("trainer", "model", "Model", custom_properties=servable)
    write(model / "Format-Serving" / "saved_model.pb", signatures())
    made.node("evaluator", "Evaluator", ["trainer"])
    place = made.put("evaluator", "evaluation", "ModelEvaluation")
    rate = "fairness_indicators_metrics/false_positive_rate@0.5"
    found: dict[SliceKeys, dict[str, float]] = {
        ((f"colour{odd}", f"value {index}{odd}"),): {
            "accuracy": 0.5 + 0.4999 * index / slices,
            "example_count": 10.0 + index,
            rate: 0.1 + 0.2 * (index % 3),
        }
        for index in range(slices)
    }
    found[()] = {"accuracy": 0.75, "example_count": 100.0, rate: 0.2}
    worst = ((f"colour{odd}", f"value 1{odd}"),)
    spec = {"metrics": [{"className": "Accuracy", "threshold": {"valueThreshold": {"lowerBound": 0.7}}}]}
    write_evaluation(place, found, {worst: ("accuracy", 0.6, 0.7)}, [spec], {(): {"accuracy": 0.01}})
    write_plots(place, [(), worst])
    made.put("evaluator", "blessing", "ModelBlessing", custom_properties={"blessed": 0})
    made.node("pusher", "Pusher", ["evaluator"])
    pushed = {"pushed": 1, "pushed_destination": f"serving/1{odd}", "pushed_version": "1"}
    made.put("pusher", "pushed_model", "PushedModel", custom_properties=pushed)
    return made


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Returns a run without nodes."""
    return Made(tmp_path)


@pytest.fixture
def whole_run(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Made]:
    """Returns a function that makes a run with something in each section."""
    return lambda **more: whole(tmp_path_factory.mktemp("artifacts"), **more)


@pytest.fixture
def now() -> datetime:
    return NOW
