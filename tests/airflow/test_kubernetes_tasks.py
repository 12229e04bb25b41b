"""What a node asks for becomes Kubernetes quantities."""

from __future__ import annotations

import pytest

from tfxc.backends.airflow.kubernetes_tasks import node_arguments
from tfxc.backends.airflow.settings import NodeSettings
from tfxc.schemas.plan import Accelerator, ImporterComponent, PlanExecution, PlanNode, Resources


@pytest.mark.parametrize(
    ("resources", "amounts"),
    [
        (Resources(cpu=2), {"cpu": "2000m"}),
        (Resources(cpu=0.25), {"cpu": "250m"}),
        (Resources(cpu=0.1 + 0.2), {"cpu": "300m"}),
        (Resources(cpu=0.001), {"cpu": "1m"}),
        (Resources(memory=2 * 1024**3), {"memory": "2147483648"}),
        (Resources(accelerator=Accelerator(type="nvidia.com/gpu", count=2)), {"nvidia.com/gpu": "2"}),
    ],
)
def test_as_much_is_reserved_as_may_be_used(resources: Resources, amounts: dict[str, str]) -> None:
    node = PlanNode(id="a", component=ImporterComponent(), execution=PlanExecution(resources=resources))
    call = node_arguments(node, NodeSettings())["container_resources"]
    assert call.function == "k8s.V1ResourceRequirements"  # type: ignore[union-attr]
    assert call.keywords == (("requests", amounts), ("limits", amounts))  # type: ignore[union-attr]


def test_a_node_that_asks_for_nothing_says_nothing() -> None:
    node = PlanNode(id="a", component=ImporterComponent())
    assert node_arguments(node, NodeSettings()) == {}
