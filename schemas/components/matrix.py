"""The matrix of a component: one node for each combination of its axes' values."""

from typing import Annotated, Optional

from pydantic import ConfigDict, Field

from tfxc.schemas.fields import Scalar
from tfxc.schemas.protos.base import ConfigModel

MOST_INSTANCES = 1000
"""Nodes that one component can stand for."""

INCLUDE, EXCLUDE, FROM = "include", "exclude", "from"

Combination = Annotated[dict[str, Scalar], Field(min_length=1)]


class Matrix(ConfigModel):
    """One node for each combination of the values of its axes; each axis is a key with a list of values."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Annotated[list[Scalar], Field(min_length=1)]] = Field(init=False)

    from_: Optional[str] = Field(
        default=None,
        alias=FROM,
        min_length=1,
        description="Another component: one node for each of its own, aligned with it.",
    )
    include: Optional[list[Combination]] = Field(
        default=None, description="Combinations to add; each gives a value to every axis."
    )
    exclude: Optional[list[Combination]] = Field(
        default=None, description="Combinations to leave out; axes that one does not name may have any value."
    )
