"""Models saved in ways that Keras 3 does not have are found in the source."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfxc.compiler.python.keras_saves import keras_saves
from tfxc.compiler.python.module_finder import ModuleFinder


@pytest.mark.parametrize(
    ("call", "what"),
    [
        ('model.save(fn_args.serving_model_dir, save_format="tf")', '`save_format="tf"`'),
        ('self.model.save(d, True, save_format="tf", signatures=s)', '`save_format="tf"`'),
        ('make()\\\n    .save(d,\n    save_format="tf")', '`save_format="tf"`'),
        ('tf.keras.models.save_model(model, d, save_format="tf")', '`save_format="tf"`'),
        ('save_model(model, d, save_format="tf")', '`save_format="tf"`'),
        ("model.save(d, save_format=FORMAT)", '`save_format="tf"`'),
        ("model.save(d, signatures=signatures)", "`signatures=`"),
        ("model.save(fn_args.serving_model_dir)", "a folder"),
        ("model.save(filepath=fn_args.serving_model_dir)", "a folder"),
        ('model.save("x.keras", save_format="keras")', None),
        ("model.save(os.path.join(fn_args.model_run_dir, 'x.keras'))", None),
        ("model.export(fn_args.serving_model_dir)", None),
        ("tf.saved_model.save(model, fn_args.serving_model_dir, signatures=s)", None),
        ("saved_model.save(model, fn_args.serving_model_dir, signatures=s)", None),
        ("checkpoint.save(fn_args.model_run_dir)", None),
        ("print('model.save(d, save_format=\"tf\")')", None),
    ],
)
def test_calls(tmp_path: Path, call: str, what: str | None) -> None:
    path = tmp_path / "model.py"
    body = call.replace("\n", "\n    ")
    path.write_text(f'import keras\nFORMAT = "tf"\n\ndef run_fn(fn_args):\n    ({body})\n')
    finder = ModuleFinder(tmp_path)
    found = list(keras_saves(finder.read(path), finder))
    assert [each.what for each in found] == ([what] if what is not None else [])
    assert all(each.line == 5 for each in found)


@pytest.mark.parametrize("head", ["import tf_keras as keras", 'os.environ["TF_USE_LEGACY_KERAS"] = "1"'])
def test_who_uses_the_older_keras_may(tmp_path: Path, head: str) -> None:
    path = tmp_path / "model.py"
    path.write_text(f'{head}\nkeras.Model().save(d, save_format="tf")\n')
    finder = ModuleFinder(tmp_path)
    assert list(keras_saves(finder.read(path), finder)) == []


def test_other_libraries_save_into_folders(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text("import ydf\n\ndef run_fn(fn_args):\n    model.save(fn_args.serving_model_dir)\n")
    finder = ModuleFinder(tmp_path)
    assert list(keras_saves(finder.read(path), finder)) == []


@pytest.mark.parametrize(
    "line", ["import saving", "from saving import save", "from . import saving", "from .saving import save"]
)
def test_neighbours_are_looked_at_too(tmp_path: Path, line: str) -> None:
    (tmp_path / "model.py").write_text(f"{line}\n")
    (tmp_path / "saving.py").write_text('import model\nmodel.save(d, save_format="tf")\n')
    finder = ModuleFinder(tmp_path)
    (found,) = keras_saves(finder.read(tmp_path / "model.py"), finder)
    assert (found.source.path.name, found.line) == ("saving.py", 2)
