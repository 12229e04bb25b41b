"""What holds for every spec, however wrong: what the commands that only read specs may and may not do."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

from tests.fuzzing.mutants import SPECS, Mutant
from tfxc.compiler.cli import run
from tfxc.compiler.source.load import load
from tfxc.schemas.failures import EXIT_INTERNAL

EXIT_CODES = (0, 1, 2)
FORMATS = ("text", "json", "github", "gitlab", "sarif", "junit")


class Said(NamedTuple):
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


def command(*words: str | Path) -> Said:
    """Runs a command in this process; one that raises has broken the first property."""
    said = _said(words)
    if said.code == EXIT_INTERNAL:
        os.environ["TFXC_DEBUG"] = "1"
        _said(words)
    assert said.code in EXIT_CODES, f"exit code {said.code}: {said.err[-2000:]}"
    assert "Traceback (most recent call last)" not in said.out + said.err, said.err[-2000:]
    return said


def _said(words: Sequence[str | Path]) -> Said:
    with contextlib.redirect_stdout(_Stream()) as out, contextlib.redirect_stderr(_Stream()) as err:
        code = run([str(word) for word in words])
    return Said(code, _text(out), _text(err))


class _Stream(io.TextIOWrapper):
    """A stream of text over bytes, as the standard ones are."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", errors="surrogateescape", write_through=True)


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode("utf-8", errors="replace")


def holds_for(mutant: Mutant, folder: Path) -> Iterator[Callable[[], None]]:
    """Yields the properties of a mutant that is written into a folder, one after the other."""
    path = mutant.write(folder)
    chance = random.Random(mutant.seed)
    environment = chance.choice([(), (), ("--env", "prod")])
    yield lambda: _diagnostics_lie_in_their_files(path, environment)
    yield lambda: _valid_compiles(path, folder, environment)
    further: list[Callable[[], None]] = [
        lambda: _every_format_can_be_read(path, chance.choice(FORMATS), environment),
        lambda: _drawn(path, chance.choice(["text", "mermaid", "dot", "json"]), environment),
        lambda: _compared(SPECS / mutant.spec / "pipeline.yaml", path),
        lambda: _fixed(path),
        lambda: _laid_out(path),
    ]
    yield chance.choice(further)


def _diagnostics_lie_in_their_files(path: Path, environment: tuple[str, ...]) -> None:
    said = command("validate", path, "--format", "json", *environment)
    if said.code == 2 and not said.out:
        assert said.err.startswith(("error:", "Error")), said.err
        return
    answer = json.loads(said.out)
    found = answer["diagnostics"]
    errors = [each for each in found if each["severity"] == "error"]
    codes = {each["code"] for each in found}
    # What a project's settings make strict fails with warnings only; settings that are wrong are wrong use.
    fits = said.code == 2 if "Y017" in codes else said.code == 1 if errors else said.code == 0 or codes
    assert fits, (said.code, codes)
    for each in found:
        assert len(each["message"].splitlines()) == 1, each
        if each.get("file") is None:
            continue
        file = Path(each["file"])
        content = file.read_bytes().decode("utf-8", errors="replace")
        lines = content.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        assert 1 <= each["line"] <= len(lines), (each, len(lines))
        assert 1 <= each["column"] <= len(lines[each["line"] - 1]) + 1, (each, lines[each["line"] - 1])


def _every_format_can_be_read(path: Path, form: str, environment: tuple[str, ...]) -> None:
    said = command("validate", path, "--format", form, "--strict", *environment)
    if said.code == 2:
        return
    if form in ("json", "gitlab", "sarif"):
        json.loads(said.out)
    elif form == "junit":
        from xml.etree import ElementTree

        ElementTree.fromstring(said.out)


def _valid_compiles(path: Path, folder: Path, environment: tuple[str, ...]) -> None:
    """Valid for a backend means that its bundle is written, and that what is in it can be read."""
    valid = command("validate", path, *environment).code == 0
    if not valid:
        assert command("plan", path, *environment).code != 0
        return
    json.loads(command("plan", path, *environment).out)
    asked = load(path, *environment[1:]).document.get("backends") or {}
    for backend in ("local", "airflow", "kubeflow"):
        bundle = folder / "out" / backend
        said = command("compile", path, "--backend", backend, "--output", bundle, *environment)
        # A backend that the spec has no settings of may not honour all of it, and says so.
        assert said.code == 0 or backend not in asked, (backend, said)
        assert said.code == 0 or "error[B" in said.out + said.err, (backend, said)
        if said.code == 0:
            _can_be_read(bundle)


def _can_be_read(bundle: Path) -> None:
    for file in bundle.iterdir():
        if file.suffix == ".py":
            ast.parse(file.read_bytes())
        elif file.suffix in (".yaml", ".yml"):
            list(yaml.safe_load_all(file.read_text(encoding="utf-8")))
        elif file.suffix == ".json":
            json.loads(file.read_text(encoding="utf-8"))


def _drawn(path: Path, form: str, environment: tuple[str, ...]) -> None:
    said = command("graph", path, "--format", form, *environment)
    if said.code == 0 and form == "json":
        json.loads(said.out)


def _fixed(path: Path) -> None:
    """`fix` makes no spec worse, and shows what it would do without doing it."""
    before = path.read_bytes()
    errors = _errors(path)
    command("fix", path, "--diff")
    assert path.read_bytes() == before
    command("fix", path)
    assert _errors(path) <= errors, (errors, _errors(path))


def _laid_out(path: Path) -> None:
    """`fmt` changes nothing that a spec says, and is done after one turn."""
    before = path.read_bytes()
    errors = _errors(path)
    command("fmt", path, "--diff")
    assert path.read_bytes() == before
    if command("fmt", path).code == 0:
        assert command("fmt", path, "--check").code == 0, "not stable under fmt"
    assert _errors(path) == errors


def _errors(path: Path) -> int:
    said = command("validate", path, "--format", "json")
    if said.code == 2 and not said.out:
        return 0
    return sum(each["severity"] == "error" for each in json.loads(said.out)["diagnostics"])


def _compared(original: Path, path: Path) -> None:
    said = command("diff", original, path, "--json")
    if said.code in (0, 1) and said.out:
        json.loads(said.out)
