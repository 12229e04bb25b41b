"""Components that TFX accepts, in all the ways to write them. Read with `ast`, and imported by TFX."""

# ruff: noqa: F401, I001, N817, RUF013, UP006, UP013, UP035
import typing
from typing import Any, Dict, List, Optional, TypedDict, Union

import apache_beam as beam
import tfx.v1 as whole
from tfx import types
from tfx import v1 as tfx
from tfx.dsl.component.experimental.annotations import OutputDict
from tfx.dsl.component.experimental.decorators import component as decorate
from tfx.types import standard_artifacts
from tfx.types.component_spec import ChannelParameter, ComponentSpec, ExecutionParameter
from tfx.types.standard_artifacts import Model as TheModel
from tfx.v1.dsl.components import (
    BeamComponentParameter,
    InputArtifact,
    OutputArtifact,
    Parameter as P,
    component,
)
from tfx.v1.types.standard_artifacts import Examples, Schema

InputOf = tfx.dsl.components.InputArtifact
Numbers = List[float]


class Base(TypedDict):
    first: int


class Derived(Base, total=False):
    second: Optional[str]
    third: "Dict[str, float]"


Functional = TypedDict("Functional", {"a": int, "b": List[int]})


class MyArtifact(types.Artifact):
    TYPE_NAME = "Mine"


class MyDerivedArtifact(MyArtifact):
    TYPE_NAME = "MineToo"


class BetterModel(standard_artifacts.Model):
    pass


@component
def NoArguments():
    pass


@component
def Parameters(
    number: P[int],
    rate: tfx.dsl.components.Parameter[float],
    text: whole.dsl.components.Parameter[str] = "x",
    flag: P[bool] = False,
    numbers: P[Numbers] = None,
    nested: P[Dict[str, List[int]]] = None,
    lower: P[dict[str, Any]] = None,
    mixed: P[List[Union[int, str]]] = None,
    none: P[int] = None,
) -> None:
    pass


@component()
def Artifacts(
    examples: InputArtifact[Examples],
    model: InputOf[TheModel],
    many: InputArtifact[List[standard_artifacts.Schema]],
    lower_many: tfx.dsl.components.InputArtifact[list[Schema]],
    mine: InputArtifact[MyArtifact],
    out: OutputArtifact[tfx.types.standard_artifacts.ModelEvaluation],
    mine_too: OutputArtifact[MyDerivedArtifact],
    better: OutputArtifact[BetterModel],
    maybe: InputArtifact[TheModel] = None,
) -> None:
    pass


@decorate(component_annotation=None)
def Values(
    number: int,
    rate: float,
    text: str,
    flag: bool,
    raw: bytes,
    detail: Dict[str, float],
    items: typing.List[int],
    maybe: Optional[int] = None,
    other: Optional[str] = "x",
    union: Union[Dict[str, int], List[int]] = None,
) -> Derived:
    return {}


@component
def FunctionalReturn(total: int) -> Functional:
    return {}


@component
def OldReturn(total: int) -> OutputDict(loss=float, name=Optional[str]):
    return {}


@tfx.dsl.components.component(use_beam=True)
def Beam(
    examples: InputArtifact[Examples],
    pipeline: BeamComponentParameter[beam.Pipeline] = None,
) -> None:
    pass


@component
def Proto(config: P[tfx.proto.TrainArgs], more: P[tfx.proto.EvalArgs] = None) -> None:
    pass


try:
    import json
except ImportError:
    json = None

if json is not None:

    @component
    def Conditional(name: P[str] = "x") -> None:
        pass


Alias = Conditional
