"""BestModel in the front half: directions of metrics, outputs, and what being skipped means to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tfxc.backends import load_backend
from tfxc.backends.local.planning.scheduler import Scheduler, Settle, Start
from tfxc.backends.local.planning.tasks import Limits, Task, tasks_of
from tfxc.compiler.driver import check
from tfxc.compiler.lower import module_contents
from tfxc.schemas.components.choose import direction_of
from tfxc.schemas.plan import NONE_FAILED

CITIES = Path(__file__).parents[2] / "specs" / "cities" / "pipeline.yaml"
WriteSpec = Callable[..., object]
ROOMY = Limits(jobs=8, cores=8, memory=2**40)


@pytest.mark.parametrize(
    ("metric", "direction"),
    [
        ("auc", "maximize"),
        ("AUC", "maximize"),
        ("SparseCategoricalAccuracy", "maximize"),
        ("head.f1_score", "maximize"),
        ("precision@class_id:1", "maximize"),
        ("loss", "minimize"),
        ("mean_squared_error", "minimize"),
        ("binary_crossentropy", "minimize"),
        ("auc_1", "maximize"),
        ("example_count", None),
        ("churn", None),
    ],
)
def test_the_direction_of_a_metric_by_its_name(metric: str, direction: str | None) -> None:
    assert direction_of(metric) == direction


def test_the_cities_choose_among_all_models() -> None:
    plan = check(CITIES).plan
    assert plan is not None
    best = plan.node("best")
    assert best.execution.trigger_strategy == NONE_FAILED
    assert best.outputs == {"model": "Model", "blessing": "ModelBlessing"}
    assert [len(each) for each in best.inputs.values()] == [3, 3, 3]
    (task,) = [each for each in tasks_of(plan) if each.node == "best"]
    assert task.without_skipped
    assert task.light


@pytest.mark.parametrize(
    ("ends", "outcome"),
    [
        (("succeeded", "skipped"), "start"),
        (("skipped", "skipped"), "skipped"),
        (("succeeded", "failed"), "not_run"),
    ],
)
def test_a_skipped_node_stands_in_its_way_only_if_all_are(ends: tuple[str, str], outcome: str) -> None:
    scheduler = Scheduler([Task("a"), Task("b"), Task("best", ("a", "b"), without_skipped=True)], ROOMY)
    scheduler.decide(0)
    for node, state in zip("ab", ends, strict=True):
        scheduler.finish(node, state, 1)  # type: ignore[arg-type]
    decisions = scheduler.decide(1)
    found = [each.state if isinstance(each, Settle) else "start" for each in decisions if each.node == "best"]
    assert found == [outcome]
    assert all(isinstance(each, (Settle, Start)) for each in decisions)


def test_orchestrators_are_told_what_being_skipped_means_to_it(tmp_path: Path) -> None:
    spec = tmp_path / "pipeline.yaml"
    spec.write_text(
        f"""
extends: {CITIES}
components:
  example_gen: {{when: '"{{{{ matrix.city }}}}" != "{{{{ parameters.new_city }}}}"'}}
  schema_gen: {{schema_file: gs://bucket/schema.pbtxt}}
  pusher: {{push_destination: {{filesystem: {{base_directory: gs://bucket/serving}}}}}}
  new_city: {{when: '"{{{{ parameters.new_city }}}}" != ""'}}
parameters: {{data: {{default: gs://bucket/data}}}}
metadata: {{sqlite: null, mysql: {{host: db, database: mlmd, user: tfx}}}}
pipeline_root: gs://bucket/root
backends: {{airflow: {{}}, kubeflow: {{image: cities}}}}
"""
    )
    checked = check(spec)
    plan = checked.plan
    assert plan is not None, checked.diagnostics
    modules = module_contents(plan, spec.parent)
    dag = load_backend("airflow").emit(plan, modules).files
    text = next(content.decode() for path, content in dag.items() if str(path) == "cities.py")
    assert text.count('trigger_rule="none_failed_min_one_success"') == 1
    kubeflow = b"".join(load_backend("kubeflow").emit(plan, modules).files.values())
    assert b" || inputs.parameter_values" in kubeflow
