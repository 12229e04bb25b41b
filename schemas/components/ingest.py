"""Components that bring data and schemas into a pipeline."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Optional

from pydantic import Field

from tfxc.schemas.components.base import Component, FilePath, Output
from tfxc.schemas.protos.base import Message

_EXAMPLES = {"examples": Output("Examples", "The examples, divided into splits, as TFRecords of tf.Example.")}


class FileBasedExampleGen(Component):
    """What the ExampleGens that read files have in common."""

    input_base: Annotated[str, FilePath()] = Field(
        min_length=1, description="The folder or URI that holds the input files."
    )
    input_config: Annotated[Optional[dict[str, Any]], Message("example_gen:Input")] = Field(
        default=None, description="Which files are read, and as which splits. By default all, as one split."
    )
    output_config: Annotated[Optional[dict[str, Any]], Message("example_gen:Output")] = Field(
        default=None,
        description="How the output is split. By default train and eval, 2 to 1; input of several splits "
        "keeps them.",
    )
    range_config: Annotated[Optional[dict[str, Any]], Message("example_gen:RangeConfig")] = Field(
        default=None,
        description="Which span to read, where the file patterns have {SPAN} or a date; by default the "
        "latest.",
    )


class CsvExampleGen(FileBasedExampleGen):
    """Reads CSV files, with a header line each, into examples.

    Integers, floats and texts are told apart by their values, split by split.
    """

    class_path = "tfx.components.example_gen.csv_example_gen.component:CsvExampleGen"
    outputs: ClassVar[Mapping[str, Output]] = _EXAMPLES


class ImportSchemaGen(Component):
    """Brings a schema file into the pipeline, such as one that was made by SchemaGen and then reviewed."""

    class_path = "tfx.components.schema_gen.import_schema_gen.component:ImportSchemaGen"
    outputs: ClassVar[Mapping[str, Output]] = {"schema": Output("Schema", "A copy of the schema.")}

    schema_file: Annotated[str, FilePath()] = Field(
        min_length=1, description="The schema: a text-format Schema proto, usually schema.pbtxt."
    )
