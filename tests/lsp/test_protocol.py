"""A real `tfxc lsp`, driven over the protocol."""

from __future__ import annotations

from pathlib import Path

from tests.lsp.client import Client
from tests.lsp.test_places import SPEC


def test_diagnostics_with_fixes_in_utf16(client: Client, tmp_path: Path) -> None:
    text = SPEC.replace("    exclude_splits", "    description: 😀\n    exclud_splits")
    text = text.replace("statistics_gen.statistics", "{x: 1}")
    uri = client.open(tmp_path / "pipeline.yaml", text)
    found = next(each for each in client.diagnostics[uri] if "exclud_splits" in each["message"])
    actions = client.ask(
        "textDocument/codeAction",
        {"textDocument": {"uri": uri}, "range": found["range"], "context": {"diagnostics": []}},
    )
    assert [each["title"] for each in actions] == ["Write exclude_splits"]
    assert found["code"] in client.at("hover", uri, found["range"]["start"]["line"], 6)["contents"]["value"]


def test_names_over_all_that_speaks_of_them(client: Client, tmp_path: Path) -> None:
    uri = client.open(tmp_path / "pipeline.yaml", SPEC)
    definition = client.at("definition", uri, 10, 17)
    assert [each["range"]["start"] for each in definition] == [{"line": 5, "character": 2}]
    assert "Where it is." in client.at("hover", uri, 7, 32)["contents"]["value"]
    edits = client.at("rename", uri, 5, 4, newName="birds")["changes"][uri]
    assert [each["range"]["start"]["line"] for each in edits] == [5, 10, 15, 20]
    assert "already" in client.at("rename", uri, 5, 4, newName="schema_gen")["message"]


def test_a_half_typed_text_is_completed(client: Client, tmp_path: Path) -> None:
    uri = client.open(tmp_path / "pipeline.yaml", SPEC)
    change = {
        "range": {"start": {"line": 10, "character": 14}, "end": {"line": 10, "character": 35}},
        "text": "[ex",
    }
    document = {"uri": uri, "version": 2}
    client.tell("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})
    items = client.at("completion", uri, 10, 17)["items"]
    assert [each["label"] for each in items] == ["example_gen.examples"]


def test_what_is_wrong_in_an_extended_file_is_told_there(client: Client, tmp_path: Path) -> None:
    base = tmp_path / "base.yaml"
    base.write_text(SPEC.replace("CsvExampleGen", "CsvExampelGen"))
    uri = client.open(tmp_path / "pipeline.yaml", "extends: base.yaml\nname: mine\n")
    while not client.diagnostics.get(base.as_uri()):
        client.read()
    assert client.diagnostics[base.as_uri()][0]["range"]["start"]["line"] == 6
    assert client.diagnostics[uri] == []


def test_outline_tokens_hints_and_folds(client: Client, tmp_path: Path) -> None:
    uri = client.open(tmp_path / "pipeline.yaml", SPEC)
    document = {"textDocument": {"uri": uri}}
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}
    assert "components" in [each["name"] for each in client.ask("textDocument/documentSymbol", document)]
    assert len(client.ask("textDocument/semanticTokens/full", document)["data"]) == 15
    hints = client.ask("textDocument/inlayHint", {**document, "range": whole})
    assert [each["label"] for each in hints] == ["Examples", "ExampleStatistics"]
    assert client.ask("textDocument/foldingRange", document)
    assert client.ask("textDocument/codeLens", document) == []
