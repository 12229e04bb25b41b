"""CSV rows written as `tf.train.Example`s many at a time, which reading CSV data mostly consists of.

Of a row of eighteen columns TFX makes eighteen small messages, copies them into one, and serialises that
twice: to find the row's split, and for the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfxc.backends.launcher.speed.shape import has_lines


def lighten() -> bool:
    """Lets TFX's CsvExampleGen in this process, which must be a node's own, serialise rows together.

    The records are what TFX takes a row's split from, a tf.train.Example that is serialised
    deterministically: so each row comes into the same split, with the same values. Where somebody looks into
    the messages (an executor of the user's own, a split by a feature) they are made as ever. Returns whether
    it was replaced: not where TFX is not what this was written for.
    """
    try:
        from tfx.components.example_gen import base_example_gen_executor, write_split
        from tfx.components.example_gen.csv_example_gen import executor
    except ImportError:
        return False
    if not _is_known(executor, base_example_gen_executor, write_split):
        return False
    make = executor.Executor.GetInputSourceToExamplePTransform

    def get_transform(self: Any) -> Any:
        transform = make(self)
        if type(self) is not executor.Executor or transform is not executor._CsvToExample:
            return transform

        def choose(exec_properties: Mapping[str, Any], split_pattern: str) -> Any:
            together = _are_examples(exec_properties) and not _splits_by_feature(exec_properties)
            return (_csv_to_records(executor) if together else transform)(exec_properties, split_pattern)

        return choose

    executor.Executor.GetInputSourceToExamplePTransform = get_transform
    return True


def _is_known(executor: Any, base: Any, write_split: Any) -> bool:
    """Whether TFX makes, splits and writes examples as this module takes for granted."""
    transform, maker = (
        getattr(executor, "_CsvToExample", None),
        getattr(executor, "_ParsedCsvToTfExample", None),
    )
    writer = getattr(write_split, "MaybeSerialize", None)
    return (
        has_lines(
            getattr(transform, "expand", None),
            "'ToTFExample' >> beam.ParDo(_ParsedCsvToTfExample(), column_infos))",
        )
        and has_lines(
            getattr(maker, "process", None),
            "if not csv_cells:",
            "if len(csv_cells) != len(self._column_handlers):",
            "handler_fn(csv_cell) if handler_fn else tf.train.Feature())",
            "yield tf.train.Example(features=tf.train.Features(feature=feature))",
        )
        and has_lines(
            getattr(base, "_GeneratePartitionKey", None),
            "if isinstance(record, bytes):",
            "return record",
            "return record.SerializeToString(deterministic=True)",
        )
        and has_lines(getattr(writer, "process", None), "else:", "yield e")
    )


def _are_examples(exec_properties: Mapping[str, Any]) -> bool:
    """Whether the records are written as tf.train.Examples."""
    from tfx.proto import example_gen_pb2
    from tfx.types import standard_component_specs

    payload_format = exec_properties.get(standard_component_specs.OUTPUT_DATA_FORMAT_KEY)
    return payload_format in (None, example_gen_pb2.FORMAT_UNSPECIFIED, example_gen_pb2.FORMAT_TF_EXAMPLE)


def _splits_by_feature(exec_properties: Mapping[str, Any]) -> bool:
    """Whether a feature of a row says which split it belongs to."""
    from tfx.proto import example_gen_pb2
    from tfx.types import standard_component_specs
    from tfx.utils import proto_utils

    output = example_gen_pb2.Output()
    proto_utils.json_to_proto(exec_properties[standard_component_specs.OUTPUT_CONFIG_KEY], output)
    return bool(output.split_config.HasField("partition_feature_name"))


def _csv_to_records(executor: Any) -> Any:
    """Returns TFX's transform of CSV files to examples with another last step."""
    import apache_beam as beam

    from tfxc.backends.launcher.speed.csv_records import RowsToRecords

    @beam.typehints.with_output_types(bytes)
    class CsvToRecords(executor._CsvToExample):  # type: ignore[misc]
        def expand(self, pipeline: Any) -> Any:
            to_messages = executor._ParsedCsvToTfExample
            executor._ParsedCsvToTfExample = RowsToRecords
            try:
                return super().expand(pipeline)
            finally:
                executor._ParsedCsvToTfExample = to_messages

    return CsvToRecords
