"""Options of the statistics that TensorFlow Data Validation computes.

Mirrors the constructor of ``tensorflow_data_validation.StatsOptions``, which is no protobuf message:
keys are its arguments, with ``schema`` and ``slicing_config`` as the JSON form of their messages.
Arguments that are Python objects (generators, slice functions, per-feature configuration) cannot be
written down, and TFX refuses them too.
"""

from typing import Annotated, Any, Optional

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from tfxc.schemas.components.markers import FilePath
from tfxc.schemas.protos.base import ConfigModel, Message, ProtoModel
from tfxc.schemas.tfx_lines import OnlyInTfx

PROTO_MODULE = "tfx_bsl.public.proto.slicing_spec_pb2"

Positive = Annotated[int, Field(ge=1)]
SampleRate = Annotated[float, Field(gt=0, le=1)]


class SlicingSpec(ProtoModel):
    """A way to cut the examples into slices."""

    proto = "tfx_bsl.slicing_spec.SlicingSpec"

    feature_keys: Optional[list[str]] = Field(
        default=None, description="Features to slice by: a slice for each combination of their values."
    )
    feature_values: Optional[dict[str, str]] = Field(
        default=None, description="Feature → value: only examples with these values. Numbers are text."
    )
    slice_keys_sql: Optional[str] = Field(
        default=None,
        description="Slices by SQL: `SELECT STRUCT(feature [AS key], …) FROM example.feature …`.",
    )

    at_most_one = (("feature_keys", "slice_keys_sql"), ("feature_values", "slice_keys_sql"))


class SlicingConfig(ProtoModel):
    """The slices to compute statistics for, beside all examples."""

    proto = "tfx_bsl.slicing_spec.SlicingConfig"

    slicing_specs: Optional[list[SlicingSpec]] = Field(
        default=None, description="The slices: all by features and values, or all by SQL."
    )

    @field_validator("slicing_specs")
    @classmethod
    def _all_are_of_one_kind(cls, specs: Optional[list[SlicingSpec]]) -> Optional[list[SlicingSpec]]:
        by_sql = [bool(spec.slice_keys_sql) for spec in specs or ()]
        by_values = [bool(spec.feature_keys or spec.feature_values) for spec in specs or ()]
        if any(by_sql) and any(by_values):
            raise PydanticCustomError("slicing_specs", "All slices are by features and values, or all by SQL")
        return specs


class StatsOptions(ConfigModel):
    """Options of the statistics that StatisticsGen computes."""

    schema_: Annotated[Optional[Any], Message("schema:Schema")] = Field(
        default=None,
        alias="schema",
        description="A schema in JSON form, used in place of the component's schema input; it tells which "
        "features are categorical.",
    )
    label_feature: Optional[str] = Field(default=None, description="The feature that is the label.")
    weight_feature: Optional[str] = Field(
        default=None, description="A numeric feature that weights examples; adds weighted statistics."
    )
    sample_rate: Optional[SampleRate] = Field(
        default=None, description="The fraction of the examples to compute over, above 0; all by default."
    )
    num_top_values: Optional[Positive] = Field(
        default=None,
        description="How many of the most frequent values to keep of a string feature. Default 20.",
    )
    frequency_threshold: Optional[Positive] = Field(
        default=None, description="The least examples a value must be in to be kept. Default 1."
    )
    weighted_frequency_threshold: Optional[Annotated[float, Field(ge=0)]] = Field(
        default=None, description="The same by weight, where there is a weight_feature. Default 1.0."
    )
    num_rank_histogram_buckets: Optional[Positive] = Field(
        default=None, description="Buckets of the rank histogram of string features. Default 1000."
    )
    num_values_histogram_buckets: Optional[Annotated[int, Field(ge=2)]] = Field(
        default=None, description="Buckets of the histogram of values per example. Default 10, at least 2."
    )
    num_histogram_buckets: Optional[Positive] = Field(
        default=None, description="Buckets of equal width in numeric histograms. Default 10."
    )
    num_quantiles_histogram_buckets: Optional[Positive] = Field(
        default=None, description="Buckets of equal count in numeric histograms. Default 10."
    )
    epsilon: Optional[Annotated[float, Field(gt=0, lt=1)]] = Field(
        default=None,
        description="The error allowed in quantiles: smaller is more exact and costs more. Default 0.01.",
    )
    infer_type_from_schema: Optional[bool] = Field(
        default=None,
        description="Take feature types from the schema. Has an effect on CSV read by TFDV only.",
    )
    desired_batch_size: Optional[Positive] = Field(
        default=None, description="The most examples in a batch. Chosen by TFDV by default."
    )
    enable_semantic_domain_stats: Optional[bool] = Field(
        default=None, description="Compute statistics of images, texts and other such domains. Default false."
    )
    semantic_domain_stats_sample_rate: Optional[SampleRate] = Field(
        default=None, description="The fraction of the examples those are computed over; all by default."
    )
    per_feature_weight_override: Optional[dict[str, str]] = Field(
        default=None,
        description="Feature (the steps of a nested one joined by dots) → feature that weights it in place "
        "of weight_feature.",
    )
    vocab_paths: Optional[dict[str, Annotated[str, FilePath()]]] = Field(
        default=None,
        description="Vocabulary name → file: text, or gzipped TFRecord with the suffix tfrecord.gz. The "
        "schema's natural language domains refer to the names.",
    )
    add_default_generators: Optional[bool] = Field(
        default=None, description="Compute the usual statistics. Default true."
    )
    feature_allowlist: Optional[list[str]] = Field(
        default=None, description="Only these features; all by default."
    )
    use_sketch_based_topk_uniques: Optional[bool] = Field(
        default=None,
        description="Count top values and uniques by sketches: faster, approximate. Default false.",
    )
    experimental_use_sketch_based_topk_uniques: Optional[bool] = Field(
        default=None, description="The former name of use_sketch_based_topk_uniques."
    )
    experimental_slice_sqls: Annotated[Optional[list[str]], OnlyInTfx("1.16")] = Field(
        default=None,
        description="Slices to compute for, by SQL: `SELECT STRUCT(feature [AS key], …) FROM …`.",
    )
    experimental_result_partitions: Optional[Positive] = Field(
        default=None, description="Into how many parts the result is written. Default 1."
    )
    experimental_num_feature_partitions: Optional[Positive] = Field(
        default=None, description="Into how many bundles of features the work is divided. Default 1."
    )
    slicing_config: Optional[SlicingConfig] = Field(
        default=None, description="Slices to compute for, by features and values or by SQL."
    )
    experimental_filter_read_paths: Optional[bool] = Field(
        default=None,
        description="Read only the features of feature_allowlist or of the schema, where the file format "
        "allows it. Default false.",
    )

    at_most_one = (
        ("slicing_config", "experimental_slice_sqls"),
        ("use_sketch_based_topk_uniques", "experimental_use_sketch_based_topk_uniques"),
    )
