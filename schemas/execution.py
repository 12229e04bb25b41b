"""The ``execution`` section of a component: how its node is run, on every backend."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Optional, Union

from pydantic import BaseModel, Field
from pydantic_core import PydanticCustomError

from tfxc.schemas.choices import TriggerStrategy
from tfxc.schemas.fields import OneOfTypes
from tfxc.schemas.quantities import DURATION_HELP, MEMORY_HELP, parse_duration, parse_memory
from tfxc.schemas.strict import STRICT


@dataclass(frozen=True)
class Parsed(OneOfTypes):
    """Validates that a value of one of the types is one that ``parse`` takes.

    Otherwise it is an error of the type ``quantity``, with ``help`` in its context.
    """

    parse: Callable[[Any], object]
    help: str

    def validate(self, value: object) -> object:
        """Returns the value as it is. Raises PydanticCustomError."""
        value = super().validate(value)
        try:
            self.parse(value)
        except ValueError as error:
            context = {"reason": str(error), "help": self.help}
            raise PydanticCustomError("quantity", "{reason}", context) from None
        return value


def _parse_timeout(value: Any) -> float:
    seconds = parse_duration(value)
    if seconds == 0:
        raise ValueError("a timeout must be above zero")
    return seconds


_DURATION_WORDS = "seconds as a number, or a text such as 30s or 1h30m"
Duration = Annotated[
    Union[int, float, str], Parsed((int, float, str), _DURATION_WORDS, parse_duration, DURATION_HELP)
]
Timeout = Annotated[
    Union[int, float, str], Parsed((int, float, str), _DURATION_WORDS, _parse_timeout, DURATION_HELP)
]
Quantity = Annotated[
    Union[int, str],
    Parsed((int, str), "bytes as a number, or a text such as 512Mi or 8Gi", parse_memory, MEMORY_HELP),
]


class AcceleratorRequest(BaseModel):
    """Accelerators that a node needs."""

    model_config = STRICT

    type: str = Field(description="The resource name that the cluster knows, such as nvidia.com/gpu.")
    count: int = Field(default=1, ge=1, description="How many.")


class ResourceRequest(BaseModel):
    """What a node asks of the machine that runs it."""

    model_config = STRICT

    cpu: Optional[float] = Field(default=None, gt=0, description="Cores, such as 4 or 0.5.")
    memory: Optional[Quantity] = Field(
        default=None, description="Memory: bytes as a number, or with a unit: 512Mi, 8Gi, 2G."
    )
    accelerator: Optional[AcceleratorRequest] = Field(default=None, description="Accelerators.")


class Execution(BaseModel):
    """How a node is run."""

    model_config = STRICT

    retries: int = Field(default=0, ge=0, le=100, description="How often a failed node is tried again.")
    retry_delay: Duration = Field(
        default=0, description="Wait before a retry: seconds as a number, or with a unit: 30s, 15m, 1h30m."
    )
    retry_exponential_backoff: bool = Field(
        default=False, description="Double the wait with every further retry."
    )
    timeout: Optional[Timeout] = Field(
        default=None,
        description="Stop an attempt that takes longer: 90s, 2h. It counts as failed and may be retried.",
    )
    cache: bool = Field(
        default=True,
        description="Re-use the outputs of an earlier execution with the same inputs, arguments and code.",
    )
    check_model: bool = Field(
        default=True,
        description="Try a model that this node makes as TensorFlow Serving would load and call it, and push "
        "none that cannot be served.",
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
