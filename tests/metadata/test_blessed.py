"""Which model was blessed last."""

from __future__ import annotations

from typing import Any

from tfxc.backends.metadata.blessed import latest_blessed_model
from tfxc.backends.metadata.past import read_past
from tfxc.backends.metadata.store import mark_artifacts
from tfxc.schemas.plan import Plan


def judged(store: Any, run_id: str, blessed: int) -> int:
    """Puts a run that trains a model and judges it, and returns the model."""
    model = int(store.artifact("Model", f"runs/trainer/model/{run_id}"))
    blessing = store.artifact("ModelBlessing", f"runs/evaluator/blessing/{run_id}", blessed=blessed)
    store.execution(run_id, "trainer", "Trainer", outputs={"model": [model]})
    store.execution(
        run_id, "evaluator", "Evaluator", inputs={"model": [model]}, outputs={"blessing": [blessing]}
    )
    return model


def found(store: Any, plan: Plan) -> int | None:
    model = latest_blessed_model(read_past(plan, store.folder).history)
    return model.id if model is not None else None


def test_the_latest_that_is_blessed(store: Any, two_nodes: Plan) -> None:
    assert found(store, two_nodes) is None
    first = judged(store, "one", 1)
    second = judged(store, "two", 1)
    judged(store, "three", 0)
    assert found(store, two_nodes) == second
    past = read_past(two_nodes, store.folder)
    mark_artifacts(past.connection, [second], "DELETED")
    assert found(store, two_nodes) == first
