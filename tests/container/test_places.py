"""The places that a node in a container has: on Kubeflow, and with both of Airflow's container operators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tfxc.backends.container.places import Containers, Mount, place_findings
from tfxc.schemas.plan import Plan

LOST = "B127"
MOUNTS = (
    Mount("/mnt/shared"),
    Mount("/mnt/shared/reference/", read_only=True),
    Mount("/mnt/data", read_only=True),
    Mount("/pipeline/extra"),
)
PARAMETERS = [
    {"name": "root", "type": "path", "required": False, "default": "/mnt/shared/root"},
    {"name": "gone", "type": "str", "required": False, "default": "/srv/gone"},
    {"name": "day", "type": "int", "required": True},
    {"name": "any", "type": "path", "required": True},
]


def reference(target: str) -> Mapping[str, str]:
    return {"$reference": target}


def joined(*parts: Any) -> Mapping[str, Any]:
    return {"$concatenate": list(parts)}


def plan_of(*nodes: Mapping[str, Any], **fields: Any) -> Plan:
    values: dict[str, Any] = {
        "name": "example",
        "pipeline_root": "gs://bucket/root",
        "metadata": {"kind": "grpc", "host": "mlmd", "port": 8080},
        "parameters": PARAMETERS,
        "nodes": nodes or (node("first"),),
    }
    return Plan.model_validate({**values, **fields})


def node(node_id: str, type_name: str = "CsvExampleGen", **arguments: Any) -> Mapping[str, Any]:
    component = {"kind": "standard", "type": type_name, "class_path": f"tfx.components:{type_name}"}
    return {
        "id": node_id,
        "component": component,
        "arguments": {name: {"value": value} for name, value in arguments.items()},
    }


def pusher(folder: Any) -> Mapping[str, Any]:
    return node("pusher", "Pusher", push_destination={"filesystem": {"base_directory": {"$path": folder}}})


def codes(plan: Plan, mounts: Mapping[str, tuple[Mount, ...]] | None = None) -> list[str]:
    known = mounts if mounts is not None else {each.id: MOUNTS for each in plan.nodes}
    return [each.code for each in place_findings(plan, Containers("/pipeline", known, "mounts", LOST))]


WRITTEN = [
    ("gs://bucket/x", []),
    ("/mnt/shared", []),
    ("/mnt/shared/x", []),
    ("/mnt/shared//./x/", []),
    ("/mnt/shared/../private", [LOST]),
    ("/mnt/sharedness", [LOST]),
    ("//mnt/shared/x", []),
    ("file:///mnt/shared/x", []),
    ("FILE:///srv/x", [LOST]),
    ("/", [LOST]),
    ("/srv/x", [LOST]),
    ("x", [LOST]),
    ("../x", [LOST]),
    ("extra/x", []),
    ("../mnt/shared/x", []),
    ("/mnt/data/x", ["B141"]),
    ("/mnt/shared/reference/x", ["B141"]),
    ("/mnt/shared/referenced", []),
    (reference("parameters.root"), []),
    (joined(reference("parameters.root"), "/../../../srv"), [LOST]),
    (reference("parameters.gone"), [LOST]),
    (reference("parameters.any"), []),
    (joined(reference("env.BUCKET"), "/x"), []),
    (joined("/srv/", reference("env.NAME")), [LOST]),
    (joined("/mnt/shared/", reference("env.NAME")), []),
    (joined("/mnt/shared", reference("run.id")), [LOST]),
    (joined("/mnt/shared", reference("env.END")), []),
    (joined("/mnt/shared/", reference("parameters.day"), "/../../x"), [LOST]),
    (joined("runs/", reference("run.date")), [LOST]),
    (joined("runs/", reference("env.NAME")), [LOST]),
]
"""a path, and the codes where it is written to"""


@pytest.mark.parametrize(("path", "found"), WRITTEN)
def test_what_is_pushed_must_outlive_the_container(path: Any, found: list[str]) -> None:
    assert codes(plan_of(pusher(path))) == found


@pytest.mark.parametrize(("path", "found"), WRITTEN)
def test_so_must_the_outputs(path: Any, found: list[str]) -> None:
    assert codes(plan_of(pipeline_root={"$path": path})) == found


@pytest.mark.parametrize(("path", "found"), WRITTEN)
def test_and_the_metadata_file_which_cannot_be_at_a_uri(path: Any, found: list[str]) -> None:
    metadata = {"kind": "sqlite", "path": {"$path": path}}
    assert codes(plan_of(metadata=metadata)) == ([LOST] if path == "gs://bucket/x" else found)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("gs://bucket/x", []),
        ("/mnt/data", []),
        ("/mnt/data/x", []),
        ("/mnt/database/x", ["B140"]),
        ("/srv/data", ["B140"]),
        ("data", ["B110"]),
        ("extra/../data", ["B110"]),
        ("extra/data", []),
        (joined("data/", reference("run.date")), ["B110"]),
        (joined("data/", reference("env.DAY")), ["B110"]),
        (reference("parameters.any"), []),
        (reference("parameters.gone"), ["B140"]),
    ],
)
def test_what_is_read_must_be_there(path: Any, found: list[str]) -> None:
    assert codes(plan_of(node("first", input_base={"$path": path}))) == found
    nested = {"files": [{"deep": {"$path": path}}]}
    assert codes(plan_of(node("first", "mine.py:Step", config=nested))) == found


@pytest.mark.parametrize(
    ("default", "found"),
    [("data", ["B110"]), ("/srv/data", ["B140"]), ("/mnt/data/x", []), ("s3://bucket/x", [])],
)
def test_a_default_is_told_once_and_at_its_place(default: str, found: list[str]) -> None:
    parameters = [{"name": "data", "type": "path", "required": False, "default": default}]
    use = {"$path": joined(reference("parameters.data"), "/csv")}
    plan = plan_of(node("a", input_base=use), node("b", input_base=use), parameters=parameters)
    findings = place_findings(plan, Containers("/pipeline", {"a": MOUNTS, "b": MOUNTS}, "mounts", LOST))
    assert [each.code for each in findings] == found
    assert all(each.path == ("parameters", "data", "default") for each in findings)


def test_what_is_written_counts_for_more_than_what_is_read() -> None:
    parameters = [{"name": "data", "type": "path", "required": False, "default": "/srv/data"}]
    use = reference("parameters.data")
    assert codes(plan_of(node("a", input_base={"$path": use}), pusher(use), parameters=parameters)) == [LOST]


def test_a_node_is_judged_by_its_own_mounts() -> None:
    plan = plan_of(pusher("/mnt/shared/x"), node("second"), pipeline_root="/mnt/shared/root")
    own = {"pusher": MOUNTS, "second": ()}
    (finding,) = place_findings(plan, Containers("/pipeline", own, "mounts", LOST))
    assert finding.path == ("pipeline_root",)
    assert "on no mount of `second`" in finding.message
    assert codes(plan, {"pusher": (), "second": MOUNTS}) == [LOST, LOST]


def test_who_reads_an_imported_artifact_needs_its_place_too() -> None:
    importer = {
        "id": "importer",
        "component": {"kind": "importer"},
        "outputs": {"result": "Model"},
        "arguments": {"source_uri": {"value": {"$path": "/mnt/shared/model"}}},
    }
    channel = {"node": "importer", "output": "result", "artifact_type": "Model"}
    reader = {**node("reader"), "inputs": {"model": [channel]}}
    plan = plan_of(importer, reader, node("other"))
    assert codes(plan, {"importer": MOUNTS, "reader": MOUNTS}) == []
    (finding,) = place_findings(plan, Containers("/pipeline", {"importer": MOUNTS}, "mounts", LOST))
    assert (finding.code, finding.path) == ("B140", ("components", "importer", "source_uri"))
    assert "on no mount of `reader`" in finding.message
