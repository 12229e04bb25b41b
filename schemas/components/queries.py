"""The ExampleGens that bring in what a query finds."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Optional, Union

from pydantic import Field

from tfxc.schemas.components.base import ExecutorComponent, Output, Stage
from tfxc.schemas.components.ingest import EXAMPLES, FILE_FORMAT, PAYLOAD_FORMAT
from tfxc.schemas.components.markers import ExecutionProperty, ExecutorClass
from tfxc.schemas.protos.base import Message

_QUERIES = (
    "The queries, each with the name of the split that it makes: `pattern` is the query. With range_config "
    "@span_begin_timestamp, @span_end_timestamp and @span_yyyymmdd_utc stand for the span's day."
)
_SPANS = "Which span a query asks for: a static range of one, counted in days since 1970."
_SPLITTING = (
    "How the output is split. By default train and eval, 2 to 1; several queries are several splits already."
)
_QUERY = "The query, as one split that output_config divides."


class QueryBasedExampleGen(ExecutorComponent):
    """Reads from a database of your own into examples, with an executor of yours.

    Its `GetInputSourceToExamplePTransform` gives a Beam transform that turns a query into examples: derive it
    from TFX's `BaseExampleGenExecutor`.
    """

    class_path = "tfx.components.example_gen.component:QueryBasedExampleGen"
    stage = Stage.INGEST
    runs_beam = True
    also_called = ("sql", "database", "postgres", "mysql", "jdbc")
    outputs: ClassVar[Mapping[str, Output]] = EXAMPLES

    executor: Annotated[str, ExecutorClass()] = Field(
        min_length=1,
        description="The executor that asks, `file.py:Class` or `package.module:Class`: TFX's "
        "custom_executor_spec.",
    )
    input_config: Annotated[Any, Message("example_gen:Input")] = Field(description=_QUERIES)
    output_config: Annotated[Optional[Any], Message("example_gen:Output")] = Field(
        default=None, description=_SPLITTING
    )
    custom_config: Annotated[Optional[dict[str, Any]], Message("example_gen:CustomConfig")] = Field(
        default=None, description="Values of your own for the executor, as a protobuf message."
    )
    range_config: Annotated[Optional[Any], Message("range_config:RangeConfig")] = Field(
        default=None, description=_SPANS
    )
    output_data_format: Annotated[Optional[Union[int, str]], PAYLOAD_FORMAT] = Field(
        default=6,
        description="What the executor makes, by number: 6 tf.Examples, 7 tf.SequenceExamples, 11 other "
        "protobuf messages, 15 rows of Parquet.",
    )
    output_file_format: Annotated[Optional[Union[int, str]], FILE_FORMAT] = Field(
        default=5, description="What it is written as, by number: 5 gzipped TFRecords, 16 Parquet."
    )


class BigQueryExampleGen(ExecutorComponent):
    """Reads what a query of Google BigQuery finds into examples.

    It needs BigQuery, the arguments `--project` and `--temp_location` among the Beam arguments, and Google's
    credentials where it runs.
    """

    class_path = "tfx.extensions.google_cloud_big_query.example_gen.component:BigQueryExampleGen"
    stage = Stage.INGEST
    runs_beam = True
    also_called = ("bq",)
    service = "Google BigQuery"
    outputs: ClassVar[Mapping[str, Output]] = EXAMPLES
    exactly_one = (("query", "input_config"),)

    query: Annotated[Optional[str], ExecutionProperty(None)] = Field(
        default=None, min_length=1, description=_QUERY
    )
    input_config: Annotated[Optional[Any], Message("example_gen:Input")] = Field(
        default=None, description=_QUERIES
    )
    output_config: Annotated[Optional[Any], Message("example_gen:Output")] = Field(
        default=None, description=_SPLITTING
    )
    range_config: Annotated[Optional[Any], Message("range_config:RangeConfig")] = Field(
        default=None, description=_SPANS
    )
    custom_config: Annotated[Optional[dict[str, Any]], Message("example_gen:CustomConfig")] = Field(
        default=None, description="Values for an executor of your own, as a protobuf message."
    )


class BigQueryToElwcExampleGen(ExecutorComponent):
    """Reads what a query of Google BigQuery finds into lists of examples with a context, for ranking.

    Rows with the same values of the context's fields are one ExampleListWithContext. A
    TfGraphDataViewProvider says how others read it. It needs what BigQueryExampleGen needs.
    """

    class_path = (
        "tfx.extensions.google_cloud_big_query.experimental.elwc_example_gen.component.component:"
        "BigQueryToElwcExampleGen"
    )
    stage = Stage.INGEST
    runs_beam = True
    also_called = ("ranking",)
    service = "Google BigQuery"
    outputs: ClassVar[Mapping[str, Output]] = EXAMPLES
    exactly_one = (("query", "input_config"),)

    query: Annotated[Optional[str], ExecutionProperty(None)] = Field(
        default=None, min_length=1, description=_QUERY
    )
    elwc_config: Annotated[Any, Message("elwc:ElwcConfig"), ExecutionProperty("custom_config")] = Field(
        description="Which fields of a row are the context."
    )
    input_config: Annotated[Optional[Any], Message("example_gen:Input")] = Field(
        default=None, description=_QUERIES
    )
    output_config: Annotated[Optional[Any], Message("example_gen:Output")] = Field(
        default=None, description=_SPLITTING
    )


class PrestoExampleGen(ExecutorComponent):
    """Reads what a query of Presto finds into examples.

    It needs a Presto server, and the package presto-python-client where it runs.
    """

    class_path = (
        "tfx.examples.custom_components.presto_example_gen.presto_component.component:PrestoExampleGen"
    )
    stage = Stage.INGEST
    runs_beam = True
    also_called = ("trino",)
    service = "Presto"
    outputs: ClassVar[Mapping[str, Output]] = EXAMPLES
    exactly_one = (("query", "input_config"),)

    conn_config: Annotated[Any, Message("presto:PrestoConnConfig"), ExecutionProperty("custom_config")] = (
        Field(description="The server and how to log in to it. ML Metadata keeps it, a password too.")
    )
    query: Annotated[Optional[str], ExecutionProperty(None)] = Field(
        default=None, min_length=1, description=_QUERY
    )
    input_config: Annotated[Optional[Any], Message("example_gen:Input")] = Field(
        default=None, description=_QUERIES
    )
    output_config: Annotated[Optional[Any], Message("example_gen:Output")] = Field(
        default=None, description=_SPLITTING
    )
