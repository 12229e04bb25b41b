"""A schema of examples: features, their types, domains, presence and shapes.

Mirrors ``Schema`` of ``tensorflow_metadata/proto/v0/schema.proto``; domains, derived features and
tensors have modules of their own.
"""

from typing import Annotated, Any, ClassVar, Optional, Union

from pydantic import Field

from tfxc.schemas.protos.base import AnyMessage, Double, Int64, Message, Oneofs, ProtoEnum, ProtoModel
from tfxc.schemas.protos.schema_domains import (
    BoolDomain,
    FloatDomain,
    ImageDomain,
    IntDomain,
    MIDDomain,
    NaturalLanguageDomain,
    StringDomain,
    StructDomain,
    TimeDomain,
    TimeOfDayDomain,
    URLDomain,
)
from tfxc.schemas.protos.schema_tensors import FixedShape, TensorRepresentationGroup

FEATURE_TYPE = ProtoEnum(
    "tensorflow.metadata.v0.FeatureType",
    (("TYPE_UNKNOWN", 0), ("BYTES", 1), ("INT", 2), ("FLOAT", 3), ("STRUCT", 4)),
)
LIFECYCLE_STAGE = ProtoEnum(
    "tensorflow.metadata.v0.LifecycleStage",
    (
        ("UNKNOWN_STAGE", 0),
        ("PLANNED", 1),
        ("ALPHA", 2),
        ("BETA", 3),
        ("PRODUCTION", 4),
        ("DEPRECATED", 5),
        ("DEBUG_ONLY", 6),
        ("DISABLED", 7),
        ("VALIDATION_DERIVED", 9),
    ),
)
SEQUENTIAL_STATUS = ProtoEnum(
    "tensorflow.metadata.v0.SequenceMetadata.SequentialStatus",
    (("SEQUENTIAL_UNSPECIFIED", 0), ("SEQUENTIAL_YES", 1), ("SEQUENTIAL_NO", 2)),
)
PathValue = Annotated[Optional[Any], Message("validation:Path")]
Comparator = Annotated[Optional[Any], Message("comparators:FeatureComparator")]
NumberComparator = Annotated[Optional[Any], Message("comparators:NumericValueComparator")]
LifecycleStage = Annotated[Optional[Union[str, int]], LIFECYCLE_STAGE]
FeatureType = Annotated[Optional[Union[str, int]], FEATURE_TYPE]


class Annotation(ProtoModel):
    """Notes on a feature or schema; they have no effect."""

    proto = "tensorflow.metadata.v0.Annotation"

    tag: Optional[list[str]] = Field(default=None, description="Tags.")
    comment: Optional[list[str]] = Field(default=None, description="Comments.")
    extra_metadata: Optional[list[AnyMessage]] = Field(
        default=None, description="Messages in JSON form, each with its type in `@type`."
    )


class FeaturePresence(ProtoModel):
    """How often a feature is there."""

    proto = "tensorflow.metadata.v0.FeaturePresence"

    min_fraction: Optional[Double] = Field(
        default=None, description="The least fraction of examples that have it, from 0 to 1."
    )
    min_count: Optional[Int64] = Field(default=None, description="The least examples that have it.")


class FeaturePresenceWithinGroup(ProtoModel):
    """Whether a nested feature is there whenever its parent is."""

    proto = "tensorflow.metadata.v0.FeaturePresenceWithinGroup"

    required: Optional[bool] = Field(default=None, description="It must be there.")


class ValueCount(ProtoModel):
    """How many values an example has."""

    proto = "tensorflow.metadata.v0.ValueCount"

    min: Optional[Int64] = Field(default=None, description="The fewest.")
    max: Optional[Int64] = Field(default=None, description="The most.")


class ValueCountList(ProtoModel):
    """How many values each level of a nested feature has."""

    proto = "tensorflow.metadata.v0.ValueCountList"

    value_count: Optional[list[ValueCount]] = Field(default=None, description="From the outermost level.")


class DistributionConstraints(ProtoModel):
    """How many values are in the domain."""

    proto = "tensorflow.metadata.v0.DistributionConstraints"

    min_domain_mass: Optional[Double] = Field(
        default=None, description="The least fraction of values that are in the domain. 1.0 by default."
    )


