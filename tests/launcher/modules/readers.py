"""Executors of one's own for ExampleGens: lines of JSON, and a database; and a decoder of records."""

import json
import sqlite3
from pathlib import Path

import apache_beam as beam
import tensorflow as tf
from google.protobuf import struct_pb2
from tfx.components.example_gen import utils
from tfx.components.example_gen.base_example_gen_executor import BaseExampleGenExecutor
from tfx.proto import example_gen_pb2
from tfx.utils import proto_utils
from tfx_bsl.coders import tf_graph_record_decoder


@beam.ptransform_fn
def _lines(pipeline, exec_properties, split_pattern):
    config = example_gen_pb2.CustomConfig()
    proto_utils.json_to_proto(exec_properties["custom_config"], config)
    wanted = struct_pb2.Struct()
    config.custom_config.Unpack(wanted)
    files = sorted(map(str, Path(exec_properties["input_base"]).glob(split_pattern)))
    return (
        pipeline
        | beam.Create(files)
        | beam.FlatMap(lambda path: Path(path).read_text(encoding="utf-8").splitlines())
        | beam.Map(json.loads)
        | beam.Map(lambda row: utils.dict_to_example({key: row[key] for key in wanted["columns"]}))
    )


class JsonLines(BaseExampleGenExecutor):
    def GetInputSourceToExamplePTransform(self):
        return _lines


def _ask(query):
    with sqlite3.connect("shop.sqlite") as connection:
        cursor = connection.execute(query)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]


@beam.ptransform_fn
def _rows(pipeline, exec_properties, split_pattern):
    return pipeline | beam.Create([split_pattern]) | beam.FlatMap(_ask) | beam.Map(utils.dict_to_example)


class Database(BaseExampleGenExecutor):
    def GetInputSourceToExamplePTransform(self):
        return _rows


class Decoder(tf_graph_record_decoder.TFGraphRecordDecoder):
    def decode_record(self, records):
        number = tf.io.VarLenFeature(tf.int64)
        return tf.io.parse_example(records, {"bought": number})


def create_decoder():
    return Decoder()
