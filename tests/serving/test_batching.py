"""Batching: parameters, joining and splitting, and the answers of a server that batches."""

from __future__ import annotations

import threading
from array import array
from pathlib import Path
from typing import Any

import pytest

from tests.serving.served import Start
from tfxc.backends.launcher.servable.session import STRING, Tensor
from tfxc.backends.serving.server.batching.join import common_shape, concatenated, padded, rows_of, split
from tfxc.backends.serving.server.batching.parameters import BatchingParameters, read_parameters
from tfxc.backends.serving.server.dtypes import FLOAT
from tfxc.backends.serving.server.status import StatusError
from tfxc.schemas.failures import Failure


def floats(shape: tuple[int, ...], *values: float) -> Tensor:
    return Tensor(FLOAT, shape, array("f", values).tobytes())


def values(tensor: Tensor) -> list[float]:
    return memoryview(tensor.data).cast("f").tolist()


def test_parameters_are_read_as_tensorflow_serving_has_them(tmp_path: Path) -> None:
    file = tmp_path / "batching"
    file.write_text(
        "# a comment\nmax_batch_size { value: 64 }\nbatch_timeout_micros: { value: 500 }\n"
        'thread_pool_name { value: "a" } allowed_batch_sizes: 16 allowed_batch_sizes: 64\n'
        "pad_variable_length_inputs: true\nnum_batch_threads { value: 2 } max_enqueued_batches { value: 3 }"
    )
    assert read_parameters(file) == BatchingParameters(64, 500, 3, 2, (16, 64), True)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("max_batch_size { value: 0 }", "max_batch_size must be at least 1"),
        ("max_batch_sise { value: 1 }", "`max_batch_sise` is not honoured"),
        ("allowed_batch_sizes: 8 allowed_batch_sizes: 4", "monotonically increasing"),
        ("allowed_batch_sizes: 8", "must match max_batch_size; last was 8; expected 1000"),
        ("max_batch_size 4", "must be TensorFlow Serving's BatchingParameters"),
        ("max_batch_size { value: x }", "invalid literal"),
    ],
)
def test_wrong_parameters_are_a_sentence(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "batching"
    file.write_text(text)
    with pytest.raises(Failure, match=reason):
        read_parameters(file)


def test_calls_are_joined_and_split() -> None:
    first, second = floats((1, 2), 1, 2), floats((2, 2), 3, 4, 5, 6)
    whole = concatenated([first, second], 1)
    assert (whole.shape, values(whole)) == ((4, 2), [1, 2, 3, 4, 5, 6, 3, 4])
    assert [values(part) for part in split(whole, [1, 2], 1)] == [[1, 2], [3, 4, 5, 6]]
    texts = concatenated([Tensor(STRING, (1,), [b"a"]), Tensor(STRING, (2,), [b"b", b"c"])], 0)
    assert (texts.shape, texts.data) == ((3,), [b"a", b"b", b"c"])


def test_what_cannot_be_split_is_an_error() -> None:
    with pytest.raises(StatusError, match="Batched output tensor has 0 dimensions"):
        split(floats((), 1), [1], 0)
    with pytest.raises(StatusError, match="0th dimension does not equal the sum"):
        split(floats((1,), 1), [1, 1], 0)
    with pytest.raises(StatusError, match="at least one dimension"):
        rows_of([floats((), 1)])
    with pytest.raises(StatusError, match="equal 0th-dimension size"):
        rows_of([floats((1,), 1), floats((2,), 1, 2)])


def test_padding_repeats_the_first_value() -> None:
    small, large = floats((1, 1, 2), 1, 2), floats((1, 2, 3), *range(6))
    shape = common_shape([small, large])
    assert shape == (2, 3)
    assert values(padded(small, shape)) == [1, 2, 1, 1, 1, 1]
    assert values(padded(large, shape)) == [0, 1, 2, 3, 4, 5]
    texts = Tensor(STRING, (2, 1), [b"a", b"b"])
    assert padded(texts, (2,)).data == [b"a", b"a", b"b", b"a"]


@pytest.mark.tfx
@pytest.mark.parametrize("pads", [False, True])
def test_requests_that_are_batched_get_their_own_answers(
    start: Start, models: Path, tmp_path: Path, pads: bool
) -> None:
    parameters = tmp_path / "batching"
    parameters.write_text(
        "max_batch_size { value: 8 } batch_timeout_micros { value: 2000 } num_batch_threads { value: 2 } "
        f"allowed_batch_sizes: 4 allowed_batch_sizes: 8 pad_variable_length_inputs: {str(pads).lower()}"
    )
    served = start(models / "sequence", "--batching-parameters-file", parameters)
    wrong: list[Any] = []

    def ask(length: int) -> None:
        for _ in range(20):
            answer = served.post("/v1/models/sequence:predict", {"instances": [[1.0] * length]})
            got = answer.json.get("predictions")
            # The model gives the length of its rows: padded ones are as long as the longest of the batch.
            if answer.status != 200 or not (length <= got[0] <= 4 if pads else got == [length]):
                wrong.append(answer)

    clients = [threading.Thread(target=ask, args=(1 + number % 4,)) for number in range(8)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert wrong == []
    large = served.post("/v1/models/sequence:predict", {"instances": [[1.0]] * 9})
    assert large.json["error"] == "Task size 9 is larger than maximum input batch size 8"
