"""How a Tuner works. Mirrors ``tfx/proto/tuner.proto``."""

from typing import Optional

from pydantic import Field

from tfxc.schemas.protos.base import ProtoModel
from tfxc.schemas.protos.scalars import Count

PROTO_MODULE = "tfx.proto.tuner_pb2"


class TuneArgs(ProtoModel):
    """How a search for hyperparameters is spread."""

    proto = "tfx.components.tuner.TuneArgs"

    num_parallel_trials: Optional[Count] = Field(
        default=None,
        description="Trials to run side by side, for Tuners that hand trials to a service.",
    )
