"""What a run without a folder here (of Airflow, of Kubeflow) found out is read from its artifacts."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from typing import Any

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
