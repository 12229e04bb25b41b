"""Types of settings that name things of containers and Kubernetes: what does not fit is an error."""

from __future__ import annotations

from typing import Annotated, Union

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from tfxc.schemas.quantities import parse_memory

EnvName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
ObjectName = Annotated[
    str, Field(pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", max_length=253, description="A Kubernetes name.")
]
LabelKey = Annotated[
    str, Field(pattern=r"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$")
]
LabelValue = Annotated[str, Field(pattern=r"^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$")]
ImageName = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/:@-]*$", max_length=512, description="A container image.")
]
Program = Annotated[str, Field(pattern=r"^[A-Za-z0-9_./-]+$")]
MountPath = Annotated[
    str, Field(pattern=r"^/[^:]+$", description="An absolute path in the container.", max_length=1024)
]

BUNDLE_IN_IMAGE = "/pipeline"
"""The folder of the image with the Plan and the modules."""


def _checked_memory(value: Union[int, str]) -> Union[int, str]:
    parse_memory(value)
    return value


Quantity = Annotated[
    Union[int, str],
    AfterValidator(_checked_memory),
    Field(description="Bytes as a number, or with a unit: 512Mi, 8Gi, 2G."),
]


class ContainerModel(BaseModel):
    """Base of container settings: frozen, strict about types, and keys that no field names are errors."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", defer_build=True)
