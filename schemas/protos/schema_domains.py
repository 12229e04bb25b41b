"""The values that a feature may have.

Mirrors the domains of ``tensorflow_metadata/proto/v0/schema.proto``.
"""

from typing import Annotated, Any, ClassVar, Optional, Union

from pydantic import Field

from tfxc.schemas.protos.base import Message, Oneofs, ProtoModel
from tfxc.schemas.protos.scalars import Double, Int64, ProtoEnum

PROTO_MODULE = "tensorflow_metadata.proto.v0.schema_pb2"

CATEGORICAL = ProtoEnum(
    "tensorflow.metadata.v0.StringDomain.Categorical",
    (("CATEGORICAL_UNSPECIFIED", 0), ("CATEGORICAL_YES", 1), ("CATEGORICAL_NO", 2)),
)
INTEGER_TIME_FORMAT = ProtoEnum(
    "tensorflow.metadata.v0.TimeDomain.IntegerTimeFormat",
    (
        ("FORMAT_UNKNOWN", 0),
        ("UNIX_DAYS", 5),
        ("UNIX_SECONDS", 1),
        ("UNIX_MILLISECONDS", 2),
        ("UNIX_MICROSECONDS", 3),
        ("UNIX_NANOSECONDS", 4),
    ),
)
INTEGER_TIME_OF_DAY_FORMAT = ProtoEnum(
    "tensorflow.metadata.v0.TimeOfDayDomain.IntegerTimeOfDayFormat",
    (("FORMAT_UNKNOWN", 0), ("PACKED_64_NANOS", 1)),
)


class IntDomain(ProtoModel):
    """Integers."""

    proto = "tensorflow.metadata.v0.IntDomain"

    name: Optional[str] = Field(default=None, description="The name that features refer to.")
    min: Optional[Int64] = Field(default=None, description="The least value.")
    max: Optional[Int64] = Field(default=None, description="The greatest value.")
    is_categorical: Optional[bool] = Field(
        default=None, description="The integers are names, not amounts: statistics count them."
    )


class FloatDomain(ProtoModel):
    """Numbers."""

    proto = "tensorflow.metadata.v0.FloatDomain"

    name: Optional[str] = Field(default=None, description="The name that features refer to.")
    min: Optional[Double] = Field(default=None, description="The least value.")
    max: Optional[Double] = Field(default=None, description="The greatest value.")
    disallow_nan: Optional[bool] = Field(default=None, description="NaN is an anomaly.")
    disallow_inf: Optional[bool] = Field(default=None, description="An infinite value is an anomaly.")
    is_embedding: Optional[bool] = Field(default=None, description="The feature is an embedding.")
    is_categorical: Optional[bool] = Field(
        default=None, description="The numbers are names, not amounts: statistics count them."
    )
    embedding_dim: Optional[Int64] = Field(default=None, description="The embedding's number of dimensions.")
    embedding_type: Optional[str] = Field(default=None, description="What made the embedding, in words.")


class StringDomain(ProtoModel):
    """Texts of a list."""

    proto = "tensorflow.metadata.v0.StringDomain"

    name: Optional[str] = Field(default=None, description="The name that features refer to.")
    value: Optional[list[str]] = Field(default=None, description="The texts that are allowed.")
    is_categorical: Annotated[Optional[Union[str, int]], CATEGORICAL] = Field(
        default=None, description="Whether the texts are categories: CATEGORICAL_YES or CATEGORICAL_NO."
    )


class BoolDomain(ProtoModel):
    """True and false, written as integers or texts."""

    proto = "tensorflow.metadata.v0.BoolDomain"

    name: Optional[str] = Field(default=None, description="The name that features refer to.")
    true_value: Optional[str] = Field(default=None, description="How true is written in a text feature.")
    false_value: Optional[str] = Field(default=None, description="How false is written in a text feature.")


class StructDomain(ProtoModel):
    """Nested features."""

    proto = "tensorflow.metadata.v0.StructDomain"

    feature: Optional[list[Annotated[Any, Message("schema:Feature")]]] = Field(
        default=None, description="The nested features."
    )
    sparse_feature: Optional[list[Annotated[Any, Message("schema:SparseFeature")]]] = Field(
        default=None, description="The nested sparse features."
    )


class FeatureCoverageConstraints(ProtoModel):
    """How much of a text a vocabulary covers."""

    proto = "tensorflow.metadata.v0.FeatureCoverageConstraints"

    min_coverage: Optional[Double] = Field(
        default=None, description="The least fraction of tokens that are in the vocabulary."
    )
    min_avg_token_length: Optional[Double] = Field(
        default=None, description="The least average length of the tokens that are in it."
    )
    excluded_string_tokens: Optional[list[str]] = Field(
        default=None, description="Text tokens to leave out of both."
    )
    excluded_int_tokens: Optional[list[Int64]] = Field(
        default=None, description="Integer tokens to leave out of both."
    )
    oov_string_tokens: Optional[list[str]] = Field(
        default=None, description="Tokens that stand for one that is not in the vocabulary."
    )


