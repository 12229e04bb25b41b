"""Every code is given by the checks that the registry names for it, and by no other."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from tfxc.compiler.checks.registry import CHECKS, ELSEWHERE, Check
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.python.parse import nodes_of
from tfxc.compiler.source.include import with_included
from tfxc.compiler.source.load import load
from tfxc.schemas.diagnostic_codes import CODES
from tfxc.schemas.diagnostics import Finding

ROOT = Path(__file__).parents[2]
SPECS = sorted((ROOT / "tests" / "diagnostics").glob("*/spec*.yaml")) + sorted(ROOT.glob("specs/*/*.yaml"))
_CODE = re.compile(r"[A-Z]\d{3}")
NOT_IN_A_GOLDEN = {"module_folders"}
"""Checks of what no golden can hold: ten thousand files."""


def given(check: Check, pipeline: Pipeline) -> set[str]:
    return {finding.code for finding in check.find(pipeline)}


@pytest.fixture(scope="module")
def pipelines() -> Iterator[list[Pipeline]]:
    """The pipelines of all bad specs and of the examples, with their own modules to import."""
    sites = [str(site) for site in ROOT.glob("tests/diagnostics/*/site")]
    sys.path[:0] = sites
    found = []
    for path in SPECS:
        first = path.read_bytes().split(b"\n", 1)[0].decode("utf-8", "replace")
        named = re.match(r"# environment: (\S+)", first)
        loaded = with_included(load(path, named.group(1) if named else None))
        if loaded.tree is not None:
            found.append(Pipeline(loaded))
    yield found
    del sys.path[: len(sites)]


def test_every_code_is_given_by_somebody() -> None:
    of_checks = {code for check in CHECKS for code in check.codes}
    assert of_checks | {code for codes in ELSEWHERE.values() for code in codes} == set(CODES)


def test_a_check_is_listed_once() -> None:
    assert len({check.name for check in CHECKS}) == len(CHECKS)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_a_check_gives_its_own_codes(check: Check, pipelines: list[Pipeline]) -> None:
    found = {code for pipeline in pipelines for code in given(check, pipeline)}
    assert found <= check.codes, f"register {found - check.codes} for {check.name}"
    assert found or check.name in NOT_IN_A_GOLDEN, f"no bad spec has a finding of {check.name}"


def test_a_code_that_is_not_registered_is_noticed(pipelines: list[Pipeline]) -> None:
    rogue = Check(lambda pipeline: [Finding("S101", "")], "S102")
    assert not given(rogue, pipelines[0]) <= rogue.codes


def codes_in(path: Path) -> set[str]:
    """Returns the codes that a module's strings are, docstrings and messages left out."""
    constants = (node for node in nodes_of(ast.parse(path.read_text())) if isinstance(node, ast.Constant))
    return {
        node.value for node in constants if isinstance(node.value, str) and _CODE.fullmatch(node.value)
    } & set(CODES)


@pytest.mark.parametrize("module", sorted({check.find.__module__ for check in CHECKS}))
def test_a_module_of_checks_names_the_codes_of_its_checks(module: str) -> None:
    file = import_module(module).__file__
    assert file is not None
    registered = {code for check in CHECKS if check.find.__module__ == module for code in check.codes}
    assert codes_in(Path(file)) <= registered


@pytest.mark.parametrize("place", ELSEWHERE)
def test_what_gives_codes_elsewhere_names_them(place: str) -> None:
    path = ROOT.joinpath(*place.split(".")[1:])
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]
    named = {code for file in files for code in codes_in(file)}
    assert named <= set(ELSEWHERE[place])
    if path.is_dir():
        assert named == set(ELSEWHERE[place])
