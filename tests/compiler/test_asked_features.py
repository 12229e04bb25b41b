"""The features that a preprocessing_fn surely asks for, read from its text."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfxc.compiler.python.asked_features import asked_features
from tfxc.compiler.python.module_finder import ModuleFinder


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ('return {"x": inputs["a"], "y": inputs[LABEL]}', ["a", "label"]),
        ("return {name: inputs[name] for name in MORE}", ["b", "c", "label"]),
        ("for name in TABLE: out[name] = f(inputs[name])", ["d"]),
        ("for name, size in TABLE.items(): out[name] = f(inputs[name], size)", ["d"]),
        ('out = dict(inputs); out["x"] = inputs["a"]\n    return out', ["a"]),
        ('x = inputs["a"] if y else 0', []),
        ('if "a" in out: x = inputs["a"]', []),
        ('if "a" in inputs: x = inputs["a"]', []),
        ('try:\n        x = inputs["a"]\n    except KeyError: pass', []),
        ("return {name: inputs[name] for name in MORE if name != LABEL}", []),
        ('inputs = fill(inputs); x = inputs["a"]', []),
        ('fill(inputs); x = inputs["a"]', []),
        ('inputs["a"] = 1; x = inputs["a"]', []),
        ('inputs.update(a=1); x = inputs["a"]', []),
        ('if early: return {}\n    x = inputs["a"]', []),
        ("x = inputs[unknown]; y = inputs[TWICE]; z = inputs[f(LABEL)]", []),
        ('def f(inputs): return inputs["a"]', []),
        ("for LABEL in unknown(): x = inputs[LABEL]", []),
    ],
)
def test_what_is_asked_for(tmp_path: Path, body: str, names: list[str]) -> None:
    constants = "LABEL = 'label'\nPAIR = ['b', 'c']\nMORE = (*PAIR, LABEL)\nTABLE = {'d': 1}\n"
    (tmp_path / "columns.py").write_text(constants)
    text = "from columns import LABEL, MORE, TABLE\nTWICE = 'x'\nTWICE = 'y'\n\n"
    (tmp_path / "features.py").write_text(
        f"{text}def preprocessing_fn(inputs):\n    out = {{}}\n    {body}\n"
    )
    finder = ModuleFinder(tmp_path)
    found = asked_features(finder.read(tmp_path / "features.py"), finder)
    assert [each.name for each in found] == names