class UniqueConstraints(ProtoModel):
    """How many different values there are."""

    proto = "tensorflow.metadata.v0.UniqueConstraints"

    min: Optional[Int64] = Field(default=None, description="The fewest.")
    max: Optional[Int64] = Field(default=None, description="The most.")


class SequenceMetadata(ProtoModel):
    """Whether the values of a feature are a sequence."""

    proto = "tensorflow.metadata.v0.SequenceMetadata"

    sequential_status: Annotated[Optional[Union[str, int]], SEQUENTIAL_STATUS] = Field(
        default=None, description="Whether their order means something."
    )
    joint_group: Optional[str] = Field(
        default=None, description="The name of a group of features whose sequences go together."
    )
    sequence_truncation_limit: Optional[Int64] = Field(
        default=None, description="The length that sequences are cut to."
    )


class Feature(ProtoModel):
    """A feature."""

    proto = "tensorflow.metadata.v0.Feature"
    oneofs: ClassVar[Oneofs] = {
        "presence_constraints": ("presence", "group_presence"),
        "shape_type": ("shape", "value_count", "value_counts"),
        "domain_info": (
            "domain",
            "int_domain",
            "float_domain",
            "string_domain",
            "bool_domain",
            "struct_domain",
            "natural_language_domain",
            "image_domain",
            "mid_domain",
            "url_domain",
            "time_domain",
            "time_of_day_domain",
        ),
    }

    name: Optional[str] = Field(default=None, description="Its name.")
    deprecated: Optional[bool] = Field(default=None, description="Not used any more: not validated.")
    presence: Optional[FeaturePresence] = Field(default=None, description="How often it is there.")
    group_presence: Optional[FeaturePresenceWithinGroup] = Field(
        default=None, description="For a nested feature: whether it is there whenever its parent is."
    )
    shape: Optional[FixedShape] = Field(default=None, description="Its shape, if that is fixed.")
    value_count: Optional[ValueCount] = Field(
        default=None, description="How many values an example has, if that varies."
    )
    value_counts: Optional[ValueCountList] = Field(
        default=None, description="The same for each level of a nested feature."
    )
    type: FeatureType = Field(default=None, description="BYTES (texts too), INT, FLOAT or STRUCT.")
    domain: Optional[str] = Field(default=None, description="The name of a domain of the schema.")
    int_domain: Optional[IntDomain] = Field(default=None, description="Its values are integers.")
    float_domain: Optional[FloatDomain] = Field(default=None, description="Its values are numbers.")
    string_domain: Optional[StringDomain] = Field(default=None, description="Its values are texts of a list.")
    bool_domain: Optional[BoolDomain] = Field(default=None, description="Its values are true and false.")
    struct_domain: Optional[StructDomain] = Field(default=None, description="Its values are nested features.")
    natural_language_domain: Optional[NaturalLanguageDomain] = Field(
        default=None, description="Its values are text or tokens."
    )
    image_domain: Optional[ImageDomain] = Field(default=None, description="Its values are encoded images.")
    mid_domain: Optional[MIDDomain] = Field(default=None, description="Its values are machine identifiers.")
    url_domain: Optional[URLDomain] = Field(default=None, description="Its values are URLs.")
    time_domain: Optional[TimeDomain] = Field(default=None, description="Its values are dates or times.")
    time_of_day_domain: Optional[TimeOfDayDomain] = Field(
        default=None, description="Its values are times of day."
    )
    distribution_constraints: Optional[DistributionConstraints] = Field(
        default=None, description="How many values are in the domain."
    )
    annotation: Optional[Annotation] = Field(default=None, description="Notes.")
    skew_comparator: Comparator = Field(
        default=None, description="How far training and serving data may differ."
    )
    drift_comparator: Comparator = Field(
        default=None, description="How far the data may differ from those of the span before."
    )
    in_environment: Optional[list[str]] = Field(
        default=None, description="Environments that it is in, beside the default ones."
    )
    not_in_environment: Optional[list[str]] = Field(
        default=None, description="Default environments that it is not in, such as SERVING for a label."
    )
    lifecycle_stage: LifecycleStage = Field(
        default=None, description="How far it is: PRODUCTION is validated, PLANNED, ALPHA and others are not."
    )
    unique_constraints: Optional[UniqueConstraints] = Field(
        default=None, description="How many different values there are."
    )
    validation_derived_source: Annotated[Optional[Any], Message("schema_derived:DerivedFeatureSource")] = (
        Field(default=None, description="Where it comes from, if validation derives it.")
    )
    sequence_metadata: Optional[SequenceMetadata] = Field(
        default=None, description="Whether its values are a sequence."
    )


