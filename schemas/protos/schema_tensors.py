"""How features become tensors.

Mirrors ``TensorRepresentation`` of ``tensorflow_metadata/proto/v0/schema.proto``.
"""

from typing import Annotated, Any, ClassVar, Optional, Union

from pydantic import Field

from tfxc.schemas.protos.base import Message, Oneofs, ProtoModel
from tfxc.schemas.protos.scalars import Base64Text, Double, Int64, ProtoEnum, UInt64

PROTO_MODULE = "tensorflow_metadata.proto.v0.schema_pb2"

ROW_PARTITION_DTYPE = ProtoEnum(
    "tensorflow.metadata.v0.TensorRepresentation.RowPartitionDType",
    (("UNSPECIFIED", 0), ("INT64", 1), ("INT32", 2)),
)


class Dim(ProtoModel):
    """One dimension."""

    proto = "tensorflow.metadata.v0.FixedShape.Dim"

    size: Optional[Int64] = Field(default=None, description="Its size; -1 is any.")
    name: Optional[str] = Field(default=None, description="Its name.")


class FixedShape(ProtoModel):
    """A shape. Without dimensions it is a scalar."""

    proto = "tensorflow.metadata.v0.FixedShape"

    dim: Optional[list[Dim]] = Field(default=None, description="The dimensions, from the outermost.")


class DefaultValue(ProtoModel):
    """What stands for a value that is missing."""

    proto = "tensorflow.metadata.v0.TensorRepresentation.DefaultValue"
    oneofs: ClassVar[Oneofs] = {"kind": ("float_value", "int_value", "bytes_value", "uint_value")}

    float_value: Optional[Double] = Field(default=None, description="A number.")
    int_value: Optional[Int64] = Field(default=None, description="An integer.")
    bytes_value: Optional[Base64Text] = Field(default=None, description="Bytes, in base64.")
    uint_value: Optional[UInt64] = Field(default=None, description="An integer from 0.")


class DenseTensor(ProtoModel):
    """A feature as a dense tensor."""

    proto = "tensorflow.metadata.v0.TensorRepresentation.DenseTensor"

    column_name: Optional[str] = Field(default=None, description="The feature.")
    shape: Optional[FixedShape] = Field(default=None, description="Its shape, without the batch.")
    default_value: Optional[DefaultValue] = Field(
        default=None, description="What stands for a value that is missing."
    )


class VarLenSparseTensor(ProtoModel):
    """A feature of varying length as a sparse tensor."""

    proto = "tensorflow.metadata.v0.TensorRepresentation.VarLenSparseTensor"

    column_name: Optional[str] = Field(default=None, description="The feature.")


class SparseTensor(ProtoModel):
    """Features that hold indexes and values as one sparse tensor."""

    proto = "tensorflow.metadata.v0.TensorRepresentation.SparseTensor"

    dense_shape: Optional[FixedShape] = Field(default=None, description="Its shape, without the batch.")
    index_column_names: Optional[list[str]] = Field(
        default=None, description="The features that hold the indexes, one for each dimension."
    )
    value_column_name: Optional[str] = Field(default=None, description="The feature that holds the values.")
    already_sorted: Optional[bool] = Field(default=None, description="The indexes are sorted already.")


class Partition(ProtoModel):
    """How a ragged dimension is divided into rows."""

    proto = "tensorflow.metadata.v0.TensorRepresentation.RaggedTensor.Partition"
    oneofs: ClassVar[Oneofs] = {"kind": ("uniform_row_length", "row_length")}

    uniform_row_length: Optional[Int64] = Field(default=None, description="All rows have this length.")
    row_length: Optional[str] = Field(default=None, description="The feature that holds the rows' lengths.")


class RaggedTensor(ProtoModel):
    """A feature as a ragged tensor."""

    proto = "tensorflow.metadata.v0.TensorRepresentation.RaggedTensor"

    feature_path: Annotated[Optional[Any], Message("path:Path")] = Field(
        default=None, description="The feature."
    )
    partition: Optional[list[Partition]] = Field(
        default=None, description="Its inner dimensions, from the outermost."
    )
    row_partition_dtype: Annotated[Optional[Union[str, int]], ROW_PARTITION_DTYPE] = Field(
        default=None, description="The type of its row splits."
    )


class TensorRepresentation(ProtoModel):
    """How a tensor is made."""

    proto = "tensorflow.metadata.v0.TensorRepresentation"
    oneofs: ClassVar[Oneofs] = {
        "kind": ("dense_tensor", "varlen_sparse_tensor", "sparse_tensor", "ragged_tensor")
    }

    dense_tensor: Optional[DenseTensor] = Field(default=None, description="A dense tensor.")
    varlen_sparse_tensor: Optional[VarLenSparseTensor] = Field(
        default=None, description="A sparse tensor of a feature of varying length."
    )
    sparse_tensor: Optional[SparseTensor] = Field(
        default=None, description="A sparse tensor of features that hold indexes and values."
    )
    ragged_tensor: Optional[RaggedTensor] = Field(default=None, description="A ragged tensor.")


class TensorRepresentationGroup(ProtoModel):
    """How the tensors of one use are made."""

    proto = "tensorflow.metadata.v0.TensorRepresentationGroup"

    tensor_representation: Optional[dict[str, TensorRepresentation]] = Field(
        default=None, description="Tensor name → how it is made."
    )
