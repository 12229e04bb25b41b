"""Plans by hand for the tests of the Kubeflow backend, and the environment that has the kfp SDK."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml

from tfxc.backends.kubeflow import BACKEND
from tfxc.schemas.plan import Plan, PlanNode, PythonComponent

ROOT = Path(__file__).resolve().parents[2]
IMAGE = "registry.example/penguin:1"
HOSTILE = '\'; rm -rf / #""" \\ {{7*7}} {%x%} $(x) $$ `x`\n\x85\u2028\U0001f427: - "'

MakeNode = Callable[..., PlanNode]
MakePlan = Callable[..., Plan]


def _node(node_id: str, *upstream: str, **fields: Any) -> PlanNode:
    component = PythonComponent.model_validate(
        {"type": "steps.py:Step", "module": {"folder": None, "import_name": "steps"}, "function": "Step"}
    )
    return PlanNode(id=node_id, component=component, upstream=upstream, **fields)


def _plan(*nodes: PlanNode, settings: Mapping[str, Any] | None = None, **fields: Any) -> Plan:
    values: dict[str, Any] = {
        "name": "penguin",
        "pipeline_root": "gs://bucket/penguin",
        "metadata": {"kind": "grpc", "host": "mlmd", "port": 8080},
        "backends": {"kubeflow": {"image": IMAGE, **(settings or {})}},
        **fields,
    }
    return Plan.model_validate({**values, "nodes": nodes or (_node("first"),)})


def _full() -> Plan:
    """A Plan with everything that the backend honours."""
    return _plan(
        _node("gen", outputs={"examples": "Examples"}, description="Reads the rows."),
        _node(
            "stats",
            "gen",
            outputs={"statistics": "ExampleStatistics"},
            when={"truth": {"$reference": "parameters.go"}},
            execution={
                "retries": 3,
                "retry_delay": 1.5,
                "retry_exponential_backoff": True,
                "timeout": 90.0,
                "resources": {
                    "cpu": 0.5,
                    "memory": 8 * 2**30,
                    "accelerator": {"type": "nvidia.com/gpu", "count": 2},
                },
                "env": {"WHO": "it's $HOME", "DAY": {"$reference": "run.date"}},
            },
        ),
        _node("check", "stats", outputs={"anomalies": "ExampleAnomalies"}),
        _node("model", "gen", outputs={"model": "Model"}, execution={"retries": 1}),
        _node(
            "model_driver", "model", outputs={"evaluation": "ModelEvaluation", "blessing": "ModelBlessing"}
        ),
        _node("push", "check", "model_driver", outputs={"pushed_model": "PushedModel"}),
        _node("goodbye", outputs={}),
        description="Tell a penguin.",
        on_exit="goodbye",
        parameters=[
            {"name": "steps", "type": "int", "required": False, "default": 200, "minimum": 1},
            {"name": "rate", "type": "float", "required": False, "default": 1, "description": "How fast."},
            {"name": "go", "type": "bool", "required": False, "default": False},
            {"name": "site", "type": "str", "required": False, "default": "", "choices": ["", "harbour"]},
            {"name": "data", "type": "path", "required": True},
        ],
        settings={
            "image_pull_policy": "Always",
            "image_pull_secrets": ["registry"],
            "env": {"REGION": "north"},
            "secrets": [{"name": "store", "env": {"KEY": "key"}, "mount_path": "/mnt/store"}],
            "config_maps": [{"name": "flags", "env": {"FLAG": "flag"}, "mount_path": "/mnt/flags"}],
            "volumes": [{"claim": "data", "mount_path": "/mnt/data"}],
            "node_selector": {"pool": "general"},
            "tolerations": [{"key": "spot", "operator": "Exists", "effect": "NoSchedule"}],
            "labels": {"team": "birds"},
            "annotations": {"example.com/owner": "the harbour master"},
            "pod_fields": {"NODE": "spec.nodeName"},
            "nodes": {
                "model": {
                    "image": "registry.example/penguin:gpu",
                    "labels": {"kind": "heavy"},
                    "shared_memory": "1Gi",
                    "node_affinity": [{"key": "gpu", "values": ["a100", "h100"]}],
                    "security_context": {"run_as_user": 1000, "run_as_non_root": True},
                    "requests": {"cpu": 1, "memory": "2Gi"},
                }
            },
        },
    )


@pytest.fixture
def make_node() -> MakeNode:
    """Returns a function of an id, its upstream ids and other fields of a node."""
    return _node


@pytest.fixture
def make_plan() -> MakePlan:
    """Returns a function of nodes, the ``settings`` of the backend and other fields of a Plan."""
    return _plan


@pytest.fixture(scope="session")
def full_plan() -> Plan:
    """Returns a Plan with everything that the backend honours."""
    return _full()


@pytest.fixture
def hostile() -> str:
    """Returns a text that breaks what is not quoted."""
    return HOSTILE


@pytest.fixture
def emit() -> Callable[[Plan], Mapping[str, str]]:
    """Returns a function that emits a Plan: path in the bundle → text (wheels left out)."""

    def emitted(plan: Plan) -> Mapping[str, str]:
        bundle = BACKEND.emit(plan, {PurePosixPath("modules/0/steps.py"): b"print()\n"})
        return {
            str(path): content.decode() for path, content in bundle.files.items() if path.suffix != ".whl"
        }

    return emitted


@pytest.fixture
def documents(emit: Callable[[Plan], Mapping[str, str]]) -> Callable[[Plan], list[dict[str, Any]]]:
    """Returns a function that emits a Plan and reads its pipeline.yaml."""
    return lambda plan: list(yaml.load_all(emit(plan)["pipeline.yaml"], yaml.CSafeLoader))


@pytest.fixture(scope="session")
def in_kfp(environment: Callable[[str], Path]) -> Callable[..., Any]:
    """Returns a function that runs a script of tests/kubeflow/inside where kfp is installed, with JSON on
    standard input, and returns the JSON that it prints."""
    python = environment("kubeflow") / "bin" / "python"

    def run(script: str, value: Any, *arguments: str) -> Any:
        path = Path(__file__).parent / "inside" / script
        done = subprocess.run(
            [str(python), "-W", "ignore", str(path), *arguments],
            input=json.dumps(value),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return json.loads(done.stdout.splitlines()[-1])

    return run
