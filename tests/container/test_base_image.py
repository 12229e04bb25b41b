"""The image that a pipeline's image starts from has the Python of the TFX that can run it."""

from __future__ import annotations

from typing import Any

import pytest

from tfxc.backends.container.base_image import base_image, base_image_findings
from tfxc.schemas.plan import Plan

SECTION = ("backends", "kubeflow")


def plan_of(root: str = "gs://bucket/root", **fields: Any) -> Plan:
    values: dict[str, Any] = {
        "name": "example",
        "pipeline_root": root,
        "metadata": {"kind": "grpc", "host": "mlmd", "port": 8080},
        "nodes": [],
        **fields,
    }
    return Plan.model_validate(values)


@pytest.mark.parametrize(
    ("plan", "image"),
    [
        (plan_of(), "python:3.12-slim"),
        (plan_of(tfx="1.21"), "python:3.12-slim"),
        (plan_of(tfx="1.16"), "python:3.10-slim"),
        (plan_of("s3://bucket/root"), "python:3.10-slim"),
        (plan_of("minio://bucket/root"), "python:3.10-slim"),
    ],
)
def test_where_nothing_is_said(plan: Plan, image: str) -> None:
    assert base_image(plan, None) == image
    assert list(base_image_findings(plan, None, SECTION)) == []


@pytest.mark.parametrize(
    ("plan", "image", "codes"),
    [
        (plan_of(), "python:3.10", []),
        (plan_of(), "python:3.13-slim-trixie", []),
        (plan_of(tfx="1.16"), "registry.example.com/library/python:3.11", ["B142"]),
        (plan_of(tfx="1.21"), "python:3.10-slim", ["B142"]),
        (plan_of("s3://bucket/root"), "python:3.13-slim", ["B143"]),
        (plan_of("s3://bucket/root", tfx="1.21"), None, ["B143"]),
        (plan_of("s3://bucket/root", tfx="1.16"), "python:3.10-slim", []),
        (plan_of(tfx="1.21"), "registry.example.com/with-tfx:3", []),
        (plan_of("s3://bucket/root"), "tensorflow/tensorflow:2.16.2", []),
    ],
)
def test_an_image_that_is_given_is_taken_and_looked_at(
    plan: Plan, image: str | None, codes: list[str]
) -> None:
    assert image is None or base_image(plan, image) == image
    assert [finding.code for finding in base_image_findings(plan, image, SECTION)] == codes
