"""What is shown of the logs of running nodes: one clean line each, and step and loss of a training."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tfxc.backends.local.screen.fitting import cut_front, filled
from tfxc.backends.local.screen.log_lines import Said, clean_line, what_it_says
from tfxc.backends.local.screen.log_tail import READ_SECONDS, TAIL_BYTES, LogTails
from tfxc.backends.reports.one_line import shortened


def said(log: str) -> str:
    return what_it_says(log, Said()).words


def keras_2_bar(steps: int, of: int = 200, loss: str = "0.31") -> str:
    """What Keras 2 writes for the first steps of an epoch: each state goes back over the one before."""
    written, last = "", 0
    for step in range(1, steps + 1):
        frame = f"{step:3}/{of} [==>......] - ETA: 1s - loss: {loss} - accuracy: 0.9"
        written += "\b" * last + "\r" + frame
        last = len(frame)
    return written


KERAS_3_BAR = (
    "\r\x1b[1m 1/20\x1b[0m \x1b[32m━\x1b[0m\x1b[37m━━━\x1b[0m \x1b[1m29s\x1b[0m 2s/step - loss: 1.5 - mae: 0"
    + "\b" * 75
    + "\r\x1b[1m 7/20\x1b[0m \x1b[32m━━━\x1b[0m\x1b[37m━\x1b[0m \x1b[1m0s\x1b[0m 6ms/step - loss: 0.5000"
)


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ("", ""),
        ("reading the columns\n", "reading the columns"),
        ("INFO:absl:Generating statistics for split train.\n", "Generating statistics for split train."),
        (
            "Generating\nINFO:absl:Feature sex_xf has a shape dim {\nINFO:absl:  size: 1\nINFO:absl:}\n",
            "Generating",
        ),
        ("Generating\nINFO:absl:. Setting to DenseTensor.\nWARNING:absl:no\n\n", "Generating"),
        ("Generating\nWARNING:my_module:few rows\n", "few rows"),
        ("Generating\n2026-11-23 17:55:30.123: I tensorflow/core/platform.cc:1] noise\n", "Generating"),
        ("Generating\nW0000 00:00:1700000000.123456 12 something.cc:5] noise\n", "Generating"),
        ('Generating\nINFO:absl:  model_names: ""\nINFO:absl:name: "x"\nINFO:absl:type: INT\n', "Generating"),
        ("whole\nnot yet at its en", "whole"),
        ("\x1b[32mgreen\x1b[0m and \x1b]0;title\x07plain\r\n", "green and plain"),
        (" 10%|█         | 1/10 [00:01]\r 45%|████▌     | 45/100 [00:04]", "45%|████▌ | 45/100 [00:04]"),
        ("3/4 of the files are read\n", "3/4 of the files are read"),
        (keras_2_bar(120), "step 120/200 loss 0.31"),
        ("Epoch 1/1\n" + keras_2_bar(120), "step 120/200 loss 0.31"),
        ("Epoch 2/5\n" + keras_2_bar(3), "epoch 2/5 step 3/200 loss 0.31"),
        (keras_2_bar(3) + "\b" * 50, "step 3/200 loss 0.31"),
        (keras_2_bar(3) + "\b" * 50 + "\r  4/200 [==>..", "step 3/200 loss 0.31"),
        ("\r 17/Unknown - 1s - loss: 0.2", "step 17 loss 0.2"),
        ("Epoch 1/2\n" + KERAS_3_BAR, "epoch 1/2 step 7/20 loss 0.5000"),
        (
            "200/200 - 4s - 20ms/step - val_loss: 9 - loss: 0.1118 - accuracy: 0.9\n",
            "step 200/200 loss 0.1118",
        ),
        ("Epoch 2/2\n10/10 - 1s - loss: 0.1\n" + keras_2_bar(4, of=8), "step 4/8 loss 0.31"),
        (keras_2_bar(8, of=8) + "\nINFO:absl:Writing fingerprint to x\n", "step 8/8 loss 0.31"),
        (keras_2_bar(8, of=8) + "\nsaving\n", "saving"),
        ("step 1: loss nan\n", "step 1: loss nan"),
        (keras_2_bar(2, loss="nan"), "step 2/200 loss nan"),
        ("企鵝 🐧 👩‍🔬\n", "企鵝 🐧 👩‍🔬"),
    ],
)
def test_what_a_log_says(log: str, words: str) -> None:
    assert said(log) == words


def test_chatter_does_not_take_away_what_was_said_before() -> None:
    before = Said("step 9/10 loss 0.1", "1/2")
    assert what_it_says("INFO:absl:}\n\n", before) == before


TROUBLE = st.lists(
    st.sampled_from(
        ["\r", "\b\b", "\n", "\x1b[", "\x1b[2J", "\x1b]8;;", "\x07", "INFO:absl:", "Epoch 1/2\n", "7/9 ["]
    )
    | st.sampled_from(["- loss: ", "企", "🐧", "\u0301", "\u202e", "\x9b31m", "\u2028", "\x85"])
    | st.text(max_size=8)
).map("".join)


@given(log=TROUBLE, width=st.integers(0, 60))
def test_any_log_gives_one_clean_line_of_at_most_the_width(log: str, width: int) -> None:
    words = said(log)
    assert words == clean_line(words)
    assert not any(character < " " or "\x7f" <= character <= "\x9f" for character in words)
    assert "\u202e" not in words
    for shown in (shortened(words, width), cut_front(words, width), filled(words, width)):
        assert cell_len(shown) <= width
        assert len(shown.splitlines()) <= 1
    assert cell_len(filled(words, width)) == width


@given(content=st.binary(max_size=300))
def test_any_bytes_in_a_log_are_read(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    log = tmp_path_factory.getbasetemp() / "any.log"
    log.write_bytes(content)
    tails = LogTails()
    tails.look([str(log)])
    assert tails.words(str(log)) == clean_line(tails.words(str(log)))


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_logs_are_read_now_and_then(tmp_path: Path) -> None:
    log, clock = tmp_path / "trainer.1.log", Clock()
    tails = LogTails(clock)
    log.write_text("one\n")
    tails.look([str(log)])
    log.write_text("one\nand two\n")
    clock.now += READ_SECONDS / 2
    tails.look([str(log)])
    assert tails.words(str(log)) == "one"
    clock.now += READ_SECONDS
    tails.look([str(log)])
    assert tails.words(str(log)) == "and two"


def test_of_a_large_log_the_end_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log, read = tmp_path / "big.log", []
    log.write_bytes(b"x" * 5_000_000 + b"\n" + keras_2_bar(150).encode())
    plain_read = io.FileIO.read

    class Counted(io.FileIO):
        def read(self, size: int | None = -1, /) -> bytes:
            content = plain_read(self, -1 if size is None else size)
            read.append(len(content))
            return content

    monkeypatch.setattr(os, "fdopen", lambda descriptor, *_, **__: Counted(descriptor, "rb"))
    tails = LogTails()
    tails.look([str(log)])
    assert tails.words(str(log)) == "step 150/200 loss 0.31"
    assert read == [TAIL_BYTES]


def test_the_epoch_is_known_when_its_line_is_no_longer_in_the_end(tmp_path: Path) -> None:
    log, clock = tmp_path / "trainer.1.log", Clock()
    tails = LogTails(clock)
    log.write_text("Epoch 3/5\n" + keras_2_bar(2, of=2000))
    tails.look([str(log)])
    log.write_text("Epoch 3/5\n" + keras_2_bar(999, of=2000))
    assert log.stat().st_size > TAIL_BYTES
    clock.now += READ_SECONDS
    tails.look([str(log)])
    assert tails.words(str(log)) == "epoch 3/5 step 999/2000 loss 0.31"


def test_a_log_that_cannot_be_read_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "folder.log").mkdir()
    os.mkfifo(tmp_path / "pipe.log")
    logs = [*(str(tmp_path / name) for name in ("none.log", "folder.log", "pipe.log")), "", "a\0b"]
    tails = LogTails()
    tails.look(logs)
    assert [tails.words(log) for log in logs] == [""] * len(logs)
