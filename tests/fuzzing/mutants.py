"""Mutants of the specs of this repository: copies of their folders in which something is changed at random.

The same spec and seed give the same mutant everywhere, so that a finding can be looked at again.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

SPECS = Path(__file__).parents[2] / "specs"
NAMES = tuple(sorted(path.parent.name for path in SPECS.glob("*/pipeline.yaml")))
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 10**30, float("inf"), "", " ", "x", "a.b", "😀\n", "../..", "/dev/zero"),
    *(
        "gs://x",
        ":",
        "a:b:c",
        "1h",
        "8Gi",
        "\0",
        "x" * 300,
        "train",
        "Model",
        "CsvExampleGen",
        "on",
        "2026-11-28",
    ),
    *("{{ parameters.x }}", "{{ run.date }}", "{{ env.HOME }}", "{{ run.id", "{{", "}}", "{{ '{{' }} x() }}"),
    *("trainer.model", "trainer[city=rome].model", "steps.py:Foo", "model/model.py:run_fn", "a == 1"),
    *("evaluator.blessing.custom_properties.blessed == 1", 'evaluator.evaluation.metric("auc") > 0.9'),
    *([], {}, [[]], [None], {"": ""}, {"$reference": "x"}, {"type": "Trainer"}, {"type": "a.py:b"}),
    *({"type": "Pipeline", "spec": "pipeline.yaml"}, {"value": 0.5}, {"city": ["rome", "oslo"]}),
)
KEYS = (
    *(
        "",
        "type",
        "when",
        "execution",
        "components",
        "$path",
        "a b",
        "é",
        "x.y",
        "<<",
        "1",
        "matrix",
        "extends",
    ),
    *("on_exit", "on_anomaly", "depends_on", "spec", "inputs", "outputs", "cache", "tfx", "tfx_id", "x-mine"),
)
PIECES = (
    *(b"\t", b"\n", b"  ", b"{{", b"}}", b"[", b"]", b'"', b"'", b"&a ", b"*a ", b"<<: ", b"!!int ", b"|"),
    *(b">", b"- ", b": ", b"#", b"%", b"@", b"\0", b"\xff", "é".encode(), "\u2028".encode(), b"---\n", b"\r"),
    *(
        b"\xef\xbb\xbf",
        b"...\n",
        b"? ",
        b"!<x> ",
        b"{",
        b"}",
        b", ",
        b"\\",
        b"\x85",
        b"# tfxc: ignore[W701]\n",
    ),
)
PYTHON_PIECES = (
    *(
        b"(",
        b")",
        b":",
        b"    ",
        b"\t",
        b"lambda: ",
        b"async ",
        b"await x\n",
        b"*",
        b"**",
        b"= ",
        b"@x\n",
        b"\0",
    ),
    *(
        b"from . import x\n",
        b"import os.path as y\n",
        b"class A(A): ...\n",
        b"def f(x: f = f()): ...\n",
        b"\\\n",
    ),
    *(
        b"if True:\n",
        b"'''",
        b'f"{x!r:{y}}"',
        b"return ",
        b"yield ",
        b"\xff",
        b"# coding: latin-1\n",
        b"-> int",
    ),
)
NO_DATA = ("data", "__pycache__", "runs", "pushed")


@dataclass(frozen=True)
class Mutant:
    """One spec of this repository with something changed."""

    spec: str
    seed: int

    def __str__(self) -> str:
        return f"{self.spec}:{self.seed}"

    def write(self, folder: Path) -> Path:
        """Writes the mutant below a folder that does not exist; returns its spec's file."""
        source = SPECS / self.spec
        shutil.copytree(source, folder, ignore=shutil.ignore_patterns(*NO_DATA))
        for data in source.glob("data*"):
            (folder / data.name).symlink_to(data)
        chance = random.Random(str(self))
        chance.choice(_KINDS)(folder, chance)
        return folder / "pipeline.yaml"


def _documents(folder: Path, chance: random.Random) -> None:
    """Changes the values and keys of a spec's document, or of one that it includes."""
    file = chance.choice([folder / "pipeline.yaml"] * 3 + _files(folder, "*.yaml"))
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    for _ in range(chance.choice([1, 1, 1, 2, 6])):
        _mutate(document, chance)
    text = yaml.dump(document, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False)
    file.write_text(text, encoding="utf-8")


def _texts(folder: Path, chance: random.Random) -> None:
    _change(chance.choice([folder / "pipeline.yaml"] * 3 + _files(folder, "*.yaml")), PIECES, chance)


def _modules(folder: Path, chance: random.Random) -> None:
    modules = _files(folder, "*.py")
    _change(chance.choice(modules) if modules else folder / "pipeline.yaml", PYTHON_PIECES, chance)


def _settings(folder: Path, chance: random.Random) -> None:
    """Writes settings of a project, in which something is wrong as often as not."""
    key = chance.choice(["strict", "select", "ignore", "exclude", "format", "policy", "env", "nothing"])
    value = chance.choice(["true", '"W7"', '["W701"]', "1", '["**"]', '"json"', "{}", "[[", '"\\u0000"'])
    (folder / "tfxc.toml").write_text(f"{key} = {value}\n", encoding="utf-8")
    _documents(folder, chance)


_KINDS: tuple[Callable[[Path, random.Random], None], ...] = (
    *(_documents, _documents, _documents, _texts, _texts, _modules, _settings),
)


def _files(folder: Path, pattern: str) -> list[Path]:
    return sorted(path for path in folder.rglob(pattern) if not path.is_symlink())


def _change(file: Path, pieces: tuple[bytes, ...], chance: random.Random) -> None:
    """Puts something in, or takes something out, at a few places of a file."""
    content = bytearray(file.read_bytes())
    for _ in range(chance.choice([1, 1, 2, 4])):
        place = chance.randrange(len(content) + 1)
        match chance.randrange(5):
            case 0 | 1:
                content[place:place] = chance.choice(pieces)
            case 2:
                del content[place : place + chance.choice([1, 3, 20])]
            case 3:
                content[place:place] = content[place : place + chance.choice([10, 100])]
            case _:
                lines = content.splitlines(keepends=True)
                del lines[chance.randrange(len(lines) + 1) :][:1]
                chance.shuffle(lines[-3:])
                content = bytearray(b"".join(lines))
    file.write_bytes(bytes(content))


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
    match chance.randrange(6):
        case 0:
            del parent[key]
        case 1 if isinstance(parent, dict):
            parent[chance.choice(KEYS)] = parent.pop(key)
        case 2:
            parent[key] = deepcopy(_at(document, chance.choice(places)))
        case 3 if isinstance(parent, dict):
            parent[chance.choice(KEYS)] = deepcopy(chance.choice(VALUES))
        case 4 if isinstance(parent[key], str) and parent[key]:
            text = parent[key]
            place = chance.randrange(len(text))
            parent[key] = (
                text[:place] + chance.choice(["", text[place] * 2, ".", "}", "[", " "]) + text[place + 1 :]
            )
        case _:
            parent[key] = deepcopy(chance.choice(VALUES))
