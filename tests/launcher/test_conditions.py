"""Conditions: decided when the run is opened, or by the artifacts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tfxc.schemas.plan import ArtifactOperand, Comparison, Logical, PlanParameter, Truth, ValueOperand

pytestmark = pytest.mark.tfx

DATASET = {"made": "Dataset"}


def length(node: str = "make") -> ArtifactOperand:
    return ArtifactOperand(
        node=node, output="made", artifact_type="Dataset", field="custom_property", name="length"
    )


@pytest.mark.parametrize(
    ("condition", "state"),
    [
        (Comparison(operator=">=", left=length(), right=ValueOperand(value=4)), "succeeded"),
        (Comparison(operator=">", left=length(), right=ValueOperand(value=4)), "skipped"),
        # The artifact on the right: turned round.
        (Comparison(operator="<", left=ValueOperand(value=3), right=length()), "succeeded"),
        (Comparison(operator="!=", left=length(), right=length()), "skipped"),
        (Comparison(operator="==", left=length(), right=ValueOperand(value=True)), "skipped"),
        # Known terms are folded away.
        (
            Logical(
                operator="and",
                terms=(
                    Truth(truth=True),
                    Comparison(operator="==", left=length(), right=ValueOperand(value=4)),
                ),
            ),
            "succeeded",
        ),
        (
            Logical(
                operator="or",
                terms=(
                    Truth(truth={"$reference": "parameters.flag"}),
                    Logical(
                        operator="not",
                        terms=(Comparison(operator="<=", left=length(), right=ValueOperand(value=4)),),
                    ),
                ),
            ),
            "skipped",
        ),
        (
            Comparison(
                operator="<",
                left=ValueOperand(value={"$reference": "parameters.number"}),
                right=ValueOperand(value=1),
            ),
            "succeeded",
        ),
    ],
)
def test_conditions(launcher: Any, plans: Any, project: Path, condition: Any, state: str) -> None:
    plan = plans.plan_of(
        project,
        plans.step("make", "Make", outputs=DATASET),
        plans.step("then", "Make", outputs=DATASET, when=condition, upstream=("make",)),
        parameters=(
            PlanParameter(name="flag", type="bool", required=False, default=False),
            PlanParameter(name="number", type="int", required=False, default=0),
        ),
    )
    assert launcher.open(plan, project).all()["then"].state == state


def test_a_condition_without_meaning_is_refused(launcher: Any, plans: Any, project: Path) -> None:
    when = Comparison(operator="<", left=ValueOperand(value="a"), right=ValueOperand(value=1))
    node = plans.step("make", "Make", outputs=DATASET, when=when)
    error = launcher.try_open(plans.plan_of(project, node), project)
    assert error.message == "make.when compares 'a' with 1, which have no order."
