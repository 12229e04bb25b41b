"""The ``execution`` section of a component: how its node is run, on every backend."""

from __future__ import annotations

from typing import Annotated, Optional, Union

from pydantic import BaseModel, ConfigDict, Field

from tfxc.schemas.plan import TriggerStrategy

Duration = Annotated[
    Union[int, float, str],
    Field(description="Seconds as a number, or a number with a unit: 30s, 15m, 2h, 1d, 1h30m."),
]
Quantity = Annotated[
    Union[int, str],
    Field(description="Bytes as a number, or with a unit: 512Mi, 8Gi, 2G."),
]


class AcceleratorRequest(BaseModel):
    """Accelerators that a node needs."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)

    type: str = Field(description="The resource name that the cluster knows, such as nvidia.com/gpu.")
    count: int = Field(default=1, ge=1, description="How many.")


class ResourceRequest(BaseModel):
    """What a node asks of the machine that runs it."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)

    cpu: Optional[Union[int, float]] = Field(default=None, gt=0, description="Cores.")
    memory: Optional[Quantity] = Field(default=None, description="Memory.")
    accelerator: Optional[AcceleratorRequest] = Field(default=None, description="Accelerators.")


class Execution(BaseModel):
    """How a node is run."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)

    retries: int = Field(default=0, ge=0, le=100, description="How often a failed node is tried again.")
    retry_delay: Duration = Field(default=0, description="Wait before a retry.")
    retry_exponential_backoff: bool = Field(
        default=False, description="Double the wait with every further retry."
    )
    timeout: Optional[Duration] = Field(
        default=None, description="Stop an attempt that takes longer; it counts as failed."
    )
    cache: bool = Field(
        default=True,
        description="Re-use the outputs of an earlier execution with the same inputs, arguments and code.",
    )
    trigger_strategy: TriggerStrategy = Field(
        default="ALL_UPSTREAM_NODES_SUCCEEDED",
        description="Start when all upstream nodes succeeded, or when all are over whatever became of them.",
    )
    resources: Optional[ResourceRequest] = Field(default=None, description="What the node asks for.")
    beam_pipeline_args: Optional[list[str]] = Field(
        default=None, description="Beam arguments of this node, in place of the pipeline's."
    )
    env: Optional[dict[str, str]] = Field(
        default=None, description="Environment variables of the node's process."
    )
