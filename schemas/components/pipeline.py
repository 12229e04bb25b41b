"""A spec inside another one: its components as a group of nodes."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Optional

from pydantic import Field

from tfxc.schemas.artifacts import ANY_ARTIFACT
from tfxc.schemas.components.base import Component, Output, Stage
from tfxc.schemas.components.markers import ChannelInput, FilePath, KnownBeforeRun
from tfxc.schemas.fields import Scalar

SPEC, INPUTS, PARAMETERS = "spec", "inputs", "parameters"
"""Keys of a component that includes a spec."""


class Pipeline(Component):
    """Runs the components of another spec as a part of this pipeline.

    The included spec says with its `inputs` what it reads from the pipeline around it, and with its `outputs`
    what it gives. It is unfolded before a run, on every backend; its nodes are called after this component,
    as in `features.transform`.
    """

    class_path = "tfx.orchestration.pipeline:Pipeline"
    kind = "pipeline"
    stage = Stage.REUSE
    also_called = ("SubPipeline", "include", "nested", "group")
    rules = ("`execution`, `when` and `depends_on` are those of all of its nodes.",)
    other_outputs = (("each key of the included spec's outputs", "its artifact type", "What it gives."),)
    outputs: ClassVar[Mapping[str, Output]] = {}

    spec: Annotated[str, FilePath(), KnownBeforeRun()] = Field(
        min_length=1, description="The spec to include; its path starts at the file that says it."
    )
    inputs: Annotated[
        Optional[dict[str, Annotated[Any, ChannelInput(ANY_ARTIFACT, many=True)]]], KnownBeforeRun()
    ] = Field(default=None, description="A channel for each of its `inputs`.")
    parameters: Optional[dict[str, Scalar]] = Field(
        default=None, description="Values for its `parameters`; the others have their defaults."
    )
