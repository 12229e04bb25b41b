"""Random edits and questions over the protocol: the server answers each, without an error of its own."""

from __future__ import annotations

import os
import random
import re
from pathlib import Path
from typing import Any

import pytest

from tests.lsp.client import Client
from tests.lsp.test_selections import SPEC

PIECES = (
    *(
        "\n",
        "\r\n",
        "\r",
        " ",
        "    ",
        "\t",
        "- ",
        ":",
        ": ",
        "'",
        '"',
        "{",
        "}",
        "[",
        "]",
        "{{ ",
        " }}",
        "#",
        "|",
    ),
    *(
        "😀",
        "é",
        "a😀b",
        "\u2028",
        "\x85",
        "\x0c",
        "\ufeff",
        "&a ",
        "*a",
        "<<: ",
        "---\n",
        "!!binary ",
        "x" * 5000,
    ),
    *(
        "trainer[city=",
        "{{ parameters.",
        "when: not (a.b.c",
        "depends_on: [",
        "type: ",
        "extends: pipeline.yaml\n",
    ),
    *("components:\n", "matrix: {from: example_gen}\n", "environments:\n  prod:\n    components:\n", "\x00"),
)
ASKED = (
    *("completion", "hover", "definition", "references", "documentHighlight", "prepareRename", "rename"),
    *("codeAction", "documentSymbol", "foldingRange", "semanticTokens/full", "inlayHint", "codeLens"),
)
EXPECTED = {-32602: "invalid params", -32800: "cancelled", -32801: "content modified"}
"""Errors that are an answer; any other is a failure of the server's own."""
SEEDS = 6 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 1
_LINES = re.compile(r"\r\n|\n|\r")


class Editor:
    """An editor with one text, which it changes as the protocol says: lines, and UTF-16 code units."""

    def __init__(self, client: Client, path: Path, seed: int) -> None:
        self.client, self.uri, self.random = client, path.as_uri(), random.Random(seed)
        self.text, self.version, self.asked = SPEC, 1, [0]
        document = {"uri": self.uri, "languageId": "yaml", "version": 1, "text": self.text}
        client.tell("textDocument/didOpen", {"textDocument": document})

    def position(self, offset: int) -> dict[str, int]:
        before = _LINES.split(self.text[:offset])
        if self.text[offset - 1 : offset + 1] == "\r\n":
            before = _LINES.split(self.text[: offset - 1])
        return {
            "line": len(before) - 1,
            "character": len(before[-1].encode("utf-16-le", "surrogatepass")) // 2,
        }

    def range(self, most: int) -> tuple[int, int]:
        start = self.random.randint(0, len(self.text))
        end = min(len(self.text), start + self.random.randint(0, most))
        start -= self.text[start - 1 : start + 1] == "\r\n"
        end -= self.text[end - 1 : end + 1] == "\r\n"
        return start, max(start, end)

    def edit(self) -> None:
        chance = self.random.random()
        start, end = self.range(self.random.choice([0, 0, 3, 40]))
        new = self.random.choice(PIECES) if chance < 0.8 else self.text[slice(*self.range(200))]
        if chance > 0.97:
            start, end, new = 0, len(self.text), self.random.choice(["", SPEC, SPEC.replace("\n", "\r\n")])
        changed: dict[str, Any] = {"text": new}
        changed["range"] = {"start": self.position(start), "end": self.position(end)}
        self.text = self.text[:start] + new + self.text[end:]
        self.tell([changed])

    def tell(self, changes: list[dict[str, Any]]) -> None:
        self.version += 1
        document = {"uri": self.uri, "version": self.version}
        self.client.tell("textDocument/didChange", {"textDocument": document, "contentChanges": changes})

    def ask(self) -> None:
        method = self.random.choice(ASKED)
        place = self.position(self.random.randint(0, len(self.text)))
        if self.random.random() < 0.05:
            place = {"line": 10**6, "character": 10**6}
        params: dict[str, Any] = {"textDocument": {"uri": self.uri}, "position": place}
        params["range"] = {"start": place, "end": {"line": place["line"] + 5, "character": 0}}
        params["context"] = {"includeDeclaration": True, "diagnostics": [], "triggerKind": 1}
        params["newName"] = self.random.choice(["birds", "schema_gen", "Ä", ""])
        self.client.number += 1
        self.client.send({"id": self.client.number, "method": f"textDocument/{method}", "params": params})
        self.asked.append(self.client.number)
        if self.random.random() < 0.2:
            self.client.tell("$/cancelRequest", {"id": self.random.choice(self.asked)})

    def found(self) -> list[tuple[str, Any]]:
        """Returns what is wrong with the text as it is now, once the server has looked at it."""
        self.client.ask("textDocument/foldingRange", {"textDocument": {"uri": self.uri}})
        self.client.tell("textDocument/didSave", {"textDocument": {"uri": self.uri}})
        self.client.diagnostics.pop(self.uri, None)
        return sorted((each["code"], repr(each["range"])) for each in self.client.wait(self.uri))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_edits_and_questions_in_any_order(seed: int, tmp_path: Path) -> None:
    with (tmp_path / "stderr").open("wb") as stderr:
        client = Client(stderr)
        editor = Editor(client, tmp_path / "pipeline.yaml", seed)
        for _ in range(60):
            for _ in range(editor.random.randint(1, 6)):
                editor.random.choice([editor.edit, editor.ask])()
            answered = client.ask("textDocument/foldingRange", {"textDocument": {"uri": editor.uri}})
            assert isinstance(answered, list), answered
        at_last = editor.found()
        editor.tell([{"text": "components:\n" + "  # é😀\n" * 200_000 + "  a: ["}])
        for _ in range(4):
            editor.ask()
        editor.tell([{"text": editor.text}])
        assert editor.found() == at_last
        client.ask("shutdown", None)
        client.tell("exit", None)
        assert client.process.wait(20) == 0
    assert (tmp_path / "stderr").read_text() == ""
    assert [each for each in client.errors if each["code"] not in EXPECTED] == []
