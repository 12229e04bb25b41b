"""What is said of errors that TensorFlow, Keras and TFMA really raise over the user's code."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytestmark = pytest.mark.tfx

MODULE = Path(__file__).parent / "modules" / "failing_models.py"
SENTENCES = {
    "missing_label": ("KeyError: no key 'speces'", "asks for the label"),
    "label_out_of_range": (
        "a label is 2, and the model tells 2 classes apart, from 0 to 1: give its last layer one unit for "
        "each class, and number the classes from 0",
        "trains",
    ),
    "classes_that_are_not_one_hot": (
        "the labels have the shape (None,) and the predictions (None, 3), which the loss cannot compare: for "
        "classes as whole numbers take sparse_categorical_crossentropy",
        "trains",
    ),
    "texts_as_features": ("the model is given texts where it takes numbers", "trains"),
    "texts_as_labels": ("the model is given texts where it takes numbers", "trains"),
    "another_shape": (
        "the layer `head` was built for inputs with 4 values in axis -1, and is given the shape (3, 1)",
        "model(tf.ones([3, 1]))",
    ),
    "raised_in_a_graph": ("no such thing", "raises"),
    "key_in_a_layer": ("KeyError: no key 'sepal'", 'return inputs["sepal"]'),
    "missing_signature": (
        "the model has no signature `serving_raw`; it has `serving_default`: name one",
        "get_callable(model",
    ),
}


@pytest.fixture(scope="module")
def failing() -> Any:
    spec = importlib.util.spec_from_file_location("failing_models", MODULE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", SENTENCES)
def test_it_is_a_sentence_with_the_users_line(failing: Any, name: str) -> None:
    from tfxc.backends.launcher.node.explain import explain

    plan = SimpleNamespace(modules=[])
    context = SimpleNamespace(modules_folder=str(MODULE.parent), base_folder=str(MODULE.parent))
    with pytest.raises(Exception) as raised:  # noqa: PT011 - of what class it is, is not ours to say
        getattr(failing, name)()
    message = explain(raised.value, plan, context, "trainer").message  # type: ignore[arg-type]
    sentence, code = SENTENCES[name]
    assert message.startswith(f"`trainer` failed: {sentence}")
    place = re.search(r"\(failing_models\.py, line (\d+)\)\.$", message)
    assert place is not None, message
    assert code in MODULE.read_text(encoding="utf-8").splitlines()[int(place[1]) - 1]


def test_what_tfx_recorded_of_a_graph_is_its_last_line(failing: Any) -> None:
    import traceback

    from ml_metadata.proto.metadata_store_pb2 import Execution
    from tfx.orchestration.portable.mlmd import execution_lib
    from tfx.proto.orchestration import execution_result_pb2

    from tfxc.backends.launcher.node.explain import from_execution

    try:
        failing.raised_in_a_graph()
    except ValueError:
        recorded = traceback.format_exc()
    execution = Execution()
    result = execution_result_pb2.ExecutionResult(code=1, result_message=recorded)
    execution_lib.set_execution_result(result, execution)
    message = from_execution("trainer", execution).message
    assert re.fullmatch(
        r"`trainer` failed: ValueError: no such thing \(failing_models\.py, line \d+\)\.", message
    )


@pytest.mark.parametrize(
    ("problem", "sentence", "told"),
    [
        (
            KeyError("speces"),
            "the examples have no column 'speces', which preprocessing_fn (penguin.py, line 9) asks for.",
            "the examples have no column `speces`, which the code asks for (penguin.py, line 9); did you "
            "mean `species`? The columns are `species`, `length`.",
        ),
        (
            ValueError("The `label_key` provided (target) must be one of the following tensorsnames: x."),
            "The `label_key` provided (target) (penguin.py, line 4).",
            "the examples have no column `target`, which the code asks for (penguin.py, line 4). The columns "
            "are `length`, `species`.",
        ),
        (KeyError("length"), "no key 'length' (penguin.py, line 4).", None),
        (KeyError("units"), "no key 'units' (penguin.py, line 4).", None),
        (ValueError("speces"), "speces (penguin.py, line 4).", None),
    ],
)
def test_a_column_that_is_not_there_is_told_with_those_that_are(
    tmp_path: Path, problem: Exception, sentence: str, told: str | None
) -> None:
    import tensorflow as tf

    from tfxc.backends.launcher.node.asked_columns import missing_column

    (tmp_path / "Split-train").mkdir()
    example = tf.train.Example()
    for name in ("species", "length"):
        example.features.feature[name].float_list.value.append(1.0)
    with tf.io.TFRecordWriter(str(tmp_path / "Split-train" / "data")) as writer:
        writer.write(example.SerializeToString())
    artifacts = [SimpleNamespace(uri=str(tmp_path))]
    assert missing_column(problem, f"`trainer` failed: {sentence}", lambda: artifacts) == told
