"""The signatures that a module saves its model with, read from its text, or left open."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfxc.compiler.python.module_finder import ModuleFinder
from tfxc.compiler.python.saved_signatures import saved_signatures

SAVE = "tf.saved_model.save(model, fn_args.serving_model_dir, "


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (f"{SAVE}signatures={{'a': f, NAME: g}})", {"a", "constant"}),
        (f"{SAVE}{{'a': f}})", {"a"}),
        (f"s = {{'a': f}}; s['b'] = g; {SAVE}signatures=s)", {"a", "b"}),
        (f"s: dict = {{'a': f}}; {SAVE}signatures=s)", {"a"}),
        (f"{SAVE}signatures=f.get_concrete_function(x))", {"serving_default"}),
        ("model.save(fn_args.serving_model_dir, save_format='tf', signatures={'a': f})", {"a"}),
        (f"{SAVE}signatures={{'a': f}}); np.save(path, x); checkpoint.save(folder)", {"a"}),
        (f"if x: {SAVE}signatures={{'a': f}})\n    else: {SAVE}signatures={{'b': f}})", {"a", "b"}),
        (
            "archive.add_endpoint('a', f); archive.add_endpoint(name='b'); archive.write_out(d)",
            {*("a", "b", "serving_default")},
        ),
        ("archive.add_endpoint(name, f); archive.write_out(d)", None),
        (f"{SAVE}signatures=f)", None),
        (f"{SAVE}signatures=make())", None),
        (f"{SAVE})", None),
        (f"{SAVE}**more)", None),
        (f"{SAVE}signatures={{'a': f, **more}})", None),
        (f"{SAVE}signatures={{'a': f, name: f}})", None),
        (f"s = {{'a': f}}; s.update(b=f); {SAVE}signatures=s)", None),
        (f"s = {{'a': f}}; s[name] = f; {SAVE}signatures=s)", None),
        (f"s = {{'a': f}}; fill(s); {SAVE}signatures=s)", None),
        (f"s = {{'a': f}}; s = more; {SAVE}signatures=s)", None),
        (f"s = {{'a': f}}; s |= more; {SAVE}signatures=s)", None),
        (f"{SAVE}signatures={{'a': f}}); model.export(folder)", None),
        (f"{SAVE}signatures={{'a': f}}); {SAVE}signatures=make())", None),
        ("model.export(fn_args.serving_model_dir)", None),
        ("pass", None),
    ],
)
def test_what_is_read(tmp_path: Path, body: str, names: set[str] | None) -> None:
    (tmp_path / "model.py").write_text("from saving import save_it\n\ndef run_fn(fn_args):\n    save_it()\n")
    text = f"import tensorflow as tf\nNAME = 'constant'\n\ndef save_it():\n    {body}\n"
    (tmp_path / "saving.py").write_text(text)
    finder = ModuleFinder(tmp_path)
    found = saved_signatures(finder.read(tmp_path / "model.py"), finder)
    assert (found.names if found is not None else None) == names