class SequenceValueConstraints(ProtoModel):
    """How often a value stands in a sequence."""

    proto = "tensorflow.metadata.v0.SequenceValueConstraints"
    oneofs: ClassVar[Oneofs] = {"value": ("int_value", "string_value")}

    int_value: Optional[Int64] = Field(default=None, description="The value, of an integer feature.")
    string_value: Optional[str] = Field(default=None, description="The value, of a text feature.")
    min_per_sequence: Optional[Int64] = Field(default=None, description="The least times in a sequence.")
    max_per_sequence: Optional[Int64] = Field(default=None, description="The most times in a sequence.")
    min_fraction_of_sequences: Optional[Double] = Field(
        default=None, description="The least fraction of sequences that have it."
    )
    max_fraction_of_sequences: Optional[Double] = Field(
        default=None, description="The greatest fraction of sequences that have it."
    )


class SequenceLengthConstraints(ProtoModel):
    """How long a sequence is."""

    proto = "tensorflow.metadata.v0.SequenceLengthConstraints"

    excluded_int_value: Optional[list[Int64]] = Field(default=None, description="Integers that do not count.")
    excluded_string_value: Optional[list[str]] = Field(default=None, description="Texts that do not count.")
    min_sequence_length: Optional[Int64] = Field(default=None, description="The least length.")
    max_sequence_length: Optional[Int64] = Field(default=None, description="The greatest length.")


class NaturalLanguageDomain(ProtoModel):
    """Text, or its tokens."""

    proto = "tensorflow.metadata.v0.NaturalLanguageDomain"

    vocabulary: Optional[str] = Field(
        default=None, description="The name of the vocabulary, whose file vocab_paths names."
    )
    coverage: Optional[FeatureCoverageConstraints] = Field(
        default=None, description="How much of the text the vocabulary covers."
    )
    token_constraints: Optional[list[SequenceValueConstraints]] = Field(
        default=None, description="How often tokens stand in a sequence."
    )
    sequence_length_constraints: Optional[SequenceLengthConstraints] = Field(
        default=None, description="How long a sequence is."
    )


class ImageDomain(ProtoModel):
    """Encoded images."""

    proto = "tensorflow.metadata.v0.ImageDomain"

    minimum_supported_image_fraction: Optional[Double] = Field(
        default=None, description="The least fraction of values that are images of a known format."
    )
    max_image_byte_size: Optional[Int64] = Field(default=None, description="The largest image, in bytes.")


class AudioDomain(ProtoModel):
    """Encoded sounds."""

    proto = "tensorflow.metadata.v0.AudioDomain"
    only_in_tfx = "1.21"


class VideoDomain(ProtoModel):
    """Encoded films."""

    proto = "tensorflow.metadata.v0.VideoDomain"
    only_in_tfx = "1.21"


class ContentChunkDomain(ProtoModel):
    """Pieces of mixed content."""

    proto = "tensorflow.metadata.v0.ContentChunkDomain"
    only_in_tfx = "1.21"


class MIDDomain(ProtoModel):
    """Machine identifiers of the Knowledge Graph."""

    proto = "tensorflow.metadata.v0.MIDDomain"


class URLDomain(ProtoModel):
    """URLs."""

    proto = "tensorflow.metadata.v0.URLDomain"


class TimeDomain(ProtoModel):
    """Dates and times."""

    proto = "tensorflow.metadata.v0.TimeDomain"
    oneofs: ClassVar[Oneofs] = {"format": ("string_format", "integer_format")}

    string_format: Optional[str] = Field(
        default=None, description="How a text is written, as strftime has it: `%Y-%m-%d`."
    )
    integer_format: Annotated[Optional[Union[str, int]], INTEGER_TIME_FORMAT] = Field(
        default=None, description="What an integer counts since 1970, such as UNIX_SECONDS."
    )


class TimeOfDayDomain(ProtoModel):
    """Times of day."""

    proto = "tensorflow.metadata.v0.TimeOfDayDomain"
    oneofs: ClassVar[Oneofs] = {"format": ("string_format", "integer_format")}

    string_format: Optional[str] = Field(
        default=None, description="How a text is written, as strftime has it: `%H:%M`."
    )
    integer_format: Annotated[Optional[Union[str, int]], INTEGER_TIME_OF_DAY_FORMAT] = Field(
        default=None, description="How an integer holds hour, minute, second and nanosecond."
    )
