"""Conditions of a Plan's nodes: what they read of artifacts, and how that is compared."""

from typing import Literal, Optional, Union

from pydantic import Field

from tfxc.schemas.choices import ArtifactField
from tfxc.schemas.plan_base import PlanModel
from tfxc.schemas.plan_values import JsonValue


class ArtifactOperand(PlanModel):
    """What a condition reads of the first artifact of a channel.

    ``field`` is ``property``, ``custom_property`` (both with ``name``), ``uri`` or ``value``; or what TFX's
    placeholders cannot read and the launcher looks up in the artifact's files: ``passed``, whether there are
    no anomalies, and ``metric``, one number of an evaluation, with its ``name`` and perhaps the ``slice``,
    ``output`` and ``model`` that it is of as ``arguments``.
    """

    node: str
    output: str
    artifact_type: str
    field: ArtifactField
    name: Optional[JsonValue] = None
    arguments: dict[str, JsonValue] = Field(default_factory=dict)


class ValueOperand(PlanModel):
    """A literal or a reference in a condition."""

    value: JsonValue


Operand = Union[ArtifactOperand, ValueOperand]


class Comparison(PlanModel):
    """``left operator right``."""

    operator: Literal["==", "!=", "<", "<=", ">", ">="]
    left: Operand
    right: Operand


class Logical(PlanModel):
    """``and``, ``or`` (two terms or more) or ``not`` (one)."""

    operator: Literal["and", "or", "not"]
    terms: "tuple[Condition, ...]"


class Truth(PlanModel):
    """A condition that is one boolean reference or literal."""

    truth: JsonValue


Condition = Union[Comparison, Logical, Truth]
