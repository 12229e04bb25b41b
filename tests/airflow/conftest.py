"""Plans by hand for the tests of the Airflow backend."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Any

import pytest

from tfxc.backends.airflow import BACKEND
from tfxc.schemas.plan import Plan, PlanExecution, PlanNode, SqliteMetadata, StandardComponent

MakeNode = Callable[..., PlanNode]
MakePlan = Callable[..., Plan]
Emit = Callable[[Plan], Mapping[str, str]]


def _node(
    node_id: str, *upstream: str, execution: Mapping[str, Any] | None = None, **fields: Any
) -> PlanNode:
    return PlanNode.model_validate(
        {
            "id": node_id,
            "component": StandardComponent(type="Step", class_path="steps:Step"),
            "upstream": upstream,
            "execution": PlanExecution.model_validate(execution or {}),
            **fields,
        }
    )


def _plan(*nodes: PlanNode, airflow: Mapping[str, Any] | None = None, **fields: Any) -> Plan:
    defaults: dict[str, Any] = {
        "name": "example",
        "pipeline_root": {"$path": "runs"},
        "metadata": SqliteMetadata(path={"$path": "runs/metadata.sqlite"}),
        "backends": {"airflow": dict(airflow or {})},
    }
    return Plan.model_validate({**defaults, **fields, "nodes": nodes or (_node("first"),)})


def _emit(plan: Plan) -> Mapping[str, str]:
    bundle = BACKEND.emit(plan, {PurePosixPath("modules/0/steps.py"): b"print()\n"})
    return {str(path): content.decode(errors="replace") for path, content in bundle.files.items()}


@pytest.fixture(scope="session")
def builders() -> tuple[MakeNode, MakePlan, Plan]:
    """Returns the functions that make nodes and Plans, and the Plan whose every string is HOSTILE."""
    return _node, _plan, _hostile()


@pytest.fixture
def make_node() -> MakeNode:
    """Returns a function of an id, its upstream ids, ``execution`` and other fields of a node."""
    return _node


@pytest.fixture
def make_plan() -> MakePlan:
    """Returns a function of nodes, the ``airflow`` settings and other fields of a Plan."""
    return _plan


@pytest.fixture
def emit() -> Emit:
    """Returns a function that emits a Plan: path in the bundle → text."""
    return _emit


HOSTILE = '\'; import os #""" \\ {{7*7}} {%x%} $(x)\n\U0001f427.sh'


def _minimal() -> Plan:
    return _plan(_node("first"), _node("second", "first"))


def _scheduled() -> Plan:
    """Everything that a DAG of the operator `bash` can have."""
    trainer = {"retries": 3, "retry_delay": 90, "retry_exponential_backoff": True, "timeout": 5400}
    return _plan(
        _node("ingest", description="Reads the rows of a day."),
        _node("train", "ingest", execution=trainer),
        _node("audit", "ingest", execution={"trigger_strategy": "ALL_UPSTREAM_NODES_COMPLETED"}),
        _node("push", "train"),
        _node("report", "push"),
        on_exit="report",
        description="Trains a model each working day.",
        parameters=(
            {"name": "steps", "type": "int", "required": False, "default": 0, "minimum": 0, "maximum": 9},
            {"name": "rate", "type": "float", "required": False, "default": 0.5, "description": "How fast."},
            {"name": "site", "type": "str", "required": False, "default": "a", "choices": ("a", "b")},
            {"name": "note", "type": "str", "required": False, "default": ""},
            {"name": "code", "type": "str", "required": False, "default": "x1", "pattern": "^[a-z][0-9]$"},
            {"name": "fast", "type": "bool", "required": False, "default": False},
            {"name": "data", "type": "path", "required": False, "default": "data"},
        ),
        airflow={
            "dag_id": "daily-training.v2",
            "schedule": "0 6 * * mon-fri",
            "start_date": "2026-01-01",
            "end_date": "2026-12-31T12:30:00",
            "timezone": "Europe/Berlin",
            "catchup": True,
            "max_active_runs": 3,
            "max_active_tasks": 4,
            "run_timeout": "6h",
            "depends_on_past": True,
            "paused": False,
            "tags": ["training", "tfx"],
            "owner": "ml team",
            "retries": 1,
            "retry_delay": "30s",
            "weight_rule": "absolute",
            "on_failure": {
                "callback": "builtins:print",
                "email": {"to": ["ml@example.com"], "sender": "airflow@example.com"},
            },
            "bash": {"python_variable": "tfx_python", "warm": True},
            "env": {"LOG_LEVEL": "info"},
            "secrets": {"TOKEN": {"variable": "token"}, "MLMD_PASSWORD": {"connection": "mlmd"}},
            "pools": {"gpu": {"slots": 2, "description": "One slot an accelerator."}},
            "nodes": {
                "train": {"pool": "gpu", "pool_slots": 2, "priority_weight": 5, "queue": "large"},
                "push": {"outlets": ["s3://bucket/serving"]},
            },
        },
    )


