# mypy: ignore-errors
"""Saves one small model in each way that matters to a server, below the folder that is the argument."""

import shutil
import sys
from pathlib import Path

import keras
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

ROOT = Path(sys.argv[1])
SAVED_MODEL = "saved_model.pb"


class Module(tf.Module):
    """Holds what is set on it."""


class Table(tf.Module):
    """Looks texts up in a file, which becomes an asset."""

    def __init__(self):
        (ROOT / "words.txt").write_text("x\ny\n")
        whole, number = tf.lookup.TextFileIndex.WHOLE_LINE, tf.lookup.TextFileIndex.LINE_NUMBER
        file = tf.lookup.TextFileInitializer(str(ROOT / "words.txt"), tf.string, whole, tf.int64, number)
        self.table = tf.lookup.StaticVocabularyTable(file, 1)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def serve(self, words):
        return {"ids": self.table.lookup(words)}


class Pictures(tf.Module):
    """Takes what nobody makes up."""

    @tf.function(input_signature=[tf.TensorSpec([], tf.string)])
    def serve(self, picture):
        return {"size": tf.shape(tf.io.decode_jpeg(picture))}


class Python(tf.Module):
    """Calls a function of Python's."""

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
    def serve(self, number):
        return {"more": tf.reshape(tf.numpy_function(lambda value: value + 1, [number], tf.float32), [-1])}


class Texts(tf.Module):
    """Gives one text for each example, without a dimension for how many there are."""

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def serve(self, examples):
        parsed = tf.io.parse_example(examples, {"word": tf.io.FixedLenFeature([], tf.string)})
        return {"word": parsed["word"]}


class Endless(tf.Module):
    """Never answers."""

    @tf.function(input_signature=[tf.TensorSpec([], tf.int64)])
    def serve(self, number):
        last = tf.while_loop(lambda at: at >= 0, lambda at: [(at + 1) % 7], [number % 7])
        return {"last": last[0]}


def of_examples(model):
    """Returns a signature of serialised examples: what they lack or have too little of is an error."""
    features = {
        "dense": tf.io.FixedLenFeature([3], tf.float32),
        "sparse": tf.io.VarLenFeature(tf.int64),
        "ragged": tf.io.RaggedFeature(tf.string),
    }

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def serve(examples):
        parsed = tf.io.parse_example(examples, features)
        one = tf.squeeze(tf.sparse.to_dense(parsed["sparse"]), axis=1)
        return {"out": model(parsed["dense"]), "one": one, "text": parsed["ragged"].to_tensor()[:, :1]}

    return serve


def save(module, name, **signatures):
    tf.saved_model.save(module, str(ROOT / name), signatures=signatures or None)


def copy_of(name, source):
    return Path(shutil.copytree(ROOT / source, ROOT / name))


def edit(folder, change):
    """Changes the SavedModel message in a folder."""
    message = saved_model_pb2.SavedModel.FromString((folder / SAVED_MODEL).read_bytes())
    change(message.meta_graphs[0])
    (folder / SAVED_MODEL).write_bytes(message.SerializeToString())


def call_it_train(meta_graph):
    meta_graph.meta_info_def.tags[:] = ["train"]


def use_own_operation(meta_graph):
    for function in meta_graph.graph_def.library.function:
        for node in function.node_def:
            if node.op == "Identity":
                node.op = "OperationOfMyOwn"


def main():
    keras_model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2)])
    keras_model.export(str(ROOT / "exported"))
    save(keras_model, "keras")

    holder = Module()
    holder.model = keras_model
    save(holder, "holder", serving_default=of_examples(keras_model))

    values = Module()
    values.weights = [variable.value for variable in keras_model.variables]
    save(values, "examples", serving_default=of_examples(keras_model))

    table, pictures, python = Table(), Pictures(), Python()
    save(table, "table", serving_default=table.serve)
    save(pictures, "pictures", serving_default=pictures.serve)
    save(python, "python", serving_default=python.serve)
    save(Module(), "no-signature")
    endless = Endless()
    save(endless, "endless", serving_default=endless.serve)
    texts = Texts()
    save(texts, "texts", serving_default=texts.serve)

    (copy_of("no-asset", "table") / "assets" / "words.txt").unlink()
    (copy_of("damaged-asset", "table") / "assets" / "words.txt").write_text("x\nx\n")
    shutil.rmtree(copy_of("no-variables", "exported") / "variables")
    for name, pattern in (("damaged-data", "*data*"), ("damaged-index", "*.index")):
        (file,) = (copy_of(name, "exported") / "variables").glob(pattern)
        file.write_bytes(file.read_bytes()[:20])
    graph = copy_of("damaged-graph", "exported") / SAVED_MODEL
    graph.write_bytes(graph.read_bytes()[:1000])
    edit(copy_of("no-tag", "exported"), call_it_train)
    edit(copy_of("own-operation", "table"), use_own_operation)
    (ROOT / "no-model").mkdir()
    (ROOT / "no-model" / "model.pickle").write_text("a model of another library")


main()
