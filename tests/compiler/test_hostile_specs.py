"""Whatever a spec's file holds, checking it ends with diagnostics or a Plan, never with an exception."""

from __future__ import annotations

import random
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from tfxc.compiler.driver import check
from tfxc.compiler.render.machine import render_github, render_json
from tfxc.compiler.render.sarif import render_sarif
from tfxc.compiler.render.text import render_text
from tfxc.compiler.source.tree import Source

ROOT = Path(__file__).parent.parent.parent
SPECS = sorted(ROOT.glob("specs/*/pipeline.yaml"))
VALUES: tuple[Any, ...] = (
    *(None, True, 0, -1, 1.5, 10**30, "", "x", "a.b", "😀\n", "../..", "/dev/zero", "gs://x", ":", "a:b:c"),
    *("{{ parameters.x }}", "{{ run.date }}", "{{", "trainer.model", "steps.py:Foo", "a == 1"),
    *([], {}, [[]], [None], {"": ""}, {"$reference": "x"}, {"type": "Trainer"}, {"type": "a.py:b"}),
)
KEYS = ("", "type", "when", "execution", "components", "$path", "a b", "é", "x.y", "<<", "1")
PIECES = (
    *(b"\t", b"\n", b"  ", b"{{", b"}}", b"[", b"]", b'"', b"'", b"&a ", b"*a ", b"<<: ", b"!!int ", b"|"),
    *(b">", b"- ", b": ", b"#", b"%", b"@", b"\0", b"\xff", "é".encode(), "\u2028".encode(), b"---\n", b"\r"),
)


def _check(path: Path) -> None:
    for environment in (None, "prod"):
        spec = check(path, environment)
        assert (spec.plan is None) == spec.has_errors
        if spec.plan is not None:
            spec.plan.to_json()
        for diagnostic in spec.diagnostics:
            assert diagnostic.span is not None
            source: Source = spec.loaded.sources[diagnostic.span.file]
            assert 1 <= diagnostic.span.line <= len(source.line_starts)
        assert render_text(spec.diagnostics, spec.loaded.sources) or not spec.diagnostics
        render_json(spec.diagnostics)
        render_github(spec.diagnostics)
        render_sarif(spec.diagnostics, "1")


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, child in inner for place in ((*path, key), *_places(child, (*path, key)))]


def _at(document: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        document = document[key]
    return document


def _mutate(document: Any, chance: random.Random) -> None:
    places = _places(document)
    if not places:
        return
    *above, key = chance.choice(places)
    parent = _at(document, tuple(above))
    match chance.randrange(4):
        case 0:
            del parent[key]
        case 1 if isinstance(parent, dict):
            parent[chance.choice(KEYS)] = parent.pop(key)
        case 2:
            parent[key] = deepcopy(_at(document, chance.choice(places)))
        case _:
            parent[key] = deepcopy(chance.choice(VALUES))


@pytest.fixture
def beside(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of a spec's folder, so that its modules are there."""
    source: Path = request.param
    for file in source.parent.glob("*.py"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "pipeline.yaml").write_bytes(source.read_bytes())
    return tmp_path / "pipeline.yaml"


@pytest.mark.parametrize("beside", SPECS, indirect=True, ids=lambda path: path.parent.name)
@pytest.mark.parametrize("seed", range(3))
def test_documents_with_anything_anywhere(beside: Path, seed: int) -> None:
    chance = random.Random(seed)
    text = beside.read_text(encoding="utf-8")
    for _ in range(12):
        document = yaml.safe_load(text)
        for _ in range(chance.choice([1, 1, 2, 6])):
            _mutate(document, chance)
        text = yaml.dump(document, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False)
        beside.write_text(text, encoding="utf-8")
        _check(beside)


@pytest.mark.parametrize("beside", SPECS[:1], indirect=True, ids=lambda path: path.parent.name)
@pytest.mark.parametrize("seed", range(4))
def test_bytes_with_anything_anywhere(beside: Path, seed: int) -> None:
    chance = random.Random(seed)
    original = beside.read_bytes()
    for _ in range(30):
        content = bytearray(original)
        for _ in range(chance.choice([1, 2, 4])):
            place = chance.randrange(len(content))
            if chance.random() < 0.6:
                content[place:place] = chance.choice(PIECES)
            else:
                del content[place : place + chance.choice([1, 3, 20])]
        beside.write_bytes(bytes(content))
        _check(beside)
