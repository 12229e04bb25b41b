"""What a BulkInferrer predicts on, with which signatures, and how predictions become examples.

Mirrors ``tfx/proto/bulk_inferrer.proto``.
"""

from typing import ClassVar, Optional

from pydantic import Field

from tfxc.schemas.protos.base import Oneofs, ProtoModel

PROTO_MODULE = "tfx.proto.bulk_inferrer_pb2"


class DataSpec(ProtoModel):
    """Which examples are predicted on."""

    proto = "tfx.components.bulkinferrer.DataSpec"

    example_splits: Optional[list[str]] = Field(default=None, description="The splits; all by default.")


class ModelSpec(ProtoModel):
    """How the model predicts."""

    proto = "tfx.components.bulkinferrer.ModelSpec"

    model_signature_name: Optional[list[str]] = Field(
        default=None,
        description="The signatures to call; serving_default by default. Several classify and regress "
        "signatures are called together.",
    )
    tag: Optional[list[str]] = Field(
        default=None, description="The tags of the SavedModel's graph; serve by default."
    )


class ClassifyOutput(ProtoModel):
    """Where a classification goes."""

    proto = "tfx.components.bulkinferrer.ClassifyOutput"

    label_column: Optional[str] = Field(
        default=None, description="The feature that gets the labels; none by default."
    )
    score_column: Optional[str] = Field(
        default=None, description="The feature that gets the scores; none by default."
    )


class RegressOutput(ProtoModel):
    """Where a regression goes."""

    proto = "tfx.components.bulkinferrer.RegressOutput"

    value_column: str = Field(min_length=1, description="The feature that gets the value.")


class PredictOutputCol(ProtoModel):
    """Where one output of a prediction goes."""

    proto = "tfx.components.bulkinferrer.PredictOutputCol"

    output_key: str = Field(min_length=1, description="The output's key in the signature.")
    output_column: str = Field(min_length=1, description="The feature that gets it.")


class PredictOutput(ProtoModel):
    """Where a prediction goes."""

    proto = "tfx.components.bulkinferrer.PredictOutput"

    output_columns: Optional[list[PredictOutputCol]] = Field(
        default=None, description="The outputs to keep, and the features that get them."
    )


class OutputColumnsSpec(ProtoModel):
    """Where the results of one signature go."""

    proto = "tfx.components.bulkinferrer.OutputColumnsSpec"
    oneofs: ClassVar[Oneofs] = {"output_type": ("classify_output", "regress_output", "predict_output")}

    signature_name: Optional[str] = Field(
        default=None, description="The signature; serving_default by default."
    )
    classify_output: Optional[ClassifyOutput] = Field(
        default=None, description="For a signature of the classify method."
    )
    regress_output: Optional[RegressOutput] = Field(
        default=None, description="For a signature of the regress method."
    )
    predict_output: Optional[PredictOutput] = Field(
        default=None, description="For a signature of the predict method, as Keras and tf.function give."
    )


class OutputExampleSpec(ProtoModel):
    """How predictions become features of the examples."""

    proto = "tfx.components.bulkinferrer.OutputExampleSpec"

    output_columns_spec: list[OutputColumnsSpec] = Field(
        min_length=1, description="Where the results of each signature that is called go."
    )
