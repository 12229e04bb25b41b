"""Code that fails as that of users does: by what it asks of examples, and by models that do not fit."""

import tensorflow as tf

FEATURES = {"length": [1.0, 2.0, 3.0], "species": [0, 1, 2], "island": ["a", "b", "c"]}
Examples = tf.data.Dataset


def data(label: str = "species") -> Examples:
    def with_label(batch):
        return batch, batch.pop(label)  # asks for the label

    return tf.data.Dataset.from_tensor_slices(FEATURES).batch(3).map(with_label)


def trained(outputs: int, loss: str, label: str = "species", feature: str = "length") -> None:
    inputs = {"length": tf.keras.Input((1,), name="length")}
    model = tf.keras.Model(inputs, tf.keras.layers.Dense(outputs, "softmax")(inputs["length"]))
    model.compile("adam", loss)
    model.fit(data(label).map(lambda x, y: ({"length": x[feature][:, None]}, y)), verbose=0)  # trains


def missing_label() -> None:
    data("speces")


def label_out_of_range() -> None:
    trained(2, "sparse_categorical_crossentropy")


def classes_that_are_not_one_hot() -> None:
    trained(3, "categorical_crossentropy")


def texts_as_features() -> None:
    trained(3, "sparse_categorical_crossentropy", feature="island")


def texts_as_labels() -> None:
    trained(3, "sparse_categorical_crossentropy", label="island")


def another_shape() -> None:
    model = tf.keras.Sequential([tf.keras.Input((4,)), tf.keras.layers.Dense(3, name="head")])
    model(tf.ones([3, 1]))


def raised_in_a_graph() -> None:
    @tf.function
    def serve(texts):
        raise ValueError("no such thing")  # raises

    serve.get_concrete_function(tf.TensorSpec([None]))


def key_in_a_layer() -> None:
    class Own(tf.keras.layers.Layer):
        def call(self, inputs):
            return inputs["sepal"]

    Own()({"length": tf.ones([1, 1])})


def missing_signature() -> None:
    from tensorflow_model_analysis.utils.model_util import get_callable

    model = tf.Module()
    serve = tf.function(lambda x: {"y": x}).get_concrete_function(tf.TensorSpec([None]))
    model.signatures = {"serving_default": serve}
    get_callable(model, "serving_raw")
