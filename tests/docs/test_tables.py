"""The tables of keys, options, fields and codes in the documentation are complete and say nothing else."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any, get_args

import pytest
import typer.main

from tfxc.backends import Backend, backend_names
from tfxc.backends.launcher.command_parser import command_parser
from tfxc.backends.metadata.run_folder import RunFolder
from tfxc.backends.reports.run_report import NodeReport, RunReport
from tfxc.backends.reports.states import FINAL, shown_state
from tfxc.compiler.cli import app
from tfxc.compiler.command_table import COMMANDS
from tfxc.compiler.language.references import parse_template
from tfxc.compiler.models.component_pages import component_overview
from tfxc.compiler.models.markers import input_fields
from tfxc.compiler.source.scalars import Refused, resolve_plain
from tfxc.schemas import failures
from tfxc.schemas.artifacts import ARTIFACT_TYPES, EVERY_ARTIFACT
from tfxc.schemas.components import component_model, component_types
from tfxc.schemas.components.base import COMMON_KEYS
from tfxc.schemas.diagnostics import Finding
from tfxc.schemas.execution import Execution
from tfxc.schemas.execution_options import EXECUTION_OPTIONS
from tfxc.schemas.parameters import Parameter
from tfxc.schemas.serving import Serving
from tfxc.schemas.spec import METADATA_KINDS, Metadata, Spec

Pages = dict[str, Any]


def words(cell: str) -> list[str]:
    """Returns what stands in backticks in a cell."""
    return re.findall(r"`([^`]+)`", cell)


def first_column(table: list[list[str]]) -> set[str]:
    return {word for row in table for word in words(row[0])}


def options_of(command: str) -> set[str]:
    group: Any = typer.main.get_command(app)
    context = group.make_context("tfxc", [command], resilient_parsing=True)
    found = group.get_command(context, command)
    named = {name for each in found.params for name in each.opts if name.startswith("-")}
    return named - {"-h", "--help"}


def test_options_of_serve_and_predict(pages: Pages) -> None:
    page = pages["docs/serving.md"]
    assert first_column(page.tables("Options")[0]) == options_of("serve")
    assert first_column(page.tables("Asking about a file")[0]) == options_of("predict")


def test_keys_of_the_document(pages: Pages) -> None:
    assert first_column(pages["docs/spec.md"].tables("A whole spec")[0]) == set(Spec.model_fields)


def test_keys_of_a_parameter(pages: Pages) -> None:
    assert first_column(pages["docs/spec.md"].tables("Parameters")[0]) == set(Parameter.model_fields)


def test_keys_of_execution(pages: Pages) -> None:
    assert first_column(pages["docs/spec.md"].tables("execution")[0]) == set(Execution.model_fields)


def test_keys_of_every_component(pages: Pages) -> None:
    assert first_column(pages["docs/spec.md"].tables("Components")[0]) == COMMON_KEYS


def test_components_and_their_channels(pages: Pages) -> None:
    table = pages["docs/spec.md"].tables("Components")[1]
    assert [words(row[0])[0] for row in table] == [row.type for row in component_overview()]
    assert {words(row[0])[0] for row in table} == set(component_types())
    for kind, reads, gives in table:
        model = component_model(words(kind)[0])
        if model.__name__ in ("Resolver", "Importer", "Container", "Pipeline"):
            continue
        inputs = [f"`{name}`{'' if each.required else '?'}" for name, each in input_fields(model).items()]
        outputs = [f"`{name}`{'?' if each.present else ''}" for name, each in model.outputs.items()]
        assert (reads, gives) == (", ".join(inputs), ", ".join(outputs)), kind


def test_kinds_of_metadata(pages: Pages) -> None:
    table = pages["docs/spec.md"].tables("pipeline_root and metadata")[0]
    assert tuple(words(row[0])[0] for row in table) == METADATA_KINDS
    for kind, keys, _ in table:
        model = get_args(Metadata.model_fields[words(kind)[0]].annotation)[0]
        assert words(keys) == list(model.model_fields)


def test_references(pages: Pages) -> None:
    for row in pages["docs/spec.md"].tables("References")[0]:
        assert parse_template(words(row[0])[0]).whole is not None


KINDS = {"true or false": bool, "a text": str, "null": type(None), "an integer": int, "a float": float}


def test_plain_words_of_yaml(pages: Pages) -> None:
    for written, meaning, _ in pages["docs/spec.md"].tables("YAML")[0]:
        for word in words(written):
            assert type(resolve_plain(word)) is KINDS.get(meaning, Refused), word


def test_properties_of_artifacts(pages: Pages) -> None:
    shown = {
        words(row[0])[0]: (words(row[1]), words(row[2]))
        for row in pages["docs/spec.md"].tables("Conditions")[0]
    }
    expected = {}
    for each in ARTIFACT_TYPES.values():
        own = [
            name
            for name, kind in each.custom_properties.items()
            if kind != "json" and name not in EVERY_ARTIFACT and not name.startswith("__")
        ]
        if each.properties or own:
            expected[each.name] = (list(each.properties), own)
    assert shown == expected


def test_sections_of_backends(pages: Pages) -> None:
    assert first_column(pages["docs/spec.md"].tables("backends")[0]) >= set(backend_names())


@pytest.mark.parametrize(("command", "heading"), [("run", "Options"), ("validate", "Checking in CI")])
def test_options(pages: Pages, command: str, heading: str) -> None:
    assert first_column(pages["docs/running.md"].tables(heading)[0]) == options_of(command)


def test_states(pages: Pages) -> None:
    assert first_column(pages["docs/running.md"].tables("What it shows")[0]) == set(map(shown_state, FINAL))


def test_files_of_a_run(pages: Pages) -> None:
    named = first_column(pages["docs/running.md"].tables("The run's folder")[0])
    folder = RunFolder(path=pages["README.md"].path.parent)
    places = (name for name, each in vars(RunFolder).items() if isinstance(each, property))
    assert {name.partition("/")[0] for name in named} == {getattr(folder, name).name for name in places}


def test_fields_of_the_report(pages: Pages) -> None:
    report, node = pages["docs/running.md"].tables("The report as JSON")
    assert first_column(report) == set(RunReport.model_fields)
    assert first_column(node) == set(NodeReport.model_fields)


def test_exit_codes(pages: Pages) -> None:
    codes = {value for name, value in vars(failures).items() if name.startswith("EXIT_")}
    codes -= {failures.EXIT_SKIPPED}  # of the launcher only
    assert {int(row[0]) for row in pages["docs/running.md"].tables("Exit codes")[0]} == codes


def test_options_and_exit_codes_of_run_node(pages: Pages) -> None:
    options, codes = pages["docs/launcher.md"].tables("One node in a process: run-node")
    commands = next(each for each in command_parser()._actions if each.dest == "command").choices
    assert isinstance(commands, dict)
    known = {name for each in commands["run-node"]._actions for name in each.option_strings}
    assert first_column(options) == known - {"-h", "--help"}
    names = ("EXIT_DONE", "EXIT_FAILED", "EXIT_WRONG_USE", "EXIT_SKIPPED")
    assert {int(row[0]) for row in codes} == {getattr(failures, name) for name in names}


def test_what_a_backend_has(pages: Pages) -> None:
    page = pages["docs/backends.md"]
    attributes = set(Backend.__annotations__) | {
        name for name, each in vars(Backend).items() if callable(each) and not name.startswith("_")
    }
    assert first_column(page.tables("The Protocol")[0]) == attributes
    options = page.tables("What a backend honours")[0]
    assert first_column(options) == set(EXECUTION_OPTIONS)
    carried = first_column([row for row in options if row[2] == "yes"])
    assert carried == {each.name for each in EXECUTION_OPTIONS.values() if each.carried}
    assert first_column(page.tables("Findings")[0]) == {each.name for each in fields(Finding)}


def test_commands_in_the_readme(pages: Pages) -> None:
    named = {word.split()[1] for word in first_column(pages["README.md"].tables("Commands")[0])}
    assert named == set(COMMANDS)


def test_keys_and_options_of_serving(pages: Pages) -> None:
    page = pages["docs/deploying.md"]
    assert first_column(page.tables("serving")[0]) == set(Serving.model_fields)
    assert first_column(page.tables("Options")[0]) == options_of("deploy")


def test_options_of_ci(pages: Pages) -> None:
    assert first_column(pages["docs/ci.md"].tables("Options")[0]) == options_of("ci")


def test_options_of_test(pages: Pages) -> None:
    assert first_column(pages["docs/testing.md"].tables("Options")[0]) == options_of("test")


def test_what_tests_can_ask(pages: Pages) -> None:
    from tfxc.testing import SampleRun, Spec

    for kind, heading in ((Spec, "About a spec"), (SampleRun, "About a run")):
        said = first_column(pages["docs/testing.md"].tables(heading)[0])
        named = {word.partition("(")[0] for word in said}
        public = {name for name in dir(kind) if not name.startswith("_")} | {"path"}
        assert named - {"environment"} == public - {"checked", "record", "path"} | (named & {"path"})


def test_options_of_init(pages: Pages) -> None:
    table = pages["docs/starting.md"].tables("Out of data")[0]
    assert first_column(table) == options_of("init") | {"--no-header"}
