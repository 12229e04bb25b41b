"""The table of docs/components.md: every component, what it needs, and what runs it or looks at its IR."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from tests.docs.component_runs import ITS_CONSTRUCTOR, ITS_IR, backends, checked, lines, newest_backends
from tfxc.schemas.components import component_model, component_types
from tfxc.schemas.components.base import ExecutorComponent

ROOT = Path(__file__).parents[2]
CONSTRUCTORS = "tests/schemas/test_against_tfx.py"


@pytest.fixture
def rows(pages: dict[str, Any]) -> dict[str, list[str]]:
    (table,) = pages["docs/components.md"].tables("What is tried")
    return {row[0].strip("`"): row[1:] for row in table}


def service(type_name: str) -> str:
    model = component_model(type_name)
    return (model.service if issubclass(model, ExecutorComponent) else None) or ""


def test_every_component_is_in_the_table(rows: dict[str, list[str]]) -> None:
    assert tuple(rows) == component_types()


@pytest.mark.parametrize("type_name", component_types())
def test_the_row_of_a_component_is_true(rows: dict[str, list[str]], type_name: str) -> None:
    class_name, needs, tried, *_ = rows[type_name]
    assert class_name.strip("`") == component_model(type_name).class_path.rpartition(":")[2]
    assert needs == service(type_name)
    assert tried.startswith((ITS_IR, ITS_CONSTRUCTOR)) == bool(needs)
    (target,) = re.findall(r"\]\(\.\./([^)]+)\)", tried)
    text = (ROOT / target).read_text(encoding="utf-8")
    if tried.startswith(ITS_CONSTRUCTOR):
        assert target == CONSTRUCTORS
        return
    assert re.search(rf"\b{type_name}\b", text)
    assert runs(target), target


def test_where_each_component_runs_is_what_the_tests_say(rows: dict[str, list[str]]) -> None:
    expected = {
        type_name: [
            checked(type_name),
            *(tell(type_name, row[2]) for tell in (lines, backends, newest_backends)),
        ]
        for type_name, row in rows.items()
    }
    if os.environ.get("TFXC_UPDATE_GOLDEN"):
        page = ROOT / "docs" / "components.md"
        text = page.read_text(encoding="utf-8")
        for type_name, cells in expected.items():
            (line,) = re.findall(rf"^\| `{type_name}` \|.*$", text, re.MULTILINE)
            kept = line.strip("|").split("|")[:4]
            new = "|".join(["", *kept, *(f" {cell} " if cell else " " for cell in cells), ""])
            text = text.replace(line, new)
        page.write_text(text, encoding="utf-8")
        return
    assert {type_name: row[3:] for type_name, row in rows.items()} == expected


def test_what_needs_no_service_runs_with_the_newest_tfx_or_is_named(rows: dict[str, list[str]]) -> None:
    assert "1.16" in lines("Trainer", rows["Trainer"][2])
    assert backends("Trainer", rows["Trainer"][2]) == "local, Airflow, Kubeflow"
    assert newest_backends("Trainer", rows["Trainer"][2]) == "local, Airflow, Kubeflow"
    assert "Airflow" in backends("Container", rows["Container"][2])
    assert backends("PrestoExampleGen", rows["PrestoExampleGen"][2]) == ""


def runs(target: str) -> bool:
    """Whether a test runs TFX, or a spec is run by one that does."""
    files = [ROOT / target]
    if target.startswith("specs/"):
        name = Path(target).parts[1]
        files = [
            path
            for path in (ROOT / "tests").rglob("test_*.py")
            if re.search(rf"[\"/]{name}[\"/]", path.read_text(encoding="utf-8"))
        ]
    return any("pytest.mark.tfx" in path.read_text(encoding="utf-8") for path in files)
