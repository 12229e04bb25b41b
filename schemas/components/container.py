"""A component that is a command in a container image: TFX's ``create_container_component``."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Optional, Union

from pydantic import ConfigDict, Field

from tfxc.schemas.artifacts import ANY_ARTIFACT
from tfxc.schemas.components.base import Component, Input, Output, Stage
from tfxc.schemas.components.markers import ArtifactTypeName, ChannelInput, KnownBeforeRun, TextAtRunTime
from tfxc.schemas.fields import OneOfTypes

ArgumentName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=63)]
ArtifactTypes = Optional[dict[ArgumentName, str]]
"""input or output → the name of its artifact type"""

ParameterValue = Annotated[
    Union[bool, int, float, str], OneOfTypes((bool, int, float, str), "a number, a text, true or false")
]

OUTPUTS = "outputs"


class Container(Component):
    """Runs a command in a container image of your own.

    `inputs` and `outputs` declare what the command reads and makes, each with its artifact type; a key that
    is called like an input gives its channel. References tell the command where they lie:

    `{{ inputs.model.uri }}` and `{{ outputs.scores.uri }}`. A parameter, and what is in an artifact that is
    a value, is `{{ inputs.threshold.value }}`.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Annotated[Any, ChannelInput(ANY_ARTIFACT)]] = Field(init=False)

    class_path = "tfx.dsl.component.experimental.container_component:create_container_component"
    kind = "container"
    stage = Stage.OWN
    also_called = ("docker", "image", "shell", "command")
    rules = ("Every other key is the channel of an input, `component.output`.",)
    other_outputs = (("each key of outputs", "its artifact type", "What the command writes there."),)
    outputs: ClassVar[Mapping[str, Output]] = {}
    at_least_one = (("command", "args"),)

    image: str = Field(
        min_length=1,
        description="The image, best with a version or digest: the cache takes an image of the same name "
        "for the same.",
    )
    command: Annotated[Optional[list[str]], TextAtRunTime()] = Field(
        default=None,
        min_length=1,
        description="The program and its arguments, each as it is: no shell reads them. It takes the place "
        "of the image's own entry point.",
    )
    args: Annotated[Optional[list[str]], TextAtRunTime()] = Field(
        default=None, min_length=1, description="Arguments of the command, or of the image's entry point."
    )
    inputs: Annotated[ArtifactTypes, ArtifactTypeName()] = Field(
        default=None, description="What the command reads: the artifact type of each input."
    )
    declared_outputs: Annotated[ArtifactTypes, ArtifactTypeName()] = Field(
        alias=OUTPUTS, default=None, description="What the command makes: the artifact type of each output."
    )
    parameters: Optional[dict[ArgumentName, ParameterValue]] = Field(
        default=None, description="Values for the command. ML Metadata records them."
    )
    working_directory: Annotated[Optional[str], KnownBeforeRun()] = Field(
        default=None,
        pattern=r"^/",
        description="The folder of the image that the command starts in; the image's own by default.",
    )

    @classmethod
    def inputs_for(cls, values: Mapping[str, Any]) -> dict[str, Input]:
        """Returns the declared inputs; each takes one artifact."""
        keys = {field.alias or name for name, field in cls.model_fields.items()}
        declared = _declared(values, "inputs")
        return {name: Input(each, many=False) for name, each in declared.items() if name not in keys}

    @classmethod
    def outputs_for(cls, values: Mapping[str, Any]) -> dict[str, str]:
        """Returns the declared outputs."""
        return _declared(values, OUTPUTS)


def _declared(values: Mapping[str, Any], key: str) -> dict[str, str]:
    declared = values.get(key)
    if not isinstance(declared, Mapping):
        return {}
    return {name: type_name for name, type_name in declared.items() if isinstance(type_name, str)}
