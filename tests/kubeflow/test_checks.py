"""What Kubeflow Pipelines cannot do, or a cluster would refuse, is found before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tfxc.backends.kubeflow import BACKEND
from tfxc.schemas.diagnostic_codes import CODES
from tfxc.schemas.diagnostics import Finding
from tfxc.schemas.plan import Plan, PlanNode

MakeNode = Callable[..., PlanNode]
MakePlan = Callable[..., Plan]
SECTION = ("backends", "kubeflow")


def only(findings: list[Finding]) -> Finding:
    (finding,) = findings
    assert finding.code in CODES
    assert finding.help
    assert not finding.message.endswith(".")
    return finding


def test_what_is_honoured_has_no_findings(make_plan: MakePlan, full_plan: Plan) -> None:
    assert BACKEND.check(make_plan()) == []
    assert BACKEND.check(full_plan) == []


def test_without_settings_there_is_no_image(make_plan: MakePlan) -> None:
    finding = only(BACKEND.check(make_plan(backends={})))
    assert (finding.code, finding.path) == ("B112", ("backends",))


def test_a_single_node_can_lack_an_image(make_node: MakeNode, make_plan: MakePlan) -> None:
    own = {"nodes": {"first": {"image": "own:1"}}}
    plan = make_plan(make_node("first"), make_node("second"), backends={"kubeflow": own})
    assert "`second`" in only(BACKEND.check(plan)).message
    assert BACKEND.check(make_plan(make_node("first"), backends={"kubeflow": own})) == []


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"pipeline_root": {"$path": "runs"}}, ("pipeline_root",)),
        ({"pipeline_root": "/mnt/runs"}, ("pipeline_root",)),
        ({"metadata": {"kind": "sqlite", "path": {"$path": "runs/metadata.sqlite"}}}, ("metadata",)),
        ({"metadata": {"kind": "sqlite", "path": "/mnt/metadata.sqlite"}}, ("metadata",)),
        (
            {"parameters": [{"name": "data", "type": "path", "required": False, "default": "data"}]},
            ("parameters", "data", "default"),
        ),
    ],
)
def test_places_that_a_container_does_not_have(
    make_plan: MakePlan, fields: Mapping[str, Any], path: Any
) -> None:
    finding = only(BACKEND.check(make_plan(**fields)))
    assert (finding.code, finding.path) == ("B110", path)


def test_places_on_a_volume_are_fine(make_plan: MakePlan) -> None:
    plan = make_plan(
        pipeline_root="/mnt/shared/runs",
        metadata={"kind": "sqlite", "path": "/mnt/shared/metadata.sqlite"},
        settings={"volumes": [{"claim": "shared", "mount_path": "/mnt/shared"}]},
    )
    assert BACKEND.check(plan) == []


def test_paths_in_arguments(make_node: MakeNode, make_plan: MakePlan) -> None:
    node = make_node(
        "first",
        arguments={"config": {"value": {"files": [{"$path": "gs://b/x"}, {"$path": "schema.pbtxt"}]}}},
    )
    finding = only(BACKEND.check(make_plan(node)))
    assert finding.path == ("components", "first", "config", "files", 1)


def test_paths_that_only_the_run_knows_are_left_to_it(make_node: MakeNode, make_plan: MakePlan) -> None:
    node = make_node(
        "first", arguments={"input_base": {"value": {"$path": {"$reference": "parameters.data"}}}}
    )
    parameters = [{"name": "data", "type": "path", "required": True}]
    assert BACKEND.check(make_plan(node, parameters=parameters)) == []


def test_integers_that_a_double_cannot_hold(make_plan: MakePlan) -> None:
    parameters = [{"name": "seed", "type": "int", "required": False, "default": 2**53 + 1}]
    finding = only(BACKEND.check(make_plan(parameters=parameters)))
    assert (finding.code, finding.path) == ("B101", ("parameters", "seed", "default"))


def test_a_pipeline_that_only_exits(make_node: MakeNode, make_plan: MakePlan) -> None:
    assert only(BACKEND.check(make_plan(make_node("only"), on_exit="only"))).code == "B101"


def test_a_trigger_strategy_is_not_honoured() -> None:
    assert "trigger_strategy" not in BACKEND.honours
    assert "exit handler" in BACKEND.cannot["trigger_strategy"]


def test_accelerators_have_the_names_of_kubernetes(make_node: MakeNode, make_plan: MakePlan) -> None:
    resources = {"accelerator": {"type": "NVIDIA Tesla", "count": 1}}
    finding = only(BACKEND.check(make_plan(make_node("first", execution={"resources": resources}))))
    assert finding.code == "B111"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"secrets": [{"name": "a.b", "mount_path": "/mnt/a"}]}, "no dots"),
        ({"volumes": [{"claim": "s3-scratch", "mount_path": "/mnt/a"}]}, "volume of that name"),
        (
            {
                "secrets": [{"name": "same", "mount_path": "/mnt/a"}],
                "config_maps": [{"name": "same", "mount_path": "/mnt/b"}],
            },
            "mounted twice",
        ),
        (
            {
                "volumes": [
                    {"claim": "one", "mount_path": "/mnt/a"},
                    {"claim": "two", "mount_path": "/mnt/a/"},
                ]
            },
            "two volumes",
        ),
        ({"volumes": [{"claim": "one", "mount_path": "/minio/data"}]}, "KFP needs that folder"),
        ({"nodes": {"frist": {"image": "other:1"}}}, "no node `frist`"),
    ],
)
def test_settings_that_a_cluster_refuses(
    make_plan: MakePlan, settings: Mapping[str, Any], words: str
) -> None:
    finding = only(BACKEND.check(make_plan(settings=settings)))
    assert finding.code == "B111"
    assert words in finding.message
    assert finding.path[:2] == SECTION


def test_requests_above_the_limit(make_node: MakeNode, make_plan: MakePlan) -> None:
    node = make_node("first", execution={"resources": {"cpu": 1, "memory": 2**30}})
    plan = make_plan(node, settings={"requests": {"cpu": 2, "memory": "2Gi"}})
    assert [finding.path[-1] for finding in BACKEND.check(plan)] == ["cpu", "memory"]


def test_a_node_s_settings_lie_over_the_pipeline_s(make_node: MakeNode, make_plan: MakePlan) -> None:
    settings = BACKEND.settings.model_validate(
        {
            "image": "a:1",
            "labels": {"x": "1", "y": "1"},
            "tolerations": [{"key": "k"}],
            "nodes": {"first": {"image": "b:1", "labels": {"y": "2"}, "tolerations": []}},
        }
    )
    first = settings.for_node(make_node("first"))  # type: ignore[attr-defined]
    assert (first.image, first.labels, first.tolerations) == ("b:1", {"x": "1", "y": "2"}, [])
    other = settings.for_node(make_node("other"))  # type: ignore[attr-defined]
    assert (other.image, other.labels, len(other.tolerations)) == ("a:1", {"x": "1", "y": "1"}, 1)
