"""The phases together: everything is reported at its place, and a Plan exists only without errors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

import tfxc.backends
from tfxc.backends import Bundle
from tfxc.compiler.driver import CheckedSpec, check
from tfxc.schemas.diagnostics import Finding
from tfxc.schemas.plan import Plan

MODEST = """version: 1
name: modest
components:
  example_gen:
    type: CsvExampleGen
    input_base: data
"""
DEMANDING = """version: 1
name: demanding
components:
  example_gen:
    type: CsvExampleGen
    input_base: "data/{{ run.date }}"
    execution:
      retries: 2
      retry_delay: 30s
      retry_exponential_backoff: true
      timeout: 1h
      trigger_strategy: ALL_UPSTREAM_NODES_COMPLETED
      env: {STAGE: test}
      resources: {cpu: 1, memory: 1Gi, accelerator: {type: nvidia.com/gpu}}
  importer:
    type: Importer
    source_uri: model
    artifact_type: Model
  pusher:
    type: Pusher
    model: importer.result
    push_destination: {filesystem: {base_directory: "out/{{ run.date }}"}}
    when: importer.result.uri != ''
  last:
    type: Importer
    source_uri: x
    artifact_type: Model
on_exit: last
"""


class Settings(BaseModel):
    """Settings of the backend below."""

    model_config = ConfigDict(extra="forbid", strict=True)

    level: int = 0


class Incapable:
    """A backend that honours nothing, and has a reason for some of it."""

    name = "incapable"
    settings: type[BaseModel] = Settings
    honours: frozenset[str] = frozenset()
    cannot: Mapping[str, str] = {"retries": "it tries nothing twice"}

    def check(self, plan: Plan) -> list[Finding]:
        """Finds something of its own."""
        return [Finding("B101", "it does not like the name", ("name",))]

    def emit(self, plan: Plan, modules: object) -> Bundle:
        """Is never called with errors."""
        raise AssertionError


@pytest.fixture
def _incapable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tfxc.backends, "load_backend", lambda name: Incapable())


def checked(tmp_path: Path, text: str, backends: tuple[str, ...] | None = None) -> CheckedSpec:
    path = tmp_path / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    return check(path, backends=backends)


def lines(spec: CheckedSpec, code: str) -> list[int]:
    return [d.span.line for d in spec.diagnostics if d.code == code and d.span]


def test_a_good_spec_has_a_plan(tmp_path: Path) -> None:
    spec = checked(tmp_path, MODEST)
    assert spec.diagnostics == ()
    assert spec.plan is not None
    assert spec.plan.name == "modest"


def test_a_spec_with_errors_has_no_plan(tmp_path: Path) -> None:
    spec = checked(tmp_path, MODEST.replace("CsvExampleGen", "CsvExmapleGen"))
    assert spec.has_errors
    assert spec.plan is None


def test_warnings_do_not_stop_it(tmp_path: Path) -> None:
    spec = checked(tmp_path, f"{MODEST}parameters:\n  unused: {{type: int, default: 1}}\n")
    assert [diagnostic.code for diagnostic in spec.diagnostics] == ["W701"]
    assert not spec.has_errors
    assert spec.plan is not None


def test_without_a_tree_nothing_else_is_checked(tmp_path: Path) -> None:
    spec = checked(tmp_path, "a: [\n")
    assert [diagnostic.code for diagnostic in spec.diagnostics] == ["Y001"]


def test_mistakes_of_yaml_and_of_the_document_come_together_in_order(tmp_path: Path) -> None:
    text = MODEST.replace("name: modest", "name: Mo dest\nname: x").replace("input_base", "input_bsae")
    spec = checked(tmp_path, text)
    places = [(d.span.line, d.span.column) for d in spec.diagnostics if d.span]
    assert places == sorted(places)
    assert {"S105", "Y003", "S101"} <= {diagnostic.code for diagnostic in spec.diagnostics}


def test_what_only_follows_from_a_misread_value_is_left_out(tmp_path: Path) -> None:
    spec = checked(tmp_path, MODEST + "    execution: {resources: {cpu: .inf}}\n")
    assert [diagnostic.code for diagnostic in spec.diagnostics] == ["Y011"]


@pytest.mark.usefixtures("_incapable")
def test_each_option_that_is_not_honoured_is_an_error_at_its_place(tmp_path: Path) -> None:
    spec = checked(tmp_path, DEMANDING, ("incapable",))
    assert spec.plan is None
    assert lines(spec, "B101") == [2, 6, 8, 9, 10, 11, 12, 13, 14, 14, 14, 22, 23, 28]
    columns = {(d.span.line, d.span.column) for d in spec.diagnostics if d.span}
    assert {(6, 23), (22, 58), (14, 19), (14, 27), (14, 40)} <= columns


@pytest.mark.usefixtures("_incapable")
def test_it_says_why_or_that_the_backend_has_not_heard_of_it(tmp_path: Path) -> None:
    messages = [each.message for each in checked(tmp_path, DEMANDING, ("incapable",)).diagnostics]
    assert "the backend `incapable` does not have retries: it tries nothing twice" in messages
    unheard_of = "timeouts: it does not name `timeout` among what it honours"
    assert f"the backend `incapable` does not have {unheard_of}" in messages


@pytest.mark.usefixtures("_incapable")
@pytest.mark.parametrize("text", ["the {{ '{{' }} run.date }}", "run.date"])
def test_what_only_looks_like_a_reference_asks_for_nothing(tmp_path: Path, text: str) -> None:
    spec = checked(tmp_path, MODEST.replace("data", f'"{text}"'), ("incapable",))
    assert lines(spec, "B101") == [2]


@pytest.mark.usefixtures("_incapable")
def test_a_date_in_a_condition_is_found_there(tmp_path: Path) -> None:
    importer = "  importer: {type: Importer, source_uri: x, artifact_type: Model}\n"
    condition = "importer.result.uri != '{{ run.date }}'"
    pusher = f'  pusher: {{type: Pusher, model: importer.result, when: "{condition}", push_destination: {{'
    text = f"{MODEST}{importer}{pusher}filesystem: {{base_directory: out}}}}}}\n"
    spec = checked(tmp_path, text, ("incapable",))
    assert lines(spec, "B101") == [2, 8, 8], "the pipeline's name, the condition, the date in it"


@pytest.mark.usefixtures("_incapable")
def test_a_modest_pipeline_needs_no_option(tmp_path: Path) -> None:
    assert lines(checked(tmp_path, MODEST, ("incapable",)), "B101") == [2]


def test_only_the_backends_asked_for_are_checked(tmp_path: Path) -> None:
    quantum = "    execution: {resources: {accelerator: {type: example.com/quantum}}}\n"
    text = f"{MODEST}{quantum}backends: {{local: {{jobs: 2}}}}\n"
    assert lines(checked(tmp_path, text), "B101") == [7]
    assert checked(tmp_path, text, ()).plan is not None


def test_settings_are_checked_by_their_backend(tmp_path: Path) -> None:
    spec = checked(tmp_path, f"{MODEST}backends: {{local: {{jobs: many, jbos: 1}}}}\n")
    assert [diagnostic.code for diagnostic in spec.diagnostics] == ["S103", "S101"]
