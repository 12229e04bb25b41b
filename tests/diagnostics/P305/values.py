from typing import Dict, List, TypedDict

from tfx.v1.dsl.components import OutputArtifact, Parameter, component
from tfx.v1.types.standard_artifacts import Model


class Tuned(TypedDict):
    steps: int
    rate: float
    word: str
    ready: bool
    rates: List[float]


@component
def Tune(model: OutputArtifact[Model]) -> Tuned:
    return {}


@component
def Take(
    text: Parameter[str] = "",
    number: Parameter[int] = 0,
    rate: Parameter[float] = 0.0,
    flag: Parameter[bool] = False,
    rates: Parameter[List[float]] = None,
    weights: Parameter[Dict[str, float]] = None,
) -> None:
    pass
