"""Equal on every backend: the same runs of the same specs leave equal graphs in ML Metadata.

`tfxc run`, `airflow dags test` and `tfxc kubeflow simulate` each start the same launcher in their own way.
Compared are executions with their states, properties and contexts, the events between executions and
artifacts, and artifacts with their types, states, properties, places and contexts; see mlmd_graph.py.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.tfx, pytest.mark.airflow, pytest.mark.kubeflow]

IMPATIENT = ("--env", "impatient")


def states(graph: dict[str, Any]) -> dict[str, str]:
    """Returns run, node and attempt → state."""
    return {label: each["state"] for label, each in graph["executions"].items()}


def test_a_plain_run_and_one_with_a_retry_a_timeout_and_a_skip(
    real_runs: Any, simulated: Callable[[str], Any], airflow: Any, tmp_path: Path
) -> None:
    runs = (real_runs.PLAIN, real_runs.EVENTFUL)
    in_kubeflow = simulated("custom")
    local = real_runs.run_locally("custom", tmp_path / "local", runs, *IMPATIENT)
    in_airflow = real_runs.run_in_airflow("custom", airflow, tmp_path / "airflow", runs, *IMPATIENT)

    for left in (local, in_kubeflow, in_airflow):
        plain, eventful = left.runs
        assert plain.code == 0, plain.output
        assert eventful.code != 0, eventful.output
    # `publish` is skipped in the second run, and `announce`, which reads from it: they leave nothing.
    assert states(local.graph) == {
        "run 1: custom.collect, attempt 1": "COMPLETE",
        "run 1: custom.fit, attempt 1": "COMPLETE",
        "run 1: custom.score, attempt 1": "COMPLETE",
        "run 1: custom.publish, attempt 1": "COMPLETE",
        "run 1: custom.announce, attempt 1": "COMPLETE",
        "run 1: custom.audit, attempt 1": "COMPLETE",
        "run 1: custom.report, attempt 1": "COMPLETE",
        "run 2: custom.collect, attempt 1": "CACHED",
        "run 2: custom.fit, attempt 1": "FAILED",
        "run 2: custom.fit, attempt 2": "COMPLETE",
        "run 2: custom.score, attempt 1": "COMPLETE",
        "run 2: custom.audit, attempt 1": "FAILED",
        "run 2: custom.report, attempt 1": "COMPLETE",
    }
    assert in_kubeflow.graph == local.graph
    assert in_airflow.graph == local.graph


def test_the_penguin_pipeline(
    real_runs: Any, simulated: Callable[[str], Any], airflow: Any, tmp_path: Path
) -> None:
    runs = (real_runs.PLAIN,)
    in_kubeflow = simulated("penguin")
    local = real_runs.run_locally("penguin", tmp_path / "local", runs)
    in_airflow = real_runs.run_in_airflow("penguin", airflow, tmp_path / "airflow", runs)

    for left in (local, in_kubeflow, in_airflow):
        assert left.runs[0].code == 0, left.runs[0].output
        assert len(left.pushed) == 1
    assert len(local.graph["executions"]) == 9
    assert set(states(local.graph).values()) == {"COMPLETE"}
    assert in_kubeflow.graph == local.graph
    assert in_airflow.graph == local.graph


def test_the_nodes_of_a_matrix(real_runs: Any, airflow: Any, tmp_path: Path) -> None:
    runs = (real_runs.PLAIN,)
    local = real_runs.run_locally("matrix", tmp_path / "local", runs)
    in_kubeflow = real_runs.simulate("matrix", tmp_path / "kubeflow", runs)
    in_airflow = real_runs.run_in_airflow("matrix", airflow, tmp_path / "airflow", runs)

    for left in (local, in_kubeflow, in_airflow):
        assert left.runs[0].code == 0, left.runs[0].output
        assert (left.folder / "out" / "models.txt").read_text() == "New York 2\nNew York 4\n8"
    nodes = {label.partition(": ")[2].partition(",")[0] for label in states(local.graph)}
    city = "new-york-5141c2b9"
    assert nodes == {
        *(f"matrix.collect.{name}" for name in ("berlin", "rome", city)),
        *(f"matrix.fit.{name}" for name in ("berlin.2", f"{city}.2", f"{city}.4")),  # rome is skipped
        "matrix.gather",
    }
    assert in_kubeflow.graph == local.graph
    assert in_airflow.graph == local.graph


def test_the_nodes_of_an_included_spec(real_runs: Any, airflow: Any, tmp_path: Path) -> None:
    runs = (real_runs.PLAIN,)
    local = real_runs.run_locally("included", tmp_path / "local", runs)
    in_kubeflow = real_runs.simulate("included", tmp_path / "kubeflow", runs)
    in_airflow = real_runs.run_in_airflow("included", airflow, tmp_path / "airflow", runs)

    for left in (local, in_kubeflow, in_airflow):
        assert left.runs[0].code == 0, left.runs[0].output
        text = (left.folder / "out" / "models.txt").read_text()
        assert text == "Oslo in the south 4\nRome in north 4"
    nodes = {label.partition(": ")[2].partition(",")[0] for label in states(local.graph)}
    assert nodes == {
        "included.collect",
        *(f"included.regions.north.fit.{depth}" for depth in (2, 4)),  # the south is skipped
        *(f"included.alone.{name}" for name in ("collect", "fit.2", "fit.4")),
        "included.gather",
    }
    assert in_kubeflow.graph == local.graph
    assert in_airflow.graph == local.graph
