"""Validations of one's own, in SQL over a feature's statistics.

Mirrors ``tensorflow_data_validation/anomalies/proto/custom_validation_config.proto``.
"""

from typing import Annotated, Optional, Union

from pydantic import Field

from tfxc.schemas.protos.base import ProtoModel
from tfxc.schemas.protos.path import Path
from tfxc.schemas.protos.scalars import ProtoEnum

PROTO_MODULE = "tensorflow_data_validation.anomalies.proto.custom_validation_config_pb2"

SEVERITY = ProtoEnum(
    "tensorflow.metadata.v0.AnomalyInfo.Severity", (("UNKNOWN", 0), ("WARNING", 1), ("ERROR", 2))
)


class Validation(ProtoModel):
    """A condition that statistics must meet."""

    proto = "tensorflow.data_validation.Validation"
    only_in_tfx = "1.16"

    sql_expression: str = Field(
        min_length=1,
        description="An SQL expression that is true for good data. `feature` is the feature's statistics: "
        "`feature.num_stats.min > 0`. In a pair they are `feature_test` and `feature_base`.",
    )
    severity: Annotated[Optional[Union[str, int]], SEVERITY] = Field(
        default=None, description="How bad an anomaly it is when the expression is false: ERROR or WARNING."
    )
    description: Optional[str] = Field(default=None, description="What the anomaly's report says.")
    in_environment: Optional[list[str]] = Field(
        default=None, description="Schema environments to check in, such as TRAINING; all by default."
    )


class FeatureValidation(ProtoModel):
    """Conditions on one feature."""

    proto = "tensorflow.data_validation.FeatureValidation"
    only_in_tfx = "1.16"

    dataset_name: Optional[str] = Field(
        default=None, description="The data set's or slice's name in the statistics; all by default."
    )
    feature_path: Optional[Path] = Field(default=None, description="The feature.")
    validations: Optional[list[Validation]] = Field(default=None, description="The conditions.")


class FeaturePairValidation(ProtoModel):
    """Conditions on two features, of the data and of the baseline."""

    proto = "tensorflow.data_validation.FeaturePairValidation"
    only_in_tfx = "1.16"

    dataset_name: Optional[str] = Field(
        default=None, description="The data set's name in the statistics; all by default."
    )
    base_dataset_name: Optional[str] = Field(
        default=None, description="The data set's name in the baseline's statistics."
    )
    feature_test_path: Optional[Path] = Field(default=None, description="The feature of the data.")
    feature_base_path: Optional[Path] = Field(default=None, description="The feature of the baseline.")
    validations: Optional[list[Validation]] = Field(default=None, description="The conditions.")


class CustomValidationConfig(ProtoModel):
    """Validations of one's own."""

    proto = "tensorflow.data_validation.CustomValidationConfig"
    only_in_tfx = "1.16"

    feature_validations: Optional[list[FeatureValidation]] = Field(
        default=None, description="Conditions on single features."
    )
    feature_pair_validations: Optional[list[FeaturePairValidation]] = Field(
        default=None, description="Conditions on features of the data and of the baseline."
    )
