"""Components that say how records are read which are no tf.Examples: TFX's data views."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Optional

from pydantic import Field

from tfxc.schemas.components.base import ChannelReference, ExecutorComponent, Output, SplitsOf, Stage
from tfxc.schemas.components.markers import ChannelInput, FunctionOfModule, ModuleFile


class TfGraphDataViewProvider(ExecutorComponent):
    """Saves a function of yours that decodes records, as a TensorFlow graph that others read them with.

    For records of other kinds than tf.Example, such as the lists of examples of TFX-Ranking:
    `ImportExampleGen` with `payload_format: 11`, and a DataViewBinder.
    """

    class_path = "tfx.components.experimental.data_view.provider_component:TfGraphDataViewProvider"
    stage = Stage.INGEST
    also_called = ("decoder",)
    light = True
    outputs: ClassVar[Mapping[str, Output]] = {
        "data_view": Output("DataView", "The decoder, as a SavedModel.")
    }

    create_decoder_func: Annotated[str, FunctionOfModule()] = Field(
        min_length=1,
        description="The name of the function in module_file, without arguments, that gives a "
        "tfx_bsl.coders.TfGraphRecordDecoder; without module_file its import path.",
    )
    module_file: Annotated[Optional[str], ModuleFile()] = Field(
        default=None, min_length=1, description="The Python file that defines that function."
    )


class DataViewBinder(ExecutorComponent):
    """Ties a data view to examples: who reads its output decodes the records with it."""

    class_path = "tfx.components.experimental.data_view.binder_component:DataViewBinder"
    stage = Stage.INGEST
    light = True
    outputs: ClassVar[Mapping[str, Output]] = {
        "output_examples": Output(
            "Examples", "The same examples, and how to read them.", splits=SplitsOf("input_examples")
        )
    }

    input_examples: Annotated[ChannelReference, ChannelInput("Examples")] = Field(
        description="The records, of any kind of protobuf message."
    )
    data_view: Annotated[ChannelReference, ChannelInput("DataView")] = Field(
        description="How they are decoded: of a TfGraphDataViewProvider."
    )