def _on_assets() -> Plan:
    assets = ["s3://bucket/rows", "s3://bucket/labels"]
    return _plan(airflow={"assets": {"any": assets}, "bash": {"python": "/opt/tfx/bin/python"}})


def _every_six_hours() -> Plan:
    return _plan(airflow={"schedule": "6h", "start_date": "2026-01-01"})


_REMOTE: dict[str, Any] = {
    "pipeline_root": "s3://bucket/runs",
    "metadata": {"kind": "grpc", "host": "mlmd", "port": 8080},
}


def _docker() -> Plan:
    resources = {"cpu": 2.5, "memory": 8 << 30, "accelerator": {"type": "nvidia.com/gpu", "count": 2}}
    return _plan(
        _node("ingest"),
        _node("train", "ingest", execution={"resources": resources}),
        airflow={
            "operator": "docker",
            "docker": {
                "image": "registry.example.com/penguin:1.0",
                "network": "bridge",
                "user": 1000,
                "shared_memory": "1Gi",
                "mounts": [{"source": "/srv/data", "target": "/data", "read_only": True}],
            },
            "env": {"LOG_LEVEL": "info"},
            "secrets": {"TOKEN": {"variable": "token"}},
            "nodes": {"train": {"image": "registry.example.com/penguin-gpu:1.0"}},
        },
        **_REMOTE,
    )


def _container(**fields: Any) -> Any:
    """A node that is a container, and the one that it reads from."""
    component = {
        "kind": "container",
        "image": "registry.example.com/scorer:1.2",
        "command": ["score", {"$input": "data.uri"}],
        "args": [{"$concatenate": ["--to=", {"$output": "scores.uri"}]}, {"$input": "limit.value"}],
        **fields,
    }
    execution: dict[str, Any] = {"retries": 2, "timeout": 600, "env": {"COLOUR": "{{ red }}"}}
    execution["resources"] = {"cpu": 2, "accelerator": {"type": "nvidia.com/gpu"}}
    return _node(
        "score",
        "ingest",
        component=component,
        inputs={"data": [{"node": "ingest", "output": "made", "artifact_type": "Dataset"}]},
        outputs={"scores": "Dataset"},
        arguments={"limit": {"value": 0.5, "execution_property": "limit"}},
        execution=execution,
    )


def _docker_container() -> Plan:
    return _plan(
        _node("ingest", outputs={"made": "Dataset"}),
        _container(working_directory="/work"),
        _node("read", "score"),
        airflow={
            "operator": "docker",
            "docker": {
                "image": "registry.example.com/penguin:1.0",
                "mounts": [{"source": "/srv/data", "target": "/data"}],
            },
            "env": {"LOG_LEVEL": "info"},
            "nodes": {
                "score": {"image": "registry.example.com/penguin-gpu:1.0", "outlets": ["s3://b/scores"]}
            },
        },
        **_REMOTE,
    )


def _kubernetes_container() -> Plan:
    return _plan(
        _node("ingest", outputs={"made": "Dataset"}),
        _container(),
        _node("read", "score"),
        airflow={
            "operator": "kubernetes",
            "kubernetes": {"image": "registry.example.com/penguin:1.0"},
            "secrets": {"password": {"kubernetes_secret": "store", "key": "password"}},
        },
        **_REMOTE,
    )


