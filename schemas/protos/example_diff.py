"""How examples of two data sets are paired and compared. Mirrors ``tfx/proto/example_diff.proto``."""

from typing import Optional

from pydantic import Field

from tfxc.schemas.protos.base import ProtoModel
from tfxc.schemas.protos.scalars import UInt32

PROTO_MODULE = "tfx.proto.example_diff_pb2"


class ConfusionConfig(ProtoModel):
    """A feature whose pairs of values are counted."""

    proto = "tfx.components.example_diff.PairedExampleSkew.ConfusionConfig"

    feature_name: str = Field(min_length=1, description="The feature: texts, one to an example.")


class PairedExampleSkew(ProtoModel):
    """A comparison of the examples that have the same identifiers."""

    proto = "tfx.components.example_diff.PairedExampleSkew"

    identifier_features: list[str] = Field(
        min_length=1, description="The features that together identify an example."
    )
    skew_sample_size: Optional[UInt32] = Field(
        default=None, description="How many pairs that differ are written out; 0 by default."
    )
    ignore_features: Optional[list[str]] = Field(default=None, description="Features that are not compared.")
    float_round_ndigits: Optional[UInt32] = Field(
        default=None,
        description="The decimals that floats are rounded to before they are compared; 0 by default.",
    )
    allow_duplicate_identifiers: Optional[bool] = Field(
        default=None,
        description="Compare also examples whose identifiers are not unique, each with each; they must "
        "fit in memory. By default they are skipped.",
    )
    confusion_config: Optional[list[ConfusionConfig]] = Field(
        default=None, description="Features whose pairs of values are counted."
    )


class ExampleDiffConfig(ProtoModel):
    """How examples are compared."""

    proto = "tfx.components.example_diff.ExampleDiffConfig"

    paired_example_skew: PairedExampleSkew = Field(
        description="Pair examples by their identifiers, and compare feature by feature."
    )
