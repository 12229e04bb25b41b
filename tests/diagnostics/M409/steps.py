from typing import Dict, List, NamedTuple, Optional, TypedDict, Union

import apache_beam as beam
from tfx import v1 as tfx
from tfx.v1.dsl.components import BeamComponentParameter, InputArtifact, OutputArtifact, Parameter
from tfx.v1.types import standard_artifacts


class NoArtifact:
    pass


class Pair(NamedTuple):
    a: int


class Out(TypedDict):
    total: int


class Strange(TypedDict):
    total: object


@tfx.dsl.components.component
def C1(name) -> None: ...


@tfx.dsl.components.component
def C2(*names: Parameter[str]) -> None: ...


@tfx.dsl.components.component
def C3(name: "Parameter[str]") -> None: ...


@tfx.dsl.components.component
def C4(model: InputArtifact[NoArtifact]) -> None: ...


@tfx.dsl.components.component
def C5(model: OutputArtifact[standard_artifacts.Model] = None) -> None: ...


@tfx.dsl.components.component
def C6(rate: Parameter[float] = 1) -> None: ...


@tfx.dsl.components.component
def C7(names: Parameter[list]) -> None: ...


@tfx.dsl.components.component
def C8(names: Parameter[Optional[List[str]]] = None) -> None: ...


@tfx.dsl.components.component
def C9(total: int) -> Out: ...


@tfx.dsl.components.component
def C10(name: Parameter[str]) -> Pair: ...


@tfx.dsl.components.component
def C11(name: Parameter[str]) -> Strange: ...


@tfx.dsl.components.component(use_beam=True)
def C12(name: Parameter[str]) -> None: ...


@tfx.dsl.components.component
def C13(name: Parameter[str], /) -> None: ...


@tfx.dsl.components.component
def C14(name: Parameter[str] = "x", *, other: Parameter[str]) -> None: ...


@tfx.dsl.components.component
async def C15(name: Parameter[str] = "x") -> None: ...


@tfx.dsl.components.component
def C16(model: standard_artifacts.Model) -> None: ...
