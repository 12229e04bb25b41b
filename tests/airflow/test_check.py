"""What Airflow cannot do is found before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pydantic
import pytest

from tfxc.backends.airflow import BACKEND
from tfxc.schemas.diagnostic_codes import CODES
from tfxc.schemas.diagnostics import Finding
from tfxc.schemas.plan import ContainerComponent, Plan, PlanNode
from tfxc.schemas.plan_values import reference

MakeNode = Callable[..., PlanNode]
MakePlan = Callable[..., Plan]
SECTION = ("backends", "airflow")


def only(findings: list[Finding]) -> Finding:
    (finding,) = findings
    assert finding.code in CODES
    assert not finding.message.endswith(".")
    return finding


def test_a_plain_plan_has_no_findings(make_plan: MakePlan) -> None:
    assert BACKEND.check(make_plan()) == []


@pytest.mark.parametrize(
    "settings",
    [{"schedule": "@daily", "start_date": "2026-01-01"}, {"assets": {"any": ["s3://bucket/data"]}}],
)
def test_a_scheduled_run_has_nobody_to_ask(make_plan: MakePlan, settings: Mapping[str, Any]) -> None:
    parameters = ({"name": "steps", "type": "int", "required": True},)
    finding = only(BACKEND.check(make_plan(airflow=settings, parameters=parameters)))
    assert (finding.code, finding.path) == ("B120", ("parameters", "steps"))
    assert BACKEND.check(make_plan(parameters=parameters)) == []


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"schedule": "@daily"}, "schedule"),
        ({"schedule": "@once", "start_date": "2026-01-01", "assets": {"all": ["s3://b/x"]}}, "assets"),
        ({"schedule": "@continuous", "start_date": "2026-01-01", "max_active_runs": 2}, "max_active_runs"),
        ({"start_date": "2026-01-02", "end_date": "2026-01-01T12:00:00"}, "end_date"),
    ],
)
def test_schedules_that_cannot_be_kept(make_plan: MakePlan, settings: Mapping[str, Any], key: str) -> None:
    finding = only(BACKEND.check(make_plan(airflow=settings)))
    assert (finding.code, finding.path) == ("B121", (*SECTION, key))


def test_settings_of_a_node_that_is_not_there(make_node: MakeNode, make_plan: MakePlan) -> None:
    finding = only(BACKEND.check(make_plan(make_node("trainer"), airflow={"nodes": {"trianer": {}}})))
    assert (finding.code, finding.path) == ("B122", (*SECTION, "nodes", "trianer"))
    assert finding.help == ("did you mean `trainer`?",)


def test_a_pool_that_nobody_makes_is_a_warning(make_plan: MakePlan) -> None:
    nodes = {"first": {"pool": "gpu"}}
    finding = only(BACKEND.check(make_plan(airflow={"nodes": nodes})))
    assert (finding.code, finding.path) == ("B123", (*SECTION, "nodes", "first", "pool"))
    assert BACKEND.check(make_plan(airflow={"nodes": nodes, "pools": {"gpu": {"slots": 1}}})) == []
    assert BACKEND.check(make_plan(airflow={"nodes": {"first": {"pool": "default_pool"}}})) == []


def test_more_slots_than_a_pool_has(make_plan: MakePlan) -> None:
    settings = {"nodes": {"first": {"pool": "gpu", "pool_slots": 2}}, "pools": {"gpu": {"slots": 1}}}
    assert only(BACKEND.check(make_plan(airflow=settings))).code == "B124"


@pytest.mark.parametrize("operator", ["docker", "kubernetes"])
def test_an_operator_needs_its_settings(make_plan: MakePlan, operator: str) -> None:
    findings = BACKEND.check(make_plan(airflow={"operator": operator}, pipeline_root="gs://bucket"))
    assert findings[0].code == "B125"
    assert findings[0].path == (*SECTION, "operator")


@pytest.mark.parametrize(
    ("settings", "refused"),
    [
        ({}, ["cpu", "memory", "accelerator"]),
        ({"operator": "docker", "docker": {"image": "penguin"}}, ["accelerator"]),
        ({"operator": "kubernetes", "kubernetes": {"image": "penguin"}}, []),
    ],
)
def test_resources_that_an_operator_cannot_give(
    make_node: MakeNode, make_plan: MakePlan, settings: Mapping[str, Any], refused: list[str]
) -> None:
    resources = {"cpu": 2, "memory": 1 << 30, "accelerator": {"type": "google.com/tpu"}}
    node = make_node("trainer", execution={"resources": resources})
    plan = make_plan(
        node,
        airflow=settings,
        pipeline_root="gs://bucket",
        metadata={"kind": "grpc", "host": "mlmd", "port": 8080},
    )
    findings = BACKEND.check(plan)
    assert [finding.code for finding in findings] == ["B126"] * len(refused)
    assert [finding.path[-1] for finding in findings] == refused
    assert all(finding.path[:2] == ("components", "trainer") for finding in findings)


def test_docker_gives_nvidia_gpus(make_node: MakeNode, make_plan: MakePlan) -> None:
    node = make_node("trainer", execution={"resources": {"accelerator": {"type": "nvidia.com/gpu"}}})
    settings = {
        "operator": "docker",
        "docker": {"image": "i", "mounts": [{"source": "v", "target": "/data"}]},
    }
    plan = make_plan(
        node, airflow=settings, pipeline_root="/data/x", metadata={"kind": "sqlite", "path": "/data/m"}
    )
    assert BACKEND.check(plan) == []


@pytest.mark.parametrize(
    ("root", "found"),
    [
        ({"$path": "runs"}, True),
        ({"$path": "/data/runs"}, False),
        ({"$path": "/database/runs"}, True),
        ("s3://bucket/runs", False),
        ({"$path": {"$reference": "parameters.root"}}, False),
    ],
)
def test_a_folder_inside_a_container_is_gone_with_it(make_plan: MakePlan, root: Any, found: bool) -> None:
    settings = {
        "operator": "kubernetes",
        "kubernetes": {"image": "penguin", "volumes": [{"claim": "data", "path": "/data"}]},
    }
    metadata = {"kind": "sqlite", "path": {"$path": "/data/metadata.sqlite"}}
    findings = BACKEND.check(make_plan(airflow=settings, pipeline_root=root, metadata=metadata))
    assert [finding.code for finding in findings] == ["B127"] * found


def test_a_pusher_that_pushes_nothing_must_not_update_an_asset(make_plan: MakePlan) -> None:
    pusher: dict[str, Any] = {
        "id": "pusher",
        "component": {"kind": "standard", "type": "Pusher", "class_path": "tfx.components:Pusher"},
        "outputs": {"pushed_model": "PushedModel"},
        "inputs": {"model_blessing": [{"node": "e", "output": "blessing", "artifact_type": "ModelBlessing"}]},
    }
    settings = {"nodes": {"pusher": {"outlets": ["s3://bucket/model"]}}}
    finding = only(BACKEND.check(make_plan(pusher, airflow=settings)))
    assert (finding.code, finding.path) == ("B130", (*SECTION, "nodes", "pusher", "outlets"))
    assert finding.help == ("give it a condition: `when: e.blessing.custom_properties.blessed == 1`",)
    assert BACKEND.check(make_plan({**pusher, "when": {"truth": True}}, airflow=settings)) == []
    assert BACKEND.check(make_plan({**pusher, "inputs": {}}, airflow=settings)) == []


def test_paths_that_lead_out_of_the_bundle(make_node: MakeNode, make_plan: MakePlan) -> None:
    node = make_node("first", arguments={"input_base": {"value": {"$path": "../data"}}})
    findings = BACKEND.check(make_plan(node, pipeline_root={"$path": "../runs"}))
    assert [(finding.code, finding.path) for finding in findings] == [
        ("B131", ("pipeline_root",)),
        ("B131", ("components", "first", "input_base")),
    ]


@pytest.mark.parametrize(
    "settings",
    [
        {"secrets": {"TOKEN": {"kubernetes_secret": "s", "key": "k"}}},
        {"secrets": {"TOKEN": {"variable": "v"}}, "env": {"TOKEN": "x"}},
        {"secrets": {"TFXC_RUN_ID": {"variable": "v"}}},
        {"env": {"TFXC_BUNDLE": "x"}},
    ],
)
def test_environment_variables_that_cannot_be_set(make_plan: MakePlan, settings: Mapping[str, Any]) -> None:
    assert only(BACKEND.check(make_plan(airflow=settings))).code == "B128"


@pytest.mark.parametrize(
    "settings",
    [
        {"unknown": 1},
        {"dag_id": "a b"},
        {"dag_id": "a\n"},
        {"pools": {"a b": {"slots": 1}}},
        {"nodes": {"first": {"pool": "a b"}}},
        {"schedule": 5},
        {"start_date": "tomorrow"},
        {"start_date": "2026-01-01T00:00:00+01:00"},
        {"timezone": "Mars/Olympus"},
        {"max_active_runs": 0},
        {"catchup": "yes"},
        {"assets": {}},
        {"assets": {"all": ["s3://a"], "any": ["s3://b"]}},
        {"assets": {"all": ["no uri"]}},
        {"assets": {"all": ["airflow://x"]}},
        {"on_failure": {"callback": "os.system('x')"}},
        {"secrets": {"TOKEN": {}}},
        {"secrets": {"TOKEN": {"variable": "a') }}{{ x"}}},
        {"bash": {"python": "/a", "python_variable": "b"}},
        {"bash": {"python_environment": "X}; id"}},
        {"operator": "ssh"},
        {"docker": {}},
        {"kubernetes": {"image": "x", "namespace": "Bad_Name"}},
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: Mapping[str, Any]) -> None:
    with pytest.raises(pydantic.ValidationError):
        BACKEND.settings.model_validate(settings)


def test_every_code_of_the_backend_has_its_page() -> None:
    from tfxc.schemas.diagnostic_codes import explanation

    for number in range(120, 132):
        assert explanation(f"B{number}").startswith(f"# B{number}: {CODES[f'B{number}'].title}\n")


@pytest.mark.parametrize(
    ("operator", "refused"),
    [
        ("bash", []),
        ("docker", ["image", "type", "COLOUR"]),
        ("kubernetes", ["image", "type", "COLOUR", "working_directory"]),
    ],
)
def test_what_a_container_of_the_users_cannot_be(
    operator: str, refused: list[str], make_node: MakeNode, make_plan: MakePlan
) -> None:
    component = ContainerComponent(
        image=reference("parameters.image"), command=("score",), working_directory="/work"
    )
    node = make_node(
        "score",
        execution={"env": {"COLOUR": reference("run.id"), "SIZE": "1"}},
    ).model_copy(update={"component": component})
    settings: dict[str, Any] = {"operator": operator}
    if operator != "bash":
        settings[operator] = {"image": "penguin"}
    plan = make_plan(
        make_node("first"),
        node,
        airflow=settings,
        on_exit="score",
        parameters=({"name": "image", "type": "str", "required": False, "default": "scorer:1.2"},),
        pipeline_root="s3://bucket/runs",
        metadata={"kind": "grpc", "host": "mlmd", "port": 8080},
    )
    found = [finding for finding in BACKEND.check(plan) if finding.code == "B101"]
    assert sorted(str(finding.path[-1]) for finding in found) == sorted(refused)