class IndexFeature(ProtoModel):
    """A feature that holds indexes."""

    proto = "tensorflow.metadata.v0.SparseFeature.IndexFeature"

    name: Optional[str] = Field(default=None, description="Its name.")


class ValueFeature(ProtoModel):
    """A feature that holds values."""

    proto = "tensorflow.metadata.v0.SparseFeature.ValueFeature"

    name: Optional[str] = Field(default=None, description="Its name.")


class SparseFeature(ProtoModel):
    """A sparse feature, whose indexes and values are features."""

    proto = "tensorflow.metadata.v0.SparseFeature"

    name: Optional[str] = Field(default=None, description="Its name.")
    deprecated: Optional[bool] = Field(default=None, description="Not used any more: not validated.")
    lifecycle_stage: LifecycleStage = Field(default=None, description="How far it is.")
    presence: Optional[FeaturePresence] = Field(
        default=None, description="How often it is there. Deprecated."
    )
    dense_shape: Optional[FixedShape] = Field(default=None, description="Its shape when it is dense.")
    index_feature: Optional[list[IndexFeature]] = Field(
        default=None, description="The features that hold the indexes, one for each dimension."
    )
    is_sorted: Optional[bool] = Field(default=None, description="The indexes are sorted already.")
    value_feature: Optional[ValueFeature] = Field(
        default=None, description="The feature that holds the values."
    )
    type: FeatureType = Field(default=None, description="The type of its values. Deprecated.")


class WeightedFeature(ProtoModel):
    """A feature whose values have weights."""

    proto = "tensorflow.metadata.v0.WeightedFeature"

    name: Optional[str] = Field(default=None, description="Its name.")
    feature: PathValue = Field(default=None, description="The feature that holds the values.")
    weight_feature: PathValue = Field(default=None, description="The feature that holds the weights.")
    lifecycle_stage: LifecycleStage = Field(default=None, description="How far it is.")


class DatasetConstraints(ProtoModel):
    """How many examples there are."""

    proto = "tensorflow.metadata.v0.DatasetConstraints"

    num_examples_drift_comparator: NumberComparator = Field(
        default=None, description="How far their number may differ from that of the span before."
    )
    num_examples_version_comparator: NumberComparator = Field(
        default=None, description="How far their number may differ from that of the version before."
    )
    min_examples_count: Optional[Int64] = Field(default=None, description="The fewest.")
    max_examples_count: Optional[Int64] = Field(default=None, description="The most.")


class Schema(ProtoModel):
    """A schema of examples."""

    proto = "tensorflow.metadata.v0.Schema"

    feature: Optional[list[Feature]] = Field(default=None, description="The features.")
    sparse_feature: Optional[list[SparseFeature]] = Field(default=None, description="Sparse features.")
    weighted_feature: Optional[list[WeightedFeature]] = Field(
        default=None, description="Features whose values have weights."
    )
    string_domain: Optional[list[StringDomain]] = Field(
        default=None, description="Lists of texts that several features share, by their names."
    )
    float_domain: Optional[list[FloatDomain]] = Field(
        default=None, description="Domains of numbers that several features share, by their names."
    )
    int_domain: Optional[list[IntDomain]] = Field(
        default=None, description="Domains of integers that several features share, by their names."
    )
    default_environment: Optional[list[str]] = Field(
        default=None, description="The environments that every feature is in, such as TRAINING and SERVING."
    )
    represent_variable_length_as_ragged: Optional[bool] = Field(
        default=None, description="Features of varying length become ragged tensors, not sparse ones."
    )
    annotation: Optional[Annotation] = Field(default=None, description="Notes.")
    dataset_constraints: Optional[DatasetConstraints] = Field(
        default=None, description="How many examples there are."
    )
    tensor_representation_group: Optional[dict[str, TensorRepresentationGroup]] = Field(
        default=None, description="Name of a use → how its tensors are made; the empty name is the default."
    )
