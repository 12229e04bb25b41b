"""An unknown component type is told by its words which one it may stand for."""

from __future__ import annotations

import pytest

from tfxc.compiler.models.component_names import meant_types
from tfxc.schemas.components import component_model, component_types

MEANT = {
    "CSVExampleGen": ("CsvExampleGen",),
    "csv_example_gen": ("CsvExampleGen",),
    "CsvExamplGen": ("CsvExampleGen",),
    "Validator": ("ExampleValidator", "DistributionValidator", "InfraValidator"),
    "ModelValidator": ("Evaluator",),
    "BigQuery": ("BigQueryExampleGen", "BigQueryToElwcExampleGen", "BigQueryMLPusher"),
    "Predictions": ("BulkInferrer",),
    "Statistics": ("StatisticsGen",),
    "DriftDetection": ("DistributionValidator",),
    "Preprocessing": ("Transform",),
    "DeployModel": ("Pusher",),
    "VertexTrainer": ("CloudAITrainer",),
    "PostgresExampleGen": ("QueryBasedExampleGen",),
    "Trainr": ("Trainer",),
    "Evaluater": ("Evaluator",),
    "Frobnicator": (),
    "Model": (),
    "": (),
}


@pytest.mark.parametrize(("name", "meant"), MEANT.items(), ids=MEANT)
def test_names(name: str, meant: tuple[str, ...]) -> None:
    assert meant_types(name) == meant


def test_common_words_alone_give_the_first_of_many() -> None:
    meant = meant_types("ExamplesGen")
    assert meant[0] == "CsvExampleGen"
    assert len(meant) == 4


def test_no_component_is_also_called_as_another() -> None:
    called = [word.lower() for name in component_types() for word in component_model(name).also_called]
    assert len(called) == len(set(called))
    assert not set(called) & {name.lower() for name in component_types()}
