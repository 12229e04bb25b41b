"""A schema of examples: features, their types, domains, presence and shapes.

Mirrors ``Schema`` of ``tensorflow_metadata/proto/v0/schema.proto``; constraints, domains, derived
features and tensors have modules of their own.
"""

from typing import Annotated, Any, ClassVar, Optional, Union

from pydantic import Field

from tfxc.schemas.protos.base import Message, Oneofs, ProtoModel
from tfxc.schemas.protos.scalars import AnyMessage, ProtoEnum
from tfxc.schemas.protos.schema_constraints import (
    DatasetConstraints,
    DistributionConstraints,
    FeaturePresence,
    FeaturePresenceWithinGroup,
    SequenceMetadata,
    UniqueConstraints,
    ValueCount,
    ValueCountList,
)
from tfxc.schemas.protos.schema_domains import (
    AudioDomain,
    BoolDomain,
    ContentChunkDomain,
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
    VideoDomain,
)
from tfxc.schemas.protos.schema_tensors import FixedShape, TensorRepresentationGroup
from tfxc.schemas.tfx_lines import OnlyInTfx

PROTO_MODULE = "tensorflow_metadata.proto.v0.schema_pb2"

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
PathValue = Annotated[Optional[Any], Message("path:Path")]
Comparator = Annotated[Optional[Any], Message("comparators:FeatureComparator")]
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
            "audio_domain",
            "video_domain",
            "content_chunk_domain",
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
    audio_domain: Annotated[Optional[AudioDomain], OnlyInTfx("1.21")] = Field(
        default=None, description="Its values are encoded sounds."
    )
    video_domain: Annotated[Optional[VideoDomain], OnlyInTfx("1.21")] = Field(
        default=None, description="Its values are encoded films."
    )
    content_chunk_domain: Annotated[Optional[ContentChunkDomain], OnlyInTfx("1.21")] = Field(
        default=None, description="Its values are pieces of mixed content, as models of language take them."
    )
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
