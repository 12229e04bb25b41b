"""Components that bring data and schemas into a pipeline."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Optional, Union

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from tfxc.schemas.components.base import ExecutorComponent, Output, SplitsOfConfigs, Stage
from tfxc.schemas.components.markers import ExecutionProperty, ExecutorClass, InputPath
from tfxc.schemas.fields import error_at
from tfxc.schemas.protos.base import Message
from tfxc.schemas.protos.scalars import ProtoEnum

PAYLOAD_FORMAT = ProtoEnum(
    "tfx.components.example_gen.PayloadFormat",
    (
        ("FORMAT_UNSPECIFIED", 0),
        ("FORMAT_TF_EXAMPLE", 6),
        ("FORMAT_TF_SEQUENCE_EXAMPLE", 7),
        ("FORMAT_PROTO", 11),
        ("FORMAT_PARQUET", 15),
    ),
    numbers_only=True,
)

EXAMPLES: Mapping[str, Output] = {
    "examples": Output(
        "Examples", "The examples, divided into splits, as gzipped TFRecords.", splits=SplitsOfConfigs()
    )
}

FILE_FORMAT = ProtoEnum(
    "tfx.components.example_gen.FileFormat",
    (("FILE_FORMAT_UNSPECIFIED", 0), ("FORMAT_TFRECORDS_GZIP", 5), ("FILE_FORMAT_PARQUET", 16)),
    numbers_only=True,
)


class FileExampleGen(ExecutorComponent):
    """What the ExampleGens that read files have in common."""

    outputs: ClassVar[Mapping[str, Output]] = EXAMPLES

    input_base: Annotated[str, InputPath()] = Field(
        min_length=1, description="The folder or URI that holds the input files."
    )
    input_config: Annotated[Optional[Any], Message("example_gen:Input")] = Field(
        default=None, description="Which files are read, and as which splits. By default all, as one split."
    )
    output_config: Annotated[Optional[Any], Message("example_gen:Output")] = Field(
        default=None,
        description="How the output is split. By default train and eval, 2 to 1; input of several splits "
        "keeps them.",
    )
    range_config: Annotated[Optional[Any], Message("range_config:RangeConfig")] = Field(
        default=None,
        description="Which span to read, where the file patterns have {SPAN} or a date; by default the "
        "latest.",
    )

    @model_validator(mode="after")
    def _configs_fit_together(self) -> "FileExampleGen":
        splits = (self.input_config.splits if self.input_config is not None else None) or []
        if self.output_config is not None and self.output_config.split_config is not None and len(splits) > 1:
            error = PydanticCustomError(
                "output_config", "Input of several splits keeps them: it cannot be split once more"
            )
            raise error_at(("output_config",), error, None)
        if self.range_config is not None and not any(split.has_span for split in splits):
            error = PydanticCustomError(
                "range_config", "No pattern of `input_config` has {SPAN} or {YYYY}, {MM} and {DD}"
            )
            raise error_at(("range_config",), error, None)
        if self.range_config is not None and (reason := self.range_config.why_no_single_span()):
            error = PydanticCustomError("range_config", "{reason}", {"reason": reason})
            raise error_at(("range_config",), error, None)
        return self


class CsvExampleGen(FileExampleGen):
    """Reads CSV files, with a header line each, into examples.

    Integers, floats and texts are told apart by their values, split by split.
    """

    class_path = "tfx.components.example_gen.csv_example_gen.component:CsvExampleGen"
    stage = Stage.INGEST
    runs_beam = True
    also_called = ("CsvReader", "CsvLoader", "tsv", "comma")
    input_format = "csv"


class ImportExampleGen(FileExampleGen):
    """Reads TFRecord files of tf.Example, or of other records, into examples."""

    class_path = "tfx.components.example_gen.import_example_gen.component:ImportExampleGen"
    stage = Stage.INGEST
    runs_beam = True
    also_called = ("TFRecordExampleGen", "record", "tfds")
    input_format = "records"

    payload_format: Annotated[
        Optional[Union[int, str]], PAYLOAD_FORMAT, ExecutionProperty("output_data_format")
    ] = Field(
        default=6,
        description="What a record holds, by number: 6 a tf.Example, 7 a tf.SequenceExample, 11 another "
        "protobuf message.",
    )


class FileBasedExampleGen(FileExampleGen):
    """Reads files of a kind of your own into examples, with an executor of yours.

    Its `GetInputSourceToExamplePTransform` gives a Beam transform that turns the files of a split into
    examples: derive it from TFX's `BaseExampleGenExecutor`.
    """

    class_path = "tfx.components.example_gen.component:FileBasedExampleGen"
    stage = Stage.INGEST
    runs_beam = True
    also_called = ("json", "jsonl", "xml", "excel", "text")
    input_format = "other"

    executor: Annotated[str, ExecutorClass()] = Field(
        min_length=1,
        description="The executor that reads the files, `file.py:Class` or `package.module:Class`: TFX's "
        "custom_executor_spec.",
    )
    custom_config: Annotated[Optional[dict[str, Any]], Message("example_gen:CustomConfig")] = Field(
        default=None, description="Values of your own for the executor, as a protobuf message."
    )
    output_data_format: Annotated[Optional[Union[int, str]], PAYLOAD_FORMAT] = Field(
        default=6,
        description="What the executor makes, by number: 6 tf.Examples, 7 tf.SequenceExamples, 11 other "
        "protobuf messages, 15 rows of Parquet.",
    )
    output_file_format: Annotated[Optional[Union[int, str]], FILE_FORMAT] = Field(
        default=5, description="What it is written as, by number: 5 gzipped TFRecords, 16 Parquet."
    )


class AvroExampleGen(FileExampleGen):
    """Reads Avro files into examples.

    TFX's FileBasedExampleGen with its Avro executor. A field is an integer, a float, a text, bytes or a list
    of such; where it is missing the example lacks it.
    """

    class_path = "tfx.components.example_gen.component:FileBasedExampleGen"
    executor_class = "tfx.components.example_gen.custom_executors.avro_executor:Executor"
    stage = Stage.INGEST
    runs_beam = True
    input_format = "avro"


class ParquetExampleGen(FileExampleGen):
    """Reads Parquet files into examples.

    TFX's FileBasedExampleGen with its Parquet executor. A column is of integers, floats, texts or lists of
    such; where a value is missing the example lacks it.
    """

    class_path = "tfx.components.example_gen.component:FileBasedExampleGen"
    executor_class = "tfx.components.example_gen.custom_executors.parquet_executor:Executor"
    stage = Stage.INGEST
    runs_beam = True
    also_called = ("arrow", "columnar")
    input_format = "parquet"


class ImportSchemaGen(ExecutorComponent):
    """Brings a schema file into the pipeline, such as one that was made by SchemaGen and then reviewed."""

    class_path = "tfx.components.schema_gen.import_schema_gen.component:ImportSchemaGen"
    stage = Stage.INGEST
    also_called = ("SchemaImporter", "SchemaFile", "ImportSchema")
    light = True
    outputs: ClassVar[Mapping[str, Output]] = {"schema": Output("Schema", "A copy of the schema.")}

    schema_file: Annotated[str, InputPath(content_counts=True, carried=True)] = Field(
        min_length=1, description="The schema: a text-format Schema proto, usually schema.pbtxt."
    )
