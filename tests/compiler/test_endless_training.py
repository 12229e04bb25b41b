"""Training that surely never ends is found, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfxc.compiler.python.endless_training import endless_fits
from tfxc.compiler.python.parse import read_python

BOTH = frozenset({"train_steps", "eval_steps"})


def keywords(folder: Path, body: str, unset: frozenset[str] = BOTH) -> list[str]:
    (folder / "model.py").write_text(body)
    return [each.keyword for each in endless_fits(read_python(folder / "model.py"), unset)]


def run_fn(*lines: str) -> str:
    return "\n    ".join(["def run_fn(fn_args):", *lines]) + "\n"


FACTORY = "data = fn_args.data_accessor.tf_dataset_factory(f, Options.TensorFlowDatasetOptions(32%s), s)"


@pytest.mark.parametrize(
    "body",
    [
        run_fn(FACTORY % "", "model.fit(data)"),
        run_fn(FACTORY % "", "model.fit(x=data.map(split), steps_per_epoch=fn_args.train_steps)"),
        run_fn(FACTORY % ", num_epochs=None", "model.fit(data, steps_per_epoch=None)"),
        run_fn("model.fit(tf.data.TFRecordDataset(f).repeat().batch(8))"),
        run_fn("model.fit(make(f))") + "def make(f):\n    a = r(f).repeat(None)\n    return a.map(g)\n",
        run_fn("model.fit(read(f).repeat(), callbacks=[k.callbacks.EarlyStopping()])"),
    ],
)
def test_what_never_ends(tmp_path: Path, body: str) -> None:
    assert keywords(tmp_path, body) == ["steps_per_epoch"]


@pytest.mark.parametrize(
    "body",
    [
        run_fn(FACTORY % ", num_epochs=1", "model.fit(data)"),
        run_fn(FACTORY % ", num_epochs=epochs", "model.fit(data)"),
        run_fn(FACTORY % ", **more", "model.fit(data)"),
        run_fn(FACTORY % ", True, 3", "model.fit(data)"),
        run_fn(FACTORY % "", "data = data.take(3)", "model.fit(data)"),
        run_fn(FACTORY % "", "model.fit(data, steps_per_epoch=100)"),
        run_fn(FACTORY % "", "model.fit(data, steps_per_epoch=steps)"),
        run_fn(FACTORY % "", "model.fit(data.take(9))"),
        run_fn(FACTORY % "", "model.fit(data, **more)"),
        run_fn(FACTORY % "", "model.fit(data, callbacks=[Stop()])"),
        run_fn(FACTORY % "", "model.fit(data, callbacks=callbacks)"),
        run_fn("model.fit(read(f).repeat(3))"),
        run_fn("model.fit(read(f))"),
        run_fn("model.fit(make(f))") + "def make(f):\n    return a.repeat() if f else a\n",
        run_fn("model.fit(features, labels)"),
        run_fn("scaler.fit(rows)"),
    ],
)
def test_what_may_end(tmp_path: Path, body: str) -> None:
    assert keywords(tmp_path, body) == []


def test_steps_that_are_set(tmp_path: Path) -> None:
    body = run_fn(
        FACTORY % "",
        "model.fit(data, steps_per_epoch=fn_args.train_steps, validation_data=data,",
        "          validation_steps=fn_args.eval_steps)",
    )
    assert keywords(tmp_path, body, frozenset()) == []
    assert keywords(tmp_path, body, frozenset({"eval_steps"})) == ["validation_steps"]
