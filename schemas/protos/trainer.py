"""How long and on what a Trainer or Tuner works. Mirrors ``tfx/proto/trainer.proto``."""

from typing import Optional

from pydantic import Field

from tfxc.schemas.protos.base import ProtoModel
from tfxc.schemas.protos.scalars import Count

PROTO_MODULE = "tfx.proto.trainer_pb2"


class TrainArgs(ProtoModel):
    """What to train on. The user's code sees it as ``fn_args.train_files`` and ``fn_args.train_steps``."""

    proto = "tfx.components.trainer.TrainArgs"

    splits: Optional[list[str]] = Field(default=None, description="The splits to train on; train by default.")
    num_steps: Optional[Count] = Field(
        default=None,
        description="The number of training steps (batches), as `fn_args.train_steps`. Unset or 0 leaves it "
        "to the code of the module.",
    )


class EvalArgs(ProtoModel):
    """What to evaluate on. The user's code sees it as ``fn_args.eval_files`` and ``fn_args.eval_steps``."""

    proto = "tfx.components.trainer.EvalArgs"

    splits: Optional[list[str]] = Field(
        default=None, description="The splits to evaluate on; eval by default."
    )
    num_steps: Optional[Count] = Field(
        default=None,
        description="The number of evaluation steps (batches), as `fn_args.eval_steps`. Unset or 0 leaves "
        "it to the code of the module: usually all of the split.",
    )
