"""Specs written in a test, checked and lowered."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from tfxc.compiler.checks.registry import run_checks
from tfxc.compiler.source.load import Loaded, load
from tfxc.schemas.diagnostics import Finding

WriteSpec = Callable[..., Loaded]
CheckSpec = Callable[..., list[Finding]]


@pytest.fixture
def write_spec(tmp_path: Path) -> WriteSpec:
    """Returns a function that writes ``pipeline.yaml`` and other files (path → text), and loads it."""

    def write(
        text: str,
        files: dict[str, str] | None = None,
        name: str = "pipeline.yaml",
        environment: str | None = None,
    ) -> Loaded:
        for file, content in {**(files or {}), name: text}.items():
            path = tmp_path / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(content), encoding="utf-8")
        return load(tmp_path / name, environment)

    return write


@pytest.fixture
def check_spec(write_spec: WriteSpec) -> CheckSpec:
    """Returns a function that writes a spec with a head and components, and returns its findings."""

    def check(components: str, files: dict[str, str] | None = None, head: str = "") -> list[Finding]:
        body = textwrap.indent(textwrap.dedent(components), "  ")
        text = f"version: 1\nname: test\n{textwrap.dedent(head)}components:\n{body}"
        return run_checks(write_spec(text, files))

    return check
