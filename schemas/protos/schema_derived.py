"""Features that validation derives from others.

Mirrors ``tensorflow_metadata/proto/v0/derived_feature.proto``.
"""

from typing import Annotated, Any, ClassVar, Optional, Union

from pydantic import Field

from tfxc.schemas.protos.base import Message, Oneofs, ProtoModel
from tfxc.schemas.protos.scalars import Base64Text, Double, Int64, ProtoEnum, UInt32

PROTO_MODULE = "tensorflow_metadata.proto.v0.schema_pb2"

SLICE_VALUE_TYPES = ProtoEnum(
    "tensorflow.metadata.v0.SliceValueTypes",
    (
        ("VALUE_TYPE_DEFAULT", 0),
        ("VALUE_TYPE_INTEGER", 1),
        ("VALUE_TYPE_FLOAT", 2),
        ("VALUE_TYPE_UNSUPPORTED", 3),
    ),
)


class AllowlistDeriver(ProtoModel):
    """Keeps some values and replaces the others."""

    proto = "tensorflow.metadata.v0.AllowlistDeriver"

    allowed_bytes_value: Optional[list[Base64Text]] = Field(
        default=None, description="The values to keep, in base64."
    )
    placeholder_value: Optional[Base64Text] = Field(
        default=None, description="What replaces the others, in base64."
    )


class ArgmaxTopK(ProtoModel):
    """Takes the indexes of the greatest values."""

    proto = "tensorflow.metadata.v0.ArgmaxTopK"

    k: Optional[UInt32] = Field(default=None, description="How many.")


class ReduceOp(ProtoModel):
    """Makes one value of several."""

    proto = "tensorflow.metadata.v0.ReduceOp"

    op_name: Optional[str] = Field(default=None, description="The operation, such as MEAN.")


class SliceSql(ProtoModel):
    """Makes a value by SQL."""

    proto = "tensorflow.metadata.v0.SliceSql"
    oneofs: ClassVar[Oneofs] = {
        "default_feature_value_for_failed_sql": (
            "int64_default_feature_value",
            "float_default_feature_value",
            "string_default_feature_value",
        )
    }

    expression: Optional[str] = Field(default=None, description="The SQL expression.")
    feature_value_type: Annotated[Optional[Union[str, int]], SLICE_VALUE_TYPES] = Field(
        default=None, description="The type of its value."
    )
    drop_struct_name: Optional[bool] = Field(
        default=None, description="Leave the struct's name out of the feature's."
    )
    int64_default_feature_value: Optional[Int64] = Field(
        default=None, description="The integer that stands for a failure."
    )
    float_default_feature_value: Optional[Double] = Field(
        default=None, description="The number that stands for a failure."
    )
    string_default_feature_value: Optional[str] = Field(
        default=None, description="The text that stands for a failure."
    )


class ImageQualityDeriver(ProtoModel):
    """Rates images."""

    proto = "tensorflow.metadata.v0.ImageQualityDeriver"

    model_name: Optional[str] = Field(default=None, description="The model that rates them.")


class DerivedFeatureConfig(ProtoModel):
    """How a feature is derived."""

    proto = "tensorflow.metadata.v0.DerivedFeatureConfig"
    oneofs: ClassVar[Oneofs] = {
        "type": ("allowlist", "argmax_top_k", "reduce_op", "slice_sql", "image_quality")
    }

    allowlist: Optional[AllowlistDeriver] = Field(
        default=None, description="Keep some values and replace the others."
    )
    argmax_top_k: Optional[ArgmaxTopK] = Field(
        default=None, description="Take the indexes of the greatest values."
    )
    reduce_op: Optional[ReduceOp] = Field(default=None, description="Make one value of several.")
    slice_sql: Optional[SliceSql] = Field(default=None, description="Make a value by SQL.")
    image_quality: Optional[ImageQualityDeriver] = Field(default=None, description="Rate images.")


class DerivedFeatureSource(ProtoModel):
    """Where a derived feature comes from."""

    proto = "tensorflow.metadata.v0.DerivedFeatureSource"

    deriver_name: Optional[str] = Field(default=None, description="The name of what derives it.")
    description: Optional[str] = Field(default=None, description="What it is, for people.")
    source_path: Optional[list[Annotated[Any, Message("path:Path")]]] = Field(
        default=None, description="The features that it is derived from."
    )
    declaratively_configured: Optional[bool] = Field(
        default=None, description="It is derived by config, not by code."
    )
    config: Optional[DerivedFeatureConfig] = Field(default=None, description="How it is derived.")
