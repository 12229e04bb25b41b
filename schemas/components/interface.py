"""What a component of the user's takes and gives, where a spec declares it: its code need not be readable."""

from typing import Annotated, Optional

from pydantic import BaseModel, ConfigDict, Field

from tfxc.schemas.fields import OneOf

PARAMETER_TYPES = ("int", "float", "str", "bool", "list", "dict", "any")

ArgumentName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=63)]
ArtifactTypes = Optional[dict[ArgumentName, Annotated[str, Field(min_length=1)]]]


class DeclaredInterface(BaseModel):
    """The inputs, outputs and parameters of a component of the user's."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)

    inputs: ArtifactTypes = Field(default=None, description="The artifact type of each input.")
    outputs: ArtifactTypes = Field(default=None, description="The artifact type of each output.")
    parameters: Optional[dict[ArgumentName, Annotated[str, OneOf(PARAMETER_TYPES)]]] = Field(
        default=None,
        description="The type of each parameter: int, float, str, bool, list, dict or any.",
    )
    optional: list[ArgumentName] = Field(
        default=[], description="The inputs and parameters that need not be given."
    )
