"""Reading artifacts without TFX, and what is said of those that cannot be read."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tensorflow_metadata.proto.v0 import anomalies_pb2

from tfxc.backends.reports.artifacts.anomalies import advice_for, read_anomalies
from tfxc.backends.reports.artifacts.curves import MOST_POINTS, read_curves
from tfxc.backends.reports.artifacts.evaluation import read_evaluation
from tfxc.backends.reports.artifacts.files import UnreadableError, folder, records
from tfxc.backends.reports.artifacts.plots import read_plots
from tfxc.backends.reports.artifacts.saved_model import read_model
from tfxc.backends.reports.artifacts.schema import read_schema
from tfxc.backends.reports.artifacts.statistics import read_statistics
from tfxc.backends.reports.artifacts.transform_graph import read_vocabularies
from tfxc.backends.reports.artifacts.tuning import read_best, read_trials


def uri_of(made: Any, node: str, key: str) -> str:
    return str(made.nodes[node].outputs[key][0].uri)


@pytest.fixture
def whole(whole_run: Callable[..., Any]) -> Any:
    return whole_run()


def test_statistics_have_every_split_with_train_first(whole: Any) -> None:
    train, evaluated = read_statistics(uri_of(whole, "statistics_gen", "statistics"))
    assert [(each.name, each.examples) for each in (train, evaluated)] == [("train", 200), ("eval", 100)]
    wing, *_, colour = train.features
    assert (wing.name, wing.type, wing.missing, wing.mean, len(wing.buckets)) == ("wing_0", "FLOAT", 2, 0, 5)
    assert (colour.name, colour.unique, colour.top[0]) == ("colour", 3, ("red", 60))


def test_schema_in_words(whole: Any) -> None:
    wing, *_, colour = read_schema(uri_of(whole, "schema_gen", "schema"))
    assert (wing.type, wing.presence) == ("float", "required")
    assert (colour.presence, colour.domain) == ("in at least 0.5 of the examples", "red, blue, green")


def test_anomalies_say_what_to_do(whole: Any) -> None:
    (anomaly,), distances = read_anomalies(uri_of(whole, "example_validator", "anomalies"))
    assert (anomaly.feature, anomaly.split, anomaly.severity) == ("colour", "eval", "ERROR")
    assert "domain in the schema" in anomaly.advice
    assert distances == ()


def test_a_comparison_of_splits_is_told_by_its_reasons(tmp_path: Path) -> None:
    message = anomalies_pb2.Anomalies()
    info = message.anomaly_info["island"]
    reason = anomalies_pb2.AnomalyInfo.COMPARATOR_L_INFTY_HIGH
    info.reason.add(type=reason, short_description="High distance", description="It is 0.5, above 0.2.")
    place = tmp_path / "SplitPair-serving_train"
    place.mkdir()
    (place / "SchemaDiff.pb").write_bytes(message.SerializeToString())
    (anomaly,), _ = read_anomalies(str(tmp_path))
    assert (anomaly.split, anomaly.short) == ("serving_train", "High distance")
    assert anomaly.description == "It is 0.5, above 0.2."
    assert "the validator's `config`" in anomaly.advice


def test_every_kind_of_anomaly_has_the_advice_of_its_family() -> None:
    assert "`presence.min_fraction`" in advice_for("FEATURE_TYPE_LOW_FRACTION_PRESENT")
    assert "`value_count`" in advice_for("FEATURE_TYPE_HIGH_NUMBER_VALUES")
    assert advice_for("COMPARATOR_LOW_NUM_EXAMPLES") != advice_for("COMPARATOR_L_INFTY_HIGH")
    assert advice_for("NO_SUCH_TYPE") == ""


def test_curves_of_training_and_validation_share_a_chart(whole: Any) -> None:
    (chart,) = read_curves(uri_of(whole, "trainer", "model_run"))
    assert (chart.title, chart.axis) == ("loss", "step")
    assert [(each.name, len(each.points)) for each in chart.series] == [("train", 100), ("validation", 1)]


def test_long_curves_keep_their_peaks(made: Any, whole_run: Callable[..., Any]) -> None:
    conftest = sys.modules[type(made).__module__]
    made.node("trainer", "Trainer")
    place = made.put("trainer", "model_run", "ModelRun")
    points = [(step, 9.0 if step == 777 else 1.0 + step / 1e5) for step in range(5000)]
    conftest.write_records(place / "events.out.tfevents.1", conftest.events({"batch_loss": points}))
    (chart,) = read_curves(str(place))
    assert len(chart.series[0].points) <= MOST_POINTS
    assert max(value for _, value in chart.series[0].points) == 9.0


def test_metrics_thresholds_and_verdict(whole: Any) -> None:
    found = read_evaluation(uri_of(whole, "evaluator", "evaluation"))
    by_name = {each.name: each for each in found.slices}
    assert by_name["Overall"].metrics["accuracy"].value == 0.75
    assert by_name["Overall"].metrics["accuracy"].change == 0.01
    assert by_name["colour:value 1"].failures == ("accuracy is 0.6, below its lower bound 0.7",)
    assert [(each.metric, each.bound, each.where) for each in found.thresholds] == [
        ("accuracy", "≥ 0.7", "every slice")
    ]
    assert found.is_good is False


def test_plots_of_the_whole_come_first(whole: Any) -> None:
    overall, other = read_plots(uri_of(whole, "evaluator", "evaluation"))
    assert (overall.slice, other.slice) == ("Overall", "colour:value 1")
    assert (overall.operating[0].recall, overall.operating[-1].false_positive_rate) == (1.0, 0.0)
    assert overall.matrix is not None
    assert overall.matrix.counts[0] == (20.0, 2.0, 2.0)


def test_model_vocabulary_and_trials(whole: Any) -> None:
    model = read_model(uri_of(whole, "trainer", "model"))
    (signature,) = model.signatures
    assert (signature.name, signature.method, model.tensorflow) == ("serving_default", "predict", "2.16.2")
    assert [(each.name, each.type, each.shape) for each in signature.inputs] == [
        ("examples", "string", "[?]")
    ]
    (vocabulary,) = read_vocabularies(uri_of(whole, "transform", "transform_graph"))
    assert (vocabulary.name, vocabulary.size, vocabulary.first[0]) == ("colour", 3, "red")
    assert [each.score for each in read_trials(uri_of(whole, "tuner", "tuner_results"))] == [0.9, 0.8]
    assert read_best(uri_of(whole, "tuner", "best_hyperparameters")) == {"rate": 0.01}


READERS = (
    (read_statistics, "statistics_gen", "statistics"),
    (read_schema, "schema_gen", "schema"),
    (read_anomalies, "example_validator", "anomalies"),
    (read_evaluation, "evaluator", "evaluation"),
    (read_plots, "evaluator", "evaluation"),
    (read_model, "trainer", "model"),
    (read_curves, "trainer", "model_run"),
    (read_trials, "tuner", "tuner_results"),
    (read_best, "tuner", "best_hyperparameters"),
)


@pytest.mark.parametrize(("reader", "node", "key"), READERS)
@pytest.mark.parametrize("content", [b"\xff\xff\xff\xff garbage", b"", b"\x1f\x8b not gzip"])
def test_damaged_files_are_a_sentence_or_nothing(
    whole: Any, reader: Callable[[str], Any], node: str, key: str, content: bytes
) -> None:
    uri = uri_of(whole, node, key)
    for path in Path(uri).rglob("*"):
        if path.is_file():
            path.write_bytes(content)
    said = ""
    try:
        reader(uri)
    except UnreadableError as error:
        said = str(error)
    assert "\n" not in said


@pytest.mark.parametrize("uri", ["", "gs://bucket/statistics/1", "/not/there"])
def test_places_that_cannot_be_read(uri: str) -> None:
    with pytest.raises(UnreadableError):
        folder(uri)


def test_records_may_be_compressed_and_cut_off(tmp_path: Path, made: Any) -> None:
    path = tmp_path / "records"
    sys.modules[type(made).__module__].write_records(path, [b"one", b"two"])
    whole = path.read_bytes()
    path.write_bytes(gzip.compress(whole))
    assert list(records(path)) == [b"one", b"two"]
    path.write_bytes(whole[:-5])
    assert list(records(path)) == [b"one"]


def test_nothing_heavy_is_imported_and_tfma_can_be_afterwards(whole: Any) -> None:
    uri = uri_of(whole, "evaluator", "evaluation")
    program = f"""
import sys
from tfxc.backends.reports.artifacts.evaluation import read_evaluation
read_evaluation({uri!r})
heavy = ("tensorflow", "tensorflow_model_analysis", "numpy", "apache_beam", "tfx")
print([name for name in heavy if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stderr
