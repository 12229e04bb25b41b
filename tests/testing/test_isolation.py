"""What a Plan for a test writes, reads and tells: nothing of the user's, and nobody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tfxc.backends.launcher.protocol.values import Values, resolve_parameters
from tfxc.compiler.driver import check
from tfxc.compiler.testing.isolate import Isolated, TestFolders, isolated
from tfxc.schemas.plan import Plan
from tfxc.schemas.plan_places import paths
from tfxc.schemas.plan_places import values as placed_values

FOLDERS = TestFolders(Path("/test"), "http://127.0.0.1:1234")


def planned(spec: Path, env: str | None = None, **given: Any) -> tuple[Plan, Isolated]:
    checked = check(spec, env, ("local",))
    assert checked.plan is not None, checked.diagnostics
    plan = checked.plan
    environment = {"SLACK_WEBHOOK_URL": "secret", "MLMD_PASSWORD": "secret"}
    values = Values(resolve_parameters(plan, given), "test", "2026-01-31", environment, str(spec.parent))
    sampled = frozenset(node.id for node in plan.nodes if "input_base" in node.arguments)
    return plan, isolated(plan, values, given, FOLDERS, sampled)


def written(spec: Path, document: dict[str, Any]) -> Path:
    spec.write_text(yaml.safe_dump({"version": 1, "name": "visits", **document}))
    return spec


def node(found: Isolated, name: str) -> Any:
    return found.plan.node(name)


@pytest.mark.parametrize("name", ["branches", "cities", "custom", "monitoring", "parts", "penguin", "taxi"])
def test_of_no_example_anything_is_written_beside_it(name: str, root: Path) -> None:
    plan, found = planned(root / "specs" / name / "pipeline.yaml")
    placed = list(paths(found.plan))
    texts = {each.place: each.text for each in placed if each.node is None}
    assert texts["pipeline_root",] == "/test/outputs"
    assert texts["metadata", "sqlite", "path"] == "/test/metadata.sqlite"
    for each in found.plan.nodes:
        place = [path.text for path in placed if path.node == each.id]
        if each.component.type == "Pusher":
            assert place == [f"/test/written/{each.id}"]
        if "input_base" in each.arguments:
            assert f"/test/data/{each.id}" in place
        assert each.execution.beam_pipeline_args is None
        assert each.execution.resources.memory is None
    assert [each.id for each in found.plan.nodes] == [each.id for each in plan.nodes]


def test_the_store_of_production_and_its_password_are_not_needed(root: Path) -> None:
    _, found = planned(root / "specs" / "penguin" / "pipeline.yaml", "prod")
    assert "MLMD_PASSWORD" not in str([placed.value for placed in placed_values(found.plan)])
    assert found.plan.beam_pipeline_args == ()


def test_alerts_and_triggers_post_to_the_test(root: Path) -> None:
    _, found = planned(root / "specs" / "monitoring" / "pipeline.yaml", "retrain")
    trigger = node(found, "retrain")
    assert set(trigger.arguments) & {"local", "airflow", "kubeflow"} == set()
    assert trigger.arguments["webhook"].value == {"url": "http://127.0.0.1:1234/retrain"}
    assert trigger.execution.env["no_proxy"].endswith("127.0.0.1")
    _, found = planned(root / "specs" / "monitoring" / "pipeline.yaml", "prod")
    alert = node(found, "alert")
    assert "slack" not in alert.arguments
    assert "SLACK_WEBHOOK_URL" not in str([placed.value for placed in placed_values(found.plan)])
    assert found.left_out == {}


def test_registries_and_clouds_are_left_out_with_what_reads_from_them(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text("def run_fn(fn_args): pass\n")
    spec = written(
        tmp_path / "pipeline.yaml",
        {
            "components": {
                "examples": {"type": "CsvExampleGen", "input_base": "data"},
                "trainer": {
                    "type": "Trainer",
                    "examples": "examples.examples",
                    "module_file": "model.py",
                    "train_args": {"num_steps": 1},
                    "eval_args": {"num_steps": 1},
                },
                "registry": {
                    "type": "ModelRegistryPusher",
                    "model": "trainer.model",
                    "registry": {"mlflow": {"tracking_uri": "https://mlflow.example.com"}},
                    "model_name": "visits",
                },
                "again": {
                    "type": "Pusher",
                    "model": "trainer.model",
                    "push_destination": {"filesystem": {"base_directory": "serving"}},
                    "when": "registry.pushed_model.custom_properties.pushed == 1",
                },
            }
        },
    )
    _, found = planned(spec)
    assert list(found.left_out) == ["registry", "again"]
    assert "registers models" in found.left_out["registry"]
    assert found.nodes == ("examples", "trainer")


STEPS = '''
from tfx.dsl.component.experimental.annotations import Parameter
from tfx.dsl.component.experimental.decorators import component


@component
def Keep(place: Parameter[str]) -> None:
    """Writes somewhere."""
'''


def test_places_that_own_components_write_to_are_moved_and_those_they_read_are_not(tmp_path: Path) -> None:
    (tmp_path / "steps.py").write_text(STEPS)
    (tmp_path / "words").mkdir()
    places = {
        "inside": "runs/x",
        "new": "kept",
        "there": "words",
        "far": "gs://bucket/x",
        "unused": "nothing",
    }
    spec = written(
        tmp_path / "pipeline.yaml",
        {
            "pipeline_root": "runs",
            "parameters": {name: {"type": "path", "default": place} for name, place in places.items()},
            "components": {
                name: {"type": "steps.py:Keep", "place": f"{{{{ parameters.{name} }}}}/a"}
                for name in places
                if name != "unused"
            },
        },
    )
    _, found = planned(spec)
    assert found.parameters == {"inside": "/test/written/inside", "new": "/test/written/new"}
    _, found = planned(spec, new=str(tmp_path / "mine"))
    assert found.parameters["new"] == str(tmp_path / "mine")
