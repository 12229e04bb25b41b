"""Functions that TFX refuses to make components of: name → how to define it. Never imported as a whole."""

HEAD = """
from typing import Any, Dict, List, NamedTuple, Optional, TypedDict, Union
import apache_beam as beam
from tfx import v1 as tfx
from tfx.types import standard_artifacts
from tfx.v1.dsl.components import BeamComponentParameter, InputArtifact, OutputArtifact, Parameter, component

class NoArtifact: ...
class Pair(NamedTuple):
    a: int
class Out(TypedDict):
    total: int
class Strange(TypedDict):
    total: object
class WithArtifact(TypedDict):
    model: standard_artifacts.Model
"""

REFUSED = {
    "no_annotation": "def F(name) -> None: ...",
    "variable_arguments": "def F(*names: Parameter[str]) -> None: ...",
    "variable_keywords": "def F(**names: Parameter[str]) -> None: ...",
    "string_annotation": "def F(name: 'Parameter[str]') -> None: ...",
    "not_an_artifact": "def F(model: InputArtifact[NoArtifact]) -> None: ...",
    "default_output": "def F(model: OutputArtifact[standard_artifacts.Model] = None) -> None: ...",
    "default_input": "def F(model: InputArtifact[standard_artifacts.Model] = 5) -> None: ...",
    "int_for_float": "def F(rate: Parameter[float] = 1) -> None: ...",
    "text_for_int": "def F(count: Parameter[int] = 'x') -> None: ...",
    "bare_list": "def F(names: Parameter[list]) -> None: ...",
    "bare_dict": "def F(names: Parameter[Dict]) -> None: ...",
    "int_keys": "def F(names: Parameter[Dict[int, str]]) -> None: ...",
    "optional_parameter": "def F(count: Parameter[Optional[int]] = None) -> None: ...",
    "json_default": "def F(names: Parameter[List[str]] = []) -> None: ...",
    "bytes_parameter": "def F(raw: Parameter[bytes]) -> None: ...",
    "value_default": "def F(count: int = 1.5) -> None: ...",
    "argument_and_output": "def F(total: int) -> Out: ...",
    "named_tuple": "def F(count: int) -> Pair: ...",
    "plain_return": "def F(count: int) -> int: ...",
    "strange_return": "def F(count: int) -> Strange: ...",
    "artifact_return": "def F(count: int) -> WithArtifact: ...",
    "bare_artifact": "def F(model: standard_artifacts.Model) -> None: ...",
    "bare_any": "def F(model: Any) -> None: ...",
    "output_list": "def F(model: OutputArtifact[List[standard_artifacts.Model]]) -> None: ...",
}
