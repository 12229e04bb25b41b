"""What a run without a folder here (of Airflow, of Kubeflow) found out is read from its artifacts."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tfxc.backends.reports.past.comparison import compare
from tfxc.backends.reports.past.found_out import found_out
from tfxc.backends.reports.past.overview import overview


def test_metrics_of_a_run_without_a_folder(whole_run: Callable[..., Any]) -> None:
    run = replace(whole_run().run(), folder=None)
    (evaluation,) = found_out(run).evaluations
    assert {metric.slice for metric in evaluation.metrics} >= {"Overall", "colour:value 0"}
    names = [name for _, name, _ in overview(run).metrics]
    assert names
    assert all(isinstance(value, float) for _, _, value in overview(run).metrics)


def test_an_evaluation_that_is_gone_is_left_out(whole_run: Callable[..., Any]) -> None:
    made = whole_run()
    run = replace(made.run(), folder=None)
    for node in run.nodes:
        for artifacts in node.outputs.values():
            for artifact in artifacts:
                if artifact.type == "ModelEvaluation":
                    shutil.move(artifact.uri, artifact.uri + ".gone")
    assert found_out(run).evaluations == ()
    assert overview(run).metrics == ()


def test_statistics_of_a_run_without_a_folder_are_compared(whole_run: Callable[..., Any]) -> None:
    run = replace(whole_run().run(), folder=None)
    more = replace(whole_run(features=4).run(), folder=None, id="run-2")
    before, after = found_out(run), found_out(more)
    train = next(each for each in before.statistics if each.split == "train")
    assert (train.node, train.output, train.examples) == ("statistics_gen", "statistics", 200)
    assert {feature.name for feature in train.features} == {"wing_0", "wing_1", "wing_2", "colour"}
    wing = next(feature for feature in train.features if feature.name == "wing_1")
    assert (wing.type, wing.count, wing.missing, wing.mean, wing.std_dev) == ("FLOAT", 198, 2, 1.0, 1.0)
    colour = next(feature for feature in train.features if feature.name == "colour")
    assert colour.top == (("red", 60.0), ("blue", 30.0), ("green", 10.0))
    drifted = compare([run, more], [before, after]).drifts[0]
    assert [(each.node, each.split, each.feature, each.change) for each in drifted] == [
        ("statistics_gen", "train", "wing_3", "a new feature"),
        ("statistics_gen", "eval", "wing_3", "a new feature"),
        ("transform", "", "wing_3", "a new feature"),
        ("transform", "", "wing_3_xf", "a new feature"),
    ]


def test_statistics_that_are_gone_are_left_out(whole_run: Callable[..., Any]) -> None:
    made = whole_run()
    run = replace(made.run(), folder=None)
    shutil.rmtree(made.nodes["statistics_gen"].outputs["statistics"][0].uri)
    assert {each.node for each in found_out(run).statistics} == {"transform"}
