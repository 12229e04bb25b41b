"""What the monitoring pipeline needs and TFX does not have: a schema of serving, and labels that come later.

TFX reads the annotations when it imports this file, so `from __future__ import annotations` must not
be here. The imports name TFX's modules one by one: `from tfx import v1` takes seconds more.
"""

# ruff: noqa: N802  (components are used like classes, so their names look like those)
# mypy: disable-error-code="untyped-decorator"

import csv
from collections.abc import Iterator
from typing import Any, TypedDict

import tensorflow as tf
from google.protobuf import text_format
from ml_metadata.proto.metadata_store_pb2 import Event
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.dsl.components.common import resolver
from tfx.types import artifact_utils
from tfx.types.standard_artifacts import Examples, Schema
from tfx.utils import io_utils

REQUEST_ID = "request/id"


@component
def ServingSchema(
    training_schema: InputArtifact[Schema],
    log_schema: InputArtifact[Schema],
    schema: OutputArtifact[Schema],
    environment: Parameter[str],
) -> None:
    """Gives the schema that logged requests must have: TFX's ExampleValidator knows no environments.

    It is the training schema without the features that are not in the environment (their
    `not_in_environment` names it), and with those that only the log has.
    """
    merged = _read_schema(training_schema)
    kept = [feature for feature in merged.feature if _is_in(merged, feature, environment)]
    added = _read_schema(log_schema)
    del merged.feature[:]
    merged.feature.extend([*kept, *added.feature])
    merged.string_domain.extend(added.string_domain)
    del merged.default_environment[:]
    for feature in merged.feature:
        feature.ClearField("in_environment")
        feature.ClearField("not_in_environment")
    text = text_format.MessageToString(merged)
    io_utils.write_string_file(f"{schema.uri}/schema.pbtxt", text)


def _read_schema(artifact: Any) -> schema_pb2.Schema:
    return io_utils.SchemaReader().read(io_utils.get_only_uri_in_dir(artifact.uri))


def _is_in(schema: schema_pb2.Schema, feature: schema_pb2.Feature, environment: str) -> bool:
    """Says whether a feature is in an environment, as TFDV does: its own word counts before the default."""
    if environment in feature.in_environment:
        return True
    if environment in feature.not_in_environment:
        return False
    return not schema.default_environment or environment in schema.default_environment


class EarlierSpan(resolver.ResolverStrategy):
    """Gives the statistics of the latest span before that of the examples; of one span the newest.

    Statistics do not say their span: it is that of the examples that they were made of.
    """

    def resolve_artifacts(self, store: Any, input_dict: dict[str, list[Any]]) -> dict[str, list[Any]]:
        now = max(_span(each.mlmd_artifact) for each in input_dict["examples"])
        spans = _spans_of_inputs(store, [each.id for each in input_dict["statistics"]])
        found = [each for each in input_dict["statistics"] if spans.get(each.id, now) < now]
        found.sort(key=lambda each: (spans[each.id], each.id))
        return {**input_dict, "statistics": found[-1:]}


def _span(artifact: Any) -> int:
    return int(artifact.custom_properties["span"].int_value)


def _spans_of_inputs(store: Any, artifacts: list[int]) -> dict[int, int]:
    """Returns the span of what each artifact was made of, for those whose makers have read Examples."""
    made = [each for each in store.get_events_by_artifact_ids(artifacts) if each.type == Event.OUTPUT]
    events = store.get_events_by_execution_ids(list({each.execution_id for each in made}))
    read = {each.execution_id: each.artifact_id for each in events if each.type == Event.INPUT}
    examples = {each.id: each for each in store.get_artifacts_by_id(list(set(read.values())))}
    return {
        each.artifact_id: _span(examples[read[each.execution_id]])
        for each in made
        if each.execution_id in read
    }


class Joined(TypedDict):
    """How many rows have a label."""

    count: int


@component
def JoinLabels(
    examples: InputArtifact[Examples],
    labelled: OutputArtifact[Examples],
    labels: Parameter[str],
    label: Parameter[str],
) -> Joined:
    """Gives the rows that have a label by now, as a split `eval` with the label as a feature.

    `labels` is a CSV file, or a folder of them, with the columns `request_id` and that of the label. Of a
    row that is labelled twice the last label counts, in the order of the files' names.
    """
    known = _read_labels(labels, label)
    labelled.split_names = artifact_utils.encode_split_names(["eval"])
    labelled.set_int_custom_property("span", examples.get_int_custom_property("span"))
    folder = artifact_utils.get_split_uri([labelled], "eval")
    tf.io.gfile.makedirs(folder)
    count = 0
    options = tf.io.TFRecordOptions(compression_type="GZIP")
    with tf.io.TFRecordWriter(f"{folder}/data_tfrecord-00000-of-00001.gz", options) as writer:
        for row in _rows(examples):
            feature = row.features.feature
            found = known.get(feature[REQUEST_ID].bytes_list.value[0].decode())
            if found is not None:
                feature[label].bytes_list.value[:] = [found.encode()]
                writer.write(row.SerializeToString())
                count += 1
    return {"count": count}


def _rows(examples: Any) -> Iterator[Any]:
    for split in artifact_utils.decode_split_names(examples.split_names):
        files = tf.io.gfile.glob(f"{artifact_utils.get_split_uri([examples], split)}/*")
        for content in tf.data.TFRecordDataset(sorted(files), compression_type="GZIP").as_numpy_iterator():
            yield tf.train.Example.FromString(content)


def _read_labels(place: str, label: str) -> dict[str, str]:
    """Returns the labels by the ids of requests; of a file or a folder that need not be there yet."""
    found: dict[str, str] = {}
    files = tf.io.gfile.glob(f"{place}/*.csv") if tf.io.gfile.isdir(place) else tf.io.gfile.glob(place)
    for file in sorted(files):
        with tf.io.gfile.GFile(file) as stream:
            rows = csv.DictReader(stream)
            missing = {"request_id", label} - set(rows.fieldnames or ())
            if missing:
                wanted = f"labels need `request_id` and `{label}`"
                raise ValueError(f"{file} has no column `{min(missing)}`: {wanted}")
            for row in rows:
                if row[label]:
                    found[row["request_id"]] = row[label]
    return found