def _kubernetes() -> Plan:
    resources = {"cpu": 0.5, "memory": 8 << 30, "accelerator": {"type": "nvidia.com/gpu"}}
    return _plan(
        _node("ingest"),
        _node("train", "ingest", execution={"resources": resources, "retries": 1}),
        _node("clean", "train"),
        on_exit="clean",
        airflow={
            "operator": "kubernetes",
            "kubernetes": {
                "image": "registry.example.com/penguin:1.0",
                "namespace": "training",
                "service_account": "trainer",
                "image_pull_policy": "IfNotPresent",
                "image_pull_secrets": ["registry"],
                "labels": {"team": "ml"},
                "tolerations": [{"key": "spot", "operator": "Exists"}],
                "volumes": [{"claim": "data", "path": "/data", "sub_path": "penguin"}],
                "secret_files": [{"name": "google", "path": "/secrets"}],
                "config_map_files": [{"name": "settings", "path": "/settings"}],
            },
            "secrets": {
                "password": {"kubernetes_secret": "mlmd", "key": "password"},
                "TOKEN": {"variable": "token"},
            },
            "nodes": {
                "train": {
                    "node_selector": {"pool": "gpu"},
                    "tolerations": [{"key": "gpu", "value": "yes", "effect": "NoSchedule"}],
                }
            },
        },
        **_REMOTE,
    )


def _hostile() -> Plan:
    """Every string that a user can choose freely is HOSTILE."""
    return _plan(
        _node("first", description=HOSTILE, arguments={"text": {"value": HOSTILE}}),
        description=HOSTILE,
        parameters=(
            {"name": "text", "type": "str", "required": False, "default": HOSTILE, "description": HOSTILE},
            {"name": "one", "type": "str", "required": False, "default": HOSTILE, "choices": (HOSTILE,)},
        ),
        airflow={
            "tags": ["tag {{ 7 * 7 }} '"],
            "owner": "o'{{ 7 }}\"",
            "env": {"TEXT": HOSTILE},
            "bash": {"python": "/opt/{{ 7 * 7 }} '\"/python.sh"},
            "pools": {"gpu": {"slots": 1, "description": HOSTILE}},
            "nodes": {"first": {"pool": "gpu", "queue": HOSTILE}},
        },
    )


def _grouped() -> Plan:
    """Nodes in groups, one inside the other, with labels that are no ids."""
    return _plan(
        _node("ingest"),
        _node("train.rome", "ingest", label="train[rome]", group="train", origin=("components", "train")),
        _node("train.oslo", "ingest", label="train[oslo]", group="cold", origin=("components", "train")),
        _node("push", "train.rome", "train.oslo"),
        groups=(
            {"id": "train", "label": "train", "description": "One for each city."},
            {"id": "cold", "label": "cold: " + HOSTILE, "parent": "train"},
        ),
    )


GOLDEN: Mapping[str, Callable[[], Plan]] = {
    "minimal": _minimal,
    "grouped": _grouped,
    "scheduled": _scheduled,
    "on_assets": _on_assets,
    "every_six_hours": _every_six_hours,
    "docker": _docker,
    "kubernetes": _kubernetes,
    "docker_container": _docker_container,
    "kubernetes_container": _kubernetes_container,
    "hostile": _hostile,
}
"""A Plan for each way that a DAG file can look."""


@pytest.fixture(params=sorted(GOLDEN))
def golden(request: pytest.FixtureRequest) -> tuple[str, Plan]:
    """Returns the name of a golden DAG file and the Plan that it is made of, one after the other."""
    return request.param, GOLDEN[request.param]()


@pytest.fixture
def golden_plans() -> Mapping[str, Plan]:
    """Returns all of them."""
    return {name: make() for name, make in GOLDEN.items()}


@pytest.fixture
def hostile_text() -> str:
    """Returns a text that is code in Python, in Jinja and in the shell."""
    return HOSTILE
