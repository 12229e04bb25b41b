"""A real `tfxc lsp`, driven over the protocol."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lsp.test_places import SPEC


class Client:
    """Speaks JSON-RPC to one server."""

    def __init__(self) -> None:
        program = [sys.executable, "-c", "from tfxc.compiler.cli import main; main()", "lsp"]
        self.process = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.number = 0
        self.diagnostics: dict[str, list[dict[str, Any]]] = {}
        capabilities = {"textDocument": {"completion": {"completionItem": {"snippetSupport": True}}}}
        self.ask("initialize", {"processId": None, "rootUri": None, "capabilities": capabilities})
        self.tell("initialized", {})

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        length = 0
        while line := self.process.stdout.readline().strip():
            if line.lower().startswith(b"content-length"):
                length = int(line.split(b":")[1])
        message: dict[str, Any] = json.loads(self.process.stdout.read(length))
        if message.get("method") == "textDocument/publishDiagnostics":
            self.diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
        return message

    def tell(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def ask(self, method: str, params: Any) -> Any:
        self.number += 1
        self._send({"id": self.number, "method": method, "params": params})
        while (message := self.read()).get("id") != self.number or "method" in message:
            pass
        return message.get("error") or message.get("result")

    def open(self, path: Path, text: str) -> str:
        uri = path.as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": document})
        self.wait(uri)
        return uri

    def wait(self, uri: str) -> list[dict[str, Any]]:
        self.diagnostics.pop(uri, None)
        while uri not in self.diagnostics:
            self.read()
        return self.diagnostics[uri]

    def at(self, method: str, uri: str, line: int, character: int, **more: Any) -> Any:
        position = {"line": line, "character": character}
        return self.ask(
            f"textDocument/{method}", {"textDocument": {"uri": uri}, "position": position, **more}
        )


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    started = Client()
    yield started
    started.ask("shutdown", None)
    started.tell("exit", None)
    assert started.process.wait(20) == 0


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
